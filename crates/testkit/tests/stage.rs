//! The stage of the other tests stands: program, simulator and database play together.

#![expect(
    clippy::unwrap_used,
    reason = "a test that meets something else has failed"
)]

use rooms_core::booking::Conference;
use rooms_core::connection::ConnectionStatus;
use rooms_core::meeting::MeetingState;
use rooms_testkit::app::{TestApp, ZOOM_MARA, on_each};

async fn a_booking_gets_its_link(app: &TestApp) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let connection = app.connect_zoom(&mara, ZOOM_MARA).await;
    assert_eq!(connection.status, ConnectionStatus::Active);
    let booked = app.book(&mara, &room, 2, Some(Conference::Zoom)).await;
    assert_eq!(booked.meeting.unwrap().state, MeetingState::Pending);
    assert!(app.run_jobs().await > 0);
    let booked = rooms_app::bookings::get(&app.app, &mara.actor, booked.booking.id)
        .await
        .unwrap();
    assert_eq!(booked.meeting.unwrap().state, MeetingState::Ready);
    assert_eq!(app.sim.meetings().len(), 1);
    let alive = app.anonymous().get("/healthz").await;
    assert_eq!((alive.status.as_u16(), alive.text()), (200, "ok\n"));
}

#[tokio::test]
async fn a_booking_with_zoom_gets_its_link_on_each_database() {
    on_each(a_booking_gets_its_link).await;
}

#[tokio::test]
async fn it_ends_in_peace() {
    let app = TestApp::start().await;
    app.company("halden").await;
    app.shut_down().await;
}
