//! What was found once stays found, and seeds that nobody has seen hold as well.

use rooms_core::Entropy;
use rooms_simulation::{How, Place, Simulator, Template};

use crate::{failing, template};

/// How many fresh seeds.
const FRESH: u64 = 200;
/// A seed takes several times as long there.
const FRESH_ON_POSTGRES: u64 = 20;

const FOUND: &str = include_str!("../../seeds.txt");

/// The list, each with a word about what it found.
fn found() -> Vec<u64> {
    let lines = FOUND.lines().filter(|line| !line.starts_with('#'));
    let read = |line: &str| {
        let (seed, why) = line.split_once(' ').unwrap();
        assert!(!why.trim().is_empty(), "say what seed {seed} found");
        seed.parse().unwrap()
    };
    lines.map(read).collect()
}

/// So many seeds from where the environment says, or from anywhere.
fn fresh(count: u64) -> Vec<u64> {
    let first = match std::env::var("ONECLICKROOMS_SEED") {
        Ok(first) => first.parse().unwrap(),
        Err(_) => Entropy::System.below(1 << 32),
    };
    eprintln!("fresh seeds from ONECLICKROOMS_SEED={first} on");
    (first..first + count).collect()
}

fn hold(template: &Template, seeds: &[u64]) {
    let failed = failing(template, seeds);
    let words: Vec<String> = failed.iter().map(|r| r.words(20, None)).collect();
    assert!(words.is_empty(), "{}", words.join("\n\n"));
}

#[test]
fn found_and_fresh_seeds_hold_on_sqlite() {
    let template = template(Place::Sqlite, false);
    hold(&template, &[found(), fresh(FRESH)].concat());
}

#[test]
fn found_and_fresh_seeds_hold_on_postgresql() {
    let Ok(server) = std::env::var("ONECLICKROOMS_TEST_POSTGRES") else {
        eprintln!("ONECLICKROOMS_TEST_POSTGRES is not set: not tested on PostgreSQL");
        return;
    };
    let template = template(Place::Postgres(server), false);
    hold(&template, &[found(), fresh(FRESH_ON_POSTGRES)].concat());
}

#[test]
fn a_seed_takes_the_same_steps_every_time() {
    let template = template(Place::Sqlite, false);
    let simulator = Simulator::on(&template).unwrap();
    for seed in [3, 4, 5] {
        let run = || simulator.run(seed, &How::default()).unwrap();
        let (first, second) = (run(), run());
        assert!(first.trace.len() > 100, "seed {seed} does something");
        assert_eq!(first.trace, second.trace, "seed {seed}");
        assert_eq!(first.hash, second.hash);
    }
}

#[test]
fn seeds_do_what_they_are_for() {
    let template = template(Place::Sqlite, false);
    let simulator = Simulator::on(&template).unwrap();
    let mut all = rooms_simulation::Counts::default();
    for seed in 1..=30 {
        all.add(&simulator.run(seed, &How::default()).unwrap().counts);
    }
    assert!(all.calls > 300, "{all:?}");
    assert!(all.webhooks > 60, "{all:?}");
    assert!(all.crashes > 3, "{all:?}");
    for (fault, times) in &all.struck {
        assert!(*times > 0, "{} never strikes", fault.name());
    }
}
