//! When meetings were held, as Zoom told: for the booking's page and for reports.

use jiff::Timestamp;
use rooms_core::meeting::Session;
use rooms_core::{CompanyId, MeetingRecordId};

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    /// What came first does not matter: beginning and end complete each other.
    HELD = "INSERT INTO meeting_session (id, company_id, meeting_id, zoom_uuid, started_at, ended_at) VALUES ($1, $2, $3, $4, $5, $6) \
            ON CONFLICT (meeting_id, zoom_uuid) DO UPDATE SET started_at = COALESCE(meeting_session.started_at, excluded.started_at), \
            ended_at = COALESCE(meeting_session.ended_at, excluded.ended_at)";
    OF_MEETING = "SELECT started_at, ended_at FROM meeting_session WHERE company_id = $1 AND meeting_id = $2 ORDER BY started_at, id";
}

/// Records that a meeting began or ended; said again it changes nothing.
pub async fn held(
    tx: &mut Tx,
    (company, meeting): (CompanyId, MeetingRecordId),
    zoom_uuid: &str,
    session: &Session,
    now: Timestamp,
) -> Result<(), Error> {
    let id = tx.new_id(now);
    execute!(
        tx,
        HELD,
        id,
        company.uuid(),
        meeting.uuid(),
        zoom_uuid,
        session.started_at.map(Timestamp::as_microsecond),
        session.ended_at.map(Timestamp::as_microsecond),
    )?;
    Ok(())
}

/// The times a meeting was held, oldest first.
pub async fn of_meeting(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
) -> Result<Vec<Session>, Error> {
    let (company, meeting) = (company.uuid(), meeting.uuid());
    fetch_all!(tx, (Option<i64>, Option<i64>), OF_MEETING, company, meeting)?
        .into_iter()
        .map(|(started_at, ended_at)| {
            Ok(Session {
                started_at: started_at.map(instant).transpose()?,
                ended_at: ended_at.map(instant).transpose()?,
            })
        })
        .collect()
}
