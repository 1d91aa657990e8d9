//! Another process of the same installation, and a gate that holds one of its transactions.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rooms_app::{App, Parts, ZoomApp, ZoomAt};
use rooms_core::Entropy;
use rooms_store::{Fate, Standing, Steps};
use secrecy::SecretString;
use tokio::sync::Notify;
use zoom_client::ApiUrlPolicy;
use zoom_client::webhook::Window;

use crate::app::{CLIENT_ID, CLIENT_SECRET, TestApp};
use crate::database::sealer_seeded;

/// Ids and tokens of the other process are from a sequence of its own.
const SEED: u64 = 900;

impl TestApp {
    /// Another process on the same database and beside the same Zoom; with a gate, one of its
    /// transactions waits there.
    ///
    /// # Panics
    /// When it cannot be started.
    #[expect(
        clippy::expect_used,
        reason = "a test whose stage does not stand has failed"
    )]
    pub async fn beside(&self, gate: Option<&Arc<Gate>>) -> App {
        let zoom_at = ZoomAt {
            oauth_url: self.zoom_url().clone(),
            api_url: self.zoom_url().clone(),
            follow_api_url: ApiUrlPolicy::SameOrigin,
            timeout: Duration::from_secs(2),
        };
        let client = zoom_at.client(CLIENT_ID.to_owned(), SecretString::from(CLIENT_SECRET));
        let mut store = self
            .database()
            .open(sealer_seeded(SEED + 1))
            .await
            .expect("the database opens");
        if let Some(gate) = gate {
            store = store.with_steps(Arc::clone(gate) as _);
        }
        App::new(Parts {
            store,
            clock: Arc::clone(self.clock()) as _,
            entropy: Arc::new(Entropy::seeded(SEED + 3)),
            zoom: Some(ZoomApp {
                own: None,
                client: client.expect("a client for the simulator"),
                webhook_secrets: Vec::new(),
                confirms_deletion: false,
            }),
            zoom_at: Some(zoom_at),
            public_url: self.url().clone(),
            support_email: "support@oneclickrooms.example".to_owned(),
            mailer: None,
            webhook_window: Window::default(),
        })
    }
}

/// Holds one transaction of a process before it begins, while something else happens.
pub struct Gate {
    nth: usize,
    begun: AtomicUsize,
    reached: Notify,
    opened: Notify,
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "before transaction {}", self.nth)
    }
}

impl Gate {
    /// Before the process's transaction of this number, the first being 1.
    #[must_use]
    pub fn before(nth: usize) -> Arc<Self> {
        Arc::new(Self {
            nth,
            begun: AtomicUsize::new(0),
            reached: Notify::new(),
            opened: Notify::new(),
        })
    }

    /// Does something while the transaction is held, and then lets it begin.
    pub async fn meanwhile<T>(&self, work: impl Future<Output = T>) -> T {
        self.reached.notified().await;
        let done = work.await;
        self.opened.notify_one();
        done
    }
}

impl Steps for Gate {
    fn before(&self) -> Standing<'_> {
        let nth = self.begun.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            if nth == self.nth {
                self.reached.notify_one();
                self.opened.notified().await;
            }
        })
    }

    fn fate(&self) -> Fate {
        Fate::Kept
    }

    fn after(&self) -> Standing<'_> {
        Box::pin(std::future::ready(()))
    }
}
