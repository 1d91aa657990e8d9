//! The program's parts, put together once.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rooms_core::{Clock, Entropy, ZoomAppId};
use rooms_store::{Error, Sealer, Store, Tx};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use uuid::Uuid;
use zoom_client::webhook::Window;
use zoom_client::{ApiUrlPolicy, BuildError, Client, Config};

use crate::mail::Mailer;
use crate::zoom::apps;
use crate::zoom::limits::{Limits, Paces};

/// Where Zoom is, for every app alike.
#[derive(Debug, Clone)]
pub struct ZoomAt {
    /// Where people sign in and tokens come from.
    pub oauth_url: Url,
    /// Where meetings are made.
    pub api_url: Url,
    /// Which other addresses that Zoom names are followed.
    pub follow_api_url: ApiUrlPolicy,
    /// The longest a call may take.
    pub timeout: Duration,
}

impl ZoomAt {
    /// A client that speaks for an app.
    pub fn client(&self, client_id: String, secret: SecretString) -> Result<Client, BuildError> {
        Client::new(Config {
            oauth_url: self.oauth_url.clone(),
            api_url: self.api_url.clone(),
            client_id,
            client_secret: secret,
            follow_api_url: self.follow_api_url,
            timeout: self.timeout,
        })
    }
}

/// An app at Zoom, whose client id people connect to.
#[derive(Debug, Clone)]
pub struct ZoomApp {
    /// Which one of a company's own it is; the operator's has no id here.
    pub own: Option<ZoomAppId>,
    /// Talks to Zoom.
    pub client: Client,
    /// Secrets that sign webhooks; two while one takes over from the other.
    pub webhook_secrets: Vec<SecretString>,
    /// Whether Zoom is told once what came from it about a user is deleted.
    pub confirms_deletion: bool,
}

/// What [`App`] is put together from.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<Entropy>,
    /// Where Zoom is; nowhere for what never asks it.
    pub zoom_at: Option<ZoomAt>,
    /// The Zoom app, if the operator configured one.
    pub zoom: Option<ZoomApp>,
    /// How people reach this server.
    pub public_url: Url,
    /// Whom people write to.
    pub support_email: String,
    /// Sends mail, if the operator configured a server.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Which webhooks are too old or too early.
    pub webhook_window: Window,
}

/// The program; cheap to clone.
#[derive(Debug, Clone)]
pub struct App(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    parts: Parts,
    paces: Arc<Paces>,
    own_apps: apps::Cache,
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl App {
    /// Puts the program together.
    #[must_use]
    pub fn new(mut parts: Parts) -> Self {
        let paces = Arc::new(Paces::new(Arc::clone(&parts.clock)));
        if let Some(zoom) = &mut parts.zoom {
            let store = parts.store.clone();
            zoom.client = Limits::watch(zoom.client.clone(), store, Arc::clone(&paces));
        }
        Self(Arc::new(Inner {
            parts,
            paces,
            own_apps: apps::Cache::default(),
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }))
    }

    /// The database.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.parts.store
    }

    /// A connection for reading.
    pub async fn read(&self) -> Result<Tx, Error> {
        self.store().read().await
    }

    /// The present instant.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    /// Randomness.
    #[must_use]
    pub fn entropy(&self) -> &Entropy {
        &self.0.parts.entropy
    }

    /// A new id.
    #[must_use]
    pub fn new_id(&self) -> Uuid {
        self.entropy().uuid(self.now())
    }

    /// Seals and signs.
    #[must_use]
    pub fn sealer(&self) -> &Sealer {
        self.store().sealer()
    }

    /// The operator's Zoom app, if there is one. Which one somebody connects through, and whose a
    /// connection is, [`apps`] knows.
    #[must_use]
    pub fn zoom(&self) -> Option<&ZoomApp> {
        self.0.parts.zoom.as_ref()
    }

    /// Where Zoom is.
    pub(crate) fn zoom_at(&self) -> Option<&ZoomAt> {
        self.0.parts.zoom_at.as_ref()
    }

    /// The clients of companies' own apps.
    pub(crate) fn own_apps(&self) -> &apps::Cache {
        &self.0.own_apps
    }

    /// The same client, kept below Zoom's limits.
    pub(crate) fn watched(&self, client: Client) -> Client {
        Limits::watch(client, self.store().clone(), Arc::clone(&self.0.paces))
    }

    /// How people reach this server.
    #[must_use]
    pub fn public_url(&self) -> &Url {
        &self.0.parts.public_url
    }

    /// An address of this server, from a path that begins with a slash.
    #[must_use]
    pub fn link(&self, path: &str) -> String {
        format!("{}{path}", self.public_url().as_str().trim_end_matches('/'))
    }

    /// Whom people write to.
    #[must_use]
    pub fn support_email(&self) -> &str {
        &self.0.parts.support_email
    }

    /// Sends mail, if the operator configured a server.
    #[must_use]
    pub fn mailer(&self) -> Option<&Arc<dyn Mailer>> {
        self.0.parts.mailer.as_ref()
    }

    /// Which webhooks are too old or too early.
    #[must_use]
    pub fn webhook_window(&self) -> Window {
        self.0.parts.webhook_window
    }

    /// Where background work is spawned, so that shutting down waits for it.
    #[must_use]
    pub fn tasks(&self) -> &TaskTracker {
        &self.0.tasks
    }

    /// Cancelled when the program shuts down.
    #[must_use]
    pub fn stop(&self) -> &CancellationToken {
        &self.0.stop
    }

    /// Ends background work and waits for it.
    pub async fn shut_down(&self) {
        self.stop().cancel();
        self.tasks().close();
        self.tasks().wait().await;
    }
}
