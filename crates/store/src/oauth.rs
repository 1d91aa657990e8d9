//! People on the way to Zoom and back: whose state it is, and that it is good once.

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId, SessionId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    BEGIN = "INSERT INTO oauth_attempt (state_hash, company_id, person_id, session_id, verifier, created_at, expires_at, client_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    GET = "SELECT company_id, person_id, session_id, verifier, expires_at, used_at, client_id FROM oauth_attempt WHERE state_hash = $1";
    USE = "UPDATE oauth_attempt SET used_at = $2 WHERE state_hash = $1 AND used_at IS NULL";
    PURGE = "DELETE FROM oauth_attempt WHERE expires_at < $1";
}

/// Somebody on the way to Zoom and back.
#[derive(Debug)]
pub struct OauthAttempt {
    /// The company.
    pub company: CompanyId,
    /// Who connects.
    pub person: PersonId,
    /// In which session; the way back has to be in the same.
    pub session: SessionId,
    /// The PKCE verifier (RFC 7636).
    pub verifier: String,
    /// The client id of the app they left with; an earlier program wrote none down.
    pub client_id: Option<String>,
    /// Until when the way back is open.
    pub expires_at: Timestamp,
    /// When it was gone back, once.
    pub used_at: Option<Timestamp>,
}

row! {
    struct AttemptRow {
        company_id: Uuid,
        person_id: Uuid,
        session_id: Uuid,
        verifier: Vec<u8>,
        expires_at: i64,
        used_at: Option<i64>,
        client_id: Option<String>,
    }
}

/// Records that somebody left for Zoom.
pub async fn begin(
    tx: &mut Tx,
    state_hash: &[u8],
    attempt: &OauthAttempt,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        BEGIN,
        state_hash,
        attempt.company.uuid(),
        attempt.person.uuid(),
        attempt.session.uuid(),
        attempt.verifier.as_bytes(),
        now.as_microsecond(),
        attempt.expires_at.as_microsecond(),
        &attempt.client_id,
    )?;
    Ok(())
}

/// Who left with a state.
pub async fn get(tx: &mut Tx, state_hash: &[u8]) -> Result<Option<OauthAttempt>, Error> {
    let Some(row) = fetch_optional!(tx, AttemptRow, GET, state_hash)? else {
        return Ok(None);
    };
    Ok(Some(OauthAttempt {
        company: CompanyId::from_uuid(row.company_id),
        person: PersonId::from_uuid(row.person_id),
        session: SessionId::from_uuid(row.session_id),
        verifier: String::from_utf8(row.verifier).map_err(|_| Error::Corrupt("verifier"))?,
        client_id: row.client_id,
        expires_at: instant(row.expires_at)?,
        used_at: row.used_at.map(instant).transpose()?,
    }))
}

/// Uses a state up; false when it was used before.
pub async fn use_up(tx: &mut Tx, state_hash: &[u8], now: Timestamp) -> Result<bool, Error> {
    Ok(execute!(tx, USE, state_hash, now.as_microsecond())? == 1)
}

/// Forgets attempts whose way back has closed.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, before.as_microsecond())
}
