//! Every Zoom meeting of the company: filtered, counted, a page at a time.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use rooms_app::zoom::listing::{self, Count, Filter, Listed};
use rooms_app::{people, rooms};
use rooms_core::meeting::MeetingState;
use rooms_core::room::Site;
use rooms_core::time::parse_date;
use rooms_core::{MeetingRecordId, Zone};
use rooms_views::admin::{MeetingRow, MeetingsPage, StateCount};
use rooms_views::layout::{Link, Nav, Tone};
use rooms_views::links;
use rooms_views::parts::{Choice, When};

use super::Admin;
use crate::pages::moments::Moments;
use crate::pages::{PageError, draw, layout, words};
use crate::session::Fields;
use crate::state::Web;

/// How many stand on a page.
const PAGE: i64 = 100;
/// How many people the filter offers.
const PEOPLE: i64 = 500;

/// The states one may ask for, with their words.
const STATES: [(&str, &str); 8] = [
    ("all", "Any"),
    ("pending", "Being made"),
    ("ready", "Ready"),
    ("changed", "Changed in Zoom"),
    ("failed", "No link"),
    ("removing", "Being removed"),
    ("removed", "Removed"),
    ("detached", "Kept in Zoom"),
];

pub(super) fn router() -> Router<Web> {
    Router::new().route(links::ADMIN_MEETINGS, get(show))
}

/// What was asked for; what does not parse is as if it was not asked.
struct Asked {
    state: &'static str,
    person: String,
    site: String,
    from: String,
    to: String,
    after: Option<(Timestamp, MeetingRecordId)>,
    /// Whether anything was asked for.
    any: bool,
}

impl Asked {
    fn read(fields: &Fields, zone: &Zone, now: Timestamp) -> Self {
        let named = STATES.iter().find(|(word, _)| *word == fields.get("state"));
        let date = |name| {
            let text = fields.get(name);
            parse_date("date", text)
                .map(|_| text.to_owned())
                .unwrap_or_default()
        };
        let any = ["state", "person", "site", "from", "to"]
            .iter()
            .any(|name| !fields.get(name).is_empty());
        let from = date("from");
        Self {
            state: named.map_or("all", |(word, _)| *word),
            person: fields.get("person").to_owned(),
            site: fields.get("site").to_owned(),
            // What is behind is looked at on purpose.
            from: if any { from } else { words::date(zone, now) },
            to: date("to"),
            after: after(fields.get("after")),
            any,
        }
    }

    fn filter(&self, zone: &Zone) -> Filter<'static> {
        let day = |text: &str| {
            parse_date("date", text)
                .ok()
                .map(|date| zone.day_start(date))
        };
        let to = day(&self.to).and_then(|at| at.checked_add(SignedDuration::from_hours(24)).ok());
        Filter {
            state: self.state,
            host: self.person.parse().ok(),
            site: self.site.parse().ok(),
            from: day(&self.from).unwrap_or(Timestamp::MIN),
            to: to.unwrap_or(Timestamp::MAX),
        }
    }

    /// The same list with another state, or further on.
    fn href(&self, state: &str, after: Option<&Listed>) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        let pairs = [
            ("state", state),
            ("person", &self.person),
            ("site", &self.site),
            ("from", &self.from),
            ("to", &self.to),
        ];
        query.extend_pairs(pairs);
        if let Some(last) = after {
            let place = format!("{}.{}", last.starts_at.as_microsecond(), last.id);
            query.append_pair("after", &place);
        }
        format!("{}?{}", links::ADMIN_MEETINGS, query.finish())
    }
}

