//! Tokens, probes, Zoom's limits and whose turn it is; on both databases, beside the simulator.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "helpers of tests stop at the first surprise"
)]

mod paces;
mod probes;
mod tokens;
mod turns;

use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom;
use rooms_core::booking::Conference;
use rooms_core::connection::Connection;
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_testkit::app::{TestApp, TestPerson, ZOOM_JONAS, ZOOM_MARA};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

async fn stage(app: &TestApp) -> (TestPerson, Room) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    (mara, room)
}

/// The same stage with Jonas, who has no licence, and a room for him.
async fn stage_of_two(app: &TestApp) -> [(TestPerson, Room); 2] {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let jonas = app.officer(&company, "jonas").await;
    app.connect_zoom(&mara, ZOOM_MARA).await;
    app.connect_zoom(&jonas, ZOOM_JONAS).await;
    let (aster, birch) = (
        app.room(&company, "Aster").await,
        app.room(&company, "Birch").await,
    );
    [(mara, aster), (jonas, birch)]
}

async fn connection(app: &TestApp, whose: &TestPerson) -> Connection {
    let mut all = zoom::connections(&app.app, &whose.actor).await.unwrap();
    all.remove(0)
}

async fn now(app: &TestApp, whose: &TestPerson, booked: &Booked) -> Booked {
    bookings::get(&app.app, &whose.actor, booked.booking.id)
        .await
        .unwrap()
}

async fn states(app: &TestApp, whose: &TestPerson, booked: &[Booked]) -> Vec<MeetingState> {
    let mut states = Vec::new();
    for booked in booked {
        states.push(now(app, whose, booked).await.meeting.unwrap().state);
    }
    states
}

/// Lets two minutes pass in small steps, doing what is due at each.
async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

/// When the simulator was asked for this, oldest first.
fn asked(app: &TestApp, method: &str, path: &str) -> Vec<Timestamp> {
    let requests = app.sim.requests().into_iter();
    requests
        .filter(|request| request.method == method && request.path.starts_with(path))
        .map(|request| request.at)
        .collect()
}

fn creations(app: &TestApp) -> Vec<Timestamp> {
    asked(app, "POST", "/v2/users/me/meetings")
}

fn refreshes(app: &TestApp) -> usize {
    let requests = app.sim.requests().into_iter();
    requests
        .filter(|request| request.path.starts_with("/oauth/token"))
        .filter(|request| {
            let body = request.body.as_deref().unwrap_or_default();
            body.contains("grant_type=refresh_token")
        })
        .count()
}
