//! How long a company keeps what, and carrying it out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rooms_core::retention::Kept;
use rooms_core::{CompanyId, Zone};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    DAYS = "SELECT kind, days FROM retention WHERE company_id = $1";
    SET = "INSERT INTO retention (company_id, kind, days) VALUES ($1, $2, $3) ON CONFLICT (company_id, kind) DO UPDATE SET days = excluded.days";
    RAN = "INSERT INTO retention_run (company_id, kind, ran_at, removed) VALUES ($1, $2, $3, $4) \
           ON CONFLICT (company_id, kind) DO UPDATE SET ran_at = excluded.ran_at, removed = excluded.removed";
    RUNS = "SELECT kind, ran_at, removed FROM retention_run WHERE company_id = $1";
    /// Looks across companies: each has its own night.
    WITHOUT_NIGHT = "SELECT c.id, COALESCE((SELECT MIN(s.time_zone) FROM site s WHERE s.company_id = c.id AND s.created_at = \
                     (SELECT MIN(f.created_at) FROM site f WHERE f.company_id = c.id)), 'UTC') FROM company c \
                     WHERE NOT EXISTS (SELECT 1 FROM job j WHERE j.kind = $1 AND j.subject = c.id) ORDER BY c.id LIMIT 500";
    EVENTS = "DELETE FROM event WHERE company_id = $1 AND at < $2";
    REQUESTS = "DELETE FROM permission_request WHERE company_id = $1 AND answered_at < $2";
    NOTICES = "DELETE FROM notice WHERE company_id = $1 AND created_at < $2";
    MEETINGS = "UPDATE meeting SET join_url = NULL, passcode = NULL, host_email = NULL, updated_at = $3 WHERE company_id = $1 \
                AND (join_url IS NOT NULL OR passcode IS NOT NULL OR host_email IS NOT NULL) \
                AND booking_id IN (SELECT b.id FROM booking b WHERE b.company_id = $1 AND b.ends_at < $2)";
    HELD = "DELETE FROM meeting_session WHERE company_id = $1 AND meeting_id IN (SELECT m.id FROM meeting m JOIN booking b ON b.id = m.booking_id \
            WHERE m.company_id = $1 AND b.ends_at < $2)";
}

/// How many days a company keeps what.
pub async fn days(tx: &mut Tx, company: CompanyId) -> Result<BTreeMap<Kept, i64>, Error> {
    let mut days: BTreeMap<_, _> = Kept::ALL
        .into_iter()
        .map(|kept| (kept, kept.default_days()))
        .collect();
    for (kind, chosen) in fetch_all!(tx, (String, i64), DAYS, company.uuid())? {
        days.insert(read(&kind)?, chosen);
    }
    Ok(days)
}

fn read(kind: &str) -> Result<Kept, Error> {
    Kept::parse(kind).ok_or(Error::Corrupt("retention.kind"))
}

/// Changes how many days something is kept.
pub async fn set(tx: &mut Tx, company: CompanyId, kept: Kept, days: i64) -> Result<(), Error> {
    execute!(tx, SET, company.uuid(), kept.as_str(), days).map(|_| ())
}

/// When something was last gone through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// When.
    pub at: Timestamp,
    /// How much was removed.
    pub removed: i64,
}

/// Notes that something was gone through.
pub async fn ran(tx: &mut Tx, company: CompanyId, kept: Kept, run: Run) -> Result<(), Error> {
    let (at, removed) = (run.at.as_microsecond(), run.removed);
    execute!(tx, RAN, company.uuid(), kept.as_str(), at, removed).map(|_| ())
}

/// When what was last gone through.
pub async fn runs(tx: &mut Tx, company: CompanyId) -> Result<BTreeMap<Kept, Run>, Error> {
    let rows = fetch_all!(tx, (String, i64, i64), RUNS, company.uuid())?;
    rows.into_iter()
        .map(|(kind, at, removed)| {
            let at = instant(at)?;
            Ok((read(&kind)?, Run { at, removed }))
        })
        .collect()
}

/// The companies that have no work of a kind ahead, with the zone of their first site.
pub async fn without_night(tx: &mut Tx, kind: &str) -> Result<Vec<(CompanyId, Zone)>, Error> {
    let rows = fetch_all!(tx, (Uuid, String), WITHOUT_NIGHT, kind)?;
    let zoned = |(id, zone): (Uuid, String)| (CompanyId::from_uuid(id), Zone::stored(&zone));
    Ok(rows.into_iter().map(zoned).collect())
}

/// Removes histories before an instant, and requests to connect apps that were answered before it.
pub async fn remove_events(
    tx: &mut Tx,
    company: CompanyId,
    before: Timestamp,
) -> Result<u64, Error> {
    let (company, before) = (company.uuid(), before.as_microsecond());
    let answered = execute!(tx, REQUESTS, company, before)?;
    Ok(answered + execute!(tx, EVENTS, company, before)?)
}

/// Removes what people were told before an instant.
pub async fn remove_notices(
    tx: &mut Tx,
    company: CompanyId,
    before: Timestamp,
) -> Result<u64, Error> {
    execute!(tx, NOTICES, company.uuid(), before.as_microsecond())
}

/// Removes link, passcode, host and times held of meetings whose bookings ended before an instant;
/// gives how many meetings that were.
pub async fn remove_meeting_details(
    tx: &mut Tx,
    company: CompanyId,
    before: Timestamp,
    now: Timestamp,
) -> Result<u64, Error> {
    let (before, now) = (before.as_microsecond(), now.as_microsecond());
    execute!(tx, HELD, company.uuid(), before)?;
    execute!(tx, MEETINGS, company.uuid(), before, now)
}
