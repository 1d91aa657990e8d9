//! The booking form: new, changed, and refused with everything still in it.

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use rooms_app::bookings::{self, find};
use rooms_app::{Failure, Idempotency, people, rooms};
use rooms_core::booking::{self};
use rooms_core::booking::{Booking, Conference, Request, Who};
use rooms_core::room::{Room, RoomState};
use rooms_core::time::{parse_date, parse_time};
use rooms_core::{Actor, FieldErrors, RoomId, Slot};

use super::id;
use crate::links;
use crate::pages::home::zoom_for;
use crate::pages::{PageError, draw, layout, words};
use crate::session::{Caller, Fields, SignedIn};
use crate::state::Web;
use crate::views::book_form::{Alternative, BookForm, Field, FieldError, RoomGroup};
use crate::views::home::Choice;
use crate::views::layout::{Link, Nav};
use crate::views::timeline::{DayFrame, Mark, Span, Strip};

/// What the form holds, as typed.
#[derive(Debug, Clone, Default)]
struct Typed {
    room: String,
    title: String,
    date: String,
    start: String,
    end: String,
    conference: String,
    organizer: String,
    invitees: String,
    version: String,
    key: String,
}

impl Typed {
    fn read(fields: &Fields) -> Self {
        let mut typed = Self {
            room: fields.get("room_id").to_owned(),
            title: fields.get("title").to_owned(),
            date: fields.get("date").to_owned(),
            start: fields.get("start").to_owned(),
            end: fields.get("end").to_owned(),
            conference: fields.get("conference").to_owned(),
            organizer: fields.get("organizer").to_owned(),
            invitees: fields.all("invitees").collect::<Vec<_>>().join(", "),
            version: fields.get("version").to_owned(),
            key: fields.get("idempotency_key").to_owned(),
        };
        if let Some(taken) = Alternative::read(fields.get("take")) {
            typed.room = taken.room_id;
            typed.date = taken.date;
            typed.start = taken.start;
            typed.end = taken.end;
        }
        typed
    }

    fn of(booking: &Booking) -> Self {
        let (zone, slot) = (&booking.zone, booking.slot);
        Self {
            room: booking.room.to_string(),
            title: booking.title.clone(),
            date: words::date(zone, slot.starts_at),
            start: words::clock(zone, slot.starts_at),
            end: words::clock(zone, slot.ends_at),
            conference: booking.conference.map_or("", Conference::as_str).to_owned(),
            organizer: booking.organizer.id.to_string(),
            invitees: booking.invitees.join(", "),
            version: booking.revision.to_string(),
            key: String::new(),
        }
    }

    /// The instants that were typed, in the room's zone. An end at midnight is the day's own end.
    fn slot(&self, room: &Room) -> Result<(Timestamp, Timestamp), FieldErrors> {
        let mut errors = FieldErrors::default();
        let date = errors.keep(parse_date("date", &self.date));
        let start = errors.keep(parse_time("start", &self.start));
        let end = errors.keep(parse_time("end", &self.end));
        let (Some(date), Some(start), Some(end)) = (date, start, end) else {
            return Err(errors);
        };
        let next = date.tomorrow().unwrap_or(date);
        let midnight = |time: jiff::civil::Time| time == jiff::civil::Time::midnight();
        let starts_at = match start {
            Some(start) => errors.keep(room.zone.instant("start", date.to_datetime(start))),
            None => Some(room.zone.day_start(next)),
        };
        let ends_at = match end {
            Some(end) if !midnight(end) => {
                errors.keep(room.zone.instant("end", date.to_datetime(end)))
            }
            _ => Some(room.zone.day_start(next)),
        };
        // Where the clocks go back a time happens twice: the end is the one after the start.
        let ends_at = match (starts_at, ends_at, end) {
            (Some(from), Some(to), Some(end)) if to <= from => {
                let later = room
                    .zone
                    .tz()
                    .to_ambiguous_timestamp(date.to_datetime(end))
                    .later();
                later.ok().filter(|later| *later > from).or(Some(to))
            }
            (_, to, _) => to,
        };
        starts_at.zip(ends_at).ok_or(errors)
    }

