//! Companies, and what the installation knows of itself.

use jiff::Timestamp;
use rooms_core::actor::Company;
use rooms_core::{CompanyId, ConnectPolicy};
use uuid::Uuid;

use crate::error::Error;
use crate::store::{OpenError, Store};
use crate::tx::Tx;

statements! {
    INSERT = "INSERT INTO company (id, name, connect_policy, data_key, created_at) VALUES ($1, $2, $3, $4, $5)";
    GET = "SELECT id, name, connect_policy FROM company WHERE id = $1";
    LOCK = "UPDATE company SET name = name WHERE id = $1";
    UPDATE = "UPDATE company SET name = $2, connect_policy = $3 WHERE id = $1";
    ANY = "SELECT 1 FROM company LIMIT 1";
    /// Looks across companies: a guest may be invited by each of them and belongs to none.
    ALL = "SELECT id FROM company ORDER BY id";
    INSTALL = "INSERT INTO installation (id, marker, key_check, created_at) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING";
    HASH_KEY = "SELECT marker, hash_key FROM installation WHERE id = 1";
    /// The first process to come sets it, once.
    SET_HASH_KEY = "UPDATE installation SET hash_key = $1 WHERE id = 1 AND hash_key IS NULL";
    TOUCH = "UPDATE installation SET created_at = created_at + $1 WHERE id = 1";
    INSTALLATION = "SELECT marker, key_check FROM installation WHERE id = 1";
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
    let row = fetch_optional!(tx, (Uuid, Vec<u8>), INSTALLATION)?;
    row.map(|(marker, _)| marker)
        .ok_or(Error::Corrupt("installation"))
}

/// Writes something and takes it back, to see whether anything can be written: `SQLite` writes
/// nothing where a row is replaced by its like.
pub(crate) async fn touch(tx: &mut Tx) -> Result<(), Error> {
    execute!(tx, TOUCH, 1_i64)?;
    execute!(tx, TOUCH, -1_i64).map(|_| ())
}

/// Names the installation the first time, and afterwards makes sure that the master key is the
/// one its data is sealed with.
pub(crate) async fn check_key(store: &Store, now: Timestamp) -> Result<(), OpenError> {
    let known = {
        let mut tx = store.read().await?;
        fetch_optional!(tx, (Uuid, Vec<u8>), INSTALLATION)?
    };
    if known.is_none() {
        store
            .write(now, |tx, now| {
                Box::pin(async move {
                    let marker = tx.sealer().new_id(*now);
                    let (_, check) = tx.sealer().new_data_key(marker);
                    execute!(tx, INSTALL, marker, &check, now.as_microsecond()).map(|_| ())
                })
            })
            .await?;
    }
    let mut tx = store.read().await?;
    let (marker, check) = fetch_optional!(tx, (Uuid, Vec<u8>), INSTALLATION)?
        .ok_or(Error::Corrupt("installation"))?;
    tx.sealer()
        .data_key(marker, &check)
        .map(|_| ())
        .map_err(|_| OpenError::WrongKey)?;
    drop(tx);
    take_hash_key(store).await?;
    Ok(crate::erasure::fill_in(store).await?)
}

/// Takes up the key of the hashes that are kept, which is made the first time.
async fn take_hash_key(store: &Store) -> Result<(), Error> {
    let read = async || {
        let mut tx = store.read().await?;
        let row = fetch_optional!(tx, (Uuid, Option<Vec<u8>>), HASH_KEY)?;
        let (marker, key) = row.ok_or(Error::Corrupt("installation"))?;
        Ok::<_, Error>((tx.sealer(), marker, key))
    };
    let (sealer, marker, known) = read().await?;
    if let Some(key) = known {
        return sealer.use_hash_key(marker, &key);
    }
    store
        .write(marker, |tx, marker| {
            Box::pin(async move {
                let (_, wrapped) = tx.sealer().new_data_key(*marker);
                execute!(tx, SET_HASH_KEY, &wrapped).map(|_| ())
            })
        })
        .await?;
    let (sealer, marker, key) = read().await?;
    sealer.use_hash_key(marker, &key.ok_or(Error::Corrupt("hash_key"))?)
}
