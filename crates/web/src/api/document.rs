//! `openapi.json`: drawn from the handlers and types that serve it, with what holds for all of
//! them added in one place.

use std::sync::LazyLock;

use axum::Json;
use axum::extract::State;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};
use utoipa::{OpenApi, ToSchema};

use crate::state::Web;

use super::{availability, bookings, connections, meetings, people, rooms, sites, wire};

/// Something visible on one line, and nothing that hides or reorders text.
const LINE: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*\
    [^\\s\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]\
    [^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$";
/// The same, or nothing at all.
const WORDS: &str = "^[^\\u0000-\\u001f\\u007f-\\u009f\\u2028-\\u202e\\u2066-\\u2069]*$";
/// An address that every mail server takes.
const ADDRESS: &str = "^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@\
    [A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$";

#[derive(OpenApi)]
#[openapi(
    info(
        title = "OneClickRooms",
        description = "Book conference rooms, with a Zoom meeting where one is wanted.\n\n\
            Send a person's token as `Authorization: Bearer ocr_…`. Lists come in pages: pass \
            `next_cursor` back as `cursor` until it is null. What is refused is said in a problem \
            document (RFC 9457).",
        license(name = "AGPL-3.0-or-later", identifier = "AGPL-3.0-or-later")
    ),
    servers((url = "/", description = "This server")),
    tags(
        (name = "bookings", description = "Rooms taken for a time, and rooms still free."),
        (name = "rooms", description = "Rooms: capacity, equipment, hours."),
        (name = "sites", description = "Places with rooms, each in a time zone."),
        (name = "people", description = "The people of the company."),
        (name = "connections", description = "The caller's connections to Zoom.")
    ),
    paths(
        sites::list, sites::add, sites::get,
        rooms::list, rooms::add, rooms::get, rooms::change,
        people::list,
        bookings::list, bookings::book, bookings::get, bookings::change, bookings::cancel,
        bookings::calendar,
        meetings::retry, meetings::renew, meetings::restore, meetings::accept, meetings::release,
        availability::list,
        connections::list,
    ),
    components(schemas(wire::ProblemDocument, availability::WantedEquipment))
)]
struct Described;

/// A page of a list.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes super::query::Page")]
pub(super) struct Items<T> {
    /// The things on this page.
    items: Vec<T>,
    /// Where the next page begins; null on the last.
    #[schema(required)]
    next_cursor: Option<String>,
}

static DOCUMENT: LazyLock<Value> = LazyLock::new(build);

/// The document. Its examples are times that can still be booked `now`.
#[must_use]
pub fn document(now: Timestamp) -> Value {
    let mut document = DOCUMENT.clone();
    let day = now.saturating_add(SignedDuration::from_hours(7 * 24));
    let day = day.unwrap_or(now).strftime("%Y-%m-%d").to_string();
    let properties = "/components/schemas/NewBooking/properties";
    for (field, time) in [("starts_at", "09:00"), ("ends_at", "09:30")] {
        let example = document.pointer_mut(&format!("{properties}/{field}/example"));
        if let Some(example) = example {
            *example = json!(format!("{day}T{time}:00Z"));
        }
    }
    document
}

/// `GET /api/v1/openapi.json`, open to everybody.
pub(super) async fn serve(State(web): State<Web>) -> Json<Value> {
    Json(document(web.app.now()))
}

fn build() -> Value {
    let mut document = serde_json::to_value(Described::openapi()).unwrap_or_default();
    if let Some(info) = object(&mut document, "info") {
        // The first version of the address, which stays while answers only gain fields.
        info.insert("version".to_owned(), json!("1"));
    }
    spell_out(&mut document);
    if let Some(members) = document.as_object_mut() {
        members.insert("security".to_owned(), json!([{ "token": [] }]));
    }
    if let Some(components) = object(&mut document, "components") {
        let token = json!({
            "type": "http",
            "scheme": "bearer",
            "description": "A person's token, as `oneclickrooms token issue` prints it.",
        });
        components.insert("securitySchemes".to_owned(), json!({ "token": token }));
    }
    for (path, operations) in object(&mut document, "paths").into_iter().flatten() {
        for (method, operation) in operations.as_object_mut().into_iter().flatten() {
            if let Some(operation) = operation.as_object_mut() {
                complete(path, method, operation);
            }
        }
    }
    document
}

fn object<'a>(value: &'a mut Value, key: &str) -> Option<&'a mut Map<String, Value>> {
    value.get_mut(key)?.as_object_mut()
}

