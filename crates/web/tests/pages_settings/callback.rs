//! What comes back from Zoom and does not connect: each with its own page.

use jiff::SignedDuration;
use rooms_testkit::app::{
    CLIENT_ID, CLIENT_SECRET, Settings, TestApp, TestPerson, WEBHOOK_SECRET, ZOOM_MARA,
};
use rooms_testkit::{Answer, Browser};
use url::Url;
use zoom_sim::{Fault, Operation, Trouble};

use super::{APPS, CONNECT, between, says};

async fn stage() -> (TestApp, TestPerson, Browser) {
    let app = TestApp::start().await;
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let browser = app.signed_in(&mara).await;
    (app, mara, browser)
}

/// Leaves for Zoom and answers there: the way back, not gone yet.
async fn way_back(browser: &Browser, answer: &str) -> Url {
    let left = browser.post_form(APPS, CONNECT, &[]).await;
    assert_eq!(left.status.as_u16(), 303, "{}", left.text());
    browser.consent(&left.location(), ZOOM_MARA, answer).await
}

/// Fails unless the page explains a failure and nothing was connected.
#[track_caller]
fn explains(answer: &Answer, status: u16, words: &[&str]) {
    says(answer, status, words);
    says(
        answer,
        status,
        &[
            "Zoom is not connected",
            "What happened",
            "What to try",
            "Whom to ask",
            "Reference",
        ],
    );
}

async fn nothing_is_connected(browser: &Browser) {
    says(&browser.get(APPS).await, 200, &["Not connected"]);
}

#[tokio::test]
async fn declining_stores_nothing() {
    let (_app, _, browser) = stage().await;
    let back = way_back(&browser, "decline").await;
    let page = browser.get(back.as_str()).await;
    explains(&page, 403, &["You chose Decline in Zoom", CONNECT]);
    nothing_is_connected(&browser).await;
}

#[tokio::test]
async fn a_state_that_is_not_ours_is_refused() {
    let (_app, _, browser) = stage().await;
    let mut changed = way_back(&browser, "allow").await;
    let pairs: Vec<(String, String)> = changed.query_pairs().into_owned().collect();
    changed
        .query_pairs_mut()
        .clear()
        .extend_pairs(pairs.iter().map(|(name, value)| match name.as_str() {
            "state" => (name.clone(), format!("x{value}")),
            _ => (name.clone(), value.clone()),
        }));
    for back in [changed.as_str(), "/zoom_callback?code=abc&state=made-up"] {
        let page = browser.get(back).await;
        explains(&page, 400, &["This answer does not belong to your request"]);
    }
    nothing_is_connected(&browser).await;
}

