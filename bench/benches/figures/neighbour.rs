//! How long a company waits while another one on the same server floods every limit.
//!
//! The neighbour looks and books at a steady pace, first alone, then beside the flood. What it asks
//! counts from when it was due, so that waiting for an answer hides nothing.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use rooms_app::companies::{self, NewCompany};
use rooms_app::people::{self, NewPerson, sessions, tokens};
use rooms_app::rooms;
use rooms_bench::{Millis, Sample};
use rooms_core::room::{BookableHours, RoomDraft};
use rooms_core::{Actor, Role, RoomId};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;

use crate::Options;
use crate::http::Connection;
use crate::say;
use crate::stage::{PASSWORD, Place, Server, Stage};

/// How often the neighbour asks for something.
const PACE: Duration = Duration::from_millis(50);
/// How many of the other company keep just below what one person may ask for.
const BUSY: u32 = 10;
/// The flood flows for so long before the neighbour is measured beside it.
const RISES: Duration = Duration::from_secs(3);
/// What the neighbour may wait at most, beside what it waits alone.
const TWICE: f64 = 2.0;
/// A stream of the flood: its name, how many times a second, and on how many connections.
const STREAMS: [(&str, u32, u32); 8] = [
    ("reads with one token", 400, 4),
    ("bookings with one token", 200, 4),
    ("pages with one session", 200, 4),
    ("sign-ins with a wrong password", 40, 2),
    ("made up tokens", 100, 2),
    ("webhooks with a wrong signature", 100, 2),
    ("bodies far too large", 4, 1),
    ("reads by a busy staff", 600, BUSY),
];

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let stage = Arc::new(Stage::set(&place).await?);
    let neighbour = Arc::new(Neighbour::move_in(&stage).await?);
    let server = Server::limited(&options.binary, &place, None)?;
    let at = server.at;
    let quiet = neighbour.measure(at, options.time).await?;
    let flood = Flood::of(&stage, at).await?;
    let until = Instant::now() + RISES + options.time;
    let mut flowing = JoinSet::new();
    flowing.spawn(flood.flow(until));
    tokio::time::sleep(RISES).await;
    let beside = neighbour.measure(at, options.time).await?;
    let answers = flowing.join_next().await.context("the flood")???;
    let ratio = |of: usize| {
        beside.percentile(of).as_secs_f64() / quiet.percentile(of).as_secs_f64().max(f64::EPSILON)
    };
    say(&format!(
        "neighbour, {}, {} requests alone: p50 {}, p99 {}, at most {}; beside the flood: p50 {} ({:.2}), p99 {} ({:.2}), at most {}",
        place.kind(),
        quiet.count(),
        Millis(quiet.percentile(50)),
        Millis(quiet.percentile(99)),
        Millis(quiet.percentile(100)),
        Millis(beside.percentile(50)),
        ratio(50),
        Millis(beside.percentile(99)),
        ratio(99),
        Millis(beside.percentile(100)),
    ));
    for (stream, statuses) in answers {
        let words: Vec<String> = statuses
            .iter()
            .map(|(status, times)| format!("{status} {times} times"))
            .collect();
        say(&format!("  flood of {stream}: {}", words.join(", ")));
    }
    say(&format!(
        "  memory after the flood: {:.1} MB",
        server.memory()?
    ));
    drop((server, neighbour));
    let stage = Arc::into_inner(stage).context("the flood is over")?;
    stage.close().await;
    place.remove().await?;
    ensure!(
        ratio(99) <= TWICE,
        "the neighbour waits {:.2} times as long",
        ratio(99)
    );
    Ok(())
}

/// Another company on the same server, with one room and one officer.
struct Neighbour {
    actor: Actor,
    room: RoomId,
    token: String,
    session: String,
    stage: Arc<Stage>,
    taken: std::sync::atomic::AtomicUsize,
}

