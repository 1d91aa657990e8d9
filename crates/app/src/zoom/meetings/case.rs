//! What a step is decided on: the record with its booking, its connection and its open attempt.

use jiff::Timestamp;
use rooms_core::booking::Booking;
use rooms_core::connection::Connection;
use rooms_core::meeting::Meeting;
use rooms_core::{CompanyId, MeetingRecordId};
use rooms_store::{bookings, connections, meetings};
use uuid::Uuid;

use crate::app::App;
use crate::error::Failure;

/// Everything a step is decided on.
pub(super) struct Case {
    pub(super) meeting: Meeting,
    pub(super) booking: Booking,
    pub(super) connection: Connection,
    pub(super) open_attempt: Option<(Uuid, Timestamp)>,
}

/// Reads the case as it stands; `None` when the record is gone.
pub(super) async fn load(
    app: &App,
    company: CompanyId,
    id: MeetingRecordId,
) -> Result<Option<Case>, Failure> {
    let mut tx = app.read().await?;
    let Some(meeting) = meetings::get(&mut tx, company, id).await? else {
        return Ok(None);
    };
    let booking = bookings::get(&mut tx, company, meeting.booking).await?;
    let connection = connections::get(&mut tx, company, meeting.connection).await?;
    let open_attempt = meetings::open_attempt(&mut tx, company, id).await?;
    Ok(booking.zip(connection).map(|(booking, connection)| Case {
        meeting,
        booking,
        connection,
        open_attempt,
    }))
}
