//! The life with Zoom where it is hard: tokens, ends, races; on both databases, beside the
//! simulator.

use std::sync::Arc;

use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::disconnect;
use rooms_app::{jobs, people, zoom};
use rooms_core::booking::{self, Conference};
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_store::meetings;
use rooms_testkit::Gate;
use rooms_testkit::app::{CLIENT_ID, TestApp, TestPerson, ZOOM_MARA, on_each};
use tokio::sync::Notify;
use tokio::task::JoinSet;
use zoom_sim::{Fault, Operation, StoredMeeting, Trouble};

const ZOOM: Option<Conference> = Some(Conference::Zoom);
/// What Zoom calls a meeting.
const ANSWERED: i64 = 81_234_567_890;

async fn stage(app: &TestApp) -> (TestPerson, Room) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    (mara, room)
}

async fn now(app: &TestApp, whose: &TestPerson, booked: &Booked) -> Booked {
    bookings::get(&app.app, &whose.actor, booked.booking.id)
        .await
        .unwrap()
}

fn state(booked: &Booked) -> MeetingState {
    booked.meeting.as_ref().unwrap().state
}

async fn connection(app: &TestApp, whose: &TestPerson) -> Connection {
    zoom::connections(&app.app, &whose.actor)
        .await
        .unwrap()
        .remove(0)
}

fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    app.sim
        .meetings()
        .into_iter()
        .filter(|meeting| meeting.deleted_at.is_none())
        .collect()
}

/// Lets two minutes pass in small steps, doing what is due at each.
async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

fn refreshes(app: &TestApp) -> usize {
    let token_calls = app.sim.requests();
    token_calls
        .iter()
        .filter(|call| call.path.starts_with("/oauth/token"))
        .filter(|call| {
            call.body
                .as_deref()
                .is_some_and(|body| body.contains("refresh_token"))
        })
        .count()
}

#[tokio::test]
async fn an_expired_token_is_refreshed_once_for_many_bookings() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.pass(SignedDuration::from_hours(2));
        let mut booked = Vec::new();
        for hours in 1..=6 {
            booked.push(app.book(&mara, &room, hours, ZOOM).await);
        }
        converge(app).await;
        for booked in &booked {
            assert_eq!(state(&now(app, &mara, booked).await), MeetingState::Ready);
        }
        assert_eq!(refreshes(app), 1);
        assert_eq!(alive(app).len(), 6);
    })
    .await;
}

#[tokio::test]
async fn a_dead_grant_asks_its_person_and_signing_in_again_resumes_what_waits() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.sim.fault(Fault::always(
            Operation::Refresh,
            Trouble::Status(
                400,
                serde_json::json!({ "reason": "Invalid Token!", "error": "invalid_grant" }),
            ),
        ));
        app.pass(SignedDuration::from_hours(2));
        let booked = app.book(&mara, &room, 3, ZOOM).await;
        converge(app).await;
        let asked = connection(app, &mara).await;
        assert_eq!(asked.status, ConnectionStatus::NeedsAttention);
        assert_eq!(
            state(&now(app, &mara, &booked).await),
            MeetingState::Pending
        );
        assert_eq!(refreshes(app), 1, "a dead grant is not asked again");
        app.sim.clear_faults();
        let again = app.connect_zoom(&mara, ZOOM_MARA).await;
        assert_eq!(
            (again.id, again.status),
            (asked.id, ConnectionStatus::Active)
        );
        converge(app).await;
        assert_eq!(state(&now(app, &mara, &booked).await), MeetingState::Ready);
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn the_operators_wrong_secret_punishes_nobodys_connection() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let wrong = serde_json::json!({
            "reason": "Invalid client_id or client_secret", "error": "invalid_client"
        });
        app.sim.fault(Fault::always(
            Operation::Refresh,
            Trouble::Status(400, wrong),
        ));
        app.pass(SignedDuration::from_hours(2));
        let booked = app.book(&mara, &room, 3, ZOOM).await;
        converge(app).await;
        assert_eq!(
            connection(app, &mara).await.status,
            ConnectionStatus::Active
        );
        let waiting = now(app, &mara, &booked).await.meeting.unwrap();
        assert_eq!(waiting.state, MeetingState::Pending);
        assert_eq!(
            waiting.failure.as_deref(),
            Some(zoom::tokens::MISCONFIGURED)
        );
        app.sim.clear_faults();
        converge(app).await;
        assert_eq!(state(&now(app, &mara, &booked).await), MeetingState::Ready);
    })
    .await;
}

