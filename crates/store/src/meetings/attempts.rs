//! The attempts to make a meeting, each written down before Zoom is called.

use jiff::Timestamp;
use rooms_core::{CompanyId, MeetingRecordId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    ATTEMPT = "INSERT INTO meeting_attempt (id, company_id, meeting_id, connection_epoch, outcome, started_at) VALUES ($1, $2, $3, $4, 'open', $5)";
    FINISH = "UPDATE meeting_attempt SET outcome = $3, note = $4, finished_at = $5 WHERE company_id = $1 AND meeting_id = $2 AND outcome = 'open'";
    FINISH_ONE = "UPDATE meeting_attempt SET outcome = $3, note = $4, finished_at = $5 WHERE company_id = $1 AND id = $2 AND outcome = 'open'";
    OPEN = "SELECT id, started_at FROM meeting_attempt WHERE company_id = $1 AND meeting_id = $2 AND outcome = 'open' ORDER BY started_at LIMIT 1";
    OF_MEETING = "SELECT id, started_at FROM meeting_attempt WHERE company_id = $1 AND meeting_id = $2 ORDER BY started_at, id";
    LOSE = "UPDATE meeting_attempt SET outcome = 'not_made', note = $3, finished_at = $4, sweep_at = $5 \
            WHERE company_id = $1 AND meeting_id = $2 AND outcome = 'open'";
    SWEEP = "UPDATE meeting_attempt SET sweep_at = $3 WHERE company_id = $1 AND meeting_id = $2";
    SWEEP_AT = "SELECT MIN(sweep_at) FROM meeting_attempt WHERE company_id = $1 AND meeting_id = $2 AND sweep_at IS NOT NULL";
    SWEPT = "UPDATE meeting_attempt SET sweep_at = NULL WHERE company_id = $1 AND meeting_id = $2 AND sweep_at <= $3";
}

/// What became of an attempt to make a meeting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AttemptOutcome {
    /// Zoom made it, or one it had made before was found.
    Made,
    /// Certainly nothing was made.
    NotMade,
}

impl AttemptOutcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Made => "made",
            Self::NotMade => "not_made",
        }
    }
}

/// Writes down an attempt before Zoom is called: until it is finished its outcome is unknown.
pub async fn begin_attempt(
    tx: &mut Tx,
    id: Uuid,
    (company, meeting): (CompanyId, MeetingRecordId),
    epoch: i64,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        ATTEMPT,
        id,
        company.uuid(),
        meeting.uuid(),
        epoch,
        now.as_microsecond()
    )?;
    Ok(())
}

/// Finishes every open attempt of a meeting.
pub async fn finish_attempts(
    tx: &mut Tx,
    (company, meeting): (CompanyId, MeetingRecordId),
    outcome: AttemptOutcome,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(
        tx,
        FINISH,
        company.uuid(),
        meeting.uuid(),
        outcome.as_str(),
        note,
        now
    )?;
    Ok(())
}

/// Finishes one attempt.
pub async fn finish_attempt(
    tx: &mut Tx,
    (company, attempt): (CompanyId, Uuid),
    outcome: AttemptOutcome,
    note: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(
        tx,
        FINISH_ONE,
        company.uuid(),
        attempt,
        outcome.as_str(),
        note,
        now
    )?;
    Ok(())
}

/// The oldest attempt whose outcome is unknown, with when it began.
pub async fn open_attempt(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
) -> Result<Option<(Uuid, Timestamp)>, Error> {
    fetch_optional!(tx, (Uuid, i64), OPEN, company.uuid(), meeting.uuid())?
        .map(|(id, at)| Ok((id, instant(at)?)))
        .transpose()
}

/// Every attempt to make a meeting, with when it began, oldest first.
pub async fn of_meeting(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
) -> Result<Vec<(Uuid, Timestamp)>, Error> {
    fetch_all!(tx, (Uuid, i64), OF_MEETING, company.uuid(), meeting.uuid())?
        .into_iter()
        .map(|(id, at)| Ok((id, instant(at)?)))
        .collect()
}

/// Gives the open attempts of a meeting up, since nothing of them was found; what turns up late is
/// looked for again at an instant.
pub async fn lose(
    tx: &mut Tx,
    (company, meeting): (CompanyId, MeetingRecordId),
    note: &str,
    (now, sweep_at): (Timestamp, Timestamp),
) -> Result<(), Error> {
    execute!(
        tx,
        LOSE,
        company.uuid(),
        meeting.uuid(),
        note,
        now.as_microsecond(),
        sweep_at.as_microsecond()
    )?;
    Ok(())
}

/// More than one was made: what is too many is looked for at an instant.
pub async fn sweep(
    tx: &mut Tx,
    (company, meeting): (CompanyId, MeetingRecordId),
    at: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        SWEEP,
        company.uuid(),
        meeting.uuid(),
        at.as_microsecond()
    )?;
    Ok(())
}

/// When what may have turned up late is looked for, if anything may.
pub async fn sweep_at(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
) -> Result<Option<Timestamp>, Error> {
    let row = fetch_optional!(tx, (Option<i64>,), SWEEP_AT, company.uuid(), meeting.uuid())?;
    row.and_then(|(at,)| at).map(instant).transpose()
}

/// It was looked for.
pub async fn swept(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        SWEPT,
        company.uuid(),
        meeting.uuid(),
        now.as_microsecond()
    )?;
    Ok(())
}
