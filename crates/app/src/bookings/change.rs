//! Changing a booking: time, room, title, people, conference.

use jiff::Timestamp;
use rooms_core::booking::{
    self, Booking, BookingState, Conference, Named, check_invitees, check_slot,
};
use rooms_core::meeting::MeetingState;
use rooms_core::{Actor, BookingId, FieldErrors, MeetingRecordId, RoomId, Slot, text};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, bookings, rooms};

use super::book::{host_needs_conference, open_then, overlap};
use super::{Booked, find, load, meeting, organizer};
use crate::app::App;
use crate::error::Failure;
use crate::mail;
use crate::zoom::hosts::{self, Asked, Found};

struct Input {
    actor: Actor,
    id: BookingId,
    change: booking::Change,
    revision: Option<i64>,
    meeting: MeetingRecordId,
    now: Timestamp,
}

/// What the transaction came to: the booking, or where it did not fit.
enum Decided {
    Changed(Box<Booked>),
    Taken(RoomId, Slot),
}

/// Changes a booking; with `revision`, only if it is still that one. Zoom hears of it by a job.
pub async fn change(
    app: &App,
    actor: &Actor,
    id: BookingId,
    change: booking::Change,
    revision: Option<i64>,
) -> Result<Booked, Failure> {
    let input = Input {
        actor: actor.clone(),
        id,
        change,
        revision,
        meeting: MeetingRecordId::from_uuid(app.new_id()),
        now: app.now(),
    };
    match app
        .store()
        .write(input, |tx, input| Box::pin(decide(tx, input)))
        .await
    {
        Ok(Decided::Changed(booked)) => Ok(*booked),
        Ok(Decided::Taken(room, slot)) => Err(find::taken(app, actor, room, slot, Some(id)).await?),
        Err(failure) => Err(hosts::explain(app, actor, failure).await),
    }
}

async fn decide(tx: &mut Tx, input: &Input) -> Result<Decided, Failure> {
    let Input {
        actor,
        id,
        change,
        revision,
        meeting,
        now,
    } = input;
    let first = load(tx, actor, *id).await?.booking;
    lock_rooms(tx, actor, [first.room, change.room.unwrap_or(first.room)]).await?;
    let Booked {
        booking: before,
        meeting: last,
    } = load(tx, actor, *id).await?;
    if !actor.may_change(before.organizer.id, before.booker.id) {
        return Err(Failure::Forbidden(
            "only its organizer, its booker or an admin may change it",
        ));
    }
    if revision.is_some_and(|revision| revision != before.revision) || before.room != first.room {
        return Err(Failure::Stale);
    }
    let after = apply(tx, actor, change, &before, *now).await?;
    if !before.state.takes_the_room() {
        return Err(Failure::Conflict(match before.state {
            BookingState::Cancelled => "this booking is cancelled",
            _ => "this booking was declined",
        }));
    }
    let last_host = last.as_ref().filter(|last| lives(last.state));
    let last_host = last_host.map(|last| last.connection);
    let rehosted = change.host.is_some_and(|host| Some(host) != last_host);
    if after == before && !rehosted {
        return Ok(Decided::Changed(Box::new(Booked {
            booking: before,
            meeting: last,
        })));
    }
    let moved = after.slot != before.slot || after.room != before.room;
    let asked = Asked {
        organizer: &after.organizer,
        slot: after.slot,
        named: change.host,
        present: last_host.map(|host| (host, before.organizer.id)),
        booking: *id,
    };
    let anew = match (after.conference, before.conference) {
        (Some(Conference::Zoom), None) => true,
        (Some(_), Some(_)) => rehosted || after.organizer.id != before.organizer.id,
        (None, _) => false,
    };
    let host = if anew {
        Some(hosts::choose(tx, actor.into(), &asked).await?)
    } else if after.conference.is_some() && after.slot != before.slot && last_host.is_some() {
        hosts::choose_after_move(tx, actor, &asked).await?
    } else {
        None
    };
    if moved
        && !bookings::conflicts(tx, actor.company, after.room, after.slot, Some(*id))
            .await?
            .is_empty()
    {
        return Ok(Decided::Taken(after.room, after.slot));
    }
    let host = host.map(Found::free).transpose()?;
    let host = host.filter(|host| Some(host.connection.id) != last_host);
    if !bookings::change(tx, &after, *now).await.map_err(overlap)? {
        return Err(Failure::Stale);
    }
    let subject = (actor.company, id.uuid());
    let by = By::Person(actor.person);
    events::insert(
        tx,
        subject,
        "booking.changed",
        by,
        &said(&before, &after),
        *now,
    )
    .await?;
    if host.is_some() || after.conference.is_none() {
        meeting::unwant(tx, &before, *now).await?;
    }
    match host {
        Some(host) => {
            meeting::want(tx, *meeting, &after, &host.connection, *now).await?;
        }
        None => meeting::tell(tx, &after, *now).await?,
    }
    let booked = load(tx, actor, *id).await?;
    mail::invite(tx, &booked.booking, &before.invitees, *now).await?;
    mail::withdraw(tx, &booked.booking, &before.invitees, *now).await?;
    tx.tell(Change::Booking(*id));
    Ok(Decided::Changed(Box::new(booked)))
}

