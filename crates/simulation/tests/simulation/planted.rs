//! Whether the simulation finds bugs: each of these is planted, and has to be caught.

use rooms_core::planted::{Bug, plant};
use rooms_simulation::{How, Place, Simulator};

use crate::template;

/// Within so many seeds.
const SEEDS: u64 = 1_000;

/// `known` is a seed that caught it lately, which saves looking through all of them.
fn is_caught(bug: Bug, known: u64) {
    let template = template(Place::Sqlite, bug == Bug::CheckOutside);
    let simulator = Simulator::on(&template).unwrap();
    plant(Some(bug));
    let caught = std::iter::once(known).chain(1..=SEEDS).find_map(|seed| {
        let report = simulator.run(seed, &How::default()).unwrap();
        (!report.broken.is_empty()).then_some(report)
    });
    plant(None);
    let report = caught.unwrap_or_else(|| panic!("{bug:?} is not caught by {SEEDS} seeds"));
    eprintln!(
        "{bug:?} is caught by seed {}: {:?}",
        report.seed, report.broken
    );
    let without = simulator.run(report.seed, &How::default()).unwrap();
    assert!(
        without.broken.is_empty(),
        "without the bug seed {} holds: {:?}",
        report.seed,
        without.broken
    );
}

#[test]
fn skipping_adoption_is_caught() {
    is_caught(Bug::SkipAdoption, 3);
}

#[test]
fn refreshing_twice_is_caught() {
    is_caught(Bug::RefreshTwice, 3);
}

#[test]
fn dropping_the_dedupe_is_caught() {
    is_caught(Bug::DropDedupe, 4);
}

#[test]
fn ignoring_the_epoch_is_caught() {
    is_caught(Bug::IgnoreEpoch, 276);
}

#[test]
fn asking_whether_a_room_is_free_outside_the_transaction_is_caught() {
    is_caught(Bug::CheckOutside, 41);
}

#[test]
fn acknowledging_before_storing_is_caught() {
    is_caught(Bug::AcknowledgeFirst, 19);
}

#[test]
fn forgetting_the_tenant_is_caught() {
    is_caught(Bug::ForgetTenant, 2);
}
