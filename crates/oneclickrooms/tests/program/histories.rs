//! Many officers at once on real processes that are killed meanwhile: what they were answered has
//! to be explained by one deed after the other.
//!
//! Each officer writes down when a deed was asked for and when it was answered. Who gets no answer
//! asks again with the same key, as a careful program does, until there is one; so a deed whose
//! server died reaches over its death. An independent checker then looks, room by room, for an
//! order of the deeds that keeps what came before what and that the rules of one room allow.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rooms_core::Entropy;
use rooms_core::room::Room;
use rooms_testkit::{Api, Settings, TestApp, TestDatabase};
use serde_json::{Value, json};
use todc_utils::linearizability::WGLChecker;
use todc_utils::linearizability::history::{Action, History};
use todc_utils::specifications::Specification;

use crate::commands::over;
use crate::process::{Place, Running};

/// Beginnings a room can be booked from, in quarters of an hour.
const BEGINNINGS: u8 = 12;
/// How long everybody books, in quarters of an hour.
const LENGTH: u8 = 2;
const ROOMS: usize = 3;
const OFFICERS: usize = 8;
/// What each officer does.
const DEEDS: usize = 40;
/// How often a server is killed.
const KILLS: usize = 5;

/// What somebody did to a room, with what they were answered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Deed {
    Book { booking: usize, at: u8, done: bool },
    Move { booking: usize, at: u8, done: bool },
    Cancel { booking: usize },
    See { taken: Vec<u8> },
}

/// One room, for one deed after the other.
struct OneRoom;

impl Specification for OneRoom {
    /// Where each booking begins.
    type State = BTreeMap<usize, u8>;
    type Operation = Deed;

    fn init() -> Self::State {
        BTreeMap::new()
    }

    fn apply(deed: &Deed, room: &Self::State) -> (bool, Self::State) {
        let free = |at: u8, but: usize| {
            let mut others = room.iter().filter(|(booking, _)| **booking != but);
            others.all(|(_, other)| at.abs_diff(*other) >= LENGTH)
        };
        let mut after = room.clone();
        let allowed = match deed {
            Deed::Book { booking, at, done } | Deed::Move { booking, at, done } => {
                if *done {
                    after.insert(*booking, *at);
                }
                let there = room.contains_key(booking) == matches!(deed, Deed::Move { .. });
                there && free(*at, *booking) == *done
            }
            Deed::Cancel { booking } => after.remove(booking).is_some(),
            Deed::See { taken } => {
                let mut now: Vec<u8> = room.values().copied().collect();
                now.sort_unstable();
                now == *taken
            }
        };
        (allowed, after)
    }
}

/// A deed in one room, between being asked for and being answered.
#[derive(Debug, Clone)]
struct Told {
    room: usize,
    officer: usize,
    asked: usize,
    answered: usize,
    deed: Deed,
}

/// Whether an order of the deeds explains what was answered.
fn explained(told: &[Told], room: usize) -> bool {
    let mut moments = BTreeMap::new();
    for told in told.iter().filter(|told| told.room == room) {
        let deed = &told.deed;
        moments.insert(told.asked, (told.officer, Action::Call(deed.clone())));
        moments.insert(
            told.answered,
            (told.officer, Action::Response(deed.clone())),
        );
    }
    let history = History::from_actions(moments.into_values().collect());
    WGLChecker::<OneRoom>::is_linearizable(history)
}

#[test]
fn what_no_order_explains_is_found() {
    let told = |officer, asked, answered, deed| Told {
        room: 0,
        officer,
        asked,
        answered,
        deed,
    };
    let book = |booking, at, done| Deed::Book { booking, at, done };
    let (first, second) = (
        told(0, 0, 3, book(1, 4, true)),
        told(1, 1, 2, book(2, 5, true)),
    );
    assert!(!explained(&[first.clone(), second], 0), "booked twice");
    let refused = told(1, 1, 2, book(2, 5, false));
    assert!(explained(&[first.clone(), refused], 0));
    let refused = told(1, 4, 5, book(2, 6, false));
    assert!(!explained(&[first.clone(), refused], 0), "it was free");
    let lost = told(1, 4, 5, Deed::See { taken: Vec::new() });
    assert!(!explained(&[first, lost], 0), "what was answered is lost");
}

/// Everything the officers share.
struct Stage {
    /// Where each server answers now.
    servers: Vec<Mutex<String>>,
    token: String,
    rooms: Vec<Room>,
    midnight: Timestamp,
    moments: AtomicUsize,
    bookings: AtomicUsize,
    told: Mutex<Vec<Told>>,
    more: Condvar,
}

/// A booking of an officer's own.
struct Own {
    booking: usize,
    room: usize,
    path: String,
    tag: String,
    at: u8,
}

/// What a server answered in the end.
struct Answered {
    status: u16,
    tag: String,
    body: Value,
}

impl Stage {
    fn moment(&self) -> usize {
        self.moments.fetch_add(1, Ordering::SeqCst)
    }

