//! What somebody proves beside a password: codes of an app, and recovery codes. Also who has to,
//! and the step between the two.

use jiff::Timestamp;
use rooms_core::{CompanyId, PersonId};
use uuid::Uuid;

use crate::error::Error;
use crate::sessions::instant;
use crate::tx::Tx;

/// What the secret is bound to beside its person.
const SECRET: &str = "code_app.secret";

statements! {
    REQUIRED = "SELECT second_factor FROM company WHERE id = $1";
    REQUIRE = "UPDATE company SET second_factor = $2 WHERE id = $1";
    /// A new secret takes the place of one that was never confirmed, and of no other.
    BEGIN = "INSERT INTO code_app (person_id, company_id, data_key, secret, last_step, created_at) VALUES ($2, $1, $3, $4, 0, $5) \
             ON CONFLICT (person_id) DO UPDATE SET data_key = excluded.data_key, secret = excluded.secret, created_at = excluded.created_at \
             WHERE code_app.confirmed_at IS NULL AND code_app.company_id = $1";
    APP = "SELECT data_key, secret, last_step, created_at, confirmed_at FROM code_app WHERE company_id = $1 AND person_id = $2";
    /// Of two requests with the same code only the first finds an earlier step.
    USE_STEP = "UPDATE code_app SET last_step = $3 WHERE company_id = $1 AND person_id = $2 AND last_step < $3";
    CONFIRM = "UPDATE code_app SET confirmed_at = $3 WHERE company_id = $1 AND person_id = $2 AND confirmed_at IS NULL";
    REMOVE = "DELETE FROM code_app WHERE company_id = $1 AND person_id = $2";
    CODE = "INSERT INTO recovery_code (company_id, person_id, code_hash, created_at) VALUES ($1, $2, $3, $4)";
    USE_CODE = "UPDATE recovery_code SET used_at = $4 WHERE company_id = $1 AND person_id = $2 AND code_hash = $3 AND used_at IS NULL";
    CODES_LEFT = "SELECT COUNT(*) FROM recovery_code WHERE company_id = $1 AND person_id = $2 AND used_at IS NULL";
    NO_CODES = "DELETE FROM recovery_code WHERE company_id = $1 AND person_id = $2";
    WITH = "SELECT person_id FROM code_app WHERE company_id = $1 AND confirmed_at IS NOT NULL UNION SELECT person_id FROM passkey WHERE company_id = $1";
    STEP = "INSERT INTO second_step (token_hash, company_id, person_id, expires_at) VALUES ($1, $2, $3, $4)";
    /// The cookie is all its reader has; the company comes from the row.
    STEP_BY_HASH = "SELECT s.company_id, s.person_id, s.expires_at FROM second_step s JOIN person p ON p.id = s.person_id \
                    WHERE s.token_hash = $1 AND p.state = 'active'";
    STEP_DONE = "DELETE FROM second_step WHERE company_id = $1 AND person_id = $2";
    /// What expires does so in every company.
    STEPS_PURGE = "DELETE FROM second_step WHERE expires_at <= $1";
}

/// The app that shows somebody's codes.
#[derive(Clone)]
pub struct CodeApp {
    /// What its codes are made from, in base32.
    pub secret: String,
    /// The step of the last code that was used.
    pub last_step: i64,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When a first code showed that it works; it counts from then on.
    pub confirmed_at: Option<Timestamp>,
}

/// Somebody whose password was right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// The company.
    pub company: CompanyId,
    /// Who.
    pub person: PersonId,
    /// Until when the second factor is awaited.
    pub expires_at: Timestamp,
}

/// Whether everybody of the company needs a second factor.
pub async fn required(tx: &mut Tx, company: CompanyId) -> Result<bool, Error> {
    let row = fetch_optional!(tx, (bool,), REQUIRED, company.uuid())?;
    Ok(row.is_some_and(|(required,)| required))
}

/// Says whether everybody needs one.
pub async fn require(tx: &mut Tx, company: CompanyId, required: bool) -> Result<(), Error> {
    execute!(tx, REQUIRE, company.uuid(), required).map(|_| ())
}

/// Keeps the secret of an app that is being set up. False where one is in force.
pub async fn begin(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    secret: &str,
    now: Timestamp,
) -> Result<bool, Error> {
    let sealer = tx.sealer();
    let (key, wrapped) = sealer.new_data_key(person.uuid());
    let kept = sealer.seal(&key, person.uuid(), SECRET, secret);
    let hit = execute!(
        tx,
        BEGIN,
        company.uuid(),
        person.uuid(),
        &wrapped,
        &kept,
        now.as_microsecond()
    )?;
    Ok(hit == 1)
}

