//! Companies, and what the installation knows of itself.

use jiff::Timestamp;
use rooms_core::actor::Company;
use rooms_core::{CompanyId, ConnectPolicy};
use uuid::Uuid;

use crate::error::Error;
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO company (id, name, connect_policy, data_key, created_at) VALUES ($1, $2, $3, $4, $5)";
    GET = "SELECT id, name, connect_policy FROM company WHERE id = $1";
    LOCK = "UPDATE company SET name = name WHERE id = $1";
    UPDATE = "UPDATE company SET name = $2, connect_policy = $3 WHERE id = $1";
    ANY = "SELECT 1 FROM company LIMIT 1";
    /// Looks across companies: a guest may be invited by each of them and belongs to none.
    ALL = "SELECT id FROM company ORDER BY id";
    TOUCH = "UPDATE installation SET created_at = created_at + $1 WHERE id = 1";
    INSTALLATION = "SELECT marker FROM installation WHERE id = 1";
}

row! {
    struct Row {
        id: Uuid,
        name: String,
        connect_policy: String,
    }
}

/// Adds a company, with a data key of its own.
pub async fn insert(tx: &mut Tx, company: &Company, now: Timestamp) -> Result<(), Error> {
    let (_, wrapped) = tx.sealer().new_data_key(company.id.uuid());
    execute!(
        tx,
        INSERT,
        company.id.uuid(),
        &company.name,
        company.connect_policy.as_str(),
        &wrapped,
        now.as_microsecond(),
    )?;
    Ok(())
}

/// The company.
pub async fn get(tx: &mut Tx, id: CompanyId) -> Result<Option<Company>, Error> {
    let row = fetch_optional!(tx, Row, GET, id.uuid())?;
    row.map(|row| {
        Ok(Company {
            id: CompanyId::from_uuid(row.id),
            name: row.name,
            connect_policy: ConnectPolicy::parse(&row.connect_policy)
                .ok_or(Error::Corrupt("connect_policy"))?,
        })
    })
    .transpose()
}

/// Locks the company for the rest of the transaction: whoever changes who may connect apps does it
/// first, so that of two such changes the later sees the earlier.
pub async fn lock(tx: &mut Tx, id: CompanyId) -> Result<(), Error> {
    execute!(tx, LOCK, id.uuid()).map(|_| ())
}

/// Changes its name and who may connect apps.
pub async fn update(tx: &mut Tx, company: &Company) -> Result<(), Error> {
    execute!(
        tx,
        UPDATE,
        company.id.uuid(),
        &company.name,
        company.connect_policy.as_str()
    )?;
    Ok(())
}

/// Whether there is any company yet.
pub async fn any(tx: &mut Tx) -> Result<bool, Error> {
    Ok(fetch_optional!(tx, (i32,), ANY)?.is_some())
}

/// The ids of all companies.
pub async fn ids(tx: &mut Tx) -> Result<Vec<CompanyId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), ALL)?;
    Ok(rows
        .into_iter()
        .map(|(id,)| CompanyId::from_uuid(id))
        .collect())
}

/// The installation's own id, part of the marker in our Zoom meetings.
pub async fn installation(tx: &mut Tx) -> Result<Uuid, Error> {
    let row = fetch_optional!(tx, (Uuid,), INSTALLATION)?;
    row.map(|(marker,)| marker)
        .ok_or(Error::Corrupt("installation"))
}

/// Writes something and takes it back, to see whether anything can be written: `SQLite` writes
/// nothing where a row is replaced by its like.
pub(crate) async fn touch(tx: &mut Tx) -> Result<(), Error> {
    execute!(tx, TOUCH, 1_i64)?;
    execute!(tx, TOUCH, -1_i64).map(|_| ())
}
