//! The stage of a seed as it stands: processes over one database, Zoom, people, and the one clock.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rooms_app::{App, Parts, ZoomApp};
use rooms_core::{Clock as _, Entropy, SimClock};
use rooms_store::{Change, Store};
use secrecy::SecretString;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::TryRecvError;
use url::Url;
use zoom_client::webhook::Window;
use zoom_client::{ApiUrlPolicy, Client, Config};

use crate::chaos::Chaos;
use crate::database::{Cast, Copy, Template, dawn, sealer};
use crate::people::{Memory, Scene};
use crate::stage::{Doorkeeper, Stage};
use crate::zoom::{CLIENT_ID, CLIENT_SECRET, PUBLIC_URL, WEBHOOK_SECRET, Way, Zoom};

/// How often a process looks after what has expired; the program does it every hour, and nothing
/// depends on how often.
const TENDED: SignedDuration = SignedDuration::from_hours(5);

/// One process of the program.
pub(crate) struct Process {
    pub(crate) app: App,
    store: Store,
    changes: broadcast::Receiver<Change>,
    /// When it is tended next.
    pub(crate) tend_at: Timestamp,
}

/// Everything of a seed but its actors.
pub(crate) struct World {
    pub(crate) seed: u64,
    pub(crate) clock: Arc<SimClock>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) zoom: Arc<Zoom>,
    pub(crate) cast: Arc<Cast>,
    pub(crate) memory: Arc<Mutex<Memory>>,
    pub(crate) processes: Vec<Process>,
    pub(crate) database: Copy,
    client: Client,
    /// How many processes were begun, so that no two draw the same ids.
    begun: u64,
}

/// The client of every process; making one costs more than a copy.
pub(crate) fn client() -> anyhow::Result<Client> {
    let address: Url = "http://zoom.localhost".parse()?;
    Ok(Client::new(Config {
        oauth_url: address.clone(),
        api_url: address,
        client_id: CLIENT_ID.to_owned(),
        client_secret: SecretString::from(CLIENT_SECRET),
        follow_api_url: ApiUrlPolicy::SameOrigin,
        timeout: Duration::from_secs(10),
    })?)
}

impl World {
    pub(crate) async fn new(
        seed: u64,
        template: &Template,
        (client, chaos): (&Client, Chaos),
        processes: usize,
    ) -> anyhow::Result<Self> {
        let clock = Arc::new(SimClock::at(dawn()));
        let stage = Stage::new(chaos);
        let zoom = Zoom::new(seed, Arc::clone(&clock), Arc::clone(&stage))?;
        let mut world = Self {
            seed,
            zoom,
            clock,
            stage,
            cast: Arc::new(template.cast.clone()),
            memory: Arc::default(),
            processes: Vec::new(),
            database: template.copy().await?,
            client: client.clone(),
            begun: 0,
        };
        for _ in 0..processes {
            let process = world.begin().await?;
            world.processes.push(process);
        }
        Ok(world)
    }

    /// Begins a process.
    async fn begin(&mut self) -> anyhow::Result<Process> {
        self.begun += 1;
        let sequence = self
            .seed
            .wrapping_mul(1_000_003)
            .wrapping_add(self.begun * 16);
        let store = Store::open(
            &self.database.url,
            false,
            sealer(sequence + 1),
            self.clock.now(),
        )
        .await?;
        let doorkeeper = Arc::new(Doorkeeper(Arc::clone(&self.stage)));
        let watched = store.clone().with_steps(doorkeeper);
        let way = Arc::new(Way {
            zoom: Arc::clone(&self.zoom),
            stage: Arc::clone(&self.stage),
        });
        let app = App::new(Parts {
            store: watched,
            clock: Arc::clone(&self.clock) as _,
            entropy: Arc::new(Entropy::seeded(sequence + 3)),
            zoom_at: None,
            zoom: Some(ZoomApp {
                own: None,
                client: self.client.clone().over(way),
                webhook_secrets: vec![SecretString::from(WEBHOOK_SECRET)],
                confirms_deletion: false,
            }),
            public_url: Url::parse(PUBLIC_URL)?,
            support_email: "support@rooms.localhost".to_owned(),
            mailer: None,
            webhook_window: Window::default(),
        });
        Ok(Process {
            app,
            changes: store.changes(),
            store,
            tend_at: self.clock.now(),
        })
    }

    /// A process dies, and another takes its place. Its actors have to be gone by now.
    pub(crate) async fn crash(&mut self, place: usize) -> anyhow::Result<()> {
        let new = self.begin().await?;
        if let Some(process) = self.processes.get_mut(place) {
            let dead = std::mem::replace(process, new);
            dead.store.close().await;
        }
        Ok(())
    }

    /// What is told between processes since it was last asked: whether work was queued, and
    /// whether a connection changed.
    pub(crate) fn heard(&mut self) -> (bool, bool) {
        let (mut work, mut connection) = (false, false);
        for process in &mut self.processes {
            loop {
                match process.changes.try_recv() {
                    Ok(Change::Jobs) => work = true,
                    Ok(Change::Connection(_)) => connection = true,
                    Ok(_) => {}
                    Err(TryRecvError::Lagged(_)) => (work, connection) = (true, true),
                    Err(TryRecvError::Empty | TryRecvError::Closed) => break,
                }
            }
        }
        (work, connection)
    }

    /// Notes that a process was tended.
    pub(crate) fn tended(&mut self, place: usize) {
        let next = self.clock.now() + TENDED;
        if let Some(process) = self.processes.get_mut(place) {
            process.tend_at = next;
        }
    }

    pub(crate) fn scene(&self, number: usize) -> Scene {
        Scene {
            cast: Arc::clone(&self.cast),
            zoom: Arc::clone(&self.zoom),
            stage: Arc::clone(&self.stage),
            memory: Arc::clone(&self.memory),
            number,
        }
    }

    /// Ends everything.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        for process in self.processes {
            process.store.close().await;
        }
        self.database.remove().await
    }
}
