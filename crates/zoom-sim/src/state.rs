//! The world of the simulator, and the one lock around it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::clock::Clock;
use crate::deeds::Agenda;
use crate::faults::Faults;
use crate::ids::Source;
use crate::limits::{Limits, Plan};
use crate::log::Log;
use crate::options::{App, SimUser};
use crate::people::Standing;
use crate::records::{
    Account, AppRecord, Code, Delivery, Grant, Mail, PageToken, Quota, StoredMeeting,
};
use crate::rules::Rules;
use crate::webhooks::Mishap;

/// Everything that persists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct World {
    /// The public address without a slash at its end; set at each start.
    #[serde(skip)]
    pub(crate) base: String,
    pub(crate) source: Source,
    pub(crate) rules: Rules,
    pub(crate) apps: BTreeMap<String, AppRecord>,
    pub(crate) users: Vec<SimUser>,
    pub(crate) accounts: BTreeMap<String, Account>,
    /// Users who are not simply active, by user id.
    #[serde(default)]
    pub(crate) standings: BTreeMap<String, Standing>,
    /// Who is signed in at the simulator's own pages: cookie to user id.
    pub(crate) sessions: BTreeMap<String, String>,
    pub(crate) codes: BTreeMap<String, Code>,
    pub(crate) grants: Vec<Grant>,
    /// The newest codes and tokens that were given out, dead ones included.
    #[serde(skip)]
    pub(crate) issued: VecDeque<String>,
    pub(crate) meetings: BTreeMap<i64, StoredMeeting>,
    pub(crate) quotas: BTreeMap<String, Quota>,
    pub(crate) page_tokens: BTreeMap<String, PageToken>,
    pub(crate) deliveries: Vec<Delivery>,
    /// What becomes of the next events.
    #[serde(default)]
    pub(crate) mishaps: Vec<Mishap>,
    /// What Zoom has written to the developers of apps.
    #[serde(default)]
    pub(crate) mails: Vec<Mail>,
    pub(crate) delivery_serial: u64,
}

/// Older codes and tokens are forgotten.
const ISSUED_KEPT: usize = 5_000;

impl World {
    /// Remembers a code or token, so that it can be looked for where it must not be.
    pub(crate) fn note_issued(&mut self, secret: &str) {
        if self.issued.len() == ISSUED_KEPT {
            self.issued.pop_front();
        }
        self.issued.push_back(secret.to_owned());
    }

    /// Takes in what the options say; for known apps and users the options win.
    pub(crate) fn admit(&mut self, apps: &[App], users: &[SimUser]) {
        for app in apps {
            self.put_app(app.clone());
        }
        for user in users {
            self.users.retain(|known| known.email != user.email);
            self.users.push(user.clone());
            self.open_account(&user.account_id, user.admin_blocks_app);
        }
    }

    /// Makes a Zoom account that nobody has touched, unless there is one.
    pub(crate) fn open_account(&mut self, account_id: &str, blocks_apps: bool) -> &mut Account {
        self.accounts
            .entry(account_id.to_owned())
            .or_insert_with(|| Account {
                blocks_apps,
                plan: Plan::default(),
                defaults: factory_settings(),
                locked: Map::new(),
            })
    }

    /// Registers an app, or replaces it; a changed webhook address has to be validated again.
    pub(crate) fn put_app(&mut self, app: App) {
        let same_hook = |known: &AppRecord| {
            known.app.webhook_url == app.webhook_url
                && known.app.webhook_secret == app.webhook_secret
        };
        let known = self.apps.remove(&app.client_id);
        let hook = known
            .filter(same_hook)
            .map(|known| known.hook)
            .unwrap_or_default();
        self.apps
            .insert(app.client_id.clone(), AppRecord { app, hook });
    }

    pub(crate) fn app(&self, client_id: &str) -> Option<&App> {
        self.apps.get(client_id).map(|record| &record.app)
    }

    pub(crate) fn user(&self, user_id: &str) -> Option<&SimUser> {
        self.users.iter().find(|user| user.user_id == user_id)
    }

    /// How a user stands in their account.
    pub(crate) fn standing(&self, user_id: &str) -> Standing {
        self.standings.get(user_id).copied().unwrap_or_default()
    }

    pub(crate) fn user_by_email(&self, email: &str) -> Option<&SimUser> {
        let email = email.trim();
        self.users
            .iter()
            .find(|user| user.email.eq_ignore_ascii_case(email))
    }

