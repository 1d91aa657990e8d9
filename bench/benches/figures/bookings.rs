//! Bookings per second: over HTTP, in the process, and as bare transactions.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::Timestamp;
use rooms_app::DatabaseUrl;
use rooms_app::bookings;
use rooms_core::booking::Request;
use rooms_core::{Actor, RoomId, Slot, Zone};
use serde_json::json;
use uuid::Uuid;

use crate::Options;
use crate::http::Connection;
use crate::load::{self, Numbers};
use crate::raw::Raw;
use crate::say;
use crate::stage::{Place, Server, Stage};

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::set(&place).await?);
    let server = Server::start(&options.binary, &place)?;
    let bare = Arc::new(Bare::open(&place.url).await?);
    let numbers = Numbers::default();
    let kind = place.kind();
    for clients in [8, 16] {
        let raw = bare_rate(&stage, &bare, &numbers, clients, options.time).await?;
        let inside = inside_rate(&stage, &numbers, clients, options.time).await?;
        let http = http_rate(&stage, &server, &numbers, clients, options.time).await?;
        say(&format!(
            "bookings, {kind}, {clients} clients: bare transaction {raw:.0}/s, in the process \
             {inside:.0}/s ({:.2} of it), over HTTP {http:.0}/s ({:.2} of it)",
            inside / raw,
            http / raw
        ));
    }
    say(&format!(
        "memory after the bookings, {kind}: {:.1} MB",
        server.memory()?
    ));
    drop(server);
    bare.close().await;
    Arc::into_inner(stage)
        .context("the load is over")?
        .close()
        .await;
    place.remove().await
}

async fn http_rate(
    stage: &Arc<Stage>,
    server: &Server,
    numbers: &Numbers,
    clients: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let at = server.at;
    let headers: Arc<str> = format!(
        "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
        stage.token
    )
    .into();
    let (stage, numbers) = (Arc::clone(stage), numbers.clone());
    let sample = load::run(
        clients,
        time,
        async || Connection::open(at).await,
        move |mut client| {
            let (room, slot) = stage.slot(numbers.next());
            let headers = Arc::clone(&headers);
            async move {
                let body = json!({
                    "room_id": room.to_string(),
                    "title": "Planning",
                    "starts_at": slot.starts_at.to_string(),
                    "ends_at": slot.ends_at.to_string(),
                });
                let body = body.to_string();
                let answer = client
                    .ask("POST", "/api/v1/bookings", &headers, body.as_bytes())
                    .await?;
                let said = || String::from_utf8_lossy(&answer.body).into_owned();
                ensure!(answer.status == 201, "{}: {}", answer.status, said());
                Ok(client)
            }
        },
    )
    .await?;
    Ok(sample.per_second())
}

async fn inside_rate(
    stage: &Arc<Stage>,
    numbers: &Numbers,
    clients: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let (stage, numbers) = (Arc::clone(stage), numbers.clone());
    let sample = load::run(
        clients,
        time,
        async || Ok(()),
        move |()| {
            let stage = Arc::clone(&stage);
            let (room, slot) = stage.slot(numbers.next());
            async move {
                let request = Request {
                    room,
                    title: "Planning".to_owned(),
                    starts_at: slot.starts_at,
                    ends_at: slot.ends_at,
                    conference: None,
                    host: None,
                    organizer: None,
                    invitees: Vec::new(),
                };
                bookings::book(&stage.app, &stage.actor, request, None).await?;
                Ok(())
            }
        },
    )
    .await?;
    Ok(sample.per_second())
}

async fn bare_rate(
    stage: &Arc<Stage>,
    bare: &Arc<Bare>,
    numbers: &Numbers,
    clients: usize,
    time: Duration,
) -> anyhow::Result<f64> {
    let (stage, bare, numbers) = (Arc::clone(stage), Arc::clone(bare), numbers.clone());
    let sample = load::run(
        clients,
        time,
        async || Ok(()),
        move |()| {
            let (stage, bare) = (Arc::clone(&stage), Arc::clone(&bare));
            let (room, slot) = stage.slot(numbers.next());
            async move { bare.book(&Wish::of(&stage, room, slot)).await }
        },
    )
    .await?;
    Ok(sample.per_second())
}

