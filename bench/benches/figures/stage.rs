//! A database with a company in it, and a server process over it.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use jiff::{SignedDuration, Timestamp};
use rooms_app::people::{sessions, tokens};
use rooms_app::{App, DatabaseUrl, MasterKey, Parts, Sealer, Store, companies, rooms};
use rooms_core::room::{BookableHours, RoomDraft};
use rooms_core::{Actor, Clock as _, Entropy, Role, RoomId, Slot, SystemClock, Zone};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection};
use url::Url;
use zoom_client::webhook::Window;

/// How many rooms the company has.
pub(crate) const ROOMS: usize = 50;
pub(crate) const WEBHOOK_SECRET: &str = "a secret of the benchmark";
/// Client id and secret.
pub(crate) const ZOOM_APP: &str = "bench";
const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
pub(crate) const PASSWORD: &str = "a long enough password";

/// Where the data is, and how to get rid of it.
pub(crate) struct Place {
    pub(crate) url: DatabaseUrl,
    folder: PathBuf,
    postgres: Option<(String, String)>,
}

impl Place {
    /// A new file in a folder of its own.
    pub(crate) fn sqlite(name: &str) -> anyhow::Result<Self> {
        let folder =
            std::env::temp_dir().join(format!("rooms-bench-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            url: DatabaseUrl::Sqlite(folder.join("rooms.db")),
            folder,
            postgres: None,
        })
    }

    /// A new database on a server.
    pub(crate) async fn postgres(server: &str, name: &str) -> anyhow::Result<Self> {
        let mut place = Self::sqlite(name)?;
        let name = format!("rooms_bench_{}_{name}", std::process::id());
        let mut conn = PgConnection::connect(server).await.context("--postgres")?;
        sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&mut conn)
            .await?;
        let options = PgConnectOptions::from_str(server)?.database(&name);
        place.url = DatabaseUrl::Postgres(options.to_url_lossy().to_string());
        place.postgres = Some((server.to_owned(), name));
        Ok(place)
    }

    /// Its kind.
    pub(crate) fn kind(&self) -> &'static str {
        match self.url {
            DatabaseUrl::Sqlite(_) => "SQLite",
            DatabaseUrl::Postgres(_) => "PostgreSQL",
        }
    }

    /// Removes it.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        std::fs::remove_dir_all(&self.folder)?;
        if let Some((server, name)) = self.postgres {
            let mut conn = PgConnection::connect(&server).await?;
            sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
                .execute(&mut conn)
                .await?;
        }
        Ok(())
    }
}

/// A company with fifty rooms, and the program in this process.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) actor: Actor,
    pub(crate) rooms: Vec<RoomId>,
    pub(crate) zone: Zone,
    /// For the API.
    pub(crate) token: String,
    /// For pages.
    pub(crate) session: String,
    /// The first slot that nobody has taken.
    pub(crate) from: Timestamp,
}

impl Stage {
    pub(crate) async fn set(place: &Place) -> anyhow::Result<Self> {
        let entropy = Arc::new(Entropy::System);
        let sealer = Sealer::new(MasterKey::from_base64(KEY)?, Arc::clone(&entropy));
        let now = SystemClock.now();
        let app = App::new(Parts {
            store: Store::open(&place.url, true, sealer, now).await?,
            clock: Arc::new(SystemClock),
            entropy,
            zoom_at: None,
            zoom: None,
            public_url: Url::parse("http://127.0.0.1")?,
            support_email: "support@example.com".to_owned(),
            mailer: None,
            webhook_window: Window::default(),
        });
        let email = "ada@bench.example";
        let new = companies::NewCompany {
            name: "Bench".to_owned(),
            time_zone: "Europe/Zurich".to_owned(),
            admin_email: email.to_owned(),
            admin_name: Some("Ada".to_owned()),
            admin_password: PASSWORD.to_owned(),
            site_name: None,
            first_room: None,
        };
        let founded = companies::add(&app, new).await?;
        let actor = Actor {
            company: founded.company,
            person: founded.admin,
            role: Role::Admin,
            may_connect: true,
            name: "Ada".to_owned(),
            email: email.to_owned(),
        };
        let mut rooms = Vec::new();
        for number in 0..ROOMS {
            let equipment = ["screen".to_owned(), "camera".to_owned()];
            let name = format!("Room {number:02}");
            let draft = RoomDraft::parse(&name, 8, &equipment, BookableHours::default())?;
            rooms.push(
                rooms::add(&app, &actor, founded.site, draft, None)
                    .await?
                    .id,
            );
        }
        let whose = (actor.company, actor.person);
        let session = sessions::open(&app, whose, &sessions::Browser::default()).await?;
        Ok(Self {
            token: tokens::issue_for(&app, email, "bench").await?,
            session: session.session,
            zone: Zone::stored("Europe/Zurich"),
            from: Timestamp::from_second((now.as_second() / 3600 + 24) * 3600)?,
            app,
            actor,
            rooms,
        })
    }