    pub(crate) fn grant(&self, client_id: &str, user_id: &str) -> Option<&Grant> {
        self.grants
            .iter()
            .find(|grant| grant.is_of(client_id, user_id))
    }

    /// Takes an app away from a user; its tokens are dead from here on.
    pub(crate) fn take_grant(&mut self, client_id: &str, user_id: &str) -> Option<Grant> {
        let place = self
            .grants
            .iter()
            .position(|grant| grant.is_of(client_id, user_id))?;
        Some(self.grants.remove(place))
    }

    pub(crate) fn blocks_apps(&self, account_id: &str) -> bool {
        self.accounts
            .get(account_id)
            .is_some_and(|account| account.blocks_apps)
    }

    /// Forgets what has run out, so that the data file stays small.
    pub(crate) fn sweep(&mut self, now: Timestamp) {
        self.codes.retain(|_, code| code.expires_at > now);
        self.page_tokens.retain(|_, token| token.expires_at > now);
        for grant in &mut self.grants {
            // An hour of grace: a token that has just run out is "expired", not unknown.
            grant
                .access
                .retain(|token| token.expires_at.as_second() + 3_600 > now.as_second());
        }
    }
}

/// The settings of an account that nobody has touched.
fn factory_settings() -> Map<String, Value> {
    let settings = json!({
        "host_video": false,
        "participant_video": false,
        "join_before_host": false,
        "jbh_time": 0,
        "mute_upon_entry": false,
        "watermark": false,
        "use_pmi": false,
        "approval_type": 2,
        "audio": "both",
        "auto_recording": "none",
        "alternative_hosts": "",
        "alternative_hosts_email_notification": true,
        "email_notification": true,
        "waiting_room": true,
        "meeting_authentication": false,
        "encryption_type": "enhanced_encryption",
        "private_meeting": false,
        "internal_meeting": false,
        "focus_mode": false,
        "registrants_confirmation_email": true,
        "registrants_email_notification": true,
        "close_registration": false,
        "show_share_button": false,
        "allow_multiple_devices": false,
        "meeting_invitees": [],
    });
    match settings {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

/// The running simulator: the world, and what does not persist.
pub(crate) struct Sim {
    world: Mutex<World>,
    /// Tracking ids of answers; apart from the world, so that looking changes nothing in it.
    tracking: Mutex<Source>,
    pub(crate) log: Log,
    pub(crate) faults: Faults,
    pub(crate) agenda: Agenda,
    pub(crate) limits: Limits,
    pub(crate) clock: Clock,
    pub(crate) public_url: Url,
    /// Sends webhooks; none where they are handed out.
    pub(crate) http: Option<reqwest::Client>,
    pub(crate) retry_delays: Vec<Duration>,
    /// Something changed that belongs into the data file.
    pub(crate) changed: Notify,
    /// A webhook may be due.
    pub(crate) mail: Notify,
    /// Held while webhooks are being delivered, so that nobody delivers one twice.
    pub(crate) courier: tokio::sync::Mutex<()>,
    pub(crate) shutdown: CancellationToken,
}

impl Sim {
    pub(crate) fn new(
        world: World,
        clock: Clock,
        public_url: Url,
        http: Option<reqwest::Client>,
        retry_delays: Vec<Duration>,
    ) -> Self {
        Self {
            tracking: Mutex::new(Source::new(u64::MAX)),
            world: Mutex::new(world),
            log: Log::default(),
            faults: Faults::default(),
            agenda: Agenda::default(),
            limits: Limits::default(),
            clock,
            public_url,
            http,
            retry_delays,
            changed: Notify::new(),
            mail: Notify::new(),
            courier: tokio::sync::Mutex::new(()),
            shutdown: CancellationToken::new(),
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Looks at the world.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&World) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the world; what changed reaches the data file, and webhooks that it made go out.
    pub(crate) fn change<R>(&self, act: impl FnOnce(&mut World, Timestamp) -> R) -> R {
        let now = self.now();
        let result = act(&mut self.lock(), now);
        self.changed.notify_one();
        self.mail.notify_one();
        result
    }

    /// A copy for the data file, without what has run out.
    pub(crate) fn snapshot(&self) -> World {
        let now = self.now();
        let mut world = self.lock();
        world.sweep(now);
        world.clone()
    }

    pub(crate) fn tracking_id(&self) -> String {
        self.tracking
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .tracking_id()
    }

    fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `http://localhost:8090` without the slash that `Url` adds.
    pub(crate) fn base(&self) -> &str {
        self.public_url.as_str().trim_end_matches('/')
    }
}
