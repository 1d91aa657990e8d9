//! Invitations: links by which a person sets a password, once.

use jiff::Timestamp;
use rooms_core::{CompanyId, InvitationId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO invitation (id, token_hash, company_id, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4, $5, $6)";
    RECOVERY = "INSERT INTO invitation (id, token_hash, company_id, person_id, created_at, expires_at, reason, removes_factors) \
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    /// The link is all its reader has; the company comes from the row.
    BY_HASH = "SELECT i.company_id, i.person_id, i.expires_at, i.used_at, i.reason, i.removes_factors, p.email, p.name, c.name AS company_name FROM invitation i \
               JOIN person p ON p.id = i.person_id JOIN company c ON c.id = i.company_id \
               WHERE i.token_hash = $1 AND p.state <> 'deactivated'";
    USE = "UPDATE invitation SET used_at = $2 WHERE token_hash = $1 AND used_at IS NULL AND expires_at > $2";
    WAITING = "SELECT person_id, expires_at FROM invitation WHERE company_id = $1 AND used_at IS NULL ORDER BY expires_at";
    VOID = "UPDATE invitation SET used_at = $3 WHERE company_id = $1 AND person_id = $2 AND used_at IS NULL";
}

/// An invitation as its link shows it.
#[derive(Debug, Clone)]
pub struct Invitation {
    /// The company.
    pub company: CompanyId,
    /// Who is invited.
    pub person: PersonId,
    /// Their address.
    pub email: String,
    /// Their name.
    pub name: String,
    /// The company's name.
    pub company_name: String,
    /// Until when the link works.
    pub expires_at: Timestamp,
    /// When it was used, or a newer one took its place.
    pub used_at: Option<Timestamp>,
    /// Why it gives an account back to somebody who had one; nothing where it begins one.
    pub recovers: Option<Recovery>,
}

/// What gives somebody their account back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Why, as whoever began it wrote.
    pub reason: String,
    /// Whether their second factors go as it is used.
    pub removes_factors: bool,
}

row! {
    struct Row {
        company_id: Uuid,
        person_id: Uuid,
        expires_at: i64,
        used_at: Option<i64>,
        reason: Option<String>,
        removes_factors: bool,
        email: String,
        name: String,
        company_name: String,
    }
}

/// Records an invitation.
pub async fn insert(
    tx: &mut Tx,
    id: InvitationId,
    token_hash: &[u8],
    (company, person): (CompanyId, PersonId),
    now: Timestamp,
    expires_at: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        id.uuid(),
        token_hash,
        company.uuid(),
        person.uuid(),
        now.as_microsecond(),
        expires_at.as_microsecond(),
    )?;
    Ok(())
}

/// Records what gives somebody their account back.
pub async fn insert_recovery(
    tx: &mut Tx,
    (id, token_hash): (InvitationId, &[u8]),
    (company, person): (CompanyId, PersonId),
    recovery: &Recovery,
    (now, expires_at): (Timestamp, Timestamp),
) -> Result<(), Error> {
    execute!(
        tx,
        RECOVERY,
        id.uuid(),
        token_hash,
        company.uuid(),
        person.uuid(),
        now.as_microsecond(),
        expires_at.as_microsecond(),
        &recovery.reason,
        recovery.removes_factors,
    )?;
    Ok(())
}

/// The invitation behind a link, used and expired ones too.
pub async fn by_hash(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Invitation>, Error> {
    fetch_optional!(tx, Row, BY_HASH, token_hash)?
        .map(|row| {
            Ok(Invitation {
                company: CompanyId::from_uuid(row.company_id),
                person: PersonId::from_uuid(row.person_id),
                email: row.email,
                name: row.name,
                company_name: row.company_name,
                expires_at: instant(row.expires_at)?,
                used_at: row.used_at.map(instant).transpose()?,
                recovers: row.reason.map(|reason| Recovery {
                    reason,
                    removes_factors: row.removes_factors,
                }),
            })
        })
        .transpose()
}

/// Uses an invitation; false when it was used or has expired.
pub async fn redeem(tx: &mut Tx, token_hash: &[u8], now: Timestamp) -> Result<bool, Error> {
    Ok(execute!(tx, USE, token_hash, now.as_microsecond())? == 1)
}

/// Whose invitations have not been used, and until when each works.
pub async fn waiting(tx: &mut Tx, company: CompanyId) -> Result<Vec<(PersonId, Timestamp)>, Error> {
    let rows = fetch_all!(tx, (Uuid, i64), WAITING, company.uuid())?;
    rows.into_iter()
        .map(|(person, at)| Ok((PersonId::from_uuid(person), instant(at)?)))
        .collect()
}

/// Makes earlier invitations of a person useless.
pub async fn void(
    tx: &mut Tx,
    company: CompanyId,
    person: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        VOID,
        company.uuid(),
        person.uuid(),
        now.as_microsecond()
    )?;
    Ok(())
}