    fn invitees(&self) -> Vec<String> {
        self.invitees
            .split([',', ';', '\n', ' '])
            .map(str::trim)
            .filter(|address| !address.is_empty())
            .map(str::to_owned)
            .collect()
    }

    fn conference(&self) -> Result<Option<Conference>, FieldErrors> {
        match self.conference.as_str() {
            "" => Ok(None),
            word => Conference::parse(word).map(Some).ok_or_else(|| {
                FieldErrors::one("conference", "unknown", "Choose Zoom, or the room only.")
            }),
        }
    }

    fn organizer(&self) -> Option<Who> {
        match self.organizer.trim() {
            "" => None,
            text => Some(
                text.parse()
                    .map_or_else(|_| Who::Email(text.to_owned()), Who::Id),
            ),
        }
    }

    /// The request, everything that does not parse said at once.
    async fn request(&self, web: &Web, actor: &Actor) -> Result<Request, Failure> {
        let unknown = || FieldErrors::one("room_id", "unknown", "Choose a room of the list.");
        let id: RoomId = self.room.parse().map_err(|_| unknown())?;
        let room = match rooms::get(&web.app, actor, id).await {
            Err(Failure::NotFound(_)) => return Err(unknown().into()),
            room => room?,
        };
        let mut errors = FieldErrors::default();
        let slot = errors.keep(self.slot(&room));
        let conference = errors.keep(self.conference());
        match (slot, conference) {
            (Some((starts_at, ends_at)), Some(conference)) => Ok(Request {
                room: id,
                title: self.title.clone(),
                starts_at,
                ends_at,
                conference,
                organizer: self.organizer(),
                invitees: self.invitees(),
            }),
            _ => Err(errors.into()),
        }
    }
}

/// `GET /bookings/new`: empty, or filled from the query.
pub(super) async fn new(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut typed = Typed::read(&fields);
    if typed.key.is_empty() {
        typed.key = web.app.new_id().to_string();
    }
    let form = Form {
        typed,
        booking: None,
        failure: None,
    };
    form.draw(&web, &visitor.actor, &caller).await
}

/// `POST /bookings`.
pub(super) async fn book(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = Typed::read(&fields);
    let key = match typed.key.as_str() {
        "" => None,
        key => Idempotency::parse(key, "POST /bookings", fields.to_query().as_bytes()).ok(),
    };
    let booked = match typed.request(&web, &visitor.actor).await {
        Ok(request) => bookings::book(&web.app, &visitor.actor, request, key).await,
        Err(failure) => Err(failure),
    };
    match booked {
        Ok(booked) => Ok(Redirect::to(&links::booking(booked.booking.id)).into_response()),
        Err(failure) => {
            let form = Form {
                typed,
                booking: None,
                failure: Some(failure),
            };
            form.draw(&web, &visitor.actor, &caller).await
        }
    }
}

/// `GET /bookings/{id}/change`.
pub(super) async fn edit(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    let booking = bookings::get(&web.app, &visitor.actor, id(&text)?)
        .await?
        .booking;
    if !visitor
        .actor
        .may_change(booking.organizer.id, booking.booker.id)
    {
        let why = "only its organizer, its booker or an admin may change it";
        return Err(Failure::Forbidden(why).into());
    }
    let form = Form {
        typed: Typed::of(&booking),
        booking: Some(booking),
        failure: None,
    };
    form.draw(&web, &visitor.actor, &caller).await
}

