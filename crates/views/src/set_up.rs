//! The first run: a company, its first room and its first admin on one page.

use askama::Template;

use super::{
    layout::Layout,
    parts::{Choice, Problems},
};

/// `/set-up` while the database is empty.
#[derive(Debug, Clone, Template)]
#[template(path = "set_up.html")]
pub struct SetUpPage {
    /// What every page carries.
    pub layout: Layout,
    /// What was typed so far. Passwords never come back.
    pub typed: SetUpTyped,
    /// IANA zones, one of them chosen.
    pub zones: Vec<Choice>,
    /// What a room may hold, each with the name of its word.
    pub equipment: Vec<Choice>,
    /// What needs a change. Fields: `code`, `name`, `email`, `password`, `company`, `site`,
    /// `time_zone`, `room`, `capacity`.
    pub problems: Problems,
}

/// The fields of the set-up form, as typed.
#[derive(Debug, Clone, Default)]
pub struct SetUpTyped {
    /// The one-time code that the server printed.
    pub code: String,
    /// The admin's name.
    pub name: String,
    /// The admin's address.
    pub email: String,
    /// The company's name.
    pub company: String,
    /// The first site's name.
    pub site: String,
    /// The first room's name.
    pub room: String,
    /// The first room's seats.
    pub capacity: String,
}

/// `/set-up` once a company exists: there is nothing to do here any more.
#[derive(Debug, Clone, Template)]
#[template(path = "set_up_done.html")]
pub struct SetUpDonePage {
    /// What every page carries.
    pub layout: Layout,
}
