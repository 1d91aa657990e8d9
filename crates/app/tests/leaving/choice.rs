//! Disconnecting here: keep the links, remove them from Zoom, move them to another account.

use jiff::SignedDuration;
use rooms_app::Failure;
use rooms_app::bookings;
use rooms_app::zoom::{disconnect, hosts, leave};
use rooms_core::booking::Request;
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{ConnectionStatus, EndedBy, HostsFor, Links};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, ZOOM_MARA, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, ZOOM_INES, alive, converge, stage, told};

#[tokio::test]
async fn without_a_choice_links_stay_and_the_end_is_whole_at_once() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [2]).await;
        let left = stage.leave(app, Links::Keep).await.unwrap();
        assert_eq!((left.removing, left.left_over), (0, 0));
        assert_eq!(stage.state(app, &booked).await, MeetingState::Detached);
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
        assert_eq!(stage.leave(app, Links::Keep).await, None, "once");
        converge(app).await;
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn removing_deletes_the_meetings_while_the_tokens_work_then_revokes_and_shreds() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [first, second] = stage.booked(app, [2, 4]).await;
        let past = app.book(&stage.mara, &stage.room, 1, ZOOM).await;
        app.run_jobs().await;
        app.pass(SignedDuration::from_mins(100));
        let left = stage.leave(app, Links::Remove).await.unwrap();
        assert_eq!(left.removing, 2);
        let ended = stage.connection(app).await;
        assert_eq!(ended.status, ConnectionStatus::Inactive, "at once");
        assert_eq!(ended.disconnected_by, Some(EndedBy::User));
        assert_eq!(ended.epoch, stage.first.epoch + 1);
        assert!(!stage.shredded(app).await, "they delete what is left");
        assert!(app.sim.is_installed(ZOOM_MARA, CLIENT_ID));

        converge(app).await;
        for booked in [&first, &second] {
            let now = stage.now(app, booked).await;
            assert_eq!(now.meeting.unwrap().state, MeetingState::Removed);
            assert_eq!(now.booking.conference, None, "the room stays");
            assert!(now.booking.state.takes_the_room());
        }
        assert_eq!(alive(app).len(), 1, "what is over is history");
        assert_eq!(stage.state(app, &past).await, MeetingState::Ready);
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID), "handed back");
        app.deliver_webhooks().await;
        let ended = stage.connection(app).await;
        assert_eq!(ended.disconnected_by, Some(EndedBy::User), "our own echo");
    })
    .await;
}

#[tokio::test]
async fn removing_tells_everybody_invited_and_the_colleague_it_hosted_for() {
    on_each(async |app| {
        let stage = stage(app).await;
        let lee = app.officer(&stage.company, "lee").await;
        hosts::offer(
            &app.app,
            &stage.mara.actor,
            stage.first.id,
            HostsFor::Company,
        )
        .await
        .unwrap();
        hosts::set_stand_in(&app.app, &stage.company.admin.actor, StandIn::Pool)
            .await
            .unwrap();
        let booked = app.book(&lee, &stage.room, 3, ZOOM).await;
        app.run_jobs().await;
        let outlook = leave::outlook(&app.app, &stage.mara.actor, &stage.first).await;
        assert_eq!(outlook.unwrap().links, 1, "colleagues' are counted");
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        assert!(alive(app).is_empty());
        let words = told(app, &lee).await.join(" ");
        assert!(
            words.contains("“Budget” has no Zoom link any more. mara disconnected"),
            "{words}"
        );
        let history = bookings::with_history(&app.app, &lee.actor, booked.booking.id).await;
        let kinds: Vec<_> = history.unwrap().1.into_iter().map(|e| e.detail).collect();
        assert!(kinds.contains(&"without Zoom".to_owned()), "{kinds:?}");
    })
    .await;
}

