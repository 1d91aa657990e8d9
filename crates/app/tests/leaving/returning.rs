//! Connecting again: the same Zoom user takes back what was left behind, another one does not.

use jiff::SignedDuration;
use rooms_app::bookings;
use rooms_app::zoom::{self, hosts};
use rooms_core::booking;
use rooms_core::connection::{Connection, ConnectionStatus, EndedBy, HostsFor, Links};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{CLIENT_ID, ZOOM_JONAS, ZOOM_MARA, on_each};

use super::{ZOOM, alive, converge, stage, told};

#[tokio::test]
async fn the_same_zoom_user_takes_back_kept_links_and_they_follow_their_bookings_again() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked, cancelled] = stage.booked(app, [30, 40]).await;
        let link = stage.now(app, &booked).await.meeting.unwrap().join_url;
        stage.leave(app, Links::Keep).await.unwrap();
        converge(app).await;
        app.deliver_webhooks().await;
        let actor = &stage.mara.actor;
        bookings::cancel(&app.app, actor, cancelled.booking.id, None, None)
            .await
            .unwrap();
        // Moved while nobody managed the link.
        let starts_at = booked.booking.slot.starts_at + SignedDuration::from_hours(2);
        let change = booking::Change {
            starts_at: Some(starts_at),
            ends_at: Some(starts_at + booked.booking.slot.length()),
            ..booking::Change::default()
        };
        bookings::change(&app.app, actor, booked.booking.id, change, None)
            .await
            .unwrap();
        converge(app).await;
        assert_ne!(alive(app)[0].start_time, Some(starts_at));

        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert_ne!(again.id, stage.first.id, "an ended connection stays ended");
        converge(app).await;
        let meeting = stage.now(app, &booked).await.meeting.unwrap();
        assert_eq!(
            (meeting.state, meeting.connection),
            (MeetingState::Ready, again.id)
        );
        assert_eq!(meeting.join_url, link, "the link people have");
        let in_zoom = alive(app);
        let moved = in_zoom.iter().any(|m| m.start_time == Some(starts_at));
        assert!(moved, "Zoom was told: {in_zoom:?}");
        assert_eq!(
            stage.state(app, &cancelled).await,
            MeetingState::Detached,
            "nobody wants it any more"
        );
        bookings::cancel(&app.app, actor, booked.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Removed);
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_or_changed_in_zoom_meanwhile_is_told_after_connecting_again() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [deleted] = stage.booked(app, [30]).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.deliver_webhooks().await;
        assert_eq!(stage.state(app, &deleted).await, MeetingState::Detached);
        let id = stage.now(app, &deleted).await.meeting.unwrap().zoom_id;
        assert!(app.sim.delete_meeting(id.unwrap()));
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        converge(app).await;
        assert_eq!(stage.state(app, &deleted).await, MeetingState::Failed);
        let words = told(app, &stage.mara).await.join(" ");
        assert!(words.contains("was deleted in Zoom"), "{words}");
    })
    .await;
}

#[tokio::test]
async fn a_link_that_was_waiting_when_the_app_was_removed_is_made_after_connecting_again() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_mins(1));
        let booked = app.book(&stage.mara, &stage.room, 30, ZOOM).await;
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.sim.deliver_due_webhooks().await;
        app.run_jobs().await;
        let before = stage.state(app, &booked).await;
        assert_eq!(before, MeetingState::Failed);
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Ready);
        assert_eq!(alive(app).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn another_zoom_user_or_another_person_takes_nothing_back() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        stage.leave(app, Links::Keep).await.unwrap();
        converge(app).await;
        let lee = app.officer(&stage.company, "lee").await;
        app.connect_zoom(&stage.mara, ZOOM_JONAS).await;
        app.connect_zoom(&lee, ZOOM_MARA).await;
        converge(app).await;
        let meeting = stage.now(app, &booked).await.meeting.unwrap();
        assert_eq!(
            (meeting.state, meeting.connection),
            (MeetingState::Detached, stage.first.id)
        );
    })
    .await;
}

