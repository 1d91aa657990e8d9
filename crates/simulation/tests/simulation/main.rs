//! Seeds that found something, fresh ones, and bugs that have to be found.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test whose stage does not stand has failed"
)]

mod planted;
mod seeds;
mod shipped;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use rooms_simulation::{How, Place, Report, Simulator, Template};

/// The databases of a test, made before the first seed.
fn template(place: Place, overlaps: bool) -> Template {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(Template::make(place, overlaps)).unwrap()
}

/// Runs seeds on two threads, and gives those that fail.
fn failing(template: &Template, seeds: &[u64]) -> Vec<Report> {
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        let simulator = Simulator::on(template).unwrap();
        while let Some(seed) = seeds.get(next.fetch_add(1, Ordering::Relaxed)) {
            let report = simulator.run(*seed, &How::default()).unwrap();
            if !report.broken.is_empty() {
                failed.lock().unwrap().push(report);
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        scope.spawn(work);
    });
    failed.into_inner().unwrap()
}