/// `POST /bookings/{id}`.
pub(super) async fn change(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let id = id(&text)?;
    let actor = &visitor.actor;
    let before = bookings::get(&web.app, actor, id).await?.booking;
    let typed = Typed::read(&fields);
    let changed = match typed.request(&web, actor).await {
        Ok(request) => {
            let change = booking::Change {
                room: Some(request.room),
                title: Some(request.title),
                starts_at: Some(request.starts_at),
                ends_at: Some(request.ends_at),
                conference: Some(request.conference),
                organizer: request.organizer,
                invitees: Some(request.invitees),
            };
            bookings::change(&web.app, actor, id, change, typed.version.parse().ok()).await
        }
        Err(failure) => Err(failure),
    };
    match changed {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=changed", links::booking(id))).into_response()),
        Err(failure) => {
            let form = Form {
                typed,
                booking: Some(before),
                failure: Some(failure),
            };
            form.draw(&web, actor, &caller).await
        }
    }
}

/// The form as it is drawn: what was typed, what is changed, and why it was refused.
struct Form {
    typed: Typed,
    booking: Option<Booking>,
    failure: Option<Failure>,
}

impl Form {
    async fn draw(
        mut self,
        web: &Web,
        actor: &Actor,
        caller: &Caller,
    ) -> Result<Response, PageError> {
        let failure = self.failure.take();
        if let Some(failure @ (Failure::NotFound(_) | Failure::Forbidden(_) | Failure::Store(_))) =
            failure
        {
            return Err(failure.into());
        }
        let all = rooms::list(&web.app, actor).await?;
        let open: Vec<&Room> = all
            .iter()
            .filter(|room| room.state == RoomState::Open || room.id.to_string() == self.typed.room)
            .collect();
        let room = open
            .iter()
            .find(|room| room.id.to_string() == self.typed.room)
            .copied();
        let room = room.or_else(|| open.first().copied());
        self.fill(web, room);
        let wanted = room.and_then(|room| {
            let (from, to) = self.typed.slot(room).ok()?;
            Slot::new(from, to)
        });
        let (status, refusal) = refused(web, &all, self.booking.is_some(), failure);
        let people = people::list(&web.app, actor, None, 500).await?;
        let organizer = match self.typed.organizer() {
            Some(Who::Id(id)) => id,
            Some(Who::Email(email)) => people
                .iter()
                .find(|p| p.email == email)
                .map_or(actor.person, |p| p.id),
            None => actor.person,
        };
        let title = self
            .booking
            .as_ref()
            .map_or("New booking", |b| b.title.as_str());
        let page = BookForm {
            layout: layout(web, caller, title, Nav::Book).await?,
            heading: title.to_owned(),
            lead: String::new(),
            back: self.back(room),
            action: self
                .booking
                .as_ref()
                .map_or_else(|| links::BOOKINGS.to_owned(), |b| links::booking(b.id)),
            submit: match (&self.booking, room) {
                (Some(_), _) => "Save".to_owned(),
                (None, Some(room)) => format!("Book {}", room.name),
                (None, None) => "Book".to_owned(),
            },
            idempotency_key: web.app.new_id().to_string(),
            length: wanted.zip(room).map_or_else(String::new, |(slot, room)| {
                format!("{}, {} time", words::length(slot.minutes()), room.site_name)
            }),
            rooms: groups(&open, room),
            strip: match room {
                Some(room) => self.strip(web, actor, room, wanted, refusal.clash).await?,
                None => None,
            },
            organizers: people
                .iter()
                .filter(|person| person.state != rooms_core::PersonState::Deactivated)
                .map(|person| {
                    let chosen = person.id == organizer;
                    Choice::new(person.id.to_string(), person.name.clone(), chosen)
                })
                .collect(),
            people: people
                .iter()
                .map(|person| Choice::new(person.email.clone(), person.name.clone(), false))
                .collect(),
            zoom: zoom_for(web, actor, organizer).await?,
            wants_zoom: self.typed.conference == Conference::Zoom.as_str(),
            refusal: refusal.words,
            errors: refusal.errors,
            alternatives: refusal.alternatives,
            version: self.typed.version,
            title: self.typed.title,
            date: self.typed.date,
            start: self.typed.start,
            end: self.typed.end,
            invitees: self.typed.invitees,
        };
        Ok(draw(status, &page))
    }

