//! Queued work, leased to one worker at a time.
//!
//! There is one row per kind and subject. Queueing again moves it forward and raises its
//! generation; a worker that finishes an older generation leaves the row for another run. A lease
//! that runs out, because its process died, makes the work due again.
//!
//! Work waits in lanes that take turns: the work of one Zoom host is a lane, and so is every other
//! kind of work. However long a lane is, another one's first piece comes before its second. Lanes
//! of the same Zoom account share what may run at once, and rest together when Zoom asks for it.

use jiff::{SignedDuration, Timestamp};
use rooms_core::{CompanyId, JobId, MeetingRecordId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

/// What becomes of work that is queued again.
macro_rules! queued_again {
    () => {
        "ON CONFLICT (kind, subject) DO UPDATE SET \
         run_at = CASE WHEN job.state = 'queued' AND job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END, \
         state = 'queued', attempts = 0, generation = job.generation + 1, payload = excluded.payload, lane = excluded.lane, account = excluded.account"
    };
}

/// Work on a meeting; conflicts are the caller's to resolve.
macro_rules! work_on_a_meeting {
    () => {
        "INSERT INTO job (id, kind, subject, company_id, payload, state, run_at, generation, attempts, created_at, lane, account) \
         SELECT $1, $2, m.id, m.company_id, '', 'queued', $5, 1, 0, $6, c.zoom_user_id, \
         CASE WHEN c.zoom_account_id = '' THEN c.zoom_user_id ELSE c.zoom_account_id END \
         FROM meeting m JOIN connection c ON c.id = m.connection_id WHERE m.company_id = $4 AND m.id = $3 "
    };
}

/// The due work whose turn it is: `$1` now, `$3` how many pieces, of a lane `$4` at once and of a
/// Zoom account `$5`, those included that are being done.
macro_rules! next_in_turn {
    ($columns:literal, $limit:literal) => {
        concat!("SELECT ", $columns, " FROM (SELECT w.id, w.run_at, w.turn, w.account, \
           COALESCE(a.busy, 0) + ROW_NUMBER() OVER (PARTITION BY w.account ORDER BY w.turn, w.run_at, w.id) AS place \
           FROM (SELECT j.id, j.run_at, j.account, COALESCE(l.busy, 0) + ROW_NUMBER() OVER (PARTITION BY j.lane ORDER BY j.run_at, j.id) AS turn \
             FROM job j LEFT JOIN (SELECT lane, COUNT(*) AS busy FROM job WHERE lease_until > $1 GROUP BY lane) l ON l.lane = j.lane \
             WHERE j.state = 'queued' AND j.run_at <= $1 AND (j.lease_until IS NULL OR j.lease_until <= $1) \
             AND NOT EXISTS (SELECT 1 FROM zoom_hold h WHERE h.account = j.account AND h.held_until > $1)) w \
           LEFT JOIN (SELECT account, COUNT(*) AS busy FROM job WHERE lease_until > $1 AND account IS NOT NULL GROUP BY account) a \
           ON a.account = w.account WHERE w.turn <= $4) p \
         WHERE account IS NULL OR place <= $5 ORDER BY turn, run_at, id LIMIT ", $limit)
    };
}

statements! {
    ENQUEUE = concat!("INSERT INTO job (id, kind, subject, company_id, payload, state, run_at, generation, attempts, created_at, lane) \
               VALUES ($1, $2, $3, $4, $5, 'queued', $6, 1, 0, $7, $2) ", queued_again!());
    /// The lane of a meeting is its host, as of now.
    ENQUEUE_MEETING = concat!(work_on_a_meeting!(), queued_again!());
    /// Leaves what is queued or being done as it is.
    ENSURE_MEETING = concat!(work_on_a_meeting!(), "ON CONFLICT (kind, subject) DO NOTHING");
    CLAIM = concat!("UPDATE job SET lease_until = $2, attempts = attempts + 1 WHERE id IN (", next_in_turn!("id", "$3"), ") \
             RETURNING id, kind, subject, company_id, payload, generation, attempts");
    /// A dialect pair: several processes claim side by side without waiting for one another, so
    /// more is chosen than is taken. Materialized, since a plan may run a sub-select again and
    /// lock more than the limit.
    CLAIM_POSTGRES = concat!("WITH chosen AS MATERIALIZED (", next_in_turn!("id, turn, run_at", "4 * $3"), "), \
             due AS MATERIALIZED (SELECT j.id FROM chosen c JOIN job j ON j.id = c.id WHERE j.state = 'queued' AND j.run_at <= $1 \
             AND (j.lease_until IS NULL OR j.lease_until <= $1) ORDER BY c.turn, c.run_at, c.id LIMIT $3 FOR UPDATE OF j SKIP LOCKED) \
             UPDATE job SET lease_until = $2, attempts = attempts + 1 FROM due WHERE job.id = due.id \
             RETURNING job.id, kind, subject, company_id, payload, generation, attempts");
    FINISH = "DELETE FROM job WHERE id = $1 AND generation = $2";
    AGAIN_NOW = "UPDATE job SET lease_until = NULL WHERE id = $1 AND lease_until = $2";
    RETRY = "UPDATE job SET lease_until = NULL, last_error = $2, run_at = CASE WHEN generation = $4 THEN $3 ELSE run_at END \
             WHERE id = $1 AND lease_until = $5";
    KEEP = "UPDATE job SET payload = $2 WHERE id = $1 AND generation = $3 AND lease_until = $4";
    BURY = "UPDATE job SET state = 'dead', lease_until = NULL, last_error = $2 WHERE id = $1 AND generation = $3 AND lease_until = $4";
    NEXT = "SELECT MIN(CASE WHEN h.held_until > w.due_at THEN h.held_until ELSE w.due_at END) FROM (SELECT account, \
            CASE WHEN lease_until IS NOT NULL AND lease_until > run_at THEN lease_until ELSE run_at END AS due_at FROM job WHERE state = 'queued') w \
            LEFT JOIN zoom_hold h ON h.account = w.account WHERE w.due_at > $1 OR h.held_until > $1";
    /// Of all companies: after a restore of an earlier state.
    DROP_QUEUED = "DELETE FROM job WHERE kind = $1 AND state = 'queued'";
    DEAD = "SELECT id, kind, subject, payload, attempts, last_error, created_at FROM job WHERE company_id = $1 AND state = 'dead' ORDER BY created_at DESC LIMIT 200";
    REVIVE = "UPDATE job SET state = 'queued', run_at = $3, attempts = 0 WHERE company_id = $1 AND id = $2 AND state = 'dead'";
}

/// Work a process has leased.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What is to be done.
    pub kind: String,
    /// To what.
    pub subject: Uuid,
    /// For which company, where it is for one.
    pub company: Option<CompanyId>,
    /// More about it, as JSON; ids and words, never secrets.
    pub payload: String,
    /// Which queueing this run answers.
    pub generation: i64,
    /// How often it was tried, this time included.
    pub attempts: i64,
    /// Until when nobody else does it. It tells this run from another: one whose lease has run out
    /// cannot put back or give up what somebody else now holds.
    pub lease_until: Timestamp,
}

