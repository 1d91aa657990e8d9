//! Inviting, changing and deactivating people.

use jiff::SignedDuration;
use rooms_core::booking::Conference;
use rooms_testkit::app::{CLIENT_ID, PASSWORD, TestApp, ZOOM_MARA};
use rooms_testkit::{Answer, Browser};

use super::{between, leads_to, says, submit};

const PEOPLE: &str = "/admin/people";

/// The link of an invitation as the admin's page shows it.
#[track_caller]
fn link(page: &Answer) -> String {
    format!("/invitations/{}", between(page, "/invitations/", "<"))
}

async fn invite(admin: &Browser, name: &str, email: &str) -> Answer {
    let fields = [
        ("name", name),
        ("email", email),
        ("role", "officer"),
        ("connect_apps", "yes"),
    ];
    submit(admin, PEOPLE, PEOPLE, &fields).await
}

#[tokio::test]
async fn an_invitation_works_once() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let page = invite(&admin, "Ida Moreau", "ida@halden.example").await;
    says(
        &page,
        200,
        &[
            "Give this link to Ida Moreau",
            "Invited until 30 November 2026",
        ],
    );
    let link = link(&page);
    assert!(
        !admin.get(PEOPLE).await.text().contains("/invitations/"),
        "shown once"
    );

    let ida = app.browser();
    says(
        &ida.get(&link).await,
        200,
        &["Welcome, Ida Moreau", "ida@halden.example"],
    );
    let short = ida
        .post_form(&link, &link, &[("password", "short"), ("repeat", "short")])
        .await;
    says(&short, 422, &["Use 8 characters or more"]);
    let typo = ida
        .post_form(&link, &link, &[("password", PASSWORD), ("repeat", "typo")])
        .await;
    says(&typo, 422, &["not the same"]);
    let done = ida
        .post_form(
            &link,
            &link,
            &[("password", PASSWORD), ("repeat", PASSWORD)],
        )
        .await;
    assert_eq!(leads_to(&done), (303, "/".to_owned()));
    says(&ida.get("/settings").await, 200, &["Ida Moreau"]);
    says(
        &app.browser().get(&link).await,
        410,
        &["This link has been used"],
    );
    let late = app.browser();
    let token = late.csrf("/sign-in").await;
    let fields = [
        ("csrf", token.as_str()),
        ("password", "somebody else's"),
        ("repeat", "somebody else's"),
    ];
    says(
        &late.post(&link, &fields).await,
        410,
        &["This link has been used"],
    );
    app.browser().sign_in("ida@halden.example", PASSWORD).await;
}

#[tokio::test]
async fn an_invitation_ends_after_seven_days_or_with_the_next() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let first = link(&invite(&admin, "Ida", "ida@halden.example").await);
    let list = admin.get(PEOPLE).await;
    let ida = between(&list, "/admin/people/", "\">Ida<");
    let ida = ida.rsplit('/').next().unwrap_or(ida);
    let person = format!("/admin/people/{ida}");
    let again = submit(&admin, &person, &format!("{person}/invitation"), &[]).await;
    says(&again, 200, &["Give this link to Ida"]);
    let second = link(&again);
    assert_eq!(app.browser().get(&first).await.status.as_u16(), 410);
    assert_eq!(app.browser().get(&second).await.status.as_u16(), 200);
    app.pass(SignedDuration::from_hours(24 * 7));
    says(
        &app.browser().get(&second).await,
        410,
        &["This link is too old"],
    );
    says(
        &app.browser().get("/invitations/made-up").await,
        404,
        &["This link leads nowhere"],
    );
    let admin = app.signed_in(&company.admin).await;
    says(&admin.get(&person).await, 200, &["Invitation too old"]);
}

#[tokio::test]
async fn an_invitation_that_is_refused_keeps_what_was_typed() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    app.company("other").await;
    let admin = app.signed_in(&company.admin).await;
    let fields = [
        ("name", "Ida <b>"),
        ("email", "admin@other.example"),
        ("role", "admin"),
    ];
    let taken = admin.post_form(PEOPLE, PEOPLE, &fields).await;
    says(
        &taken,
        422,
        &[
            "has this address already",
            "Ida &#60;b&#62;",
            "value=\"admin\" checked",
        ],
    );
    let wrong = admin
        .post_form(PEOPLE, PEOPLE, &[("name", ""), ("email", "nobody")])
        .await;
    says(&wrong, 422, &["href=\"#name\"", "href=\"#email\""]);
}

#[tokio::test]
async fn a_forgotten_password_gets_a_new_link() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let admin = app.signed_in(&company.admin).await;
    let person = format!("/admin/people/{}", mara.id());
    let reason = [("reason", "Forgotten")];
    let link = link(&submit(&admin, &person, &format!("{person}/recovery"), &reason).await);
    let session = app.signed_in(&mara).await;
    let browser = app.browser();
    let new = [
        ("password", "a brand new one"),
        ("repeat", "a brand new one"),
    ];
    browser.post_form(&link, &link, &new).await;
    assert!(session.get("/settings").await.status.is_redirection());
    app.browser().sign_in(mara.email(), "a brand new one").await;
}

#[tokio::test]
async fn deactivating_ends_everything_and_lists_what_is_left() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let browser = app.signed_in(&mara).await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    app.book(&mara, &room, 26, Some(Conference::Zoom)).await;
    app.run_jobs().await;
    let admin = app.signed_in(&company.admin).await;
    let person = format!("/admin/people/{}", mara.id());
    says(
        &admin.get(&person).await,
        200,
        &["These need somebody new", "Budget"],
    );
    let gone = submit(&admin, &person, &format!("{person}/deactivation"), &[]).await;
    says(
        &gone,
        200,
        &[
            "mara is deactivated.",
            "Left behind",
            "Budget",
            "Tue 24 Nov 11:00–11:30",
            "Aster",
        ],
    );
    assert!(browser.get("/settings").await.status.is_redirection());
    assert_eq!(app.api(&mara).get("rooms").await.status.as_u16(), 401);
    app.run_jobs().await;
    assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));

    let back = submit(&admin, &person, &format!("{person}/reactivation"), &[]).await;
    says(&back, 200, &["Give this link to mara"]);
}

#[tokio::test]
async fn the_last_admin_stays() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let admin = app.signed_in(&company.admin).await;
    let me = format!("/admin/people/{}", company.admin.id());
    says(&admin.get(&me).await, 200, &["at least one active admin"]);
    let demoted = admin
        .post_form(&me, &me, &[("name", "Ada"), ("role", "officer")])
        .await;
    says(&demoted, 422, &["at least one active admin"]);
    let gone = submit(&admin, &me, &format!("{me}/deactivation"), &[]).await;
    says(&gone, 200, &["You cannot deactivate yourself"]);
}
