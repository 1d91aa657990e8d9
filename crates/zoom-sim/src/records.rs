//! What the simulator remembers: grants, meetings, webhooks. All of it goes into the data file.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::limits::Plan;
use crate::meetings::{Occurrence, Recurrence};
use crate::options::App;
use crate::rules::Signature;

/// A registered app and what is known of its webhook address.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AppRecord {
    pub(crate) app: App,
    #[serde(flatten)]
    pub(crate) hook: Hook,
}

/// What is known of a webhook address.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Hook {
    /// When it last answered the challenge rightly; nothing since it failed to.
    pub(crate) validated_at: Option<Timestamp>,
    /// When it was last challenged.
    pub(crate) challenged_at: Option<Timestamp>,
    /// How many challenges in a row it has not met, those within 72 hours counted as one.
    pub(crate) failures: u32,
    /// When the last of them was.
    pub(crate) failed_at: Option<Timestamp>,
    /// Since when the app hears nothing any more.
    pub(crate) disabled_at: Option<Timestamp>,
}

/// What Zoom writes to the developer of an app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// When it was sent.
    pub at: Timestamp,
    /// The app it is about.
    pub client_id: String,
    /// What it says.
    pub words: String,
}

/// One Zoom account: what its administrator has decided.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) blocks_apps: bool,
    /// What it pays for.
    #[serde(default)]
    pub(crate) plan: Plan,
    /// Settings a meeting gets where the request says nothing.
    pub(crate) defaults: Map<String, Value>,
    /// Settings that a request cannot change; the answer is still a success.
    pub(crate) locked: Map<String, Value>,
}

/// An authorization code on its way to the app.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Code {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) challenge: Option<Challenge>,
    pub(crate) expires_at: Timestamp,
}

/// A PKCE challenge.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Challenge {
    pub(crate) text: String,
    pub(crate) hashed: bool,
}

/// An installed app: what a user has allowed, and the tokens that live now.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Grant {
    pub(crate) client_id: String,
    pub(crate) user_id: String,
    pub(crate) account_id: String,
    /// Server-to-server: it reaches every user of the account, and has no refresh token.
    #[serde(default)]
    pub(crate) whole_account: bool,
    pub(crate) scopes: Vec<String>,
    pub(crate) access: Vec<Token>,
    pub(crate) refresh: Token,
    pub(crate) granted_at: Timestamp,
}

impl Grant {
    /// The user has installed the app.
    pub(crate) fn is_of(&self, client_id: &str, user_id: &str) -> bool {
        !self.whole_account && self.client_id == client_id && self.user_id == user_id
    }

    /// The app may do this, for its own user or for every one.
    pub(crate) fn allows(&self, scope: &str) -> bool {
        let held = |held: &String| {
            held == scope || (self.whole_account && held.strip_suffix(":admin") == Some(scope))
        };
        self.scopes.iter().any(held)
    }
}

/// A token and its end.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Token {
    pub(crate) text: String,
    pub(crate) expires_at: Timestamp,
}

/// A meeting as the simulator keeps it, deleted ones included.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredMeeting {
    /// Meeting number, eleven digits.
    pub id: i64,
    /// Id of the instance, base64.
    pub uuid: String,
    /// User id of the host.
    pub host_id: String,
    /// E-mail address of the host.
    pub host_email: String,
    /// Zoom account of the host.
    pub account_id: String,
    /// Client id of the app that made it.
    pub client_id: String,
    /// Title.
    pub topic: String,
    /// Description.
    pub agenda: String,
    /// Zoom's meeting type: 1 instant, 2 scheduled, 3 recurring without a time, 8 with one.
    pub kind: u8,
    /// Beginning; absent for types 1 and 3.
    pub start_time: Option<Timestamp>,
    /// Length in minutes.
    pub duration: i64,
    /// IANA zone it is shown in.
    pub time_zone: String,
    /// Passcode; empty if the request wanted none.
    pub password: String,
    /// The scrambled passcode in the join link.
    pub link_key: String,
    /// All settings, those of the account included.
    pub settings: Map<String, Value>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was deleted; the host can take it out of the trash for seven days.
    pub deleted_at: Option<Timestamp>,
    /// When it was thrown out of the trash.
    #[serde(default)]
    pub purged_at: Option<Timestamp>,
    /// Since when it takes place, if it does.
    #[serde(default)]
    pub started_at: Option<Timestamp>,
    /// How it repeats, where it is a series.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
    /// The meetings of the series, in order.
    #[serde(default)]
    pub occurrences: Vec<Occurrence>,
    /// The body of the create request, exactly as it came.
    pub sent: Value,
    /// The bodies of later change requests, in order.
    pub changes: Vec<Value>,
}

/// How far a webhook has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum DeliveryState {
    /// Another attempt will be made.
    Waiting,
    /// The receiver answered 200 or 204.
    Delivered,
    /// No attempt is left.
    GivenUp,
}

/// A webhook and its attempts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Number, counting up.
    pub id: u64,
    /// The app it goes to.
    pub client_id: String,
    /// Name of the event.
    pub event: String,
    /// Where it goes.
    pub url: String,
    /// The exact bytes that are signed and sent.
    pub body: String,
    /// `x-zm-trackingid`, the same for every attempt unless the rules say otherwise.
    pub tracking_id: String,
    /// When the event happened.
    pub created_at: Timestamp,
    /// How far it has come.
    pub state: DeliveryState,
    /// When the next attempt is due.
    pub due_at: Option<Timestamp>,
    /// What its signature is like; without it, as the rules say.
    #[serde(default)]
    pub signature: Option<Signature>,
    /// The attempts so far.
    pub attempts: Vec<Attempt>,
}

/// One attempt to deliver a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it was made.
    pub at: Timestamp,
    /// The receiver's HTTP status, if it answered in time.
    pub status: Option<u16>,
    /// In words.
    pub outcome: String,
}

/// Create and update requests of one user on one day.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Quota {
    pub(crate) day: String,
    pub(crate) used: u32,
}

/// Where a list goes on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct PageToken {
    pub(crate) user_id: String,
    pub(crate) offset: usize,
    pub(crate) expires_at: Timestamp,
}
