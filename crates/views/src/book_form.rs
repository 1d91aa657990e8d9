//! The booking form: new, changed, and refused with everything still in it.

use askama::Template;

use super::home::{Choice, Zoom};
use super::layout::{Layout, Link};
use super::timeline::Strip;

/// The form of a new booking, posted to `/bookings`, or of a change, posted to `/bookings/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "book_form.html")]
pub struct BookForm {
    /// The frame.
    pub layout: Layout,
    /// `New booking`, or the title of the changed one.
    pub heading: String,
    /// One more sentence below it, or nothing.
    pub lead: String,
    /// The day it came from.
    pub back: Link,
    /// Where it is posted.
    pub action: String,
    /// `Book Birch`, `Save`.
    pub submit: String,
    /// Makes a second post the same booking.
    pub idempotency_key: String,
    /// What the change is based on, so that a stale form is noticed; nothing for a new booking.
    pub version: String,
    /// Title as typed.
    pub title: String,
    /// `2026-11-24`
    pub date: String,
    /// `12:30`
    pub start: String,
    /// `13:30`
    pub end: String,
    /// `1 hour, Basel time`
    pub length: String,
    /// Rooms under the names of their sites; a name may be empty.
    pub rooms: Vec<RoomGroup>,
    /// The chosen room's day.
    pub strip: Option<Strip>,
    /// In whose name it may be; not shown while there is one.
    pub organizers: Vec<Choice>,
    /// Addresses as typed.
    pub invitees: String,
    /// Colleagues to suggest: address and name.
    pub people: Vec<Choice>,
    /// Whether a meeting can be made, and who hosts it.
    pub zoom: Zoom,
    /// The organizer's Zoom accounts, where there is more than one to choose from.
    pub hosts: Vec<Choice>,
    /// The organizer they are of: a choice for one is none for another.
    pub host_of: String,
    /// Whether one is wanted.
    pub wants_zoom: bool,
    /// `Not booked yet.`
    pub refusal: String,
    /// What needs a change.
    pub errors: Vec<FieldError>,
    /// Free times to take with one click.
    pub alternatives: Vec<Alternative>,
}

impl BookForm {
    /// What is wrong with a field.
    #[must_use]
    pub fn error(&self, field: Field) -> Option<&str> {
        self.errors
            .iter()
            .find(|error| error.field == field)
            .map(|error| error.text.as_str())
    }

    /// The attributes that mark a field as wrong and point at the reason.
    #[must_use]
    pub fn wrong(&self, field: Field) -> String {
        if self.error(field).is_none() {
            return String::new();
        }
        format!(
            " aria-invalid=\"true\" aria-describedby=\"{}-wrong\"",
            field.id()
        )
    }
}

/// Rooms of one site.
#[derive(Clone, Debug, Default)]
pub struct RoomGroup {
    /// Name of the site.
    pub name: String,
    /// `Birch, 8 seats, 2nd floor`
    pub rooms: Vec<Choice>,
}

/// A field that can be wrong.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Field {
    /// The title.
    Title,
    /// Date, start and end together.
    When,
    /// The room.
    Room,
    /// The organizer.
    Organizer,
    /// The addresses.
    Invitees,
    /// Room only, or with Zoom.
    Conference,
}

impl Field {
    /// The element it begins with.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::When => "date",
            Self::Room => "room_id",
            Self::Organizer => "organizer",
            Self::Invitees => "invitees",
            Self::Conference => "conference",
        }
    }
}

/// What needs a change.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// Where.
    pub field: Field,
    /// `the time`, for the summary.
    pub short: String,
    /// The sentence beside the field.
    pub text: String,
}

/// A free time that one click takes instead.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Alternative {
    /// `13:30–14:30 in Birch`
    pub text: String,
    /// Room.
    pub room_id: String,
    /// `2026-11-24`
    pub date: String,
    /// `13:30`
    pub start: String,
    /// `14:30`
    pub end: String,
}

impl Alternative {
    /// What the button `take` sends.
    #[must_use]
    pub fn value(&self) -> String {
        format!("{} {} {} {}", self.room_id, self.date, self.start, self.end)
    }

    /// Reads what the button `take` sent; the words are not part of it.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        let mut parts = value.split(' ').map(str::to_owned);
        let taken = Self {
            text: String::new(),
            room_id: parts.next()?,
            date: parts.next()?,
            start: parts.next()?,
            end: parts.next()?,
        };
        parts.next().is_none().then_some(taken)
    }
}
