//! Of everything that is wrong with a request, what is said first: who asks, whether the thing is
//! there and theirs to change, whether it is what they read, what they sent, and only then whether
//! it can be done now.

use axum::http::Method;
use rooms_testkit::app::on_each;
use rooms_testkit::{Answer, Api};
use serde_json::{Value, json};

use crate::support::{House, at, text, wish, with};

const NOBODY: &str = "00000000000000000000000000000000";
const STALE: &str = "\"99\"";

/// Sends a body as it is, as JSON, on a condition where one is given.
async fn sent(api: &Api, method: Method, path: &str, tag: &str, body: &str) -> Answer {
    let mut request = api
        .request(method, path)
        .header("content-type", "application/json")
        .body(body.to_owned());
    if !tag.is_empty() {
        request = request.header("if-match", tag);
    }
    api.send(request).await
}

#[tokio::test]
async fn a_change_of_a_booking_is_answered_in_order() {
    let house = House::new().await;
    house.booked(5).await;
    let (path, booking) = house.booked(2).await;
    let nowhere = format!("bookings/bk_{NOBODY}");
    let taken = json!({ "starts_at": at(&house.app, 300), "ends_at": at(&house.app, 330) });
    let both = with(&taken, "title", 7).to_string();
    let unknown_room = json!({ "title": 7, "room_id": format!("rm_{NOBODY}") }).to_string();
    let unknown_person = json!({ "title": "", "organizer": "x@y.example" }).to_string();
    let tag = format!("\"{}\"", booking["revision"]);
    let anonymous = house.app.anonymous();
    let (mara, jonas) = (house.mara(), house.jonas());
    for (api, path, tag, body, status, kind) in [
        (&anonymous, &nowhere, STALE, "{", 401, "unauthorized"),
        (&mara, &nowhere, STALE, "{", 404, "not-found"),
        (&jonas, &path, STALE, "{", 403, "forbidden"),
        (&mara, &path, STALE, "{", 412, "stale"),
        (&mara, &path, "99", "{", 400, "not-a-tag"),
        (&mara, &path, &tag, "{", 400, "malformed"),
        (&mara, &path, &tag, &unknown_room, 404, "not-found"),
        (&mara, &path, &tag, &unknown_person, 404, "not-found"),
        (&mara, &path, &tag, &both, 422, "invalid"),
        (&mara, &path, &tag, &taken.to_string(), 409, "room-taken"),
        (&mara, &path, "", &taken.to_string(), 409, "room-taken"),
    ] {
        let answer = sent(api, Method::PATCH, path, tag, body).await;
        answer.problem(status, kind);
    }
    let zoom_too = with(&taken, "conference", "zoom").to_string();
    let answer = sent(&mara, Method::PATCH, &path, &tag, &zoom_too).await;
    answer.problem(422, "zoom-not-connected");
    // A booking that has ended is what cannot be done now, after what was sent.
    let cancel = format!("{path}/cancellation");
    mara.post(&cancel, &json!({})).await.ok(200);
    let answer = sent(&mara, Method::PATCH, &path, "", "{\"title\": \"\"}").await;
    answer.problem(422, "invalid");
    let answer = sent(&mara, Method::PATCH, &path, "", "{\"title\": \"x\"}").await;
    answer.problem(409, "conflict");
}

#[tokio::test]
async fn a_booking_is_answered_in_order() {
    let house = House::new().await;
    house.booked(5).await;
    let taken = house.wish(5);
    let nowhere = with(&taken, "room_id", format!("rm_{NOBODY}"));
    let anonymous = house.app.anonymous();
    let mara = house.mara();
    for (api, body, status, kind) in [
        (&anonymous, "{".to_owned(), 401, "unauthorized"),
        (&mara, "{".to_owned(), 400, "malformed"),
        (
            &mara,
            with(&nowhere, "title", 7).to_string(),
            404,
            "not-found",
        ),
        (
            &mara,
            with(&nowhere, "title", "").to_string(),
            404,
            "not-found",
        ),
        (
            &mara,
            with(&with(&taken, "title", ""), "organizer", "x@y.example").to_string(),
            404,
            "not-found",
        ),
        (&mara, with(&taken, "title", 7).to_string(), 422, "invalid"),
        (&mara, with(&taken, "title", "").to_string(), 422, "invalid"),
        (
            &mara,
            with(&taken, "conference", "zoom").to_string(),
            422,
            "zoom-not-connected",
        ),
        (&mara, taken.to_string(), 409, "room-taken"),
    ] {
        let answer = sent(api, Method::POST, "bookings", "", &body).await;
        answer.problem(status, kind);
    }
}

