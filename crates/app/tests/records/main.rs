//! Records: what goes on record, what is erased when, and what people may have and have deleted; on
//! both databases, beside the simulator.

mod compliance;
mod permission;
mod person;
mod retention;
mod returning;
mod zoom;

use rooms_app::audit::{self, Filter, Recorded};
use rooms_core::booking::Conference;
use rooms_core::room::Room;
use rooms_testkit::app::TestCompany;
use rooms_testkit::{TestApp, TestPerson};

const ZOOM: Option<Conference> = Some(Conference::Zoom);

const ALL: Filter = Filter {
    topic: None,
    person: None,
    from: None,
    to: None,
    before: None,
    limit: 200,
};

/// A company, one of its officers, and a room.
async fn office(app: &TestApp) -> (TestCompany, TestPerson, Room) {
    let company = app.company("halden").await;
    let mara = app.officer(&company, "mara").await;
    let room = app.room(&company, "Aster").await;
    (company, mara, room)
}

/// What is on record in a company, newest first.
async fn on_record(app: &TestApp, company: &TestCompany) -> Vec<Recorded> {
    let page = audit::page(&app.app, &company.admin.actor, &ALL).await;
    page.unwrap().entries
}

/// What was done, oldest first.
async fn actions(app: &TestApp, company: &TestCompany) -> Vec<String> {
    let mut entries = on_record(app, company).await;
    entries.reverse();
    entries.into_iter().map(|entry| entry.action).collect()
}

/// Whether every chain holds.
async fn holds(app: &TestApp) -> bool {
    let verdicts = audit::verify(&app.app, None).await.unwrap();
    verdicts.iter().all(|verdict| verdict.found.is_ok())
}

/// Which of the texts the database holds anywhere, in clear or as hex.
async fn found_in_database(app: &TestApp, canaries: &[&str]) -> Vec<String> {
    let dump = app.database().dump().await;
    let holds = |needle: &[u8]| dump.windows(needle.len()).any(|part| part == needle);
    let found = canaries.iter().filter(|canary| {
        let hex = audit::hex(canary.as_bytes());
        holds(canary.as_bytes()) || holds(hex.as_bytes())
    });
    found.map(|canary| (*canary).to_owned()).collect()
}
