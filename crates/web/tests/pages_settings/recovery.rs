//! An admin gives somebody their account back: a link, once, for a day, and everybody hears of it.

use std::time::Duration;

use jiff::SignedDuration;
use rooms_testkit::app::PASSWORD;
use rooms_testkit::authenticator::code_of;
use rooms_testkit::{Answer, Browser, Settings, TestApp, TestPerson};

use crate::{between, leads_to, says, submit};

const SECURITY: &str = "/settings/security";
const NEW: &str = "a brand new one";
const FIELDS: [(&str, &str); 2] = [("password", NEW), ("repeat", NEW)];

fn page_of(person: &TestPerson) -> String {
    format!("/admin/people/{}", person.id())
}

async fn begin(admin: &Browser, person: &TestPerson, fields: &[(&str, &str)]) -> Answer {
    let page = page_of(person);
    admin
        .post_form(&page, &format!("{page}/recovery"), fields)
        .await
}

/// Begins it, and gives the link that the admin is shown.
async fn link(admin: &Browser, person: &TestPerson, removes: bool) -> String {
    let mut fields = vec![("reason", "Lost the phone; I called back")];
    if removes {
        fields.push(("removes_factors", "yes"));
    }
    let answer = begin(admin, person, &fields).await;
    let page = admin.visit(answer.location().as_str()).await;
    says(&page, 200, &["Give this link to"]);
    format!("/invitations/{}", between(&page, "/invitations/", "<"))
}

/// Sets an app for codes up; its secret.
async fn code_app(app: &TestApp, browser: &Browser) -> String {
    let page = submit(browser, SECURITY, "/settings/security/app", &[]).await;
    let secret = between(&page, "data-copy=\"", "\"").to_owned();
    let code = code_of(&secret, app.app.now().as_second());
    let confirm = "/settings/security/app/confirmation";
    submit(
        browser,
        "/settings/security/app",
        confirm,
        &[("code", &code)],
    )
    .await;
    secret
}

#[tokio::test]
async fn nothing_changes_before_the_link_is_used_and_then_all_of_it() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let (admin, here) = (
        app.signed_in(&company.admin).await,
        app.signed_in(&olga).await,
    );
    let secret = code_app(&app, &here).await;
    let link = link(&admin, &olga, true).await;
    says(
        &here.get("/").await,
        200,
        &["A link was made that sets another password for you"],
    );
    app.pass(SignedDuration::from_secs(60));
    let other = app.browser();
    let fields = [("email", olga.email()), ("password", PASSWORD)];
    let step = other.post_form("/sign-in", "/sign-in", &fields).await;
    assert_eq!(leads_to(&step), (303, "/sign-in/second-step".to_owned()));
    let code = code_of(&secret, app.app.now().as_second());
    let entered = other
        .post_form(
            "/sign-in/second-step",
            "/sign-in/second-step",
            &[("code", &code)],
        )
        .await;
    assert_eq!(leads_to(&entered), (303, "/".to_owned()), "all as before");

    let fresh = app.browser();
    says(
        &fresh.get(&link).await,
        200,
        &["Welcome back, Olga", "your second factor is removed"],
    );
    for (password, why) in [("short", "8 characters"), ("olga-halden", "guessed first")] {
        let fields = [("password", password), ("repeat", password)];
        says(
            &fresh.post_form(&link, &link, &fields).await,
            422,
            &[why, "Welcome back"],
        );
    }
    let done = fresh.post_form(&link, &link, &FIELDS).await;
    assert_eq!(leads_to(&done), (303, "/".to_owned()));
    for ended in [&here, &other] {
        assert!(ended.get("/settings").await.status.is_redirection());
    }
    says(
        &fresh.get(SECURITY).await,
        200,
        &["Set up an app", "Your account has a new password"],
    );
    app.browser().sign_in(olga.email(), NEW).await;
    let again = app.browser();
    says(&again.get(&link).await, 410, &["This link has been used"]);
    let csrf = again.csrf("/sign-in").await;
    let fields = [("csrf", csrf.as_str()), FIELDS[0], FIELDS[1]];
    says(
        &again.post(&link, &fields).await,
        410,
        &["This link has been used"],
    );
    says(
        &admin.get("/").await,
        200,
        &["Olga set another password by the link they were given"],
    );
    let audit = admin.get("/admin/audit").await;
    says(
        &audit,
        200,
        &[
            "gave a person their account back",
            "set another password by a link",
        ],
    );
}

