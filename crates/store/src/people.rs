//! People.

use jiff::Timestamp;
use rooms_core::actor::Person;
use rooms_core::{CompanyId, PersonId, PersonState, Role};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

macro_rules! columns {
    () => {
        "id, company_id, email, name, role, may_connect, state"
    };
}

statements! {
    INSERT = "INSERT INTO person (id, company_id, email, name, role, may_connect, state, password_hash, created_at) \
              VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    GET = concat!("SELECT ", columns!(), " FROM person WHERE company_id = $1 AND id = $2");
    BY_EMAIL = concat!("SELECT ", columns!(), " FROM person WHERE company_id = $1 AND email = $2");
    /// Sign-in and the command line know an address and no company.
    ANYWHERE = concat!("SELECT ", columns!(), " FROM person WHERE email = $1");
    /// The command line knows an id and no company.
    BY_ID_ANYWHERE = concat!("SELECT ", columns!(), " FROM person WHERE id = $1");
    PASSWORD = "SELECT password_hash FROM person WHERE id = $1";
    LIST = concat!("SELECT ", columns!(), " FROM person WHERE company_id = $1 AND erased_at IS NULL AND (name > $2 OR (name = $2 AND id > $3)) \
              ORDER BY name, id LIMIT $4");
    ADMINS = concat!("SELECT ", columns!(), " FROM person WHERE company_id = $1 AND role = 'admin' AND state = 'active' ORDER BY name, id");
    CONNECTED = concat!("SELECT ", columns!(), " FROM person WHERE company_id = $1 \
              AND id IN (SELECT person_id FROM connection WHERE company_id = $1 AND status <> 'inactive') ORDER BY id");
    UPDATE = "UPDATE person SET name = $3, role = $4, may_connect = $5 WHERE company_id = $1 AND id = $2";
    SET_PASSWORD = "UPDATE person SET password_hash = $3, state = 'active' WHERE company_id = $1 AND id = $2 AND state <> 'deactivated'";
    DEACTIVATE = "UPDATE person SET state = 'deactivated', password_hash = NULL, deactivated_at = $3 WHERE company_id = $1 AND id = $2";
    REACTIVATE = "UPDATE person SET state = 'invited', deactivated_at = NULL WHERE company_id = $1 AND id = $2 AND state = 'deactivated' AND erased_at IS NULL";
    /// Locks the admins, so that two requests cannot take away the last two at once.
    LOCK_ADMINS = "UPDATE person SET role = role WHERE company_id = $1 AND role = 'admin' AND state = 'active'";
}

row! {
    struct Row {
        id: Uuid,
        company_id: Uuid,
        email: String,
        name: String,
        role: String,
        may_connect: bool,
        state: String,
    }
}

impl Row {
    fn read(self) -> Result<Person, Error> {
        Ok(Person {
            id: PersonId::from_uuid(self.id),
            company: CompanyId::from_uuid(self.company_id),
            email: self.email,
            name: self.name,
            role: Role::parse(&self.role).ok_or(Error::Corrupt("role"))?,
            may_connect: self.may_connect,
            state: PersonState::parse(&self.state).ok_or(Error::Corrupt("person.state"))?,
        })
    }
}

/// Adds a person; an address that is taken anywhere is refused by the database.
pub async fn insert(
    tx: &mut Tx,
    person: &Person,
    password_hash: Option<&str>,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        INSERT,
        person.id.uuid(),
        person.company.uuid(),
        &person.email,
        &person.name,
        person.role.as_str(),
        person.may_connect,
        person.state.as_str(),
        password_hash,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// A person of the company.
pub async fn get(tx: &mut Tx, company: CompanyId, id: PersonId) -> Result<Option<Person>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid(), id.uuid())?
        .map(Row::read)
        .transpose()
}

/// A person of the company, by address.
pub async fn by_email(
    tx: &mut Tx,
    company: CompanyId,
    email: &str,
) -> Result<Option<Person>, Error> {
    fetch_optional!(tx, Row, BY_EMAIL, company.uuid(), email)?
        .map(Row::read)
        .transpose()
}

/// A person of any company, by address: for sign-in and the command line only.
pub async fn anywhere(tx: &mut Tx, email: &str) -> Result<Option<Person>, Error> {
    fetch_optional!(tx, Row, ANYWHERE, email)?
        .map(Row::read)
        .transpose()
}

/// A person of any company, by id: for the command line only.
pub async fn by_id_anywhere(tx: &mut Tx, id: PersonId) -> Result<Option<Person>, Error> {
    fetch_optional!(tx, Row, BY_ID_ANYWHERE, id.uuid())?
        .map(Row::read)
        .transpose()
}

/// The hash of a person's password, if they have set one.
pub async fn password_hash(tx: &mut Tx, id: PersonId) -> Result<Option<String>, Error> {
    Ok(fetch_optional!(tx, (Option<String>,), PASSWORD, id.uuid())?.and_then(|(hash,)| hash))
}

/// People of the company by name, after a name and id, at most `limit`.
pub async fn list(
    tx: &mut Tx,
    company: CompanyId,
    after: Option<(&str, PersonId)>,
    limit: i64,
) -> Result<Vec<Person>, Error> {
    let (name, id) = after.map_or(("", Uuid::nil()), |(name, id)| (name, id.uuid()));
    let rows = fetch_all!(tx, Row, LIST, company.uuid(), name, id, limit)?;
    rows.into_iter().map(Row::read).collect()
}

/// The company's active admins by name.
pub async fn admins(tx: &mut Tx, company: CompanyId) -> Result<Vec<Person>, Error> {
    let rows = fetch_all!(tx, Row, ADMINS, company.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// The people of a company who have a connection that has not ended, in the order of their ids.
pub async fn connected(tx: &mut Tx, company: CompanyId) -> Result<Vec<Person>, Error> {
    let rows = fetch_all!(tx, Row, CONNECTED, company.uuid())?;
    rows.into_iter().map(Row::read).collect()
}

/// Changes a person's name, role and permission.
pub async fn update(tx: &mut Tx, person: &Person) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        person.company.uuid(),
        person.id.uuid(),
        &person.name,
        person.role.as_str(),
        person.may_connect,
    )?;
    Ok(())
}

/// Sets a password, which makes an invited person active. False when there is no such person, or
/// they are deactivated.
pub async fn set_password(
    tx: &mut Tx,
    company: CompanyId,
    id: PersonId,
    hash: &str,
) -> Result<bool, Error> {
    Ok(execute!(tx, SET_PASSWORD, company.uuid(), id.uuid(), hash)? == 1)
}

/// Deactivates a person and forgets the password.
pub async fn deactivate(
    tx: &mut Tx,
    company: CompanyId,
    id: PersonId,
    now: Timestamp,
) -> Result<(), Error> {
    execute!(
        tx,
        DEACTIVATE,
        company.uuid(),
        id.uuid(),
        now.as_microsecond()
    )?;
    Ok(())
}

/// Lets a deactivated person be invited again.
pub async fn reactivate(tx: &mut Tx, company: CompanyId, id: PersonId) -> Result<bool, Error> {
    Ok(execute!(tx, REACTIVATE, company.uuid(), id.uuid())? == 1)
}

/// Locks and counts the company's active admins.
pub async fn lock_admins(tx: &mut Tx, company: CompanyId) -> Result<u64, Error> {
    execute!(tx, LOCK_ADMINS, company.uuid())
}
