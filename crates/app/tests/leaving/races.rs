//! Ends, de-authorizations and bookings that meet each other half-way.

use jiff::SignedDuration;
use rooms_app::{bookings, people};
use rooms_core::connection::{ConnectionStatus, EndedBy, Links};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, ZOOM_MARA, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, alive, converge, stage, told};

#[tokio::test]
async fn a_removal_in_zoom_meanwhile_ends_it_and_says_what_stays_there() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = stage.stuck(app).await;
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
        let ended = stage.connection(app).await;
        assert_eq!(ended.disconnected_by, Some(EndedBy::User), "it had ended");
        let words = told(app, &stage.mara).await.join(" ");
        assert!(
            words.contains("Meetings still in mara@halden.example: 1"),
            "{words}"
        );
        app.sim.clear_faults();
        converge(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_grant_found_dead_meanwhile_ends_it_in_the_same_way() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        app.lose_webhooks();
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        app.sim.clear_faults();
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        converge(app).await;
        assert!(stage.unfinished(app).await.is_empty());
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
        assert!(stage.shredded(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_meeting_recovered_in_zoom_after_the_end_holds_and_is_left_alone() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [60]).await;
        let id = alive(app)[0].id;
        assert!(app.sim.delete_meeting(id));
        app.deliver_webhooks().await;
        app.run_jobs().await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Failed);
        stage.stuck(app).await;
        assert!(app.sim.recover_meeting(id));
        app.deliver_webhooks().await;
        app.run_jobs().await;
        let back = stage.now(app, &booked).await.meeting.unwrap();
        assert_eq!(back.state, MeetingState::Detached);
        assert!(back.join_url.is_some());
        assert_eq!((back.host_email, back.failure), (None, None));
        app.sim.clear_faults();
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
        assert_eq!(alive(app).iter().map(|m| m.id).collect::<Vec<_>>(), [id]);
    })
    .await;
}

#[tokio::test]
async fn an_answer_that_was_lost_before_the_end_leaves_nothing_in_zoom() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DropAfter));
        let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Uncertain);
        stage.leave(app, Links::Remove).await.unwrap();
        for _ in 0..2 {
            converge(app).await;
        }
        assert_eq!(stage.state(app, &booked).await, MeetingState::Removed);
        assert!(alive(app).is_empty());
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_booking_not_asked_for_yet_is_taken_off_without_a_call() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = app.book(&stage.mara, &stage.room, 4, ZOOM).await;
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Removed);
        assert!(app.sim.meetings().is_empty(), "nothing was ever made");
        assert!(stage.shredded(app).await);
    })
    .await;
}

#[tokio::test]
async fn a_booking_cancelled_meanwhile_is_deleted_all_the_same() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        let actor = &stage.mara.actor;
        stage.leave(app, Links::Remove).await.unwrap();
        app.run_jobs().await;
        bookings::cancel(&app.app, actor, booked.booking.id, None, None)
            .await
            .unwrap();
        app.sim.clear_faults();
        converge(app).await;
        assert!(alive(app).is_empty());
        assert!(stage.unfinished(app).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn connecting_the_same_zoom_user_again_meanwhile_deletes_the_rest_through_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = stage.stuck(app).await;
        app.sim.clear_faults();
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
        converge(app).await;
        assert!(alive(app).is_empty());
        assert_eq!(stage.state(app, &booked).await, MeetingState::Removed);
        assert_eq!(again.status, ConnectionStatus::Active);
        assert!(
            app.sim.is_installed(ZOOM_MARA, CLIENT_ID),
            "the new grant is not handed back"
        );
    })
    .await;
}

#[tokio::test]
async fn an_earlier_grant_is_not_handed_back_late_once_there_is_a_new_one() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim
            .fault(Fault::always(Operation::Revoke, Trouble::DropBefore));
        stage.leave(app, Links::Keep).await.unwrap();
        converge(app).await;
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        app.sim.clear_faults();
        let revoked = || {
            let calls = app.sim.requests();
            calls.iter().filter(|c| c.path == "/oauth/revoke").count()
        };
        let before = revoked();
        app.pass(SignedDuration::from_hours(2));
        converge(app).await;
        assert_eq!(revoked(), before);
        assert!(app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn somebody_else_connecting_that_zoom_user_ends_it() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        let lee = app.officer(&stage.company, "lee").await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        app.sim.clear_faults();
        app.connect_zoom(&lee, ZOOM_MARA).await;
        assert!(stage.unfinished(app).await.is_empty());
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
        converge(app).await;
        assert_eq!(alive(app).len(), 1);
        assert!(app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn a_deactivated_person_leaves_nothing_that_opens_zoom() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.booked(app, [30]).await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        people::deactivate(&app.app, &stage.company.admin.actor, stage.mara.id())
            .await
            .unwrap();
        assert!(stage.shredded(app).await);
        app.sim.clear_faults();
        app.pass(SignedDuration::from_mins(1));
        converge(app).await;
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
        assert_eq!(alive(app).len(), 1, "links stay");
    })
    .await;
}

/// Disconnecting and booking at the same moment, in every order the database gives them.
#[tokio::test]
async fn bookings_that_meet_the_end_are_refused_or_taken_off_and_nothing_stays_in_zoom() {
    on_each(async |app| {
        let stage = stage(app).await;
        let mut rooms = Vec::new();
        for name in ["Birch", "Cedar", "Dahlia", "Elder"] {
            rooms.push(app.room(&stage.company, name).await);
        }
        let actor = &stage.mara.actor;
        let starts_at = stage.booked(app, [8]).await[0].booking.slot.starts_at;
        let wish = |n: usize| rooms_core::booking::Request {
            room: rooms[n].id,
            title: format!("In {}", rooms[n].name),
            starts_at,
            ends_at: starts_at + SignedDuration::from_mins(30),
            conference: ZOOM,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        let book = |n| Box::pin(bookings::book(&app.app, actor, wish(n), None));
        let (left, a, b, c, d) = tokio::join!(
            stage.leave(app, Links::Remove),
            book(0),
            book(1),
            book(2),
            book(3)
        );
        assert!(left.is_some());
        converge(app).await;
        assert!(alive(app).is_empty());
        for booked in [a, b, c, d].into_iter().flatten() {
            assert_eq!(stage.state(app, &booked).await, MeetingState::Removed);
        }
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
    })
    .await;
}
