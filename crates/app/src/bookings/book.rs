//! Booking a room.

use jiff::Timestamp;
use rooms_core::booking::{
    Booking, BookingState, Conference, Named, Request, check_invitees, check_slot, policy,
};
use rooms_core::planted::{Bug, planted};
use rooms_core::room::{Room, RoomState};
use rooms_core::{Actor, BookingId, ConnectionId, FieldErrors, MeetingRecordId, Slot, text};
use rooms_store::events::{self, By};
use rooms_store::{Change, Constraint, Tx, bookings, rooms};

use super::{Booked, find, load, meeting, organizer};
use crate::app::App;
use crate::error::{Failure, Idempotency};
use crate::mail;
use crate::rooms::claim;
use crate::zoom::hosts::{self, Asked, Found};

struct Wish {
    actor: Actor,
    request: Request,
    key: Option<Idempotency>,
    id: BookingId,
    meeting: MeetingRecordId,
    now: Timestamp,
}

/// Books a room, or says why not. A repeated key gives the booking made the first time.
///
/// The room is taken when this returns; a Zoom link follows.
pub async fn book(
    app: &App,
    actor: &Actor,
    request: Request,
    key: Option<Idempotency>,
) -> Result<Booked, Failure> {
    let wanted = (request.room, Slot::new(request.starts_at, request.ends_at));
    let input = Wish {
        actor: actor.clone(),
        request,
        key,
        id: BookingId::from_uuid(app.new_id()),
        meeting: MeetingRecordId::from_uuid(app.new_id()),
        now: app.now(),
    };
    let free = match (planted(Bug::CheckOutside), wanted) {
        (true, (room, Some(slot))) => {
            let mut tx = app.read().await?;
            let taken = bookings::conflicts(&mut tx, actor.company, room, slot, None).await?;
            taken.is_empty()
        }
        _ => true,
    };
    if !free {
        return Err(Failure::RoomTaken(Vec::new()));
    }
    let booked = app
        .store()
        .write(input, |tx, input| Box::pin(decide(tx, input)))
        .await;
    match (booked, wanted) {
        (Err(Failure::RoomTaken(_)), (room, Some(slot))) => {
            Err(find::taken(app, actor, room, slot, None).await?)
        }
        (Err(failure), _) => Err(hosts::explain(app, actor, failure).await),
        (booked, _) => booked,
    }
}

async fn decide(tx: &mut Tx, input: &Wish) -> Result<Booked, Failure> {
    let Wish {
        actor,
        request,
        key,
        id,
        meeting,
        now,
    } = input;
    if let Some(earlier) = claim(tx, actor, key.as_ref(), id.uuid(), *now).await? {
        return load(tx, actor, BookingId::from_uuid(earlier)).await;
    }
    let room = rooms::lock(tx, actor.company, request.room)
        .await?
        .ok_or(Failure::NotFound("room"))?;
    let mut errors = FieldErrors::default();
    let title = errors.keep(text::line("title", &request.title, text::TITLE_MAX));
    let slot = errors.keep(check_slot(request.starts_at, request.ends_at, *now));
    let invitees = errors.keep(check_invitees(&request.invitees));
    errors.keep(open_then(&room, slot));
    errors.keep(host_needs_conference(request.host, request.conference));
    let organizer = match &request.organizer {
        None => named(actor),
        Some(who) => match organizer(tx, actor, who).await {
            Ok(person) => Named {
                id: person.id,
                name: person.name,
                email: person.email,
            },
            Err(Failure::Invalid(FieldErrors(mut wrong))) => {
                errors.0.append(&mut wrong);
                return Err(errors.into());
            }
            Err(other) => return Err(other),
        },
    };
    let (Some(title), Some(slot), Some(invitees), true) =
        (title, slot, invitees, errors.is_empty())
    else {
        return Err(errors.into());
    };
    let booking = Booking {
        id: *id,
        company: actor.company,
        room: room.id,
        room_name: room.name,
        site_name: room.site_name,
        organizer,
        booker: named(actor),
        title,
        slot,
        zone: room.zone,
        state: BookingState::Confirmed,
        conference: request.conference,
        invitees,
        revision: 1,
        created_at: *now,
        updated_at: *now,
        cancelled_at: None,
        cancel_reason: None,
    };
    let host = match booking.conference {
        Some(Conference::Zoom) => {
            let asked = Asked {
                organizer: &booking.organizer,
                slot,
                named: request.host,
                present: None,
                booking: *id,
            };
            Some(hosts::choose(tx, actor.into(), &asked).await?)
        }
        None => None,
    };
    insert(tx, &booking).await?;
    let host = host.map(Found::free).transpose()?;
    let by = By::Person(actor.person);
    events::insert(
        tx,
        (actor.company, id.uuid()),
        "booking.made",
        by,
        &booking.title,
        *now,
    )
    .await?;
    let meeting = match host {
        Some(host) => Some(meeting::want(tx, *meeting, &booking, &host.connection, *now).await?),
        None => None,
    };
    mail::invite(tx, &booking, &[], *now).await?;
    tx.tell(Change::Booking(*id));
    Ok(Booked { booking, meeting })
}

/// The actor as a booking names people.
fn named(actor: &Actor) -> Named {
    Named {
        id: actor.person,
        name: actor.name.clone(),
        email: actor.email.clone(),
    }
}

/// Takes the room, which is locked, if nobody has it.
async fn insert(tx: &mut Tx, booking: &Booking) -> Result<(), Failure> {
    let Booking {
        company,
        room,
        slot,
        ..
    } = booking;
    let taken = bookings::conflicts(tx, *company, *room, *slot, None).await?;
    if !taken.is_empty() && !planted(Bug::CheckOutside) {
        return Err(Failure::RoomTaken(Vec::new()));
    }
    bookings::insert(tx, booking).await.map_err(overlap)
}

/// The database's own word that a room is taken, should the lock ever not have held.
pub(super) fn overlap(error: rooms_store::Error) -> Failure {
    if error.violates(Constraint::BookingNoOverlap) {
        Failure::RoomTaken(Vec::new())
    } else {
        error.into()
    }
}

/// Only a meeting has a host.
pub(super) fn host_needs_conference(
    host: Option<ConnectionId>,
    conference: Option<Conference>,
) -> Result<(), FieldErrors> {
    if host.is_none() || conference.is_some() {
        return Ok(());
    }
    Err(FieldErrors::one(
        "connection_id",
        "no_conference",
        "Only a Zoom meeting has a host. Choose Zoom too, or leave this out.",
    ))
}

/// Whether the room is in use, and open in the slot.
pub(super) fn open_then(room: &Room, slot: Option<Slot>) -> Result<(), FieldErrors> {
    if room.state == RoomState::Retired {
        return Err(FieldErrors::one(
            "room_id",
            "retired",
            format!("{} is no longer in use. Choose another room.", room.name),
        ));
    }
    slot.map_or(Ok(()), |slot| {
        policy::check_hours(&room.hours, &room.zone, slot)
    })
}
