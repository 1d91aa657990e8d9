//! Start, stop, and what surrounds every request: the log, the tracking id, the faults.

use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use url::Url;

use crate::cable::{Cables, Scissors};
use crate::faults::{Operation, Trouble};
use crate::handle::Handle;
use crate::ids::Source;
use crate::log::LoggedRequest;
use crate::options::Options;
use crate::state::{Sim, World};
use crate::{account, api, authorize, console, meetings, pages, persist, token, webhooks};

/// A body that is larger is refused before anybody reads it.
const BODY_LIMIT: usize = 1 << 20;
/// How much of a body the log keeps.
const LOGGED_BODY: usize = 8 << 10;
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
    let public_url = match options.public_url {
        Some(url) => url,
        None => Url::parse(&format!("http://localhost:{}", address.port()))?,
    };
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

    let sim = Arc::new(Sim::new(
        world,
        options.clock,
        public_url,
        webhooks::client()?,
        options.webhook_retry_delays,
    ));
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
    let data_file: Option<Arc<Path>> = options.data_file.map(Arc::from);
    if let Some(path) = &data_file {
        tasks.spawn(persist::keep(Arc::clone(&sim), Arc::clone(path)));
        sim.changed.notify_one();
    }
    for app in &options.apps {
        sim.change(|world, now| webhooks::challenge(world, now, &app.client_id));
    }
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

fn router(sim: &Arc<Sim>) -> Router {
    Router::new()
        .merge(pages::routes())
        .merge(authorize::routes())
        .merge(token::routes())
        .merge(account::routes())
        .merge(console::routes())
        .merge(api::routes())
        .merge(meetings::routes())
        .fallback(pages::nowhere)
        .method_not_allowed_fallback(pages::nowhere)
        .layer(from_fn_with_state(Arc::clone(sim), around))
        .with_state(Arc::clone(sim))
}

/// Logs, gives a tracking id, and lets faults strike.
async fn around(
    State(sim): State<Arc<Sim>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    if path.starts_with("/assets/") {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let now = sim.now();
    let call = Operation::of(parts.method.as_str(), &path, &body);
    let trouble = call.and_then(|call| sim.faults.strike(call));
    let tracking_id = sim.tracking_id();
    let number = sim.log.open(LoggedRequest {
        number: 0,
        at: now,
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(|| path.clone(), ToString::to_string),
        status: None,
        tracking_id: tracking_id.clone(),
        user: bearer_of(&sim, &parts.headers),
        body: logged_body(&path, &body),
        fault: trouble.as_ref().map(Trouble::words),
    });
    let request = Request::from_parts(parts, Body::from(body));
    let answer = match trouble {
        None => Some(next.run(request).await),
        Some(trouble) => {
            let shutdown = sim.shutdown.clone();
            tokio::select! {
                answer = struck(&sim, &trouble, request, next) => answer,
                () = shutdown.cancelled() => None,
            }
        }
    };
    sim.log.close(
        number,
        answer.as_ref().map(|answer| answer.status().as_u16()),
    );
    let Some(mut answer) = answer else {
        scissors.cut();
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&tracking_id) {
        headers.insert(HeaderName::from_static("x-zm-trackingid"), value);
    }
    // Zoom's clock, which clients compare with the time of a de-authorization (RFC 9110, 6.6.1).
    let date = now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    if let Ok(value) = HeaderValue::try_from(date) {
        headers.insert(header::DATE, value);
    }
    if path.starts_with("/v2/") {
        let heavy = matches!(call, Some(Operation::Create | Operation::List));
        let (label, limit) = if heavy {
            ("Medium", "60")
        } else {
            ("Light", "80")
        };
        headers.insert("x-ratelimit-category", HeaderValue::from_static(label));
        headers.insert("x-ratelimit-limit", HeaderValue::from_static(limit));
    }
    answer
}

/// What becomes of a request that a fault struck; `None` where no answer is sent.
async fn struck(sim: &Sim, trouble: &Trouble, request: Request, next: Next) -> Option<Response> {
    match trouble {
        Trouble::DropBefore => None,
        Trouble::HangBefore => {
            sim.faults.cleared().await;
            None
        }
        Trouble::Slow(delay) => {
            tokio::time::sleep(*delay).await;
            Some(next.run(request).await)
        }
        _ => {
            if trouble.is_after() {
                next.run(request).await;
            }
            if *trouble == Trouble::HangAfter {
                sim.faults.cleared().await;
            }
            trouble.answer(sim.now())
        }
    }
}

fn bearer_of(sim: &Sim, headers: &HeaderMap) -> Option<String> {
    let text = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    sim.read(|world| {
        let holds = |token: &crate::records::Token| token.text == text;
        let grant = world
            .grants
            .iter()
            .find(|grant| grant.access.iter().any(holds))?;
        world.user(&grant.user_id).map(|user| user.email.clone())
    })
}

/// Bodies of API calls as they came; of token requests nothing that could be used.
fn logged_body(path: &str, body: &Bytes) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    if path == "/oauth/token" {
        return url::form_urlencoded::parse(body)
            .find(|(name, _)| name == "grant_type")
            .map(|(_, value)| format!("grant_type={value}"));
    }
    path.starts_with("/v2/").then(|| {
        let end = body.len().min(LOGGED_BODY);
        String::from_utf8_lossy(body.get(..end).unwrap_or_default()).into_owned()
    })
}