#[tokio::test]
async fn a_zoom_user_who_moved_to_another_account_begins_anew() {
    on_each(async |app| {
        let stage = stage(app).await;
        let [booked] = stage.booked(app, [30]).await;
        stage.leave(app, Links::Keep).await.unwrap();
        converge(app).await;
        app.sim.set_blocks_apps("HaldenStrictAccount002", false);
        assert!(app.sim.move_user(ZOOM_MARA, "HaldenStrictAccount002"));
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert_ne!(again.zoom_account_id, stage.first.zoom_account_id);
        converge(app).await;
        assert_eq!(
            stage.state(app, &booked).await,
            MeetingState::Detached,
            "its meeting is the old account's"
        );
        let new = app.book(&stage.mara, &stage.room, 40, ZOOM).await;
        converge(app).await;
        assert_eq!(stage.state(app, &new).await, MeetingState::Ready);
    })
    .await;
}

#[tokio::test]
async fn one_who_moved_while_connected_keeps_the_connection_and_it_is_written_down() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.sim.set_blocks_apps("HaldenStrictAccount002", false);
        assert!(app.sim.move_user(ZOOM_MARA, "HaldenStrictAccount002"));
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert_eq!(again.id, stage.first.id);
        converge(app).await;
        let history = zoom::status(&app.app, &stage.mara.actor).await.unwrap();
        let words: Vec<_> = history.history.into_iter().map(|e| e.detail).collect();
        let said = "The Zoom user belongs to another Zoom account now.".to_owned();
        assert!(words.contains(&said), "{words:?}");
        let booked = app.book(&stage.mara, &stage.room, 40, ZOOM).await;
        converge(app).await;
        assert_eq!(stage.state(app, &booked).await, MeetingState::Ready);
    })
    .await;
}

#[tokio::test]
async fn a_removal_older_than_the_grant_has_zoom_asked_and_ends_nothing() {
    on_each(async |app| {
        let stage = stage(app).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        app.pass(SignedDuration::from_mins(1));
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        let asked = || {
            let calls = app.sim.requests();
            calls.iter().filter(|c| c.path == "/v2/users/me").count()
        };
        let before = asked();
        app.deliver_webhooks().await;
        assert_eq!(asked(), before + 1, "the probe");
        let still = stage.connection(app).await;
        assert_eq!(again.id, still.id);
        assert_eq!(still.status, ConnectionStatus::Active);
    })
    .await;
}

#[tokio::test]
async fn a_removal_that_only_looks_older_is_found_by_asking_zoom() {
    on_each(async |app| {
        let webhooks = |mode| {
            app.sim.set_rules(zoom_sim::Rules {
                webhooks: mode,
                ..app.sim.rules()
            });
        };
        let stage = stage(app).await;
        app.pass(SignedDuration::from_mins(1));
        webhooks(zoom_sim::WebhookMode::Held);
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        let held = app.sim.deliveries().last().unwrap().id;
        app.pass(SignedDuration::from_mins(1));
        app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        // This one is lost, and only the older one arrives.
        app.lose_webhooks();
        app.pass(SignedDuration::from_mins(1));
        assert!(app.sim.remove_app(ZOOM_MARA, CLIENT_ID));
        webhooks(zoom_sim::WebhookMode::Once);
        assert!(app.sim.send_webhook_again(held));
        app.deliver_webhooks().await;
        let ended = stage.connection(app).await;
        assert_ne!(ended.status, ConnectionStatus::Active, "{ended:?}");
        assert_ne!(ended.disconnected_by, Some(EndedBy::User));
        assert!(stage.shredded(app).await);
    })
    .await;
}

#[tokio::test]
async fn what_was_chosen_for_a_connection_holds_when_it_is_connected_again() {
    on_each(async |app| {
        let stage = stage(app).await;
        stage.second(app).await;
        let actor = &stage.mara.actor;
        hosts::make_default(&app.app, actor, stage.first.id)
            .await
            .unwrap();
        hosts::rename(&app.app, actor, stage.first.id, "Sales")
            .await
            .unwrap();
        hosts::offer(&app.app, actor, stage.first.id, HostsFor::Company)
            .await
            .unwrap();
        let chosen = |c: &Connection| (c.id, c.preferred_at, c.name.clone(), c.hosts_for);
        let before = chosen(&stage.connection(app).await);
        assert!(before.1.is_some());
        app.pass(SignedDuration::from_mins(1));
        let again = app.connect_zoom(&stage.mara, ZOOM_MARA).await;
        assert_eq!(chosen(&again), before);
        assert_eq!(chosen(&stage.connection(app).await), before);
    })
    .await;
}
