//! What came from Zoom about a person is erased when their connection has ended.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use rooms_app::bookings;
use rooms_app::data::retention;
use rooms_app::zoom::{self, disconnect};
use rooms_core::connection::{Connection, EndedBy};
use rooms_core::meeting::MeetingState;
use rooms_core::retention::Kept;
use rooms_testkit::TestApp;
use rooms_testkit::app::{CLIENT_ID, ZOOM_JONAS, on_each};

use crate::{ZOOM, actions, found_in_database, holds, office, on_record};

/// What may not be left of a connection; the person here has another address and name.
fn canaries(of: &Connection) -> [&str; 4] {
    let canaries = [
        of.zoom_email.as_str(),
        &of.zoom_user_id,
        &of.zoom_account_id,
        &of.zoom_name,
    ];
    assert!(
        canaries.iter().all(|canary| canary.len() > 4),
        "{canaries:?}"
    );
    canaries
}

async fn removed_in_zoom(app: &TestApp) {
    app.pass(SignedDuration::from_mins(1));
    assert!(app.sim.remove_app(ZOOM_JONAS, CLIENT_ID));
    app.pass(SignedDuration::from_mins(1));
    app.deliver_webhooks().await;
}

#[tokio::test]
async fn after_a_removal_in_zoom_nothing_of_the_zoom_user_is_left_and_the_booking_keeps_its_link() {
    on_each(async |app| {
        let (company, mara, room) = office(app).await;
        let connection = app.connect_zoom(&mara, ZOOM_JONAS).await;
        let booked = app.book(&mara, &room, 30, ZOOM).await;
        app.run_jobs().await;
        let canaries = canaries(&connection);
        let before = found_in_database(app, &canaries).await;
        assert_eq!(
            before.len(),
            canaries.len(),
            "they are there before: {before:?}"
        );

        removed_in_zoom(app).await;

        let left = found_in_database(app, &canaries).await;
        assert!(left.is_empty(), "{left:?}");
        let ended = zoom::connections(&app.app, &mara.actor)
            .await
            .unwrap()
            .remove(0);
        assert_eq!(ended.disconnected_by, Some(EndedBy::Zoom));
        assert_eq!(ended.account(), "a Zoom account");
        let after = bookings::get(&app.app, &mara.actor, booked.booking.id)
            .await
            .unwrap();
        let meeting = after.meeting.unwrap();
        assert_eq!(meeting.state, MeetingState::Detached);
        assert!(
            meeting.join_url.is_some() && meeting.passcode.is_some() && meeting.zoom_id.is_some()
        );
        assert_eq!(meeting.host_email, None);
        let done = actions(app, &company).await;
        let about_zoom = |action: &&String| {
            ["zoom.", "meeting.", "data."]
                .iter()
                .any(|topic| action.starts_with(topic))
        };
        let life: Vec<_> = done.iter().filter(about_zoom).collect();
        assert_eq!(
            life,
            [
                "zoom.connected",
                "meeting.ready",
                "zoom.removed",
                "data.zoom_erased"
            ]
        );
        assert!(holds(app).await);
    })
    .await;
}

#[tokio::test]
async fn after_a_disconnection_here_it_is_erased_when_the_companys_days_are_over() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let connection = app.connect_zoom(&mara, ZOOM_JONAS).await;
        app.pass(SignedDuration::from_mins(1));
        assert!(
            disconnect::disconnect(&app.app, &mara.actor, None)
                .await
                .unwrap()
        );
        app.run_jobs().await;
        let canaries = canaries(&connection);
        let day = |n: i64| SignedDuration::from_hours(24 * n);
        app.pass(day(28));
        let removed = retention::run(&app.app, company.id).await.unwrap();
        assert_eq!(removed[&Kept::ZoomEnded], 0);
        assert!(
            !found_in_database(app, &canaries).await.is_empty(),
            "kept for 30 days"
        );
        app.pass(day(2));
        let removed = retention::run(&app.app, company.id).await.unwrap();
        assert_eq!(removed[&Kept::ZoomEnded], 1);
        let left = found_in_database(app, &canaries).await;
        assert!(left.is_empty(), "{left:?}");
    })
    .await;
}

#[tokio::test]
async fn a_company_may_keep_it_ten_days_after_a_removal_and_no_longer() {
    on_each(async |app| {
        let (company, mara, _) = office(app).await;
        let admin = &company.admin.actor;
        let too_long = BTreeMap::from([(Kept::ZoomRemoved, 11)]);
        assert!(retention::change(&app.app, admin, too_long).await.is_err());
        let ten = BTreeMap::from([(Kept::ZoomRemoved, 10)]);
        retention::change(&app.app, admin, ten).await.unwrap();
        let connection = app.connect_zoom(&mara, ZOOM_JONAS).await;
        removed_in_zoom(app).await;
        let canaries = canaries(&connection);
        assert!(!found_in_database(app, &canaries).await.is_empty());
        // The last night before ten days are over, not the first after.
        app.pass(SignedDuration::from_hours(24 * 9 + 1));
        retention::run(&app.app, company.id).await.unwrap();
        assert!(found_in_database(app, &canaries).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_was_erased_and_connects_again_is_known_and_their_meetings_too() {
    on_each(async |app| {
        let (company, mara, room) = office(app).await;
        let first = app.connect_zoom(&mara, ZOOM_JONAS).await;
        let booked = app.book(&mara, &room, 30, ZOOM).await;
        app.run_jobs().await;
        removed_in_zoom(app).await;
        app.pass(SignedDuration::from_mins(1));
        let again = app.connect_zoom(&mara, ZOOM_JONAS).await;
        assert_ne!(again.id, first.id);

        let mut tx = app.app.read().await.unwrap();
        let hash = rooms_store::erasure::zoom_hash(
            &tx,
            &again.client_id,
            &again.zoom_account_id,
            &again.zoom_user_id,
        );
        let known = rooms_store::erasure::of_zoom_hash(&mut tx, &hash.unwrap())
            .await
            .unwrap();
        let known: Vec<_> = known.into_iter().map(|connection| connection.id).collect();
        assert_eq!(known, [again.id, first.id]);
        drop(tx);

        let id = booked.meeting.unwrap().id;
        let number = bookings::get(&app.app, &mara.actor, booked.booking.id)
            .await
            .unwrap();
        let number = number.meeting.unwrap().zoom_id.unwrap();
        app.pass(SignedDuration::from_hours(30));
        assert!(app.sim.start_meeting(number));
        app.deliver_webhooks().await;
        let sql = "SELECT COUNT(*) FROM meeting_session";
        assert_eq!(app.database().integers(sql).await, [1], "{id} is held");
        assert!(holds(app).await);
        let entries = on_record(app, &company).await;
        assert!(entries.iter().all(|entry| !entry.details.contains('@')));
    })
    .await;
}
