//! One refresh at a time, whoever asks.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use rooms_app::zoom::tokens;
use rooms_app::{App, Parts, ZoomApp, ZoomAt, jobs};
use rooms_core::Entropy;
use rooms_core::connection::ConnectionStatus;
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, CLIENT_SECRET, TestApp, on_each};
use rooms_testkit::database::sealer_seeded;
use zoom_client::ApiUrlPolicy;
use zoom_client::webhook::Window;
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, connection, converge, creations, refreshes, stage, states};

/// Another process of the same installation, on the same database and the same Zoom.
async fn beside(app: &TestApp) -> App {
    let zoom_at = ZoomAt {
        oauth_url: app.zoom_url().clone(),
        api_url: app.zoom_url().clone(),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(2),
    };
    let client = zoom_at.client(CLIENT_ID.to_owned(), CLIENT_SECRET.into());
    App::new(Parts {
        store: app.database().open(sealer_seeded(7)).await.unwrap(),
        clock: Arc::clone(app.clock()) as _,
        entropy: Arc::new(Entropy::seeded(9)),
        zoom_at: Some(zoom_at),
        zoom: Some(ZoomApp {
            own: None,
            client: client.unwrap(),
            webhook_secrets: Vec::new(),
            confirms_deletion: false,
        }),
        public_url: app.url().clone(),
        support_email: "support@oneclickrooms.example".to_owned(),
        mailer: None,
        webhook_window: Window::default(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_refresh_a_connection_once() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let other = beside(app).await;
        app.pass(SignedDuration::from_hours(2));
        let mut booked = Vec::new();
        for hours in 1..=8 {
            booked.push(app.book(&mara, &room, hours, ZOOM).await);
        }
        for _ in 0..10 {
            let (here, there) = tokio::join!(jobs::run_due(&app.app), jobs::run_due(&other));
            here.unwrap();
            there.unwrap();
            app.pass(SignedDuration::from_secs(1));
        }
        converge(app).await;
        assert_eq!(refreshes(app), 1);
        assert_eq!(
            states(app, &mara, &booked).await,
            vec![MeetingState::Ready; 8]
        );
        assert_eq!(creations(app).len(), 8);
        other.shut_down().await;
    })
    .await;
}

#[tokio::test]
async fn a_pair_another_process_has_replaced_is_read_again_before_it_is_refreshed() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        let connection = connection(app, &mara).await;
        let other = beside(app).await;
        let access = async |app: &App, refused| {
            let zoom = app.zoom().unwrap();
            tokens::access(app, zoom, &connection, refused)
                .await
                .unwrap()
        };
        let first = access(&app.app, None).await;
        let second = access(&other, Some(first.version)).await;
        assert_eq!((first.version, second.version), (1, 2));
        let again = access(&app.app, Some(first.version)).await;
        assert_eq!((again.version, refreshes(app)), (2, 1));
        other.shut_down().await;
    })
    .await;
}

#[tokio::test]
async fn a_new_pair_is_stored_before_it_is_used() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropBefore));
        app.book(&mara, &room, 3, ZOOM).await;
        app.run_jobs().await;
        let version = "SELECT token_version FROM connection";
        assert_eq!(app.database().integers(version).await, [2]);
        converge(app).await;
        assert_eq!((refreshes(app), creations(app).len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn an_outage_of_the_token_endpoint_makes_no_storm() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim
            .fault(Fault::always(Operation::Refresh, Trouble::Html(503)));
        let mut booked = Vec::new();
        for hours in 1..=8 {
            booked.push(app.book(&mara, &room, hours, ZOOM).await);
        }
        converge(app).await;
        let tried = refreshes(app);
        assert!((3..=13).contains(&tried), "{tried} in two minutes");
        app.sim.clear_faults();
        converge(app).await;
        assert_eq!(refreshes(app), tried + 1);
        assert_eq!(
            states(app, &mara, &booked).await,
            vec![MeetingState::Ready; 8]
        );
    })
    .await;
}

#[tokio::test]
async fn a_token_refused_after_a_long_silence_is_renewed_and_nobody_is_asked() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let silent = Fault::times(5, Operation::Create, Trouble::Html(503));
        app.sim.fault(silent);
        let expired = serde_json::json!({ "code": 124, "message": "Access token is expired." });
        let refused = Trouble::Status(401, expired);
        app.sim.fault(Fault::once(Operation::Create, refused));
        let booked = app.book(&mara, &room, 30, ZOOM).await;
        for _ in 0..3 {
            converge(app).await;
        }
        assert_eq!(
            connection(app, &mara).await.status,
            ConnectionStatus::Active
        );
        assert_eq!(states(app, &mara, &[booked]).await, [MeetingState::Ready]);
        assert_eq!((refreshes(app), creations(app).len()), (1, 7));
    })
    .await;
}
