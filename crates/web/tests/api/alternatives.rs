//! What is free instead, in every refusal.

use serde_json::json;

use crate::support::{House, at, text};

#[tokio::test]
async fn a_taken_room_is_refused_with_what_is_free() {
    let house = House::new().await;
    house.booked(2).await;
    let answer = house.jonas().post("bookings", &house.wish(2)).await;
    let problem = answer.problem(409, "room-taken");
    let offered = problem["alternatives"].as_array().unwrap();
    assert!(!offered.is_empty());
    for offer in offered {
        let again = json!({
            "room_id": offer["room_id"],
            "title": "Instead",
            "starts_at": offer["starts_at"],
            "ends_at": offer["ends_at"],
        });
        let booking = house.jonas().post("bookings", &again).await.ok(201);
        let path = format!("bookings/{}/cancellation", text(&booking["id"]));
        house.jonas().post(&path, &json!({})).await.ok(200);
    }
}

#[tokio::test]
async fn a_change_into_a_taken_slot_offers_others_too() {
    let house = House::new().await;
    house.booked(2).await;
    let (path, _) = house.booked(4).await;
    let change = json!({ "starts_at": at(&house.app, 120), "ends_at": at(&house.app, 150) });
    let problem = house
        .mara()
        .patch(&path, None, &change)
        .await
        .problem(409, "room-taken");
    assert!(!problem["alternatives"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn one_free_slot_within_seven_days_is_found() {
    let house = House::new().await;
    let other = house.app.room(&house.company, "Birke").await;
    let admin = house.admin();
    // Both rooms, day after day, but for 40 minutes in the sixth night.
    let gap = (6 * 24 * 60 + 130, 6 * 24 * 60 + 170);
    let mut from = 0;
    while from < 16 * 24 * 60 {
        let to = if from < gap.0 {
            gap.0.min(from + 1440)
        } else {
            from + 1440
        };
        for room in [&house.room, &other] {
            let in_the_gap = from == gap.0 && room.id == house.room.id;
            let starts_at = if in_the_gap { gap.1 } else { from };
            let body = json!({
                "room_id": room.id.to_string(),
                "title": "Away",
                "starts_at": at(&house.app, starts_at),
                "ends_at": at(&house.app, to),
            });
            admin.post("bookings", &body).await.ok(201);
        }
        from = to;
    }
    let wanted = json!([{
        "room_id": house.room.id.to_string(),
        "starts_at": at(&house.app, gap.0),
        "ends_at": at(&house.app, gap.0 + 40),
    }]);
    let body = json!({
        "room_id": other.id.to_string(),
        "title": "Where",
        "starts_at": at(&house.app, 60),
        "ends_at": at(&house.app, 100),
    });
    let problem = admin
        .post("bookings", &body)
        .await
        .problem(409, "room-taken");
    assert_eq!(problem["alternatives"], wanted);

    // A change that does not fit is offered the same; a longer one finds nothing that long.
    let last = admin.get("bookings?limit=500").await.ok(200)["items"].clone();
    let last = last.as_array().unwrap().last().unwrap().clone();
    let path = format!("bookings/{}", text(&last["id"]));
    let move_to = json!({ "starts_at": body["starts_at"], "ends_at": body["ends_at"] });
    let problem = admin
        .patch(&path, None, &move_to)
        .await
        .problem(409, "room-taken");
    assert_eq!(problem["alternatives"], wanted);
    let longer = json!({ "starts_at": at(&house.app, 60), "ends_at": at(&house.app, 101) });
    let problem = admin
        .patch(&path, None, &longer)
        .await
        .problem(409, "room-taken");
    assert_eq!(problem["alternatives"], json!([]));
}
