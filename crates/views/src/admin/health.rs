//! How the integration is doing.

use askama::Template;

use super::AdminTab;
use crate::layout::Layout;
use crate::parts::When;

/// `/admin/health`: connections and the work that waits.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_health.html")]
pub struct HealthPage {
    /// What every page carries.
    pub layout: Layout,
    /// Whether Zoom is set up by the operator.
    pub zoom_configured: bool,
    /// Since when Zoom does not accept the operator's own app, if it does not.
    pub app_refused: Option<When>,
    /// Figures of now.
    pub figures: HealthFigures,
    /// Jobs that were given up, newest first.
    pub dead: Vec<DeadJob>,
    /// Everybody's connections, those in need first.
    pub connections: Vec<ConnectionRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// What the integration does at this moment.
#[derive(Debug, Clone, Default)]
pub struct HealthFigures {
    /// People connected.
    pub connected: usize,
    /// Connections that Zoom refuses.
    pub attention: usize,
    /// Links on their way.
    pub waiting: usize,
    /// Links that could not be made.
    pub failed: usize,
}

/// A job that was given up.
#[derive(Debug, Clone, Default)]
pub struct DeadJob {
    /// Names it in the address of its form.
    pub id: String,
    /// "Make the Zoom meeting".
    pub what: String,
    /// Where it belongs, empty for nowhere.
    pub href: String,
    /// The booking's title or the person's name.
    pub about: String,
    /// Why it was given up.
    pub reason: String,
    /// When.
    pub at: When,
    /// How often it was tried.
    pub attempts: u32,
}

/// One connection in the list.
#[derive(Debug, Clone, Default)]
pub struct ConnectionRow {
    /// Whose.
    pub person: String,
    /// The person's page.
    pub href: String,
    /// The account in Zoom.
    pub account: String,
    /// How much of Zoom's day is used, empty for nothing.
    pub used: String,
    /// `true` while in use, `false` when it needs the person.
    pub healthy: bool,
    /// Since when it is in this state.
    pub since: When,
}
