//! The company: its name, who may connect apps, and what hosts for people without Zoom.

use askama::Template;

use super::AdminTab;
use crate::layout::Layout;
use crate::parts::Problems;

/// Who may connect apps. Field values: `everybody`, `chosen`, `admins`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnectRule {
    /// Everybody in the company.
    #[default]
    Everybody,
    /// People an admin has chosen, and admins.
    Chosen,
    /// Admins only.
    Admins,
}

/// `/admin/company`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_company.html")]
pub struct CompanyPage {
    /// What every page carries.
    pub layout: Layout,
    /// The name as it is or as typed.
    pub name: String,
    /// Who may connect apps, field `connect_apps`.
    pub rule: ConnectRule,
    /// What hosts for people without a connection; nothing where Zoom is not set up.
    pub stand_in: Option<StandIn>,
    /// People who would lose a connection under "chosen" / under "admins".
    pub would_lose: (usize, usize),
    /// What needs a change. Field: `name`.
    pub problems: Problems,
    /// Whether everybody needs a second factor, and how many people have none.
    pub second_factor: (bool, usize),
    /// Whether it has just been saved.
    pub saved: bool,
}

/// What hosts for people who have no Zoom connection of their own.
#[derive(Debug, Clone, Default)]
pub struct StandIn {
    /// Nobody, each offered connection, and the pool of them, for the field `stand_in`.
    pub choices: Vec<StandInChoice>,
    /// What is offered, in the order of connecting.
    pub offered: Vec<OfferedHost>,
    /// What is wrong with what stands in now, or nothing.
    pub trouble: String,
}

/// One way.
#[derive(Debug, Clone, Default)]
pub struct StandInChoice {
    /// `nobody`, `pool`, or a connection's id.
    pub value: String,
    /// `Reception`
    pub words: String,
    /// What it means.
    pub then: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

/// A connection that its owner offers to the company.
#[derive(Debug, Clone, Default)]
pub struct OfferedHost {
    /// What it is called.
    pub called: String,
    /// Its account.
    pub account: String,
    /// Whose it is.
    pub owner: String,
    /// The owner's page.
    pub href: String,
    /// Whether Zoom lets us in.
    pub healthy: bool,
    /// Upcoming links made through it: `3 links ahead`.
    pub ahead: String,
}
