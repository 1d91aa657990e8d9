//! Configuration: defaults, one TOML file, the environment and flags, read once and checked whole.
//!
//! [`Layers`] knows what was said and by whom; [`Config`] is what it means. Nothing else in the
//! workspace reads the environment.

mod check;
pub(crate) mod keys;
mod layers;
mod values;

use std::net::SocketAddr;

use rooms_app::{DatabaseUrl, MasterKeys};
use rooms_web::DomainFile;
use rooms_web::proxies::Proxies;
use secrecy::SecretString;
use url::Url;
use zoom_client::webhook::Window;

pub(crate) use check::check;
use keys::Key;
pub(crate) use layers::{Layers, Surroundings};
pub(crate) use values::{Reader, public_address};

/// Something that is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// The variable, file or flag.
    pub(crate) named: String,
    /// What is wrong with it.
    pub(crate) message: String,
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.named, self.message)
    }
}

/// Everything that is wrong at once.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.lines())]
pub(crate) struct Problems(pub(crate) Vec<Problem>);

impl Problems {
    fn lines(&self) -> String {
        let lines: Vec<_> = self.0.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }
}

/// Where the data is.
#[derive(Debug, Clone)]
pub(crate) struct Database {
    /// Its address.
    pub(crate) url: DatabaseUrl,
    /// Whether somebody chose it: a file that was chosen has to exist.
    pub(crate) chosen: bool,
}

/// The Zoom app.
#[derive(Debug, Clone)]
pub(crate) struct Zoom {
    /// Its public name.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: SecretString,
    /// What its webhooks are signed with; two while one takes over from the other.
    pub(crate) webhook_secrets: Vec<SecretString>,
    /// Whether Zoom is told of what was deleted after a removal there.
    pub(crate) confirms_deletion: bool,
}

/// Where Zoom is, with or without an app.
#[derive(Debug, Clone)]
pub(crate) struct ZoomAddresses {
    /// Where people sign in.
    pub(crate) oauth: Url,
    /// Where requests go.
    pub(crate) api: Url,
    /// Whether the address of requests was chosen.
    pub(crate) api_chosen: bool,
}

/// A mail server.
#[derive(Debug, Clone)]
pub(crate) struct Smtp {
    /// Its address, with user and password.
    pub(crate) url: SecretString,
    /// The sender.
    pub(crate) from: String,
}

/// What holds.
#[derive(Debug)]
pub(crate) struct Config {
    /// Where requests are accepted.
    pub(crate) listen: SocketAddr,
    /// How people reach the server, where it is not the listen address.
    pub(crate) public_url: Option<Url>,
    /// Where the data is.
    pub(crate) database: Database,
    /// What the data is sealed with, and what else opens it.
    pub(crate) master_keys: Option<MasterKeys>,
    /// The Zoom app, if there is one.
    pub(crate) zoom: Option<Zoom>,
    /// The file by which Zoom knows the domain.
    pub(crate) domain_file: Option<DomainFile>,
    /// Where Zoom is.
    pub(crate) zoom_at: ZoomAddresses,
    /// Whom people write to.
    pub(crate) support_email: String,
    /// The mail server, if there is one.
    pub(crate) smtp: Option<Smtp>,
    /// Whether requests are limited.
    pub(crate) rate_limits: bool,
    /// The proxies in front, which say where a request comes from.
    pub(crate) trusted_proxies: Proxies,
    /// Which webhooks are too old or too early.
    pub(crate) webhook_window: Window,
}

impl Config {
    /// Reads what was said; says everything that is wrong with it at once.
    pub(crate) fn read(layers: &Layers) -> Result<Self, Problems> {
        let mut reader = Reader {
            layers,
            problems: layers.problems.clone(),
        };
        match reader.config() {
            Ok(config) if reader.problems.is_empty() => Ok(config),
            _ => Err(Problems(reader.problems)),
        }
    }

    /// The master keys, or why there has to be one.
    pub(crate) fn master_keys(&self) -> Result<MasterKeys, Problems> {
        self.master_keys
            .clone()
            .ok_or_else(|| Problems(vec![no_master_key()]))
    }
}

/// What to do about a missing master key.
fn no_master_key() -> Problem {
    Problem {
        named: keys::MASTER_KEY.variable(),
        message: "is not set. It seals Zoom's tokens and links; make one with \
                  `head -c 32 /dev/urandom | base64` and keep it apart from the database"
            .to_owned(),
    }
}

/// One value by itself, for commands that need no more.
pub(crate) fn one<'a, T>(
    layers: &'a Layers,
    read: impl FnOnce(&mut Reader<'a>) -> Result<T, values::Wrong>,
) -> Result<T, Problems> {
    let mut reader = Reader {
        layers,
        problems: Vec::new(),
    };
    read(&mut reader).map_err(|values::Wrong| Problems(reader.problems))
}

/// The text of a key, as it was written.
pub(crate) fn text<'a>(layers: &'a Layers, key: &Key) -> Option<&'a str> {
    layers.said(key).map(|said| said.text.as_str())
}
