//! Why a form was refused, said beside its fields, with the ways out.

use axum::http::StatusCode;
use rooms_app::Failure;
use rooms_app::zoom::hosts::HostsBusy;
use rooms_core::booking;
use rooms_core::room::Room;
use rooms_core::{FieldErrors, Slot};
use rooms_views::book_form::{Alternative, Field, FieldError};

use super::typed::Typed;
use crate::pages::{sentence, words};
use crate::problem::hosts_are_busy;

/// Why a form was refused, beside its fields.
#[derive(Default)]
pub(super) struct Refusal {
    pub(super) words: String,
    pub(super) errors: Vec<FieldError>,
    pub(super) alternatives: Vec<Alternative>,
    pub(super) clash: bool,
}

/// What a failure says on the form, and with which status.
pub(super) fn refused(
    (rooms, room): (&[Room], &Room),
    (typed, is_change): (&Typed, bool),
    failure: Option<Failure>,
) -> (StatusCode, Refusal) {
    let Some(failure) = failure else {
        return (StatusCode::OK, Refusal::default());
    };
    let (status, refusal) = match failure {
        Failure::Invalid(errors) => (StatusCode::UNPROCESSABLE_ENTITY, Refusal::fields(errors)),
        Failure::RoomTaken(free) => (
            StatusCode::CONFLICT,
            Refusal::clash(rooms, &free, &typed.date),
        ),
        Failure::ZoomHostsBusy(busy) => (
            StatusCode::CONFLICT,
            Refusal::busy(room, &busy, &typed.date),
        ),
        Failure::ZoomNotConnected { name, own, .. } => {
            let text = if own {
                "You have no active Zoom connection. Connect it, or book the room only.".to_owned()
            } else {
                format!(
                    "{name} has no active Zoom connection. Book the room only, or ask them to connect it."
                )
            };
            (
                StatusCode::UNPROCESSABLE_ENTITY,
                Refusal::one(Field::Conference, "Zoom", text),
            )
        }
        Failure::Stale => {
            let text =
                "Somebody changed this booking meanwhile. Open it again to see how it stands.";
            (
                StatusCode::PRECONDITION_FAILED,
                Refusal::booking(text.to_owned()),
            )
        }
        other => (
            StatusCode::CONFLICT,
            Refusal::booking(sentence(&other.to_string())),
        ),
    };
    let words = if is_change {
        "Not changed yet."
    } else {
        "Not booked yet."
    };
    let words = words.to_owned();
    (status, Refusal { words, ..refusal })
}

impl Refusal {
    fn one(field: Field, short: &str, text: String) -> Self {
        let error = FieldError {
            field,
            short: short.to_owned(),
            text,
        };
        Self {
            errors: vec![error],
            ..Self::default()
        }
    }

    /// What is about the booking as a whole stands where its time does.
    fn booking(text: String) -> Self {
        Self::one(Field::When, "the booking", text)
    }

    fn fields(errors: FieldErrors) -> Self {
        let errors = errors.0.into_iter().map(|error| {
            let (field, short) = place(error.field);
            FieldError {
                field,
                short: short.to_owned(),
                text: error.message,
            }
        });
        Self {
            errors: errors.collect(),
            ..Self::default()
        }
    }

    /// The time at which a host is free again is offered like a free room.
    fn busy(room: &Room, busy: &HostsBusy, date: &str) -> Self {
        let hosts = hosts_are_busy(busy.hosts);
        let text = match busy.free {
            Some(free) => format!(
                "{hosts}; free again from {}. Take that time, or book the room only.",
                words::clock(&room.zone, free.starts_at)
            ),
            None => format!("{hosts}. Choose another time, or book the room only."),
        };
        let free = busy.free.map(|free| alternative(room, free, date));
        Self {
            alternatives: free.into_iter().collect(),
            ..Self::one(Field::Conference, "the Zoom host", text)
        }
    }

    fn clash(rooms: &[Room], free: &[booking::Alternative], date: &str) -> Self {
        let alternatives: Vec<_> = free
            .iter()
            .filter_map(|free| {
                let room = rooms.iter().find(|room| room.id == free.room)?;
                Some(alternative(room, free.slot, date))
            })
            .collect();
        let text = if alternatives.is_empty() {
            "Somebody has this room then, and nothing as long is free within seven days."
        } else {
            "Somebody has this room then. Free instead:"
        };
        Self {
            alternatives,
            clash: true,
            ..Self::one(Field::When, "the time", text.to_owned())
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
        "conference" | "connection_id" => (Field::Conference, "Zoom"),
        "starts_at" => (Field::When, "the start"),
        "ends_at" => (Field::When, "the end"),
        _ => (Field::When, "the time"),
    }
}

/// A free time with its day, unless that is the one asked for.
fn alternative(room: &Room, slot: Slot, date: &str) -> Alternative {
    let zone = &room.zone;
    let times = words::times(zone, slot);
    let text = if words::date(zone, slot.starts_at) == date {
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
