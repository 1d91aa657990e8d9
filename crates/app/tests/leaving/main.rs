//! Leaving and returning: disconnecting with a choice about the links, being removed in Zoom,
//! connecting again; on both databases, beside the simulator.

mod choice;
mod races;
mod removed;
mod returning;
mod telling;

use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::{self, leave};
use rooms_core::booking::Conference;
use rooms_core::connection::{Connection, Links};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Room;
use rooms_testkit::app::{TestApp, TestCompany, TestPerson, ZOOM_MARA};
use zoom_sim::{Fault, Operation, StoredMeeting, Trouble};

const ZOOM: Option<Conference> = Some(Conference::Zoom);
const ZOOM_INES: &str = "ines@halden.example";

struct Stage {
    company: TestCompany,
    mara: TestPerson,
    room: Room,
    /// Mara's connection.
    first: Connection,
}

/// Mara, connected, and a room.
async fn stage(app: &TestApp) -> Stage {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    let first = app.connect_zoom(&mara, ZOOM_MARA).await;
    Stage {
        company,
        mara,
        room,
        first,
    }
}

impl Stage {
    /// Bookings of Mara's with links, at these hours from now.
    async fn booked<const N: usize>(&self, app: &TestApp, hours: [i64; N]) -> [Booked; N] {
        let mut all = Vec::new();
        for hours in hours {
            all.push(app.book(&self.mara, &self.room, hours, ZOOM).await);
        }
        app.run_jobs().await;
        all.try_into().unwrap()
    }

    /// Another account of Mara's.
    async fn second(&self, app: &TestApp) -> Connection {
        app.pass(SignedDuration::from_secs(1));
        app.sim.set_blocks_apps("HaldenStrictAccount002", false);
        app.connect_zoom(&self.mara, ZOOM_INES).await
    }

    async fn leave(&self, app: &TestApp, links: Links) -> Option<leave::Left> {
        let id = Some(self.first.id);
        leave::leave(&app.app, &self.mara.actor, id, links)
            .await
            .unwrap()
    }

    /// A booking whose meeting cannot be deleted while the connection is leaving.
    async fn stuck(&self, app: &TestApp) -> Booked {
        let [booked] = self.booked(app, [30]).await;
        app.sim
            .fault(Fault::always(Operation::Delete, Trouble::DropBefore));
        self.leave(app, Links::Remove).await.unwrap();
        converge(app).await;
        booked
    }

    async fn now(&self, app: &TestApp, booked: &Booked) -> Booked {
        bookings::get(&app.app, &self.mara.actor, booked.booking.id)
            .await
            .unwrap()
    }

    async fn state(&self, app: &TestApp, booked: &Booked) -> MeetingState {
        self.now(app, booked).await.meeting.unwrap().state
    }

    /// Mara's connection of this id.
    async fn connection(&self, app: &TestApp) -> Connection {
        let all = zoom::connections(&app.app, &self.mara.actor).await.unwrap();
        all.into_iter().find(|c| c.id == self.first.id).unwrap()
    }

    async fn unfinished(&self, app: &TestApp) -> Vec<leave::Unfinished> {
        leave::unfinished(&app.app, &self.mara.actor).await.unwrap()
    }

    /// Whether nothing that opens Zoom is left of Mara's connection.
    async fn shredded(&self, app: &TestApp) -> bool {
        let mut tx = app.app.store().read().await.unwrap();
        let whose = (self.company.id, self.first.id);
        rooms_store::connections::tokens(&mut tx, whose.0, whose.1)
            .await
            .unwrap()
            .is_none()
    }
}

/// What is in Zoom.
fn alive(app: &TestApp) -> Vec<StoredMeeting> {
    let all = app.sim.meetings();
    all.into_iter().filter(|m| m.deleted_at.is_none()).collect()
}

/// Lets two minutes pass in small steps, doing what is due at each.
async fn converge(app: &TestApp) {
    for _ in 0..24 {
        app.run_jobs().await;
        app.pass(SignedDuration::from_secs(5));
    }
}

/// What Home tells somebody.
async fn told(app: &TestApp, whom: &TestPerson) -> Vec<String> {
    let notices = rooms_app::history::notices(&app.app, &whom.actor).await;
    notices.unwrap().into_iter().map(|n| n.detail).collect()
}
