//! How much Zoom takes: changes per user and day, accounts that have to wait, and whether it
//! accepts our own app.
//!
//! Zoom's users, accounts and apps are not those of a company: one may be connected in several,
//! so no statement here names one.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    COUNT = "INSERT INTO zoom_usage (zoom_user_id, day, changes) VALUES ($1, $2, 1) \
             ON CONFLICT (zoom_user_id, day) DO UPDATE SET changes = zoom_usage.changes + 1";
    BLOCK = "INSERT INTO zoom_usage (zoom_user_id, day, changes, blocked_until) VALUES ($1, $2, 0, $3) \
             ON CONFLICT (zoom_user_id, day) DO UPDATE SET blocked_until = excluded.blocked_until";
    USAGE = "SELECT (SELECT changes FROM zoom_usage WHERE zoom_user_id = $1 AND day = $2), \
             (SELECT MAX(blocked_until) FROM zoom_usage WHERE zoom_user_id = $1 AND blocked_until > $3)";
    PURGE = "DELETE FROM zoom_usage WHERE day < $1 AND (blocked_until IS NULL OR blocked_until <= $2)";
    HOLD = "INSERT INTO zoom_hold (account, held_until, per_day) VALUES ($1, $2, $3) ON CONFLICT (account) DO UPDATE SET \
            per_day = CASE WHEN zoom_hold.held_until > excluded.held_until THEN zoom_hold.per_day ELSE excluded.per_day END, \
            held_until = CASE WHEN zoom_hold.held_until > excluded.held_until THEN zoom_hold.held_until ELSE excluded.held_until END";
    HELD = "SELECT held_until, per_day FROM zoom_hold WHERE account = $1 AND held_until > $2";
    PURGE_HOLDS = "DELETE FROM zoom_hold WHERE held_until <= $1";
    TROUBLE = "INSERT INTO zoom_trouble (client_id, why, began_at, seen_at) VALUES ($1, $2, $3, $3) \
               ON CONFLICT (client_id) DO UPDATE SET why = excluded.why, seen_at = excluded.seen_at";
    TROUBLE_GET = "SELECT why, began_at, seen_at FROM zoom_trouble WHERE client_id = $1";
    TROUBLE_OVER = "DELETE FROM zoom_trouble WHERE client_id = $1";
    OF_COMPANY = "SELECT u.zoom_user_id, u.changes, u.blocked_until FROM zoom_usage u WHERE (u.day = $2 OR u.blocked_until > $3) \
                  AND u.zoom_user_id IN (SELECT c.zoom_user_id FROM connection c WHERE c.company_id = $1 AND c.status <> 'inactive') \
                  ORDER BY u.day, u.zoom_user_id";
}

/// What a Zoom user has changed today, and whether Zoom takes more.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// Meetings made and changed today, UTC, by this installation.
    pub changes: i64,
    /// Until when Zoom takes no more, where it said so.
    pub blocked_until: Option<Timestamp>,
}

/// Zoom does not accept our app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it says, without names and secrets.
    pub why: String,
    /// Since when.
    pub began_at: Timestamp,
    /// When it said so last.
    pub seen_at: Timestamp,
}

/// The day Zoom counts for, in UTC.
fn day(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// Counts a creation or change for a Zoom user.
pub async fn count(tx: &mut Tx, zoom_user: &str, now: Timestamp) -> Result<(), Error> {
    execute!(tx, COUNT, zoom_user, day(now).to_string())?;
    Ok(())
}

/// Remembers that Zoom takes no more changes of a user until an instant.
pub async fn block(
    tx: &mut Tx,
    zoom_user: &str,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), Error> {
    let (day, until) = (day(now).to_string(), until.as_microsecond());
    execute!(tx, BLOCK, zoom_user, day, until)?;
    Ok(())
}

/// What a Zoom user has changed today, and whether Zoom takes more.
pub async fn usage(tx: &mut Tx, zoom_user: &str, now: Timestamp) -> Result<Usage, Error> {
    type Row = (Option<i64>, Option<i64>);
    let day = day(now).to_string();
    let row = fetch_optional!(tx, Row, USAGE, zoom_user, day, now.as_microsecond())?;
    let (changes, blocked_until) = row.unwrap_or_default();
    Ok(Usage {
        changes: changes.unwrap_or(0),
        blocked_until: blocked_until.map(instant).transpose()?,
    })
}

/// The same of every Zoom user the company has a connection of and who changed something today
/// or is blocked.
pub async fn of_company(
    tx: &mut Tx,
    company: rooms_core::CompanyId,
    now: Timestamp,
) -> Result<Vec<(String, Usage)>, Error> {
    let (today, now) = (day(now).to_string(), now.as_microsecond());
    let rows = fetch_all!(
        tx,
        (String, i64, Option<i64>),
        OF_COMPANY,
        company.uuid(),
        &today,
        now
    )?;
    rows.into_iter()
        .map(|(zoom_user, changes, blocked_until)| {
            let usage = Usage {
                changes,
                blocked_until: blocked_until
                    .filter(|until| *until > now)
                    .map(instant)
                    .transpose()?,
            };
            Ok((zoom_user, usage))
        })
        .collect()
}

/// Lets an account rest until an instant; a longer rest stays as it is.
pub async fn hold(
    tx: &mut Tx,
    account: &str,
    until: Timestamp,
    per_day: bool,
) -> Result<(), Error> {
    execute!(tx, HOLD, account, until.as_microsecond(), per_day)?;
    Ok(())
}

/// Until when an account rests, if it does, and whether its day is used up.
pub async fn held(
    tx: &mut Tx,
    account: &str,
    now: Timestamp,
) -> Result<Option<(Timestamp, bool)>, Error> {
    fetch_optional!(tx, (i64, bool), HELD, account, now.as_microsecond())?
        .map(|(until, per_day)| Ok((instant(until)?, per_day)))
        .transpose()
}

/// Removes what is over: days before an instant, and rests.
pub async fn purge(tx: &mut Tx, before: Timestamp, now: Timestamp) -> Result<(), Error> {
    let now = now.as_microsecond();
    execute!(tx, PURGE, day(before).to_string(), now)?;
    execute!(tx, PURGE_HOLDS, now)?;
    Ok(())
}

/// Remembers that Zoom does not accept an app of ours.
pub async fn trouble(tx: &mut Tx, client_id: &str, why: &str, now: Timestamp) -> Result<(), Error> {
    execute!(tx, TROUBLE, client_id, why, now.as_microsecond())?;
    Ok(())
}

/// What is wrong with an app of ours, if something is.
pub async fn current_trouble(tx: &mut Tx, client_id: &str) -> Result<Option<Trouble>, Error> {
    fetch_optional!(tx, (String, i64, i64), TROUBLE_GET, client_id)?
        .map(|(why, began_at, seen_at)| {
            Ok(Trouble {
                why,
                began_at: instant(began_at)?,
                seen_at: instant(seen_at)?,
            })
        })
        .transpose()
}

/// Forgets it: Zoom accepts the app; whether something was to forget.
pub async fn trouble_over(tx: &mut Tx, client_id: &str) -> Result<bool, Error> {
    Ok(execute!(tx, TROUBLE_OVER, client_id)? == 1)
}