impl Neighbour {
    async fn move_in(stage: &Arc<Stage>) -> anyhow::Result<Self> {
        let email = "nora@neighbour.example";
        let new = NewCompany {
            name: "Neighbour".to_owned(),
            time_zone: "Europe/Zurich".to_owned(),
            admin_email: email.to_owned(),
            admin_name: Some("Nora".to_owned()),
            admin_password: PASSWORD.to_owned(),
            site_name: None,
            first_room: None,
        };
        let founded = companies::add(&stage.app, new).await?;
        let actor = Actor {
            company: founded.company,
            person: founded.admin,
            role: Role::Admin,
            may_connect: true,
            name: "Nora".to_owned(),
            email: email.to_owned(),
        };
        let draft = RoomDraft::parse("Quiet", 8, &[], BookableHours::default())?;
        let room = rooms::add(&stage.app, &actor, founded.site, draft, None).await?;
        let whose = (actor.company, actor.person);
        let opened = sessions::open(&stage.app, whose, &sessions::Browser::default()).await?;
        Ok(Self {
            token: tokens::issue_for(&stage.app, email, "bench").await?,
            session: opened.session,
            actor,
            room: room.id,
            stage: Arc::clone(stage),
            taken: 0.into(),
        })
    }

    /// Looks at Home, asks what is free, and books, in turns, at a steady pace.
    async fn measure(&self, at: SocketAddr, time: Duration) -> anyhow::Result<Sample> {
        let mut client = Connection::open(at).await?;
        let page = format!("Cookie: session={}\r\n", self.session);
        let api = format!(
            "Authorization: Bearer {}\r\nContent-Type: application/json\r\n",
            self.token
        );
        let mut pieces = Vec::new();
        let begun = Instant::now();
        for turn in 0..u32::MAX {
            let due = begun + PACE * turn;
            if due >= begun + time {
                break;
            }
            tokio::time::sleep_until(due.into()).await;
            let number = self
                .taken
                .fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            // Numbers of one room: a slot each.
            let (_, slot) = self.stage.slot(number * crate::stage::ROOMS);
            let (from, to) = (slot.starts_at, slot.ends_at);
            let answer = match turn % 3 {
                0 => client.get("/", &page).await?,
                1 => {
                    let path = format!("/api/v1/availability?from={from}&to={to}");
                    client.get(&path, &api).await?
                }
                _ => {
                    let body = json!({
                        "room_id": self.room.to_string(),
                        "title": "Planning",
                        "starts_at": from.to_string(),
                        "ends_at": to.to_string(),
                    });
                    let body = body.to_string();
                    let path = "/api/v1/bookings";
                    client.ask("POST", path, &api, body.as_bytes()).await?
                }
            };
            ensure!(
                (200..300).contains(&answer.status),
                "{} is answered with {}",
                self.actor.name,
                answer.status
            );
            pieces.push(due.elapsed());
        }
        Ok(Sample::new(pieces, begun.elapsed()))
    }
}

/// One request that is sent again and again.
#[derive(Clone)]
struct Ask {
    method: &'static str,
    path: String,
    headers: String,
    body: Vec<u8>,
}

