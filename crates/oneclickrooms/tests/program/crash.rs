//! A process that dies in the middle of its work.

use std::time::Duration;

use jiff::Timestamp;
use rooms_app::bookings::{self, Booked};
use rooms_core::booking::{Conference, Request};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_testkit::app::{CLIENT_ID, CLIENT_SECRET, WEBHOOK_SECRET, ZOOM_MARA};
use rooms_testkit::{Settings, TestApp, TestDatabase, TestPerson};
use zoom_sim::{Fault, Operation, Trouble};

use crate::commands::over;
use crate::process::Place;

pub(crate) fn place(stage: &TestApp) -> Place {
    let zoom = stage.zoom_url().as_str().trim_end_matches('/').to_owned();
    over(stage.database())
        .with("ONECLICKROOMS_ZOOM_CLIENT_ID", CLIENT_ID)
        .with("ONECLICKROOMS_ZOOM_CLIENT_SECRET", CLIENT_SECRET)
        .with("ONECLICKROOMS_ZOOM_WEBHOOK_SECRET", WEBHOOK_SECRET)
        .with("ONECLICKROOMS_ZOOM_OAUTH_URL", zoom.clone())
        .with("ONECLICKROOMS_ZOOM_API_URL", zoom)
}

/// Books with Zoom for tomorrow, at a whole minute of the machine's clock.
async fn book(stage: &TestApp, person: &TestPerson, room: &Room) -> Booked {
    let now = stage.app.now().as_second();
    let at = |minutes: i64| Timestamp::from_second((now / 60 + minutes) * 60).unwrap();
    let request = Request {
        room: room.id,
        title: "Budget".to_owned(),
        starts_at: at(24 * 60),
        ends_at: at(24 * 60 + 30),
        conference: Some(Conference::Zoom),
        host: None,
        organizer: None,
        invitees: Vec::new(),
    };
    bookings::book(&stage.app, &person.actor, request, None)
        .await
        .unwrap()
}

/// Looks again and again until it is so.
pub(crate) async fn until(what: &str, is_so: impl AsyncFn() -> bool) {
    let mut ticks = tokio::time::interval(Duration::from_millis(20));
    for _ in 0..3000 {
        ticks.tick().await;
        if is_so().await {
            return;
        }
    }
    panic!("it never came to this: {what}");
}

async fn one_meeting_in_spite_of_a_crash(database: TestDatabase) {
    let stage = TestApp::with(Settings {
        database: Some(database),
        real_time: true,
        ..Settings::default()
    })
    .await;
    let company = stage.company("halden").await;
    let olga = stage.officer(&company, "olga").await;
    let room = stage.room(&company, "Aster").await;
    stage.connect_zoom(&olga, ZOOM_MARA).await;
    // Zoom makes the meeting, and its answer never arrives.
    stage
        .sim
        .fault(Fault::once(Operation::Create, Trouble::HangAfter));
    let place = place(&stage);
    let (server, _) = place.serve();
    let booked = book(&stage, &olga, &room).await;
    until("Zoom has made the meeting", async || {
        !stage.sim.meetings().is_empty()
    })
    .await;
    server.signal("KILL");
    assert_eq!(server.end().0, None);
    stage.sim.clear_faults();

    // The dead process's lease runs out.
    stage
        .database()
        .execute("UPDATE job SET lease_until = 0 WHERE lease_until IS NOT NULL")
        .await;
    let (server, _) = place.serve();
    until("the link is there", async || {
        let now = bookings::get(&stage.app, &olga.actor, booked.booking.id)
            .await
            .unwrap();
        now.meeting.unwrap().state == MeetingState::Ready
    })
    .await;
    assert_eq!(stage.sim.meetings().len(), 1, "one booking, one meeting");
    server.interrupt();
    stage.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_next_process_finishes_the_work_once_on_sqlite() {
    one_meeting_in_spite_of_a_crash(TestDatabase::sqlite()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_crash_the_next_process_finishes_the_work_once_on_postgres() {
    if let Some(database) = TestDatabase::postgres().await {
        one_meeting_in_spite_of_a_crash(database).await;
    }
}
