//! What everybody has: sign-in, bookings, settings, their connections.

use rooms_testkit::app::PASSWORD;

use super::Row;
use crate::ids::Ids;
use crate::policy::Policy::{
    Anyone, HoldsTheLink, ItsOwner, ItsOwnerQuietly, MayConnect, OrganizerOrAdmin, SignedIn,
};

pub(super) fn rows(at: &Ids, within: &Ids) -> Vec<Row> {
    let mut rows = doors(at, within);
    rows.extend(bookings(at, within));
    rows.extend(settings(at));
    rows.extend(ways_in(at));
    rows.extend(connections(at, within));
    rows
}

fn doors(at: &Ids, within: &Ids) -> Vec<Row> {
    vec![
        Row::new("GET /sign-in", "", Anyone),
        Row::new("POST /sign-in", "", Anyone)
            .with("email", "nobody@nowhere.example")
            .with("password", PASSWORD)
            .gives(422),
        // Without a first step there is no second one.
        Row::new("GET /sign-in/second-step", "", Anyone).gives(303),
        Row::new("POST /sign-in/second-step", "", Anyone)
            .with("code", "000000")
            .gives(303),
        // Reached by a number, as here, there are no passkeys.
        Row::new("POST /sign-in/passkey/challenge", "", Anyone).gives(404),
        Row::new("POST /sign-in/passkey", "", Anyone).gives(422),
        Row::new("GET /sign-out", "", SignedIn),
        Row::new("POST /sign-out", "", SignedIn),
        Row::new("GET /invitations/{token}", &at.invitation, HoldsTheLink),
        Row::new("POST /invitations/{token}", &at.invitation, HoldsTheLink)
            .with("password", PASSWORD)
            .with("repeat", PASSWORD),
        Row::new("GET /zoom_callback", "", Anyone)
            .asking("error", "access_denied")
            .asking("state", &within.way_to_zoom)
            .gives(403),
        Row::new("GET /settings/apps/zoom/marketplace", "", Anyone),
    ]
}

fn bookings(at: &Ids, within: &Ids) -> Vec<Row> {
    let theirs = |route, id: &str| Row::new(route, id, OrganizerOrAdmin);
    let form = |row: Row| {
        row.with("room_id", within.room.clone())
            .with("title", "Budget")
            .with("date", "2026-12-01")
            .with("start", "09:00")
            .with("end", "09:30")
            .with("organizer", within.email.clone())
            .with("invitees", "")
    };
    let meeting = "POST /bookings/{id}/meeting/{what}";
    let act = |id: &str, what: &str| {
        let row = theirs(meeting, id);
        Row {
            path: format!("/bookings/{id}/meeting/{what}"),
            ..row
        }
    };
    vec![
        Row::new("GET /", "", SignedIn).asking("site_id", &within.site),
        Row::new("GET /find", "", SignedIn)
            .asking("site_id", &within.site)
            .asking("date", "2026-11-23")
            .asking("start", "11:00"),
        Row::new("GET /bookings", "", SignedIn),
        form(Row::new("POST /bookings", "", SignedIn)),
        Row::new("GET /bookings/new", "", SignedIn)
            .asking("room_id", &within.room)
            .asking("organizer", &within.email),
        Row::new("GET /bookings/{id}", &at.linked, SignedIn),
        form(theirs("POST /bookings/{id}", &at.linked)),
        theirs("GET /bookings/{id}/change", &at.linked),
        theirs("POST /bookings/{id}/cancellation", &at.plain).with("reason", "Over"),
        theirs("POST /bookings/{id}/undo", &at.cancelled),
        theirs("POST /bookings/{id}/meeting/acceptance", &at.drifted),
        theirs("POST /bookings/{id}/meeting/host", &at.linked)
            .with("connection_id", within.connection.clone()),
        theirs("POST /bookings/{id}/meeting/removal", &at.linked),
        act(&at.failed, "attempts"),
        act(&at.linked, "replacement"),
        act(&at.drifted, "restoration"),
        act(&at.removing, "release"),
        Row::new("GET /bookings/{id}/calendar.ics", &at.linked, SignedIn),
        Row::new("GET /bookings/{id}/events", &at.linked, SignedIn),
        Row::new("POST /notices/{id}/dismissal", &at.notice, ItsOwner),
    ]
}

