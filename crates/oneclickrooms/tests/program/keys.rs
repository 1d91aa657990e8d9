//! A change of the master key under servers that are in use.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rooms_core::booking::Conference;
use rooms_testkit::app::ZOOM_MARA;
use rooms_testkit::{Api, Settings, TestApp, TestDatabase};
use serde_json::json;
use tokio::sync::RwLock;

use crate::commands::databases;
use crate::crash::{place, until};
use crate::process::{Place, Running};

const OLD: &str = crate::process::MASTER_KEY;
const NEW: &str = "CAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg=";
const KEY: &str = "ONECLICKROOMS_MASTER_KEY";
const OTHER: &str = "ONECLICKROOMS_MASTER_KEY_OTHER";

async fn stage(database: TestDatabase) -> TestApp {
    TestApp::with(Settings {
        database: Some(database),
        real_time: true,
        ..Settings::default()
    })
    .await
}

/// Servers behind a balancer, which sends nothing to one that is being restarted.
struct Servers {
    places: Vec<Place>,
    running: Vec<Option<Running>>,
    open: Arc<RwLock<Vec<Option<String>>>>,
}

impl Servers {
    fn start(places: Vec<Place>) -> Self {
        let (running, open) = places
            .iter()
            .map(|place| {
                let (server, address) = place.serve();
                (Some(server), Some(address))
            })
            .unzip();
        Self {
            places,
            running,
            open: Arc::new(RwLock::new(open)),
        }
    }

    /// Restarts one after the other with other keys.
    async fn roll(&mut self, key: &str, other: &str) {
        for number in 0..self.places.len() {
            // Whoever is being answered holds the lock.
            self.open.write().await[number] = None;
            self.running[number].take().unwrap().interrupt();
            self.places[number].set(KEY, key);
            self.places[number].set(OTHER, other);
            let (server, address) = self.places[number].serve();
            self.running[number] = Some(server);
            self.open.write().await[number] = Some(address);
        }
    }
}

/// Books a room with Zoom again and again, at whichever server is open, until there is enough;
/// gives the ids.
pub(crate) async fn book(
    open: Arc<RwLock<Vec<Option<String>>>>,
    enough: Arc<AtomicBool>,
    (token, room, now): (String, String, jiff::Timestamp),
) -> Vec<String> {
    let hour = now.as_second() / 3600 + 24;
    let mut ids = Vec::new();
    let mut ticks = tokio::time::interval(Duration::from_millis(250));
    for number in 0.. {
        ticks.tick().await;
        if enough.load(Ordering::Relaxed) {
            break;
        }
        let open = open.read().await;
        let addresses: Vec<_> = open.iter().flatten().collect();
        let address = addresses[number % addresses.len()];
        let at = |minutes: i64| {
            let half_hour = i64::try_from(number).unwrap() * 30;
            jiff::Timestamp::from_second(hour * 3600 + (half_hour + minutes) * 60).unwrap()
        };
        let wish = json!({
            "room_id": room,
            "title": format!("number {number}"),
            "starts_at": at(0).to_string(),
            "ends_at": at(30).to_string(),
            "conference": "zoom",
        });
        let api = Api::new(address.parse().unwrap(), Some(token.clone()));
        let booked = api.post("bookings", &wish).await.ok(201);
        ids.push(booked["id"].as_str().unwrap().to_owned());
    }
    ids
}

