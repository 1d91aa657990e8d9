//! The API: who shows a token.

use serde_json::json;

use super::Row;
use crate::ids::Ids;
use crate::policy::Policy::{Admin, OrganizerOrAdmin, SignedIn};

pub(super) fn rows(at: &Ids, within: &Ids) -> Vec<Row> {
    let list = |route| Row::new(route, "", SignedIn);
    let booking = |route, id: &str, policy| Row::new(route, id, policy);
    vec![
        list("GET /api/v1/sites"),
        Row::new("POST /api/v1/sites", "", Admin)
            .json(json!({ "name": "Lakeside", "time_zone": "UTC" }))
            .gives(201),
        Row::new("GET /api/v1/sites/{id}", &at.site, SignedIn),
        list("GET /api/v1/rooms"),
        Row::new("POST /api/v1/rooms", "", Admin)
            .json(json!({ "site_id": within.site, "name": "Cedar", "capacity": 4 }))
            .gives(201),
        Row::new("GET /api/v1/rooms/{id}", &at.room, SignedIn),
        Row::new("PATCH /api/v1/rooms/{id}", &at.room, Admin).json(json!({ "name": "Cedar" })),
        list("GET /api/v1/people"),
        list("GET /api/v1/bookings")
            .asking("from", "2026-11-23T00:00:00Z")
            .asking("to", "2026-11-24T00:00:00Z")
            .asking("room_id", &within.room),
        Row::new("POST /api/v1/bookings", "", SignedIn)
            .json(json!({
                "room_id": within.room,
                "title": "Budget",
                "starts_at": "2026-12-01T09:00:00Z",
                "ends_at": "2026-12-01T09:30:00Z",
            }))
            .gives(201),
        booking("GET /api/v1/bookings/{id}", &at.linked, SignedIn),
        booking("PATCH /api/v1/bookings/{id}", &at.linked, OrganizerOrAdmin)
            .json(json!({ "title": "Plan", "room_id": within.room })),
        booking(
            "POST /api/v1/bookings/{id}/cancellation",
            &at.linked,
            OrganizerOrAdmin,
        ),
        booking(
            "POST /api/v1/bookings/{id}/meeting/attempts",
            &at.failed,
            OrganizerOrAdmin,
        ),
        booking(
            "POST /api/v1/bookings/{id}/meeting/replacement",
            &at.linked,
            OrganizerOrAdmin,
        ),
        booking(
            "POST /api/v1/bookings/{id}/meeting/restoration",
            &at.drifted,
            OrganizerOrAdmin,
        ),
        booking(
            "POST /api/v1/bookings/{id}/meeting/acceptance",
            &at.drifted,
            OrganizerOrAdmin,
        ),
        booking(
            "POST /api/v1/bookings/{id}/meeting/release",
            &at.removing,
            OrganizerOrAdmin,
        ),
        booking(
            "GET /api/v1/bookings/{id}/calendar.ics",
            &at.linked,
            SignedIn,
        ),
        list("GET /api/v1/availability")
            .asking("from", "2026-11-24T10:00:00Z")
            .asking("to", "2026-11-24T11:00:00Z")
            .asking("site_id", &within.site),
        list("GET /api/v1/connections"),
    ]
}