/// Puts the patterns in for the words that stand for them.
fn spell_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            match members.get("pattern").and_then(Value::as_str) {
                Some("LINE") => put(members, "pattern", json!(LINE)),
                Some("WORDS") => put(members, "pattern", json!(WORDS)),
                Some("ADDRESS") => put(members, "pattern", json!(ADDRESS)),
                Some("ZONE") => {
                    members.remove("pattern");
                    put(members, "enum", zones());
                }
                _ => {}
            }
            members.values_mut().for_each(spell_out);
        }
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        _ => {}
    }
}

fn put(members: &mut Map<String, Value>, key: &str, value: Value) {
    members.insert(key.to_owned(), value);
}

fn zones() -> Value {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .collect();
    names.sort_unstable();
    json!(names)
}

/// Adds the headers and refusals every operation of its kind has.
fn complete(path: &str, method: &str, operation: &mut Map<String, Value>) {
    let one = path.contains("{id}");
    let writes = method == "post" || method == "patch";
    let changeable = one && !path.ends_with("/calendar.ics");
    // Said in words: whether one of these headers fits depends on requests made before.
    match method {
        "post" => describe(
            operation,
            "With `Idempotency-Key` (1 to 200 visible ASCII characters) a repeated request gets \
             the first answer again and has one effect; the key with another body is 422.",
        ),
        "patch" => describe(
            operation,
            "With `If-Match`, the `ETag` that was read, the change is made only if nobody changed \
             the thing since; without it, in any case.",
        ),
        _ => {}
    }
    if path.ends_with("/cancellation")
        && let Some(body) = operation
            .get_mut("requestBody")
            .and_then(Value::as_object_mut)
    {
        put(body, "required", json!(false));
    }
    let Some(responses) = operation
        .get_mut("responses")
        .and_then(Value::as_object_mut)
    else {
        return;
    };
    for (status, response) in responses.iter_mut() {
        let mut headers = Map::new();
        if changeable || status == "201" {
            let tag = "What the thing is changed by, as `If-Match`.";
            put(&mut headers, "ETag", header(tag));
        }
        if status == "201" {
            put(&mut headers, "Location", header("Where the new thing is."));
        }
        if !headers.is_empty()
            && let Some(response) = response.as_object_mut()
        {
            put(response, "headers", Value::Object(headers));
        }
    }
    let mut refuse = |status: &str, words: &str| {
        put(responses, status, refusal(status, words));
    };
    refuse("401", "The token is missing, unknown or revoked.");
    refuse(
        "422",
        "Something that was sent needs a change; `errors` says what.",
    );
    refuse("429", "Too many requests.");
    refuse("503", "The server cannot do this now; nothing was changed.");
    let names_things = one || path.ends_with("/rooms") || path.ends_with("/bookings");
    if names_things || path.ends_with("/availability") || path.ends_with("/people") {
        refuse("404", "There is no such thing, or it is another company's.");
    }
    if writes {
        refuse("400", "The body is not JSON, or a header cannot be read.");
        refuse("403", "It may be seen, not changed.");
        refuse("413", "The body is longer than 1 MiB.");
        refuse("415", "The body is not said to be JSON.");
        refuse(
            "409",
            "It cannot be done now. Where a room is taken, `alternatives` are free.",
        );
    }
    if method == "patch" {
        refuse("412", "It was changed since; read it again.");
    }
}

fn describe(operation: &mut Map<String, Value>, more: &str) {
    let said = operation.get("description").and_then(Value::as_str);
    let words = format!("{}\n\n{more}", said.unwrap_or_default());
    put(operation, "description", json!(words.trim()));
}

fn header(description: &str) -> Value {
    json!({ "description": description, "schema": { "type": "string" } })
}

fn refusal(status: &str, description: &str) -> Value {
    let mut response = json!({
        "description": description,
        "content": {
            "application/problem+json": {
                "schema": { "$ref": "#/components/schemas/ProblemDocument" }
            }
        }
    });
    let named = match status {
        "401" => Some(("WWW-Authenticate", json!({ "type": "string" }))),
        "429" => Some(("Retry-After", json!({ "type": "integer", "minimum": 1 }))),
        _ => None,
    };
    if let (Some((name, schema)), Some(response)) = (named, response.as_object_mut()) {
        let words = if status == "401" {
            "How to say who asks."
        } else {
            "Seconds to wait."
        };
        put(
            response,
            "headers",
            json!({ name: { "description": words, "schema": schema } }),
        );
    }
    response
}
