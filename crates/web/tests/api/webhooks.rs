//! What Zoom tells us, over HTTP: believed only when it is signed, fresh, and not too long.

use jiff::SignedDuration;
use rooms_testkit::TestApp;
use rooms_testkit::app::{CLIENT_ID, WEBHOOK_SECRET, ZOOM_MARA, on_each};
use serde_json::{Value, json};

/// The person's connection as the API shows it.
async fn status(app: &TestApp, person: &rooms_testkit::TestPerson) -> Value {
    let list = app.api(person).get("connections").await.ok(200);
    list["items"][0]["status"].clone()
}

fn removal(app: &TestApp, zoom_user: &str, account: &str) -> Vec<u8> {
    let now = app.app.now();
    json!({
        "event": "app_deauthorized",
        "event_ts": now.as_millisecond(),
        "payload": {
            "account_id": account,
            "user_id": zoom_user,
            "client_id": CLIENT_ID,
            "deauthorization_time": now.to_string(),
            "signature": "unused",
        },
    })
    .to_string()
    .into_bytes()
}

#[tokio::test]
async fn only_what_zoom_signed_lately_is_believed() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        let connection = app.connect_zoom(&mara, ZOOM_MARA).await;
        app.pass(SignedDuration::from_hours(3));
        let (now, minutes) = (app.app.now(), SignedDuration::from_mins);
        let body = removal(app, &connection.zoom_user_id, &connection.zoom_account_id);
        for (why, secret, at) in [
            ("another secret", "guess", now),
            ("no secret", "", now),
            ("too old", WEBHOOK_SECRET, now - minutes(91)),
            ("too early", WEBHOOK_SECRET, now + minutes(6)),
        ] {
            let answer = app.webhook(secret, at, &body).await;
            assert_eq!(answer.status, 401, "{why}");
        }
        let unsigned = app.anonymous();
        let request = unsigned.request(axum::http::Method::POST, "/webhooks/zoom");
        let answer = unsigned.send(request.body(body.clone())).await;
        assert_eq!(answer.status, 401);
        app.run_jobs().await;
        assert_eq!(status(app, &mara).await, "active");

        // Zoom's last retry comes after 85 minutes, and twice is once.
        for _ in 0..2 {
            let answer = app.webhook(WEBHOOK_SECRET, now - minutes(89), &body).await;
            assert_eq!(answer.status, 200);
        }
        let taken = app.database().integers("SELECT COUNT(*) FROM inbox").await;
        assert_eq!(taken, [1]);
        app.run_jobs().await;
        assert_eq!(status(app, &mara).await, "inactive");
    })
    .await;
}

#[tokio::test]
async fn a_webhook_that_cannot_be_read_or_is_too_long_changes_nothing() {
    let app = TestApp::start().await;
    let now = app.app.now();
    for body in ["", "{", "[]", "{\"event\": 7}", "\u{0}"] {
        let answer = app.webhook(WEBHOOK_SECRET, now, body.as_bytes()).await;
        assert_eq!(answer.status, 400, "{body:?}");
    }
    let long = format!("{{\"event\": \"{}\"}}", "x".repeat(1024 * 1024));
    let answer = app.webhook(WEBHOOK_SECRET, now, long.as_bytes()).await;
    assert_eq!(answer.status, 413);
    let taken = app.database().integers("SELECT COUNT(*) FROM inbox").await;
    assert_eq!(taken, [0]);
    let nobody = app.anonymous();
    let answer = nobody.get("/webhooks/zoom").await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("allow")),
        (405, "POST")
    );
}

#[tokio::test]
async fn what_is_not_for_us_is_taken_and_left_alone() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let mara = app.officer(&company, "Mara").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    app.pass(SignedDuration::from_mins(1));
    let stranger = removal(&app, "somebodyElse0000000001", "anotherAccount00000001");
    let unknown = json!({ "event": "user.created", "event_ts": 1, "payload": {} }).to_string();
    for body in [stranger, unknown.into_bytes()] {
        let answer = app.webhook(WEBHOOK_SECRET, app.app.now(), &body).await;
        assert_eq!(answer.status, 200);
    }
    app.run_jobs().await;
    assert_eq!(status(&app, &mara).await, "active");
}

#[tokio::test]
async fn zoom_is_answered_that_the_address_is_ours() {
    let app = TestApp::start().await;
    let body = json!({
        "event": "endpoint.url_validation",
        "payload": { "plainToken": "qgg8vlvZRS6UYooatFL8Aw" },
        "event_ts": 1_795_420_800_000_i64,
    });
    let body = body.to_string();
    let answer = app
        .webhook(WEBHOOK_SECRET, app.app.now(), body.as_bytes())
        .await
        .ok(200);
    assert_eq!(answer["plainToken"], "qgg8vlvZRS6UYooatFL8Aw");
    let hash = answer["encryptedToken"].as_str().unwrap();
    assert_eq!(hash.len(), 64, "{hash}");
    let forged = app.webhook("guess", app.app.now(), body.as_bytes()).await;
    assert_eq!(forged.status, 401);
}
