//! What came of seeds, in words, and a smaller form of one that fails.

use std::fmt::Write as _;
use std::time::Duration;

use crate::{Counts, Fault, How, Report, Simulator};

impl Report {
    /// What does not hold, the last lines, and how to see all of them.
    #[must_use]
    pub fn words(&self, lines: usize, postgres: Option<&str>) -> String {
        let seed = self.seed;
        if self.broken.is_empty() {
            let steps = self.counts.steps;
            return format!("seed {seed} holds: {steps} steps, hash {}", self.hash);
        }
        let mut words = format!("seed {seed} fails:");
        for broken in &self.broken {
            let _ = write!(words, "\n  {broken}");
        }
        let last = self.trace.len().saturating_sub(lines);
        for line in self.trace.iter().skip(last) {
            let _ = write!(words, "\n  | {line}");
        }
        let server = postgres.map_or_else(String::new, |url| format!(" --postgres {url}"));
        let part = self.part();
        let _ = write!(
            words,
            "\nsee it: cargo run --release -p rooms-simulation -- --seed {seed}{server}{part} --trace"
        );
        words
    }

    fn part(&self) -> String {
        let mut part = String::new();
        if let Some(actions) = self.how.actions {
            let _ = write!(part, " --actions {actions}");
        }
        for fault in &self.how.without {
            let _ = write!(part, " --without {}", fault.name());
        }
        part
    }
}

impl Counts {
    /// Adds what another seed counted.
    pub fn add(&mut self, other: &Self) {
        self.steps += other.steps;
        self.actions += other.actions;
        self.jobs += other.jobs;
        self.webhooks += other.webhooks;
        self.crashes += other.crashes;
        self.calls += other.calls;
        self.commits += other.commits;
        for (fault, times) in &other.struck {
            match self.struck.iter_mut().find(|(known, _)| known == fault) {
                Some((_, sum)) => *sum += times,
                None => self.struck.push((*fault, *times)),
            }
        }
    }

    /// All of it, and how long it took.
    #[must_use]
    pub fn words(&self, seeds: u64, took: Duration) -> String {
        let millis = took.as_secs_f64() * 1000.0;
        #[expect(clippy::cast_precision_loss, reason = "seeds are few")]
        let each = millis / seeds.max(1) as f64;
        let mut words = format!(
            "{seeds} seeds in {:.1} s, {each:.1} ms each: {} steps, {} actions, {} jobs, {} \
             transactions, {} calls to Zoom, {} webhooks, {} crashes",
            took.as_secs_f64(),
            self.steps,
            self.actions,
            self.jobs,
            self.commits,
            self.calls,
            self.webhooks,
            self.crashes
        );
        let struck: Vec<String> = self
            .struck
            .iter()
            .map(|(fault, times)| format!("{} {times}", fault.name()))
            .collect();
        let _ = write!(words, "\nfaults struck: {}", struck.join(", "));
        words
    }
}

/// Looks for a part of a failing seed that still fails: without one kind of fault after the other,
/// then with fewer and fewer actions.
pub fn shrink(simulator: &Simulator<'_>, report: Report, how: &How) -> anyhow::Result<Report> {
    let mut smallest = report;
    let mut how = How {
        aloud: false,
        ..how.clone()
    };
    for fault in Fault::ALL {
        let mut less = how.clone();
        less.without.push(fault);
        let report = simulator.run(smallest.seed, &less)?;
        if !report.broken.is_empty() {
            (smallest, how) = (report, less);
        }
    }
    for actions in 1..smallest.actions {
        let less = How {
            actions: Some(actions),
            ..how.clone()
        };
        let report = simulator.run(smallest.seed, &less)?;
        if !report.broken.is_empty() {
            return Ok(report);
        }
    }
    Ok(smallest)
}
