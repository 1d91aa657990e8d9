//! Find a room: what fits, best first, and what to change when nothing does.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings::find::{self, Wanted};
use rooms_app::rooms;
use rooms_core::room::Room;
use rooms_core::time::{parse_date, parse_time};
use rooms_core::{Actor, Slot, Zone};
use rooms_views::find::{Find, Found, Plan};
use rooms_views::home::Choice;
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::timeline::{DayFrame, Mark, Span, Strip, booking_href};

use super::home::{equipment, wanted};
use super::{PageError, draw, layout, words};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

/// The routes of this page.
pub fn router() -> Router<Web> {
    Router::new().route(links::FIND, get(page))
}

/// What was asked, and what could not be understood of it.
struct Question {
    date: String,
    start: String,
    minutes: i64,
    slot: Option<Slot>,
    wrong: String,
}

impl Question {
    fn read(query: &Fields, zone: &Zone, now: Timestamp) -> Self {
        let next = (now.as_second().div_euclid(900) + 1) * 900;
        let next = Timestamp::from_second(next).unwrap_or(now);
        let or = |text: &str, other: String| {
            if text.is_empty() {
                other
            } else {
                text.to_owned()
            }
        };
        let date = or(query.get("date"), words::date(zone, next));
        let start = or(query.get("start"), words::clock(zone, next));
        let minutes = query.get("minutes").parse().unwrap_or(60).clamp(5, 24 * 60);
        let parsed = parse_date("date", &date).and_then(|date| {
            let time = parse_time("start", &start)?.unwrap_or_default();
            zone.instant("start", date.to_datetime(time))
        });
        let (slot, wrong) = match parsed {
            Ok(from) => (
                Slot::starting(from, SignedDuration::from_mins(minutes)),
                String::new(),
            ),
            Err(errors) => (
                None,
                errors
                    .0
                    .first()
                    .map_or_else(String::new, |e| e.message.clone()),
            ),
        };
        Self {
            date,
            start,
            minutes,
            slot,
            wrong,
        }
    }
}

