//! A server that is killed inside a chosen system call, or whose disk refuses one.
//!
//! `strace` is attached once the server is ready and strikes at the call that is counted to. Who
//! was answered finds everything as it was answered; who was not asks again with the same key, and
//! there is one booking, not two.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use rooms_core::room::Room;
use rooms_testkit::{Api, Settings, TestApp, TestDatabase, TestPerson};
use serde_json::{Value, json};

use crate::commands::over;
use crate::crash::until;

/// The most bookings asked for before the server has to be dead.
const BOOKINGS: i64 = 40;

struct Stage {
    app: TestApp,
    olga: TestPerson,
    room: Room,
}

impl Stage {
    async fn new(database: TestDatabase) -> Self {
        let app = TestApp::with(Settings {
            database: Some(database),
            real_time: true,
            zoom: false,
            ..Settings::default()
        })
        .await;
        let company = app.company("halden").await;
        let olga = app.officer(&company, "olga").await;
        let room = app.room(&company, "Aster").await;
        Self { app, olga, room }
    }

    fn api(&self, address: &str) -> Api {
        Api::new(address.parse().unwrap(), Some(self.olga.token.clone()))
    }

    /// Half an hour in the room, in a week, so many hours later.
    fn wish(&self, hours: i64) -> Value {
        let hour = self.app.app.now().as_second() / 3600 + 7 * 24 + hours;
        let at = |minutes: i64| Timestamp::from_second(hour * 3600 + minutes * 60).unwrap();
        json!({
            "room_id": self.room.id.to_string(),
            "title": format!("number {hours}"),
            "starts_at": at(0).to_string(),
            "ends_at": at(30).to_string(),
        })
    }
}

/// Kills a server inside the system call that is counted to, and looks at what is left.
async fn survives(stage: &Stage, call: &str, count: u32) {
    let place = over(stage.app.database());
    let (server, address) = place.serve();
    let strace = server.strace(&format!("inject={call}:signal=SIGKILL:when={count}"));
    let api = stage.api(&address);
    let mut asked = Vec::new();
    let mut answered = BTreeMap::new();
    for hours in 0..BOOKINGS {
        let wish = stage.wish(i64::from(count) * 50 + hours);
        let key = format!("{call}-{count}-{hours}");
        let request = api.request("POST".parse().unwrap(), "bookings");
        let request = request.header("idempotency-key", &key).json(&wish);
        asked.push((key.clone(), wish));
        let Ok(answer) = request.send().await else {
            break;
        };
        assert_eq!(answer.status().as_u16(), 201);
        let Ok(body) = answer.bytes().await else {
            break;
        };
        let booking: Value = serde_json::from_slice(&body).unwrap();
        answered.insert(key, booking["id"].clone());
    }
    assert_eq!(server.end().0, None, "{call} was not called {count} times");
    drop(strace);

    let (server, address) = place.serve();
    let api = stage.api(&address);
    let mut ids = Vec::new();
    for (key, wish) in &asked {
        let booking = api.post_once("bookings", key, wish).await.ok(201);
        if let Some(id) = answered.get(key) {
            assert_eq!(&booking["id"], id, "what was answered is there: {key}");
        }
        ids.push(booking["id"].clone());
    }
    let first = stage.wish(i64::from(count) * 50)["starts_at"].clone();
    let path = format!("bookings?limit=500&from={}", first.as_str().unwrap());
    let page = api.get(&path).await.ok(200);
    let there = page["items"].as_array().unwrap().iter();
    let there: Vec<Value> = there.map(|booking| booking["id"].clone()).collect();
    assert_eq!(there, ids, "each once, in the order of their times");
    server.interrupt();
}

/// The counts to strike at; a long run asks for more.
fn counts() -> Vec<u32> {
    let most = std::env::var("ONECLICKROOMS_TEST_KILLS");
    let most: Option<u32> = most.ok().map(|text| text.parse().expect("a number"));
    // Later ones last, so that each begins where no earlier one has booked.
    most.map_or_else(|| vec![1, 2, 4, 7], |most| (1..=most).collect())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_inside_any_write_to_the_file_loses_nothing_that_was_answered() {
    for call in ["pwrite64", "fsync,fdatasync"] {
        let stage = Stage::new(TestDatabase::sqlite()).await;
        for count in counts() {
            survives(&stage, call, count).await;
        }
        stage.app.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_while_anything_is_sent_to_the_server_loses_nothing_that_was_answered() {
    if let Some(database) = TestDatabase::postgres().await {
        let stage = Stage::new(database).await;
        for count in counts() {
            survives(&stage, "sendto", 3 * count).await;
        }
        stage.app.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fails_to_keep_what_it_took_is_said_and_heals() {
    let stage = Stage::new(TestDatabase::sqlite()).await;
    let place = over(stage.app.database());
    let (server, address) = place.serve();
    let api = stage.api(&address);
    api.post("bookings", &stage.wish(0)).await.ok(201);
    let strace = server.strace("inject=fsync,fdatasync:error=EIO");
    let wish = stage.wish(1);
    let refused = api.post_once("bookings", "1", &wish).await;
    refused.problem(503, "unavailable");
    assert_eq!(api.get("/readyz").await.status, 503, "at once");
    drop(strace);
    until("it is ready again by itself", async || {
        api.get("/readyz").await.status == 200
    })
    .await;
    api.post_once("bookings", "1", &wish).await.ok(201);
    let page = api.get("bookings").await.ok(200);
    assert_eq!(page["items"].as_array().unwrap().len(), 2);
    server.interrupt();
    stage.app.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_slow_turns_health_red_in_time_and_loses_nothing() {
    let stage = Stage::new(TestDatabase::sqlite()).await;
    let place = over(stage.app.database());
    let (server, address) = place.serve();
    let api = stage.api(&address);
    let strace = server.strace("inject=fsync,fdatasync:delay_enter=6000000:when=1");
    let wish = stage.wish(0);
    let (slow, health) = tokio::join!(api.post("bookings", &wish), async {
        let asked = tokio::time::timeout(Duration::from_secs(5), api.get("/readyz"));
        asked.await.expect("an answer within five seconds").status
    });
    slow.ok(201);
    assert_eq!(health, 503);
    drop(strace);
    assert_eq!(api.get("/readyz").await.status, 200);
    server.interrupt();
    stage.app.shut_down().await;
}
