//! Comparisons of a company's meetings with those at Zoom: runs, their hosts, and the records they
//! compare. What they found is in [`findings`].

pub mod findings;

use jiff::Timestamp;
use rooms_core::booking::{BookingState, Conference};
use rooms_core::meeting::MeetingState;
use rooms_core::reconciliation::Recorded;
use rooms_core::{
    CompanyId, ConnectionId, MeetingRecordId, PersonId, ReconciliationId, Slot, Zone,
};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

macro_rules! record {
    ($filter:literal) => {
        concat!(
            "SELECT m.id, m.company_id, m.connection_id, m.state, m.zoom_id, m.synced_revision, m.updated_at, b.title, b.starts_at, b.ends_at, ",
            "b.time_zone, b.state AS booking_state, b.conference, b.revision FROM meeting m JOIN booking b ON b.id = m.booking_id WHERE ",
            $filter
        )
    };
}

macro_rules! run {
    ($filter:literal) => {
        concat!(
            "SELECT r.id, r.night, p.name AS asked_by, r.started_at, r.finished_at, ",
            "(SELECT COUNT(*) FROM reconciliation_host h WHERE h.run_id = r.id) AS hosts, ",
            "(SELECT COUNT(*) FROM reconciliation_host h WHERE h.run_id = r.id AND h.state <> 'waiting') AS hosts_done, ",
            "CAST((SELECT COALESCE(SUM(h.meetings), 0) FROM reconciliation_host h WHERE h.run_id = r.id) AS BIGINT) AS meetings ",
            "FROM reconciliation r LEFT JOIN person p ON p.id = r.asked_by WHERE r.company_id = $1 AND ",
            $filter
        )
    };
}

statements! {
    BEGIN = "INSERT INTO reconciliation (id, company_id, asked_by, night, started_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    HOSTS = "INSERT INTO reconciliation_host (run_id, company_id, connection_id, state, meetings, trouble) SELECT $1, company_id, id, \
             CASE WHEN status = 'active' THEN 'waiting' ELSE 'unreachable' END, 0, attention FROM connection WHERE company_id = $2 AND status <> 'inactive'";
    WAITING = "SELECT connection_id FROM reconciliation_host WHERE company_id = $1 AND run_id = $2 AND state = 'waiting' ORDER BY connection_id";
    LOCK = "UPDATE reconciliation SET finished_at = finished_at WHERE company_id = $1 AND id = $2";
    HOST_DONE = "UPDATE reconciliation_host SET state = $4, meetings = $5, trouble = $6 WHERE company_id = $1 AND run_id = $2 AND connection_id = $3 \
                 AND state = 'waiting'";
    FINISH = "UPDATE reconciliation SET finished_at = $3 WHERE company_id = $1 AND id = $2 AND finished_at IS NULL";
    /// A meeting moved to another host is missing at the first and found at the second: one fix.
    DROP_MOVED = "UPDATE reconciliation_finding SET state = 'gone', changed_at = $3 WHERE company_id = $1 AND run_id = $2 AND kind = 'missing' \
                  AND state = 'open' AND zoom_id IN (SELECT zoom_id FROM reconciliation_finding WHERE company_id = $1 AND run_id = $2 AND kind = 'wrong_host')";
    GET = run!("r.id = $2");
    UNFINISHED = run!("r.finished_at IS NULL");
    NEWEST = run!("1 = 1 ORDER BY r.started_at DESC, r.id DESC LIMIT 1");
    UNREACHABLE = "SELECT c.zoom_email, p.name, h.trouble FROM reconciliation_host h JOIN connection c ON c.id = h.connection_id \
                   JOIN person p ON p.id = c.person_id WHERE h.company_id = $1 AND h.run_id = $2 AND h.state = 'unreachable' ORDER BY c.zoom_email, c.id";
    OF_HOST = record!("m.company_id = $1 AND m.connection_id = $2 AND b.ends_at > $3 ORDER BY m.id");
    /// Across companies: a mark names a record, and one of another company is to be left alone.
    /// Twenty at a time; the last is repeated where there are fewer.
    BY_IDS = record!("m.id IN ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)");
    /// Across companies, as above: whoever holds a meeting, it is to be left alone.
    WITH_ZOOM_ID = record!("m.zoom_id = $1 ORDER BY m.id");
    /// Across companies: which of them have a host and no night ahead.
    WITHOUT_NIGHT = "SELECT c.company_id, MIN(s.time_zone) FROM connection c JOIN site s ON s.company_id = c.company_id WHERE c.status = 'active' \
                     AND s.created_at = (SELECT MIN(t.created_at) FROM site t WHERE t.company_id = c.company_id) \
                     AND NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = $1 AND j.subject = c.company_id) GROUP BY c.company_id ORDER BY c.company_id";
    /// Across companies: which of them have anything to compare.
    WITH_HOSTS = "SELECT DISTINCT company_id FROM connection WHERE status <> 'inactive' ORDER BY company_id";
    FORGET_HOSTS = "DELETE FROM reconciliation_host WHERE company_id = $1 AND run_id IN (SELECT id FROM reconciliation WHERE company_id = $1 AND finished_at < $2)";
    FORGET_RUNS = "DELETE FROM reconciliation WHERE company_id = $1 AND finished_at < $2 \
                   AND NOT EXISTS (SELECT 1 FROM reconciliation_finding f WHERE f.run_id = reconciliation.id)";
}

