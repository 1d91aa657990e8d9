//! What the fuzzer starts from, and what it once found something with, holds in every run of the
//! tests. The targets themselves are in `fuzz`, see `docs/testing.md`.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    reason = "what does not hold has failed the test"
)]

#[path = "../../../fuzz/src/callback.rs"]
pub mod callback;
#[path = "../../../fuzz/src/forms.rs"]
pub mod forms;
#[path = "../../../fuzz/src/requests.rs"]
pub mod requests;
#[path = "../../../fuzz/src/script.rs"]
pub mod script;
#[path = "../../../fuzz/src/stage.rs"]
pub mod stage;
#[path = "../../../fuzz/src/times.rs"]
pub mod times;
#[path = "../../../fuzz/src/webhook.rs"]
pub mod webhook;
#[path = "../../../fuzz/src/zoom_answers.rs"]
pub mod zoom_answers;

use std::fs;
use std::path::Path;

fn replay(target: &str, feed: fn(&[u8])) {
    let seeds = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/seeds")
        .join(target);
    let mut found = 0;
    for seed in fs::read_dir(&seeds).expect("the seeds of a target") {
        let seed = seed.expect("a seed").path();
        eprintln!("{}", seed.display());
        feed(&fs::read(&seed).expect("a seed can be read"));
        found += 1;
    }
    assert!(found > 2, "{} has seeds", seeds.display());
}

#[test]
fn what_comes_as_a_webhook_holds() {
    replay("webhook", webhook::feed);
}

#[test]
fn what_comes_as_a_time_holds() {
    replay("times", times::feed);
}

#[test]
fn what_comes_to_the_api_holds() {
    replay("requests", requests::feed);
}

#[test]
fn what_comes_to_the_pages_holds() {
    replay("forms", forms::feed);
}

#[test]
fn what_comes_back_from_zoom_holds() {
    replay("callback", callback::feed);
}

#[test]
fn what_zoom_answers_holds() {
    replay("zoom_answers", zoom_answers::feed);
}