#[tokio::test]
async fn a_second_factor_that_stays_is_asked_for_after_the_link() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let admin = app.signed_in(&company.admin).await;
    let secret = code_app(&app, &app.signed_in(&olga).await).await;
    let link = link(&admin, &olga, false).await;
    app.pass(SignedDuration::from_secs(60));
    let browser = app.browser();
    let done = browser.post_form(&link, &link, &FIELDS).await;
    assert_eq!(leads_to(&done), (303, "/sign-in/second-step".to_owned()));
    assert!(browser.get("/settings").await.status.is_redirection());
    let code = code_of(&secret, app.app.now().as_second());
    let step = "/sign-in/second-step";
    let entered = browser.post_form(step, step, &[("code", &code)]).await;
    assert_eq!(leads_to(&entered), (303, "/".to_owned()));
}

#[tokio::test]
async fn a_link_ends_after_a_day_and_with_the_next() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let admin = app.signed_in(&company.admin).await;
    let first = link(&admin, &olga, false).await;
    let second = link(&admin, &olga, false).await;
    says(&app.browser().get(&first).await, 410, &["has been used"]);
    assert_eq!(app.browser().get(&second).await.status.as_u16(), 200);
    app.pass(SignedDuration::from_hours(24));
    says(
        &app.browser().get(&second).await,
        410,
        &["This link is too old"],
    );
    app.browser().sign_in(olga.email(), PASSWORD).await;
}

#[tokio::test]
async fn only_another_admin_of_the_company_begins_it_and_says_why() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let other = app.company("Strand").await;
    let olga = app.officer(&company, "Olga").await;
    let ben = app.officer(&company, "Ben").await;
    let admin = app.signed_in(&company.admin).await;
    let fields = [("reason", "Lost"), ("removes_factors", "yes")];
    let action = format!("{}/recovery", page_of(&olga));
    for (who, status) in [(&ben, 403), (&other.admin, 404)] {
        let browser = app.signed_in(who).await;
        let refused = browser.post_form("/settings", &action, &fields).await;
        assert_eq!(refused.status.as_u16(), status);
    }
    let nobody = app.browser();
    let csrf = nobody.csrf("/sign-in").await;
    let sent = nobody.post(&action, &[("csrf", csrf.as_str())]).await;
    assert!(leads_to(&sent).1.starts_with("/sign-in"));

    let empty = begin(&admin, &olga, &[("reason", " ")]).await;
    says(&empty, 422, &["#reason", "Write something here"]);
    let myself = &company.admin;
    says(&admin.get(&page_of(myself)).await, 200, &["This is you"]);
    let own = begin(&admin, myself, &fields).await;
    let own = admin.visit(own.location().as_str()).await;
    says(&own, 200, &["You cannot give your own account back"]);
    assert!(!own.text().contains("/invitations/"));
    submit(
        &admin,
        &page_of(&ben),
        &format!("{}/deactivation", page_of(&ben)),
        &[],
    )
    .await;
    let gone = begin(&admin, &ben, &fields).await;
    let gone = admin.visit(gone.location().as_str()).await;
    says(
        &gone,
        200,
        &["Only somebody who can sign in gets their account back"],
    );
}

#[tokio::test]
async fn with_mail_the_link_goes_to_the_person_alone() {
    let app = TestApp::with(Settings {
        mail: Some(Duration::from_millis(500)),
        ..Settings::default()
    })
    .await;
    let company = app.company("Halden").await;
    let olga = app.officer(&company, "Olga").await;
    let admin = app.signed_in(&company.admin).await;
    let begun = begin(&admin, &olga, &[("reason", "Lost")]).await;
    let page = admin.visit(begun.location().as_str()).await;
    says(&page, 200, &["A link is on its way to Olga"]);
    assert!(!page.text().contains("/invitations/"));
    app.run_jobs().await;
    let letters = app.mail().take();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].to, [olga.email()]);
    let text = String::from_utf8_lossy(&letters[0].message).replace("=\r\n", "");
    assert!(text.contains("Choose another password"), "{text}");
    let token = text.split("/invitations/").nth(1).unwrap();
    let token: String = token
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
        .collect();
    let link = format!("/invitations/{token}");
    let done = app.browser().post_form(&link, &link, &FIELDS).await;
    assert_eq!(leads_to(&done), (303, "/".to_owned()));
    app.run_jobs().await;
    let told: Vec<_> = app.mail().take().into_iter().flat_map(|l| l.to).collect();
    assert!(told.contains(&olga.email().to_owned()), "{told:?}");
    assert!(told.contains(&company.admin.email().to_owned()), "{told:?}");
}
