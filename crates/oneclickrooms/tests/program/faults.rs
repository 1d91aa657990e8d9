//! The disk is full under a running server, and then has room again.

use rooms_core::room::Room;
use rooms_testkit::{Api, Settings, TestApp, TestDatabase, TestPerson};
use serde_json::{Value, json};

use crate::commands::over;

/// A company with an officer and a room, made before the server starts.
async fn stage() -> (TestApp, TestPerson, Room) {
    let stage = TestApp::with(Settings {
        database: Some(TestDatabase::sqlite()),
        real_time: true,
        ..Settings::default()
    })
    .await;
    let company = stage.company("halden").await;
    let olga = stage.officer(&company, "olga").await;
    let room = stage.room(&company, "Aster").await;
    (stage, olga, room)
}

/// Half an hour in the room, tomorrow, so many hours later.
fn wish(stage: &TestApp, room: &Room, hours: i64) -> Value {
    let hour = stage.app.now().as_second() / 3600 + 24 + hours;
    let at = |minutes: i64| jiff::Timestamp::from_second(hour * 3600 + minutes * 60).unwrap();
    json!({
        "room_id": room.id.to_string(),
        "title": format!("number {hours}"),
        "starts_at": at(0).to_string(),
        "ends_at": at(30).to_string(),
    })
}

async fn titles(api: &Api) -> Vec<String> {
    let page = api.get("bookings").await.ok(200);
    let items = page["items"].as_array().unwrap();
    let title = |item: &Value| item["title"].as_str().unwrap().to_owned();
    items.iter().map(title).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_said_and_costs_nothing_that_was_answered() {
    let (stage, olga, room) = stage().await;
    let place = over(stage.database());
    let (server, address) = place.serve_on_a_disk();
    let api = Api::new(address.parse().unwrap(), Some(olga.token.clone()));
    let book = async |hours| api.post("bookings", &wish(&stage, &room, hours)).await;
    book(0).await.ok(201);
    assert_eq!(api.get("/readyz").await.status, 200);

    server.disk("0");
    let refused = tokio::join!(book(1), book(2), book(3), book(4), book(5));
    let refused: [_; 5] = refused.into();
    for answer in refused {
        let problem = answer.problem(503, "unavailable");
        assert!(
            problem["detail"].as_str().unwrap().contains("Try again"),
            "{problem}"
        );
    }
    assert_eq!(api.get("/readyz").await.status, 503);
    assert_eq!(
        api.get("/healthz").await.status,
        200,
        "it is not to be killed for it"
    );
    assert_eq!(
        titles(&api).await,
        ["number 0"],
        "what is there can be read"
    );

    server.disk("unlimited");
    assert_eq!(api.get("/readyz").await.status, 200, "by itself");
    book(6).await.ok(201);
    assert_eq!(titles(&api).await, ["number 0", "number 6"]);

    server.signal("KILL");
    assert_eq!(server.end().0, None);
    let (server, address) = place.serve();
    let api = Api::new(address.parse().unwrap(), Some(olga.token.clone()));
    assert_eq!(titles(&api).await, ["number 0", "number 6"]);
    for hours in 1..6 {
        let again = api.post("bookings", &wish(&stage, &room, hours)).await;
        again.ok(201);
    }
    server.interrupt();
    stage.shut_down().await;
}
