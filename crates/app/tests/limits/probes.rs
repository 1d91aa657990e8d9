//! Does Zoom still let us in, and is its user still the same?

use jiff::SignedDuration;
use rooms_app::history;
use rooms_app::zoom::{self, limits, probes};
use rooms_core::connection::ConnectionStatus;
use rooms_testkit::app::{TestApp, on_each};
use serde_json::json;
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, asked, connection, refreshes, stage, stage_of_two};

/// Queues what is due to be probed, and does it within the hour; gives how much was due.
async fn probe(app: &TestApp) -> u64 {
    let queued = probes::queue_due(&app.app).await.unwrap();
    app.pass(SignedDuration::from_hours(1));
    app.run_jobs().await;
    queued
}

#[tokio::test]
async fn a_connection_with_bookings_ahead_is_asked_daily_and_another_is_not() {
    on_each(async |app| {
        let [(mara, room), (jonas, _)] = stage_of_two(app).await;
        app.book(&mara, &room, 72, ZOOM).await;
        app.run_jobs().await;
        let before = asked(app, "GET", "/v2/users/me").len();
        assert_eq!(probe(app).await, 0, "granted a moment ago");
        app.pass(SignedDuration::from_hours(24));
        assert_eq!(probe(app).await, 1);
        assert_eq!(asked(app, "GET", "/v2/users/me").len(), before + 1);
        assert_eq!(probe(app).await, 0, "asked a moment ago");
        app.pass(SignedDuration::from_hours(24));
        assert_eq!(probe(app).await, 1);
        assert_eq!(asked(app, "GET", "/v2/users/me").len(), before + 2);
        assert_eq!(
            connection(app, &jonas).await.status,
            ConnectionStatus::Active
        );
    })
    .await;
}

#[tokio::test]
async fn a_connection_nobody_uses_is_refreshed_before_its_refresh_token_ends() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        app.pass(SignedDuration::from_hours(24 * 74));
        assert_eq!((probe(app).await, refreshes(app)), (0, 0));
        app.pass(SignedDuration::from_hours(24 * 2));
        assert_eq!((probe(app).await, refreshes(app)), (1, 1));
        assert_eq!(probe(app).await, 0);
        assert_eq!(
            connection(app, &mara).await.status,
            ConnectionStatus::Active
        );
    })
    .await;
}

#[tokio::test]
async fn a_probe_that_finds_a_dead_grant_tells_its_person() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.book(&mara, &room, 72, ZOOM).await;
        app.run_jobs().await;
        app.pass(SignedDuration::from_hours(25));
        let dead = json!({ "reason": "Invalid Token!", "error": "invalid_grant" });
        app.sim.fault(Fault::always(
            Operation::Refresh,
            Trouble::Status(400, dead),
        ));
        assert_eq!(probe(app).await, 1);
        let ended = connection(app, &mara).await;
        assert_eq!(ended.status, ConnectionStatus::NeedsAttention);
        let notices = history::notices(&app.app, &mara.actor).await.unwrap();
        let told = |notice: &&rooms_app::Notice| notice.kind == "zoom.needs_attention";
        assert_eq!(notices.iter().filter(told).count(), 1);
        assert_eq!((probe(app).await, refreshes(app)), (0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_probe_notices_another_licence_address_and_account() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.book(&mara, &room, 72, ZOOM).await;
        app.run_jobs().await;
        app.pass(SignedDuration::from_hours(25));
        let user = json!({
            "id": connection(app, &mara).await.zoom_user_id, "account_id": "another-account",
            "email": "mara@new.example", "display_name": "Mara L.", "type": 1
        });
        app.sim
            .fault(Fault::once(Operation::Me, Trouble::Status(200, user)));
        probe(app).await;
        let after = connection(app, &mara).await;
        assert_eq!(after.zoom_email, "mara@new.example");
        assert_eq!(after.zoom_account_id, "another-account");
        assert_eq!(after.zoom_licensed, Some(false));
        let told = zoom::status(&app.app, &mara.actor).await.unwrap().history;
        let told = told.iter().filter(|event| event.kind == "zoom.changed");
        assert_eq!(told.count(), 3);
        let notices = history::notices(&app.app, &mara.actor).await.unwrap();
        assert!(notices.iter().any(|notice| notice.kind == "zoom.basic"));
    })
    .await;
}

#[tokio::test]
async fn a_refused_app_punishes_nobody_and_is_told_to_admins_until_it_is_accepted() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let admin = app.person("admin@halden.example").await;
        app.book(&mara, &room, 72, ZOOM).await;
        app.run_jobs().await;
        let trouble = async || limits::trouble(&app.app, &admin.actor).await.unwrap();
        assert_eq!(trouble().await, None);
        let wrong = json!({
            "reason": "Invalid client_id or client_secret", "error": "invalid_client"
        });
        app.sim.fault(Fault::always(
            Operation::Refresh,
            Trouble::Status(400, wrong),
        ));
        app.pass(SignedDuration::from_hours(25));
        let since = app.app.now();
        assert_eq!(probe(app).await, 1);
        assert_eq!(
            connection(app, &mara).await.status,
            ConnectionStatus::Active
        );
        let told = trouble().await.unwrap();
        assert!(told.why.contains("credentials"), "{}", told.why);
        assert!(told.began_at > since);
        assert!(limits::trouble(&app.app, &mara.actor).await.is_err());
        app.sim.clear_faults();
        app.pass(SignedDuration::from_hours(1));
        app.run_jobs().await;
        assert_eq!(trouble().await, None);
        assert_eq!(probe(app).await, 0, "it was asked at last");
    })
    .await;
}
