//! What the form holds, as typed, and what it asks for once it is read.

use jiff::Timestamp;
use jiff::civil::Time;
use rooms_app::{Failure, rooms};
use rooms_core::booking::{Booking, Conference, Request, Who};
use rooms_core::room::Room;
use rooms_core::time::{parse_date, parse_time};
use rooms_core::{Actor, ConnectionId, FieldErrors, RoomId};
use rooms_views::book_form::Alternative;

use crate::pages::words;
use crate::session::Fields;
use crate::state::Web;

/// What the form holds, as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct Typed {
    pub(super) room: String,
    pub(super) title: String,
    pub(super) date: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) conference: String,
    organizer: String,
    host: String,
    host_of: String,
    pub(super) invitees: String,
    pub(super) version: String,
    pub(super) key: String,
}

impl Typed {
    /// What was posted, or asked for by an address. A button with an alternative replaces the time.
    pub(super) fn read(fields: &Fields) -> Self {
        let mut typed = Self {
            room: fields.get("room_id").to_owned(),
            title: fields.get("title").to_owned(),
            date: fields.get("date").to_owned(),
            start: fields.get("start").to_owned(),
            end: fields.get("end").to_owned(),
            conference: fields.get("conference").to_owned(),
            organizer: fields.get("organizer").to_owned(),
            host: fields.get("connection_id").to_owned(),
            host_of: fields.get("host_of").to_owned(),
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

    /// What a booking is now, as if typed.
    pub(super) fn of(booking: &Booking) -> Self {
        let (zone, slot) = (&booking.zone, booking.slot);
        Self {
            room: booking.room.to_string(),
            title: booking.title.clone(),
            date: words::date(zone, slot.starts_at),
            start: words::clock(zone, slot.starts_at),
            end: words::clock(zone, slot.ends_at),
            conference: booking.conference.map_or("", Conference::as_str).to_owned(),
            organizer: booking.organizer.id.to_string(),
            host: String::new(),
            host_of: String::new(),
            invitees: booking.invitees.join(", "),
            version: booking.revision.to_string(),
            key: String::new(),
        }
    }

    /// The instants that were typed, in the room's zone. An end at midnight is the day's own end.
    pub(super) fn slot(&self, room: &Room) -> Result<(Timestamp, Timestamp), FieldErrors> {
        let mut errors = FieldErrors::default();
        let date = errors.keep(parse_date("date", &self.date));
        let start = errors.keep(parse_time("start", &self.start));
        let end = errors.keep(parse_time("end", &self.end));
        let (Some(date), Some(start), Some(end)) = (date, start, end) else {
            return Err(errors);
        };
        let next = date.tomorrow().unwrap_or(date);
        let midnight = |time: Time| time == Time::midnight();
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

    /// In whose name, or nothing for oneself.
    pub(super) fn organizer(&self) -> Option<Who> {
        match self.organizer.trim() {
            "" => None,
            text => Some(
                text.parse()
                    .map_or_else(|_| Who::Email(text.to_owned()), Who::Id),
            ),
        }
    }

    /// The connection that was chosen, unless it was chosen for another organizer, or without Zoom.
    pub(super) fn host(&self) -> Option<ConnectionId> {
        let holds = self.conference == Conference::Zoom.as_str() && self.host_of == self.organizer;
        holds.then(|| self.host.parse().ok()).flatten()
    }

    /// The request, everything that does not parse said at once.
    pub(super) async fn request(&self, web: &Web, actor: &Actor) -> Result<Request, Failure> {
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
                host: self.host(),
                organizer: self.organizer(),
                invitees: self.invitees(),
            }),
            _ => Err(errors.into()),
        }
    }
}
