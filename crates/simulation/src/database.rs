//! A database for each seed: a copy of one that is made once, with two companies in it.

use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context as _;
use jiff::Timestamp;
use rooms_app::people::sessions::{self, Browser, Visitor};
use rooms_app::{App, Parts, companies, rooms};
use rooms_core::actor::Person;
use rooms_core::room::{BookableHours, RoomDraft};
use rooms_core::{CompanyId, Entropy, PersonId, PersonState, Role, RoomId, SimClock};
use rooms_store::{DatabaseUrl, MasterKey, Sealer, Store, people};
use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, PgConnection, Row as _};
use url::Url;
use zoom_client::webhook::Window;

use crate::zoom::PUBLIC_URL;

/// When every seed begins: Monday, 23 November 2026, eight o'clock in UTC.
pub(crate) fn dawn() -> Timestamp {
    Timestamp::constant(1_795_420_800, 0)
}

/// Seals with the one key of all seeds, and makes ids of a sequence of its own.
pub(crate) fn sealer(sequence: u64) -> Sealer {
    Sealer::new(
        MasterKey::from_bytes([7; 32]),
        Arc::new(Entropy::seeded(sequence)),
    )
}

/// Where the databases of seeds are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// `SQLite` files in memory, where the machine has a file system there.
    Sqlite,
    /// A `PostgreSQL` server whose user may create databases.
    Postgres(String),
}

/// Somebody who acts.
#[derive(Debug, Clone)]
pub(crate) struct Member {
    pub(crate) name: &'static str,
    pub(crate) company: usize,
    pub(crate) visitor: Visitor,
}

/// Who is there in every seed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Cast {
    pub(crate) companies: Vec<CompanyId>,
    /// The first of each company is its admin.
    pub(crate) members: Vec<Member>,
    /// Rooms, each with the place of its company.
    pub(crate) rooms: Vec<(usize, RoomId)>,
}

const COMPANIES: [(&str, [&str; 4]); 2] = [
    ("Aster", ["ada", "ben", "cleo", "dora"]),
    ("Birch", ["emil", "fay", "gus", "hana"]),
];

/// The database that all seeds are copies of.
#[derive(Debug)]
pub struct Template {
    place: Place,
    /// A folder of files, or the beginning of the names of databases.
    name: String,
    copies: AtomicU64,
    pub(crate) cast: Cast,
}

/// A seed's own database; it goes when it is dropped.
#[derive(Debug)]
pub(crate) struct Copy {
    pub(crate) url: DatabaseUrl,
    place: Place,
    name: String,
}

impl Template {
    /// Makes it. Where the overlap of bookings is to be found, the database does not forbid it.
    pub async fn make(place: Place, overlaps: bool) -> anyhow::Result<Self> {
        let random = u64::from_le_bytes(Entropy::System.bytes());
        let unique = format!("rooms_simulation_{}_{random:016x}", std::process::id());
        let name = match &place {
            Place::Sqlite => {
                let memory = PathBuf::from("/dev/shm");
                let folder = if memory.is_dir() {
                    memory
                } else {
                    std::env::temp_dir()
                };
                let folder = folder.join(unique);
                std::fs::create_dir(&folder)?;
                folder.display().to_string()
            }
            Place::Postgres(server) => {
                on_server(server, format!("CREATE DATABASE {unique}")).await?;
                unique
            }
        };
        let mut template = Self {
            place,
            name,
            copies: AtomicU64::new(0),
            cast: Cast::default(),
        };
        let url = template.url("");
        let store = Store::open(&url, true, sealer(1), dawn()).await?;
        template.cast = people_it(store.clone()).await?;
        store.close().await;
        if overlaps {
            let statements: &[&str] = match &template.place {
                Place::Sqlite => &[
                    "DROP TRIGGER booking_no_overlap_insert",
                    "DROP TRIGGER booking_no_overlap_update",
                ],
                Place::Postgres(_) => &["ALTER TABLE booking DROP CONSTRAINT booking_no_overlap"],
            };
            let mut raw = Raw::open(&url).await?;
            for statement in statements {
                raw.execute(statement).await?;
            }
            raw.close().await?;
        }
        Ok(template)
    }

