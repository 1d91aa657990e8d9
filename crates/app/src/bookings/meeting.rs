//! What happening to a booking means for its Zoom meeting. The work itself is the job's.

use jiff::Timestamp;
use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::Connection;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{Actor, BookingId, MeetingRecordId};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, meetings};

use super::{Booked, load};
use crate::app::App;
use crate::error::Failure;
use crate::jobs;
use crate::zoom::hosts::{self, Asked};

/// Records that a booking wants a meeting, and queues the work.
pub(super) async fn want(
    tx: &mut Tx,
    id: MeetingRecordId,
    booking: &Booking,
    connection: &Connection,
    now: Timestamp,
) -> Result<Meeting, Failure> {
    let belongs = (booking.company, booking.id);
    meetings::insert(tx, id, belongs, (connection.person, connection.id), now).await?;
    jobs::queue_meeting(tx, booking.company, id, now).await?;
    Ok(Meeting {
        id,
        company: booking.company,
        booking: booking.id,
        host: connection.person,
        connection: connection.id,
        state: MeetingState::Pending,
        zoom_id: None,
        join_url: None,
        passcode: None,
        host_email: None,
        synced_revision: 0,
        failure: None,
        attempts: 0,
        next_try_at: None,
        created_at: now,
        updated_at: now,
    })
}

/// Lets a booking have no meeting any more: what was or may have been made is deleted by the job.
/// A detached one stays, since it is no longer ours to delete.
pub(super) async fn unwant(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    for mut meeting in meetings::of_booking(tx, booking.company, booking.id).await? {
        let ended = matches!(
            meeting.state,
            MeetingState::Detached | MeetingState::Removed | MeetingState::Removing
        );
        if !ended {
            meeting.state = MeetingState::Removing;
            meeting.failure = None;
            meetings::store(tx, &meeting, now).await?;
            jobs::queue_meeting(tx, booking.company, meeting.id, now).await?;
        }
    }
    Ok(())
}

/// Has the job tell Zoom of a changed booking.
pub(super) async fn tell(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    for meeting in meetings::of_booking(tx, booking.company, booking.id).await? {
        if matches!(
            meeting.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
        ) {
            jobs::queue_meeting(tx, booking.company, meeting.id, now).await?;
        }
    }
    Ok(())
}

/// Makes a new link for a booking whose link failed, was removed or is no longer managed.
pub async fn new_link(app: &App, actor: &Actor, id: BookingId) -> Result<Booked, Failure> {
    let meeting = MeetingRecordId::from_uuid(app.new_id());
    let input = (actor.clone(), id, meeting, app.now());
    let made = app
        .store()
        .write(input, |tx, (actor, id, meeting, now)| {
            Box::pin(async move {
                let Booked {
                    booking,
                    meeting: last,
                } = load(tx, actor, *id).await?;
                if !actor.may_change(booking.organizer.id, booking.booker.id) {
                    return Err(Failure::Forbidden(
                        "only its organizer, its booker or an admin may do this",
                    ));
                }
                if !booking.state.takes_the_room() || booking.slot.ends_at <= *now {
                    return Err(Failure::Conflict("this booking is over"));
                }
                if booking.conference != Some(Conference::Zoom) {
                    return Err(Failure::Conflict("this booking wants no Zoom meeting"));
                }
                let ended = last.as_ref().is_none_or(|last| {
                    matches!(
                        last.state,
                        MeetingState::Failed | MeetingState::Removed | MeetingState::Detached
                    )
                });
                if !ended {
                    return Err(Failure::Conflict("this booking has a Zoom meeting already"));
                }
                let asked = Asked {
                    organizer: &booking.organizer,
                    slot: booking.slot,
                    named: None,
                    present: last.map(|last| (last.connection, booking.organizer.id)),
                    booking: booking.id,
                };
                let host = hosts::choose(tx, actor, &asked).await?.free()?;
                let made = want(tx, *meeting, &booking, &host.connection, *now).await?;
                let subject = (actor.company, id.uuid());
                let by = By::Person(actor.person);
                events::insert(tx, subject, "meeting.wanted", by, "", *now).await?;
                tx.tell(Change::Booking(*id));
                Ok(Booked {
                    booking,
                    meeting: Some(made),
                })
            })
        })
        .await;
    match made {
        Err(failure) => Err(hosts::explain(app, actor, failure).await),
        made => made,
    }
}
