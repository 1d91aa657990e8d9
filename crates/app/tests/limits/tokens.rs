//! One refresh at a time, whoever asks.

use jiff::SignedDuration;
use rooms_app::zoom::tokens::{self, NoAccess};
use rooms_app::{App, jobs};
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{ZOOM_MARA, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, connection, converge, creations, refreshes, stage, states};

/// Gets access for a connection in one of several processes; the version of the pair it comes from.
async fn access(app: &App, connection: &Connection, refused: Option<i64>) -> Result<i64, NoAccess> {
    let granted = tokens::access(app, app.zoom().unwrap(), connection, refused).await;
    granted.map(|granted| granted.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_refresh_a_connection_once() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let other = app.beside(None).await;
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
        let other = app.beside(None).await;
        let first = access(&app.app, &connection, None).await.unwrap();
        let second = access(&other, &connection, Some(first)).await.unwrap();
        assert_eq!((first, second), (1, 2));
        let again = access(&app.app, &connection, Some(first)).await.unwrap();
        assert_eq!((again, refreshes(app)), (2, 1));
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
async fn a_token_is_renewed_when_two_minutes_of_it_are_left() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        // Zoom says that it gives an hour less a second.
        app.pass(SignedDuration::from_secs(3_599 - 121));
        app.book(&mara, &room, 3, ZOOM).await;
        app.run_jobs().await;
        assert_eq!((refreshes(app), creations(app).len()), (0, 1));
        app.pass(SignedDuration::from_secs(1));
        app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        assert_eq!((refreshes(app), creations(app).len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn after_a_renewal_that_failed_nobody_tries_another_for_ten_seconds() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        let connection = connection(app, &mara).await;
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::Html(503)));
        let first = access(&app.app, &connection, Some(1)).await;
        assert!(matches!(first, Err(NoAccess::Later(_))), "{first:?}");
        let second = access(&app.app, &connection, Some(1)).await;
        let Err(NoAccess::Busy(at)) = second else {
            panic!("{second:?}");
        };
        assert_eq!(at, app.app.now() + SignedDuration::from_secs(10));
        assert_eq!(refreshes(app), 1);
        app.pass(SignedDuration::from_secs(10));
        let third = access(&app.app, &connection, Some(1)).await;
        assert_eq!((third.unwrap(), refreshes(app)), (2, 2));
    })
    .await;
}

/// What Zoom answers to a token whose time is up, or that it never gave.
fn rejected() -> Trouble {
    let expired = serde_json::json!({ "code": 124, "message": "Access token is expired." });
    Trouble::Status(401, expired)
}

#[tokio::test]
async fn a_token_refused_just_after_it_was_due_is_renewed_once_more() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        app.sim.fault(Fault::once(Operation::Create, rejected()));
        let booked = app.book(&mara, &room, 3, ZOOM).await;
        converge(app).await;
        let status = connection(app, &mara).await.status;
        assert_eq!(status, ConnectionStatus::Active);
        assert_eq!(states(app, &mara, &[booked]).await, [MeetingState::Ready]);
        assert_eq!((refreshes(app), creations(app).len()), (2, 2));
    })
    .await;
}

#[tokio::test]
async fn a_token_refused_just_after_it_was_renewed_asks_its_person() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.sim.fault(Fault::always(Operation::Create, rejected()));
        app.book(&mara, &room, 3, ZOOM).await;
        converge(app).await;
        let status = connection(app, &mara).await.status;
        assert_eq!(status, ConnectionStatus::NeedsAttention);
        assert_eq!((refreshes(app), creations(app).len()), (1, 2));
    })
    .await;
}

#[tokio::test]
async fn a_token_refused_after_a_long_silence_is_renewed_and_nobody_is_asked() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let silent = Fault::times(5, Operation::Create, Trouble::Html(503));
        app.sim.fault(silent);
        app.sim.fault(Fault::once(Operation::Create, rejected()));
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

#[tokio::test]
async fn a_grant_is_dead_whatever_was_known_of_the_connection_before() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        let before = connection(app, &mara).await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let dead = serde_json::json!({ "reason": "Invalid Token!", "error": "invalid_grant" });
        app.sim
            .fault(Fault::once(Operation::Refresh, Trouble::Status(400, dead)));
        let version = access(&app.app, &before, None).await.unwrap();
        let refused = access(&app.app, &before, Some(version)).await;
        assert!(matches!(refused, Err(NoAccess::Ended)), "{refused:?}");
        let status = connection(app, &mara).await.status;
        assert_eq!(status, ConnectionStatus::NeedsAttention);
    })
    .await;
}
