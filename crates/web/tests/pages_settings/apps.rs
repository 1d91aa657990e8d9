//! Connect Apps: connecting, disconnecting, being removed, and who may.

use rooms_core::booking::Conference;
use rooms_testkit::app::{CLIENT_ID, Settings, TestApp, ZOOM_JONAS, ZOOM_MARA, on_each};

use super::{APPS, CONNECT, DISCONNECT, between, leads_to, says, submit};

fn action(path: &str) -> String {
    format!("action=\"{path}\"")
}

async fn the_life_of_a_connection(app: &TestApp) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let browser = app.signed_in(&mara).await;
    let before = browser.get(APPS).await;
    says(
        &before,
        200,
        &[
            "Not connected",
            &action(CONNECT),
            "meeting:read:list_meetings",
        ],
    );
    assert!(!before.text().contains(DISCONNECT));

    let connected = browser.connect_zoom(ZOOM_MARA).await;
    assert_eq!(connected.url.path(), APPS);
    says(
        &connected,
        200,
        &[
            "Zoom is connected.",
            ZOOM_MARA,
            &action(DISCONNECT),
            "by you, as",
        ],
    );
    assert!(!connected.text().contains("Connect again"));
    assert!(
        !browser
            .get(APPS)
            .await
            .text()
            .contains("Zoom is connected."),
        "said once"
    );
    app.book(&mara, &room, 26, Some(Conference::Zoom)).await;
    app.run_jobs().await;
    says(
        &browser.get(APPS).await,
        200,
        &[
            "1 booking with Zoom",
            "Your upcoming booking keeps its link",
        ],
    );

    let ended = browser.post_form(APPS, DISCONNECT, &[]).await;
    assert_eq!(leads_to(&ended), (303, APPS.to_owned()));
    let inactive = browser.visit(APPS).await;
    says(
        &inactive,
        200,
        &[
            "Inactive",
            "Disconnected by you, <time datetime=\"2026-11-23T08:00:00Z\">today 09:00</time>",
            "1 upcoming booking keeps the link it has",
            &action(CONNECT),
        ],
    );
    app.run_jobs().await;
    assert!(
        !app.sim.is_installed(ZOOM_MARA, CLIENT_ID),
        "handed back to Zoom"
    );
    says(
        &submit(&browser, APPS, DISCONNECT, &[]).await,
        200,
        &["nothing to disconnect"],
    );
}

async fn being_removed_in_zoom(app: &TestApp) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    browser.connect_zoom(ZOOM_MARA).await;
    app.sim.remove_app(ZOOM_MARA, CLIENT_ID);
    app.deliver_webhooks().await;
    let removed = browser.get(APPS).await;
    says(
        &removed,
        200,
        &[
            "Inactive",
            "Removed in Zoom",
            "removed in Zoom, so new bookings",
            &action(CONNECT),
        ],
    );

    let dismissal = format!("/notices/{}/dismissal", between(&removed, "/notices/", "/"));
    let away = browser.post_form(APPS, &dismissal, &[]).await;
    assert_eq!(leads_to(&away), (303, "/".to_owned()));
    assert!(!browser.get(APPS).await.text().contains("/notices/"));
    assert_eq!(
        browser
            .post_form(APPS, &dismissal, &[])
            .await
            .status
            .as_u16(),
        404
    );

    says(
        &browser.connect_zoom(ZOOM_MARA).await,
        200,
        &["Connected", "Removed in Zoom"],
    );
}

#[tokio::test]
async fn connecting_and_disconnecting_are_told() {
    on_each(the_life_of_a_connection).await;
}

#[tokio::test]
async fn being_removed_in_zoom_is_told_and_connecting_again_works() {
    on_each(being_removed_in_zoom).await;
}

#[tokio::test]
async fn an_old_page_does_not_end_a_newer_connection() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    let old = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    submit(&browser, APPS, DISCONNECT, &[("connection_id", &old)]).await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let late = submit(&browser, APPS, DISCONNECT, &[("connection_id", &old)]).await;
    says(&late, 200, &["nothing to disconnect", &action(DISCONNECT)]);
    for nonsense in ["x", "cn_00000000000000000000000000000000"] {
        let answer = browser
            .post_form(APPS, DISCONNECT, &[("connection_id", nonsense)])
            .await;
        assert_eq!(answer.status.as_u16(), 404, "{nonsense}");
    }
}

