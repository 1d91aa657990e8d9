//! Settings of one person: profile and password, devices, API tokens.

use askama::Template;
use rooms_core::meeting::{Promise, Recording};

use super::{
    admin::AdminTab,
    layout::Layout,
    parts::{Problems, When},
};

/// The pages of Settings, for the side navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettingsTab {
    /// `/settings`.
    You,
    /// `/settings/apps`.
    Apps,
    /// `/settings/meetings`.
    Meetings,
    /// `/settings/tokens`.
    Tokens,
    /// `/settings/security`.
    Security,
    /// `/settings/devices`.
    Devices,
    /// `/settings/data`.
    Data,
}

/// `/settings`: who you are here, and your password.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_you.html")]
pub struct YouPage {
    /// What every page carries.
    pub layout: Layout,
    /// The name as it is now, or as typed.
    pub name: String,
    /// The address to sign in with; only an admin changes it.
    pub email: String,
    /// "Officer" or "Company admin".
    pub role: String,
    /// The company's name.
    pub company: String,
    /// What has just been done.
    pub saved: YouSaved,
    /// What needs a change. Fields: `name`, `current`, `password`, `repeat`.
    pub problems: Problems,
}

/// What has just been saved on the profile page.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum YouSaved {
    /// Nothing.
    #[default]
    Nothing,
    /// The profile.
    Profile,
    /// The password; the other devices are signed out.
    Password,
}

/// `/settings/meetings`: how people come into one's own Zoom meetings.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_meetings.html")]
pub struct OwnPromisePage {
    /// What every page carries.
    pub layout: Layout,
    /// Whether the company's rule is followed.
    pub follows: bool,
    /// What is chosen, else the company's rule.
    pub promise: Promise,
    /// The company's rule, in a sentence.
    pub company_words: String,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// `/admin/company/meetings`: how people come into the company's Zoom meetings.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_promise.html")]
pub struct CompanyPromisePage {
    /// What every page carries.
    pub layout: Layout,
    /// The company's rule.
    pub promise: Promise,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// `/settings/devices`: every browser that is signed in.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_devices.html")]
pub struct DevicesPage {
    /// What every page carries.
    pub layout: Layout,
    /// This browser first, then the most recently used.
    pub devices: Vec<Device>,
    /// What has just been done, in a sentence; empty for nothing.
    pub done: &'static str,
}

/// One browser that is signed in.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// Names it in the address of its form.
    pub id: String,
    /// "Firefox on Linux".
    pub name: String,
    /// When it signed in.
    pub signed_in: When,
    /// When it was last seen.
    pub last_seen: When,
    /// Whether it is the one that reads this.
    pub current: bool,
}

/// `/settings/tokens`: keys for programs.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_tokens.html")]
pub struct TokensPage {
    /// What every page carries.
    pub layout: Layout,
    /// The tokens in force, newest first.
    pub tokens: Vec<ApiToken>,
    /// The token just made, shown this once.
    pub issued: Option<IssuedToken>,
    /// Whether one has just been revoked.
    pub revoked: bool,
    /// The name as typed.
    pub name: String,
    /// What needs a change. Field: `name`.
    pub problems: Problems,
}

/// A token in force; its text is not known any more.
#[derive(Debug, Clone, Default)]
pub struct ApiToken {
    /// Names it in the address of its form.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// When it was made.
    pub made: When,
    /// When it was last used.
    pub last_used: Option<When>,
}

/// A token just made.
#[derive(Debug, Clone, Default)]
pub struct IssuedToken {
    /// What it is for.
    pub name: String,
    /// The whole token.
    pub token: String,
}
