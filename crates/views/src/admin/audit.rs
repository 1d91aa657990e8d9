//! Who did what.

use askama::Template;

use super::AdminTab;
use crate::layout::{Layout, Link};
use crate::parts::{Choice, When};

/// `/admin/audit`: entries, a page at a time.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_audit.html")]
pub struct AuditPage {
    /// What every page carries.
    pub layout: Layout,
    /// What one may look for.
    pub topics: Vec<Choice>,
    /// Whose doings.
    pub people: Vec<Choice>,
    /// The first day, empty for any.
    pub from: String,
    /// The last day, empty for any.
    pub to: String,
    /// Whether anything was asked for.
    pub filtered: bool,
    /// Where the same is had as a table.
    pub download: String,
    /// Entries, newest first.
    pub rows: Vec<AuditRow>,
    /// Older ones.
    pub next: Option<Link>,
}

/// An entry.
#[derive(Debug, Clone, Default)]
pub struct AuditRow {
    /// Its place in the chain.
    pub number: i64,
    /// When.
    pub at: When,
    /// Whose doing.
    pub who: String,
    /// What was done.
    pub what: String,
    /// More about it, empty for nothing.
    pub details: String,
    /// What it was done to.
    pub on: String,
    /// Its page, empty for none.
    pub href: String,
}