/// A record of a meeting with what its booking says, for a comparison.
#[derive(Debug, Clone)]
pub struct Record {
    /// As it is compared.
    pub recorded: Recorded,
    /// The zone of the booking's site.
    pub zone: Zone,
}

row! {
    struct RecordRow {
        id: Uuid,
        company_id: Uuid,
        connection_id: Uuid,
        state: String,
        zoom_id: Option<i64>,
        synced_revision: i64,
        updated_at: i64,
        title: String,
        starts_at: i64,
        ends_at: i64,
        time_zone: String,
        booking_state: String,
        conference: Option<String>,
        revision: i64,
    }
}

impl RecordRow {
    fn read(self, company: CompanyId, before: Timestamp) -> Result<Record, Error> {
        let state = MeetingState::parse(&self.state).ok_or(Error::Corrupt("meeting.state"))?;
        let booking =
            BookingState::parse(&self.booking_state).ok_or(Error::Corrupt("booking.state"))?;
        let slot = Slot::new(instant(self.starts_at)?, instant(self.ends_at)?)
            .ok_or(Error::Corrupt("booking.ends_at"))?;
        let conference = self.conference.as_deref().map(Conference::parse);
        Ok(Record {
            recorded: Recorded {
                id: MeetingRecordId::from_uuid(self.id),
                own: self.company_id == company.uuid(),
                connection: ConnectionId::from_uuid(self.connection_id),
                state,
                zoom_id: self.zoom_id,
                wanted: booking.takes_the_room() && conference == Some(Some(Conference::Zoom)),
                // Only a link that is ready is told of changes.
                settled: (state != MeetingState::Ready || self.synced_revision >= self.revision)
                    && instant(self.updated_at)? < before,
                topic: self.title,
                slot,
            },
            zone: Zone::stored(&self.time_zone),
        })
    }
}

/// The records of a connection whose bookings end after an instant. One that changed at or after
/// `before` is not settled.
pub async fn records_of_host(
    tx: &mut Tx,
    company: CompanyId,
    connection: ConnectionId,
    (ending_after, before): (Timestamp, Timestamp),
) -> Result<Vec<Record>, Error> {
    let (of, host) = (company.uuid(), connection.uuid());
    let rows = fetch_all!(
        tx,
        RecordRow,
        OF_HOST,
        of,
        host,
        ending_after.as_microsecond()
    )?;
    rows.into_iter()
        .map(|row| row.read(company, before))
        .collect()
}

