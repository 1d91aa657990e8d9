//! Start and stop.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::around::around;
use crate::cable::{Cables, Scissors};
use crate::handle::Handle;
use crate::ids::Source;
use crate::options::Options;
use crate::state::{Sim, World};
use crate::{account, authorize, console, meetings, pages, persist, token, users, webhooks};

/// How long `stop` waits for requests under way.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// Why the simulator did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Another program listens there.
    #[error(
        "{0} is already in use: stop the program that listens there, or choose another address"
    )]
    AddressInUse(SocketAddr),
    /// The address cannot be listened on for another reason.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// The address asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// The data file cannot be read or understood.
    #[error(
        "cannot read the simulator's data from {path}: {source}; remove the file to begin anew"
    )]
    DataFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: io::Error,
    },
    /// The public address is not one.
    #[error("not an address: {0}")]
    Address(#[from] url::ParseError),
    /// The scenario cannot be staged.
    #[error("cannot stage the scenario: {0}")]
    Scenario(String),
    /// The client that sends webhooks cannot be built.
    #[error("cannot build the client that sends webhooks: {0}")]
    Client(#[source] reqwest::Error),
    /// Its TLS cannot be set up.
    #[error("cannot set up tls for webhooks: {0}")]
    Tls(#[source] rustls::Error),
}

/// A simulator that accepts requests.
pub struct Running {
    sim: Arc<Sim>,
    tasks: TaskTracker,
    data_file: Option<Arc<Path>>,
}

/// Starts a simulator; it accepts requests once this returns.
pub async fn start(options: Options) -> Result<Running, StartError> {
    let listener = TcpListener::bind(options.listen).await.map_err(|source| {
        if source.kind() == io::ErrorKind::AddrInUse {
            StartError::AddressInUse(options.listen)
        } else {
            StartError::Listen {
                address: options.listen,
                source,
            }
        }
    })?;
    let address = listener.local_addr().map_err(|source| StartError::Listen {
        address: options.listen,
        source,
    })?;
    let public_url = match &options.public_url {
        Some(url) => url.clone(),
        None => Url::parse(&format!("http://localhost:{}", address.port()))?,
    };
    let sim = assemble(&options, public_url, Some(webhooks::client()?))?;
    let tasks = TaskTracker::new();
    let service = router(&sim).into_make_service_with_connect_info::<Scissors>();
    let shutdown = sim.shutdown.clone();
    tasks.spawn(async move {
        let server = axum::serve(Cables(listener), service)
            .with_graceful_shutdown(async move { shutdown.cancelled().await });
        if let Err(error) = server.await {
            tracing::error!(%error, "the simulator's server ended");
        }
    });
    tasks.spawn(webhooks::postman(Arc::clone(&sim)));
    let data_file: Option<Arc<Path>> = options.data_file.as_deref().map(Arc::from);
    if let Some(path) = &data_file {
        tasks.spawn(persist::keep(Arc::clone(&sim), Arc::clone(path)));
        sim.changed.notify_one();
    }
    stage(&sim, &options)?;
    tracing::info!(url = %sim.public_url, "zoom simulator listens");
    Ok(Running {
        sim,
        tasks,
        data_file,
    })
}

impl Running {
    /// Base of OAuth and of the API: `http://localhost:{port}/`.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.sim.public_url
    }

    /// A way to look inside and to make things happen.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.sim))
    }

    /// Ends it: requests under way get a moment, then the last snapshot is written.
    pub async fn stop(self) {
        self.sim.shutdown.cancel();
        self.tasks.close();
        if tokio::time::timeout(LAST_WORDS, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("requests were still under way when the simulator stopped");
        }
        if let Some(path) = &self.data_file {
            persist::write(&self.sim, path).await;
        }
    }
}

/// The world as it was kept, or a new one, with what the options say; nothing happens in it yet.
pub(crate) fn assemble(
    options: &Options,
    public_url: Url,
    http: Option<reqwest::Client>,
) -> Result<Arc<Sim>, StartError> {
    let kept = match &options.data_file {
        Some(path) => persist::load(path).map_err(|source| StartError::DataFile {
            path: path.clone(),
            source,
        })?,
        None => None,
    };
    let mut world = kept.unwrap_or_else(|| World {
        source: Source::new(options.seed),
        ..World::default()
    });
    public_url
        .as_str()
        .trim_end_matches('/')
        .clone_into(&mut world.base);
    world.admit(&options.apps, &options.users);
    Ok(Arc::new(Sim::new(
        world,
        Arc::clone(&options.clock),
        public_url,
        http,
        options.webhook_retry_delays.clone(),
    )))
}

/// What happens first: apps are challenged, and the scenario begins.
pub(crate) fn stage(sim: &Arc<Sim>, options: &Options) -> Result<(), StartError> {
    for app in &options.apps {
        sim.change(|world, now| webhooks::challenge(world, now, &app.client_id));
    }
    if let Some(scenario) = &options.scenario {
        scenario.stage(sim).map_err(StartError::Scenario)?;
    }
    Ok(())
}

pub(crate) fn router(sim: &Arc<Sim>) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(authorize::routes())
        .merge(token::routes())
        .merge(account::routes())
        .merge(console::routes())
        .merge(users::routes())
        .merge(meetings::routes())
        .fallback(pages::nowhere)
        .method_not_allowed_fallback(pages::nowhere)
        .layer(from_fn_with_state(Arc::clone(sim), around))
        .with_state(Arc::clone(sim))
}
