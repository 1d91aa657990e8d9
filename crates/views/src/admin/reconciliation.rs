//! Our links beside each host's meetings in Zoom, and what differs.

use askama::Template;

use super::AdminTab;
use crate::layout::{Layout, Tone};
use crate::parts::When;

/// `/admin/reconciliation`: the comparison, its progress, what it found and what became of that.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_reconciliation.html")]
pub struct ReconciliationPage {
    /// What every page carries.
    pub layout: Layout,
    /// Whether Zoom is set up by the operator.
    pub zoom_configured: bool,
    /// The newest comparison.
    pub run: Option<RunFacts>,
    /// What waits for somebody.
    pub open: Part,
    /// What fixing all of it would do, kind by kind.
    pub intentions: Vec<String>,
    /// What is being put right.
    pub fixing: Part,
    /// What somebody decided to leave.
    pub left: Part,
    /// What was put right.
    pub fixed: Part,
    /// Hosts that could not be looked at.
    pub unreachable: Vec<UnreachableRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

impl ReconciliationPage {
    /// Whether the page changes by itself for a while.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        self.is_running() || self.fixing.all > 0
    }

    /// Whether hosts are still being compared.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.run.as_ref().is_some_and(|run| run.running)
    }
}

/// A comparison in a few facts.
#[derive(Debug, Clone, Default)]
pub struct RunFacts {
    /// Names it in the form that fixes all.
    pub id: String,
    /// Whether it is under way.
    pub running: bool,
    /// When it began.
    pub began: When,
    /// "by itself at night", "asked for by Ada Admin".
    pub whose: String,
    /// How many hosts it is about.
    pub hosts: usize,
    /// How many of them are done.
    pub hosts_done: usize,
    /// How many meetings were seen in Zoom.
    pub meetings: usize,
}

/// Findings in one state: the first of them, and how many there are in all.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// How many there are.
    pub all: usize,
    /// Those that are shown.
    pub rows: Vec<FindingRow>,
}

impl Part {
    /// How many are not shown.
    #[must_use]
    pub fn hidden(&self) -> usize {
        self.all.saturating_sub(self.rows.len())
    }
}

/// One finding.
#[derive(Debug, Clone, Default)]
pub struct FindingRow {
    /// Names it in the addresses of its forms.
    pub id: String,
    /// What the meeting is called.
    pub title: String,
    /// The page of its booking, empty where there is none.
    pub href: String,
    /// The host's address in Zoom.
    pub host: String,
    /// Of which kind it is, in a word or two.
    pub kind: &'static str,
    /// How it is meant.
    pub tone: Tone,
    /// The icon beside the word.
    pub icon: &'static str,
    /// What differs.
    pub differs: String,
    /// What putting it right does.
    pub remedy: &'static str,
    /// Why it could not be put right so far, empty for no reason.
    pub trouble: String,
    /// When it last changed, and by whom: "today 10:09 by Ada Admin".
    pub changed: String,
}

/// A host that could not be looked at.
#[derive(Debug, Clone, Default)]
pub struct UnreachableRow {
    /// Its address in Zoom.
    pub host: String,
    /// Whose connection it is.
    pub person: String,
    /// Why.
    pub why: String,
}