/// The records of these ids, in whichever company they are.
pub async fn records(
    tx: &mut Tx,
    company: CompanyId,
    ids: &[MeetingRecordId],
    before: Timestamp,
) -> Result<Vec<Record>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for some in ids.chunks(20) {
        let id = |place: usize| some.get(place).or(some.last()).map(|id| id.uuid());
        let rows = fetch_all!(
            tx,
            RecordRow,
            BY_IDS,
            id(0),
            id(1),
            id(2),
            id(3),
            id(4),
            id(5),
            id(6),
            id(7),
            id(8),
            id(9),
            id(10),
            id(11),
            id(12),
            id(13),
            id(14),
            id(15),
            id(16),
            id(17),
            id(18),
            id(19)
        )?;
        for row in rows {
            found.push(row.read(company, before)?);
        }
    }
    Ok(found)
}

/// The records that have Zoom's number of a meeting, in whichever company they are.
pub async fn with_zoom_id(
    tx: &mut Tx,
    company: CompanyId,
    zoom_id: i64,
    before: Timestamp,
) -> Result<Vec<Record>, Error> {
    let rows = fetch_all!(tx, RecordRow, WITH_ZOOM_ID, zoom_id)?;
    rows.into_iter()
        .map(|row| row.read(company, before))
        .collect()
}

/// A comparison under way or done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// Its id.
    pub id: ReconciliationId,
    /// Whether it began by itself, at night.
    pub nightly: bool,
    /// The name of who asked for it; nobody for the command line and the night.
    pub asked_by: Option<String>,
    /// When it began.
    pub started_at: Timestamp,
    /// When its last host was compared.
    pub finished_at: Option<Timestamp>,
    /// How many hosts it is about.
    pub hosts: usize,
    /// How many of them are done.
    pub hosts_done: usize,
    /// How many meetings were seen at Zoom.
    pub meetings: usize,
}

row! {
    struct RunRow {
        id: Uuid,
        night: Option<String>,
        asked_by: Option<String>,
        started_at: i64,
        finished_at: Option<i64>,
        hosts: i64,
        hosts_done: i64,
        meetings: i64,
    }
}

fn count(number: i64) -> usize {
    usize::try_from(number).unwrap_or(0)
}

impl RunRow {
    fn read(self) -> Result<Run, Error> {
        Ok(Run {
            id: ReconciliationId::from_uuid(self.id),
            nightly: self.night.is_some(),
            asked_by: self.asked_by,
            started_at: instant(self.started_at)?,
            finished_at: self.finished_at.map(instant).transpose()?,
            hosts: count(self.hosts),
            hosts_done: count(self.hosts_done),
            meetings: count(self.meetings),
        })
    }
}

/// Begins a comparison of all hosts; false where one is under way, or this night has had its own.
pub async fn begin(
    tx: &mut Tx,
    id: ReconciliationId,
    company: CompanyId,
    (asked_by, night): (Option<PersonId>, Option<&str>),
    now: Timestamp,
) -> Result<bool, Error> {
    let begun = execute!(
        tx,
        BEGIN,
        id.uuid(),
        company.uuid(),
        asked_by.map(PersonId::uuid),
        night,
        now.as_microsecond()
    )?;
    if begun == 1 {
        execute!(tx, HOSTS, id.uuid(), company.uuid())?;
        tx.tell(Change::Reconciliation(company));
    }
    Ok(begun == 1)
}

/// The hosts a comparison has not looked at yet.
pub async fn waiting(
    tx: &mut Tx,
    company: CompanyId,
    run: ReconciliationId,
) -> Result<Vec<ConnectionId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), WAITING, company.uuid(), run.uuid())?;
    let ids = rows.into_iter().map(|(id,)| ConnectionId::from_uuid(id));
    Ok(ids.collect())
}

/// What came of looking at a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Looked {
    /// So many meetings were compared.
    Compared(usize),
    /// It could not be looked at, and why.
    Unreachable(String),
}

