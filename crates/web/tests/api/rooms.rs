//! Sites and rooms.

use serde_json::json;

use crate::support::{House, pointers, text};

#[tokio::test]
async fn an_admin_adds_a_site_and_a_room() {
    let house = House::new().await;
    let admin = house.admin();
    let answer = admin
        .post(
            "sites",
            &json!({ "name": "Lakeside", "time_zone": "Asia/Tokyo" }),
        )
        .await;
    let site = answer.ok(201);
    assert_eq!(
        answer.header("location"),
        format!("/api/v1/sites/{}", text(&site["id"]))
    );
    assert_eq!(admin.get(answer.header("location")).await.ok(200), site);
    let body = json!({
        "site_id": site["id"],
        "name": " Birke ",
        "capacity": 4,
        "equipment": ["Whiteboard", "screen", "screen"],
    });
    let answer = admin.post_once("rooms", "key-1", &body).await;
    let room = answer.ok(201);
    let day = json!({ "from": "00:00", "minutes": 1440 });
    assert_eq!(
        room,
        json!({
            "id": room["id"],
            "site_id": site["id"],
            "name": "Birke",
            "capacity": 4,
            "equipment": ["screen", "whiteboard"],
            "bookable_hours": [day, day, day, day, day, day, day],
            "time_zone": "Asia/Tokyo",
            "state": "open",
            "revision": 1,
        })
    );
    assert_eq!(answer.header("etag"), "\"1\"");
    assert_eq!(admin.get(answer.header("location")).await.ok(200), room);
    assert_eq!(admin.post_once("rooms", "key-1", &body).await.ok(201), room);
    let other = json!({ "site_id": site["id"], "name": "Other", "capacity": 4 });
    let answer = admin.post_once("rooms", "key-1", &other).await;
    answer.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn a_site_is_added_once_with_a_zone_that_exists() {
    let house = House::new().await;
    let admin = house.admin();
    let body = json!({ "name": "Lakeside", "time_zone": "Europe/Zurich" });
    let first = admin.post_once("sites", "key", &body).await.ok(201);
    assert_eq!(admin.post_once("sites", "key", &body).await.ok(201), first);
    for (body, places) in [
        (
            json!({ "name": "x", "time_zone": "Europe/Atlantis" }),
            vec!["#/time_zone"],
        ),
        (
            json!({ "name": " ", "time_zone": "" }),
            vec!["#/name", "#/time_zone"],
        ),
        (
            json!({ "name": "x".repeat(101), "time_zone": "UTC" }),
            vec!["#/name"],
        ),
        (json!({ "name": "x" }), vec!["#/time_zone"]),
    ] {
        let problem = admin.post("sites", &body).await.problem(422, "invalid");
        assert_eq!(pointers(&problem), places, "{body}");
    }
}

#[tokio::test]
async fn a_room_is_checked_whole() {
    let house = House::new().await;
    let admin = house.admin();
    let site = house.company.site.to_string();
    let day = json!({ "from": "08:00", "minutes": 600 });
    let none = json!([day, day, day, day, { "from": "18:00", "minutes": 0 }, null, null]);
    for (field, value) in [
        ("name", json!("")),
        ("capacity", json!(0)),
        ("capacity", json!(10_001)),
        ("capacity", json!(2.5)),
        ("capacity", json!("8")),
        ("equipment", json!(["a\u{0}"])),
        ("equipment", json!(["x".repeat(41)])),
        ("bookable_hours", json!([day])),
        ("bookable_hours", none),
    ] {
        let mut body = json!({ "site_id": site, "name": "Birke", "capacity": 4 });
        body[field] = value;
        let problem = admin.post("rooms", &body).await.problem(422, "invalid");
        assert_eq!(pointers(&problem), [format!("#/{field}")], "{body}");
    }
    // A site that is not there comes before what else is wrong.
    let body = json!({ "site_id": format!("si_{}", "0".repeat(32)), "name": "", "capacity": 0 });
    admin.post("rooms", &body).await.problem(404, "not-found");
}

#[tokio::test]
async fn a_change_of_a_room_is_made_to_what_was_read() {
    let house = House::new().await;
    let admin = house.admin();
    let path = format!("rooms/{}", house.room.id);
    let tag = admin.get(&path).await.header("etag").to_owned();
    let change = json!({ "name": "Aster II", "capacity": 10 });
    let changed = admin.patch(&path, Some(&tag), &change).await.ok(200);
    assert_eq!(
        (&changed["name"], &changed["capacity"]),
        (&json!("Aster II"), &json!(10))
    );
    assert_eq!(changed["equipment"], json!(["screen"]));
    admin
        .patch(&path, Some(&tag), &json!({ "capacity": "x" }))
        .await
        .problem(412, "stale");
    admin
        .patch(&path, None, &json!({ "capacity": 0 }))
        .await
        .problem(422, "invalid");
    let far = json!({ "site_id": format!("si_{}", "0".repeat(32)) });
    admin
        .patch(&path, None, &far)
        .await
        .problem(404, "not-found");
    // An officer is told that before anything else.
    house
        .mara()
        .patch(&path, Some("\"9\""), &json!({ "x": 1 }))
        .await
        .problem(403, "forbidden");
    // A booking does not change the room.
    let tag = admin.get(&path).await.header("etag").to_owned();
    house.booked(1).await;
    admin
        .patch(&path, Some(&tag), &json!({ "capacity": 12 }))
        .await
        .ok(200);
}

#[tokio::test]
async fn a_retired_room_keeps_its_bookings_and_takes_no_more() {
    let house = House::new().await;
    let path = format!("rooms/{}", house.room.id);
    let (booking, _) = house.booked(1).await;
    let room = house
        .admin()
        .patch(&path, None, &json!({ "state": "retired" }))
        .await
        .ok(200);
    assert_eq!(room["state"], "retired");
    house.mara().get(&booking).await.ok(200);
    let problem = house
        .mara()
        .post("bookings", &house.wish(3))
        .await
        .problem(422, "invalid");
    assert_eq!(pointers(&problem), ["#/room_id"]);
}

#[tokio::test]
async fn hours_are_those_of_the_wall_at_the_site() {
    let house = House::new().await;
    let path = format!("rooms/{}", house.room.id);
    let day = json!({ "from": "08:00", "minutes": 630 });
    let week = json!([day, day, day, day, day, null, null]);
    let change = json!({ "bookable_hours": week });
    assert_eq!(
        house.admin().patch(&path, None, &change).await.ok(200)["bookable_hours"],
        week
    );
    // Monday, nine o'clock in Berlin; ten hours later the room is closed.
    house.mara().post("bookings", &house.wish(1)).await.ok(201);
    let problem = house
        .mara()
        .post("bookings", &house.wish(10))
        .await
        .problem(422, "invalid");
    assert_eq!(pointers(&problem), ["#/starts_at"]);
}