#[tokio::test]
async fn nobody_ends_the_connection_of_another() {
    let app = TestApp::start().await;
    let (halden, other) = (app.company("halden").await, app.company("other").await);
    let mara = app.officer(&halden, "mara").await;
    let jonas = app.officer(&halden, "jonas").await;
    let id = app.connect_zoom(&mara, ZOOM_MARA).await.id.to_string();
    for person in [&jonas, &halden.admin, &other.admin] {
        let browser = app.signed_in(person).await;
        let answer = browser
            .post_form(APPS, DISCONNECT, &[("connection_id", &id)])
            .await;
        assert_eq!(answer.status.as_u16(), 404);
    }
    says(
        &app.signed_in(&mara).await.get(APPS).await,
        200,
        &["Connected"],
    );
}

#[tokio::test]
async fn the_same_zoom_user_twice_leaves_the_first_in_need() {
    let app = TestApp::start().await;
    let (halden, other) = (app.company("halden").await, app.company("other").await);
    let mara = app.officer(&halden, "mara").await;
    let jonas = app.officer(&halden, "jonas").await;
    let (first, second) = (app.signed_in(&mara).await, app.signed_in(&jonas).await);
    first.connect_zoom(ZOOM_MARA).await;
    says(&second.connect_zoom(ZOOM_MARA).await, 200, &["Connected"]);
    let in_need = first.get(APPS).await;
    says(
        &in_need,
        200,
        &[
            "Needs attention",
            "jonas connected the same Zoom account",
            &action(CONNECT),
            &action(DISCONNECT),
        ],
    );
    let stranger = app.signed_in(&other.admin).await;
    says(&stranger.connect_zoom(ZOOM_MARA).await, 200, &["Connected"]);
    let told = second.get(APPS).await;
    says(&told, 200, &["Needs attention", "connected elsewhere"]);
    assert!(
        !told.text().contains("Ada Admin connected"),
        "another company is not named"
    );
    says(
        &first.connect_zoom(ZOOM_JONAS).await,
        200,
        &["Connected", ZOOM_JONAS],
    );
}

#[tokio::test]
async fn without_the_permission_there_is_a_reason_and_a_refusal() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    let admin = app.signed_in(&company.admin).await;
    browser.connect_zoom(ZOOM_MARA).await;
    let rules = admin.get("/admin/company").await;
    says(&rules, 200, &["Ends the connection of 1 person."]);
    let fields = [("name", "Halden Optics"), ("connect_apps", "admins")];
    says(
        &submit(&admin, "/admin/company", "/admin/company", &fields).await,
        200,
        &["Saved."],
    );

    let page = browser.get(APPS).await;
    says(
        &page,
        200,
        &[
            "Not open to you",
            "only admins",
            "Ada Admin",
            "admin@halden.example",
            "Ended by us",
        ],
    );
    assert!(!page.text().contains(&action(CONNECT)));
    let refused = browser.post_form("/settings", CONNECT, &[]).await;
    says(&refused, 403, &["Your company decides who connects apps"]);
    app.run_jobs().await;
    assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    says(&admin.get(APPS).await, 200, &[&action(CONNECT)]);
}

#[tokio::test]
async fn taking_the_permission_from_one_person_ends_their_connection() {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    let admin = app.signed_in(&company.admin).await;
    let person = format!("/admin/people/{}", mara.id());
    says(&admin.get(&person).await, 200, &["value=\"yes\" checked"]);
    let fields = [("name", "Mara"), ("role", "officer")];
    says(
        &submit(&admin, &person, &person, &fields).await,
        200,
        &["Saved.", "Not connected"],
    );
    let page = app.signed_in(&mara).await.get(APPS).await;
    says(
        &page,
        200,
        &["only people an admin has chosen", "Ended by us"],
    );
}

#[tokio::test]
async fn where_zoom_is_not_set_up_the_page_says_so() {
    let app = TestApp::with(Settings {
        zoom: false,
        ..Settings::default()
    })
    .await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    let page = browser.get(APPS).await;
    says(
        &page,
        200,
        &["Not set up here", "support@oneclickrooms.example"],
    );
    assert!(!page.text().contains(&action(CONNECT)));
    let refused = browser.post_form("/settings", CONNECT, &[]).await;
    says(&refused, 503, &["Zoom is not set up here"]);
}

#[tokio::test]
async fn signed_out_forms_lead_to_the_sign_in_page() {
    let app = TestApp::start().await;
    app.company("halden").await;
    for path in [
        CONNECT,
        DISCONNECT,
        "/settings/apps/zoom/request",
        "/sign-out",
        "/settings/profile",
    ] {
        let answer = app.browser().post(path, &[]).await;
        assert_eq!(
            leads_to(&answer),
            (303, "/sign-in?next=%2F".to_owned()),
            "{path}"
        );
    }
}
