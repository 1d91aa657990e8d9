//! Zoom meetings of bookings, and the attempts to make them.

use jiff::Timestamp;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::{BookingId, CompanyId, ConnectionId, MeetingRecordId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! meeting {
    ($filter:literal) => {
        concat!(
            "SELECT m.id, m.company_id, m.booking_id, m.host_id, m.connection_id, m.state, m.zoom_id, m.join_url, m.passcode, m.host_email, ",
            "m.synced_revision, m.failure, m.attempts, m.next_try_at, m.created_at, m.updated_at, c.data_key ",
            "FROM meeting m JOIN company c ON c.id = m.company_id WHERE m.company_id = $1 AND ",
            $filter
        )
    };
}

statements! {
    INSERT = "INSERT INTO meeting (id, company_id, booking_id, host_id, connection_id, provider, state, synced_revision, attempts, created_at, updated_at) \
              VALUES ($1, $2, $3, $4, $5, 'zoom', 'pending', 0, 0, $6, $6)";
    GET = meeting!("m.id = $2");
    OF_BOOKING = meeting!("m.booking_id = $2 ORDER BY m.created_at DESC, m.id DESC");
    OF_BOOKINGS = meeting!("m.booking_id IN (SELECT id FROM booking WHERE company_id = $1 AND starts_at >= $2 AND starts_at < $3 AND conference IS NOT NULL) \
                  ORDER BY m.created_at, m.id");
    STORE = "UPDATE meeting SET state = $3, zoom_id = $4, join_url = $5, passcode = $6, host_email = $7, synced_revision = $8, failure = $9, \
             attempts = $10, next_try_at = $11, updated_at = $12 WHERE company_id = $1 AND id = $2";
    DATA_KEY = "SELECT data_key FROM company WHERE id = $1";
    LOCK = "UPDATE meeting SET updated_at = updated_at WHERE company_id = $1 AND id = $2";
    OF_CONNECTION = meeting!("m.connection_id = $2 AND m.state IN ('pending', 'uncertain', 'ready', 'removing') ORDER BY m.created_at, m.id");
    LINKS_AHEAD = "SELECT COUNT(*) FROM meeting WHERE company_id = $1 AND connection_id = $2 AND state = 'ready' \
              AND booking_id IN (SELECT id FROM booking WHERE ends_at > $3)";
    COUNT_AHEAD = "SELECT m.state, COUNT(*) FROM meeting m JOIN booking b ON b.id = m.booking_id WHERE m.company_id = $1 AND b.ends_at > $2 \
              AND b.state IN ('confirmed', 'pending') AND NOT EXISTS (SELECT 1 FROM meeting n WHERE n.company_id = $1 \
              AND n.booking_id = m.booking_id AND n.created_at > m.created_at) GROUP BY m.state";
    DETACH = "UPDATE meeting SET state = 'detached', next_try_at = NULL, updated_at = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND zoom_id IS NOT NULL AND (state = 'removing' OR (state = 'ready' AND booking_id IN (SELECT id FROM booking WHERE ends_at > $3)))";
    FAIL_UNMADE = "UPDATE meeting SET state = 'failed', failure = $4, next_try_at = NULL, updated_at = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND state IN ('pending', 'uncertain')";
    FORGET_UNMADE = "UPDATE meeting SET state = 'removed', next_try_at = NULL, updated_at = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND state = 'removing' AND zoom_id IS NULL";
    ATTEMPT = "INSERT INTO meeting_attempt (id, company_id, meeting_id, connection_epoch, outcome, started_at) VALUES ($1, $2, $3, $4, 'open', $5)";
    FINISH = "UPDATE meeting_attempt SET outcome = $3, note = $4, finished_at = $5 WHERE company_id = $1 AND meeting_id = $2 AND outcome = 'open'";
    FINISH_ONE = "UPDATE meeting_attempt SET outcome = $3, note = $4, finished_at = $5 WHERE company_id = $1 AND id = $2 AND outcome = 'open'";
    OPEN = "SELECT id, started_at FROM meeting_attempt WHERE company_id = $1 AND meeting_id = $2 AND outcome = 'open' ORDER BY started_at LIMIT 1";
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    company_id: Uuid,
    booking_id: Uuid,
    host_id: Uuid,
    connection_id: Uuid,
    state: String,
    zoom_id: Option<i64>,
    join_url: Option<Vec<u8>>,
    passcode: Option<Vec<u8>>,
    host_email: Option<String>,
    synced_revision: i64,
    failure: Option<String>,
    attempts: i64,
    next_try_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    data_key: Vec<u8>,
}

impl Row {
    fn read(self, tx: &Tx) -> Result<Meeting, Error> {
        let open = |column, sealed: Option<Vec<u8>>| {
            sealed
                .map(|sealed| {
                    let key = tx.sealer().data_key(self.company_id, &self.data_key)?;
                    key.open(self.id, column, &sealed)
                })
                .transpose()
        };
        Ok(Meeting {
            join_url: open("join_url", self.join_url)?,
            passcode: open("passcode", self.passcode)?,
            id: MeetingRecordId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            booking: BookingId::from_uuid(self.booking_id),
            host: PersonId::from_uuid(self.host_id),
            connection: ConnectionId::from_uuid(self.connection_id),
            state: MeetingState::parse(&self.state).ok_or(Error::Corrupt("meeting.state"))?,
            zoom_id: self.zoom_id,
            host_email: self.host_email,
            synced_revision: self.synced_revision,
            failure: self.failure,
            attempts: self.attempts,
            next_try_at: self.next_try_at.map(instant).transpose()?,
            created_at: instant(self.created_at)?,
            updated_at: instant(self.updated_at)?,
        })
    }
}

/// Records that a booking wants a meeting.
pub async fn insert(
    tx: &mut Tx,
    id: MeetingRecordId,
    (company, booking): (CompanyId, BookingId),
    (host, connection): (PersonId, ConnectionId),
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        id.uuid(),
        company.uuid(),
        booking.uuid(),
        host.uuid(),
        connection.uuid(),
        now.as_microsecond(),
    )?;
    Ok(())
}

