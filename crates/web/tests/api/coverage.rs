//! Every operation of the document has a row here: what nobody, another company and the wrong
//! role get. A new operation without a row fails.

use std::collections::BTreeSet;

use axum::http::Method;
use rooms_testkit::{Api, TestApp};
use serde_json::{Value, json};

use crate::support::wish;

/// What somebody gets who has nothing to do with the thing.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Gets {
    /// An answer of this status.
    Status(u16),
    /// A list in which nothing of the other company is.
    ListWithoutIt,
}

struct Row {
    operation: &'static str,
    /// The address, filled in.
    path: String,
    body: Option<Value>,
    /// An admin of another company.
    stranger: Gets,
    /// An officer of the company, who neither runs it nor booked the thing.
    colleague: Gets,
}

async fn asks(api: &Api, row: &Row) -> rooms_testkit::Answer {
    let method: Method = row.operation.split(' ').next().unwrap().parse().unwrap();
    let request = api.request(method, &row.path);
    api.send(match &row.body {
        Some(body) => request.json(body),
        None => request,
    })
    .await
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table, with what reads it")]
async fn nobody_gets_what_is_not_theirs() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let other = app.company("Strand").await;
    let mara = app.officer(&company, "Mara").await;
    let jonas = app.officer(&company, "Jonas").await;
    let room = app.room(&company, "Aster").await;
    let booked = app.book(&mara, &room, 1, None).await.booking;
    let site = company.site;
    let when = format!("from={}&to={}", booked.slot.ends_at, "2026-11-23T20:00:00Z");

    let status = Gets::Status;
    let row = |operation, path: String, body, stranger, colleague| Row {
        operation,
        path,
        body,
        stranger,
        colleague,
    };
    let list = |operation, path: &str| {
        row(
            operation,
            path.to_owned(),
            None,
            Gets::ListWithoutIt,
            status(200),
        )
    };
    let one = |operation, path: String| row(operation, path, None, status(404), status(200));
    let link = |operation, what: &str| {
        let path = format!("bookings/{}/meeting/{what}", booked.id);
        row(operation, path, None, status(404), status(403))
    };
    let new_room = json!({ "site_id": site.to_string(), "name": "Birke", "capacity": 4 });
    let new_site = json!({ "name": "Lakeside", "time_zone": "UTC" });
    let title = json!({ "title": "Mine" });
    let rows = [
        list("GET /api/v1/sites", "sites"),
        row(
            "POST /api/v1/sites",
            "sites".into(),
            Some(new_site),
            status(201),
            status(403),
        ),
        one("GET /api/v1/sites/{id}", format!("sites/{site}")),
        list("GET /api/v1/rooms", "rooms"),
        row(
            "POST /api/v1/rooms",
            "rooms".into(),
            Some(new_room),
            status(404),
            status(403),
        ),
        one("GET /api/v1/rooms/{id}", format!("rooms/{}", room.id)),
        row(
            "PATCH /api/v1/rooms/{id}",
            format!("rooms/{}", room.id),
            Some(json!({ "name": "Mine" })),
            status(404),
            status(403),
        ),
        list("GET /api/v1/people", "people"),
        list("GET /api/v1/bookings", "bookings"),
        row(
            "POST /api/v1/bookings",
            "bookings".into(),
            Some(wish(&app, &room, 5)),
            status(404),
            status(201),
        ),
        one(
            "GET /api/v1/bookings/{id}",
            format!("bookings/{}", booked.id),
        ),
        row(
            "PATCH /api/v1/bookings/{id}",
            format!("bookings/{}", booked.id),
            Some(title),
            status(404),
            status(403),
        ),
        row(
            "POST /api/v1/bookings/{id}/cancellation",
            format!("bookings/{}/cancellation", booked.id),
            None,
            status(404),
            status(403),
        ),
        link("POST /api/v1/bookings/{id}/meeting/attempts", "attempts"),
        link(
            "POST /api/v1/bookings/{id}/meeting/replacement",
            "replacement",
        ),
        link(
            "POST /api/v1/bookings/{id}/meeting/restoration",
            "restoration",
        ),
        link(
            "POST /api/v1/bookings/{id}/meeting/acceptance",
            "acceptance",
        ),
        link("POST /api/v1/bookings/{id}/meeting/release", "release"),
        one(
            "GET /api/v1/bookings/{id}/calendar.ics",
            format!("bookings/{}/calendar.ics", booked.id),
        ),
        list("GET /api/v1/availability", &format!("availability?{when}")),
        list("GET /api/v1/connections", "connections"),
    ];

    let described = operations();
    let covered: BTreeSet<String> = rows.iter().map(|row| row.operation.to_owned()).collect();
    assert_eq!(
        covered, described,
        "each operation of the document has a row here"
    );

    let (nobody, stranger, colleague) = (app.anonymous(), app.api(&other.admin), app.api(&jonas));
    let canaries = [
        room.id.to_string(),
        site.to_string(),
        booked.id.to_string(),
        company.admin.id().to_string(),
        mara.id().to_string(),
        "halden.example".to_owned(),
        "Aster".to_owned(),
    ];
    for row in &rows {
        asks(&nobody, row).await.problem(401, "unauthorized");
        let theirs = asks(&stranger, row).await;
        let leaked: Vec<_> = canaries
            .iter()
            .filter(|c| theirs.text().contains(*c))
            .collect();
        assert!(
            leaked.is_empty(),
            "{} tells a stranger {leaked:?}",
            row.operation
        );
        for (who, answer, gets) in [
            ("a stranger", theirs, row.stranger),
            ("a colleague", asks(&colleague, row).await, row.colleague),
        ] {
            let expected = match gets {
                Gets::Status(status) => status,
                Gets::ListWithoutIt => 200,
            };
            assert_eq!(
                answer.status,
                expected,
                "{who}, {}: {}",
                row.operation,
                answer.text()
            );
        }
    }
    // And nothing of it happened.
    let after = app
        .api(&mara)
        .get(&format!("bookings/{}", booked.id))
        .await
        .ok(200);
    assert_eq!(
        (&after["title"], &after["state"]),
        (&json!("Budget"), &json!("confirmed"))
    );
}

fn operations() -> BTreeSet<String> {
    let document = rooms_web::api::document::document(rooms_testkit::database::now());
    let paths = document["paths"].as_object().unwrap();
    paths
        .iter()
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(move |method| format!("{} {path}", method.to_uppercase()))
        })
        .collect()
}

#[tokio::test]
async fn a_revoked_token_and_a_deactivated_person_are_nobody() {
    let app = TestApp::start().await;
    let company = app.company("Halden").await;
    let mara = app.officer(&company, "Mara").await;
    let api = app.api(&mara);
    api.get("rooms").await.ok(200);
    let tokens = rooms_app::people::tokens::list(&app.app, &mara.actor)
        .await
        .unwrap();
    rooms_app::people::tokens::revoke(&app.app, &mara.actor, tokens[0].id)
        .await
        .unwrap();
    api.get("rooms").await.problem(401, "unauthorized");

    let jonas = app.officer(&company, "Jonas").await;
    let api = app.api(&jonas);
    api.get("rooms").await.ok(200);
    rooms_app::people::deactivate(&app.app, &company.admin.actor, jonas.id())
        .await
        .unwrap();
    api.get("rooms").await.problem(401, "unauthorized");
}