/// Work that was given up.
#[derive(Debug, Clone)]
pub struct DeadJob {
    /// Its id.
    pub id: JobId,
    /// What was to be done.
    pub kind: String,
    /// To what.
    pub subject: Uuid,
    /// More about it, as JSON; ids and words, never secrets.
    pub payload: String,
    /// How often it was tried.
    pub attempts: i64,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was first queued.
    pub created_at: Timestamp,
}

row! {
    struct DeadRow {
        id: Uuid,
        kind: String,
        subject: Uuid,
        payload: String,
        attempts: i64,
        last_error: Option<String>,
        created_at: i64,
    }
}

row! {
    struct Row {
        id: Uuid,
        kind: String,
        subject: Uuid,
        company_id: Option<Uuid>,
        payload: String,
        generation: i64,
        attempts: i64,
    }
}

/// Queues work on a subject, or hurries what is queued for it.
pub async fn enqueue(
    tx: &mut Tx,
    kind: &str,
    subject: Uuid,
    company: Option<CompanyId>,
    payload: &str,
    (run_at, now): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let id = tx.sealer().new_id(now);
    execute!(
        tx,
        ENQUEUE,
        id,
        kind,
        subject,
        company.map(CompanyId::uuid),
        payload,
        run_at.as_microsecond(),
        now.as_microsecond(),
    )?;
    tx.tell(Change::Jobs);
    Ok(())
}

/// Queues work on a meeting, in the lane of its host.
pub async fn enqueue_meeting(
    tx: &mut Tx,
    kind: &str,
    (company, meeting): (CompanyId, MeetingRecordId),
    (run_at, now): (Timestamp, Timestamp),
) -> Result<(), Error> {
    let id = tx.sealer().new_id(now);
    execute!(
        tx,
        ENQUEUE_MEETING,
        id,
        kind,
        meeting.uuid(),
        company.uuid(),
        run_at.as_microsecond(),
        now.as_microsecond(),
    )?;
    tx.tell(Change::Jobs);
    Ok(())
}

/// Queues work on a meeting that nobody has queued or is doing.
pub async fn ensure_meeting(
    tx: &mut Tx,
    kind: &str,
    (company, meeting): (CompanyId, MeetingRecordId),
    now: Timestamp,
) -> Result<(), Error> {
    let id = tx.sealer().new_id(now);
    let at = now.as_microsecond();
    let queued = execute!(
        tx,
        ENSURE_MEETING,
        id,
        kind,
        meeting.uuid(),
        company.uuid(),
        at,
        at
    )?;
    if queued > 0 {
        tx.tell(Change::Jobs);
    }
    Ok(())
}

