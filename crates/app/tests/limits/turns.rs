//! Slow work delays nothing but itself.

use std::time::Duration;

use rooms_app::bookings::Booked;
use rooms_app::{Change, jobs};
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{Settings, TestApp, TestPerson};
use rooms_testkit::database::TestDatabase;
use zoom_sim::{Fault, Operation, Trouble};

use super::{ZOOM, creations, now, stage_of_two, states};

/// Waits until a booking's meeting is in a state, as the program tells of its changes.
async fn comes_to(app: &TestApp, whose: &TestPerson, booked: &Booked, wanted: MeetingState) {
    let mut changes = app.app.store().changes();
    loop {
        let state = now(app, whose, booked).await.meeting.unwrap().state;
        if state == wanted {
            return;
        }
        let told =
            async { while changes.recv().await.unwrap() != Change::Booking(booked.booking.id) {} };
        tokio::time::timeout(Duration::from_secs(30), told)
            .await
            .expect("the booking changes");
    }
}

async fn on_each_with_runner(test: impl AsyncFn(&TestApp)) {
    let databases = [Some(TestDatabase::sqlite()), TestDatabase::postgres().await];
    for database in databases.into_iter().flatten() {
        let settings = Settings {
            database: Some(database),
            real_time: true,
            zoom_timeout: Duration::from_secs(25),
            ..Settings::default()
        };
        let app = TestApp::with(settings).await;
        app.app.tasks().spawn(jobs::run(app.app.clone()));
        test(&app).await;
        app.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_zoom_does_not_answer_delays_no_other() {
    on_each_with_runner(async |app| {
        let [(mara, aster), (jonas, birch)] = stage_of_two(app).await;
        app.sim.fault(Fault {
            on: Operation::Create,
            times: Some(4),
            what: Trouble::HangBefore,
        });
        let mut hers = Vec::new();
        for hours in 1..=12 {
            hers.push(app.book(&mara, &aster, hours, ZOOM).await);
        }
        let asked_four_times = async {
            while creations(app).len() < 4 {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(20), asked_four_times)
            .await
            .expect("four of hers hang");
        let his = app.book(&jonas, &birch, 2, ZOOM).await;
        comes_to(app, &jonas, &his, MeetingState::Ready).await;
        let waiting = states(app, &mara, &hers).await;
        assert_eq!(waiting, vec![MeetingState::Pending; 12], "hers still hang");
        app.sim.clear_faults();
        for booked in &hers {
            comes_to(app, &mara, booked, MeetingState::Ready).await;
        }
    })
    .await;
}
