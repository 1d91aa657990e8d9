//! What is held on a person.

use askama::Template;

use super::layout::Layout;
use super::parts::When;
use super::settings::SettingsTab;

/// One kind of data.
#[derive(Debug, Clone, Default)]
pub struct HeldRow {
    /// What it is.
    pub words: String,
    /// How many there are.
    pub count: usize,
}

/// An open request.
#[derive(Debug, Clone, Default)]
pub struct OpenRequest {
    /// When it was made.
    pub asked: When,
    /// Until when it is answered.
    pub due: When,
}

/// A request that was refused.
#[derive(Debug, Clone, Default)]
pub struct RefusedRequest {
    /// When.
    pub answered: When,
    /// Why.
    pub reply: String,
}

/// `/settings/data`: what is held on you.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_data.html")]
pub struct OwnDataPage {
    /// What every page carries.
    pub layout: Layout,
    /// How many of each kind.
    pub rows: Vec<HeldRow>,
    /// The open request.
    pub open: Option<OpenRequest>,
    /// The last request, where it was refused.
    pub refused: Option<RefusedRequest>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}