#[tokio::test]
async fn disconnecting_keeps_links_and_revokes_at_zoom() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let booked = app.book(&mara, &room, 2, ZOOM).await;
        app.run_jobs().await;
        let link = now(app, &mara, &booked).await.meeting.unwrap().join_url;
        disconnect::disconnect(&app.app, &mara.actor, None)
            .await
            .unwrap();
        let ended = connection(app, &mara).await;
        assert_eq!(ended.status, ConnectionStatus::Inactive);
        assert_eq!(ended.disconnected_by, Some(EndedBy::User));
        assert!(
            app.sim.is_installed(ZOOM_MARA, CLIENT_ID),
            "Zoom is told by a job"
        );
        converge(app).await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        assert_eq!(
            connection(app, &mara).await.disconnected_by,
            Some(EndedBy::User)
        );
        let kept = now(app, &mara, &booked).await;
        assert_eq!(state(&kept), MeetingState::Detached);
        assert_eq!(kept.meeting.unwrap().join_url, link);
        assert!(link.is_some());
        bookings::cancel(&app.app, &mara.actor, booked.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(
            state(&now(app, &mara, &booked).await),
            MeetingState::Detached
        );
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn zoom_is_told_of_a_disconnection_even_when_it_was_down() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        app.sim
            .fault(Fault::always(Operation::Revoke, Trouble::DropBefore));
        disconnect::disconnect(&app.app, &mara.actor, None)
            .await
            .unwrap();
        converge(app).await;
        assert!(app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
        app.sim.clear_faults();
        app.pass(SignedDuration::from_hours(2));
        converge(app).await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn a_late_or_repeated_removal_leaves_a_newer_connection_alone() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.pass(SignedDuration::from_mins(1));
        app.deliver_webhooks().await;
        assert_eq!(
            connection(app, &mara).await.disconnected_by,
            Some(EndedBy::Zoom)
        );
        let deauthorized = app
            .sim
            .deliveries()
            .into_iter()
            .find(|delivery| delivery.event == "app_deauthorized")
            .unwrap();
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&mara, ZOOM_MARA).await;
        assert!(app.sim.send_webhook_again(deauthorized.id));
        app.deliver_webhooks().await;
        assert_eq!(
            connection(app, &mara).await.status,
            ConnectionStatus::Active
        );
        let booked = app.book(&mara, &room, 2, ZOOM).await;
        converge(app).await;
        assert_eq!(state(&now(app, &mara, &booked).await), MeetingState::Ready);
    })
    .await;
}

#[tokio::test]
async fn one_zoom_user_in_two_companies_has_one_active_connection_and_both_end_together() {
    on_each(async |app| {
        let (mara, _) = stage(app).await;
        let other = app.company("lumen").await;
        let noor = app.officer(&other, "noor").await;
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&noor, ZOOM_MARA).await;
        let older = connection(app, &mara).await;
        assert_eq!(older.status, ConnectionStatus::NeedsAttention);
        assert!(
            !older.attention.unwrap().contains("noor"),
            "another company is not named"
        );
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        for person in [&mara, &noor] {
            let ended = connection(app, person).await;
            assert_eq!(ended.status, ConnectionStatus::Inactive);
            assert_eq!(ended.disconnected_by, Some(EndedBy::Zoom));
        }
    })
    .await;
}

#[tokio::test]
async fn deactivating_a_person_ends_everything_of_theirs_and_lists_their_bookings() {
    on_each(async |app| {
        let company = app.company("halden").await;
        let mara = app.officer(&company, "mara").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&mara, ZOOM_MARA).await;
        let booked = app.book(&mara, &room, 2, ZOOM).await;
        app.run_jobs().await;
        let admin = &company.admin.actor;
        let ahead = people::deactivate(&app.app, admin, mara.id())
            .await
            .unwrap();
        assert_eq!(
            ahead.iter().map(|b| b.id).collect::<Vec<_>>(),
            [booked.booking.id]
        );
        let gone = people::tokens::actor(&app.app, &mara.token).await.unwrap();
        assert_eq!(gone, None);
        let ended = connection(app, &mara).await;
        assert_eq!(ended.disconnected_by, Some(EndedBy::System));
        converge(app).await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn a_meeting_changed_while_its_answer_was_lost_ends_once_and_right() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let booked = app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(
            state(&now(app, &mara, &booked).await),
            MeetingState::Uncertain
        );
        let slot = booked.booking.slot;
        let later = slot.starts_at + SignedDuration::from_hours(1);
        let change = booking::Change {
            starts_at: Some(later),
            ends_at: Some(later + slot.length()),
            title: Some("Moved".to_owned()),
            ..booking::Change::default()
        };
        bookings::change(&app.app, &mara.actor, booked.booking.id, change, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(state(&now(app, &mara, &booked).await), MeetingState::Ready);
        let meetings = alive(app);
        assert_eq!(meetings.len(), 1);
        assert_eq!(meetings[0].start_time, Some(later));
        assert_eq!(meetings[0].topic, "Moved");
    })
    .await;
}