    fn api(&self, officer: usize) -> Api {
        let server = &self.servers[officer % self.servers.len()];
        let address = server.lock().unwrap().clone();
        Api::new(address.parse().unwrap(), Some(self.token.clone()))
    }

    fn slot(&self, at: u8) -> (String, String) {
        let instant = |quarter: u8| {
            let after = SignedDuration::from_mins(15 * i64::from(quarter));
            (self.midnight + after).to_string()
        };
        (instant(at), instant(at + LENGTH))
    }

    /// Asks until there is an answer: whoever gets none does not know what became of it.
    async fn ask(&self, officer: usize, ask: (&str, &str), key: &str, body: &Value) -> Answered {
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..6000 {
            ticks.tick().await;
            let mut request = self
                .api(officer)
                .request(ask.0.parse().unwrap(), ask.1)
                .timeout(Duration::from_secs(10));
            if ask.0 == "PATCH" {
                request = request.header("if-match", key);
            } else if ask.0 == "POST" {
                request = request.header("idempotency-key", key);
            }
            if ask.0 != "GET" {
                request = request.json(body);
            }
            let Ok(answer) = request.send().await else {
                continue;
            };
            let status = answer.status().as_u16();
            let tag = answer.headers().get("etag");
            let tag = tag.map_or("", |tag| tag.to_str().unwrap()).to_owned();
            let Ok(body) = answer.bytes().await else {
                continue;
            };
            if status < 500 {
                let body = serde_json::from_slice(&body).unwrap();
                return Answered { status, tag, body };
            }
        }
        panic!("nobody answers {ask:?}");
    }

    fn tell(&self, officer: usize, room: usize, asked: usize, deed: Deed) {
        let told = Told {
            room,
            officer,
            asked,
            answered: self.moment(),
            deed,
        };
        self.told.lock().unwrap().push(told);
        self.more.notify_all();
    }

    async fn book(&self, officer: usize, room: usize, at: u8, own: &mut Vec<Own>) {
        let booking = self.bookings.fetch_add(1, Ordering::SeqCst);
        let (starts_at, ends_at) = self.slot(at);
        let body = json!({
            "room_id": self.rooms[room].id.to_string(),
            "title": format!("Booking {booking}"),
            "starts_at": starts_at,
            "ends_at": ends_at,
        });
        let asked = self.moment();
        let key = format!("book-{booking}");
        let answer = self.ask(officer, ("POST", "bookings"), &key, &body).await;
        let done = answer.status == 201;
        assert!(done || answer.status == 409, "{}", answer.body);
        self.tell(officer, room, asked, Deed::Book { booking, at, done });
        if done {
            own.push(Own {
                booking,
                room,
                path: format!("bookings/{}", answer.body["id"].as_str().unwrap()),
                tag: answer.tag,
                at,
            });
        }
    }

    async fn move_to(&self, officer: usize, at: u8, own: &mut Own) {
        let (starts_at, ends_at) = self.slot(at);
        let body = json!({ "starts_at": starts_at, "ends_at": ends_at });
        let asked = self.moment();
        let ask = ("PATCH", own.path.as_str());
        let mut answer = self.ask(officer, ask, &own.tag, &body).await;
        if answer.status == 412 {
            // Nobody else changes it: it was done when its answer was lost.
            let ask = ("GET", own.path.as_str());
            answer = self.ask(officer, ask, "", &Value::Null).await;
            let there: Timestamp = answer.body["starts_at"].as_str().unwrap().parse().unwrap();
            assert_eq!(there, starts_at.parse().unwrap(), "a move by nobody");
        }
        let done = answer.status == 200;
        assert!(done || answer.status == 409, "{}", answer.body);
        let booking = own.booking;
        self.tell(officer, own.room, asked, Deed::Move { booking, at, done });
        if done {
            (own.at, own.tag) = (at, answer.tag);
        }
    }

