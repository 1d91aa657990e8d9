//! The audit: filtered, a page at a time, and as a table to keep.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::SignedDuration;
use rooms_app::audit::{self, COLUMNS, Filter, Page, Recorded, Topic};
use rooms_app::people;
use rooms_core::actor::Person;
use rooms_core::time::parse_date;
use rooms_core::{BookingId, GroupId, PersonId, Zone};
use rooms_views::admin::{AuditPage, AuditRow};
use rooms_views::layout::{Link, Nav};
use rooms_views::links;
use rooms_views::parts::Choice;

use super::Admin;
use crate::pages::data::file;
use crate::pages::moments::Moments;
use crate::pages::{PageError, draw, layout};
use crate::session::Fields;
use crate::state::Web;

/// How many stand on a page.
const PAGE: i64 = 100;
/// How many people the filter offers.
const PEOPLE: i64 = 500;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_AUDIT, get(show))
        .route("/admin/audit/download", get(download))
}

/// What was asked for; what does not parse is as if it was not asked.
struct Asked {
    topic: Option<Topic>,
    person: Option<PersonId>,
    from: String,
    to: String,
    before: Option<i64>,
}

impl Asked {
    fn read(query: Option<String>) -> Self {
        let fields = Fields::parse(query.unwrap_or_default().as_bytes());
        let date = |name| {
            let text = fields.get(name);
            let known = parse_date("date", text).is_ok();
            if known {
                text.to_owned()
            } else {
                String::new()
            }
        };
        Self {
            topic: Topic::parse(fields.get("topic")),
            person: fields.get("person").parse().ok(),
            from: date("from"),
            to: date("to"),
            before: fields.get("before").parse().ok(),
        }
    }

    fn any(&self) -> bool {
        let days = !self.from.is_empty() || !self.to.is_empty();
        self.topic.is_some() || self.person.is_some() || days
    }

    fn filter(&self, zone: &Zone) -> Filter {
        let day = |text: &str| {
            let date = parse_date("date", text).ok();
            date.map(|date| zone.day_start(date))
        };
        let day_after = |at: jiff::Timestamp| at.checked_add(SignedDuration::from_hours(24)).ok();
        Filter {
            topic: self.topic,
            person: self.person,
            from: day(&self.from),
            to: day(&self.to).and_then(day_after),
            before: self.before,
            limit: PAGE,
        }
    }

