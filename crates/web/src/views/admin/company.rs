//! The company: its name, and who may connect apps.

use askama::Template;

use super::AdminTab;
use crate::views::layout::Layout;
use crate::views::parts::Problems;

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
    /// People who would lose a connection under "chosen" / under "admins".
    pub would_lose: (usize, usize),
    /// What needs a change. Field: `name`.
    pub problems: Problems,
    /// Whether it has just been saved.
    pub saved: bool,
}
