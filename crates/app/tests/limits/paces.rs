//! Below Zoom's limits, and patient where one is reached.

use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings;
use rooms_app::zoom::limits;
use rooms_core::booking;
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{ZOOM_JONAS, on_each};
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, connection, converge, creations, now, stage, stage_of_two, states};

#[tokio::test]
async fn an_account_without_a_licence_is_asked_at_its_own_pace() {
    on_each(async |app| {
        let company = app.company("halden").await;
        let jonas = app.officer(&company, "jonas").await;
        let room = app.room(&company, "Aster").await;
        app.connect_zoom(&jonas, ZOOM_JONAS).await;
        let mut booked = Vec::new();
        for hours in 1..=6 {
            booked.push(app.book(&jonas, &room, hours, ZOOM).await);
        }
        for _ in 0..12 {
            app.run_jobs().await;
            app.pass(SignedDuration::from_millis(500));
        }
        let creations = creations(app);
        assert_eq!(creations.len(), 6);
        for second in creations.windows(4) {
            let apart = second[3].duration_since(second[0]);
            assert!(apart >= SignedDuration::from_secs(1), "{creations:?}");
        }
        assert_eq!(
            states(app, &jonas, &booked).await,
            vec![MeetingState::Ready; 6]
        );
    })
    .await;
}

#[tokio::test]
async fn creations_and_changes_are_counted_and_the_count_alone_stops_nothing() {
    on_each(async |app| {
        let (mara, room) = stage(app).await;
        let user = connection(app, &mara).await.zoom_user_id;
        let usage = async || limits::usage(&app.app, &user).await.unwrap();
        let booked = app.book(&mara, &room, 30, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(usage().await.changes, 1);
        let change = booking::Change {
            title: Some("Moved".to_owned()),
            ..booking::Change::default()
        };
        bookings::change(&app.app, &mara.actor, booked.booking.id, change, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(usage().await.changes, 2);
        let spend = "UPDATE zoom_usage SET changes = 150";
        assert_eq!(app.database().execute(spend).await, 1);
        let more = app.book(&mara, &room, 40, ZOOM).await;
        app.run_jobs().await;
        assert_eq!(states(app, &mara, &[more]).await, [MeetingState::Ready]);
        assert_eq!(usage().await.changes, 151);
        app.pass(SignedDuration::from_hours(24));
        assert_eq!(usage().await.changes, 0, "a new day");
    })
    .await;
}

#[tokio::test]
async fn a_host_whose_day_is_used_up_is_asked_nothing_more_until_midnight() {
    on_each(async |app| {
        let [(mara, aster), (jonas, birch)] = stage_of_two(app).await;
        let made = app.book(&mara, &aster, 60, ZOOM).await;
        app.run_jobs().await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DailyLimitUser));
        let first = app.book(&mara, &aster, 40, ZOOM).await;
        app.run_jobs().await;
        let others = [
            app.book(&mara, &aster, 41, ZOOM).await,
            app.book(&mara, &aster, 42, ZOOM).await,
        ];
        let his = app.book(&jonas, &birch, 40, ZOOM).await;
        bookings::cancel(&app.app, &mara.actor, made.booking.id, None, None)
            .await
            .unwrap();
        converge(app).await;
        assert_eq!(creations(app).len(), 3, "hers twice, his once");
        assert_eq!(states(app, &jonas, &[his]).await, [MeetingState::Ready]);
        assert_eq!(
            states(app, &mara, &[made]).await,
            [MeetingState::Removed],
            "deletions are not counted"
        );
        let midnight: Timestamp = (app.app.now().to_string()[..10].to_owned() + "T00:00:00Z")
            .parse()
            .unwrap();
        let midnight = midnight + SignedDuration::from_hours(24);
        for booked in [&first, &others[0], &others[1]] {
            let meeting = now(app, &mara, booked).await.meeting.unwrap();
            assert_eq!(meeting.state, MeetingState::Pending);
            assert_eq!(meeting.next_try_at, Some(midnight));
        }
        let user = connection(app, &mara).await.zoom_user_id;
        let usage = limits::usage(&app.app, &user).await.unwrap();
        assert_eq!(usage.blocked_until, Some(midnight));
        app.clock().set(midnight);
        converge(app).await;
        for booked in [first].iter().chain(&others) {
            let meeting = now(app, &mara, booked).await.meeting.unwrap();
            assert_eq!(meeting.state, MeetingState::Ready);
        }
    })
    .await;
}

#[tokio::test]
async fn an_account_whose_day_is_used_up_rests_until_zoom_says() {
    on_each(async |app| {
        let [(mara, aster), (jonas, birch)] = stage_of_two(app).await;
        app.sim
            .fault(Fault::once(Operation::Create, Trouble::DailyLimitAccount));
        let hers = app.book(&mara, &aster, 40, ZOOM).await;
        app.run_jobs().await;
        let his = app.book(&jonas, &birch, 40, ZOOM).await;
        converge(app).await;
        assert_eq!(creations(app).len(), 1);
        let waits = now(app, &mara, &hers).await.meeting.unwrap();
        let until = waits.next_try_at.unwrap();
        assert!(until > app.app.now() + SignedDuration::from_hours(1));
        app.clock().set(until);
        converge(app).await;
        assert_eq!(states(app, &mara, &[hers]).await, [MeetingState::Ready]);
        assert_eq!(states(app, &jonas, &[his]).await, [MeetingState::Ready]);
    })
    .await;
}