    async fn cancel(&self, officer: usize, own: Own) {
        let asked = self.moment();
        let path = format!("{}/cancellation", own.path);
        let key = format!("cancel-{}", own.booking);
        let answer = self.ask(officer, ("POST", &path), &key, &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let booking = own.booking;
        self.tell(officer, own.room, asked, Deed::Cancel { booking });
    }

    async fn see(&self, officer: usize, room: usize) {
        let asked = self.moment();
        let path = format!("bookings?limit=500&room_id={}", self.rooms[room].id);
        let answer = self.ask(officer, ("GET", &path), "", &Value::Null).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        let live = answer.body["items"].as_array().unwrap().iter();
        let live = live.filter(|booking| booking["state"] == "confirmed");
        let mut taken: Vec<u8> = live
            .map(|booking| {
                let at: Timestamp = booking["starts_at"].as_str().unwrap().parse().unwrap();
                let minutes = at.duration_since(self.midnight).as_mins();
                u8::try_from(minutes / 15).unwrap()
            })
            .collect();
        taken.sort_unstable();
        self.tell(officer, room, asked, Deed::See { taken });
    }

    /// What one officer does, drawn from a seed.
    async fn day(&self, officer: usize, seed: u64) {
        let chance = Entropy::seeded(seed);
        let mut own: Vec<Own> = Vec::new();
        for _ in 0..DEEDS {
            let [what, room, at, which] = chance.bytes::<4>();
            let (room, at) = (usize::from(room) % ROOMS, at % BEGINNINGS);
            let which = usize::from(which) % own.len().max(1);
            match what % 10 {
                0..5 => self.book(officer, room, at, &mut own).await,
                5..7 if !own.is_empty() => self.move_to(officer, at, &mut own[which]).await,
                7..9 if !own.is_empty() => self.cancel(officer, own.remove(which)).await,
                _ => self.see(officer, room).await,
            }
        }
    }
}

/// Ends every connection to a `PostgreSQL` database, as its restart does: whoever was committing
/// does not hear whether it came to that.
const CUT: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                   WHERE datname = current_database() AND pid <> pg_backend_pid()";

/// Kills the servers in turn and starts them again, each time a part of the deeds is done; between
/// two kills a database that is a server loses its connections.
fn kill(stage: &Stage, place: &Place, mut servers: Vec<Running>, cut: impl Fn()) -> Vec<Running> {
    let part = OFFICERS * DEEDS / (KILLS + 1);
    for number in 1..=KILLS {
        let told = stage.told.lock().unwrap();
        let enough = |told: &mut Vec<Told>| told.len() >= number * part;
        drop(stage.more.wait_while(told, |told| !enough(told)).unwrap());
        if number % 2 == 0 {
            cut();
        }
        let which = number % servers.len();
        let server = servers.remove(which);
        server.signal("KILL");
        assert_eq!(server.end().0, None, "killed by the signal");
        let (server, address) = place.serve();
        *stage.servers[which].lock().unwrap() = address;
        servers.insert(which, server);
    }
    servers
}

async fn a_history_is_explained(database: TestDatabase, processes: usize, seed: u64) {
    let app = TestApp::with(Settings {
        database: Some(database),
        real_time: true,
        zoom: false,
        ..Settings::default()
    })
    .await;
    let company = app.company("halden").await;
    let olga = app.officer(&company, "olga").await;
    let mut rooms = Vec::new();
    for name in ["Aster", "Birke", "Clematis"] {
        rooms.push(app.room(&company, name).await);
    }
    let day = app.app.now().as_second().div_euclid(86_400) + 2;
    let place = over(app.database()).with("ONECLICKROOMS_RATE_LIMITS", "off");
    let started: Vec<_> = (0..processes).map(|_| place.serve()).collect();
    let (servers, addresses): (Vec<_>, Vec<_>) = started.into_iter().unzip();
    let stage = Stage {
        servers: addresses.into_iter().map(Mutex::new).collect(),
        token: olga.token.clone(),
        rooms,
        midnight: Timestamp::from_second(day * 86_400).unwrap(),
        moments: AtomicUsize::new(0),
        bookings: AtomicUsize::new(0),
        told: Mutex::default(),
        more: Condvar::new(),
    };
    let days = (0..OFFICERS).map(|officer| stage.day(officer, seed + officer as u64));
    let days = futures_util::future::join_all(days);
    let runtime = tokio::runtime::Handle::current();
    let cut = || {
        if processes > 1 {
            runtime.block_on(app.database().execute(CUT));
        }
    };
    let servers = std::thread::scope(|scope| {
        let killing = scope.spawn(|| kill(&stage, &place, servers, cut));
        tokio::task::block_in_place(|| runtime.block_on(days));
        killing.join().unwrap()
    });
    for room in 0..ROOMS {
        stage.see(0, room).await;
    }
    let told = stage.told.into_inner().unwrap();
    let done = |told: &&Told| matches!(told.deed, Deed::Book { done: true, .. });
    let refused = |told: &&Told| matches!(told.deed, Deed::Book { done: false, .. });
    assert!(told.iter().filter(done).count() > OFFICERS, "{told:?}");
    assert!(told.iter().filter(refused).count() > OFFICERS, "{told:?}");
    for room in 0..ROOMS {
        assert!(explained(&told, room), "seed {seed}, room {room}: {told:?}");
    }
    for server in servers {
        server.interrupt();
    }
    app.shut_down().await;
}

/// How many histories are looked at; a long run asks for more.
fn seeds() -> impl Iterator<Item = u64> {
    let number = std::env::var("ONECLICKROOMS_TEST_HISTORIES");
    let number: u64 = number.map_or(1, |text| text.parse().expect("a number"));
    (0..number).map(|history| history * 100)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_have_an_order_that_explains_them_on_sqlite() {
    for seed in seeds() {
        a_history_is_explained(TestDatabase::sqlite(), 1, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_of_two_servers_have_an_order_that_explains_them_on_postgres() {
    for seed in seeds() {
        if let Some(database) = TestDatabase::postgres().await {
            a_history_is_explained(database, 2, seed).await;
        }
    }
}
