//! Every Zoom meeting of the company.

use askama::Template;

use super::AdminTab;
use crate::layout::Layout;
use crate::layout::{Link, Tone};
use crate::parts::{Choice, When};

/// `/admin/meetings`: filtered, counted, a page at a time.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_meetings.html")]
pub struct MeetingsPage {
    /// What every page carries.
    pub layout: Layout,
    /// How many are in each state, of those the other filters leave.
    pub counts: Vec<StateCount>,
    /// Field `state`.
    pub states: Vec<Choice>,
    /// Field `person`.
    pub people: Vec<Choice>,
    /// Field `site`.
    pub sites: Vec<Choice>,
    /// Field `from`, a date.
    pub from: String,
    /// Field `to`, a date.
    pub to: String,
    /// The meetings, by the start of their bookings.
    pub rows: Vec<MeetingRow>,
    /// Where the list goes on.
    pub next: Option<Link>,
    /// Whether anything is filtered out, so that an empty list means little.
    pub filtered: bool,
}

/// How many meetings are in a state.
#[derive(Debug, Clone, Default)]
pub struct StateCount {
    /// `3 being made`
    pub words: String,
    /// `the oldest since today 10:02`, or nothing.
    pub age: String,
    /// The list of them alone.
    pub href: String,
    /// Whether these are the ones shown.
    pub shown: bool,
}

/// A meeting in the list.
#[derive(Debug, Clone)]
pub struct MeetingRow {
    /// The booking's title.
    pub title: String,
    /// The booking's page.
    pub href: String,
    /// When the booking starts.
    pub starts: When,
    /// `Aster, Basel`
    pub place: String,
    /// Whose meeting it is.
    pub host: String,
    /// The host's page.
    pub host_href: String,
    /// The state in a word.
    pub state: String,
    /// Its colour.
    pub tone: Tone,
    /// Its icon.
    pub icon: &'static str,
    /// Since when it is so.
    pub since: When,
    /// What went wrong last, how often it was tried, when next; or nothing.
    pub trouble: String,
}
