//! Home: one click to a room, and the day.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, Timestamp, ToSpan};
use rooms_app::bookings::find::{self, FreeRoom, Wanted};
use rooms_core::room::{Room, Site};
use rooms_core::time::parse_date;
use rooms_core::{Actor, Slot};
use rooms_views::home::{Card, Choice, Day, Empty, Home, Zoom};
use rooms_views::layout::{Link, Nav};
use rooms_views::links;
use rooms_views::timeline::{DayBooking, DayFrame, Mark, RoomDay, Span, lay_out};

use super::bookings::{Plan, hosting};
use super::{PageError, draw, layout, words};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

/// How long one click books.
const ONE_CLICK: SignedDuration = SignedDuration::from_mins(30);
/// The shortest gap that is worth one click.
const WORTH_IT: SignedDuration = SignedDuration::from_mins(15);
/// Asks for the day as a plain list, for those who read it better so.
const VIEW: &str = "view";
const LIST: &str = "list";
/// How many hours a card shows.
const CARD_HOURS: i64 = 4;

/// The routes of this page.
pub fn router() -> Router<Web> {
    Router::new().route(links::HOME, get(home))
}

async fn home(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let site = match query.get("site_id") {
        "" => None,
        id => Some(id.parse().map_err(|_| PageError::not_found())?),
    };
    let date = parse_date("date", query.get("date")).ok();
    let now = web.app.now();
    let shown = find::day(&web.app, actor, site, date).await?;
    let whose = (actor.person, actor.name.as_str());
    let zoom = hosting(&web, actor, whose, Plan::default()).await?.zoom;
    let wanted = wanted(&query, shown.site.as_ref());
    let layout = layout(&web, &caller, "Book a room", Nav::Book).await?;
    let Some(site) = shown.site.clone() else {
        let page = Home {
            heading: "No rooms yet".to_owned(),
            clock: words::clock(&rooms_core::Zone::stored("UTC"), now),
            site: "UTC".to_owned(),
            cards: Vec::new(),
            empty: no_rooms(actor),
            has_rooms: false,
            day: day(&web, &query, &shown, &wanted, zoom, actor),
            layout,
        };
        return Ok(draw(StatusCode::OK, &page));
    };
    let cards = cards(&web, actor, &site, &shown).await?;
    let page = Home {
        heading: if shown.rooms.is_empty() {
            "No rooms yet"
        } else if cards.is_empty() {
            "Nothing free now"
        } else {
            "Free now"
        }
        .to_owned(),
        clock: words::clock(&site.zone, now),
        site: site.name.clone(),
        empty: if shown.rooms.is_empty() {
            no_rooms(actor)
        } else {
            nothing_free()
        },
        has_rooms: !shown.rooms.is_empty(),
        day: day(&web, &query, &shown, &wanted, zoom, actor),
        cards,
        layout,
    };
    Ok(draw(StatusCode::OK, &page))
}

fn no_rooms(actor: &Actor) -> Empty {
    if actor.is_admin() {
        Empty {
            heading: "Add the first room".to_owned(),
            text: "One room is enough to start. Everybody can book it at once.".to_owned(),
            links: vec![
                Link::new(format!("{}/new", links::ADMIN_ROOMS), "Add a room"),
                Link::new(links::ADMIN_PEOPLE, "Invite people"),
            ],
        }
    } else {
        Empty {
            heading: "There is no room to book yet".to_owned(),
            text: "An admin of your company adds rooms. They appear here by themselves.".to_owned(),
            links: Vec::new(),
        }
    }
}

fn nothing_free() -> Empty {
    Empty {
        heading: "Every room is taken just now".to_owned(),
        text: "The day below shows when the next one is free.".to_owned(),
        links: vec![Link::new(links::FIND, "Find a room")],
    }
}

/// What the filters ask for.
pub(super) fn wanted(query: &Fields, site: Option<&Site>) -> Wanted {
    Wanted {
        site: site.map(|site| site.id),
        capacity: query.get("capacity").trim().parse().ok(),
        equipment: query
            .all("equipment")
            .map(|item| item.trim().to_lowercase())
            .collect(),
    }
}

async fn cards(
    web: &Web,
    actor: &Actor,
    site: &Site,
    shown: &find::Day,
) -> Result<Vec<Card>, PageError> {
    let now = web.app.now();
    let step = now.as_second().div_euclid(300) * 300;
    let starts_at = Timestamp::from_second(step).unwrap_or(now);
    let Some(slot) = Slot::starting(starts_at, WORTH_IT) else {
        return Ok(Vec::new());
    };
    let wanted = Wanted {
        site: Some(site.id),
        ..Wanted::default()
    };
    let free = find::free_now(&web.app, actor, slot, &wanted).await?;
    let frame = DayFrame::new(site.zone.date(now), site.zone.tz());
    let Ok(frame) = frame else {
        return Ok(Vec::new());
    };
    let mut cards = Vec::new();
    for (nth, free) in free.iter().take(3).enumerate() {
        let busy = busy_today(web, actor, shown, &free.room).await?;
        cards.push(card(
            web,
            actor,
            site,
            &busy,
            &frame,
            free,
            (nth, starts_at),
        ));
    }
    Ok(cards)
}

