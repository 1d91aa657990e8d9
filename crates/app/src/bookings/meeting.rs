//! What happening to a booking means for its Zoom meeting. The work itself is the job's.

use jiff::Timestamp;
use rooms_core::MeetingRecordId;
use rooms_core::booking::Booking;
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_store::{Tx, connections, meetings};

use crate::error::Failure;
use crate::jobs;

/// Records that a booking wants a meeting, and queues the work.
pub(crate) async fn want(
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
pub(crate) async fn unwant(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    // Locked before they are judged: the job may be storing what Zoom answered.
    for mut meeting in meetings::lock_of_booking(tx, booking.company, booking.id).await? {
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

/// Has the job tell Zoom of a changed booking. One that was deleted in Zoom is made again, unless its
/// connection has ended: its page still says that it is gone, and offers another.
pub(super) async fn tell(tx: &mut Tx, booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    let all = meetings::lock_of_booking(tx, booking.company, booking.id).await?;
    for (place, mut meeting) in all.into_iter().enumerate() {
        let gone = meeting.state == MeetingState::Failed && meeting.gone_at.is_some();
        if place == 0 && gone && booking.slot.ends_at > now {
            let connection = connections::get(tx, booking.company, meeting.connection).await?;
            let connection = connection.filter(|c| c.status != ConnectionStatus::Inactive);
            if let Some(connection) = connection {
                meeting.start_over();
                // It waits where its person has to sign in again, and says so.
                meeting.failure = connection.attention;
                meetings::store(tx, &meeting, now).await?;
            }
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