#[tokio::test]
async fn while_zoom_is_down_the_end_stands_and_what_is_left_is_visible_until_it_is_done() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.booked(app, [30, 40, 50]).await;
        let down = || {
            app.sim
                .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        };
        down();
        stage.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        assert_eq!(
            stage.connection(app).await.status,
            ConnectionStatus::Inactive
        );
        let [unfinished] = stage.unfinished(app).await.try_into().unwrap();
        assert_eq!(
            (unfinished.remains.meetings, unfinished.leaving.total),
            (3, 3)
        );
        assert_eq!(
            unfinished.remains.failure.as_deref(),
            Some("Zoom does not answer.")
        );
        assert!(unfinished.remains.next_try_at.is_some());
        app.sim.clear_faults();
        // Longer than an access token lives: it is renewed for this alone.
        down();
        app.pass(SignedDuration::from_hours(3));
        converge(app).await;
        app.sim.clear_faults();
        converge(app).await;
        assert!(alive(app).is_empty());
        assert!(stage.unfinished(app).await.is_empty());
        assert!(stage.shredded(app).await);
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn a_person_may_leave_the_rest_in_zoom_and_be_done() {
    on_each(async |app| {
        let stage = stage(app).await;
        let booked = stage.stuck(app).await;
        let (actor, id) = (&stage.mara.actor, stage.first.id);
        let stranger = app.officer(&stage.company, "lee").await;
        let refused = leave::leave_rest(&app.app, &stranger.actor, id).await;
        assert!(matches!(refused, Err(Failure::NotFound(_))), "{refused:?}");
        let left = leave::leave_rest(&app.app, actor, id).await.unwrap();
        assert_eq!(left, Some(1));
        let meeting = stage.now(app, &booked).await.meeting.unwrap();
        assert_eq!(meeting.state, MeetingState::Detached);
        assert_eq!(meeting.left_by, Some(stage.mara.id()));
        assert!(stage.shredded(app).await);
        assert_eq!(
            leave::leave_rest(&app.app, actor, id).await.unwrap(),
            None,
            "once"
        );
        app.sim.clear_faults();
        converge(app).await;
        assert_eq!(alive(app).len(), 1, "it stays");
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn moving_makes_new_links_in_the_other_account_and_deletes_the_old_ones() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked, other] = stage.booked(app, [2, 4]).await;
        let second = stage.second(app).await;
        let before = stage.now(app, &booked).await.meeting.unwrap();
        let left = stage.leave(app, Links::Move(second.id)).await.unwrap();
        assert_eq!((left.removing, left.left_over), (2, 0));
        converge(app).await;
        for booked in [&booked, &other] {
            let now = stage.now(app, booked).await;
            let meeting = now.meeting.unwrap();
            assert_eq!(meeting.state, MeetingState::Ready);
            assert_eq!(meeting.connection, second.id);
            assert_eq!(now.booking.conference, ZOOM);
        }
        let after = stage.now(app, &booked).await.meeting.unwrap();
        assert_ne!(after.join_url, before.join_url);
        let hosts: Vec<_> = alive(app).into_iter().map(|m| m.host_email).collect();
        assert_eq!(hosts, [ZOOM_INES, ZOOM_INES]);
        assert!(stage.shredded(app).await);
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
        assert!(app.sim.is_installed(ZOOM_INES, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn a_booking_whose_new_host_is_taken_then_keeps_its_link_and_is_named() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [clash, free] = stage.booked(app, [2, 4]).await;
        let second = stage.second(app).await;
        let lee = app.officer(&stage.company, "lee").await;
        let actor = &stage.mara.actor;
        hosts::offer(&app.app, actor, second.id, HostsFor::Company)
            .await
            .unwrap();
        hosts::set_stand_in(&app.app, &stage.company.admin.actor, StandIn::Pool)
            .await
            .unwrap();
        let slot = clash.booking.slot;
        let request = Request {
            room: app.room(&stage.company, "Birch").await.id,
            title: "Lee's".to_owned(),
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            conference: ZOOM,
            host: None,
            organizer: None,
            invitees: Vec::new(),
        };
        bookings::book(&app.app, &lee.actor, request, None)
            .await
            .unwrap();
        app.run_jobs().await;
        let left = stage.leave(app, Links::Move(second.id)).await.unwrap();
        assert_eq!((left.removing, left.left_over), (1, 1));
        converge(app).await;
        let kept = stage.now(app, &clash).await.meeting.unwrap();
        assert_eq!(
            (kept.state, kept.connection),
            (MeetingState::Detached, stage.first.id)
        );
        let moved = stage.now(app, &free).await.meeting.unwrap();
        assert_eq!(
            (moved.state, moved.connection),
            (MeetingState::Ready, second.id)
        );
        let words = told(app, &stage.mara).await.join(" ");
        assert!(
            words.contains("“Budget” keeps its Zoom link: no other account is free then."),
            "{words}"
        );
        assert!(!app.sim.is_installed(ZOOM_MARA, CLIENT_ID));
    })
    .await;
}

#[tokio::test]
async fn links_are_moved_only_to_an_account_that_is_connected_and_may_host_them() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.booked(app, [2]).await;
        let actor = &stage.mara.actor;
        let second = stage.second(app).await;
        disconnect::disconnect(&app.app, actor, Some(second.id))
            .await
            .unwrap();
        for target in [stage.first.id, second.id] {
            let id = Some(stage.first.id);
            let refused = leave::leave(&app.app, actor, id, Links::Move(target)).await;
            assert!(matches!(refused, Err(Failure::Invalid(_))), "{refused:?}");
        }
        let still = stage.connection(app).await;
        assert_eq!(still.status, ConnectionStatus::Active, "nothing ended");
        app.run_jobs().await;
    })
    .await;
}
