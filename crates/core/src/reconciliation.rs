//! Our records of meetings against what a host has at Zoom: a pure comparison.
//!
//! Only a meeting with our own mark is judged; whatever else a host has is theirs. What is under way
//! is not judged either: its job will finish it.

use std::collections::{HashMap, HashSet};

use jiff::Timestamp;

use crate::ids::{ConnectionId, MeetingRecordId};
use crate::meeting::MeetingState;
use crate::time::Slot;

/// How Zoom and our records differ about a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum FindingKind {
    /// We say that the link is ready, and Zoom has no such meeting.
    Missing,
    /// It is with another host than our record says.
    WrongHost,
    /// It is at another time, or of another length.
    WrongTime,
    /// It has another title.
    WrongTopic,
    /// A second meeting of a booking that has one.
    Doubled,
    /// We made it, and no booking wants it.
    Orphaned,
}

impl FindingKind {
    /// Every kind, what hurts people most first.
    pub const ALL: [Self; 6] = [
        Self::Missing,
        Self::WrongHost,
        Self::WrongTime,
        Self::WrongTopic,
        Self::Doubled,
        Self::Orphaned,
    ];

    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::WrongHost => "wrong_host",
            Self::WrongTime => "wrong_time",
            Self::WrongTopic => "wrong_topic",
            Self::Doubled => "doubled",
            Self::Orphaned => "orphaned",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

/// What became of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingState {
    /// It waits for somebody.
    Open,
    /// It is being put right.
    Fixing,
    /// It was put right.
    Fixed,
    /// Somebody decided to leave it as it is.
    Left,
    /// It was no longer true.
    Gone,
}

impl FindingState {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Fixing => "fixing",
            Self::Fixed => "fixed",
            Self::Left => "left",
            Self::Gone => "gone",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Open,
            Self::Fixing,
            Self::Fixed,
            Self::Left,
            Self::Gone,
        ]
        .into_iter()
        .find(|state| state.as_str() == text)
    }
}

/// What our record of a meeting says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The record.
    pub id: MeetingRecordId,
    /// Whether it is of the company that looks; another's is left alone.
    pub own: bool,
    /// The connection it is made through.
    pub connection: ConnectionId,
    /// Where it stands.
    pub state: MeetingState,
    /// Zoom's number, once known.
    pub zoom_id: Option<i64>,
    /// Whether its booking still wants a meeting.
    pub wanted: bool,
    /// Whether nothing is under way: Zoom was told of the booking's last change, and the record is
    /// older than the look at Zoom.
    pub settled: bool,
    /// The booking's title, as far as Zoom keeps it.
    pub topic: String,
    /// The booking's time.
    pub slot: Slot,
}

impl Recorded {
    /// Whether this is the meeting that the booking has.
    #[must_use]
    pub fn holds(&self, zoom_id: i64) -> bool {
        self.has_one() && self.zoom_id == Some(zoom_id)
    }

    fn has_one(&self) -> bool {
        let lives = matches!(self.state, MeetingState::Ready | MeetingState::Detached);
        self.wanted && lives && self.zoom_id.is_some()
    }

    /// Whether a job is at it, or has just been.
    #[must_use]
    pub fn under_way(&self) -> bool {
        let moving = matches!(
            self.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing
        );
        moving || !self.settled
    }
}

/// A meeting in a host's list at Zoom.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Zoom's number.
    pub zoom_id: i64,
    /// The record our own mark on it names; none where there is no mark of ours.
    pub mark: Option<MeetingRecordId>,
    /// The title.
    pub topic: String,
    /// The start.
    pub starts_at: Option<Timestamp>,
    /// The length.
    pub minutes: Option<i64>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
}

/// Who looked, and when.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Through which connection.
    pub connection: ConnectionId,
    /// What was made at Zoom after this may still be on its way into our records.
    pub before: Timestamp,
    /// The present.
    pub now: Timestamp,
}

/// A difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Of which kind.
    pub kind: FindingKind,
    /// Zoom's number of the meeting it is about.
    pub zoom_id: i64,
    /// Our record, where there is one.
    pub record: Option<MeetingRecordId>,
}

/// Compares a host's meetings with the records of its connection, and with every other record that
/// a mark on one of them names.
#[must_use]
pub fn compare(look: &Look, records: &[Recorded], listed: &[Listed]) -> Vec<Finding> {
    let by_id: HashMap<MeetingRecordId, &Recorded> = records.iter().map(|r| (r.id, r)).collect();
    let held: HashSet<i64> = records
        .iter()
        .filter(|record| record.has_one())
        .filter_map(|record| record.zoom_id)
        .collect();
    let mut findings = Vec::new();
    for meeting in listed {
        let Some(mark) = meeting.mark else { continue };
        let record = by_id.get(&mark).copied();
        let settles = meeting.created_at.is_some_and(|at| at > look.before);
        // Whatever its mark says, what a record holds is wanted.
        let of_another = held.contains(&meeting.zoom_id)
            && record.is_none_or(|record| !record.holds(meeting.zoom_id));
        if !settles && !of_another {
            judge(look, record, meeting, &mut findings);
        }
    }
    let there: HashSet<i64> = listed.iter().map(|m| m.zoom_id).collect();
    let missing = records.iter().filter(|record| {
        record.own
            && record.connection == look.connection
            && record.state == MeetingState::Ready
            && record.wanted
            && record.settled
            && record.slot.ends_at > look.now
    });
    for record in missing {
        if let Some(zoom_id) = record.zoom_id.filter(|id| !there.contains(id)) {
            findings.push(Finding {
                kind: FindingKind::Missing,
                zoom_id,
                record: Some(record.id),
            });
        }
    }
    findings.sort_by_key(|finding| (finding.kind, finding.zoom_id));
    findings
}

/// Judges a meeting that carries our mark, beside the record the mark names.
fn judge(look: &Look, record: Option<&Recorded>, meeting: &Listed, findings: &mut Vec<Finding>) {
    let mut found = |kind| {
        findings.push(Finding {
            kind,
            zoom_id: meeting.zoom_id,
            record: record.map(|record| record.id),
        });
    };
    let Some(record) = record else {
        return found(FindingKind::Orphaned);
    };
    if !record.own || record.under_way() {
        return;
    }
    if !record.holds(meeting.zoom_id) {
        return found(if record.has_one() {
            FindingKind::Doubled
        } else {
            FindingKind::Orphaned
        });
    }
    // A detached one is its host's own now: kept as it is.
    if record.state == MeetingState::Detached {
        return;
    }
    if record.connection != look.connection {
        return found(FindingKind::WrongHost);
    }
    // Zoom no longer moves what has begun.
    if record.slot.starts_at <= look.now {
        return;
    }
    let start = meeting.starts_at.map(Timestamp::as_second);
    if start != Some(record.slot.starts_at.as_second())
        || meeting.minutes != Some(record.slot.minutes())
    {
        found(FindingKind::WrongTime);
    }
    if meeting.topic.trim() != record.topic.trim() {
        found(FindingKind::WrongTopic);
    }
}

#[cfg(test)]
mod tests;
