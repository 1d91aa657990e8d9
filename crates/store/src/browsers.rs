//! Browsers a person has signed in with before, known by a cookie that outlives their sessions.

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId};

use crate::error::Error;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO browser (company_id, person_id, token_hash, seen_at) VALUES ($1, $2, $3, $4)";
    SEEN = "UPDATE browser SET seen_at = $4 WHERE company_id = $1 AND person_id = $2 AND token_hash = $3";
    ANY = "SELECT 1 FROM browser WHERE company_id = $1 AND person_id = $2 LIMIT 1";
    FORGET = "DELETE FROM browser WHERE company_id = $1 AND person_id = $2";
    /// What expires does so in every company.
    PURGE = "DELETE FROM browser WHERE seen_at <= $1";
}

/// Whether a person has signed in with this browser before; it has been seen now then.
pub async fn seen(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    token_hash: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let (company, person, now) = (company.uuid(), person.uuid(), now.as_microsecond());
    Ok(execute!(tx, SEEN, company, person, token_hash, now)? == 1)
}

/// Whether any browser of a person is known.
pub async fn any(tx: &mut Tx, (company, person): (CompanyId, PersonId)) -> Result<bool, Error> {
    Ok(fetch_optional!(tx, (i32,), ANY, company.uuid(), person.uuid())?.is_some())
}

/// Knows a browser from now on.
pub async fn insert(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    token_hash: &[u8],
    now: Timestamp,
) -> Result<(), Error> {
    let (company, person, now) = (company.uuid(), person.uuid(), now.as_microsecond());
    execute!(tx, INSERT, company, person, token_hash, now).map(|_| ())
}

/// Knows none of a person's browsers any more.
pub async fn forget(tx: &mut Tx, (company, person): (CompanyId, PersonId)) -> Result<(), Error> {
    execute!(tx, FORGET, company.uuid(), person.uuid()).map(|_| ())
}

/// Forgets browsers that have not been seen since an instant.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, before.as_microsecond())
}
