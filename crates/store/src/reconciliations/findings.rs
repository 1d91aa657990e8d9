//! What comparisons with Zoom found, and what became of it.

use jiff::Timestamp;
use rooms_core::reconciliation::{FindingKind, FindingState};
use rooms_core::{
    BookingId, CompanyId, ConnectionId, FindingId, MeetingRecordId, PersonId, ReconciliationId,
};
use uuid::Uuid;

use super::count;
use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

macro_rules! finding {
    ($filter:literal) => {
        concat!(
            "SELECT f.id, f.run_id, f.connection_id, f.meeting_id, f.zoom_id, f.kind, f.title, f.differs, f.state, f.trouble, f.changed_at, ",
            "p.name AS changed_by, f.changed_by AS changer, c.zoom_email, m.booking_id FROM reconciliation_finding f JOIN connection c ON c.id = f.connection_id ",
            "LEFT JOIN person p ON p.id = f.changed_by LEFT JOIN meeting m ON m.id = f.meeting_id WHERE f.company_id = $1 AND ",
            $filter
        )
    };
}

statements! {
    NOTE = "INSERT INTO reconciliation_finding (id, company_id, run_id, connection_id, meeting_id, zoom_id, kind, title, differs, state, found_at, changed_at) \
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'open', $10, $10) ON CONFLICT (connection_id, kind, zoom_id) \
            WHERE state IN ('open', 'fixing', 'left') DO UPDATE SET run_id = excluded.run_id, title = excluded.title, differs = excluded.differs";
    NOT_SEEN = "UPDATE reconciliation_finding SET state = 'gone', changed_at = $4 WHERE company_id = $1 AND connection_id = $2 AND run_id <> $3 \
                AND state IN ('open', 'left')";
    FINDING = finding!("f.id = $2");
    OF_STATE = finding!("f.state = $2 ORDER BY f.kind, f.id LIMIT $3");
    FIXED = finding!("f.run_id = $2 AND f.state = 'fixed' ORDER BY f.kind, f.id LIMIT $3");
    COUNTS = "SELECT kind, state, COUNT(*) FROM reconciliation_finding WHERE company_id = $1 AND (state IN ('open', 'fixing', 'left') OR run_id = $2) \
              GROUP BY kind, state";
    MOVE = "UPDATE reconciliation_finding SET state = $4, trouble = $5, changed_at = $6, changed_by = COALESCE($7, changed_by) \
            WHERE company_id = $1 AND id = $2 AND state = $3";
    TROUBLE = "UPDATE reconciliation_finding SET trouble = $3 WHERE company_id = $1 AND id = $2 AND state = 'fixing'";
    TAKE = "UPDATE reconciliation_finding SET state = 'fixing', trouble = NULL, changed_at = $2, changed_by = $3 WHERE company_id = $1 AND id IN \
            (SELECT id FROM reconciliation_finding WHERE company_id = $1 AND state = 'open' ORDER BY id LIMIT $4) RETURNING id";
    FORGET_FINDINGS = "DELETE FROM reconciliation_finding WHERE company_id = $1 AND state IN ('fixed', 'gone') AND changed_at < $2";
}

/// A difference to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// Of which kind.
    pub kind: FindingKind,
    /// Zoom's number of the meeting.
    pub zoom_id: i64,
    /// Our record, where there is one.
    pub record: Option<MeetingRecordId>,
    /// What the meeting is called.
    pub title: String,
    /// What differs, in words.
    pub differs: String,
}

/// Records a difference, or that one known already is still there.
pub async fn note(
    tx: &mut Tx,
    (company, run, connection): (CompanyId, ReconciliationId, ConnectionId),
    note: &Note,
    now: Timestamp,
) -> Result<(), Error> {
    let id = tx.new_id(now);
    execute!(
        tx,
        NOTE,
        id,
        company.uuid(),
        run.uuid(),
        connection.uuid(),
        note.record.map(MeetingRecordId::uuid),
        note.zoom_id,
        note.kind.as_str(),
        &note.title,
        &note.differs,
        now.as_microsecond()
    )?;
    Ok(())
}

/// Closes what earlier comparisons found at a host and this one did not.
pub async fn not_seen(
    tx: &mut Tx,
    (company, run, connection): (CompanyId, ReconciliationId, ConnectionId),
    now: Timestamp,
) -> Result<(), Error> {
    let (of, host, id) = (company.uuid(), connection.uuid(), run.uuid());
    execute!(tx, NOT_SEEN, of, host, id, now.as_microsecond())?;
    Ok(())
}

/// A difference as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Its id.
    pub id: FindingId,
    /// The comparison that saw it last.
    pub run: ReconciliationId,
    /// At which host.
    pub connection: ConnectionId,
    /// The host's address at Zoom.
    pub host: String,
    /// Of which kind.
    pub kind: FindingKind,
    /// Zoom's number of the meeting.
    pub zoom_id: i64,
    /// Our record, where there is one.
    pub record: Option<MeetingRecordId>,
    /// Its booking.
    pub booking: Option<BookingId>,
    /// What the meeting is called.
    pub title: String,
    /// What differs, in words.
    pub differs: String,
    /// What became of it.
    pub state: FindingState,
    /// Why it could not be put right so far, in words.
    pub trouble: Option<String>,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// By whom.
    pub changed_by: Option<String>,
    /// The same, by id.
    pub changer: Option<PersonId>,
}

