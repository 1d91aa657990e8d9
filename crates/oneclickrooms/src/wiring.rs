//! Puts the program's parts together.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use jiff::Timestamp;
use rooms_app::mail::Mailer;
use rooms_app::mail::smtp::{PATIENCE, Smtp};
use rooms_app::{App, DatabaseUrl, MasterKeys, OpenError, Parts, Sealer, Store, ZoomApp, ZoomAt};
use rooms_core::{Clock, Entropy, SystemClock};
use secrecy::ExposeSecret as _;
use url::Url;
use zoom_client::ApiUrlPolicy;

use crate::config::keys::{DATABASE_URL, SMTP_URL};
use crate::config::{Config, Database, Zoom, ZoomAddresses};

/// The longest a call to Zoom may take.
const ZOOM_TIMEOUT: Duration = Duration::from_secs(15);

/// The open database, with what opened it.
pub(crate) struct Ground {
    /// The database.
    pub(crate) store: Store,
    /// Randomness.
    pub(crate) entropy: Arc<Entropy>,
}

/// The present instant.
pub(crate) fn now() -> Timestamp {
    SystemClock.now()
}

/// Opens the database. A file that was chosen is made only with `create`.
pub(crate) async fn open(
    database: &Database,
    keys: impl Into<MasterKeys>,
    create: bool,
) -> anyhow::Result<Ground> {
    let entropy = Arc::new(Entropy::System);
    let sealer = Sealer::new(keys, Arc::clone(&entropy));
    let create = create || !database.chosen;
    prepare(database)?;
    let opened = Store::open(&database.url, create, sealer, now()).await;
    let store = opened.map_err(|error| explain(error, &database.url))?;
    Ok(Ground { store, entropy })
}

/// Makes sure that a file has a folder to be in.
pub(crate) fn prepare(database: &Database) -> anyhow::Result<()> {
    match &database.url {
        DatabaseUrl::Sqlite(file) => folder_exists(file),
        DatabaseUrl::Postgres(_) => Ok(()),
    }
}

fn folder_exists(file: &Path) -> anyhow::Result<()> {
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match folder {
        Some(folder) if !folder.is_dir() => bail!(
            "there is no folder {} for the database: make it, or correct the path in {}",
            folder.display(),
            DATABASE_URL.variable()
        ),
        _ => Ok(()),
    }
}

/// Says which database it was, and what to do, where the driver only knows what it met.
fn explain(error: OpenError, url: &DatabaseUrl) -> anyhow::Error {
    match (error, url) {
        (OpenError::Connect(met), DatabaseUrl::Postgres(url)) => {
            let host = url.parse::<Url>().ok().and_then(|url| {
                let port = url.port().unwrap_or(5432);
                url.host_str().map(|host| format!("{host}:{port}"))
            });
            let host = host.unwrap_or_else(|| "the given address".to_owned());
            anyhow!(
                "PostgreSQL at {host} cannot be used; check that it runs, and that address, user \
                 and database in {} are right: {met}",
                DATABASE_URL.variable()
            )
        }
        (OpenError::Connect(met), DatabaseUrl::Sqlite(file)) => anyhow!(
            "the database {} cannot be opened; check the path in {} and who may write there: {met}",
            file.display(),
            DATABASE_URL.variable()
        ),
        // Its words say what it met already; the chain would say it again.
        (other, _) => anyhow!("{other}"),
    }
}

/// What the app is told beyond its database.
pub(crate) struct Outside {
    /// The time.
    pub(crate) clock: Arc<dyn Clock>,
    /// Where Zoom is.
    pub(crate) zoom_at: Option<ZoomAt>,
    /// The Zoom app.
    pub(crate) zoom: Option<ZoomApp>,
    /// How people reach the server.
    pub(crate) public_url: Url,
    /// Sends mail.
    pub(crate) mailer: Option<Arc<dyn Mailer>>,
}

impl Outside {
    /// For commands that neither call Zoom nor send mail.
    pub(crate) fn none(public_url: Url) -> Self {
        Self {
            clock: Arc::new(SystemClock),
            zoom_at: None,
            zoom: None,
            public_url,
            mailer: None,
        }
    }
}

/// The program over a database.
pub(crate) fn app(ground: &Ground, common: &Common, outside: Outside) -> App {
    App::new(Parts {
        store: ground.store.clone(),
        clock: outside.clock,
        entropy: Arc::clone(&ground.entropy),
        zoom_at: outside.zoom_at,
        zoom: outside.zoom,
        public_url: outside.public_url,
        support_email: common.support_email.clone(),
        mailer: outside.mailer,
        webhook_window: common.webhook_window,
    })
}

/// What every app is told.
pub(crate) struct Common {
    /// Whom people write to.
    pub(crate) support_email: String,
    /// Which webhooks are too old or too early.
    pub(crate) webhook_window: zoom_client::webhook::Window,
}

impl From<&Config> for Common {
    fn from(config: &Config) -> Self {
        Self {
            support_email: config.support_email.clone(),
            webhook_window: config.webhook_window,
        }
    }
}

/// Where Zoom is, for every app.
pub(crate) fn zoom_at(addresses: &ZoomAddresses) -> ZoomAt {
    ZoomAt {
        oauth_url: addresses.oauth.clone(),
        api_url: addresses.api.clone(),
        follow_api_url: if addresses.api_chosen {
            ApiUrlPolicy::SameOrigin
        } else {
            ApiUrlPolicy::ZoomDomains
        },
        timeout: ZOOM_TIMEOUT,
    }
}

/// The Zoom app.
pub(crate) fn zoom(at: &ZoomAt, zoom: &Zoom) -> anyhow::Result<ZoomApp> {
    let client = at
        .client(zoom.client_id.clone(), zoom.client_secret.clone())
        .context("Zoom cannot be reached from here")?;
    Ok(ZoomApp {
        own: None,
        client,
        webhook_secrets: zoom.webhook_secrets.clone(),
        confirms_deletion: zoom.confirms_deletion,
    })
}

/// Sends mail, if a server is configured.
pub(crate) fn mailer(config: &Config) -> anyhow::Result<Option<Arc<dyn Mailer>>> {
    let Some(smtp) = &config.smtp else {
        return Ok(None);
    };
    let url = smtp.url.expose_secret();
    let mailer = Smtp::new(url, &smtp.from, rooms_web::letters::write, PATIENCE);
    Ok(Some(Arc::new(mailer.context(SMTP_URL.variable())?)))
}
