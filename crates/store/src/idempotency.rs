//! Idempotency keys: one key, one effect.

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

statements! {
    CLAIM = "INSERT INTO idempotency (person_id, key, company_id, request_hash, subject, created_at) VALUES ($1, $2, $3, $4, $5, $6) \
             ON CONFLICT (person_id, key) DO NOTHING";
    GET = "SELECT request_hash, subject FROM idempotency WHERE company_id = $1 AND person_id = $2 AND key = $3";
    PURGE = "DELETE FROM idempotency WHERE created_at < $1";
}

/// Whether a key is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// It is: go on.
    New,
    /// The same request was answered before, with this subject.
    Replay(Uuid),
    /// The key was used for another request.
    Mismatch,
}

/// Claims a key for a request that will make or change `subject`.
pub async fn claim(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    key: &str,
    request_hash: &[u8],
    subject: Uuid,
    now: Timestamp,
) -> Result<Claim, Error> {
    let claimed = execute!(
        tx,
        CLAIM,
        person.uuid(),
        key,
        company.uuid(),
        request_hash,
        subject,
        now.as_microsecond(),
    )?;
    if claimed == 1 {
        return Ok(Claim::New);
    }
    let known = fetch_optional!(tx, (Vec<u8>, Uuid), GET, company.uuid(), person.uuid(), key)?;
    Ok(match known {
        Some((hash, subject)) if hash == request_hash => Claim::Replay(subject),
        _ => Claim::Mismatch,
    })
}

/// Forgets keys older than an instant.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, before.as_microsecond())
}
