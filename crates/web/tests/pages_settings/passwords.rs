//! Passwords that others guess first are refused wherever one is chosen.

use rooms_testkit::app::PASSWORD;
use rooms_testkit::{Settings, TestApp};

use crate::{between, leads_to, says, submit};

const COMMON: &str = "Others chose this password before";
const NAMES: &str = "are guessed first";

#[tokio::test]
async fn a_changed_password_is_neither_common_nor_made_of_names() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga Meier").await;
    let browser = app.signed_in(&olga).await;
    for (new, why) in [
        ("Password1", COMMON),
        ("olga-meier-2026", NAMES),
        ("Halden2026!", NAMES),
        ("one click rooms", NAMES),
    ] {
        let fields = [("current", PASSWORD), ("password", new), ("repeat", new)];
        let refused = browser.post_form("/settings", "/settings/password", &fields);
        let refused = refused.await;
        says(&refused, 422, &["#password", "id=\"password-wrong\"", why]);
        assert!(!refused.text().contains(new), "{new} is not shown again");
    }
    app.browser().sign_in(olga.email(), PASSWORD).await;
}

#[tokio::test]
async fn an_invited_person_chooses_another() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let admin = app.signed_in(&company.admin).await;
    let fields = [
        ("name", "Ida Moreau"),
        ("email", "ida@halden.example"),
        ("role", "officer"),
    ];
    let invited = submit(&admin, "/admin/people", "/admin/people", &fields).await;
    let link = format!("/invitations/{}", between(&invited, "/invitations/", "<"));
    let ida = app.browser();
    for (new, why) in [("iloveyou", COMMON), ("idamoreau1", NAMES)] {
        let fields = [("password", new), ("repeat", new)];
        says(&ida.post_form(&link, &link, &fields).await, 422, &[why]);
    }
    let fields = [("password", PASSWORD), ("repeat", PASSWORD)];
    let done = ida.post_form(&link, &link, &fields).await;
    assert_eq!(leads_to(&done), (303, "/".to_owned()));
}

#[tokio::test]
async fn the_first_admin_chooses_another() {
    let app = TestApp::with(Settings {
        set_up_code: Some("let-me-in".to_owned()),
        ..Settings::default()
    })
    .await;
    let browser = app.browser();
    for (password, why) in [("qwertyuiop", COMMON), ("HaldenOptics1", NAMES)] {
        let form = [
            ("code", "let-me-in"),
            ("name", "Ada Admin"),
            ("email", "ada@halden.example"),
            ("password", password),
            ("company", "Halden Optics"),
            ("site", "Basel"),
            ("time_zone", "Europe/Zurich"),
            ("room", "Aster"),
            ("capacity", "8"),
        ];
        let refused = browser.post_form("/set-up", "/set-up", &form).await;
        says(&refused, 422, &["#password", why, "Halden Optics"]);
    }
}
