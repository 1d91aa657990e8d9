//! The browsers somebody is signed in with, and how long each stays so.

use jiff::SignedDuration;
use rooms_testkit::TestApp;
use rooms_testkit::app::PASSWORD;

use crate::{between, says, submit};

const DEVICES: &str = "/settings/devices";

#[tokio::test]
async fn the_others_are_signed_out_together_and_this_one_stays() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let ben = app.officer(&company, "Ben").await;
    let here = app.signed_in(&olga).await;
    let others = [app.signed_in(&olga).await, app.signed_in(&olga).await];
    let bens = app.signed_in(&ben).await;
    let page = here.get(DEVICES).await;
    says(&page, 200, &["This device", "Sign out all others"]);
    let done = submit(&here, DEVICES, "/settings/devices/others/removal", &[]).await;
    says(
        &done,
        200,
        &["Every other device is signed out", "This device"],
    );
    assert!(
        !done.text().contains("Sign out all others"),
        "there is none"
    );
    for other in &others {
        assert!(other.get("/settings").await.status.is_redirection());
    }
    says(&bens.get("/settings").await, 200, &["Ben"]);
}

#[tokio::test]
async fn one_device_is_signed_out_by_its_person_only() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let ben = app.officer(&company, "Ben").await;
    let (here, there) = (app.signed_in(&olga).await, app.signed_in(&olga).await);
    let page = here.get(DEVICES).await;
    let id = between(&page, "/settings/devices/se_", "/removal");
    let action = format!("/settings/devices/se_{id}/removal");
    let bens = app.signed_in(&ben).await;
    submit(&bens, DEVICES, &action, &[]).await;
    says(&there.get("/settings").await, 200, &["Olga"]);
    says(
        &submit(&here, DEVICES, &action, &[]).await,
        200,
        &["That device is signed out"],
    );
    assert!(there.get("/settings").await.status.is_redirection());
}

#[tokio::test]
async fn a_session_ends_after_thirty_days_however_often_it_is_seen() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let browser = app.signed_in(&company.admin).await;
    for _ in 0..5 {
        app.pass(SignedDuration::from_hours(24 * 5));
        assert_eq!(browser.get("/settings").await.status.as_u16(), 200);
    }
    app.pass(SignedDuration::from_hours(24 * 5) - SignedDuration::from_secs(1));
    assert_eq!(browser.get("/settings").await.status.as_u16(), 200);
    app.pass(SignedDuration::from_secs(1));
    assert!(browser.get("/settings").await.status.is_redirection());
}

#[tokio::test]
async fn a_new_browser_is_told_of_in_the_others_only() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let words = "You signed in with a browser that was not seen before";
    let first = app.signed_in(&olga).await;
    assert!(!first.get("/").await.text().contains(words));
    let second = app.signed_in(&olga).await;
    assert!(!second.get("/").await.text().contains(words));
    says(&first.get("/").await, 200, &[words, "/settings/security"]);
    // A browser that is known is no news, whoever signs in between.
    submit(&second, "/settings", "/sign-out", &[]).await;
    second.sign_in(olga.email(), PASSWORD).await;
    let page = first.get("/").await;
    assert_eq!(page.text().matches(words).count(), 1);
}

#[tokio::test]
async fn signing_in_never_takes_up_a_session_that_was_there() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let ben = app.officer(&company, "Ben").await;
    let browser = app.signed_in(&ben).await;
    let before = browser.cookie("session").unwrap();
    browser.sign_in(olga.email(), PASSWORD).await;
    assert_ne!(browser.cookie("session").unwrap(), before);
    let planted = app.browser();
    planted.plant("session", &before);
    let answer = planted.get("/settings").await;
    assert_eq!(
        answer.location().path(),
        "/sign-in",
        "Ben's session has ended"
    );
    // Nor one that somebody made up beforehand.
    planted.plant("session", "made-up");
    planted.sign_in(olga.email(), PASSWORD).await;
    assert_ne!(planted.cookie("session").unwrap(), "made-up");
}