/// How much may be done at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AtOnce {
    /// Pieces to lease now.
    pub pieces: i64,
    /// Of one lane, with what is being done already.
    pub of_a_lane: i64,
    /// Of one Zoom account, with what is being done already.
    pub of_an_account: i64,
}

/// Leases due work, lane by lane in turn. Processes that claim at the same instant may each take
/// what is allowed at once.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease: SignedDuration,
    at_once: AtOnce,
) -> Result<Vec<Job>, Error> {
    let lease_until = now.saturating_add(lease).unwrap_or(now);
    let sql = if tx.is_postgres() {
        CLAIM_POSTGRES
    } else {
        CLAIM
    };
    let rows = fetch_all!(
        tx,
        Row,
        sql,
        now.as_microsecond(),
        lease_until.as_microsecond(),
        at_once.pieces,
        at_once.of_a_lane,
        at_once.of_an_account
    )?;
    Ok(rows
        .into_iter()
        .map(|row| Job {
            id: JobId::from_uuid(row.id),
            kind: row.kind,
            subject: row.subject,
            company: row.company_id.map(CompanyId::from_uuid),
            payload: row.payload,
            generation: row.generation,
            attempts: row.attempts,
            lease_until,
        })
        .collect())
}

/// Ends work that is done; if it was queued again meanwhile it stays, due.
pub async fn finish(tx: &mut Tx, job: &Job) -> Result<(), Error> {
    if execute!(tx, FINISH, job.id.uuid(), job.generation)? == 0 {
        again_now(tx, job).await?;
    }
    Ok(())
}

/// Puts work back for later.
pub async fn retry(tx: &mut Tx, job: &Job, at: Timestamp, why: &str) -> Result<(), Error> {
    execute!(
        tx,
        RETRY,
        job.id.uuid(),
        why,
        at.as_microsecond(),
        job.generation,
        job.lease_until.as_microsecond(),
    )?;
    tx.tell(Change::Jobs);
    Ok(())
}

/// Keeps for this run's next tries what it has learned; false where it was queued again meanwhile, or
/// its lease was taken by another run.
pub async fn keep(tx: &mut Tx, job: &Job, payload: &str) -> Result<bool, Error> {
    let lease_until = job.lease_until.as_microsecond();
    let kept = execute!(
        tx,
        KEEP,
        job.id.uuid(),
        payload,
        job.generation,
        lease_until
    )?;
    Ok(kept == 1)
}

/// Drops all waiting work of a kind, of every company; gives how much it was.
pub async fn drop_queued(tx: &mut Tx, kind: &str) -> Result<u64, Error> {
    execute!(tx, DROP_QUEUED, kind)
}

/// Gives work up; it stays to be seen and retried by a person.
pub async fn bury(tx: &mut Tx, job: &Job, why: &str) -> Result<(), Error> {
    let lease_until = job.lease_until.as_microsecond();
    if execute!(tx, BURY, job.id.uuid(), why, job.generation, lease_until)? == 0 {
        again_now(tx, job).await?;
    }
    Ok(())
}

/// Lets go of work that was queued again while it was done.
async fn again_now(tx: &mut Tx, job: &Job) -> Result<(), Error> {
    if execute!(
        tx,
        AGAIN_NOW,
        job.id.uuid(),
        job.lease_until.as_microsecond()
    )? == 1
    {
        tx.tell(Change::Jobs);
    }
    Ok(())
}

/// When work that is not due yet, or rests, is due next.
pub async fn next_due(tx: &mut Tx, now: Timestamp) -> Result<Option<Timestamp>, Error> {
    let row = fetch_optional!(tx, (Option<i64>,), NEXT, now.as_microsecond())?;
    row.and_then(|(at,)| at).map(instant).transpose()
}

/// The company's work that was given up, newest first.
pub async fn dead(tx: &mut Tx, company: CompanyId) -> Result<Vec<DeadJob>, Error> {
    let rows = fetch_all!(tx, DeadRow, DEAD, company.uuid())?;
    rows.into_iter()
        .map(|row| {
            Ok(DeadJob {
                id: JobId::from_uuid(row.id),
                kind: row.kind,
                subject: row.subject,
                payload: row.payload,
                attempts: row.attempts,
                last_error: row.last_error,
                created_at: instant(row.created_at)?,
            })
        })
        .collect()
}

/// Queues given-up work again.
pub async fn revive(
    tx: &mut Tx,
    company: CompanyId,
    id: JobId,
    now: Timestamp,
) -> Result<bool, Error> {
    let hit = execute!(tx, REVIVE, company.uuid(), id.uuid(), now.as_microsecond())?;
    tx.tell(Change::Jobs);
    Ok(hit == 1)
}
