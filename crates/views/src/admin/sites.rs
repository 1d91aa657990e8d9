//! Sites: the list, and the form of one.

use askama::Template;

use super::AdminTab;
use crate::layout::Layout;
use crate::parts::{Choice, Problems};

/// `/admin/sites`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_sites.html")]
pub struct SitesPage {
    /// What every page carries.
    pub layout: Layout,
    /// Sites in order of name, retired ones last.
    pub sites: Vec<SiteRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// One site in the list.
#[derive(Debug, Clone, Default)]
pub struct SiteRow {
    /// Names it in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// What the clock there says, as `10:12`.
    pub now: String,
    /// Rooms that can be booked.
    pub rooms: usize,
    /// Whether it is retired.
    pub retired: bool,
}

/// `/admin/sites/new` and `/admin/sites/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_site.html")]
pub struct SitePage {
    /// What every page carries.
    pub layout: Layout,
    /// The site being changed; `None` while one is added.
    pub site: Option<SiteHead>,
    /// The name as it is or as typed.
    pub name: String,
    /// IANA zones, one chosen.
    pub zones: Vec<Choice>,
    /// What needs a change. Fields: `name`, `time_zone`.
    pub problems: Problems,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// The site that a form changes.
#[derive(Debug, Clone, Default)]
pub struct SiteHead {
    /// Names it in addresses.
    pub id: String,
    /// Its name as stored.
    pub name: String,
    /// Whether it is retired.
    pub retired: bool,
    /// Rooms that can be booked.
    pub rooms: usize,
    /// Whether it is the last site that is open; the last one stays.
    pub last: bool,
}