    fn url(&self, copy: &str) -> DatabaseUrl {
        match &self.place {
            Place::Sqlite => {
                DatabaseUrl::Sqlite(PathBuf::from(format!("{}/rooms{copy}.db", self.name)))
            }
            Place::Postgres(server) => {
                let options = PgConnectOptions::from_str(server).unwrap_or_default();
                let options = options.database(&format!("{}{copy}", self.name));
                DatabaseUrl::Postgres(options.to_url_lossy().to_string())
            }
        }
    }

    pub(crate) async fn copy(&self) -> anyhow::Result<Copy> {
        let number = self.copies.fetch_add(1, Ordering::Relaxed);
        let suffix = format!("_{number}");
        let url = self.url(&suffix);
        let name = match (&self.place, &url) {
            (_, DatabaseUrl::Sqlite(to)) => {
                if let DatabaseUrl::Sqlite(from) = self.url("") {
                    std::fs::copy(from, to)?;
                }
                to.display().to_string()
            }
            (Place::Postgres(server), _) => {
                let name = format!("{}{suffix}", self.name);
                let sql = format!("CREATE DATABASE {name} TEMPLATE {}", self.name);
                on_server(server, sql).await?;
                name
            }
            (Place::Sqlite, DatabaseUrl::Postgres(_)) => anyhow::bail!("two kinds of database"),
        };
        Ok(Copy {
            url,
            place: self.place.clone(),
            name,
        })
    }
}

impl Copy {
    pub(crate) fn is_on_server(&self) -> bool {
        matches!(self.place, Place::Postgres(_))
    }

    /// Takes it away.
    pub(crate) async fn remove(self) -> anyhow::Result<()> {
        match &self.place {
            Place::Sqlite => {
                for suffix in ["", "-wal", "-shm", ".lock"] {
                    drop(std::fs::remove_file(format!("{}{suffix}", self.name)));
                }
                Ok(())
            }
            Place::Postgres(server) => {
                let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
                on_server(server, sql).await
            }
        }
    }
}

impl Drop for Template {
    fn drop(&mut self) {
        match &self.place {
            Place::Sqlite => drop(std::fs::remove_dir_all(&self.name)),
            Place::Postgres(server) => {
                let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
                // A drop cannot wait for a future of the runtime it is in.
                std::thread::scope(|scope| {
                    scope.spawn(|| {
                        let runtime = tokio::runtime::Builder::new_current_thread()
                            .enable_all()
                            .build();
                        runtime.map(|runtime| runtime.block_on(on_server(server, sql)))
                    });
                });
            }
        }
    }
}

/// Companies, people and rooms, through the use cases where they cost no password.
async fn people_it(store: Store) -> anyhow::Result<Cast> {
    let app = App::new(Parts {
        store,
        clock: Arc::new(SimClock::at(dawn())),
        entropy: Arc::new(Entropy::seeded(3)),
        zoom_at: None,
        zoom: None,
        public_url: Url::parse(PUBLIC_URL)?,
        support_email: "support@rooms.localhost".to_owned(),
        mailer: None,
        webhook_window: Window::default(),
    });
    let mut cast = Cast::default();
    for (place, (company, names)) in COMPANIES.into_iter().enumerate() {
        let new = companies::NewCompany {
            name: company.to_owned(),
            time_zone: "Europe/Berlin".to_owned(),
            admin_email: address(names[0], company),
            admin_name: Some(names[0].to_owned()),
            admin_password: "a long enough password".to_owned(),
            site_name: None,
            first_room: None,
        };
        let founded = companies::add(&app, new).await?;
        cast.companies.push(founded.company);
        for name in names {
            if name != names[0] {
                officer(&app, founded.company, name, company).await?;
            }
            let id = {
                let mut tx = app.read().await?;
                let email = address(name, company);
                let found = people::anywhere(&mut tx, &email).await?;
                found.context("a member")?.id
            };
            let whose = (founded.company, id);
            let opened = sessions::open(&app, whose, &Browser::default()).await?;
            let visitor = sessions::visitor(&app, &opened.session).await?;
            cast.members.push(Member {
                name,
                company: place,
                visitor: visitor.context("a session")?,
            });
        }
        let admin = &cast.members.get(place * 4).context("an admin")?.visitor;
        for room in ["Oak", "Elm"] {
            let draft = RoomDraft::parse(room, 8, &[], BookableHours::default())
                .map_err(|errors| anyhow::anyhow!("{errors}"))?;
            let room = rooms::add(&app, &admin.actor, founded.site, draft, None).await?;
            cast.rooms.push((place, room.id));
        }
    }
    Ok(cast)
}

