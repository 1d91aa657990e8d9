//! Requests to have data deleted, and how long things are kept.

use askama::Template;

use super::{AdminTab, HandoverBooking};
use crate::data::HeldRow;
use crate::layout::{Layout, Tone};
use crate::parts::{Problems, When};

/// `/admin/data-requests`: who asks to have data deleted.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_data_requests.html")]
pub struct DataRequestsPage {
    /// What every page carries.
    pub layout: Layout,
    /// Requests, open ones first.
    pub rows: Vec<DataRequestRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// A request in the list.
#[derive(Debug, Clone)]
pub struct DataRequestRow {
    /// Its page.
    pub href: String,
    /// Who asks.
    pub name: String,
    /// When they asked.
    pub asked: When,
    /// Until when it is answered.
    pub due: When,
    /// Whether it waits for an answer.
    pub open: bool,
    /// Where it stands.
    pub state: String,
    /// How that looks.
    pub tone: Tone,
    /// Its symbol.
    pub icon: &'static str,
}

/// `/admin/data-requests/{id}`: one request.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_data_request.html")]
pub struct DataRequestPage {
    /// What every page carries.
    pub layout: Layout,
    /// The request.
    pub row: DataRequestRow,
    /// The address of who asks, as long as there is one.
    pub email: String,
    /// Whether it is the reader's own.
    pub you: bool,
    /// Their bookings ahead.
    pub ahead: Vec<HandoverBooking>,
    /// What is stored, or what was deleted.
    pub held: Vec<HeldRow>,
    /// When it was answered.
    pub answered: Option<When>,
    /// By whom, empty for nobody known.
    pub answered_by: String,
    /// The reply, or as it was typed.
    pub reply: String,
    /// Where the deletion is on record, empty for nowhere.
    pub proof: String,
    /// What needs a change. Fields: `note`, `reply`.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// `/admin/retention`: how long things are kept.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_retention.html")]
pub struct RetentionPage {
    /// What every page carries.
    pub layout: Layout,
    /// Each kind.
    pub rows: Vec<RetentionRow>,
    /// What needs a change. Fields: the ids of the rows.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// Something that is kept for a number of days.
#[derive(Debug, Clone, Default)]
pub struct RetentionRow {
    /// The field.
    pub id: String,
    /// What it is.
    pub words: String,
    /// What happens then.
    pub then: String,
    /// How many days, or as typed.
    pub days: String,
    /// The fewest.
    pub least: i64,
    /// The most.
    pub most: i64,
    /// When it was last gone through.
    pub last: String,
}