/// Records that a host is done; with the last one the comparison is, and this gives true.
pub async fn host_done(
    tx: &mut Tx,
    (company, run, connection): (CompanyId, ReconciliationId, ConnectionId),
    looked: &Looked,
    now: Timestamp,
) -> Result<bool, Error> {
    let (state, meetings, trouble) = match looked {
        Looked::Compared(meetings) => ("compared", i64::try_from(*meetings).unwrap_or(0), None),
        Looked::Unreachable(why) => ("unreachable", 0, Some(why)),
    };
    // Hosts that end at the same time wait for one another here, so that one of them is the last.
    execute!(tx, LOCK, company.uuid(), run.uuid())?;
    let (of, id, host) = (company.uuid(), run.uuid(), connection.uuid());
    execute!(tx, HOST_DONE, of, id, host, state, meetings, trouble)?;
    tx.tell(Change::Reconciliation(company));
    if !waiting(tx, company, run).await?.is_empty() {
        return Ok(false);
    }
    finish(tx, company, run, now).await
}

/// Ends a comparison; false where it had ended.
pub async fn finish(
    tx: &mut Tx,
    company: CompanyId,
    run: ReconciliationId,
    now: Timestamp,
) -> Result<bool, Error> {
    let (of, id, now) = (company.uuid(), run.uuid(), now.as_microsecond());
    let ended = execute!(tx, FINISH, of, id, now)? == 1;
    if ended {
        execute!(tx, DROP_MOVED, of, id, now)?;
    }
    tx.tell(Change::Reconciliation(company));
    Ok(ended)
}

/// A comparison of the company.
pub async fn get(
    tx: &mut Tx,
    company: CompanyId,
    id: ReconciliationId,
) -> Result<Option<Run>, Error> {
    let row = fetch_optional!(tx, RunRow, GET, company.uuid(), id.uuid())?;
    row.map(RunRow::read).transpose()
}

/// The comparison of the company that is under way.
pub async fn unfinished(tx: &mut Tx, company: CompanyId) -> Result<Option<Run>, Error> {
    let row = fetch_optional!(tx, RunRow, UNFINISHED, company.uuid())?;
    row.map(RunRow::read).transpose()
}

/// The company's newest comparison.
pub async fn newest(tx: &mut Tx, company: CompanyId) -> Result<Option<Run>, Error> {
    let row = fetch_optional!(tx, RunRow, NEWEST, company.uuid())?;
    row.map(RunRow::read).transpose()
}

/// A host that could not be looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreachable {
    /// Its address at Zoom.
    pub email: String,
    /// Whose connection it is.
    pub person: String,
    /// Why, in words.
    pub why: String,
}

/// The hosts a comparison could not look at.
pub async fn unreachable(
    tx: &mut Tx,
    company: CompanyId,
    run: ReconciliationId,
) -> Result<Vec<Unreachable>, Error> {
    let rows = fetch_all!(
        tx,
        (String, String, Option<String>),
        UNREACHABLE,
        company.uuid(),
        run.uuid()
    )?;
    let read = |(email, person, why): (String, String, Option<String>)| Unreachable {
        email,
        person,
        why: why.unwrap_or_default(),
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The companies with a host for which no work of this kind is queued, with the zone of their
/// first site.
pub async fn without_night(tx: &mut Tx, kind: &str) -> Result<Vec<(CompanyId, Zone)>, Error> {
    let rows = fetch_all!(tx, (Uuid, String), WITHOUT_NIGHT, kind)?;
    let read = |(id, zone): (Uuid, String)| (CompanyId::from_uuid(id), Zone::stored(&zone));
    Ok(rows.into_iter().map(read).collect())
}

/// The companies that have a host.
pub async fn with_hosts(tx: &mut Tx) -> Result<Vec<CompanyId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), WITH_HOSTS)?;
    Ok(rows
        .into_iter()
        .map(|(id,)| CompanyId::from_uuid(id))
        .collect())
}

/// Forgets what was closed before an instant.
pub async fn forget(tx: &mut Tx, company: CompanyId, before: Timestamp) -> Result<(), Error> {
    findings::forget(tx, company, before).await?;
    let (of, before) = (company.uuid(), before.as_microsecond());
    execute!(tx, FORGET_HOSTS, of, before)?;
    execute!(tx, FORGET_RUNS, of, before)?;
    Ok(())
}