/// What is booked in a room today, whichever day the page shows.
async fn busy_today(
    web: &Web,
    actor: &Actor,
    shown: &find::Day,
    room: &Room,
) -> Result<Vec<Span>, PageError> {
    let now = web.app.now();
    if (shown.slot.starts_at..shown.slot.ends_at).contains(&now) {
        let of_room = shown.bookings.iter().filter(|b| b.room == room.id);
        return Ok(of_room.map(|booking| words::span(booking.slot)).collect());
    }
    let taken = find::taken_on(&web.app, actor, room, room.zone.date(now)).await?;
    Ok(taken.into_iter().map(words::span).collect())
}

fn card(
    web: &Web,
    actor: &Actor,
    site: &Site,
    busy: &[Span],
    frame: &DayFrame,
    free: &FreeRoom,
    (nth, starts_at): (usize, Timestamp),
) -> Card {
    let now = web.app.now();
    let zone = &site.zone;
    let longest = starts_at.saturating_add(ONE_CLICK).unwrap_or(starts_at);
    let ends_at = free.until.map_or(longest, |until| until.min(longest));
    let slot = Slot { starts_at, ends_at };
    let (why, why_icon) = match (free.used, nth) {
        (1.., 0) => ("The one you use most", "star"),
        (1.., _) => ("You use it", "star"),
        _ if free.until.is_none() => ("Free the longest", "clock"),
        _ => ("Free now", "free"),
    };
    let until = match free.until {
        Some(until) if zone.date(until) == zone.date(now) => {
            format!("Free until {}", words::clock(zone, until))
        }
        _ => "Free the rest of the day".to_owned(),
    };
    let hour = i64::from(words::zoned(zone, now).hour()).min(24 - CARD_HOURS);
    let from = u16::try_from(hour).unwrap_or(0);
    let window = rooms_views::timeline::Window {
        from,
        to: from + u16::try_from(CARD_HOURS).unwrap_or(4),
    };
    let label = format!(
        "{} from {} to {}: {}",
        free.room.name, window.from, window.to, until
    );
    let marks = [(Mark::Wanted, words::span(slot))];
    let first_name = actor.name.split_whitespace().next().unwrap_or("My");
    Card {
        why: why.to_owned(),
        why_icon,
        room_id: free.room.id.to_string(),
        room: free.room.name.clone(),
        until,
        facts: words::facts(&free.room),
        strip: frame.strip(window, label, busy, &marks, now),
        minutes: u32::try_from(slot.minutes()).unwrap_or(30),
        date: words::date(zone, starts_at),
        start: words::clock(zone, starts_at),
        end: words::clock(zone, ends_at),
        title: format!("{first_name}’s meeting"),
        idempotency_key: web.app.new_id().to_string(),
    }
}

fn day(
    web: &Web,
    query: &Fields,
    shown: &find::Day,
    wanted: &Wanted,
    zoom: Zoom,
    actor: &Actor,
) -> Day {
    let now = web.app.now();
    let zone = shown
        .site
        .as_ref()
        .map_or_else(|| rooms_core::Zone::stored("UTC"), |site| site.zone.clone());
    let date = zone.date(shown.slot.starts_at);
    let rooms: Vec<&Room> = shown
        .rooms
        .iter()
        .filter(|room| wanted.fits(room))
        .collect();
    let filters = filters(query, shown);
    let to = |date: Option<jiff::civil::Date>| {
        let date = date.map(|date| ("date".to_owned(), date.to_string()));
        address(filters.iter().cloned().chain(date))
    };
    let named = |date: Option<jiff::civil::Date>| {
        let date = date.unwrap_or_default();
        Link::new(to(Some(date)), date.strftime("%A %-d %B").to_string())
    };
    let first_name = actor.name.split_whitespace().next().unwrap_or("My");
    let as_list = query.get(VIEW) == LIST;
    let view = (!as_list).then(|| (VIEW.to_owned(), LIST.to_owned()));
    let drawn = filters.iter().filter(|(name, _)| name != VIEW).cloned();
    let other = drawn.chain([("date".to_owned(), date.to_string())]);
    Day {
        weekday: date.strftime("%A").to_string(),
        date_words: date.strftime("%-d %B").to_string(),
        is_today: date == zone.date(now),
        earlier: named(date.checked_sub(1.day()).ok()),
        later: named(date.checked_add(1.day()).ok()),
        today_href: to(None),
        unfiltered_href: address([("date".to_owned(), date.to_string())].into_iter()),
        sites: shown
            .sites
            .iter()
            .map(|site| {
                let chosen = shown.site.as_ref().is_some_and(|shown| shown.id == site.id);
                Choice::new(site.id.to_string(), site.name.clone(), chosen)
            })
            .collect(),
        sizes: sizes(wanted.capacity),
        equipment: equipment(&shown.rooms, &wanted.equipment),
        kept: filters.clone(),
        timeline: timeline(
            query,
            shown,
            &rooms,
            date,
            &zone,
            (now, actor, to(Some(date))),
        ),
        as_list,
        other_view: Link::new(
            address(other.chain(view)),
            if as_list {
                "As a timetable"
            } else {
                "As a list"
            },
        ),
        zoom,
        quick_title: format!("{first_name}’s meeting"),
        quick_key: web.app.new_id().to_string(),
    }
}

