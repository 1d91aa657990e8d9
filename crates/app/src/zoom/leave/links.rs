//! What becomes of each link when its connection ends with a choice.

use jiff::Timestamp;
use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::{Connection, Links};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{Actor, ConnectionId, MeetingRecordId};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, bookings, meetings, notices};

use super::Left;
use crate::bookings::meeting as wish;
use crate::error::Failure;
use crate::jobs;
use crate::mail::{self, Letter};
use crate::zoom::hosts::{self, Asked, Found};

/// What people read of a link that was never made.
const NOT_MADE: &str = "Zoom was disconnected before the link was made.";

/// Whether a booking is still ahead, and with Zoom.
pub(super) fn wants(booking: &Booking, now: Timestamp) -> bool {
    let with_zoom = booking.conference == Some(Conference::Zoom);
    booking.state.takes_the_room() && with_zoom && booking.slot.ends_at > now
}

/// Does with each meeting of a connection that has just ended what was chosen.
pub(super) async fn let_go(
    tx: &mut Tx,
    actor: &Actor,
    connection: &Connection,
    links: Links,
    now: Timestamp,
) -> Result<Left, Failure> {
    let company = connection.company;
    let mut left = Left::default();
    for meeting in meetings::of_connection(tx, company, connection.id).await? {
        let Some(meeting) = meetings::lock(tx, company, meeting.id).await? else {
            continue;
        };
        let Some(booking) = bookings::get(tx, company, meeting.booking).await? else {
            continue;
        };
        match meeting.state {
            MeetingState::Removing => {
                jobs::queue_meeting(tx, company, meeting.id, now).await?;
                left.removing += 1;
            }
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
                if wants(&booking, now) =>
            {
                let moved = match links {
                    Links::Move(target) => move_to(tx, actor, &booking, target, now).await?,
                    Links::Keep | Links::Remove => {
                        take_off(tx, actor, &booking, now).await?;
                        true
                    }
                };
                if moved {
                    left.removing += 1;
                } else {
                    leave_over(tx, meeting, &booking, now).await?;
                    left.left_over += 1;
                }
            }
            MeetingState::Pending | MeetingState::Uncertain => {
                leave_over(tx, meeting, &booking, now).await?;
            }
            _ => {}
        }
    }
    Ok(left)
}

/// The booking goes on without Zoom; what was made is deleted by the meeting's job.
async fn take_off(
    tx: &mut Tx,
    actor: &Actor,
    booking: &Booking,
    now: Timestamp,
) -> Result<(), Failure> {
    let after = Booking {
        conference: None,
        ..booking.clone()
    };
    if !bookings::change(tx, &after, now).await? {
        return Err(Failure::Stale);
    }
    let (company, about) = (booking.company, booking.id.uuid());
    let by = By::Person(actor.person);
    events::insert(
        tx,
        (company, about),
        "booking.changed",
        by,
        "without Zoom",
        now,
    )
    .await?;
    wish::unwant(tx, booking, now).await?;
    notices::dismiss_about(tx, company, booking.organizer.id, about, now).await?;
    if booking.organizer.id != actor.person {
        let why = format!(
            "{} disconnected the Zoom account that hosted it, and had its meetings deleted.",
            actor.name
        );
        let title = &booking.title;
        let text = format!("“{title}” has no Zoom link any more. {why}");
        let whom = (company, booking.organizer.id);
        notices::insert(tx, whom, "meeting.taken_off", about, &text, now).await?;
        let letter = Letter::LinkTakenOff {
            booking: booking.id,
            why,
        };
        mail::queue(tx, company, &letter, now).await?;
    }
    let changed = bookings::get(tx, company, booking.id).await?;
    mail::queue_invitations(tx, changed.as_ref().unwrap_or(&after), now).await?;
    tx.tell(Change::Booking(booking.id));
    Ok(())
}

/// Another connection makes the meeting anew, if it is free then; false where none is. A
/// colleague's goes where the ordinary rule sends it, if what was chosen may not host for them.
async fn move_to(
    tx: &mut Tx,
    actor: &Actor,
    booking: &Booking,
    target: ConnectionId,
    now: Timestamp,
) -> Result<bool, Failure> {
    let asked = |named| Asked {
        organizer: &booking.organizer,
        slot: booking.slot,
        named,
        present: None,
        booking: booking.id,
    };
    let mut found = hosts::choose(tx, actor.into(), &asked(Some(target))).await;
    if matches!(found, Err(Failure::Invalid(_) | Failure::NotFound(_))) {
        found = hosts::choose(tx, actor.into(), &asked(None)).await;
    }
    let host = match found {
        Ok(Found::Host(host)) => host,
        Ok(Found::AllBusy(_)) | Err(Failure::ZoomNotConnected { .. }) => return Ok(false),
        Err(other) => return Err(other),
    };
    wish::unwant(tx, booking, now).await?;
    let id = MeetingRecordId::from_uuid(tx.new_id(now));
    wish::want(tx, id, booking, &host.connection, now).await?;
    let subject = (booking.company, booking.id.uuid());
    let by = By::Person(actor.person);
    events::insert(tx, subject, "meeting.wanted", by, "", now).await?;
    tx.tell(Change::Booking(booking.id));
    Ok(true)
}

/// What nothing takes over is kept in Zoom; what was never made has failed.
async fn leave_over(
    tx: &mut Tx,
    mut meeting: Meeting,
    booking: &Booking,
    now: Timestamp,
) -> Result<(), Failure> {
    if meeting.state == MeetingState::Ready {
        meeting.state = MeetingState::Detached;
        let title = &booking.title;
        let text = format!(
            "“{title}” keeps its Zoom link: no other account is free then. The link works, and no longer follows the booking."
        );
        let (whom, about) = ((meeting.company, booking.organizer.id), booking.id.uuid());
        notices::insert(tx, whom, "meeting.left_over", about, &text, now).await?;
    } else {
        meeting.state = MeetingState::Failed;
        meeting.failure = Some(NOT_MADE.to_owned());
    }
    meeting.next_try_at = None;
    meetings::store(tx, &meeting, now).await?;
    tx.tell(Change::Booking(booking.id));
    Ok(())
}
