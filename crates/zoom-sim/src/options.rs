//! What a simulator is started with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use url::Url;

use crate::clock::{Clock, system_clock};
use crate::scenario::Scenario;

/// Everything [`start`](crate::start) wants to know.
#[derive(Clone)]
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// The address that people and clients see; `http://localhost:{port}` when left out.
    pub public_url: Option<Url>,
    /// The file that keeps everything over a restart; nothing is kept without one.
    pub data_file: Option<PathBuf>,
    /// The registered apps; one with a known client id replaces what the data file says.
    pub apps: Vec<App>,
    /// The Zoom users; one with a known address replaces what the data file says.
    pub users: Vec<SimUser>,
    /// The story that begins with the start; its apps and users come to those above.
    pub scenario: Option<Scenario>,
    /// Where the time comes from.
    pub clock: Clock,
    /// What ids and tokens are derived from.
    pub seed: u64,
    /// How long after a failed webhook the next attempt comes; none left, no attempt.
    pub webhook_retry_delays: Vec<Duration>,
}

impl Options {
    /// Sensible values: this machine's clock, [`ordinary_users`], no app, nothing kept.
    #[must_use]
    pub fn new(listen: SocketAddr) -> Self {
        let minutes = |count: u64| Duration::from_secs(count * 60);
        Self {
            listen,
            public_url: None,
            data_file: None,
            apps: Vec::new(),
            users: ordinary_users(),
            scenario: None,
            clock: system_clock(),
            seed: 1,
            webhook_retry_delays: vec![minutes(5), minutes(20), minutes(60)],
        }
    }
}

/// An app as its developer has registered it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct App {
    /// The name on the consent page.
    pub name: String,
    /// Public half of the app's credentials.
    pub client_id: String,
    /// Secret half of the app's credentials.
    pub client_secret: String,
    /// What webhooks are signed with.
    pub webhook_secret: String,
    /// The addresses a user may be sent back to, compared character by character.
    pub redirect_uris: Vec<String>,
    /// Where webhooks go.
    pub webhook_url: Option<String>,
    /// The permissions it asks for.
    pub scopes: Vec<String>,
}

/// A person with a Zoom account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SimUser {
    /// Sign-in name, unique.
    pub email: String,
    /// Password, shown on the sign-in page.
    pub password: String,
    /// The name others see.
    pub display_name: String,
    /// The Zoom account (the paying organisation) the user belongs to.
    pub account_id: String,
    /// Zoom's id of the user.
    pub user_id: String,
    /// Licensed (type 2) or basic (type 1).
    pub licensed: bool,
    /// IANA name of the user's zone.
    pub time_zone: String,
    /// The account's administrator has not approved apps; can be switched on the console page.
    pub admin_blocks_app: bool,
}

/// Three people in two Zoom accounts: licensed, basic, and one whose administrator blocks apps.
#[must_use]
pub fn ordinary_users() -> Vec<SimUser> {
    let user = |email: &str, name: &str, account: &str, id: &str, licensed, blocked| SimUser {
        email: email.into(),
        password: "zoom-demo".into(),
        display_name: name.into(),
        account_id: account.into(),
        user_id: id.into(),
        licensed,
        time_zone: "Europe/Berlin".into(),
        admin_blocks_app: blocked,
    };
    vec![
        user(
            "mara@halden.example",
            "Mara Lindqvist",
            "HaldenMainAccount00001",
            "maraLindqvistQx7dTn2gA",
            true,
            false,
        ),
        user(
            "jonas@halden.example",
            "Jonas Weber",
            "HaldenMainAccount00001",
            "jonasWeberPk3vLs8rBz4A",
            false,
            false,
        ),
        user(
            "ines@halden.example",
            "Inês Duarte",
            "HaldenStrictAccount002",
            "inesDuarteHm5wYc1xEu6Q",
            true,
            true,
        ),
    ]
}

/// The six permissions that a booking product asks for.
#[must_use]
pub fn ordinary_scopes() -> Vec<String> {
    [
        "user:read:user",
        "meeting:write:meeting",
        "meeting:read:meeting",
        "meeting:update:meeting",
        "meeting:delete:meeting",
        "meeting:read:list_meetings",
    ]
    .map(str::to_owned)
    .to_vec()
}
