//! The program's parts, put together once.

use std::sync::Arc;

use jiff::Timestamp;
use rooms_core::{Clock, Entropy};
use rooms_store::{Error, Sealer, Store, Tx};
use secrecy::SecretString;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;
use uuid::Uuid;
use zoom_client::webhook::Window;

use crate::mail::Mailer;
use crate::zoom::limits::Limits;

/// The Zoom app whose client id people connect to.
#[derive(Debug, Clone)]
pub struct ZoomApp {
    /// Talks to Zoom.
    pub client: zoom_client::Client,
    /// Secrets that sign webhooks; two while one takes over from the other.
    pub webhook_secrets: Vec<SecretString>,
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
    tasks: TaskTracker,
    stop: CancellationToken,
}

impl App {
    /// Puts the program together.
    #[must_use]
    pub fn new(mut parts: Parts) -> Self {
        parts.zoom = parts.zoom.map(|zoom| {
            let (store, clock) = (parts.store.clone(), Arc::clone(&parts.clock));
            let limits = Limits::new(store, clock, zoom.client.client_id().to_owned());
            ZoomApp {
                client: zoom.client.watched_by(Arc::new(limits)),
                ..zoom
            }
        });
        Self(Arc::new(Inner {
            parts,
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

    /// The Zoom app, if the operator configured one.
    #[must_use]
    pub fn zoom(&self) -> Option<&ZoomApp> {
        self.0.parts.zoom.as_ref()
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