fn timeline(
    query: &Fields,
    shown: &find::Day,
    rooms: &[&Room],
    date: jiff::civil::Date,
    zone: &rooms_core::Zone,
    (now, actor, here): (Timestamp, &Actor, String),
) -> rooms_views::timeline::Timeline {
    let Ok(frame) = DayFrame::new(date, zone.tz()) else {
        return rooms_views::timeline::Timeline::default();
    };
    let mut of_room: std::collections::HashMap<_, Vec<DayBooking>> =
        rooms.iter().map(|room| (room.id, Vec::new())).collect();
    for booking in &shown.bookings {
        if let Some(drawn) = of_room.get_mut(&booking.room) {
            drawn.push(DayBooking {
                id: booking.id.to_string(),
                span: words::span(booking.slot),
                title: Some(booking.title.clone()),
                by: if booking.organizer == actor.person {
                    "You".to_owned()
                } else {
                    booking.organizer_name.clone()
                },
                mine: actor.person == booking.organizer || actor.person == booking.booker,
                pending: booking.state == rooms_core::booking::BookingState::Pending,
            });
        }
    }
    let drawn: Vec<RoomDay> = rooms
        .iter()
        .map(|room| RoomDay {
            id: room.id.to_string(),
            name: room.name.clone(),
            seats: u32::try_from(room.capacity).unwrap_or(0),
            equipment: room.equipment.clone(),
            group: String::new(),
            open: room.hours.open(zone, date).map(words::span),
            out_of_service: None,
            bookings: of_room.remove(&room.id).unwrap_or_default(),
        })
        .collect();
    let window = if query.get("hours") == "all" {
        frame.whole()
    } else {
        let limited = rooms.iter().filter(|room| !room.hours.always());
        let open = limited.filter_map(|room| room.hours.open(zone, date).map(words::span));
        let open = open.reduce(|a, b| Span {
            start: a.start.min(b.start),
            end: a.end.max(b.end),
        });
        let taken: Vec<Span> = drawn
            .iter()
            .flat_map(|room| room.bookings.iter().map(|b| b.span))
            .collect();
        frame.window(open, &taken, now)
    };
    let mut timeline = lay_out(&frame, window, now, &drawn);
    if window != frame.whole() {
        let joint = if here.contains('?') { '&' } else { '?' };
        timeline.whole_day_href = Some(format!("{here}{joint}hours=all"));
    }
    timeline
}

/// The filters of a query as names and values, without the day.
fn filters(query: &Fields, shown: &find::Day) -> Vec<(String, String)> {
    let mut kept = Vec::new();
    if let (Some(site), true) = (&shown.site, shown.sites.len() > 1) {
        kept.push(("site_id".to_owned(), site.id.to_string()));
    }
    if !query.get("capacity").is_empty() {
        kept.push(("capacity".to_owned(), query.get("capacity").to_owned()));
    }
    if query.get(VIEW) == LIST {
        kept.push((VIEW.to_owned(), LIST.to_owned()));
    }
    kept.extend(
        query
            .all("equipment")
            .map(|item| ("equipment".to_owned(), item.to_owned())),
    );
    kept
}

fn address(pairs: impl Iterator<Item = (String, String)>) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish();
    if query.is_empty() {
        links::HOME.to_owned()
    } else {
        format!("{}?{query}", links::HOME)
    }
}

/// Sizes to ask for.
fn sizes(chosen: Option<i64>) -> Vec<Choice> {
    let mut sizes = vec![Choice::new("", "Any size", chosen.is_none())];
    for size in [2, 4, 6, 8, 12, 20] {
        let words = format!("{size} or more");
        sizes.push(Choice::new(size.to_string(), words, chosen == Some(size)));
    }
    sizes
}

/// The equipment some of the rooms have, most frequent first, and what was asked for.
pub(super) fn equipment(rooms: &[Room], chosen: &[String]) -> Vec<Choice> {
    let mut count: std::collections::BTreeMap<&str, usize> = chosen
        .iter()
        .map(|item| (item.as_str(), usize::MAX))
        .collect();
    for item in rooms.iter().flat_map(|room| &room.equipment) {
        let seen = count.entry(item).or_default();
        *seen = seen.saturating_add(1);
    }
    let mut all: Vec<(&str, usize)> = count.into_iter().collect();
    all.sort_by_key(|(item, count)| (std::cmp::Reverse(*count), *item));
    all.into_iter()
        .take(6)
        .map(|(item, _)| {
            let mut letters = item.chars();
            let first = letters.next().map(char::to_uppercase).into_iter().flatten();
            let text: String = first.chain(letters).collect();
            Choice::new(item, text, chosen.iter().any(|c| c == item))
        })
        .collect()
}
