//! What happening to a booking means for its Zoom meeting. The work itself is the job's.

use jiff::Timestamp;
use rooms_core::booking::{Booking, Conference, Named};
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{Actor, BookingId, MeetingRecordId};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, connections, meetings};

use super::{Booked, load};
use crate::app::App;
use crate::error::Failure;
use crate::jobs;

/// The organizer's connection, if it is active.
pub(super) async fn connection(
    tx: &mut Tx,
    actor: &Actor,
    organizer: &Named,
) -> Result<Connection, Failure> {
    let current = connections::current(tx, actor.company, organizer.id).await?;
    current
        .filter(|c| c.status == ConnectionStatus::Active)
        .ok_or_else(|| Failure::ZoomNotConnected {
            organizer: organizer.id,
            name: organizer.name.clone(),
            own: organizer.id == actor.person,
        })
}

/// Records that a booking wants a meeting, and queues the work.
pub(super) async fn want(
    tx: &mut Tx,
    id: MeetingRecordId,
    booking: &Booking,
    connection: &Connection,
    now: Timestamp,
) -> Result<Meeting, Failure> {
    let belongs = (booking.company, booking.id);
    meetings::insert(tx, id, belongs, (booking.organizer.id, connection.id), now).await?;
    jobs::queue_meeting(tx, booking.company, id, now).await?;
    Ok(Meeting {
        id,
        company: booking.company,
        booking: booking.id,
        host: booking.organizer.id,
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
    app.store()
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
                let ended = last.is_none_or(|last| {
                    matches!(
                        last.state,
                        MeetingState::Failed | MeetingState::Removed | MeetingState::Detached
                    )
                });
                if !ended {
                    return Err(Failure::Conflict("this booking has a Zoom meeting already"));
                }
                let connection = connection(tx, actor, &booking.organizer).await?;
                let made = want(tx, *meeting, &booking, &connection, *now).await?;
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
        .await
}

/// Makes a new link in place of a booking's newest meeting, which is not in Zoom where it should
/// be, through the same connection. Does nothing where that record has changed since it was read.
pub(crate) async fn replace_link(
    app: &App,
    booking: &Booking,
    last: &Meeting,
    by: By,
) -> Result<(), Failure> {
    let id = MeetingRecordId::from_uuid(app.new_id());
    let input = (booking.clone(), last.clone(), id, by, app.now());
    app.store()
        .write(input, |tx, (booking, last, id, by, now)| {
            Box::pin(async move {
                let company = booking.company;
                let Some(mut meeting) = meetings::lock(tx, company, last.id).await? else {
                    return Ok(());
                };
                if (meeting.state, meeting.zoom_id) != (last.state, last.zoom_id) {
                    return Ok(());
                }
                let connection = connections::get(tx, company, meeting.connection)
                    .await?
                    .filter(|connection| connection.status == ConnectionStatus::Active)
                    .ok_or(Failure::Conflict(
                        "its host is not connected to Zoom any more",
                    ))?;
                if meeting.state == MeetingState::Ready {
                    meeting.state = MeetingState::Failed;
                    meeting.zoom_id = None;
                    meeting.join_url = None;
                    meeting.passcode = None;
                    meeting.failure = Some("The meeting was not in Zoom any more.".to_owned());
                    meetings::store(tx, &meeting, *now).await?;
                }
                want(tx, *id, booking, &connection, *now).await?;
                let subject = (company, booking.id.uuid());
                events::insert(tx, subject, "meeting.wanted", *by, "", *now).await?;
                tx.tell(Change::Booking(booking.id));
                Ok(())
            })
        })
        .await
}
