//! Every request the simulator received, the newest few thousand of them.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde::Serialize;

/// Older requests are forgotten.
const KEPT: usize = 5_000;

/// A request as it came in, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LoggedRequest {
    /// Number, counting up.
    pub number: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// HTTP method.
    pub method: String,
    /// Path and query.
    pub path: String,
    /// HTTP status of the answer; absent while under way, and where no answer was sent.
    pub status: Option<u16>,
    /// `x-zm-trackingid` of the answer.
    pub tracking_id: String,
    /// The Zoom user whose token came with it.
    pub user: Option<String>,
    /// The body of an API call; of a token request only the kind of grant.
    pub body: Option<String>,
    /// The fault that struck it.
    pub fault: Option<String>,
}

/// The list, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log {
    inner: Mutex<Entries>,
}

#[derive(Debug, Default)]
struct Entries {
    serial: u64,
    list: VecDeque<LoggedRequest>,
}

impl Log {
    fn lock(&self) -> MutexGuard<'_, Entries> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a request on arrival; the number is needed to add the end of its story.
    pub(crate) fn open(&self, mut entry: LoggedRequest) -> u64 {
        let mut entries = self.lock();
        entries.serial += 1;
        entry.number = entries.serial;
        if entries.list.len() == KEPT {
            entries.list.pop_front();
        }
        entries.list.push_back(entry);
        entries.serial
    }

    /// Notes how a request ended.
    pub(crate) fn close(&self, number: u64, status: Option<u16>) {
        let mut entries = self.lock();
        if let Some(entry) = entries
            .list
            .iter_mut()
            .rev()
            .find(|entry| entry.number == number)
        {
            entry.status = status;
        }
    }

    /// All that is kept, oldest first.
    pub(crate) fn all(&self) -> Vec<LoggedRequest> {
        self.lock().list.iter().cloned().collect()
    }

    /// How many there were in all, and the newest of those wanted, newest first.
    pub(crate) fn newest(
        &self,
        count: usize,
        wanted: impl Fn(&LoggedRequest) -> bool,
    ) -> (u64, Vec<LoggedRequest>) {
        let entries = self.lock();
        let wanted = |request: &&LoggedRequest| wanted(request);
        (
            entries.serial,
            entries
                .list
                .iter()
                .rev()
                .filter(wanted)
                .take(count)
                .cloned()
                .collect(),
        )
    }
}
