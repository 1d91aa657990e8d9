//! Booking, changing and cancelling.

use serde_json::json;

use crate::support::{House, at, pointers, text, with};

#[tokio::test]
async fn a_booking_shows_everything_the_contract_names() {
    let house = House::new().await;
    let wish = with(&house.wish(2), "invitees", json!(["Ines@Example.com"]));
    let answer = house.mara().post("bookings", &wish).await;
    let booking = answer.ok(201);
    let path = format!("/api/v1/bookings/{}", text(&booking["id"]));
    assert_eq!(answer.header("location"), path);
    assert_eq!(answer.header("etag"), "\"1\"");
    let mara = json!({
        "id": house.mara.id().to_string(),
        "name": "Mara",
        "email": "mara@halden.example",
    });
    let now = house.app.app.now().to_string();
    assert_eq!(
        booking,
        json!({
            "id": booking["id"],
            "room_id": house.room.id.to_string(),
            "title": "Budget",
            "starts_at": wish["starts_at"],
            "ends_at": wish["ends_at"],
            "time_zone": "Europe/Berlin",
            "state": "confirmed",
            "organizer": mara,
            "booker": mara,
            "invitees": ["ines@example.com"],
            "conference": null,
            "meeting": null,
            "revision": 1,
            "created_at": now,
            "updated_at": now,
            "cancelled_at": null,
            "cancel_reason": null,
        })
    );
    assert_eq!(house.jonas().get(&path).await.ok(200), booking);
}

#[tokio::test]
async fn somebody_is_booked_for_by_id_or_by_address() {
    let house = House::new().await;
    for (hours, who) in [
        (1, house.jonas.id().to_string()),
        (2, "JONAS@halden.example".into()),
    ] {
        let wish = with(&house.wish(hours), "organizer", who);
        let booking = house.mara().post("bookings", &wish).await.ok(201);
        assert_eq!(booking["organizer"]["id"], house.jonas.id().to_string());
        assert_eq!(booking["booker"]["id"], house.mara.id().to_string());
    }
    for who in [
        "nobody@halden.example",
        "pe_00000000000000000000000000000000",
        "?",
    ] {
        let answer = house
            .mara()
            .post("bookings", &with(&house.wish(3), "organizer", who))
            .await;
        assert_eq!(
            pointers(&answer.problem(404, "not-found")),
            ["#/organizer"],
            "{who}"
        );
    }
}

#[tokio::test]
async fn every_bad_time_is_named() {
    let house = House::new().await;
    let minutes = |n| at(&house.app, n);
    for (starts_at, ends_at, place) in [
        (minutes(-120), minutes(-60), "#/starts_at"),
        (minutes(60), minutes(60), "#/ends_at"),
        (minutes(60), minutes(30), "#/ends_at"),
        (
            minutes(600 * 24 * 60),
            minutes(600 * 24 * 60 + 30),
            "#/starts_at",
        ),
        (minutes(60), minutes(60 + 24 * 60 + 1), "#/ends_at"),
        (
            "2026-12-01T09:00:30Z".into(),
            "2026-12-01T10:00:00Z".into(),
            "#/starts_at",
        ),
        (
            "2026-12-01T09:00:00".into(),
            "2026-12-01T10:00:00Z".into(),
            "#/starts_at",
        ),
        (
            "tomorrow".into(),
            "2026-12-01T10:00:00Z".into(),
            "#/starts_at",
        ),
        (String::new(), "2026-12-01T10:00:00Z".into(), "#/starts_at"),
        (
            "2026-12-01T09:00:00Z".into(),
            "2026-13-01T10:00:00Z".into(),
            "#/ends_at",
        ),
    ] {
        let wish = with(&house.wish(1), "starts_at", starts_at.as_str());
        let wish = with(&wish, "ends_at", ends_at.as_str());
        let problem = house
            .mara()
            .post("bookings", &wish)
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), [place], "{starts_at} {ends_at}");
    }
}

#[tokio::test]
async fn four_hundred_days_ahead_and_any_minute_can_be_booked() {
    let house = House::new().await;
    let wish = with(
        &house.wish(0),
        "starts_at",
        at(&house.app, 400 * 24 * 60 + 7),
    );
    let wish = with(&wish, "ends_at", at(&house.app, 400 * 24 * 60 + 8));
    house.mara().post("bookings", &wish).await.ok(201);
}

