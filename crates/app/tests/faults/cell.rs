//! One cell of the table: a deed, a fault in its way, the end of the fault, and what is left.

use std::time::Duration;

use rooms_testkit::app::{Settings, TestApp};
use rooms_testkit::database::TestDatabase;
use zoom_sim::{Fault, Operation, Trouble};

use super::kinds::{KINDS, Kind, Means};
use super::scene::Scene;

/// What is done while something fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// A booking wants a meeting.
    Create,
    /// A booking is moved and renamed.
    Change,
    /// A booking is cancelled.
    Cancel,
    /// The access token has ended when one is changed and another is wanted.
    Refresh,
    /// A connection with bookings ahead is looked after.
    Probe,
}

impl Deed {
    /// The calls of the API that it makes.
    fn calls(self) -> &'static [Operation] {
        match self {
            Self::Create => &[Operation::Create],
            Self::Change => &[Operation::Update, Operation::Get],
            Self::Cancel => &[Operation::Delete],
            Self::Refresh => &[],
            Self::Probe => &[Operation::Me],
        }
    }
}

/// How long the client waits where the fault is that no answer comes.
const IMPATIENT: Duration = Duration::from_millis(500);

/// Plays a cell on `SQLite`, and on `PostgreSQL` where it is the first of its meaning: what the
/// store has to do is the same for the others.
pub(crate) async fn play(name: &str, deed: Deed) {
    let kind = KINDS.iter().find(|kind| kind.name == name).unwrap();
    let mut databases = vec![TestDatabase::sqlite()];
    if kind.is_first_of_its_meaning() {
        databases.extend(TestDatabase::postgres().await);
    }
    for database in databases {
        let patience = Settings::default().zoom_timeout;
        let settings = Settings {
            database: Some(database),
            zoom_timeout: if kind.hangs() { IMPATIENT } else { patience },
            ..Settings::default()
        };
        on(&TestApp::with(settings).await, kind, deed).await;
    }
}

/// Plays a cell on a stage that stands.
pub(super) async fn on(app: &TestApp, kind: &Kind, deed: Deed) {
    let means = kind.means(deed);
    let mut scene = Scene::set(app, deed, kind.strikes_tokens(deed)).await;
    let really_gone = means == Means::Gone && matches!(deed, Deed::Change | Deed::Cancel);
    if really_gone {
        scene.host_deletes();
    } else {
        strike(app, kind, deed);
    }
    scene.act(deed).await;
    let rounds = if kind.strikes_once(deed) || !kind.hangs() {
        4
    } else {
        2
    };
    scene.rounds(rounds).await;
    scene.shows(deed, means).await;
    app.sim.clear_faults();
    scene.people_do_what_they_are_told(deed, means).await;
    scene.settle().await;
    scene
        .is_as_wanted(usize::from(really_gone && deed == Deed::Change))
        .await;
    scene.was_fair(means).await;
}

fn strike(app: &TestApp, kind: &Kind, deed: Deed) {
    let what = Trouble::named(kind.name).unwrap();
    let calls = if kind.strikes_tokens(deed) {
        &[Operation::Refresh]
    } else {
        deed.calls()
    };
    for call in calls {
        let fault = Fault::always(*call, what.clone());
        app.sim.fault(Fault {
            times: kind.strikes_once(deed).then_some(1),
            ..fault
        });
    }
}