fn settings(at: &Ids) -> Vec<Row> {
    let own = |route| Row::new(route, "", SignedIn);
    // Where a form that was refused is opened anew; it leads to the page of that form.
    let leads_on = |route| Row::new(route, "", Anyone).gives(303);
    vec![
        own("GET /settings"),
        leads_on("GET /settings/profile"),
        own("POST /settings/profile").with("name", "Somebody Else"),
        leads_on("GET /settings/password"),
        own("POST /settings/password")
            .with("current", PASSWORD)
            .with("password", "another long password")
            .with("repeat", "another long password"),
        own("GET /settings/devices"),
        Row::new(
            "POST /settings/devices/{id}/removal",
            &at.device,
            ItsOwnerQuietly,
        ),
        own("POST /settings/devices/removal"),
        own("POST /settings/devices/others/removal"),
        own("GET /settings/tokens"),
        own("POST /settings/tokens").with("name", "ci"),
        Row::new(
            "POST /settings/tokens/{id}/revocation",
            &at.api_token,
            ItsOwner,
        ),
        own("GET /settings/meetings"),
        own("POST /settings/meetings").with("whose", "own"),
        own("GET /settings/data"),
        own("GET /settings/data/download"),
        leads_on("GET /settings/data/request"),
        own("POST /settings/data/request"),
        Row::new("POST /settings/data/withdrawal", "", ItsOwner),
    ]
}

fn ways_in(at: &Ids) -> Vec<Row> {
    let own = |route| Row::new(route, "", SignedIn);
    let passkey = |route| Row::new(route, &at.passkey, ItsOwner);
    vec![
        own("GET /settings/security"),
        own("GET /settings/security/app").gives(303),
        own("POST /settings/security/app"),
        own("POST /settings/security/app/confirmation").with("code", "000000"),
        own("POST /settings/security/app/removal"),
        own("GET /settings/security/codes"),
        own("POST /settings/security/codes"),
        own("GET /settings/security/proof"),
        own("POST /settings/security/proof").with("password", PASSWORD),
        own("POST /settings/security/passkeys")
            .with("name", "Laptop")
            .gives(422),
        own("POST /settings/security/passkeys/challenge").gives(404),
        passkey("POST /settings/security/passkeys/{id}/name").with("name", "Laptop"),
        passkey("POST /settings/security/passkeys/{id}/removal"),
    ]
}

fn connections(at: &Ids, within: &Ids) -> Vec<Row> {
    let own = |route| Row::new(route, &at.connection, ItsOwner);
    vec![
        Row::new("GET /settings/apps", "", SignedIn),
        Row::new("GET /settings/apps/zoom/not-approved", "", SignedIn),
        Row::new("GET /settings/apps/zoom/nothing-happened", "", SignedIn),
        Row::new("POST /settings/apps/zoom/connection", "", MayConnect),
        Row::new("POST /settings/apps/zoom/request", "", SignedIn).with("message", "Please"),
        Row::new("POST /settings/apps/zoom/disconnection", "", ItsOwner)
            .with("connection_id", within.connection.clone()),
        own("POST /settings/apps/zoom/connections/{id}/name").with("name", "Hall"),
        own("POST /settings/apps/zoom/connections/{id}/preference"),
        own("POST /settings/apps/zoom/connections/{id}/offer"),
        own("POST /settings/apps/zoom/connections/{id}/withdrawal"),
        Row::new(
            "POST /settings/apps/zoom/connections/{id}/completion",
            &at.left_connection,
            ItsOwner,
        ),
    ]
}