#[tokio::test]
async fn a_booking_cancelled_while_its_answer_was_lost_leaves_nothing_in_zoom() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let booked = app.book(&mara, &room, 4, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(alive(app).len(), 1);
        bookings::cancel(&app.app, &mara.actor, booked.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(
            state(&now(app, &mara, &booked).await),
            MeetingState::Removed
        );
        assert_eq!(alive(app).len(), 0);
    })
    .await;
}

/// On `PostgreSQL` two write at once; on `SQLite` the second begins when the first has ended.
#[tokio::test]
async fn a_cancellation_waits_for_an_answer_that_is_being_stored() {
    on_each(async |app| {
        if !app.database().is_postgres() {
            return;
        }
        let (mara, room) = stage(app).await;
        let booked = app.book(&mara, &room, 4, ZOOM).await;
        let (held, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let input = (
            booked.meeting.clone().unwrap(),
            Arc::clone(&held),
            Arc::clone(&go_on),
        );
        let (store, when) = (app.app.store().clone(), app.app.now());
        let (mut answering, mut cancelling) = (JoinSet::new(), JoinSet::new());
        answering.spawn(async move {
            store
                .write((input, when), |tx, ((meeting, held, go_on), when)| {
                    Box::pin(async move {
                        let locked = meetings::lock(tx, meeting.company, meeting.id).await?;
                        held.notify_one();
                        go_on.notified().await;
                        let mut meeting = locked.unwrap();
                        meeting.zoom_id = Some(ANSWERED);
                        meetings::store(tx, &meeting, *when).await
                    })
                })
                .await
        });
        held.notified().await;
        let (whose, id) = (mara.actor.clone(), booked.booking.id);
        let program = app.app.clone();
        cancelling.spawn(async move { bookings::cancel(&program, &whose, id, None, None).await });
        let waiting = "SELECT COUNT(*) FROM pg_stat_activity \
                       WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while app.database().integers(waiting).await == [0] {
            assert!(cancelling.try_join_next().is_none(), "it did not wait");
        }
        go_on.notify_one();
        answering.join_next().await.unwrap().unwrap().unwrap();
        cancelling.join_next().await.unwrap().unwrap().unwrap();
        let after = now(app, &mara, &booked).await.meeting.unwrap();
        let removing = (MeetingState::Removing, Some(ANSWERED));
        assert_eq!((after.state, after.zoom_id), removing, "it can be deleted");
    })
    .await;
}

/// What becomes of a booking's meeting when its worker is held up for twenty minutes before its
/// transaction of this number, and then does not hear what Zoom answers.
async fn held_up_before(app: &TestApp, transaction: usize) {
    let (mara, room) = stage(app).await;
    let booked = app.book(&mara, &room, 4, ZOOM).await;
    let gate = Gate::before(transaction);
    let other = app.beside(Some(&gate)).await;
    app.sim
        .fault(Fault::once(Operation::Create, Trouble::DropAfter));
    let held_up = gate.meanwhile(async { app.pass(SignedDuration::from_mins(20)) });
    let (done, ()) = tokio::join!(jobs::run_due(&other), held_up);
    assert_eq!(done.unwrap(), 1);
    converge(app).await;
    assert_eq!(state(&now(app, &mara, &booked).await), MeetingState::Ready);
    assert_eq!(app.sim.meetings().len(), 1, "made once");
    other.shut_down().await;
}

#[tokio::test]
async fn an_attempt_counts_from_when_it_is_written_down() {
    // The first transaction takes the work, the second writes the attempt down.
    on_each(async |app| held_up_before(app, 2).await).await;
}

#[tokio::test]
async fn whoever_was_held_up_before_a_call_does_not_make_it() {
    // The third counts the call, just before it.
    on_each(async |app| held_up_before(app, 3).await).await;
}
