//! What happened, one line a step, and a hash over all of it by which two runs are compared.

use std::fmt::Write as _;

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

/// The lines of a seed.
pub(crate) struct Trace {
    lines: Vec<String>,
    hash: Sha256,
    /// Lines are shown while they are made.
    aloud: bool,
}

impl Trace {
    pub(crate) fn new(aloud: bool) -> Self {
        Self {
            lines: Vec::new(),
            hash: Sha256::new(),
            aloud,
        }
    }

    fn add(&mut self, line: String) {
        self.hash.update(line.as_bytes());
        self.hash.update(b"\n");
        if self.aloud {
            println(&line);
        }
        self.lines.push(line);
    }

    /// A step of an actor: from the point it left to the one it came to, or to its end.
    pub(crate) fn step(
        &mut self,
        number: u64,
        at: Timestamp,
        (process, name): &(usize, String),
        (from, to): (Option<&'static str>, Option<&'static str>),
        said: &[String],
    ) {
        let from = from.unwrap_or("start");
        let to = to.unwrap_or("done");
        let said = said.join("; ");
        let at = at.strftime("%d %H:%M:%S%.3f");
        self.add(format!(
            "{number:>5} {at} {process} {name:<34} {from:>7} → {to:<7} {said}"
        ));
    }

    /// Something that happened between steps.
    pub(crate) fn note(&mut self, at: Timestamp, what: &str) {
        let at = at.strftime("%d %H:%M:%S%.3f");
        self.add(format!("      {at} - {what}"));
    }

    /// All lines.
    pub(crate) fn into_lines(self) -> Vec<String> {
        self.lines
    }

    /// A hash of all lines.
    pub(crate) fn hash(&self) -> String {
        let hash = self.hash.clone().finalize();
        hash.iter().fold(String::new(), |mut text, byte| {
            // Writing to a string cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

#[expect(
    clippy::print_stdout,
    reason = "whoever asked for the trace reads it there"
)]
fn println(line: &str) {
    println!("{line}");
}