    /// What an empty form begins with: the next half hour in the first room.
    fn fill(&mut self, web: &Web, room: Option<&Room>) {
        let Some(room) = room else { return };
        let typed = &mut self.typed;
        let now = web.app.now();
        if typed.room.is_empty() {
            typed.room = room.id.to_string();
        }
        if typed.date.is_empty() && typed.start.is_empty() && typed.end.is_empty() {
            let start = (now.as_second().div_euclid(900) + 1) * 900;
            let at = |second| Timestamp::from_second(second).unwrap_or(now);
            typed.date = words::date(&room.zone, at(start));
            typed.start = words::clock(&room.zone, at(start));
            typed.end = words::clock(&room.zone, at(start + 1800));
        }
    }

    fn back(&self, room: Option<&Room>) -> Link {
        match (&self.booking, room) {
            (Some(booking), _) => Link::new(links::booking(booking.id), booking.title.clone()),
            (None, Some(room)) => {
                let query = url::form_urlencoded::Serializer::new(String::new())
                    .append_pair("site_id", &room.site.to_string())
                    .append_pair("date", &self.typed.date)
                    .finish();
                Link::new(format!("{}?{query}", links::HOME), "The day")
            }
            (None, None) => Link::new(links::HOME, "Home"),
        }
    }

    async fn strip(
        &self,
        web: &Web,
        actor: &Actor,
        room: &Room,
        wanted: Option<Slot>,
        clash: bool,
    ) -> Result<Option<Strip>, PageError> {
        let Ok(date) = parse_date("date", &self.typed.date) else {
            return Ok(None);
        };
        let Ok(frame) = DayFrame::new(date, room.zone.tz()) else {
            return Ok(None);
        };
        let own = self
            .booking
            .as_ref()
            .filter(|b| b.room == room.id)
            .map(|b| b.slot);
        let taken = find::taken_on(&web.app, actor, room, date).await?;
        let busy: Vec<Span> = taken
            .iter()
            .filter(|slot| Some(**slot) != own)
            .map(|slot| words::span(*slot))
            .collect();
        let mark = if clash { Mark::Clash } else { Mark::Wanted };
        let marks: Vec<(Mark, Span)> = wanted
            .iter()
            .map(|slot| (mark, words::span(*slot)))
            .collect();
        let open = (!room.hours.always()).then(|| room.hours.open(&room.zone, date));
        let shown: Vec<Span> = busy
            .iter()
            .copied()
            .chain(marks.iter().map(|m| m.1))
            .collect();
        let now = web.app.now();
        let around = wanted.map_or(now, |slot| slot.starts_at);
        let window = frame.window(open.flatten().map(words::span), &shown, around);
        let label = format!("{} on {}: {} taken", room.name, self.typed.date, busy.len());
        Ok(Some(frame.strip(window, label, &busy, &marks, now)))
    }
}

fn groups(rooms: &[&Room], chosen: Option<&Room>) -> Vec<RoomGroup> {
    let mut groups: Vec<RoomGroup> = Vec::new();
    for room in rooms {
        let text = format!(
            "{}, {}",
            room.name,
            words::facts(room).trim_end_matches('.')
        );
        let chosen = chosen.is_some_and(|chosen| chosen.id == room.id);
        let choice = Choice::new(room.id.to_string(), text, chosen);
        match groups.iter_mut().find(|group| group.name == room.site_name) {
            Some(group) => group.rooms.push(choice),
            None => {
                groups.push(RoomGroup {
                    name: room.site_name.clone(),
                    rooms: vec![choice],
                });
            }
        }
    }
    groups
}