struct Wish<'a> {
    actor: &'a Actor,
    zone: &'a Zone,
    room: RoomId,
    slot: Slot,
    ids: [Uuid; 2],
    now: Timestamp,
}

impl<'a> Wish<'a> {
    fn of(stage: &'a Stage, room: RoomId, slot: Slot) -> Self {
        Self {
            actor: &stage.actor,
            zone: &stage.zone,
            room,
            slot,
            ids: [stage.app.new_id(), stage.app.new_id()],
            now: stage.app.now(),
        }
    }
}

/// The statements of a booking, as the product sends them, without the product.
struct Bare {
    raw: Raw,
    lock: &'static str,
    room: &'static str,
    conflicts: &'static str,
    insert: &'static str,
    event: &'static str,
}

macro_rules! statements {
    ($bare:expr, $conn:expr, $wish:expr) => {{
        let (company, room) = ($wish.actor.company.uuid(), $wish.room.uuid());
        let (from, to) = ($wish.slot.starts_at, $wish.slot.ends_at);
        let [booking, event] = $wish.ids;
        let now = $wish.now.as_microsecond();
        let locked = sqlx::query($bare.lock)
            .bind(company)
            .bind(room)
            .execute(&mut *$conn)
            .await?;
        ensure!(locked.rows_affected() == 1, "the room is there");
        sqlx::query($bare.room)
            .bind(company)
            .bind(room)
            .fetch_one(&mut *$conn)
            .await?;
        let conflicts = sqlx::query($bare.conflicts)
            .bind(company)
            .bind(room)
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind(Uuid::nil())
            .fetch_all(&mut *$conn)
            .await?;
        ensure!(conflicts.is_empty(), "the slot is free");
        sqlx::query($bare.insert)
            .bind(booking)
            .bind(company)
            .bind(room)
            .bind($wish.actor.person.uuid())
            .bind($wish.actor.person.uuid())
            .bind("Planning")
            .bind(from.as_microsecond())
            .bind(to.as_microsecond())
            .bind($wish.zone.name())
            .bind($wish.zone.civil(from).to_string())
            .bind($wish.zone.civil(to).to_string())
            .bind("confirmed")
            .bind(None::<String>)
            .bind("[]")
            .bind(now)
            .execute(&mut *$conn)
            .await?;
        sqlx::query($bare.event)
            .bind(event)
            .bind(company)
            .bind(booking)
            .bind("booking.made")
            .bind($wish.actor.person.uuid())
            .bind("person")
            .bind("Planning")
            .bind(now)
            .execute(&mut *$conn)
            .await?;
    }};
}

impl Bare {
    async fn open(url: &DatabaseUrl) -> anyhow::Result<Self> {
        let statements = rooms_store::statements();
        let find = |begins: &str| {
            statements
                .iter()
                .map(|(_, sql)| *sql)
                .find(|sql| sql.starts_with(begins))
                .with_context(|| format!("a statement that begins with {begins}"))
        };
        Ok(Self {
            raw: Raw::open(url).await?,
            lock: find("UPDATE room SET schedule_version")?,
            room: statements
                .iter()
                .map(|(_, sql)| *sql)
                .find(|sql| sql.contains("FROM room r JOIN site") && sql.contains("r.id = $2"))
                .context("the statement that reads a room")?,
            conflicts: find("SELECT starts_at, ends_at FROM booking")?,
            insert: find("INSERT INTO booking")?,
            event: find("INSERT INTO event")?,
        })
    }

    async fn book(&self, wish: &Wish<'_>) -> anyhow::Result<()> {
        match &self.raw {
            Raw::Sqlite(pool) => {
                let mut conn = pool.acquire().await?;
                sqlx::query("BEGIN IMMEDIATE").execute(&mut *conn).await?;
                statements!(self, conn, wish);
                sqlx::query("COMMIT").execute(&mut *conn).await?;
            }
            Raw::Postgres(pool) => {
                let mut tx = pool.begin().await?;
                statements!(self, tx, wish);
                tx.commit().await?;
            }
        }
        Ok(())
    }

    async fn close(&self) {
        self.raw.close().await;
    }
}