/// A person's app, confirmed or not.
pub async fn app(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<Option<CodeApp>, Error> {
    let row = fetch_optional!(
        tx,
        (Vec<u8>, Vec<u8>, i64, i64, Option<i64>),
        APP,
        company.uuid(),
        person.uuid()
    )?;
    let Some((wrapped, sealed, last_step, created_at, confirmed_at)) = row else {
        return Ok(None);
    };
    let key = tx.sealer().data_key(person.uuid(), &wrapped)?;
    Ok(Some(CodeApp {
        secret: key.open(person.uuid(), SECRET, &sealed)?,
        last_step,
        created_at: instant(created_at)?,
        confirmed_at: confirmed_at.map(instant).transpose()?,
    }))
}

/// Uses the code of a step. False when that or a later one was used before.
pub async fn use_step(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    step: i64,
) -> Result<bool, Error> {
    Ok(execute!(tx, USE_STEP, company.uuid(), person.uuid(), step)? == 1)
}

/// Puts an app in force.
pub async fn confirm(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    Ok(execute!(tx, CONFIRM, company.uuid(), person.uuid(), now)? == 1)
}

/// Removes an app with its secret.
pub async fn remove(tx: &mut Tx, (company, person): (CompanyId, PersonId)) -> Result<bool, Error> {
    Ok(execute!(tx, REMOVE, company.uuid(), person.uuid())? == 1)
}

/// Gives a person new recovery codes; earlier ones end.
pub async fn set_codes(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    hashes: &[[u8; 32]],
    now: Timestamp,
) -> Result<(), Error> {
    let (of, who) = (company.uuid(), person.uuid());
    execute!(tx, NO_CODES, of, who)?;
    for hash in hashes {
        execute!(tx, CODE, of, who, hash.as_slice(), now.as_microsecond())?;
    }
    Ok(())
}

/// Uses a recovery code. False where there is no such code, or it was used.
pub async fn use_code(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
    hash: &[u8],
    now: Timestamp,
) -> Result<bool, Error> {
    let now = now.as_microsecond();
    Ok(execute!(tx, USE_CODE, company.uuid(), person.uuid(), hash, now)? == 1)
}

/// How many recovery codes a person has left.
pub async fn codes_left(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<i64, Error> {
    let row = fetch_optional!(tx, (i64,), CODES_LEFT, company.uuid(), person.uuid())?;
    Ok(row.map_or(0, |(left,)| left))
}

/// Takes a person's recovery codes away.
pub async fn no_codes(tx: &mut Tx, (company, person): (CompanyId, PersonId)) -> Result<(), Error> {
    execute!(tx, NO_CODES, company.uuid(), person.uuid()).map(|_| ())
}

/// The people of a company who have a second factor.
pub async fn with(tx: &mut Tx, company: CompanyId) -> Result<Vec<PersonId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), WITH, company.uuid())?;
    Ok(rows
        .into_iter()
        .map(|(person,)| PersonId::from_uuid(person))
        .collect())
}

/// Waits for the second factor of somebody whose password was right.
pub async fn insert_step(tx: &mut Tx, token_hash: &[u8], step: Step) -> Result<(), Error> {
    let (company, person) = (step.company.uuid(), step.person.uuid());
    let until = step.expires_at.as_microsecond();
    execute!(tx, STEP, token_hash, company, person, until).map(|_| ())
}

/// Whose second factor is awaited with a cookie, expired ones too.
pub async fn step(tx: &mut Tx, token_hash: &[u8]) -> Result<Option<Step>, Error> {
    fetch_optional!(tx, (Uuid, Uuid, i64), STEP_BY_HASH, token_hash)?
        .map(|(company, person, until)| {
            Ok(Step {
                company: CompanyId::from_uuid(company),
                person: PersonId::from_uuid(person),
                expires_at: instant(until)?,
            })
        })
        .transpose()
}

/// Waits for nothing of a person any more.
pub async fn steps_done(
    tx: &mut Tx,
    (company, person): (CompanyId, PersonId),
) -> Result<(), Error> {
    execute!(tx, STEP_DONE, company.uuid(), person.uuid()).map(|_| ())
}

/// Forgets steps that were waited for too long.
pub async fn purge_steps(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    execute!(tx, STEPS_PURGE, now.as_microsecond())
}