/// A meeting of the company.
pub async fn get(
    tx: &mut Tx,
    company: CompanyId,
    id: MeetingRecordId,
) -> Result<Option<Meeting>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(|row| row.read(tx))
        .transpose()
}

/// Locks a meeting until the transaction ends and gives it.
pub async fn lock(
    tx: &mut Tx,
    company: CompanyId,
    id: MeetingRecordId,
) -> Result<Option<Meeting>, Error> {
    execute!(tx, LOCK, company.uuid(), id.uuid())?;
    get(tx, company, id).await
}

/// The meetings a booking has had, newest first.
pub async fn of_booking(
    tx: &mut Tx,
    company: CompanyId,
    booking: BookingId,
) -> Result<Vec<Meeting>, Error> {
    let rows = fetch_all!(tx, Row, OF_BOOKING, company.uuid(), booking.uuid())?;
    rows.into_iter().map(|row| row.read(tx)).collect()
}

/// The meetings of all bookings that start in `[from, to)`, oldest first.
pub async fn of_bookings(
    tx: &mut Tx,
    company: CompanyId,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Meeting>, Error> {
    let rows = fetch_all!(
        tx,
        Row,
        OF_BOOKINGS,
        company.uuid(),
        from.as_microsecond(),
        to.as_microsecond()
    )?;
    rows.into_iter().map(|row| row.read(tx)).collect()
}

/// The meetings a connection still has to look after.
pub async fn of_connection(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
) -> Result<Vec<Meeting>, Error> {
    let rows = fetch_all!(tx, Row, OF_CONNECTION, company.uuid(), connection.uuid())?;
    rows.into_iter().map(|row| row.read(tx)).collect()
}

/// Records everything about a meeting but whose it is; the link and passcode are sealed here.
pub async fn store(tx: &mut Tx, meeting: &Meeting, now: Timestamp) -> Result<(), Error> {
    let owner = meeting.id.uuid();
    let (mut join_url, mut passcode) = (None, None);
    if meeting.join_url.is_some() || meeting.passcode.is_some() {
        let sealer = tx.sealer();
        let company = meeting.company.uuid();
        let (wrapped,) =
            fetch_optional!(tx, (Vec<u8>,), DATA_KEY, company)?.ok_or(Error::Corrupt("company"))?;
        let key = sealer.data_key(company, &wrapped)?;
        let seal = |column, text: &Option<String>| {
            text.as_ref()
                .map(|text| sealer.seal(&key, owner, column, text))
        };
        join_url = seal("join_url", &meeting.join_url);
        passcode = seal("passcode", &meeting.passcode);
    }
    execute!(
        tx,
        STORE,
        meeting.company.uuid(),
        owner,
        meeting.state.as_str(),
        meeting.zoom_id,
        &join_url,
        &passcode,
        &meeting.host_email,
        meeting.synced_revision,
        &meeting.failure,
        meeting.attempts,
        meeting.next_try_at.map(Timestamp::as_microsecond),
        now.as_microsecond(),
    )?;
    Ok(())
}

/// How many bookings still ahead have a link made through a connection.
pub async fn links_ahead(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
    now: Timestamp,
) -> Result<usize, Error> {
    let (company, connection, now) = (company.uuid(), connection.uuid(), now.as_microsecond());
    let row = fetch_optional!(tx, (i64,), LINKS_AHEAD, company, connection, now)?;
    Ok(row
        .and_then(|(count,)| usize::try_from(count).ok())
        .unwrap_or(0))
}

/// How the newest meetings of the company's bookings still ahead stand.
pub async fn count_ahead(
    tx: &mut Tx,
    company: CompanyId,
    now: Timestamp,
) -> Result<Vec<(MeetingState, usize)>, Error> {
    let (company, now) = (company.uuid(), now.as_microsecond());
    let rows = fetch_all!(tx, (String, i64), COUNT_AHEAD, company, now)?;
    rows.into_iter()
        .map(|(state, count)| {
            let state = MeetingState::parse(&state).ok_or(Error::Corrupt("meeting.state"))?;
            Ok((state, usize::try_from(count).unwrap_or(0)))
        })
        .collect()
}

/// Lets go of the meetings of a connection that has ended: those of bookings still ahead are kept
/// in Zoom and no longer managed, those never made have failed for the reason given.
pub async fn let_go(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
    why: &str,
    now: Timestamp,
) -> Result<u64, Error> {
    let (company, connection, now) = (company.uuid(), connection.uuid(), now.as_microsecond());
    let kept = execute!(tx, DETACH, company, connection, now)?;
    execute!(tx, FAIL_UNMADE, company, connection, now, why)?;
    execute!(tx, FORGET_UNMADE, company, connection, now)?;
    Ok(kept)
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