/// How many bookings there are, of those a page holds at most.
pub(crate) async fn booked(api: &Api) -> usize {
    let page = api.get("bookings?limit=500").await.ok(200);
    page["items"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_change_the_master_key_while_people_book() {
    let Some(database) = TestDatabase::postgres().await else {
        return;
    };
    let stage = stage(database).await;
    let company = stage.company("halden").await;
    let olga = stage.officer(&company, "olga").await;
    let room = stage.room(&company, "Aster").await;
    stage.connect_zoom(&olga, ZOOM_MARA).await;
    let mut servers = Servers::start(vec![place(&stage), place(&stage)]);
    let enough = Arc::new(AtomicBool::new(false));
    let what = (olga.token.clone(), room.id.to_string(), stage.app.now());
    let booking = tokio::spawn(book(Arc::clone(&servers.open), Arc::clone(&enough), what));

    let booked_on = async |servers: &Servers| {
        let address = servers.open.read().await[0].clone().unwrap();
        let api = Api::new(address.parse().unwrap(), Some(olga.token.clone()));
        let before = booked(&api).await;
        until("people book on", async || booked(&api).await > before + 1).await;
    };

    booked_on(&servers).await;
    servers.roll(OLD, NEW).await;
    booked_on(&servers).await;
    servers.roll(NEW, OLD).await;
    booked_on(&servers).await;
    let status = servers.places[0].run(&["keys", "status"]);
    assert_eq!(status.code, Some(3), "{status:?}");
    assert!(status.stderr.contains("both keys are needed"), "{status:?}");
    let rewrapped = servers.places[1].run(&["keys", "rewrap"]);
    let said = rewrapped.good();
    // Three of the installation, the company, the connection.
    assert!(said.contains("5 of 5 wrapped anew"), "{said}");
    assert!(said.contains("Nothing needs the other key"), "{said}");
    for secret in [OLD, NEW] {
        assert!(!said.contains(secret.trim_end_matches('=')), "{said}");
    }
    servers.roll(NEW, "").await;
    booked_on(&servers).await;

    enough.store(true, Ordering::Relaxed);
    let ids = booking.await.unwrap();
    let address = servers.open.read().await[0].clone().unwrap();
    let api = Api::new(address.parse().unwrap(), Some(olga.token.clone()));
    for id in &ids {
        until("the link is there", async || {
            let booking = api.get(&format!("bookings/{id}")).await.ok(200);
            booking["meeting"]["join_url"].is_string()
        })
        .await;
    }
    assert_eq!(stage.sim.meetings().len(), ids.len(), "one each");
    servers.places[0].set(KEY, OLD);
    let refused = servers.places[0].run(&["serve"]);
    let why = refused.refusal();
    assert!(why.contains("the master key is not the one"), "{why}");
    for server in servers.running.into_iter().flatten() {
        server.interrupt();
    }
    stage.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_wrapped_anew_under_one_running_server() {
    for database in databases().await {
        let stage = stage(database).await;
        let company = stage.company("halden").await;
        let olga = stage.officer(&company, "olga").await;
        let room = stage.room(&company, "Aster").await;
        stage.connect_zoom(&olga, ZOOM_MARA).await;
        stage.book(&olga, &room, 24, Some(Conference::Zoom)).await;
        stage.run_jobs().await;
        let mut place = place(&stage);
        let alone = place.run(&["keys", "status"]);
        let said = alone.good();
        assert!(said.starts_with(&format!("{KEY} ")), "{said}");
        assert!(said.contains("wraps 5 (1 of companies, 1 of connections, 3 of the installation)"));

        place.set(KEY, NEW);
        place.set(OTHER, OLD);
        let (server, address) = place.serve();
        place.run(&["keys", "rewrap"]).good();
        let again = place.run(&["keys", "rewrap"]);
        assert!(again.good().contains("There is nothing to wrap anew"));
        let api = Api::new(address.parse().unwrap(), Some(olga.token.clone()));
        let page = api.get("bookings").await.ok(200);
        assert!(
            page["items"][0]["meeting"]["join_url"].is_string(),
            "{page}"
        );
        server.interrupt();

        place.set(OTHER, "");
        let verified = place.run(&["audit", "verify"]);
        assert!(verified.good().contains("installation: 1 entries hold"));
        let (server, _) = place.serve();
        server.interrupt();
        stage.shut_down().await;
    }
}

#[test]
fn two_master_keys_are_two() {
    let mut place = Place::new().with(OTHER, OLD);
    let same = place.run(&["serve"]);
    assert!(same.refusal().contains("is the same key"), "{same:?}");
    assert!(!same.stderr.contains(OLD), "{same:?}");
    place.set(KEY, "");
    let alone = place.run(&["serve"]);
    assert!(
        alone
            .refusal()
            .contains("has to be set beside the master key"),
        "{alone:?}"
    );
}