#[tokio::test]
async fn a_cancellation_is_answered_in_order() {
    let house = House::new().await;
    let (path, _) = house.booked(2).await;
    let path = format!("{path}/cancellation");
    let nowhere = format!("bookings/bk_{NOBODY}/cancellation");
    let anonymous = house.app.anonymous();
    let (mara, jonas) = (house.mara(), house.jonas());
    for (api, path, body, status, kind) in [
        (&anonymous, &nowhere, "{", 401, "unauthorized"),
        (&mara, &nowhere, "{", 404, "not-found"),
        (&jonas, &path, "{", 403, "forbidden"),
        (&mara, &path, "{", 400, "malformed"),
        (&mara, &path, "{\"reason\": 7}", 422, "invalid"),
    ] {
        let answer = sent(api, Method::POST, path, "", body).await;
        answer.problem(status, kind);
    }
    let unsaid = mara.request(Method::POST, &path).body("{}");
    mara.send(unsaid)
        .await
        .problem(415, "unsupported-media-type");
}

#[tokio::test]
async fn sites_and_rooms_are_answered_in_order() {
    let house = House::new().await;
    let room = format!("rooms/{}", house.room.id);
    let nowhere = format!("rooms/rm_{NOBODY}");
    let no_site = json!({ "site_id": format!("si_{NOBODY}"), "capacity": "x" }).to_string();
    let no_sense = json!({ "capacity": 0 }).to_string();
    let anonymous = house.app.anonymous();
    let (mara, admin) = (house.mara(), house.admin());
    let (post, patch) = (Method::POST, Method::PATCH);
    for (api, method, path, tag, body, status, kind) in [
        (&anonymous, &post, "sites", "", "{", 401, "unauthorized"),
        (&mara, &post, "sites", "", "{", 403, "forbidden"),
        (&admin, &post, "sites", "", "{", 400, "malformed"),
        (&admin, &post, "sites", "", "{}", 422, "invalid"),
        (&anonymous, &post, "rooms", "", "{", 401, "unauthorized"),
        (&mara, &post, "rooms", "", "{", 403, "forbidden"),
        (&admin, &post, "rooms", "", "{", 400, "malformed"),
        (&admin, &post, "rooms", "", &no_site, 404, "not-found"),
        (&admin, &post, "rooms", "", "{}", 422, "invalid"),
        (
            &anonymous,
            &patch,
            &nowhere,
            STALE,
            "{",
            401,
            "unauthorized",
        ),
        (&mara, &patch, &nowhere, STALE, "{", 404, "not-found"),
        (&mara, &patch, &room, STALE, "{", 403, "forbidden"),
        (&admin, &patch, &room, STALE, "{", 412, "stale"),
        (&admin, &patch, &room, "", "{", 400, "malformed"),
        (&admin, &patch, &room, "", &no_site, 404, "not-found"),
        (&admin, &patch, &room, "", &no_sense, 422, "invalid"),
    ] {
        let answer = sent(api, method.clone(), path, tag, body).await;
        answer.problem(status, kind);
    }
}

#[tokio::test]
async fn a_head_is_a_get_without_its_body() {
    let house = House::new().await;
    let (path, _) = house.booked(2).await;
    let mara = house.mara();
    let nowhere = format!("bookings/bk_{NOBODY}");
    let calendar = format!("{path}/calendar.ics");
    for path in [
        "bookings",
        "rooms",
        "openapi.json",
        &path,
        &calendar,
        &nowhere,
    ] {
        let get = mara.get(path).await;
        let head = mara.send(mara.request(Method::HEAD, path)).await;
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}");
        for name in ["content-type", "etag"] {
            assert_eq!(head.header(name), get.header(name), "{path}");
        }
    }
    let anonymous = house.app.anonymous();
    let head = anonymous
        .send(anonymous.request(Method::HEAD, "bookings"))
        .await;
    assert_eq!(head.status, 401);
    assert!(!head.header("www-authenticate").is_empty());
}

#[tokio::test]
async fn a_key_is_good_for_one_request_on_every_post() {
    let house = House::new().await;
    let admin = house.admin();
    let site = json!({ "name": "Lakeside", "time_zone": "Europe/Zurich" });
    let room = json!({ "site_id": house.company.site.to_string(), "name": "Birke", "capacity": 4 });
    for (path, body, field) in [("sites", &site, "name"), ("rooms", &room, "name")] {
        let once = async |body: &Value| admin.post_once(path, path, body).await;
        let (first, again) = (once(body).await, once(body).await);
        assert_eq!(first.ok(201), again.ok(201), "{path}");
        assert_eq!(first.header("location"), again.header("location"), "{path}");
        assert_eq!(first.header("etag"), again.header("etag"), "{path}");
        let other = once(&with(body, field, "Another")).await;
        other.problem(422, "idempotency-key-reused");
        let listed = admin.get(path).await.ok(200);
        assert_eq!(listed["items"].as_array().unwrap().len(), 2, "{path}");
    }
    // The same key at another address is another request.
    let answer = admin.post_once("bookings", "rooms", &house.wish(2)).await;
    answer.problem(422, "idempotency-key-reused");
    let answer = admin.post_once("bookings", "mine", &house.wish(2)).await;
    let path = format!("bookings/{}/cancellation", text(&answer.ok(201)["id"]));
    let answer = admin.post_once(&path, "mine", &json!({})).await;
    answer.problem(422, "idempotency-key-reused");
    let first = admin.post_once(&path, "end", &json!({})).await.ok(200);
    let again = admin.post_once(&path, "end", &json!({})).await.ok(200);
    assert_eq!(first, again);
    for key in ["", " ", "\t", "a b", &"k".repeat(201)] {
        for (path, body) in [
            ("sites", &site),
            ("rooms", &room),
            (path.as_str(), &json!({})),
        ] {
            let answer = admin.post_once(path, key, body).await;
            answer.problem(422, "invalid");
        }
    }
}

