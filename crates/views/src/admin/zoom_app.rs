//! The company's own app at Zoom: setting it up step by step, and what becomes of it.

use askama::Template;

use super::AdminTab;
use crate::layout::{Layout, Tone};
use crate::parts::{Problems, When};

/// `/admin/zoom-app`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_zoom_app.html")]
pub struct ZoomAppPage {
    /// What every page carries.
    pub layout: Layout,
    /// The company's own app; `None` where it has none.
    pub own: Option<OwnZoomApp>,
    /// Whether the operator has an app that everybody may use.
    pub operators: bool,
    /// How many of the company's connections were made through that one.
    pub through_operators: usize,
    /// What needs a change. Fields: `client_id`, `client_secret`, `webhook_secret`.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
    /// A sentence about what could not be done, empty for none.
    pub not_done: String,
}

/// A company's own app.
#[derive(Debug, Clone, Default)]
pub struct OwnZoomApp {
    /// Since when people connect through it; `None` while it is entered.
    pub used: Option<When>,
    /// The client id as stored or typed.
    pub client_id: String,
    /// Whether client id and secrets are stored.
    pub entered: bool,
    /// Where Zoom sends people back to.
    pub redirect: String,
    /// Where Zoom sends what it has to say.
    pub webhook: String,
    /// The events that are listened to, as Zoom's pages call them.
    pub events: Vec<&'static str>,
    /// The permissions.
    pub scopes: Vec<&'static str>,
    /// What was checked.
    pub checks: Vec<CheckRow>,
    /// When Zoom was asked; `None` before the first time.
    pub checked: Option<When>,
    /// Whether Zoom accepts enough of it for people to connect.
    pub usable: bool,
    /// When Zoom last sent something; `None` before the first time.
    pub heard: Option<When>,
    /// Connections through it.
    pub connections: usize,
    /// Links of bookings still ahead, made through those.
    pub links: usize,
    /// Since when the webhook secret is the present one, while the one before it still holds.
    pub two_secrets_since: Option<When>,
}

/// What is said of a secret that is stored.
const KEPT: &str = "Stored, and not shown again. Leave it empty to keep it.";

impl OwnZoomApp {
    /// Where the client secret comes from, or that there is one.
    #[must_use]
    pub fn secret_help(&self) -> &'static str {
        if self.entered {
            KEPT
        } else {
            "On the same page at Zoom as the client ID."
        }
    }

    /// Where the webhook secret comes from, or that there is one.
    #[must_use]
    pub fn webhook_help(&self) -> &'static str {
        if self.entered {
            KEPT
        } else {
            "Zoom calls it Secret Token; it is on the page with the event subscription."
        }
    }
}

/// One thing that was checked.
#[derive(Debug, Clone)]
pub struct CheckRow {
    /// What.
    pub what: &'static str,
    /// What came of it: how that is meant, its icon and its word.
    pub verdict: (Tone, &'static str, &'static str),
    /// What was found, and what to do.
    pub says: String,
    /// When it was heard of; `None` where Zoom was asked.
    pub at: Option<When>,
}