/// Locks both rooms in the order of their ids, so that two changes never wait for each other.
async fn lock_rooms(tx: &mut Tx, actor: &Actor, mut both: [RoomId; 2]) -> Result<(), Failure> {
    both.sort_unstable();
    let [first, second] = both;
    let second = Some(second).filter(|second| *second != first);
    for room in [Some(first), second].into_iter().flatten() {
        rooms::lock(tx, actor.company, room)
            .await?
            .ok_or(Failure::NotFound("room"))?;
    }
    Ok(())
}

/// Whether a meeting is held, or will be.
fn lives(state: MeetingState) -> bool {
    matches!(
        state,
        MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
    )
}

/// The booking as it would be, every field checked.
async fn apply(
    tx: &mut Tx,
    actor: &Actor,
    change: &booking::Change,
    before: &Booking,
    now: Timestamp,
) -> Result<Booking, Failure> {
    let mut after = before.clone();
    let mut errors = FieldErrors::default();
    if let Some(title) = &change.title {
        let title = errors.keep(text::line("title", title, text::TITLE_MAX));
        after.title = title.unwrap_or_default();
    }
    if let Some(invitees) = &change.invitees {
        after.invitees = errors.keep(check_invitees(invitees)).unwrap_or_default();
    }
    if let Some(conference) = change.conference {
        after.conference = conference;
    }
    errors.keep(host_needs_conference(change.host, after.conference));
    let starts_at = change.starts_at.unwrap_or(before.slot.starts_at);
    let ends_at = change.ends_at.unwrap_or(before.slot.ends_at);
    let asked = Slot { starts_at, ends_at };
    if asked != before.slot {
        // A booking that is running may be made longer or shorter.
        let from = if starts_at == before.slot.starts_at {
            now.min(starts_at)
        } else {
            now
        };
        if let Some(slot) = errors.keep(check_slot(starts_at, ends_at, from)) {
            after.slot = slot;
            if slot.ends_at <= now {
                errors.add("ends_at", "past", "Choose an end that is still to come.");
            }
        }
    }
    if asked != before.slot || change.room.is_some_and(|room| room != before.room) {
        let room = rooms::get(tx, actor.company, change.room.unwrap_or(before.room))
            .await?
            .ok_or(Failure::NotFound("room"))?;
        errors.keep(open_then(&room, errors.is_empty().then_some(after.slot)));
        after.room = room.id;
        after.room_name = room.name;
        after.site_name = room.site_name;
        after.zone = room.zone;
    }
    if let Some(who) = &change.organizer {
        match organizer(tx, actor, who).await {
            Ok(p) => {
                after.organizer = Named {
                    id: p.id,
                    name: p.name,
                    email: p.email,
                }
            }
            Err(Failure::Invalid(FieldErrors(mut wrong))) => errors.0.append(&mut wrong),
            Err(other) => return Err(other),
        }
    }
    errors.check()?;
    Ok(after)
}

/// What changed, in words for the history.
fn said(before: &Booking, after: &Booking) -> String {
    let mut parts = Vec::new();
    if before.slot != after.slot {
        let clock = |at: Timestamp| after.zone.civil(at).strftime("%-d %B %H:%M").to_string();
        parts.push(format!(
            "{}–{}",
            clock(after.slot.starts_at),
            clock(after.slot.ends_at)
        ));
    }
    if before.room != after.room {
        parts.push(after.room_name.clone());
    }
    if before.title != after.title {
        parts.push(format!("“{}”", after.title));
    }
    if before.organizer.id != after.organizer.id {
        parts.push(format!("in the name of {}", after.organizer.name));
    }
    match (before.conference, after.conference) {
        (None, Some(_)) => parts.push("with Zoom".to_owned()),
        (Some(_), None) => parts.push("without Zoom".to_owned()),
        _ => {}
    }
    if before.invitees != after.invitees {
        parts.push(format!("{} invited", after.invitees.len()));
    }
    parts.join(", ")
}