/// Characters that hide, move or end text, as they stand in addresses and in text.
const CONTROL: [(&str, &str); 7] = [
    ("%00", "\u{0}"),
    ("%07", "\u{7}"),
    ("%0A", "\n"),
    ("%1B", "\u{1b}"),
    ("%7F", "\u{7f}"),
    ("%C2%85", "\u{85}"),
    ("%E2%80%AE", "\u{202e}"),
];

#[tokio::test]
async fn control_characters_are_refused_in_every_address() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let api = app.api(&company.admin);
        let when = format!("from={}&to={}", at(app, 60), at(app, 90));
        for (c, _) in CONTROL {
            for path in [
                format!("bookings?room_id={c}"),
                format!("bookings?cursor={c}"),
                format!("bookings?from={c}"),
                format!("bookings?from=2026-12-01T09:00:00Z{c}"),
                format!("bookings?{c}=1"),
                format!("people?limit=1{c}"),
                format!("people?cursor={c}"),
                format!("availability?{when}&equipment={c}"),
                format!("availability?{when}&equipment=screen,{c}"),
                format!("availability?{when}&site_id={c}"),
                format!("availability?{when}&capacity=1{c}"),
                format!("bookings/{c}"),
                format!("rooms/{c}"),
                format!("sites/{c}"),
            ] {
                let answer = api.get(&path).await;
                let status = answer.status.as_u16();
                assert!([404, 422].contains(&status), "{path}: {}", answer.text());
                assert_eq!(answer.header("content-type"), "application/problem+json");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn control_characters_are_refused_in_every_body() {
    on_each(async |app| {
        let company = app.company("Halden").await;
        let room = app.room(&company, "Aster").await;
        let booked = app.book(&company.admin, &room, 2, None).await;
        let path = format!("bookings/{}", booked.booking.id);
        let api = app.api(&company.admin);
        let wish = wish(app, &room, 5);
        let add_site = json!({ "name": "a", "time_zone": "UTC" });
        let add_room = json!({ "site_id": company.site.to_string(), "name": "a", "capacity": 4 });
        for (_, c) in CONTROL {
            let after = |field: &str| format!("{}{c}", text(&wish[field]));
            for (field, value, status) in [
                ("title", json!(format!("a{c}")), 422),
                ("invitees", json!([format!("a{c}@x.example")]), 422),
                ("organizer", json!(format!("admin{c}@halden.example")), 404),
                ("organizer", json!(format!("admin@halden.example{c}")), 404),
                ("room_id", json!(after("room_id")), 404),
                ("starts_at", json!(after("starts_at")), 422),
                ("conference", json!(format!("zoom{c}")), 422),
            ] {
                let new = with(&wish, field, value.clone());
                let answer = api.post("bookings", &new).await;
                assert_eq!(answer.status, status, "{new}: {}", answer.text());
                let change = json!({ field: value });
                let answer = api.patch(&path, None, &change).await;
                assert_eq!(answer.status, status, "{change}: {}", answer.text());
            }
            for (path, body) in [
                (
                    format!("{path}/cancellation"),
                    json!({ "reason": format!("a{c}b") }),
                ),
                ("sites".into(), with(&add_site, "name", format!("a{c}"))),
                (
                    "sites".into(),
                    with(&add_site, "time_zone", format!("UTC{c}")),
                ),
                ("rooms".into(), with(&add_room, "name", format!("{c}a"))),
                (
                    "rooms".into(),
                    with(&add_room, "equipment", json!([format!("a{c}")])),
                ),
            ] {
                let answer = api.post(&path, &body).await;
                assert_eq!(answer.status, 422, "{path} {body}: {}", answer.text());
            }
        }
        let all = api.get("bookings").await.ok(200);
        assert_eq!(all["items"].as_array().unwrap().len(), 1);
    })
    .await;
}
