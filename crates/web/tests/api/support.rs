//! A company with two officers and a room, and another company beside it.

use jiff::{SignedDuration, Timestamp};
use rooms_core::room::Room;
use rooms_testkit::{Api, TestApp, TestCompany, TestPerson};
use serde_json::{Value, json};

pub(crate) struct House {
    pub(crate) app: TestApp,
    pub(crate) company: TestCompany,
    pub(crate) mara: TestPerson,
    pub(crate) jonas: TestPerson,
    pub(crate) room: Room,
}

impl House {
    pub(crate) async fn new() -> Self {
        let app = TestApp::start().await;
        let company = app.company("Halden").await;
        let mara = app.officer(&company, "Mara").await;
        let jonas = app.officer(&company, "Jonas").await;
        let room = app.room(&company, "Aster").await;
        Self {
            app,
            company,
            mara,
            jonas,
            room,
        }
    }

    pub(crate) fn mara(&self) -> Api {
        self.app.api(&self.mara)
    }

    pub(crate) fn jonas(&self) -> Api {
        self.app.api(&self.jonas)
    }

    pub(crate) fn admin(&self) -> Api {
        self.app.api(&self.company.admin)
    }

    /// Half an hour in the room, so many hours from now.
    pub(crate) fn wish(&self, hours: i64) -> Value {
        wish(&self.app, &self.room, hours)
    }

    /// A booking by Mara; its path.
    pub(crate) async fn booked(&self, hours: i64) -> (String, Value) {
        let booking = self
            .mara()
            .post("bookings", &self.wish(hours))
            .await
            .ok(201);
        (format!("bookings/{}", text(&booking["id"])), booking)
    }
}

pub(crate) fn wish(app: &TestApp, room: &Room, hours: i64) -> Value {
    json!({
        "room_id": room.id.to_string(),
        "title": "Budget",
        "starts_at": at(app, hours * 60),
        "ends_at": at(app, hours * 60 + 30),
    })
}

/// So many minutes from now, as the API writes it.
pub(crate) fn at(app: &TestApp, minutes: i64) -> String {
    let at: Timestamp = app.app.now() + SignedDuration::from_mins(minutes);
    at.to_string()
}

pub(crate) fn with(body: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut body = body.clone();
    body[field] = value.into();
    body
}

pub(crate) fn text(value: &Value) -> &str {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"))
}

/// The places a problem document names.
pub(crate) fn pointers(problem: &Value) -> Vec<String> {
    let errors = problem["errors"].as_array().cloned().unwrap_or_default();
    errors
        .iter()
        .map(|error| {
            let place = error.get("pointer").or_else(|| error.get("parameter"));
            text(place.unwrap_or(&Value::Null)).to_owned()
        })
        .collect()
}