row! {
    struct FindingRow {
        id: Uuid,
        run_id: Uuid,
        connection_id: Uuid,
        meeting_id: Option<Uuid>,
        zoom_id: i64,
        kind: String,
        title: String,
        differs: String,
        state: String,
        trouble: Option<String>,
        changed_at: i64,
        changed_by: Option<String>,
        changer: Option<Uuid>,
        zoom_email: String,
        booking_id: Option<Uuid>,
    }
}

impl FindingRow {
    fn read(self) -> Result<Finding, Error> {
        Ok(Finding {
            id: FindingId::from_uuid(self.id),
            run: ReconciliationId::from_uuid(self.run_id),
            connection: ConnectionId::from_uuid(self.connection_id),
            host: self.zoom_email,
            kind: FindingKind::parse(&self.kind).ok_or(Error::Corrupt("finding.kind"))?,
            zoom_id: self.zoom_id,
            record: self.meeting_id.map(MeetingRecordId::from_uuid),
            booking: self.booking_id.map(BookingId::from_uuid),
            title: self.title,
            differs: self.differs,
            state: FindingState::parse(&self.state).ok_or(Error::Corrupt("finding.state"))?,
            trouble: self.trouble,
            changed_at: instant(self.changed_at)?,
            changed_by: self.changed_by,
            changer: self.changer.map(PersonId::from_uuid),
        })
    }
}

/// A difference of the company.
pub async fn get(tx: &mut Tx, company: CompanyId, id: FindingId) -> Result<Option<Finding>, Error> {
    let row = fetch_optional!(tx, FindingRow, FINDING, company.uuid(), id.uuid())?;
    row.map(FindingRow::read).transpose()
}

/// The company's differences in a state, at most so many.
pub async fn of_state(
    tx: &mut Tx,
    company: CompanyId,
    state: FindingState,
    limit: i64,
) -> Result<Vec<Finding>, Error> {
    let rows = fetch_all!(
        tx,
        FindingRow,
        OF_STATE,
        company.uuid(),
        state.as_str(),
        limit
    )?;
    rows.into_iter().map(FindingRow::read).collect()
}

/// What was put right of what a comparison found, at most so many.
pub async fn fixed(
    tx: &mut Tx,
    company: CompanyId,
    run: ReconciliationId,
    limit: i64,
) -> Result<Vec<Finding>, Error> {
    let rows = fetch_all!(tx, FindingRow, FIXED, company.uuid(), run.uuid(), limit)?;
    rows.into_iter().map(FindingRow::read).collect()
}

/// How many differences there are of each kind and state: all that are not closed, and those a
/// comparison closed.
pub async fn counts(
    tx: &mut Tx,
    company: CompanyId,
    run: ReconciliationId,
) -> Result<Vec<(FindingKind, FindingState, usize)>, Error> {
    let rows = fetch_all!(
        tx,
        (String, String, i64),
        COUNTS,
        company.uuid(),
        run.uuid()
    )?;
    rows.into_iter()
        .map(|(kind, state, number)| {
            let kind = FindingKind::parse(&kind).ok_or(Error::Corrupt("finding.kind"))?;
            let state = FindingState::parse(&state).ok_or(Error::Corrupt("finding.state"))?;
            Ok((kind, state, count(number)))
        })
        .collect()
}

/// Brings a difference from one state to another; false where it was not in the first.
pub async fn move_on(
    tx: &mut Tx,
    (company, id): (CompanyId, FindingId),
    (from, to): (FindingState, FindingState),
    (trouble, by): (Option<&str>, Option<PersonId>),
    now: Timestamp,
) -> Result<bool, Error> {
    let moved = execute!(
        tx,
        MOVE,
        company.uuid(),
        id.uuid(),
        from.as_str(),
        to.as_str(),
        trouble,
        now.as_microsecond(),
        by.map(PersonId::uuid)
    )?;
    tx.tell(Change::Reconciliation(company));
    Ok(moved == 1)
}

/// Notes why a difference is not put right yet.
pub async fn trouble(
    tx: &mut Tx,
    (company, id): (CompanyId, FindingId),
    why: &str,
) -> Result<(), Error> {
    execute!(tx, TROUBLE, company.uuid(), id.uuid(), why)?;
    tx.tell(Change::Reconciliation(company));
    Ok(())
}

/// Takes open differences to be put right, at most so many, and gives which.
pub async fn take(
    tx: &mut Tx,
    company: CompanyId,
    by: Option<PersonId>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<FindingId>, Error> {
    let (of, now, by) = (company.uuid(), now.as_microsecond(), by.map(PersonId::uuid));
    let rows = fetch_all!(tx, (Uuid,), TAKE, of, now, by, limit)?;
    tx.tell(Change::Reconciliation(company));
    Ok(rows
        .into_iter()
        .map(|(id,)| FindingId::from_uuid(id))
        .collect())
}

/// Forgets what was closed before an instant.
pub(super) async fn forget(
    tx: &mut Tx,
    company: CompanyId,
    before: Timestamp,
) -> Result<(), Error> {
    execute!(tx, FORGET_FINDINGS, company.uuid(), before.as_microsecond())?;
    Ok(())
}
