//! Bodies, methods and addresses that are not what they should be.

use axum::http::Method;
use rooms_testkit::Answer;
use serde_json::json;

use crate::support::{House, pointers, with};

async fn sent(house: &House, kind: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let mara = house.mara();
    let mut request = mara.request(Method::POST, "bookings").body(body.into());
    if let Some(kind) = kind {
        request = request.header("content-type", kind);
    }
    mara.send(request).await
}

#[tokio::test]
async fn a_body_is_json_and_says_so() {
    let house = House::new().await;
    let wish = house.wish(1).to_string();
    for kind in [
        None,
        Some("text/plain"),
        Some("application/x-www-form-urlencoded"),
        Some(""),
    ] {
        let answer = sent(&house, kind, wish.clone()).await;
        answer.problem(415, "unsupported-media-type");
    }
    for body in ["", "{", "{\"title\": }", "[1,", "nul", "{\"a\": \u{1}\"\"}"] {
        sent(&house, Some("application/json"), body)
            .await
            .problem(400, "malformed");
    }
    let deep = "[".repeat(100_000);
    sent(&house, Some("application/json"), deep)
        .await
        .problem(400, "malformed");
    sent(&house, Some("application/json"), vec![b'"', 0xff, b'"'])
        .await
        .problem(400, "malformed");
    let answer = sent(&house, Some("application/json; charset=utf-8"), wish).await;
    answer.ok(201);
}

#[tokio::test]
async fn a_long_body_is_not_read() {
    let house = House::new().await;
    let long = format!("{{\"title\": \"{}\"}}", "x".repeat(1024 * 1024));
    sent(&house, Some("application/json"), long)
        .await
        .problem(413, "too-large");
}

#[tokio::test]
async fn what_does_not_fit_is_named_by_its_place() {
    let house = House::new().await;
    let wish = house.wish(1);
    for (field, value) in [
        ("title", json!(7)),
        ("title", json!(null)),
        ("starts_at", json!(1_795_420_800)),
        ("conference", json!("teams")),
        ("conference", json!(true)),
        ("organizer", json!({})),
        ("invitees", json!("a@x.example")),
        ("colour", json!("blue")),
    ] {
        let body = with(&wish, field, value);
        let problem = house
            .mara()
            .post("bookings", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), [format!("#/{field}")], "{body}");
    }
    let body = with(&wish, "invitees", json!(["a@x.example", 7]));
    let problem = house
        .mara()
        .post("bookings", &body)
        .await
        .problem(422, "invalid");
    assert_eq!(pointers(&problem), ["#/invitees/1"]);
    for field in ["title", "starts_at", "ends_at", "room_id"] {
        let mut body = wish.clone();
        body.as_object_mut().unwrap().remove(field);
        let problem = house
            .mara()
            .post("bookings", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), [format!("#/{field}")]);
    }
    for body in [json!([]), json!("x"), json!(null), json!(1)] {
        house
            .mara()
            .post("bookings", &body)
            .await
            .problem(422, "invalid");
    }
    let many: Vec<String> = (0..201).map(|n| format!("p{n}@x.example")).collect();
    for invitees in [json!(many), json!(["nobody"]), json!(["a@x.example\n"])] {
        let body = with(&wish, "invitees", invitees);
        let problem = house
            .mara()
            .post("bookings", &body)
            .await
            .problem(422, "invalid");
        assert_eq!(pointers(&problem), ["#/invitees"]);
    }
    // An explicit null is nothing said, where something may be left out.
    let body = with(
        &with(&wish, "conference", json!(null)),
        "organizer",
        json!(null),
    );
    house.mara().post("bookings", &body).await.ok(201);
}

#[tokio::test]
async fn who_asks_comes_before_everything() {
    let house = House::new().await;
    let nobody = house.app.anonymous();
    let path = house.booked(1).await.0;
    let answers = [
        nobody.get("bookings").await,
        nobody.get(&path).await,
        nobody.get("nowhere").await,
        nobody.get("bookings?limit=0").await,
        nobody.patch(&path, Some("\"9\""), &json!(7)).await,
        nobody
            .send(nobody.request(Method::DELETE, "bookings"))
            .await,
        nobody
            .send(nobody.request(Method::POST, "bookings").body("{"))
            .await,
        nobody.with_token("ocr_unknown").get("bookings").await,
        nobody.with_token("").get("bookings").await,
        nobody
            .send(
                nobody
                    .request(Method::GET, "rooms")
                    .basic_auth("a", Some("b")),
            )
            .await,
    ];
    for answer in answers {
        answer.problem(401, "unauthorized");
        assert!(
            answer.header("www-authenticate").starts_with("Bearer"),
            "{}",
            answer.url
        );
    }
    let mara = house.mara();
    let lower = nobody.request(Method::GET, "rooms");
    let lower = lower.header("authorization", format!("bearer {}", house.mara.token));
    mara.send(lower).await.ok(200);
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let house = House::new().await;
    let mara = house.mara();
    for path in [
        "nowhere",
        "bookings/x/y",
        "/api/v1",
        "/api/v1/",
        "/api/v2/rooms",
        "/api",
    ] {
        mara.get(path).await.problem(404, "not-found");
    }
    for path in [
        "bookings/nonsense",
        "rooms/nonsense",
        "sites/bk_1",
        "bookings/%00",
        "rooms/%ff",
    ] {
        mara.get(path).await.problem(404, "not-found");
    }
    mara.patch("bookings/nonsense", Some("\"1\""), &json!(7))
        .await
        .problem(404, "not-found");
    mara.post("bookings/nonsense/cancellation", &json!(7))
        .await
        .problem(404, "not-found");
    for (method, path, allow) in [
        (Method::DELETE, "bookings", "GET,HEAD,POST"),
        (Method::PUT, "rooms", "GET,HEAD,POST"),
        (Method::TRACE, "people", "GET,HEAD"),
        (Method::OPTIONS, "sites", "GET,HEAD,POST"),
        (Method::GET, "bookings/x/cancellation", "POST"),
        (Method::POST, "openapi.json", "GET,HEAD"),
    ] {
        let answer = mara.send(mara.request(method, path)).await;
        answer.problem(405, "method-not-allowed");
        assert_eq!(answer.header("allow"), allow, "{path}");
    }
}

#[tokio::test]
async fn nobody_waits_for_somebody_who_asks_too_often() {
    let settings = rooms_testkit::Settings {
        rate_limits: true,
        ..Default::default()
    };
    let app = rooms_testkit::TestApp::with(settings).await;
    let company = app.company("Halden").await;
    let (api, mara) = (app.api(&company.admin), app.officer(&company, "Mara").await);
    for _ in 0..2_000 {
        let answer = api.get("sites/x").await;
        if answer.status == 429 {
            answer.problem(429, "too-many-requests");
            assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
            app.api(&mara).get("sites").await.ok(200);
            return;
        }
    }
    panic!("2000 requests in one go were allowed");
}