#[tokio::test]
async fn a_stolen_answer_works_in_no_other_session() {
    let (app, mara, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let company = app.company("other").await;
    let thief = app.signed_in(&company.admin).await;
    let page = thief.get(back.as_str()).await;
    explains(
        &page,
        403,
        &["This was begun in another session", "Ada Admin"],
    );
    nothing_is_connected(&thief).await;
    let second = app.signed_in(&mara).await;
    explains(
        &second.get(back.as_str()).await,
        403,
        &["This was begun in another session"],
    );
    says(&browser.visit(back.as_str()).await, 200, &["Connected"]);
}

#[tokio::test]
async fn an_answer_works_once() {
    let (_app, _, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let first = browser.get(back.as_str()).await;
    assert_eq!(super::leads_to(&first), (303, APPS.to_owned()));
    let again = browser.get(back.as_str()).await;
    explains(
        &again,
        400,
        &["This answer was used already", "Connect Apps"],
    );
    says(&browser.get(APPS).await, 200, &["Connected"]);
}

#[tokio::test]
async fn an_answer_after_ten_minutes_is_too_late() {
    let (app, _, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    app.pass(SignedDuration::from_mins(11));
    explains(
        &browser.get(back.as_str()).await,
        400,
        &["That took longer than we wait", CONNECT],
    );
    nothing_is_connected(&browser).await;
}

#[tokio::test]
async fn somebody_signed_out_is_told_to_sign_in() {
    let (app, _, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let stranger = app.browser();
    let page = stranger.get(back.as_str()).await;
    explains(
        &page,
        403,
        &[
            "You are not signed in here",
            "href=\"/sign-in?next=/settings/apps\"",
        ],
    );
    assert!(!page.text().contains(CONNECT));
}

#[tokio::test]
async fn a_start_in_the_marketplace_waits_for_a_click() {
    let (app, _, browser) = stage().await;
    let back = "/zoom_callback?code=from-the-marketplace";
    let clean = "/settings/apps/zoom/marketplace";
    for somebody in [&browser, &app.browser()] {
        let answer = somebody.get(back).await;
        assert_eq!(
            super::leads_to(&answer),
            (303, clean.to_owned()),
            "the code stays in no address bar"
        );
    }
    let page = browser.visit(back).await;
    says(&page, 200, &["One more step", CONNECT]);
    let stranger = app.browser().visit(back).await;
    says(
        &stranger,
        200,
        &["One more step", "href=\"/sign-in?next=/settings/apps\""],
    );
    for page in [page, stranger] {
        assert!(!page.text().contains("from-the-marketplace"));
    }
    assert!(
        app.sim
            .requests()
            .iter()
            .all(|request| request.path != "/oauth/token")
    );
    nothing_is_connected(&browser).await;
    let left = browser.post_form(clean, CONNECT, &[]).await;
    let back = browser.consent(&left.location(), ZOOM_MARA, "allow").await;
    says(&browser.visit(back.as_str()).await, 200, &["Connected"]);
}

#[tokio::test]
async fn an_answer_without_anything_is_explained() {
    let (_app, _, browser) = stage().await;
    explains(
        &browser.get("/zoom_callback").await,
        400,
        &["Zoom stopped half-way"],
    );
    let said = browser.get("/zoom_callback?error=server%3Cb%3E").await;
    explains(&said, 400, &["Zoom stopped half-way", "server&#60;b&#62;"]);
}

#[tokio::test]
async fn permissions_that_were_left_out_are_named_and_nothing_is_kept() {
    let (app, mara, browser) = stage().await;
    let left_out = ["meeting:delete:meeting", "meeting:read:list_meetings"];
    let mut scopes = zoom_sim::ordinary_scopes();
    scopes.retain(|scope| !left_out.contains(&scope.as_str()));
    app.sim.set_app(app_with(&app, scopes));
    let back = way_back(&browser, "allow").await;
    let page = browser.get(back.as_str()).await;
    explains(
        &page,
        403,
        &[
            "Some permissions were left out",
            left_out[0],
            left_out[1],
            CONNECT,
        ],
    );
    let named = between(&page, "these were deselected", "</section>");
    assert!(!named.contains("meeting:write:meeting"), "{named}");
    nothing_is_connected(&browser).await;
    let connections = app.api(&mara).get("connections").await.ok(200);
    assert_eq!(connections["items"], serde_json::json!([]));
    assert!(
        !app.sim.is_installed(ZOOM_MARA, CLIENT_ID),
        "the grant was given back"
    );

    app.sim.set_app(app_with(&app, zoom_sim::ordinary_scopes()));
    says(&browser.connect_zoom(ZOOM_MARA).await, 200, &["Connected"]);
}

/// The product as the simulator knows it, with other permissions.
fn app_with(app: &TestApp, scopes: Vec<String>) -> zoom_sim::App {
    zoom_sim::App {
        name: "OneClickRooms".to_owned(),
        client_id: CLIENT_ID.to_owned(),
        client_secret: CLIENT_SECRET.to_owned(),
        webhook_secret: WEBHOOK_SECRET.to_owned(),
        redirect_uris: vec![app.at("/zoom_callback")],
        webhook_url: Some(app.at("/webhooks/zoom")),
        scopes,
    }
}

#[tokio::test]
async fn zoom_that_does_not_answer_is_named() {
    for (on, what) in [
        (Operation::Token, Trouble::DropBefore),
        (Operation::Token, Trouble::Html(502)),
        (Operation::Me, Trouble::Html(503)),
    ] {
        let (app, _, browser) = stage().await;
        let back = way_back(&browser, "allow").await;
        app.sim.fault(Fault {
            on,
            times: None,
            what: what.clone(),
        });
        let page = browser.get(back.as_str()).await;
        explains(
            &page,
            502,
            &["Zoom did not answer", "zoomstatus.com", CONNECT],
        );
        app.sim.clear_faults();
        nothing_is_connected(&browser).await;
        says(&browser.connect_zoom(ZOOM_MARA).await, 200, &["Connected"]);
    }
}

#[tokio::test]
async fn a_code_that_zoom_does_not_take_is_explained() {
    let (app, _, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let refusal =
        serde_json::json!({ "reason": "Invalid authorization code", "error": "invalid_grant" });
    app.sim
        .fault(Fault::once(Operation::Token, Trouble::Status(400, refusal)));
    explains(
        &browser.get(back.as_str()).await,
        400,
        &["This answer was used already"],
    );
}

#[tokio::test]
async fn a_key_that_zoom_does_not_take_is_for_the_operator() {
    let (app, _, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let refusal = serde_json::json!({ "reason": "Invalid client_id or client_secret", "error": "invalid_client" });
    app.sim
        .fault(Fault::once(Operation::Token, Trouble::Status(401, refusal)));
    let page = browser.get(back.as_str()).await;
    explains(
        &page,
        502,
        &["Zoom does not accept our key", "/zoom_callback</code>"],
    );
    assert!(!page.text().contains(CONNECT));
}

#[tokio::test]
async fn a_permission_lost_at_zoom_connects_nothing() {
    let (app, mara, browser) = stage().await;
    let back = way_back(&browser, "allow").await;
    let company = rooms_app::companies::get(&app.app, &mara.actor)
        .await
        .unwrap();
    let admin = app.person("admin@halden.example").await;
    rooms_app::companies::change(
        &app.app,
        &admin.actor,
        &company.name,
        rooms_core::ConnectPolicy::Admins,
    )
    .await
    .unwrap();
    explains(
        &browser.get(back.as_str()).await,
        403,
        &["Your company decides who connects apps"],
    );
}

#[tokio::test]
async fn the_way_round_an_unapproved_app_is_shown() {
    let (app, _, browser) = stage().await;
    let page = browser.get("/settings/apps/zoom/not-approved").await;
    explains(
        &page,
        200,
        &[
            "Your Zoom administrator decides",
            "Ask by mail",
            "Can you approve the app for our Zoom account?",
        ],
    );
    let signed_out = app.browser().get("/settings/apps/zoom/not-approved").await;
    assert_eq!(signed_out.status.as_u16(), 303);
}

#[tokio::test]
async fn when_nothing_came_back_each_cause_is_named() {
    let (app, _, browser) = stage().await;
    let way = browser.get(APPS).await;
    assert!(way.text().contains("/settings/apps/zoom/nothing-happened"));
    let page = browser.get("/settings/apps/zoom/nothing-happened").await;
    explains(
        &page,
        200,
        &[
            "Nothing came back from Zoom",
            "You closed Zoom’s page.",
            "Invalid redirect",
            "/zoom_callback</code>",
            "/settings/apps/zoom/not-approved",
            "zoomstatus.com",
            CONNECT,
        ],
    );
    let path = "/settings/apps/zoom/nothing-happened";
    assert_eq!(app.browser().get(path).await.status.as_u16(), 303);
}

#[tokio::test]
async fn without_a_zoom_app_the_callback_says_so() {
    let app = TestApp::with(Settings {
        zoom: false,
        ..Settings::default()
    })
    .await;
    let company = app.company("halden").await;
    let browser = app.signed_in(&company.admin).await;
    let page = browser.get("/zoom_callback?code=a&state=b").await;
    explains(&page, 503, &["Zoom is not set up here"]);
}
