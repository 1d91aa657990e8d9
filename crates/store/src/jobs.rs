//! Queued work, leased to one worker at a time.
//!
//! There is one row per kind and subject. Queueing again moves it forward and raises its
//! generation; a worker that finishes an older generation leaves the row for another run. A lease
//! that runs out, because its process died, makes the work due again.

use jiff::{SignedDuration, Timestamp};
use rooms_core::{CompanyId, JobId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::{Change, Tx};

statements! {
    ENQUEUE = "INSERT INTO job (id, kind, subject, company_id, payload, state, run_at, generation, attempts, created_at) \
               VALUES ($1, $2, $3, $4, $5, 'queued', $6, 1, 0, $7) ON CONFLICT (kind, subject) DO UPDATE SET \
               run_at = CASE WHEN job.state = 'queued' AND job.run_at < excluded.run_at THEN job.run_at ELSE excluded.run_at END, \
               state = 'queued', attempts = 0, generation = job.generation + 1, payload = excluded.payload";
    CLAIM = "UPDATE job SET lease_until = $2, attempts = attempts + 1 WHERE id IN (SELECT id FROM job WHERE state = 'queued' AND run_at <= $1 \
             AND (lease_until IS NULL OR lease_until <= $1) ORDER BY run_at LIMIT $3) \
             RETURNING id, kind, subject, company_id, payload, generation, attempts";
    /// A dialect pair: several processes claim side by side without waiting for one another.
    /// Materialized, since a plan may run an `IN (SELECT ...)` again and lock more than the limit.
    CLAIM_POSTGRES = "WITH due AS MATERIALIZED (SELECT id FROM job WHERE state = 'queued' AND run_at <= $1 \
             AND (lease_until IS NULL OR lease_until <= $1) ORDER BY run_at LIMIT $3 FOR UPDATE SKIP LOCKED) \
             UPDATE job SET lease_until = $2, attempts = attempts + 1 FROM due WHERE job.id = due.id \
             RETURNING job.id, kind, subject, company_id, payload, generation, attempts";
    FINISH = "DELETE FROM job WHERE id = $1 AND generation = $2";
    AGAIN_NOW = "UPDATE job SET lease_until = NULL WHERE id = $1 AND lease_until = $2";
    RETRY = "UPDATE job SET lease_until = NULL, last_error = $2, run_at = CASE WHEN generation = $4 THEN $3 ELSE run_at END \
             WHERE id = $1 AND lease_until = $5";
    BURY = "UPDATE job SET state = 'dead', lease_until = NULL, last_error = $2 WHERE id = $1 AND generation = $3 AND lease_until = $4";
    NEXT = "SELECT MIN(CASE WHEN lease_until IS NOT NULL AND lease_until > run_at THEN lease_until ELSE run_at END) FROM job WHERE state = 'queued'";
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

#[derive(sqlx::FromRow)]
struct DeadRow {
    id: Uuid,
    kind: String,
    subject: Uuid,
    payload: String,
    attempts: i64,
    last_error: Option<String>,
    created_at: i64,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    subject: Uuid,
    company_id: Option<Uuid>,
    payload: String,
    generation: i64,
    attempts: i64,
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

/// Leases due work, at most `limit` pieces.
pub async fn claim(
    tx: &mut Tx,
    now: Timestamp,
    lease: SignedDuration,
    limit: i64,
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
        limit
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

/// When the next work is due.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let row = fetch_optional!(tx, (Option<i64>,), NEXT)?;
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
