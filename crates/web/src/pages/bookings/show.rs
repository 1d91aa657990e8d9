//! The page of one booking.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use jiff::Timestamp;
use rooms_app::bookings::{self, find, link};
use rooms_app::{Event, rooms};
use rooms_core::Actor;
use rooms_core::booking::{Booking, BookingState, Conference};
use rooms_views::booking::{self as view, BookingPage, When};
use rooms_views::layout::{Flash, Link, Nav, Tone, UndoForm};
use rooms_views::links;
use rooms_views::timeline::{DayFrame, Mark, Span, Strip, booking_href};

use super::{hosting, id, meeting};
use crate::pages::{PageError, draw, layout, words};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

pub(super) async fn show(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let (booked, history) = bookings::with_history(&web.app, actor, id(&text)?).await?;
    let query = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut layout = layout(&web, &caller, booked.booking.title.clone(), Nav::MyBookings).await?;
    layout.flash = flash(&booked.booking, query.get("done"));
    let room = rooms::get(&web.app, actor, booked.booking.room).await?;
    let booking = &booked.booking;
    let now = web.app.now();
    let life = link::life(&web.app, actor, &booked).await?;
    let may_change = actor.may_change(booking.organizer.id, booking.booker.id);
    let ahead = booking.state.takes_the_room() && booking.slot.ends_at > now;
    let mut about = meeting::about(&booked, &life, may_change, now);
    if ahead && may_change && booking.conference.is_some() {
        about.accounts = hosting::others(&web, actor, &booked).await?;
    }
    let page = BookingPage {
        layout,
        id: booking.id.to_string(),
        title: booking.title.clone(),
        state: state(booking, now),
        day_link: day_link(booking, &room),
        when: when(booking, now),
        room: booking.room_name.clone(),
        place: booking.site_name.clone(),
        room_facts: words::facts(&room),
        strip: strip(&web, actor, booking, &room).await?,
        meeting: meeting::meeting(&booked, actor),
        about,
        people: people(booking),
        notes: booking.cancel_reason.clone().unwrap_or_default(),
        history: history
            .iter()
            .map(|event| happened(event, booking, now))
            .collect(),
        change_href: (ahead && may_change)
            .then(|| format!("{}/change", links::booking(booking.id))),
        may_cancel: ahead && may_change,
        again_href: (!ahead).then(|| again(booking)),
    };
    Ok(draw(StatusCode::OK, &page))
}

/// Where a booking stands, as its pages say it.
pub(super) fn state(booking: &Booking, now: Timestamp) -> view::BookingState {
    match booking.state {
        BookingState::Confirmed if booking.slot.ends_at <= now => view::BookingState::Past,
        BookingState::Confirmed => view::BookingState::Confirmed,
        BookingState::Pending => view::BookingState::Pending,
        BookingState::Declined => view::BookingState::Declined,
        BookingState::Cancelled => view::BookingState::Cancelled,
    }
}

/// The form, filled with the words of a booking that is over.
pub(super) fn again(booking: &Booking) -> String {
    let zone = &booking.zone;
    let (start, end) = (booking.slot.starts_at, booking.slot.ends_at);
    let room = booking.room.to_string();
    let form = booking_href(
        &room,
        &words::date(zone, start),
        &words::clock(zone, start),
        &words::clock(zone, end),
    );
    let more = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("title", &booking.title)
        .append_pair(
            "conference",
            booking.conference.map_or("", Conference::as_str),
        )
        .append_pair("invitees", &booking.invitees.join(", "))
        .finish();
    format!("{form}&{more}")
}

fn flash(booking: &Booking, done: &str) -> Option<Flash> {
    match done {
        "cancelled" if booking.state == BookingState::Cancelled => Some(Flash {
            text: format!("{} is cancelled.", booking.title),
            undo: Some(UndoForm {
                action: format!("{}/undo", links::booking(booking.id)),
                fields: Vec::new(),
            }),
        }),
        "changed" => Some(Flash {
            text: "Changed.".to_owned(),
            undo: None,
        }),
        _ => None,
    }
}

fn day_link(booking: &Booking, room: &rooms_core::room::Room) -> Link {
    let date = words::date(&booking.zone, booking.slot.starts_at);
    let words = words::zoned(&booking.zone, booking.slot.starts_at).strftime("%A %-d %B");
    Link::new(
        format!("{}?site_id={}&date={date}", links::HOME, room.site),
        words.to_string(),
    )
}

