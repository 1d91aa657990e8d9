//! Whether a chain holds, from where it begins to its newest entry, and removing its oldest part.

use jiff::Timestamp;
use rooms_core::CompanyId;
use uuid::Uuid;

use super::{Recorded, after};
use crate::error::Error;
use crate::tx::Tx;

statements! {
    /// The audit of the whole installation is verified chain by chain.
    COMPANIES = "SELECT company_id FROM audit_chain ORDER BY company_id";
    GET = "SELECT number, hash, removed_number, removed_hash, seal FROM audit_chain WHERE company_id = $1";
    OLD = "SELECT number, hash FROM audit WHERE company_id = $1 AND number < \
           COALESCE((SELECT MIN(number) FROM audit WHERE company_id = $1 AND at >= $2), 9223372036854775807) ORDER BY number DESC LIMIT 1";
    GO_ON = "UPDATE audit_chain SET removed_number = $2, removed_hash = $3, seal = $4 WHERE company_id = $1 AND removed_number < $2";
    REMOVE = "DELETE FROM audit WHERE company_id = $1 AND number <= $2";
}

/// How many entries are read at once.
const PAGE: i64 = 1_000;

row! {
    struct Row {
        number: i64,
        hash: Vec<u8>,
        removed_number: i64,
        removed_hash: Vec<u8>,
        seal: Vec<u8>,
    }
}

/// What a chain that holds comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holds {
    /// How many entries there are.
    pub entries: i64,
    /// How many older ones were removed because of their age.
    pub removed: i64,
    /// The hash of the newest: who has noted it elsewhere can tell later that nothing before it
    /// was replaced.
    pub hash: Vec<u8>,
}

/// The first place where a chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// The number of the entry, or where it should be.
    pub number: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// The hash in front of the first entry of a chain.
pub(super) fn beginning(tx: &Tx, company: CompanyId) -> Result<[u8; 32], Error> {
    let company = company.uuid();
    tx.sealer().kept_hash("audit chain", &[company.as_bytes()])
}

/// The seal of where a chain goes on after its oldest part was removed.
pub(super) fn seal(
    tx: &Tx,
    company: CompanyId,
    number: i64,
    hash: &[u8],
) -> Result<[u8; 32], Error> {
    let company = company.uuid();
    let number = number.to_be_bytes();
    tx.sealer()
        .kept_hash("audit removed", &[company.as_bytes(), &number, hash])
}

/// The companies that have a chain; zero for the installation itself.
pub async fn companies(tx: &mut Tx) -> Result<Vec<CompanyId>, Error> {
    let rows = fetch_all!(tx, (Uuid,), COMPANIES)?;
    let ids = rows.into_iter().map(|(id,)| CompanyId::from_uuid(id));
    Ok(ids.collect())
}

/// Looks through a chain; a company that has none yet has nothing that could be broken.
pub async fn verify(tx: &mut Tx, company: CompanyId) -> Result<Result<Holds, Broken>, Error> {
    loop {
        let Some(chain) = get(tx, company).await? else {
            return Ok(Ok(Holds {
                entries: 0,
                removed: 0,
                hash: Vec::new(),
            }));
        };
        let found = look_through(tx, company, &chain).await?;
        // Its oldest part may have been removed meanwhile: then it is looked through again.
        let now = get(tx, company).await?.map(|chain| chain.removed_number);
        if found.is_ok() || now == Some(chain.removed_number) {
            return Ok(found);
        }
    }
}

async fn get(tx: &mut Tx, company: CompanyId) -> Result<Option<Row>, Error> {
    fetch_optional!(tx, Row, GET, company.uuid())
}

async fn look_through(
    tx: &mut Tx,
    company: CompanyId,
    chain: &Row,
) -> Result<Result<Holds, Broken>, Error> {
    let removed = chain.removed_number;
    let sealed = seal(tx, company, removed, &chain.removed_hash)?;
    let untouched = removed > 0 || chain.removed_hash == beginning(tx, company)?;
    if sealed.as_slice() != chain.seal || !untouched {
        let why = "the note of what was removed is not ours";
        return Ok(Err(Broken {
            number: removed,
            why,
        }));
    }
    let (mut number, mut hash) = (removed, chain.removed_hash.clone());
    while number < chain.number {
        let page = after(tx, company, (number, chain.number), PAGE).await?;
        if page.is_empty() {
            break;
        }
        for entry in page {
            if let Some(why) = wrong(tx, &entry, number, &hash)? {
                let number = number + 1;
                return Ok(Err(Broken { number, why }));
            }
            (number, hash) = (entry.number, entry.hash);
        }
    }
    if number != chain.number {
        let why = "the entry is missing";
        let number = number + 1;
        return Ok(Err(Broken { number, why }));
    }
    if hash != chain.hash {
        let why = "the newest entry is not the one that was written last";
        return Ok(Err(Broken { number, why }));
    }
    Ok(Ok(Holds {
        entries: number - removed,
        removed,
        hash,
    }))
}

fn wrong(
    tx: &Tx,
    entry: &Recorded,
    number: i64,
    hash: &[u8],
) -> Result<Option<&'static str>, Error> {
    Ok(if entry.number != number + 1 {
        Some("the entry is missing")
    } else if entry.previous != hash {
        Some("the entry does not follow on the one before it")
    } else if entry.hash != entry.computed(tx)? {
        Some("the entry was changed")
    } else {
        None
    })
}

/// Removes the oldest entries, up to the first that is not before an instant, and leaves a sealed
/// note of where the chain goes on. Gives how many that were.
pub async fn remove_before(
    tx: &mut Tx,
    company: CompanyId,
    before: Timestamp,
) -> Result<u64, Error> {
    let before = before.as_microsecond();
    let old = fetch_optional!(tx, (i64, Vec<u8>), OLD, company.uuid(), before)?;
    let Some((number, hash)) = old else {
        return Ok(0);
    };
    let seal = seal(tx, company, number, &hash)?;
    execute!(tx, GO_ON, company.uuid(), number, &hash, seal.as_slice())?;
    execute!(tx, REMOVE, company.uuid(), number)
}