#[tokio::test]
async fn titles_are_one_visible_line() {
    let house = House::new().await;
    for title in [
        "",
        "  ",
        "a\u{0}b",
        "a\nb",
        "a\n",
        "\tb",
        "a\u{202e}b",
        &"é".repeat(201),
    ] {
        let wish = with(&house.wish(1), "title", title);
        let problem = house
            .mara()
            .post("bookings", &wish)
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), ["#/title"], "{title:?}");
    }
    let html = "<script>alert(1)</script> & \"co\"";
    let booking = house
        .mara()
        .post("bookings", &with(&house.wish(1), "title", html))
        .await
        .ok(201);
    assert_eq!(booking["title"], html);
    let long = "é".repeat(200);
    let wish = with(&house.wish(2), "title", format!(" {long} "));
    assert_eq!(
        house.mara().post("bookings", &wish).await.ok(201)["title"],
        long
    );
}

#[tokio::test]
async fn a_room_that_is_not_there_comes_before_what_else_is_wrong() {
    let house = House::new().await;
    let unknown = "rm_00000000000000000000000000000000";
    for room in [unknown, "nonsense", ""] {
        let wish = with(&house.wish(1), "room_id", room);
        house
            .mara()
            .post("bookings", &wish)
            .await
            .problem(404, "not-found");
        let wish = with(&wish, "title", 7);
        house
            .mara()
            .post("bookings", &wish)
            .await
            .problem(404, "not-found");
    }
    let (path, _) = house.booked(1).await;
    house
        .mara()
        .patch(&path, None, &json!({ "room_id": unknown }))
        .await
        .problem(404, "not-found");
}

