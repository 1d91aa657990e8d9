//! Passkeys, and what they are asked to sign.

use jiff::Timestamp;
use rooms_core::{CompanyId, PasskeyId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "k.id, k.company_id, k.person_id, k.public_key, k.sign_count, k.name, k.created_at, k.used_at"
    };
}

statements! {
    INSERT = "INSERT INTO passkey (id, company_id, person_id, credential_id, public_key, sign_count, name, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    LIST = concat!("SELECT ", columns!(), " FROM passkey k WHERE k.company_id = $1 AND k.person_id = $2 ORDER BY k.created_at, k.id");
    CREDENTIALS = "SELECT credential_id FROM passkey WHERE company_id = $1 AND person_id = $2 ORDER BY created_at, id";
    /// A passkey says whose it is before a company is known.
    BY_CREDENTIAL = concat!("SELECT ", columns!(), " FROM passkey k JOIN person p ON p.id = k.person_id WHERE k.credential_id = $1 AND p.state = 'active'");
    /// Of two uses at once with the same count only the first goes through.
    USED = "UPDATE passkey SET sign_count = $4, used_at = $5 WHERE company_id = $1 AND id = $2 AND sign_count = $3";
    RENAME = "UPDATE passkey SET name = $4 WHERE company_id = $1 AND person_id = $2 AND id = $3";
    REMOVE = "DELETE FROM passkey WHERE company_id = $1 AND person_id = $2 AND id = $3";
    REMOVE_ALL = "DELETE FROM passkey WHERE company_id = $1 AND person_id = $2";
    /// Asked of a browser before anybody is known; bound to that browser.
    CHALLENGE = "INSERT INTO challenge (challenge_hash, purpose, bound_to, expires_at) VALUES ($1, $2, $3, $4)";
    TAKE = "DELETE FROM challenge WHERE challenge_hash = $1 AND purpose = $2 AND bound_to = $3 AND expires_at > $4";
    PURGE = "DELETE FROM challenge WHERE expires_at <= $1";
}

/// A passkey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passkey {
    /// Its id.
    pub id: PasskeyId,
    /// The company.
    pub company: CompanyId,
    /// Whose it is.
    pub person: PersonId,
    /// What its signatures are checked with, as `SubjectPublicKeyInfo` (RFC 5280).
    pub public_key: Vec<u8>,
    /// How often it had signed when it was last used, where it counts.
    pub sign_count: i64,
    /// What its person calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// What a challenge is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// To add a passkey.
    Add,
    /// To prove who one is.
    Prove,
}

impl Purpose {
    fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Prove => "prove",
        }
    }
}

row! {
    struct Row {
        id: Uuid,
        company_id: Uuid,
        person_id: Uuid,
        public_key: Vec<u8>,
        sign_count: i64,
        name: String,
        created_at: i64,
        used_at: Option<i64>,
    }
}

impl Row {
    fn read(self) -> Result<Passkey, Error> {
        Ok(Passkey {
            id: PasskeyId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            person: PersonId::from_uuid(self.person_id),
            public_key: self.public_key,
            sign_count: self.sign_count,
            name: self.name,
            created_at: instant(self.created_at)?,
            used_at: self.used_at.map(instant).transpose()?,
        })
    }
}

/// Adds a passkey; a credential that is known anywhere is refused by the database.
pub async fn insert(tx: &mut Tx, passkey: &Passkey, credential: &[u8]) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        passkey.id.uuid(),
        passkey.company.uuid(),
        passkey.person.uuid(),
        credential,
        &passkey.public_key,
        passkey.sign_count,
        &passkey.name,
        passkey.created_at.as_microsecond(),
    )?;
    Ok(())
}

/// A person's passkeys, oldest first.
pub async fn list(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<Vec<Passkey>, Error> {
    let rows = fetch_all!(tx, Row, LIST, company.uuid(), person.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// What a person's authenticators call their passkeys.
pub async fn credentials(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<Vec<Vec<u8>>, Error> {
    let rows = fetch_all!(tx, (Vec<u8>,), CREDENTIALS, company.uuid(), person.uuid())?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The passkey an authenticator calls so, of whichever active person.
pub async fn by_credential(tx: &mut Tx, credential: &[u8]) -> Result<Option<Passkey>, Error> {
    fetch_optional!(tx, Row, BY_CREDENTIAL, credential)?
        .map(Row::read)
        .transpose()
}

/// Notes that a passkey was used, and how often it has signed. False when that was noted before.
pub async fn used(
    tx: &mut Tx,
    passkey: &Passkey,
    sign_count: i64,
    now: Timestamp,
) -> Result<bool, Error> {
    let (company, id) = (passkey.company.uuid(), passkey.id.uuid());
    let (before, now) = (passkey.sign_count, now.as_microsecond());
    Ok(execute!(tx, USED, company, id, before, sign_count, now)? == 1)
}

/// Calls a person's passkey something else.
pub async fn rename(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: PasskeyId,
    name: &str,
) -> Result<bool, Error> {
    Ok(execute!(tx, RENAME, company.uuid(), person.uuid(), id.uuid(), name)? == 1)
}

/// Removes one of a person's passkeys.
pub async fn remove(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    id: PasskeyId,
) -> Result<bool, Error> {
    Ok(execute!(tx, REMOVE, company.uuid(), person.uuid(), id.uuid())? == 1)
}

/// Removes all passkeys of a person.
pub async fn remove_all(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<u64, Error> {
    execute!(tx, REMOVE_ALL, company.uuid(), person.uuid())
}

/// Keeps what is asked of a browser's authenticator.
pub async fn ask(
    tx: &mut Tx,
    challenge_hash: &[u8],
    purpose: Purpose,
    bound_to: &[u8],
    expires_at: Timestamp,
) -> Result<(), Error> {
    let until = expires_at.as_microsecond();
    execute!(
        tx,
        CHALLENGE,
        challenge_hash,
        purpose.as_str(),
        bound_to,
        until
    )
    .map(|_| ())
}

/// Takes back what was asked of a browser. False where nothing was, or too long ago, or it was
/// taken before.
pub async fn take(
    tx: &mut Tx,
    challenge_hash: &[u8],
    purpose: Purpose,
    bound_to: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    Ok(execute!(tx, TAKE, challenge_hash, purpose.as_str(), bound_to, now)? == 1)
}

/// Forgets what was asked too long ago.
pub async fn purge(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    execute!(tx, PURGE, now.as_microsecond())
}
