//! Cancelling a booking, and booking it again while the slot is free.

use rooms_core::booking::{Request, Who};
use rooms_core::{Actor, BookingId, text};
use rooms_store::events::{self, By};
use rooms_store::{Change, bookings};

use super::{Booked, book, load, meeting};
use crate::app::App;
use crate::error::{Failure, Idempotency};
use crate::mail;

/// The longest reason for cancelling, in characters.
pub const REASON_MAX: usize = 500;

/// Cancels a booking: the slot is free at once, the Zoom meeting is deleted by a job. Cancelling
/// it again changes nothing.
pub async fn cancel(
    app: &App,
    actor: &Actor,
    id: BookingId,
    reason: Option<&str>,
    key: Option<Idempotency>,
) -> Result<Booked, Failure> {
    let reason = reason
        .map(str::to_owned)
        .filter(|reason| !reason.trim().is_empty());
    let input = (actor.clone(), id, reason, key, app.now());
    app.store()
        .write(input, |tx, (actor, id, reason, key, now)| {
            Box::pin(async move {
                let Booked { booking, meeting } = load(tx, actor, *id).await?;
                if !actor.may_change(booking.organizer.id, booking.booker.id) {
                    return Err(Failure::Forbidden(
                        "only its organizer, its booker or an admin may cancel it",
                    ));
                }
                let reason = match reason {
                    Some(reason) => Some(text::line("reason", reason, REASON_MAX)?),
                    None => None,
                };
                crate::rooms::claim(tx, actor, key.as_ref(), id.uuid(), *now).await?;
                let company = actor.company;
                if !bookings::cancel(tx, company, *id, reason.as_deref(), *now).await? {
                    return Ok(Booked { booking, meeting });
                }
                meeting::unwant(tx, &booking, *now).await?;
                let detail = reason.unwrap_or_default();
                let by = By::Person(actor.person);
                let subject = (company, id.uuid());
                events::insert(tx, subject, "booking.cancelled", by, &detail, *now).await?;
                let booked = load(tx, actor, *id).await?;
                mail::queue_invitations(tx, &booked.booking, *now).await?;
                tx.tell(Change::Booking(*id));
                Ok(booked)
            })
        })
        .await
}

/// Books a cancelled booking again, as a new one, if its slot is still free. Zoom is wanted only
/// where it can be had.
pub async fn book_again(app: &App, actor: &Actor, id: BookingId) -> Result<Booked, Failure> {
    let booking = super::get(app, actor, id).await?.booking;
    if !actor.may_change(booking.organizer.id, booking.booker.id) {
        return Err(Failure::Forbidden(
            "only its organizer, its booker or an admin may undo this",
        ));
    }
    if booking.state.takes_the_room() {
        return Err(Failure::Conflict("this booking is not cancelled"));
    }
    let request = Request {
        room: booking.room,
        title: booking.title,
        starts_at: booking.slot.starts_at,
        ends_at: booking.slot.ends_at,
        conference: booking.conference,
        host: None,
        organizer: Some(Who::Id(booking.organizer.id)),
        invitees: booking.invitees,
    };
    let key = format!("again-{id}");
    let key = Idempotency::parse(&key, "book again", id.to_string().as_bytes())?;
    match book(app, actor, request.clone(), Some(key.clone())).await {
        Err(Failure::ZoomNotConnected { .. } | Failure::ZoomHostsBusy(_)) => {
            book(
                app,
                actor,
                Request {
                    conference: None,
                    ..request
                },
                Some(key),
            )
            .await
        }
        booked => booked,
    }
}