#[tokio::test]
async fn a_repeated_request_has_one_effect_and_one_answer() {
    let house = House::new().await;
    let wish = house.wish(1);
    let first = house.mara().post_once("bookings", "key-1", &wish).await;
    let again = house.mara().post_once("bookings", "key-1", &wish).await;
    assert_eq!(first.ok(201), again.ok(201));
    assert_eq!(first.header("location"), again.header("location"));
    let other = with(&wish, "title", "Something else");
    let answer = house.mara().post_once("bookings", "key-1", &other).await;
    answer.problem(422, "idempotency-key-reused");
    // The key is the person's own.
    let answer = house.jonas().post_once("bookings", "key-1", &wish).await;
    answer.problem(409, "room-taken");
    // What was refused does not use the key up.
    let wrong = with(&house.wish(2), "title", "");
    house
        .mara()
        .post_once("bookings", "key-2", &wrong)
        .await
        .problem(422, "invalid");
    house
        .mara()
        .post_once("bookings", "key-2", &house.wish(2))
        .await
        .ok(201);
    for key in ["with a space", &"k".repeat(201)] {
        let answer = house
            .mara()
            .post_once("bookings", key, &house.wish(3))
            .await;
        assert_eq!(
            pointers(&answer.problem(422, "invalid")),
            ["Idempotency-Key"]
        );
    }
    let listed = house.mara().get("bookings").await.ok(200);
    assert_eq!(listed["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn requests_side_by_side_with_one_key_make_one_booking() {
    let house = House::new().await;
    let (api, wish) = (house.mara(), house.wish(1));
    let once = || api.post_once("bookings", "key-1", &wish);
    let (a, b, c) = tokio::join!(once(), once(), once());
    assert_eq!(a.ok(201), b.ok(201));
    assert_eq!(b.ok(201), c.ok(201));
}

#[tokio::test]
async fn a_change_is_made_to_what_was_read() {
    let house = House::new().await;
    let (path, _) = house.booked(1).await;
    let mara = house.mara();
    let tag = mara.get(&path).await.header("etag").to_owned();
    let changed = mara
        .patch(&path, Some(&tag), &json!({ "title": "Plan" }))
        .await;
    assert_eq!(
        (&changed.ok(200)["title"], changed.header("etag")),
        (&json!("Plan"), "\"2\"")
    );
    mara.patch(&path, Some(&tag), &json!({ "title": "X" }))
        .await
        .problem(412, "stale");
    // A stale tag is said before anything about the body.
    mara.patch(&path, Some(&tag), &json!({ "title": 7 }))
        .await
        .problem(412, "stale");
    mara.patch(&path, Some("W/\"2\""), &json!({ "title": "X" }))
        .await
        .problem(412, "stale");
    mara.patch(&path, Some("*"), &json!({ "title": "Any" }))
        .await
        .ok(200);
    mara.patch(&path, None, &json!({ "title": "Without" }))
        .await
        .ok(200);
    // What changes nothing is no change.
    let same = mara
        .patch(&path, None, &json!({ "title": "Without" }))
        .await;
    assert_eq!(
        (same.ok(200)["revision"].as_i64(), same.header("etag")),
        (Some(4), "\"4\"")
    );
}

#[tokio::test]
async fn a_change_keeps_what_it_does_not_name() {
    let house = House::new().await;
    let wish = with(&house.wish(1), "invitees", json!(["a@x.example"]));
    let before = house.mara().post("bookings", &wish).await.ok(201);
    let path = format!("bookings/{}", text(&before["id"]));
    let change = json!({ "ends_at": at(&house.app, 120), "organizer": "jonas@halden.example" });
    let after = house.mara().patch(&path, None, &change).await.ok(200);
    for field in [
        "title",
        "starts_at",
        "invitees",
        "conference",
        "booker",
        "room_id",
        "state",
    ] {
        assert_eq!(before[field], after[field], "{field}");
    }
    assert_eq!(after["ends_at"], at(&house.app, 120));
    assert_eq!(after["organizer"]["email"], "jonas@halden.example");
    let nothing = house.mara().patch(&path, None, &json!({})).await.ok(200);
    assert_eq!(nothing, after);
    for field in ["title", "starts_at", "room_id", "organizer", "invitees"] {
        let answer = house
            .mara()
            .patch(&path, None, &json!({ field: null }))
            .await;
        assert_eq!(
            pointers(&answer.problem(422, "invalid")),
            [format!("#/{field}")]
        );
    }
}

#[tokio::test]
async fn others_may_see_a_booking_and_not_change_it() {
    let house = House::new().await;
    let (path, _) = house.booked(1).await;
    house.jonas().get(&path).await.ok(200);
    // Whether they may comes before what they sent, and before what they read.
    let change = json!({ "title": 7 });
    house
        .jonas()
        .patch(&path, Some("\"9\""), &change)
        .await
        .problem(403, "forbidden");
    let cancel = format!("{path}/cancellation");
    house
        .jonas()
        .post(&cancel, &json!({ "reason": 7 }))
        .await
        .problem(403, "forbidden");
    house
        .admin()
        .patch(&path, None, &json!({ "title": "By an admin" }))
        .await
        .ok(200);
}

#[tokio::test]
async fn cancelling_frees_the_room_at_once() {
    let house = House::new().await;
    let (path, _) = house.booked(1).await;
    let cancel = format!("{path}/cancellation");
    let cancelled = house
        .mara()
        .post(&cancel, &json!({ "reason": "Ill" }))
        .await
        .ok(200);
    assert_eq!(cancelled["state"], "cancelled");
    assert_eq!(cancelled["cancel_reason"], "Ill");
    assert_eq!(cancelled["cancelled_at"], house.app.app.now().to_string());
    assert_eq!(house.mara().get(&path).await.ok(200), cancelled);
    house.jonas().post("bookings", &house.wish(1)).await.ok(201);
    // Once more changes nothing.
    let again = house
        .mara()
        .post(&cancel, &json!({ "reason": "Again" }))
        .await
        .ok(200);
    assert_eq!(again, cancelled);
    let answer = house
        .mara()
        .patch(&path, None, &json!({ "title": "Late" }))
        .await;
    answer.problem(409, "conflict");
}

#[tokio::test]
async fn a_cancellation_needs_no_body() {
    let house = House::new().await;
    let mara = house.mara();
    let (path, _) = house.booked(1).await;
    let request = mara.request(axum::http::Method::POST, &format!("{path}/cancellation"));
    assert_eq!(
        mara.send(request).await.ok(200)["cancel_reason"],
        json!(null)
    );
    let (path, _) = house.booked(2).await;
    let cancel = format!("{path}/cancellation");
    for wrong in [
        json!({ "reason": 7 }),
        json!({ "why": "x" }),
        json!({ "reason": "a\u{0}" }),
    ] {
        mara.post(&cancel, &wrong).await.problem(422, "invalid");
    }
    mara.post(&cancel, &json!({ "reason": "x".repeat(501) }))
        .await
        .problem(422, "invalid");
    mara.post_once(&cancel, "k", &json!({ "reason": null }))
        .await
        .ok(200);
    mara.post_once(&cancel, "k", &json!({ "reason": null }))
        .await
        .ok(200);
    let answer = mara
        .post_once(&cancel, "k", &json!({ "reason": "Another" }))
        .await;
    answer.problem(422, "idempotency-key-reused");
}

#[tokio::test]
async fn zoom_without_a_connection_is_said() {
    let house = House::new().await;
    let wish = with(&house.wish(1), "conference", "zoom");
    house
        .mara()
        .post("bookings", &wish)
        .await
        .problem(422, "zoom-not-connected");
    // And nothing was booked.
    house.jonas().post("bookings", &house.wish(1)).await.ok(201);
}