    /// The same at another address, or further on.
    fn href(&self, path: &str, before: Option<i64>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        if let Some(topic) = self.topic {
            query.append_pair("topic", topic.as_str());
        }
        if let Some(person) = self.person {
            query.append_pair("person", &person.to_string());
        }
        for (name, day) in [("from", &self.from), ("to", &self.to)] {
            if !day.is_empty() {
                query.append_pair(name, day);
            }
        }
        if let Some(before) = before {
            query.append_pair("before", &before.to_string());
        }
        match query.finish().as_str() {
            "" => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let asked = Asked::read(query);
    let moments = Moments::of(&web, &admin.actor).await?;
    let found = audit::page(&web.app, &admin.actor, &asked.filter(moments.zone())).await?;
    let people = people::list(&web.app, &admin.actor, None, PEOPLE).await?;
    let page = AuditPage {
        layout: layout(&web, &admin.caller, "Audit", Nav::Admin).await?,
        topics: topics(asked.topic),
        people: choices(&people, asked.person),
        filtered: asked.any(),
        download: asked.href("/admin/audit/download", None),
        rows: found
            .entries
            .iter()
            .map(|entry| row(entry, &found, &moments))
            .collect(),
        next: found.more.map(|before| Link {
            text: "Older".to_owned(),
            href: asked.href(links::ADMIN_AUDIT, Some(before)),
        }),
        from: asked.from,
        to: asked.to,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn download(
    State(web): State<Web>,
    admin: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let asked = Asked::read(query);
    let moments = Moments::of(&web, &admin.actor).await?;
    let entries = audit::download(&web.app, &admin.actor, asked.filter(moments.zone())).await?;
    let mut table = COLUMNS.join(",");
    table.push_str("\r\n");
    for entry in entries {
        table.push_str(&entry.csv());
        table.push_str("\r\n");
    }
    Ok(file("text/csv; charset=utf-8", "audit.csv", table))
}

fn topics(chosen: Option<Topic>) -> Vec<Choice> {
    let words = |topic| match topic {
        Topic::Connection => "Connections",
        Topic::Meeting => "Zoom meetings",
        Topic::Permission => "Permissions",
        Topic::Data => "Data",
    };
    let mut all = vec![Choice::new("", "Everything")];
    all.extend(
        Topic::ALL
            .into_iter()
            .map(|topic| Choice::new(topic.as_str(), words(topic)).chosen(chosen == Some(topic))),
    );
    all
}

fn choices(people: &[Person], chosen: Option<PersonId>) -> Vec<Choice> {
    let mut all = vec![Choice::new("", "Anybody")];
    all.extend(people.iter().map(|person| {
        Choice::new(person.id.to_string(), person.name.clone()).chosen(chosen == Some(person.id))
    }));
    all
}

fn row(entry: &Recorded, page: &Page, moments: &Moments) -> AuditRow {
    let named = |id: uuid::Uuid| page.names.get(&id).cloned();
    let who = match (entry.actor, entry.actor_kind.as_str()) {
        (Some(person), _) => named(person.uuid()).unwrap_or_else(|| person.to_string()),
        (None, "zoom") => "Zoom".to_owned(),
        (None, "operator") => "The operator".to_owned(),
        (None, _) => "OneClickRooms".to_owned(),
    };
    let id = entry.subject_id();
    let (on, href) = match entry.subject_kind.as_str() {
        "person" => {
            let href = links::admin_person(PersonId::from_uuid(entry.subject));
            (named(entry.subject).unwrap_or(id), href)
        }
        "booking" => {
            let href = links::booking(BookingId::from_uuid(entry.subject));
            ("a booking".to_owned(), href)
        }
        "request" => {
            let href = format!("{}/{id}", links::ADMIN_DATA_REQUESTS);
            ("a data request".to_owned(), href)
        }
        "group" => {
            let href = links::admin_group(GroupId::from_uuid(entry.subject));
            ("a group".to_owned(), href)
        }
        "permission_request" => ("a request".to_owned(), String::new()),
        "zoom_app" => ("the Zoom app".to_owned(), links::ADMIN_ZOOM_APP.to_owned()),
        "company" => ("the company".to_owned(), String::new()),
        _ => (id, String::new()),
    };
    AuditRow {
        number: entry.number,
        at: moments.when(entry.at),
        who,
        what: what(&entry.action),
        details: details(&entry.details),
        on,
        href,
    }
}

/// An action in words; one that has none yet is shown as it is.
fn what(action: &str) -> String {
    let words = match action {
        "zoom.connected" => "connected Zoom",
        "zoom.disconnected" => "disconnected Zoom",
        "zoom.removed" => "removed the app in Zoom",
        "zoom.ended" => "ended a Zoom connection",
        "zoom.needs_attention" => "no longer accepted a connection",
        "zoom.changed" => "changed the Zoom account",
        "zoom.offered" => "offered a connection to colleagues",
        "zoom.withdrawn" => "took the offer back",
        "zoom.default" => "made a connection the default",
        "zoom.stand_in" => "chose who hosts for people without Zoom",
        "zoom.app_begun" => "began to set up a Zoom app",
        "zoom.app_entered" => "entered the company’s own Zoom app",
        "zoom.app_used" => "put the company’s own Zoom app to use",
        "zoom.app_secret_replaced" => "replaced the secret of the Zoom app",
        "zoom.app_webhook_secret_added" => "took up a new webhook secret",
        "zoom.app_webhook_secret_ended" => "took the earlier webhook secret away",
        "zoom.app_removed" => "removed the company’s own Zoom app",
        "meeting.wanted" => "asked for a Zoom link",
        "meeting.ready" => "made a Zoom link",
        "meeting.told" | "meeting.drifted" => "changed the meeting in Zoom",
        "meeting.removed" | "meeting.gone" => "deleted the meeting in Zoom",
        "meeting.retried" => "tried the link again",
        "meeting.replaced" => "made a new link",
        "meeting.restored" => "put the meeting right in Zoom",
        "meeting.left" => "left the meeting in Zoom",
        "meeting.failed" => "could not make a link",
        "meeting.declined" => "could not change the meeting",
        "meeting.agrees" => "found the meeting right again",
        "company.added" => "made the company",
        "company.changed" => "changed the company",
        "person.added" => "added a person",
        "person.invited" => "invited a person",
        "session.others_ended" => "signed out on other devices",
        "person.factor_added" => "added a second factor",
        "person.factor_removed" => "removed a second factor",
        "person.codes_made" => "made recovery codes",
        "person.code_used" => "signed in with a recovery code",
        "person.passkey_count_went_back" => "used a passkey that exists twice; refused",
        "person.recovery_begun" => "gave a person their account back",
        "person.recovered" => "set another password by a link",
        "company.second_factor" => "decided who needs a second factor",
        "person.invited_again" => "invited a person again",
        "person.password_set" => "set a password",
        "person.password_changed" => "changed the password",
        "person.changed" => "changed a person",
        "person.renamed" => "changed their name",
        "person.deactivated" => "deactivated a person",
        "permission.asked" => "asked to connect Zoom",
        "permission.allowed" => "allowed a person to connect Zoom",
        "permission.declined" => "declined a person’s request to connect Zoom",
        "group.added" => "made a group",
        "group.changed" => "changed a group",
        "group.deleted" => "deleted a group",
        "group.joined" => "put a person into a group",
        "group.left" => "took a person out of a group",
        "session.all_ended" => "signed out everywhere",
        "token.issued" => "made an API token",
        "token.revoked" => "revoked an API token",
        "data.zoom_erased" => "deleted Zoom account data",
        "data.exported" => "downloaded a person’s data",
        "data.requested" => "asked to delete their data",
        "data.withdrawn" => "took the request back",
        "data.refused" => "refused a request",
        "data.erased" => "deleted a person’s data",
        "data.guest_exported" => "gave out what is held on a guest",
        "data.guest_erased" => "deleted a guest’s address",
        "data.request_done" => "carried out a request",
        "retention.changed" => "changed how long things are kept",
        "retention.ran" => "deleted what was old enough",
        "audit.exported" => "downloaded the audit",
        other => other,
    };
    words.to_owned()
}

/// Details as `role admin, may connect true`.
fn details(json: &str) -> String {
    let details: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(json).unwrap_or_default();
    let parts: Vec<String> = details
        .iter()
        .filter(|(name, _)| *name != "person" && *name != "admin")
        .map(|(name, value)| {
            let value = match value {
                serde_json::Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            format!("{} {value}", name.replace('_', " "))
        })
        .collect();
    parts.join(", ")
}