/// What the other company sends, stream by stream.
struct Flood {
    at: SocketAddr,
    streams: Vec<(&'static str, Duration, Ask)>,
}

type Answers = BTreeMap<&'static str, BTreeMap<u16, usize>>;

impl Flood {
    async fn of(stage: &Stage, at: SocketAddr) -> anyhow::Result<Self> {
        let json = "Content-Type: application/json\r\n";
        let (_, slot) = stage.slot(0);
        let (from, to) = (slot.starts_at, slot.ends_at);
        let free = format!("/api/v1/availability?from={from}&to={to}");
        let with = |token: &str| format!("Authorization: Bearer {token}\r\n{json}");
        let room = stage.slot(0).0;
        let booking = json!({"room_id": room.to_string(), "title": "Flood", "starts_at": from.to_string(), "ends_at": to.to_string()});
        let get = |path: &str, headers: String| Ask {
            method: "GET",
            path: path.to_owned(),
            headers,
            body: Vec::new(),
        };
        let post = |path: &str, headers: String, body: Vec<u8>| Ask {
            method: "POST",
            path: path.to_owned(),
            headers,
            body,
        };
        let form = sign_in_form(at).await?;
        let mut streams = Vec::new();
        for (name, per_second, connections) in STREAMS {
            let pace = Duration::from_secs(1) * connections / per_second;
            for number in 0..connections {
                let ask = match name {
                    "reads with one token" => get(&free, with(&stage.token)),
                    "bookings with one token" => post(
                        "/api/v1/bookings",
                        with(&stage.token),
                        booking.to_string().into(),
                    ),
                    "pages with one session" => {
                        get("/", format!("Cookie: session={}\r\n", stage.session))
                    }
                    "sign-ins with a wrong password" => form.clone(),
                    "made up tokens" => get(&free, with("ocr_made_up")),
                    "webhooks with a wrong signature" => post(
                        "/webhooks/zoom",
                        format!("{json}x-zm-request-timestamp: 1\r\nx-zm-signature: v0=00\r\n"),
                        b"{}".to_vec(),
                    ),
                    "bodies far too large" => {
                        post("/api/v1/bookings", with(&stage.token), vec![b' '; 3 << 20])
                    }
                    _ => get(&free, with(&busy(stage, number).await?)),
                };
                streams.push((name, pace, ask));
            }
        }
        Ok(Self { at, streams })
    }

    /// Flows until then; how often each stream got which answer.
    async fn flow(self, until: Instant) -> anyhow::Result<Answers> {
        let (at, mut flowing) = (self.at, JoinSet::new());
        for (name, pace, ask) in self.streams {
            flowing.spawn(async move { anyhow::Ok((name, stream(at, pace, ask, until).await?)) });
        }
        let mut answers = Answers::new();
        while let Some(done) = flowing.join_next().await {
            let (name, statuses) = done??;
            for (status, times) in statuses {
                *answers.entry(name).or_default().entry(status).or_default() += times;
            }
        }
        Ok(answers)
    }
}

/// Sends one request at its pace; a connection that is cut is opened again, and counts as 0.
async fn stream(
    at: SocketAddr,
    pace: Duration,
    ask: Ask,
    until: Instant,
) -> anyhow::Result<BTreeMap<u16, usize>> {
    let mut statuses = BTreeMap::new();
    let mut client = Connection::open(at).await?;
    let mut clock = tokio::time::interval(pace);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while Instant::now() < until {
        clock.tick().await;
        let asked = client.ask(ask.method, &ask.path, &ask.headers, &ask.body);
        let status = if let Ok(answer) = asked.await {
            answer.status
        } else {
            client = Connection::open(at).await?;
            0
        };
        *statuses.entry(status).or_default() += 1;
    }
    Ok(statuses)
}

/// One of a staff that asks a lot; their token.
async fn busy(stage: &Stage, number: u32) -> anyhow::Result<String> {
    let email = format!("busy{number}@bench.example");
    let new = NewPerson {
        company: stage.actor.company,
        email: email.clone(),
        name: format!("Busy {number}"),
        role: Role::Officer,
        may_connect: false,
        password: PASSWORD.to_owned(),
    };
    people::add(&stage.app, new).await?;
    Ok(tokens::issue_for(&stage.app, &email, "bench").await?)
}

/// The form of the sign-in page, filled in with a wrong password.
async fn sign_in_form(at: SocketAddr) -> anyhow::Result<Ask> {
    let mut client = Connection::open(at).await?;
    let page = client.get("/sign-in", "").await?;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let field = text.split("name=\"csrf\" value=\"").nth(1);
    let csrf = field
        .and_then(|rest| rest.split('"').next())
        .context("a form token")?;
    let cookie = page.cookie.context("the cookie the form is bound to")?;
    Ok(Ask {
        method: "POST",
        path: "/sign-in".to_owned(),
        headers: format!("Cookie: {cookie}\r\nContent-Type: application/x-www-form-urlencoded\r\n"),
        body: format!("csrf={csrf}&email=ada%40bench.example&password=wrong").into_bytes(),
    })
}