fn after(text: &str) -> Option<(Timestamp, MeetingRecordId)> {
    let (at, id) = text.split_once('.')?;
    let at = Timestamp::from_microsecond(at.parse().ok()?).ok()?;
    Some((at, id.parse().ok()?))
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let actor = &admin.actor;
    let sites = rooms::sites(&web.app, actor).await?;
    let zone = sites
        .first()
        .map_or_else(|| Zone::stored("UTC"), |site| site.zone.clone());
    let now = web.app.now();
    let asked = Asked::read(&fields, &zone, now);
    let filter = asked.filter(&zone);
    let found = listing::list(&web.app, actor, filter, asked.after, PAGE + 1).await?;
    let (mut listed, counts) = found;
    let more = i64::try_from(listed.len()).unwrap_or(0) > PAGE;
    listed.truncate(usize::try_from(PAGE).unwrap_or(0));
    let moments = Moments::of(&web, actor).await?;
    let everybody = people::list(&web.app, actor, None, PEOPLE).await?;
    let page = MeetingsPage {
        layout: layout(&web, &admin.caller, "Zoom meetings", Nav::Admin).await?,
        counts: counted(&counts, &asked, &moments),
        states: STATES
            .iter()
            .map(|(word, words)| Choice::new(*word, *words).chosen(*word == asked.state))
            .collect(),
        people: any("Everybody")
            .chain(everybody.iter().map(|person| {
                let id = person.id.to_string();
                let chosen = id == asked.person;
                Choice::new(id, person.name.clone()).chosen(chosen)
            }))
            .collect(),
        sites: any("All sites")
            .chain(sites.iter().map(|site: &Site| {
                let id = site.id.to_string();
                let chosen = id == asked.site;
                Choice::new(id, site.name.clone()).chosen(chosen)
            }))
            .collect(),
        next: listed
            .last()
            .filter(|_| more)
            .map(|last| Link::new(asked.href(asked.state, Some(last)), "Later ones")),
        rows: listed
            .iter()
            .map(|meeting| row(meeting, &moments, now))
            .collect(),
        filtered: asked.any,
        from: asked.from,
        to: asked.to,
    };
    Ok(draw(StatusCode::OK, &page))
}

fn any(words: &str) -> impl Iterator<Item = Choice> {
    std::iter::once(Choice::new("", words))
}

/// How many of each, those that need somebody first as far as the order of the states goes.
fn counted(counts: &[Count], asked: &Asked, moments: &Moments) -> Vec<StateCount> {
    STATES
        .iter()
        .skip(1)
        .filter_map(|(word, words)| {
            let of: Vec<&Count> = counts
                .iter()
                .filter(|count| match *word {
                    "changed" => count.drifts && count.state == "ready",
                    word => count.state == word,
                })
                .collect();
            let count: i64 = of.iter().map(|count| count.count).sum();
            let oldest = of.iter().map(|count| count.oldest).min()?;
            let ages = ["pending", "failed", "removing", "changed"].contains(word);
            Some(StateCount {
                words: format!("{count} {}", words.to_lowercase().replace("zoom", "Zoom")),
                age: if ages {
                    format!("oldest {}", moments.words(oldest))
                } else {
                    String::new()
                },
                href: asked.href(word, None),
                shown: *word == asked.state,
            })
        })
        .collect()
}

fn row(meeting: &Listed, moments: &Moments, now: Timestamp) -> MeetingRow {
    let (state, tone, icon) = match meeting.state {
        MeetingState::Pending | MeetingState::Uncertain => ("Being made", Tone::Warn, "pending"),
        MeetingState::Ready if meeting.drifts => ("Changed in Zoom", Tone::Warn, "warn"),
        MeetingState::Ready => ("Ready", Tone::Off, "free"),
        MeetingState::Failed => ("No link", Tone::Bad, "failed"),
        MeetingState::Removing => ("Being removed", Tone::Off, "clock"),
        MeetingState::Removed => ("Removed", Tone::Off, "close"),
        MeetingState::Detached => ("Kept in Zoom", Tone::Off, "detached"),
    };
    MeetingRow {
        title: meeting.title.clone(),
        href: links::booking(meeting.booking),
        starts: When::new(
            words::iso(&meeting.zone, meeting.starts_at),
            words::moment(&meeting.zone, meeting.starts_at, now),
        ),
        place: format!("{}, {}", meeting.room, meeting.site),
        host: meeting.host_name.clone(),
        host_href: links::admin_person(meeting.host),
        state: state.to_owned(),
        tone,
        icon,
        since: moments.when(meeting.since),
        trouble: trouble(meeting, moments, now),
    }
}

fn trouble(meeting: &Listed, moments: &Moments, now: Timestamp) -> String {
    let tried = match meeting.attempts {
        0 => None,
        1 => Some("Tried once.".to_owned()),
        n => Some(format!("Tried {n} times.")),
    };
    let next = meeting.next_try_at.filter(|at| *at > now);
    let parts = [
        meeting.failure.clone(),
        tried,
        next.map(|at| format!("Next try {}.", moments.words(at))),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
