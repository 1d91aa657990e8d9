//! How somebody signs in: an app for codes, passkeys, recovery codes, and proving who one is.

use askama::Template;

use super::layout::Layout;
use super::parts::{Problems, When};
use super::settings::SettingsTab;

/// `/settings/security`: what is set up, and what can be.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_security.html")]
pub struct SecurityPage {
    /// What every page carries.
    pub layout: Layout,
    /// Whether nothing else can be done before one is set up.
    pub must_set_up: bool,
    /// Since when an app for codes is in use.
    pub code_app: Option<When>,
    /// The passkeys, oldest first.
    pub passkeys: Vec<PasskeyRow>,
    /// Whether passkeys can be added on this server.
    pub has_passkeys: bool,
    /// How many recovery codes are left.
    pub codes_left: i64,
    /// The name of a new passkey, as typed.
    pub name: String,
    /// What needs a change. Fields: `name`, `passkey`.
    pub problems: Problems,
    /// What has just been done, in a sentence; empty for nothing.
    pub done: String,
}

/// A passkey.
#[derive(Debug, Clone, Default)]
pub struct PasskeyRow {
    /// Names it in addresses.
    pub id: String,
    /// What its person calls it.
    pub name: String,
    /// When it was added.
    pub added: When,
    /// When it was last used.
    pub used: Option<When>,
}

/// `/settings/security/app`: the key as a picture and as text, and the first code.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_code_app.html")]
pub struct CodeAppPage {
    /// What every page carries.
    pub layout: Layout,
    /// The key as a picture.
    pub qr: Qr,
    /// The key as people read it, in groups.
    pub key: String,
    /// The key.
    pub secret: String,
    /// What is wrong with the code; empty for nothing.
    pub problem: String,
    /// The same for the summary. Field: `code`.
    pub problems: Problems,
}

/// A QR code: one path in a square.
#[derive(Debug, Clone, Default)]
pub struct Qr {
    /// How many modules wide, with the quiet zone.
    pub size: usize,
    /// The dark modules, as the path of an SVG.
    pub path: String,
}

/// `/settings/security/codes`: recovery codes, as they are made.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_codes.html")]
pub struct CodesPage {
    /// What every page carries.
    pub layout: Layout,
    /// The codes just made, shown this once.
    pub codes: Vec<String>,
    /// How many are left.
    pub codes_left: i64,
    /// What has just been done, in a sentence; empty for nothing.
    pub done: String,
}

/// `/settings/security/proof`: who one is, once more.
#[derive(Debug, Clone, Template)]
#[template(path = "settings_proof.html")]
pub struct ProofPage {
    /// What every page carries.
    pub layout: Layout,
    /// The path to go on to. Goes back with the form.
    pub next: String,
    /// The address one signs in with, for password managers.
    pub email: String,
    /// Whether this person has passkeys, and this server takes them.
    pub passkeys: bool,
    /// What needs a change. Field: `password`.
    pub problems: Problems,
}
