//! Zoom meetings of bookings: the record, the attempts to make it, when it was held.

pub mod attempts;
pub mod listing;
pub mod promises;
pub mod sessions;

use jiff::Timestamp;
use rooms_core::meeting::{Drift, Facts, Meeting, MeetingState, Promise};
use rooms_core::{BookingId, CompanyId, ConnectionId, MeetingRecordId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

pub use attempts::{AttemptOutcome, begin_attempt, finish_attempt, finish_attempts, open_attempt};

macro_rules! meeting {
    ($filter:literal) => {
        concat!(
            "SELECT m.id, m.company_id, m.booking_id, m.host_id, m.connection_id, m.state, m.zoom_id, m.join_url, m.passcode, m.host_email, ",
            "m.synced_revision, m.failure, m.attempts, m.next_try_at, m.created_at, m.updated_at, c.data_key, ",
            "COALESCE(m.since, m.updated_at) AS since, m.told_topic, m.told_starts_at, m.told_minutes, m.told_zone, m.drift_topic, ",
            "m.drift_starts_at, m.drift_minutes, m.drift_zone, m.gone_at, m.look_since, m.promised, m.kept, m.left_by ",
            "FROM meeting m JOIN company c ON c.id = m.company_id WHERE m.company_id = $1 AND ",
            $filter
        )
    };
}

statements! {
    INSERT = "INSERT INTO meeting (id, company_id, booking_id, host_id, connection_id, provider, state, synced_revision, attempts, created_at, updated_at, since) \
              VALUES ($1, $2, $3, $4, $5, 'zoom', 'pending', 0, 0, $6, $6, $6)";
    GET = meeting!("m.id = $2");
    OF_BOOKING = meeting!("m.booking_id = $2 ORDER BY m.created_at DESC, m.id DESC");
    OF_BOOKINGS = meeting!("m.booking_id IN (SELECT id FROM booking WHERE company_id = $1 AND starts_at >= $2 AND starts_at < $3 AND conference IS NOT NULL) \
                  ORDER BY m.created_at, m.id");
    STORE = "UPDATE meeting SET state = $3, zoom_id = $4, join_url = $5, passcode = $6, host_email = $7, synced_revision = $8, failure = $9, \
             attempts = $10, next_try_at = $11, updated_at = $12, since = CASE WHEN state = $3 THEN since ELSE $12 END, \
             told_topic = $13, told_starts_at = $14, told_minutes = $15, told_zone = $16, drift_topic = $17, drift_starts_at = $18, \
             drift_minutes = $19, drift_zone = $20, gone_at = $21, look_since = $22, promised = $23, kept = $24, left_by = $25 \
             WHERE company_id = $1 AND id = $2";
    /// Of all companies: Zoom's webhooks name no company. Ids are Zoom's own, and what is done with
    /// a record found is done in its company.
    OF_ZOOM_ID = "SELECT company_id, id FROM meeting WHERE zoom_id = $1 ORDER BY company_id, id";
    DATA_KEY = "SELECT data_key FROM company WHERE id = $1";
    LOCK = "UPDATE meeting SET updated_at = updated_at WHERE company_id = $1 AND id = $2";
    LOCK_OF_BOOKING = "UPDATE meeting SET updated_at = updated_at WHERE company_id = $1 AND booking_id = $2";
    OF_CONNECTION = meeting!("m.connection_id = $2 AND m.state IN ('pending', 'uncertain', 'ready', 'removing') ORDER BY m.created_at, m.id");
    HOLD_UP = "UPDATE meeting SET failure = $4, next_try_at = $5, updated_at = $3 WHERE company_id = $1 AND connection_id = $2 \
               AND (state IN ('pending', 'uncertain', 'removing') OR (state = 'ready' AND EXISTS (SELECT 1 FROM booking b \
               WHERE b.id = meeting.booking_id AND b.revision > meeting.synced_revision AND b.ends_at > $3))) RETURNING booking_id";
    BOOKINGS_AHEAD = "SELECT COUNT(DISTINCT m.booking_id) FROM meeting m JOIN booking b ON b.id = m.booking_id WHERE m.company_id = $1 \
              AND m.connection_id = $2 AND m.state IN ('pending', 'uncertain', 'ready') AND b.ends_at > $3";
    COUNT_AHEAD = "SELECT m.state, COUNT(*) FROM meeting m JOIN booking b ON b.id = m.booking_id WHERE m.company_id = $1 AND b.ends_at > $2 \
              AND b.state IN ('confirmed', 'pending') AND NOT EXISTS (SELECT 1 FROM meeting n WHERE n.company_id = $1 \
              AND n.booking_id = m.booking_id AND n.created_at > m.created_at) GROUP BY m.state";
    DETACH = "UPDATE meeting SET state = 'detached', next_try_at = NULL, updated_at = $3, since = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND zoom_id IS NOT NULL AND (state = 'removing' OR (state = 'ready' AND booking_id IN (SELECT id FROM booking WHERE ends_at > $3)))";
    FAIL_UNMADE = "UPDATE meeting SET state = 'failed', failure = $4, next_try_at = NULL, updated_at = $3, since = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND state IN ('pending', 'uncertain')";
    FORGET_UNMADE = "UPDATE meeting SET state = 'removed', next_try_at = NULL, updated_at = $3, since = $3 WHERE company_id = $1 AND connection_id = $2 \
              AND state = 'removing' AND zoom_id IS NULL";
}

row! {
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
        since: i64,
        told_topic: Option<String>,
        told_starts_at: Option<i64>,
        told_minutes: Option<i64>,
        told_zone: Option<String>,
        drift_topic: Option<String>,
        drift_starts_at: Option<i64>,
        drift_minutes: Option<i64>,
        drift_zone: Option<String>,
        gone_at: Option<i64>,
        look_since: Option<i64>,
        promised: Option<String>,
        kept: Option<String>,
        left_by: Option<Uuid>,
    }
}

