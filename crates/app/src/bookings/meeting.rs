//! What happening to a booking means for its Zoom meeting. The work itself is the job's.

use jiff::Timestamp;
use rooms_core::MeetingRecordId;
use rooms_core::booking::Booking;
use rooms_core::connection::Connection;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, connections, meetings};

use crate::app::App;
use crate::error::Failure;
use crate::jobs;

/// Records that a booking wants a meeting, and queues the work.
pub(super) async fn want(
    tx: &mut Tx,
    id: MeetingRecordId,
    booking: &Booking,
    connection: &Connection,
    now: Timestamp,
) -> Result<Meeting, Failure> {
    let belongs = (booking.company, booking.id);
    let host = (connection.person, connection.id);
    meetings::insert(tx, id, belongs, host, now).await?;
    jobs::queue_meeting(tx, booking.company, id, now).await?;
    Ok(Meeting::wanted(id, belongs, host, now))
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
            meeting.attempts = 0;
            meeting.next_try_at = None;
            meetings::store(tx, &meeting, now).await?;
            jobs::queue_meeting(tx, booking.company, meeting.id, now).await?;
        }
    }
    Ok(())
}

/// Has the job tell Zoom of a changed booking. One that was deleted in Zoom is made again.
pub(super) async fn tell(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    let all = meetings::of_booking(tx, booking.company, booking.id).await?;
    for (place, mut meeting) in all.into_iter().enumerate() {
        let gone = meeting.state == MeetingState::Failed && meeting.gone_at.is_some();
        if place == 0 && gone && booking.slot.ends_at > now {
            meeting.start_over();
            meetings::store(tx, &meeting, now).await?;
        }
        if matches!(
            meeting.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
        ) {
            jobs::queue_change(tx, booking.company, meeting.id, now).await?;
        }
    }
    Ok(())
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
                    .filter(Connection::is_active)
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
