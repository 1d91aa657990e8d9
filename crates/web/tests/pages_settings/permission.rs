//! Asking an admin to be allowed to connect Zoom, from the page that says why one may not.

use jiff::SignedDuration;
use rooms_testkit::app::{TestApp, TestCompany, TestPerson};
use rooms_testkit::{Answer, Browser};

use super::{APPS, CONNECT, leads_to, says, submit};

const ASK: &str = "/settings/apps/zoom/request";

/// Mara, whom nobody chose; her page as admins see it.
async fn unchosen(app: &TestApp) -> (TestCompany, TestPerson, String) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let admin = app.signed_in(&company.admin).await;
    let person = format!("/admin/people/{}", mara.id());
    let fields = [("name", "mara"), ("role", "officer")];
    submit(&admin, &person, &person, &fields).await;
    (company, mara, person)
}

async fn ask(browser: &Browser, message: &str) -> Answer {
    submit(browser, APPS, ASK, &[("message", message)]).await
}

#[tokio::test]
async fn the_page_says_why_and_asks_an_admin_who_allows_it() {
    let app = TestApp::start().await;
    let (company, mara, person) = unchosen(&app).await;
    let browser = app.signed_in(&mara).await;
    let before = browser.get(APPS).await;
    says(
        &before,
        200,
        &[
            "No admin has chosen you, and you are in no group.",
            "Ask an admin",
            ASK,
        ],
    );
    let asked = ask(&browser, "For <b> the fair").await;
    says(
        &asked,
        200,
        &[
            "You asked <time datetime=\"2026-11-23T08:00:00Z\">today 09:00</time>",
            "Ada Admin was told.",
        ],
    );
    assert!(!asked.text().contains("Ask an admin"), "once");

    let admin = app.signed_in(&company.admin).await;
    let home = admin.get("/admin/rooms").await;
    says(&home, 200, &["mara asks to connect Zoom.", &person]);
    let shown = admin.get(&person).await;
    says(
        &shown,
        200,
        &["Asks to connect Zoom", "For &#60;b&#62; the fair", "Allow"],
    );
    let allowed = submit(&admin, &person, &format!("{person}/permission"), &[]).await;
    says(
        &allowed,
        200,
        &["mara may connect apps now.", "an admin allowed it"],
    );
    assert!(!allowed.text().contains("Asks to connect Zoom"));
    assert!(!allowed.text().contains("mara asks to connect Zoom."));
    let twice = submit(&admin, &person, &format!("{person}/refusal"), &[]).await;
    says(&twice, 200, &["Another admin has answered this already."]);
    says(
        &browser.get(APPS).await,
        200,
        &["You may connect Zoom now.", CONNECT],
    );
    app.run_jobs().await;
}

#[tokio::test]
async fn a_refusal_names_its_reason_and_when_to_ask_again() {
    let app = TestApp::start().await;
    let (company, mara, person) = unchosen(&app).await;
    let browser = app.signed_in(&mara).await;
    ask(&browser, "").await;
    let admin = app.signed_in(&company.admin).await;
    let reason = [("reply", "Use the pool <b>.")];
    let declined = submit(&admin, &person, &format!("{person}/refusal"), &reason).await;
    says(&declined, 200, &["Declined. mara is told."]);
    let page = browser.get(APPS).await;
    says(
        &page,
        200,
        &[
            "Your request to connect Zoom was declined: Use the pool &#60;b&#62;.",
            "Declined <time",
            "You can ask again from <time datetime=\"2026-11-30T08:00:00Z\">",
        ],
    );
    assert!(!page.text().contains("Ask an admin"));
    let soon = browser.post_form(APPS, ASK, &[]).await;
    assert_eq!(leads_to(&soon), (303, APPS.to_owned()));
    let still = browser.get(APPS).await;
    assert!(!still.text().contains("You asked"), "nothing was asked");
    app.pass(SignedDuration::from_hours(24 * 7));
    let browser = app.signed_in(&mara).await;
    says(&ask(&browser, "").await, 200, &["You asked <time"]);
    app.run_jobs().await;
}

#[tokio::test]
async fn under_the_rule_for_admins_the_request_cannot_be_allowed() {
    let app = TestApp::start().await;
    let (company, mara, person) = unchosen(&app).await;
    let admin = app.signed_in(&company.admin).await;
    let fields = [("name", "Halden"), ("connect_apps", "admins")];
    submit(&admin, "/admin/company", "/admin/company", &fields).await;
    let browser = app.signed_in(&mara).await;
    let page = browser.get(APPS).await;
    says(&page, 200, &["only admins may connect apps."]);
    ask(&browser, "").await;
    let shown = admin.get(&person).await;
    says(&shown, 200, &["Only admins may connect apps here."]);
    let allow = format!("{person}/permission");
    assert!(!shown.text().contains(&allow));
    let refused = submit(&admin, &person, &allow, &[]).await;
    says(&refused, 200, &["Change that under Company first."]);
    app.run_jobs().await;
}

#[tokio::test]
async fn a_group_that_may_not_is_named_as_the_reason() {
    let app = TestApp::start().await;
    let (company, mara, _) = unchosen(&app).await;
    let admin = app.signed_in(&company.admin).await;
    let mara_id = mara.id().to_string();
    let browser = app.signed_in(&mara).await;
    for (name, reason) in [
        ("Guests", "your group Guests may not."),
        ("Lab", "none of your groups may: Guests, Lab."),
    ] {
        let fields = [("name", name)];
        let added = submit(&admin, "/admin/groups/new", "/admin/groups", &fields).await;
        let page = added.url.path().to_owned();
        let chosen = [("person_id", mara_id.as_str())];
        submit(&admin, &page, &format!("{page}/members"), &chosen).await;
        says(&browser.get(APPS).await, 200, &[reason]);
    }
}