async fn officer(
    app: &App,
    company: CompanyId,
    name: &'static str,
    of: &str,
) -> anyhow::Result<()> {
    let person = Person {
        id: PersonId::from_uuid(app.new_id()),
        company,
        email: address(name, of),
        name: name.to_owned(),
        role: Role::Officer,
        may_connect: true,
        state: PersonState::Active,
    };
    app.store()
        .write((person, app.now()), |tx, (person, now)| {
            Box::pin(people::insert(tx, person, None, *now))
        })
        .await?;
    Ok(())
}

fn address(name: &str, company: &str) -> String {
    format!("{name}@{}.example", company.to_lowercase())
}

async fn on_server(server: &str, sql: String) -> anyhow::Result<()> {
    let mut conn = PgConnection::connect(server).await?;
    sqlx::query(AssertSqlSafe(sql)).execute(&mut conn).await?;
    conn.close().await?;
    Ok(())
}

/// A way into a database behind the program's back, for what is checked at the end.
pub(crate) enum Raw {
    Sqlite(sqlx::SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub(crate) async fn open(url: &DatabaseUrl) -> anyhow::Result<Self> {
        Ok(match url {
            DatabaseUrl::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                Self::Sqlite(options.disable_statement_logging().connect().await?)
            }
            DatabaseUrl::Postgres(url) => Self::Postgres(PgConnection::connect(url).await?),
        })
    }

    pub(crate) async fn execute(&mut self, sql: &str) -> anyhow::Result<()> {
        let sql = AssertSqlSafe(sql.to_owned());
        match self {
            Self::Sqlite(conn) => {
                sqlx::query(sql).execute(conn).await?;
            }
            Self::Postgres(conn) => {
                sqlx::query(sql).execute(conn).await?;
            }
        }
        Ok(())
    }

    /// Rows of texts. A column `#name` is an id, and comes as 32 hexadecimal digits; numbers are
    /// cast, and what is missing is empty.
    pub(crate) async fn rows(
        &mut self,
        columns: &[&str],
        rest: &str,
    ) -> anyhow::Result<Vec<Vec<String>>> {
        let is_sqlite = matches!(self, Self::Sqlite(_));
        let text = |column: &&str| match (column.strip_prefix('#'), is_sqlite) {
            (Some(id), true) => format!("COALESCE(LOWER(HEX({id})), '')"),
            (Some(id), false) => format!("COALESCE(REPLACE(CAST({id} AS TEXT), '-', ''), '')"),
            (None, _) => format!("COALESCE(CAST({column} AS TEXT), '')"),
        };
        let list: Vec<String> = columns.iter().map(text).collect();
        let sql = AssertSqlSafe(format!("SELECT {} {rest}", list.join(", ")));
        let read = |get: &dyn Fn(usize) -> Result<String, sqlx::Error>| {
            (0..columns.len())
                .map(get)
                .collect::<Result<Vec<String>, _>>()
        };
        let rows = match self {
            Self::Sqlite(conn) => {
                let rows = sqlx::query(sql).fetch_all(conn).await?;
                rows.iter()
                    .map(|row| read(&|at| row.try_get(at)))
                    .collect::<Result<_, _>>()
            }
            Self::Postgres(conn) => {
                let rows = sqlx::query(sql).fetch_all(conn).await?;
                rows.iter()
                    .map(|row| read(&|at| row.try_get(at)))
                    .collect::<Result<_, _>>()
            }
        };
        Ok(rows?)
    }

    pub(crate) async fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Sqlite(conn) => conn.close().await?,
            Self::Postgres(conn) => conn.close().await?,
        }
        Ok(())
    }
}
