use rooms_app::zoom::apps::check::{Verdict, What};
use rooms_app::zoom::apps::own;
use rooms_core::booking::Conference;
use rooms_core::connection::ConnectionStatus;
use rooms_testkit::app::{CLIENT_ID, WEBHOOK_SECRET, ZOOM_MARA, on_each};
use rooms_testkit::{Answer, TestApp};
use serde_json::json;

use super::{connection, in_use, own_of, registered};

const OURS: &str = "ours-webhooks";
const THEIRS: &str = "theirs-webhooks";

/// A removal of the app by a Zoom user, later than every grant.
fn removal(app: &TestApp, client_id: &str, user: &str) -> Vec<u8> {
    let at = app.app.now() + jiff::SignedDuration::from_secs(1);
    let body = json!({
        "event": "app_deauthorized",
        "event_ts": at.as_millisecond(),
        "payload": {
            "user_id": user,
            "account_id": "account",
            "client_id": client_id,
            "deauthorization_time": at.to_string(),
        },
    });
    body.to_string().into_bytes()
}

async fn send(app: &TestApp, path: &str, secret: &str, body: &[u8]) -> Answer {
    app.webhook_at(path, (secret, app.app.now()), body).await
}

#[tokio::test]
async fn an_event_reaches_only_connections_of_the_app_whose_secret_verified_it() {
    on_each(async |app| {
        let (ours, theirs) = (app.company("Halden").await, app.company("Rival").await);
        let mara = app.officer(&ours, "Mara").await;
        let path = |own: &own::Own| format!("/webhooks/zoom/{}", own.id);
        let ours_at = path(&in_use(app, &ours, "ours").await);
        let theirs_at = path(&in_use(app, &theirs, "theirs").await);
        let user = app.connect_zoom(&mara, ZOOM_MARA).await.zoom_user_id;
        let room = app.room(&ours, "Aster").await;
        app.book(&mara, &room, 4, Some(Conference::Zoom)).await;
        app.run_jobs().await;
        let reads = async || {
            app.run_jobs().await;
            let requests = app.sim.requests().into_iter();
            requests.filter(|r| r.method == "GET" && r.path.contains("/meetings/")).count()
        };
        let before = reads().await;
        let number = app.sim.meetings()[0].id;
        let deleted = json!({
            "event": "meeting.deleted",
            "event_ts": app.app.now().as_millisecond(),
            "payload": { "account_id": "a", "object": { "id": number, "host_id": user, "uuid": "u" } },
        });
        let deleted = deleted.to_string().into_bytes();

        // Whoever knows a secret of another app changes nothing, at any address.
        for client_id in ["ours", "theirs", CLIENT_ID] {
            let body = removal(app, client_id, &user);
            assert_eq!(send(app, &theirs_at, THEIRS, &body).await.status, 200);
            assert_eq!(send(app, &ours_at, THEIRS, &body).await.status, 401);
            assert_eq!(send(app, &ours_at, WEBHOOK_SECRET, &body).await.status, 401);
            assert_eq!(send(app, "/webhooks/zoom", WEBHOOK_SECRET, &body).await.status, 200);
            assert_eq!(send(app, "/webhooks/zoom", OURS, &body).await.status, 401);
        }
        assert_eq!(send(app, &theirs_at, THEIRS, &deleted).await.status, 200);
        assert_eq!(send(app, "/webhooks/zoom", WEBHOOK_SECRET, &deleted).await.status, 200);
        assert_eq!(reads().await, before, "nobody looked");
        assert_eq!(connection(app, &mara).await.status, ConnectionStatus::Active);

        // The same bodies from the right app are no repeats of those.
        assert_eq!(send(app, &ours_at, OURS, &deleted).await.status, 200);
        assert_eq!(reads().await, before + 1, "it was looked at");
        let body = removal(app, "ours", &user);
        assert_eq!(send(app, &ours_at, OURS, &body).await.status, 200);
        app.run_jobs().await;
        assert_eq!(connection(app, &mara).await.status, ConnectionStatus::Inactive);
    })
    .await;
}

#[tokio::test]
async fn an_app_that_there_is_not_is_answered_like_a_wrong_signature() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let own = in_use(&app, &company, "ours").await;
    let body = removal(&app, "ours", "user");
    let wrong = send(
        &app,
        &format!("/webhooks/zoom/{}", own.id),
        "guessed",
        &body,
    )
    .await;
    let nobodys = format!("/webhooks/zoom/za_{}", "0".repeat(31) + "1");
    for path in [nobodys.as_str(), "/webhooks/zoom/za_", "/webhooks/zoom/x"] {
        let unknown = send(&app, path, OURS, &body).await;
        assert_eq!(
            (unknown.status, &unknown.body),
            (wrong.status, &wrong.body),
            "{path}"
        );
    }
    assert_eq!(wrong.status, 401);

    own::remove(&app.app, &company.admin.actor).await.unwrap();
    app.run_jobs().await;
    let gone = send(&app, &format!("/webhooks/zoom/{}", own.id), OURS, &body).await;
    assert_eq!((gone.status, gone.body), (wrong.status, wrong.body));
    app.shut_down().await;
}

#[tokio::test]
async fn two_webhook_secrets_hold_until_the_earlier_is_taken_away() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let admin = &company.admin.actor;
        let own = in_use(app, &company, "ours").await;
        let path = format!("/webhooks/zoom/{}", own.id);
        let status = async |secret: &str, user: &str| {
            send(app, &path, secret, &removal(app, "ours", user))
                .await
                .status
                .as_u16()
        };
        let finding = async || {
            let own = own_of(app, &company).await;
            let mut found = own.findings.into_iter();
            found.find(|f| f.what == What::Webhook).unwrap().verdict
        };
        assert_eq!(finding().await, Verdict::Ok);

        let same = own::rotate_webhook_secret(&app.app, admin, OURS).await;
        assert!(same.is_err(), "the present one is no new one");
        app.pass(jiff::SignedDuration::from_secs(1));
        own::rotate_webhook_secret(&app.app, admin, "renewed")
            .await
            .unwrap();
        assert!(own_of(app, &company).await.two_webhook_secrets);
        assert_eq!(finding().await, Verdict::ToDo, "Zoom has not used it yet");
        assert_eq!(
            (status(OURS, "a").await, status("renewed", "b").await),
            (200, 200)
        );
        app.sim.set_app(zoom_sim::App {
            webhook_secret: "renewed".to_owned(),
            ..registered(app, &own, "ours")
        });
        app.deliver_webhooks().await;
        assert_eq!(finding().await, Verdict::Ok);

        own::end_rotation(&app.app, admin).await.unwrap();
        assert!(!own_of(app, &company).await.two_webhook_secrets);
        assert_eq!(
            (status(OURS, "c").await, status("renewed", "d").await),
            (401, 200)
        );
    })
    .await;
}

#[tokio::test]
async fn an_app_that_is_being_entered_answers_zooms_challenge() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let admin = &company.admin.actor;
        own::begin(&app.app, admin).await.unwrap();
        let own = own_of(app, &company).await;
        let path = format!("/webhooks/zoom/{}", own.id);
        let body = br#"{"event":"endpoint.url_validation","payload":{"plainToken":"plain"}}"#;
        assert_eq!(
            send(app, &path, OURS, body).await.status,
            401,
            "no secret yet"
        );
        own::enter(&app.app, admin, &super::typed("ours"))
            .await
            .unwrap();
        let answer = send(app, &path, OURS, body).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.json()["plainToken"], "plain");
        let heard = own_of(app, &company).await.heard;
        assert_eq!(heard.challenged_at, Some(app.app.now()));
    })
    .await;
}
