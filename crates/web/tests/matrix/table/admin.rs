//! The admin pages.

use super::Row;
use crate::ids::Ids;
use crate::policy::Policy::Admin;

pub(super) fn rows(at: &Ids, within: &Ids) -> Vec<Row> {
    let mut rows = places(at, within);
    rows.extend(people(at, within));
    rows.extend(company(within));
    rows.extend(zoom_app());
    rows.extend(records(at, within));
    rows
}

fn list(route: &'static str) -> Row {
    Row::new(route, "", Admin)
}

fn one(route: &'static str, id: &str) -> Row {
    Row::new(route, id, Admin)
}

fn places(at: &Ids, within: &Ids) -> Vec<Row> {
    let room = |row: Row| {
        row.with("name", "Cedar")
            .with("capacity", "4")
            .with("site_id", within.site.clone())
            .with("hours", "always")
    };
    let site = |row: Row| row.with("name", "Lakeside").with("time_zone", "UTC");
    vec![
        list("GET /admin").gives(303),
        list("GET /admin/rooms").asking("site", &within.site),
        room(list("POST /admin/rooms")),
        list("GET /admin/rooms/new"),
        one("GET /admin/rooms/{id}", &at.room),
        room(one("POST /admin/rooms/{id}", &at.room)),
        one("POST /admin/rooms/{id}/retirement", &at.room),
        one("POST /admin/rooms/{id}/reopening", &at.retired_room),
        list("GET /admin/sites"),
        site(list("POST /admin/sites")),
        list("GET /admin/sites/new"),
        one("GET /admin/sites/{id}", &at.site),
        site(one("POST /admin/sites/{id}", &at.site)),
        one("POST /admin/sites/{id}/retirement", &at.spare_site),
        one("POST /admin/sites/{id}/reopening", &at.retired_site),
    ]
}

fn people(at: &Ids, within: &Ids) -> Vec<Row> {
    vec![
        list("GET /admin/people"),
        list("POST /admin/people")
            .with("name", "Nora")
            .with("email", "nora@new.example")
            .with("role", "officer"),
        one("GET /admin/people/{id}", &at.officer),
        one("POST /admin/people/{id}", &at.officer)
            .with("name", "Nora")
            .with("role", "admin"),
        one("POST /admin/people/{id}/invitation", &at.invited),
        one("POST /admin/people/{id}/recovery", &at.officer)
            .with("reason", "Lost the phone")
            .with("removes_factors", "yes"),
        one("POST /admin/people/{id}/reactivation", &at.deactivated),
        one("POST /admin/people/{id}/deactivation", &at.officer),
        one("POST /admin/people/{id}/permission", &at.asking),
        one("POST /admin/people/{id}/refusal", &at.asking).with("reply", "No"),
        list("GET /admin/groups"),
        list("POST /admin/groups").with("name", "Sales"),
        list("GET /admin/groups/new"),
        one("GET /admin/groups/{id}", &at.group),
        one("POST /admin/groups/{id}", &at.group).with("name", "Sales"),
        one("POST /admin/groups/{id}/members", &at.group).with("person_id", within.asking.clone()),
        one("POST /admin/groups/{id}/removal", &at.group).with("person_id", within.officer.clone()),
        one("POST /admin/groups/{id}/deletion", &at.group),
    ]
}

fn company(within: &Ids) -> Vec<Row> {
    vec![
        list("GET /admin/company"),
        list("POST /admin/company")
            .with("name", "Halden")
            .with("connect_apps", "admins"),
        list("POST /admin/company/zoom").with("stand_in", within.connection.clone()),
        list("POST /admin/company/second-factor").with("second_factor", "required"),
        list("GET /admin/company/meetings"),
        list("POST /admin/company/meetings").with("waiting_room", "on"),
        list("GET /admin/meetings")
            .asking("person", &within.officer)
            .asking("site", &within.site),
        list("GET /admin/health"),
    ]
}

/// The company's own app at Zoom, which is entered and not in use. The simulator of a copied world
/// knows no such app, so what Zoom has to accept is refused on the page it leads to.
fn zoom_app() -> Vec<Row> {
    vec![
        list("GET /admin/zoom-app"),
        list("POST /admin/zoom-app"),
        list("GET /admin/zoom-app/manifest.json"),
        list("GET /admin/zoom-app/events"),
        list("POST /admin/zoom-app/credentials")
            .with("client_id", "another-client")
            .with("client_secret", "another-secret")
            .with("webhook_secret", "another-webhook-secret"),
        list("POST /admin/zoom-app/checks"),
        list("POST /admin/zoom-app/use"),
        list("POST /admin/zoom-app/client-secret").with("client_secret", "another-secret"),
        list("POST /admin/zoom-app/webhook-secret")
            .with("webhook_secret", "another-webhook-secret"),
        list("POST /admin/zoom-app/earlier-webhook-secret/removal"),
        list("POST /admin/zoom-app/removal"),
    ]
}

fn records(at: &Ids, within: &Ids) -> Vec<Row> {
    vec![
        one("POST /admin/jobs/{id}/retry", &at.job),
        list("GET /admin/reconciliation"),
        list("POST /admin/reconciliation/runs"),
        list("POST /admin/reconciliation/fixes").with("run", within.run.clone()),
        one("POST /admin/reconciliation/findings/{id}/fix", &at.finding),
        one(
            "POST /admin/reconciliation/findings/{id}/acceptance",
            &at.finding,
        ),
        list("GET /admin/reconciliation/events"),
        list("GET /admin/audit").asking("person", &within.officer),
        list("GET /admin/audit/download").asking("person", &within.officer),
        list("GET /admin/data-requests"),
        one("GET /admin/data-requests/{id}", &at.request),
        one("POST /admin/data-requests/{id}/cancellation", &at.request),
        one("POST /admin/data-requests/{id}/erasure", &at.request),
        one("POST /admin/data-requests/{id}/refusal", &at.request).with("reply", "No"),
        list("GET /admin/retention"),
        list("POST /admin/retention").with("history", "500"),
    ]
}