    /// A room and a slot of a quarter of an hour that no other number has.
    pub(crate) fn slot(&self, number: usize) -> (RoomId, Slot) {
        let room = self.rooms.get(number % ROOMS).copied();
        let quarters = i64::try_from(number / ROOMS).unwrap_or(i64::MAX);
        let length = SignedDuration::from_mins(15);
        let slot = self
            .from
            .checked_add(length * i32::try_from(quarters).unwrap_or(i32::MAX))
            .ok()
            .and_then(|from| Slot::starting(from, length));
        room.zip(slot)
            .unwrap_or_else(|| unreachable!("500 days have enough quarters"))
    }

    /// Closes the program in this process.
    pub(crate) async fn close(self) {
        self.app.shut_down().await;
        self.app.store().clone().close().await;
    }
}

/// The release binary, running.
pub(crate) struct Server {
    child: Child,
    /// Held, so that the server may go on printing.
    _lines: BufReader<ChildStdout>,
    pub(crate) at: SocketAddr,
    /// From the start of the process to the line that says it is ready.
    pub(crate) ready: Duration,
}

impl Server {
    pub(crate) fn start(binary: &str, place: &Place) -> anyhow::Result<Self> {
        Self::run(binary, place, None, "off")
    }

    /// The same, with another Zoom than the real one.
    pub(crate) fn beside(binary: &str, place: &Place, zoom: &Url) -> anyhow::Result<Self> {
        Self::run(binary, place, Some(zoom), "off")
    }

    /// The same, with the limits that hold for everybody.
    pub(crate) fn limited(binary: &str, place: &Place, zoom: Option<&Url>) -> anyhow::Result<Self> {
        Self::run(binary, place, zoom, "on")
    }

    fn run(binary: &str, place: &Place, zoom: Option<&Url>, limits: &str) -> anyhow::Result<Self> {
        let url = match &place.url {
            DatabaseUrl::Sqlite(file) => format!("sqlite://{}", file.display()),
            DatabaseUrl::Postgres(url) => url.clone(),
        };
        let zooms = ["ONECLICKROOMS_ZOOM_OAUTH_URL", "ONECLICKROOMS_ZOOM_API_URL"];
        let zoom = zoom
            .into_iter()
            .flat_map(|zoom| zooms.map(|name| (name, zoom.as_str())));
        let begun = Instant::now();
        let mut child = Command::new(binary)
            .arg("serve")
            .envs(zoom)
            .env("ONECLICKROOMS_LISTEN", "127.0.0.1:0")
            .env("ONECLICKROOMS_DATABASE_URL", url)
            .env("ONECLICKROOMS_MASTER_KEY", KEY)
            .env("ONECLICKROOMS_RATE_LIMITS", limits)
            .env("ONECLICKROOMS_LOG", "error")
            .env("ONECLICKROOMS_ZOOM_CLIENT_ID", ZOOM_APP)
            .env("ONECLICKROOMS_ZOOM_CLIENT_SECRET", ZOOM_APP)
            .env("ONECLICKROOMS_ZOOM_WEBHOOK_SECRET", WEBHOOK_SECRET)
            .current_dir(&place.folder)
            .stdout(Stdio::piped())
            .spawn()
            .with_context(|| format!("{binary} cannot be started; build it with --release"))?;
        let stdout = child.stdout.take().context("its output")?;
        let mut lines = BufReader::new(stdout);
        let mut line = String::new();
        lines.read_line(&mut line)?;
        let ready = begun.elapsed();
        let Some((_, address)) = line.split_once("http://") else {
            bail!("it did not say where it is: {line:?}");
        };
        let at = address
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .parse()?;
        Ok(Self {
            child,
            _lines: lines,
            at,
            ready,
        })
    }

    /// Memory in use that is not shared out, in MB.
    pub(crate) fn memory(&self) -> anyhow::Result<f64> {
        let id = self.child.id();
        let status = std::fs::read_to_string(format!("/proc/{id}/status"))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(kib.context("VmRSS")?.parse::<f64>()? * 1024.0 / 1e6)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