/// Why a form was refused, beside its fields.
#[derive(Default)]
struct Refusal {
    words: String,
    errors: Vec<FieldError>,
    alternatives: Vec<Alternative>,
    clash: bool,
}

fn refused(
    web: &Web,
    rooms: &[Room],
    is_change: bool,
    failure: Option<Failure>,
) -> (StatusCode, Refusal) {
    let words = if is_change {
        "Not changed yet."
    } else {
        "Not booked yet."
    }
    .to_owned();
    let one = |field, short: &str, text: String| {
        vec![FieldError {
            field,
            short: short.to_owned(),
            text,
        }]
    };
    match failure {
        None => (StatusCode::OK, Refusal::default()),
        Some(Failure::Invalid(errors)) => {
            let errors = errors.0.into_iter().map(|error| {
                let (field, short) = place(error.field);
                FieldError {
                    field,
                    short: short.to_owned(),
                    text: error.message,
                }
            });
            let refusal = Refusal {
                words,
                errors: errors.collect(),
                ..Refusal::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, refusal)
        }
        Some(Failure::RoomTaken(free)) => {
            let alternatives: Vec<_> = free
                .iter()
                .filter_map(|free| {
                    let room = rooms.iter().find(|room| room.id == free.room)?;
                    Some(alternative(web, room, free.slot))
                })
                .collect();
            let text = if alternatives.is_empty() {
                "Somebody has this room then, and nothing as long is free within seven days."
            } else {
                "Somebody has this room then. Free instead:"
            };
            let errors = one(Field::When, "the time", text.to_owned());
            (
                StatusCode::CONFLICT,
                Refusal {
                    words,
                    errors,
                    alternatives,
                    clash: true,
                },
            )
        }
        Some(Failure::ZoomNotConnected { name, own, .. }) => {
            let text = if own {
                "You have no active Zoom connection. Connect it, or book the room only.".to_owned()
            } else {
                format!(
                    "{name} has no active Zoom connection. Book the room only, or ask them to connect it."
                )
            };
            let errors = one(Field::Conference, "Zoom", text);
            let refusal = Refusal {
                words,
                errors,
                ..Refusal::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, refusal)
        }
        Some(Failure::Stale) => {
            let text =
                "Somebody changed this booking meanwhile. Open it again to see how it stands.";
            let errors = one(Field::When, "the booking", text.to_owned());
            (
                StatusCode::PRECONDITION_FAILED,
                Refusal {
                    words,
                    errors,
                    ..Refusal::default()
                },
            )
        }
        Some(other) => {
            let errors = one(
                Field::When,
                "the booking",
                crate::pages::sentence(&other.to_string()),
            );
            (
                StatusCode::CONFLICT,
                Refusal {
                    words,
                    errors,
                    ..Refusal::default()
                },
            )
        }
    }
}

/// Which field of the form a field of the request is, and its short name.
fn place(field: &str) -> (Field, &'static str) {
    match field {
        "title" => (Field::Title, "the title"),
        "room_id" => (Field::Room, "the room"),
        "organizer" => (Field::Organizer, "the organiser"),
        "invitees" => (Field::Invitees, "the people"),
        "conference" => (Field::Conference, "Zoom"),
        _ => (Field::When, "the time"),
    }
}

fn alternative(web: &Web, room: &Room, slot: Slot) -> Alternative {
    let zone = &room.zone;
    let now = web.app.now();
    let times = words::times(zone, slot);
    let text = if zone.date(slot.starts_at) == zone.date(now) {
        format!("{times} in {}", room.name)
    } else {
        format!(
            "{} {times} in {}",
            words::zoned(zone, slot.starts_at).strftime("%a %-d %b"),
            room.name
        )
    };
    Alternative {
        text,
        room_id: room.id.to_string(),
        date: words::date(zone, slot.starts_at),
        start: words::clock(zone, slot.starts_at),
        end: words::clock(zone, slot.ends_at),
    }
}
