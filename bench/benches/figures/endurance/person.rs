//! Somebody in the office, one request after the other.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rooms_core::{RoomId, Slot};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{ONE_IN, uuid};
use crate::http::{Answer, Connection};
use crate::load::Numbers;
use crate::stage::Stage;

/// How many links a person asks for in all. Zoom takes a hundred changes of a host in a day, and a
/// link may be moved and made twice.
const LINKS: u32 = 30;
/// One look at Home and one at a taken room for so many turns.
const HOME_EVERY: usize = 8;
const TAKEN_EVERY: usize = 16;

/// A booking as it was acknowledged last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kept {
    /// In microseconds since 1970.
    pub(super) starts_at: i64,
    pub(super) lives: bool,
}

/// What came of some people's work.
#[derive(Default)]
pub(super) struct Tally {
    pub(super) times: BTreeMap<&'static str, Vec<Duration>>,
    pub(super) kept: BTreeMap<Uuid, Kept>,
    /// How many answers were lost, and asked for again.
    pub(super) lost: usize,
    /// How often a room was taken.
    pub(super) refused: usize,
    pub(super) elapsed: Duration,
}

pub(super) struct Person {
    stage: Arc<Stage>,
    numbers: Numbers,
    at: SocketAddr,
    connection: Connection,
    headers: String,
    home: String,
    link_every: Duration,
    next_link: Instant,
    turns: usize,
    tally: Tally,
}

impl Person {
    /// Somebody who works for so long, with their own token.
    pub(super) async fn enter(
        at: SocketAddr,
        stage: Arc<Stage>,
        numbers: Numbers,
        token: &str,
        time: Duration,
    ) -> anyhow::Result<Self> {
        let link_every = time / LINKS;
        Ok(Self {
            at,
            connection: Connection::open(at).await?,
            headers: format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n"),
            home: format!("Cookie: session={}\r\n", stage.session),
            next_link: Instant::now() + link_every / 2,
            link_every,
            stage,
            numbers,
            turns: 0,
            tally: Tally::default(),
        })
    }

    /// One turn after the other until then.
    pub(super) async fn work(mut self, until: Instant) -> anyhow::Result<Tally> {
        while Instant::now() < until {
            self.turn().await?;
            self.turns += 1;
        }
        Ok(self.tally)
    }

    /// Looks what is free, books, moves every other booking, and cancels two of three.
    async fn turn(&mut self) -> anyhow::Result<()> {
        if self.turns.is_multiple_of(HOME_EVERY) {
            let headers = self.home.clone();
            let page = self.ask("Home", "GET", "/", &headers, None).await?;
            expect(&page, 200)?;
        }
        let slot = self.stage.slot(self.numbers.next());
        let path = format!(
            "/api/v1/availability?from={}&to={}",
            slot.1.starts_at, slot.1.ends_at
        );
        let found = self.api("what is free", "GET", &path, None).await?;
        expect(&found, 200)?;
        let id = self.book(slot).await?;
        if self.turns.is_multiple_of(TAKEN_EVERY) {
            self.want_a_taken_room(slot).await?;
        }
        if self.turns.is_multiple_of(2) {
            self.change(&id).await?;
        }
        if !self.turns.is_multiple_of(3) {
            let path = format!("/api/v1/bookings/{id}/cancellation");
            let body = json!({"reason": "not needed"});
            let answer = self.api("cancel", "POST", &path, Some(&body)).await?;
            expect(&answer, 200)?;
            let kept = self.tally.kept.get_mut(&uuid(&id)?);
            kept.context("a booking")?.lives = false;
        }
        Ok(())
    }

    async fn book(&mut self, (room, slot): (RoomId, Slot)) -> anyhow::Result<String> {
        let now = Instant::now();
        let with_link = now >= self.next_link;
        if with_link {
            self.next_link = now + self.link_every;
        }
        let mut body = wish(room, slot);
        if with_link && let Some(body) = body.as_object_mut() {
            body.insert("conference".to_owned(), json!("zoom"));
        }
        let key = self.stage.app.new_id();
        let headers = format!("{}Idempotency-Key: {key}\r\n", self.headers);
        let what = if with_link { "book with Zoom" } else { "book" };
        if self.numbers.next().is_multiple_of(ONE_IN) {
            self.tally.lost += 1;
            let text = body.to_string();
            self.connection
                .send("POST", "/api/v1/bookings", &headers, text.as_bytes())
                .await?;
            self.connection = Connection::open(self.at).await?;
        }
        let path = "/api/v1/bookings";
        let answer = self.ask(what, "POST", path, &headers, Some(&body)).await?;
        expect(&answer, 201)?;
        let said: Value = serde_json::from_slice(&answer.body)?;
        let id = said.get("id").and_then(Value::as_str).context("an id")?;
        let kept = Kept {
            starts_at: slot.starts_at.as_microsecond(),
            lives: true,
        };
        self.tally.kept.insert(uuid(id)?, kept);
        Ok(id.to_owned())
    }

    /// Moves a booking to where nothing is yet.
    async fn change(&mut self, id: &str) -> anyhow::Result<()> {
        let (to, slot) = self.stage.slot(self.numbers.next());
        let path = format!("/api/v1/bookings/{id}");
        let body = wish(to, slot);
        let answer = self.api("move", "PATCH", &path, Some(&body)).await?;
        expect(&answer, 200)?;
        let kept = self.tally.kept.get_mut(&uuid(id)?).context("a booking")?;
        kept.starts_at = slot.starts_at.as_microsecond();
        Ok(())
    }

    async fn want_a_taken_room(&mut self, (room, slot): (RoomId, Slot)) -> anyhow::Result<()> {
        let path = "/api/v1/bookings";
        let body = wish(room, slot);
        let answer = self.api("a taken room", "POST", path, Some(&body)).await?;
        expect(&answer, 409)?;
        self.tally.refused += 1;
        Ok(())
    }

    async fn api(
        &mut self,
        what: &'static str,
        method: &str,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let headers = self.headers.clone();
        self.ask(what, method, path, &headers, body).await
    }

    /// Asks, and notes how long it took.
    async fn ask(
        &mut self,
        what: &'static str,
        method: &str,
        path: &str,
        headers: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Answer> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let begun = Instant::now();
        let answer = self
            .connection
            .ask(method, path, headers, body.as_bytes())
            .await?;
        let times = self.tally.times.entry(what).or_default();
        times.push(begun.elapsed());
        Ok(answer)
    }
}

fn wish(room: RoomId, slot: Slot) -> Value {
    json!({
        "room_id": room.to_string(),
        "title": "Planning",
        "starts_at": slot.starts_at.to_string(),
        "ends_at": slot.ends_at.to_string(),
    })
}

fn expect(answer: &Answer, status: u16) -> anyhow::Result<()> {
    let said = || String::from_utf8_lossy(&answer.body).into_owned();
    ensure!(
        answer.status == status,
        "{} and not {status}: {}",
        answer.status,
        said()
    );
    Ok(())
}