/// What Zoom was told: all of it, or nothing yet.
fn told(row: &mut Row) -> Result<Option<Facts>, Error> {
    let (Some(topic), Some(starts_at), Some(minutes), Some(zone)) = (
        row.told_topic.take(),
        row.told_starts_at,
        row.told_minutes,
        row.told_zone.take(),
    ) else {
        return Ok(None);
    };
    Ok(Some(Facts {
        topic,
        starts_at: instant(starts_at)?,
        minutes,
        zone,
    }))
}

fn drift(row: &mut Row) -> Result<Option<Drift>, Error> {
    let drift = Drift {
        topic: row.drift_topic.take(),
        starts_at: row.drift_starts_at.map(instant).transpose()?,
        minutes: row.drift_minutes,
        zone: row.drift_zone.take(),
    };
    Ok((drift != Drift::default()).then_some(drift))
}

fn promise(text: Option<&str>, column: &'static str) -> Result<Option<Promise>, Error> {
    text.map(|text| Promise::parse(text).ok_or(Error::Corrupt(column)))
        .transpose()
}

impl Row {
    fn read(mut self, tx: &Tx) -> Result<Meeting, Error> {
        let (told, drift) = (told(&mut self)?, drift(&mut self)?);
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
            since: instant(self.since)?,
            told,
            drift,
            gone_at: self.gone_at.map(instant).transpose()?,
            look_since: self.look_since.map(instant).transpose()?,
            promised: promise(self.promised.as_deref(), "meeting.promised")?,
            kept: promise(self.kept.as_deref(), "meeting.kept")?,
            left_by: self.left_by.map(PersonId::from_uuid),
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

/// Locks the meetings a booking has had until the transaction ends and gives them, newest first.
pub async fn lock_of_booking(
    tx: &mut Tx,
    company: CompanyId,
    booking: BookingId,
) -> Result<Vec<Meeting>, Error> {
    execute!(tx, LOCK_OF_BOOKING, company.uuid(), booking.uuid())?;
    of_booking(tx, company, booking).await
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

/// The records of all companies whose meeting has this id in Zoom.
pub async fn of_zoom_id(
    tx: &mut Tx,
    zoom_id: i64,
) -> Result<Vec<(CompanyId, MeetingRecordId)>, Error> {
    let rows = fetch_all!(tx, (Uuid, Uuid), OF_ZOOM_ID, zoom_id)?;
    Ok(rows
        .into_iter()
        .map(|(company, id)| {
            (
                CompanyId::from_uuid(company),
                MeetingRecordId::from_uuid(id),
            )
        })
        .collect())
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
    let (told, drift) = (meeting.told.as_ref(), meeting.drift.as_ref());
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
        told.map(|told| &told.topic),
        told.map(|told| told.starts_at.as_microsecond()),
        told.map(|told| told.minutes),
        told.map(|told| &told.zone),
        drift.and_then(|drift| drift.topic.as_ref()),
        drift.and_then(|drift| drift.starts_at.map(Timestamp::as_microsecond)),
        drift.and_then(|drift| drift.minutes),
        drift.and_then(|drift| drift.zone.as_ref()),
        meeting.gone_at.map(Timestamp::as_microsecond),
        meeting.look_since.map(Timestamp::as_microsecond),
        meeting.promised.map(|promise| promise.to_text()),
        meeting.kept.map(|promise| promise.to_text()),
        meeting.left_by.map(PersonId::uuid),
    )?;
    Ok(())
}

/// Says on every meeting that waits for a connection why it waits, and until when if that is known.
pub async fn hold_up(
    tx: &mut Tx,
    (company, connection): (CompanyId, ConnectionId),
    (why, until): (&str, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), Error> {
    let held = fetch_all!(
        tx,
        (Uuid,),
        HOLD_UP,
        company.uuid(),
        connection.uuid(),
        now.as_microsecond(),
        why,
        until.map(Timestamp::as_microsecond)
    )?;
    for (booking,) in held {
        tx.tell(Change::Booking(BookingId::from_uuid(booking)));
    }
    Ok(())
}

/// How many bookings still ahead have a link through a connection, or wait for one.
pub async fn bookings_ahead(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
    now: Timestamp,
) -> Result<usize, Error> {
    let (company, connection, now) = (company.uuid(), connection.uuid(), now.as_microsecond());
    let row = fetch_optional!(tx, (i64,), BOOKINGS_AHEAD, company, connection, now)?;
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