async fn page(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let now = web.app.now();
    let site = match query.get("site_id") {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::not_found())?),
    };
    let today = find::day(&web.app, actor, site, None).await?;
    let zone = today
        .site
        .as_ref()
        .map_or_else(|| Zone::stored("UTC"), |site| site.zone.clone());
    let asked = Question::read(&query, &zone, now);
    let wanted = wanted(&query, today.site.as_ref());
    let (rooms, plans) = match asked.slot {
        Some(slot) => {
            let fits = fitting(&web, actor, slot, &wanted).await?;
            let plans = if fits.is_empty() {
                plan_b(&web, actor, &today.rooms, slot, &wanted).await?
            } else {
                Vec::new()
            };
            (fits, plans)
        }
        None => (Vec::new(), Vec::new()),
    };
    let heading = match rooms.len() {
        0 => "Nothing fits exactly".to_owned(),
        1 => "1 room fits".to_owned(),
        n => format!("{n} rooms fit"),
    };
    let page = Find {
        layout: layout(&web, &caller, "Find a room", Nav::Find).await?,
        site: today
            .site
            .as_ref()
            .map_or_else(String::new, |site| site.name.clone()),
        sites: today
            .sites
            .iter()
            .map(|site| {
                let chosen = today.site.as_ref().is_some_and(|shown| shown.id == site.id);
                Choice::new(site.id.to_string(), site.name.clone(), chosen)
            })
            .collect(),
        lengths: [15, 30, 45, 60, 90, 120, 180, 240]
            .map(|minutes| {
                let chosen = minutes == asked.minutes;
                Choice::new(minutes.to_string(), words::length(minutes), chosen)
            })
            .to_vec(),
        capacity: query.get("capacity").to_owned(),
        equipment: equipment(&today.rooms, &wanted.equipment),
        day_words: asked
            .slot
            .map_or_else(String::new, |s| words::day(&zone, s.starts_at, now)),
        time_words: asked
            .slot
            .map_or_else(String::new, |slot| words::times(&zone, slot)),
        nothing: if plans.is_empty() {
            "No room has what you asked for. Ask for less, or look at another day.".to_owned()
        } else {
            "These come closest.".to_owned()
        },
        heading,
        date: asked.date,
        start: asked.start,
        wrong: asked.wrong,
        rooms,
        plans,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn fitting(
    web: &Web,
    actor: &Actor,
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<Found>, PageError> {
    let free = find::available(&web.app, actor, slot, wanted).await?;
    let mut found = Vec::with_capacity(free.len());
    // The day is read once; every strip shares its window, so the wanted hour is a column.
    let day = match free.first() {
        Some(first) => Some(
            find::day(
                &web.app,
                actor,
                Some(first.room.site),
                Some(first.room.zone.date(slot.starts_at)),
            )
            .await?,
        ),
        None => None,
    };
    for (nth, free) in free.iter().enumerate() {
        let zone = &free.room.zone;
        let until = free.until.map_or_else(
            || "Free the rest of the day.".to_owned(),
            |until| {
                format!(
                    "Free until {}.",
                    words::moment(zone, until, slot.starts_at).replace("Today ", "")
                )
            },
        );
        let why = if nth == 0 {
            format!("Best fit. {until}")
        } else {
            until
        };
        found.push(Found {
            name: free.room.name.clone(),
            facts: words::facts(&free.room),
            strip: day.as_ref().map_or_else(Strip::default, |day| {
                strip(&free.room, day, slot, web.app.now())
            }),
            book_href: href(&free.room, slot),
            why,
        });
    }
    Ok(found)
}

fn strip(room: &Room, day: &find::Day, slot: Slot, now: Timestamp) -> Strip {
    let date = room.zone.date(slot.starts_at);
    let Ok(frame) = DayFrame::new(date, room.zone.tz()) else {
        return Strip::default();
    };
    let all: Vec<Span> = day.bookings.iter().map(|b| words::span(b.slot)).collect();
    let busy: Vec<Span> = day
        .bookings
        .iter()
        .filter(|booking| booking.room == room.id)
        .map(|booking| words::span(booking.slot))
        .collect();
    let own = words::span(slot);
    let shown: Vec<Span> = all.into_iter().chain([own]).collect();
    let window = frame.window(None, &shown, slot.starts_at);
    let label = format!("{} that day: {} taken", room.name, busy.len());
    frame.strip(window, label, &busy, &[(Mark::Wanted, own)], now)
}

fn href(room: &Room, slot: Slot) -> String {
    let zone = &room.zone;
    booking_href(
        &room.id.to_string(),
        &words::date(zone, slot.starts_at),
        &words::clock(zone, slot.starts_at),
        &words::clock(zone, slot.ends_at),
    )
}

/// What a room asks one to do without; nothing but its name where it has everything.
fn instead(room: &Room, wanted: &Wanted) -> String {
    if wanted.capacity.is_some_and(|seats| seats > room.capacity) {
        return format!("{} seats", room.capacity);
    }
    let missing = wanted
        .equipment
        .iter()
        .find(|item| !room.equipment.contains(item));
    missing.map_or_else(|| room.name.clone(), |item| format!("Without {item}"))
}

/// What fits after one change: another time in a room that has everything.
async fn plan_b(
    web: &Web,
    actor: &Actor,
    of_site: &[Room],
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<Plan>, PageError> {
    let fitting = of_site
        .iter()
        .find(|room| wanted.fits(room))
        .or_else(|| of_site.first());
    let Some(room) = fitting else {
        return Ok(Vec::new());
    };
    let all = rooms::list(&web.app, actor).await?;
    let free = find::instead(&web.app, actor, room.id, slot, None).await?;
    let mut plans = Vec::new();
    for offer in free.iter().take(3) {
        let Some(room) = all.iter().find(|room| room.id == offer.room) else {
            continue;
        };
        let shift = offer
            .slot
            .starts_at
            .duration_since(slot.starts_at)
            .as_mins();
        let change = match shift {
            0 => instead(room, wanted),
            1.. => format!("{} later", words::length(shift)),
            _ => format!("{} earlier", words::length(-shift)),
        };
        let date = room.zone.date(offer.slot.starts_at);
        let day = find::day(&web.app, actor, Some(room.site), Some(date)).await?;
        let facts = if wanted.fits(room) {
            format!("{} Everything you asked for.", words::facts(room))
        } else {
            format!("{} {}.", words::facts(room), room.site_name)
        };
        plans.push(Plan {
            change,
            room: room.name.clone(),
            time: words::times(&room.zone, offer.slot),
            facts,
            strip: strip(room, &day, offer.slot, web.app.now()),
            book_href: href(room, offer.slot),
        });
    }
    Ok(plans)
}
