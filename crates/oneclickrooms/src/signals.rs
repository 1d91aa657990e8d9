//! When to stop.

use std::io;

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// A wish to stop: Ctrl-C, or the terminate signal. Listens from the moment it is made, so that no
/// signal is lost while the program is starting.
pub(crate) struct Stop {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Stop {
    /// Begins to listen.
    #[cfg(unix)]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Begins to listen.
    #[cfg(not(unix))]
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    /// Waits for the wish. A second one ends the process at once.
    #[cfg(unix)]
    pub(crate) async fn wished(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }

    /// Waits for the wish.
    #[cfg(not(unix))]
    pub(crate) async fn wished(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}
