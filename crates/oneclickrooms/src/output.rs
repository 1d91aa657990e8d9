//! What the program says to people and scripts.

use std::io::{self, Write as _};

/// Prints a line on standard output, at once. A reader that went away is no reason to stop.
pub(crate) fn say(line: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Says on standard error why something is not done.
pub(crate) fn complain(message: &str) {
    let mut err = io::stderr().lock();
    for line in message.lines() {
        let _ = writeln!(err, "oneclickrooms: {line}");
    }
}