fn when(booking: &Booking, now: Timestamp) -> When {
    let (zone, slot) = (&booking.zone, booking.slot);
    When {
        start: words::clock(zone, slot.starts_at),
        end: words::clock(zone, slot.ends_at),
        start_iso: words::iso(zone, slot.starts_at),
        end_iso: words::iso(zone, slot.ends_at),
        day: words::day(zone, slot.starts_at, now),
        length: words::length(slot.minutes()),
        elsewhere: format!("{} time.", booking.site_name),
    }
}

fn people(booking: &Booking) -> Vec<String> {
    let organizer = if booking.booker.id == booking.organizer.id {
        booking.organizer.name.clone()
    } else {
        format!(
            "{} (booked by {})",
            booking.organizer.name, booking.booker.name
        )
    };
    std::iter::once(organizer)
        .chain(booking.invitees.iter().cloned())
        .collect()
}

async fn strip(
    web: &Web,
    actor: &Actor,
    booking: &Booking,
    room: &rooms_core::room::Room,
) -> Result<Strip, PageError> {
    let zone = &room.zone;
    let date = zone.date(booking.slot.starts_at);
    let taken = find::taken_on(&web.app, actor, room, date).await?;
    let Ok(frame) = DayFrame::new(date, zone.tz()) else {
        return Ok(Strip::default());
    };
    let busy: Vec<Span> = taken
        .iter()
        .filter(|slot| **slot != booking.slot)
        .map(|slot| words::span(*slot))
        .collect();
    let open = (!room.hours.always()).then(|| room.hours.open(zone, date).map(words::span));
    let own = words::span(booking.slot);
    let mark = if booking.state.takes_the_room() {
        Mark::Own
    } else {
        Mark::Clash
    };
    let shown: Vec<Span> = busy.iter().copied().chain([own]).collect();
    let now = web.app.now();
    let window = frame.window(open.flatten(), &shown, booking.slot.starts_at);
    let label = format!(
        "{} that day: this booking {}",
        room.name,
        words::times(zone, booking.slot)
    );
    Ok(frame.strip(window, label, &busy, &[(mark, own)], now))
}

/// An entry of the history in words.
fn happened(event: &Event, booking: &Booking, now: Timestamp) -> view::Event {
    let (said, tone, icon) = match event.kind.as_str() {
        "booking.made" => ("Booked", None, ""),
        "booking.changed" => ("Changed", None, ""),
        "booking.cancelled" => ("Cancelled", None, ""),
        "meeting.ready" => ("Zoom link ready", Some(Tone::Ok), "video"),
        "meeting.told" => ("Zoom has the change", None, ""),
        "meeting.failed" => ("No Zoom link", Some(Tone::Bad), "failed"),
        "meeting.declined" => ("Zoom declined the change", Some(Tone::Warn), "warn"),
        "meeting.wanted" => ("New link asked for", None, ""),
        "reconciliation.fixed" => ("Put right in Zoom", Some(Tone::Ok), "free"),
        "reconciliation.left" => ("Left as it is in Zoom", None, ""),
        "meeting.gone" => ("Deleted in Zoom", Some(Tone::Bad), "failed"),
        "meeting.replaced" => (
            "New link in place of the deleted one",
            Some(Tone::Ok),
            "video",
        ),
        "meeting.drifted" => ("Changed in Zoom", Some(Tone::Warn), "warn"),
        "meeting.agrees" => ("Zoom and the booking agree again", Some(Tone::Ok), "free"),
        "meeting.restored" => ("Ours restored in Zoom", None, ""),
        "meeting.taken_back" => (
            "Zoom link follows the booking again",
            Some(Tone::Ok),
            "link",
        ),
        "meeting.left" => ("Left in Zoom", None, ""),
        other => (other, None, ""),
    };
    let who = event.actor_name.as_deref().map(|name| format!("by {name}"));
    // The title stands above the history already.
    let what = (event.kind != "booking.made").then(|| event.detail.clone());
    let detail = who.into_iter().chain(what).filter(|text| !text.is_empty());
    view::Event {
        at: words::moment(&booking.zone, event.at, now),
        at_iso: words::iso(&booking.zone, event.at),
        words: said.to_owned(),
        detail: detail.collect::<Vec<_>>().join(": "),
        tone,
        icon,
    }
}
