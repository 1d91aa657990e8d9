//! The installation's keys: taken up at the start, and wrapped anew when the master key changes.
//!
//! A process has one master key, or two while one takes over from the other ([`MasterKeys`]). What
//! is wrapped names its key, so it can be told how much each of them holds, and a process that
//! lacks one does not start. [`rewrap`] works beside running servers, in small transactions, each
//! of which changes only what still is as it was read: it may be cut off and begun again anywhere.
//!
//! [`MasterKeys`]: crate::MasterKeys

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::error::Error;
use crate::sealed::{KeyId, Sealer, Wrapped};
use crate::store::{OpenError, Store};

statements! {
    INSTALL = "INSERT INTO installation (id, marker, key_check, created_at) VALUES (1, $1, $2, $3) ON CONFLICT (id) DO NOTHING";
    INSTALLATION = "SELECT marker, key_check, hash_key, mark_key FROM installation WHERE id = 1";
    /// The first process to come sets it, once.
    SET_HASH_KEY = "UPDATE installation SET hash_key = $1 WHERE id = 1 AND hash_key IS NULL";
    /// The same.
    SET_MARK_KEY = "UPDATE installation SET mark_key = $1 WHERE id = 1 AND mark_key IS NULL";
    // Of all companies, from here on: the master key is the installation's.
    CHECKS = "SELECT marker, key_check FROM installation WHERE marker > $1 ORDER BY marker LIMIT $2";
    WRAP_CHECK = "UPDATE installation SET key_check = $3 WHERE marker = $1 AND key_check = $2";
    HASH_KEYS = "SELECT marker, hash_key FROM installation WHERE marker > $1 AND hash_key IS NOT NULL ORDER BY marker LIMIT $2";
    WRAP_HASH_KEY = "UPDATE installation SET hash_key = $3 WHERE marker = $1 AND hash_key = $2";
    MARK_KEYS = "SELECT marker, mark_key FROM installation WHERE marker > $1 AND mark_key IS NOT NULL ORDER BY marker LIMIT $2";
    WRAP_MARK_KEY = "UPDATE installation SET mark_key = $3 WHERE marker = $1 AND mark_key = $2";
    COMPANIES = "SELECT id, data_key FROM company WHERE id > $1 ORDER BY id LIMIT $2";
    WRAP_COMPANY = "UPDATE company SET data_key = $3 WHERE id = $1 AND data_key = $2";
    CONNECTIONS = "SELECT id, data_key FROM connection WHERE id > $1 AND data_key IS NOT NULL ORDER BY id LIMIT $2";
    WRAP_CONNECTION = "UPDATE connection SET data_key = $3 WHERE id = $1 AND data_key = $2";
    LEAVING = "SELECT connection_id, data_key FROM leaving WHERE connection_id > $1 ORDER BY connection_id LIMIT $2";
    WRAP_LEAVING = "UPDATE leaving SET data_key = $3 WHERE connection_id = $1 AND data_key = $2";
    CODE_APPS = "SELECT person_id, data_key FROM code_app WHERE person_id > $1 ORDER BY person_id LIMIT $2";
    WRAP_CODE_APP = "UPDATE code_app SET data_key = $3 WHERE person_id = $1 AND data_key = $2";
}

/// A column of wrapped keys.
struct Place {
    /// What they belong to, in words.
    whose: &'static str,
    /// Table and column.
    column: &'static str,
    /// The column of the owner, whom the key is bound to.
    owner: &'static str,
    /// Owners and wrapped keys after an owner.
    page: &'static str,
    /// Puts one in the place of another.
    wrap: &'static str,
}

/// Every column that holds a key wrapped with the master key. What waits in the queue is not: it is
/// wrapped with the installation's own key.
const PLACES: &[Place] = &[
    Place {
        whose: "the installation",
        column: "installation.key_check",
        owner: "marker",
        page: CHECKS,
        wrap: WRAP_CHECK,
    },
    Place {
        whose: "the installation",
        column: "installation.hash_key",
        owner: "marker",
        page: HASH_KEYS,
        wrap: WRAP_HASH_KEY,
    },
    Place {
        whose: "the installation",
        column: "installation.mark_key",
        owner: "marker",
        page: MARK_KEYS,
        wrap: WRAP_MARK_KEY,
    },
    Place {
        whose: "companies",
        column: "company.data_key",
        owner: "id",
        page: COMPANIES,
        wrap: WRAP_COMPANY,
    },
    Place {
        whose: "connections",
        column: "connection.data_key",
        owner: "id",
        page: CONNECTIONS,
        wrap: WRAP_CONNECTION,
    },
    Place {
        whose: "connections that are ending",
        column: "leaving.data_key",
        owner: "connection_id",
        page: LEAVING,
        wrap: WRAP_LEAVING,
    },
    Place {
        whose: "apps for codes",
        column: "code_app.data_key",
        owner: "person_id",
        page: CODE_APPS,
        wrap: WRAP_CODE_APP,
    },
];

/// How many are read, and wrapped anew in one transaction.
const BATCH: i64 = 100;

/// Every column that is looked through, for the test that no other holds wrapped keys.
pub fn columns() -> impl Iterator<Item = &'static str> {
    PLACES.iter().map(|place| place.column)
}

/// How many data keys each master key wraps, by what they belong to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held(BTreeMap<Wrapped, BTreeMap<&'static str, u64>>);

impl Held {
    /// How many a key wraps.
    #[must_use]
    pub fn by(&self, key: KeyId) -> u64 {
        self.of(Wrapped::Opens(key)).map_or(0, |(count, _)| count)
    }

    /// What a key wraps, in words: `2 companies, 5 connections`.
    #[must_use]
    pub fn words(&self, key: KeyId) -> Option<String> {
        self.of(Wrapped::Opens(key)).map(|(_, words)| words)
    }

    fn of(&self, with: Wrapped) -> Option<(u64, String)> {
        let whose = self.0.get(&with)?;
        let words: Vec<_> = whose
            .iter()
            .map(|(whose, count)| match *whose {
                "the installation" => format!("{count} of the installation"),
                others => format!("{count} of {others}"),
            })
            .collect();
        Some((whose.values().sum(), words.join(", ")))
    }

    /// Adds the keys in a row of a table, whose columns are had by name.
    pub(crate) fn note<'a>(
        &mut self,
        sealer: &Sealer,
        table: &str,
        value: impl Fn(&str) -> Option<&'a [u8]>,
    ) {
        let places = PLACES.iter().filter_map(|place| {
            let (of, column) = place.column.split_once('.')?;
            (of == table).then_some((place, column))
        });
        for (place, column) in places {
            let owner = value(place.owner).and_then(|owner| Uuid::from_slice(owner).ok());
            if let (Some(owner), Some(wrapped)) = (owner, value(column)) {
                self.add(sealer.wrapped_with(owner, wrapped), place.whose);
            }
        }
    }

    fn add(&mut self, with: Wrapped, whose: &'static str) {
        *self.0.entry(with).or_default().entry(whose).or_default() += 1;
    }

    /// Whether everything opens.
    pub(crate) fn check(self) -> Result<(), OpenError> {
        if !self.opens() {
            return Err(OpenError::WrongKey);
        }
        if !self.is_whole() {
            return Err(OpenError::KeysMissing(self));
        }
        Ok(())
    }

    fn opens(&self) -> bool {
        self.0.keys().any(|with| matches!(with, Wrapped::Opens(_)))
    }

    fn is_whole(&self) -> bool {
        self.0.keys().all(|with| matches!(with, Wrapped::Opens(_)))
    }
}

/// What is missing, and what to do about it.
impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.0.keys().filter_map(|with| {
            let (count, whose) = self.of(*with)?;
            match with {
                Wrapped::Opens(_) => None,
                Wrapped::Missing(key) => Some(format!(
                    "{count} keys ({whose}) are still wrapped with the master key {key}, which is not set"
                )),
                Wrapped::Unreadable => Some(format!(
                    "{count} keys ({whose}) are wrapped with none of the master keys that are set"
                )),
            }
        });
        let missing: Vec<_> = missing.collect();
        write!(
            f,
            "{}. Set the earlier master key as ONECLICKROOMS_MASTER_KEY_OTHER, run `oneclickrooms \
             keys rewrap`, and take it away when that is done",
            missing.join("; ")
        )
    }
}

/// How far wrapping anew is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many are done.
    pub done: u64,
    /// How many there were to do when it began.
    pub all: u64,
}

/// Names the installation the first time, makes sure that everything opens, and takes up the keys
/// that outlast master keys.
pub(crate) async fn take_up(store: &Store, now: Timestamp) -> Result<(), OpenError> {
    if installed(store).await?.is_none() {
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
    status(store).await?.check()?;
    take_up_kept(store).await?;
    Ok(crate::erasure::fill_in(store).await?)
}

/// Takes up the installation's own keys, which are made the first time.
async fn take_up_kept(store: &Store) -> Result<(), Error> {
    let known = async || {
        let row = installed(store).await?;
        row.ok_or(Error::Corrupt("installation"))
    };
    let mut row = known().await?;
    if row.hash_key.is_none() || row.mark_key.is_none() {
        store
            .write((row.marker, row.key_check), |tx, (marker, check)| {
                Box::pin(async move {
                    let (_, hash) = tx.sealer().new_data_key(*marker);
                    let mark = tx.sealer().first_mark_key(*marker, check)?;
                    execute!(tx, SET_HASH_KEY, &hash)?;
                    execute!(tx, SET_MARK_KEY, &mark).map(|_| ())
                })
            })
            .await?;
        row = known().await?;
    }
    let hash = row.hash_key.ok_or(Error::Corrupt("hash_key"))?;
    let mark = row.mark_key.ok_or(Error::Corrupt("mark_key"))?;
    store.sealer().keep(row.marker, &hash, &mark)
}

row! {
    struct Installed {
        marker: Uuid,
        key_check: Vec<u8>,
        hash_key: Option<Vec<u8>>,
        mark_key: Option<Vec<u8>>,
    }
}

async fn installed(store: &Store) -> Result<Option<Installed>, Error> {
    let mut tx = store.read().await?;
    fetch_optional!(tx, Installed, INSTALLATION)
}

/// How many data keys there are, and which master keys wrap them.
pub async fn status(store: &Store) -> Result<Held, Error> {
    let mut held = Held::default();
    for place in PLACES {
        let mut after = Uuid::nil();
        while let Some((last, page)) = page(store, place, after).await? {
            after = last;
            for (owner, wrapped) in page {
                let with = store.sealer().wrapped_with(owner, &wrapped);
                held.add(with, place.whose);
            }
        }
    }
    Ok(held)
}

/// Wraps every data key anew that is not wrapped with the master key that seals; says how far it is
/// after each batch, and gives how many it wrapped.
pub async fn rewrap(store: &Store, mut say: impl FnMut(Progress)) -> Result<u64, Error> {
    let (sealing, other) = store.sealer().key_ids();
    let before = status(store).await?;
    let named = other.map_or(0, |other| before.by(other));
    let mut progress = Progress {
        done: 0,
        all: named,
    };
    tracing::info!(key = %sealing, "wrapping data keys anew");
    for place in PLACES {
        let mut after = Uuid::nil();
        while let Some((last, page)) = page(store, place, after).await? {
            after = last;
            let done = rewrap_page(store, place.wrap, page).await?;
            if done > 0 {
                progress.done += done;
                progress.all = progress.all.max(progress.done);
                say(progress);
            }
        }
    }
    Ok(progress.done)
}

async fn page(
    store: &Store,
    place: &Place,
    after: Uuid,
) -> Result<Option<(Uuid, Vec<(Uuid, Vec<u8>)>)>, Error> {
    let mut tx = store.read().await?;
    let page = fetch_all!(tx, (Uuid, Vec<u8>), place.page, after, BATCH)?;
    Ok(page.last().map(|(last, _)| *last).map(|last| (last, page)))
}

/// What was changed or has ended meanwhile is left as it is: whoever did that sealed it anew.
async fn rewrap_page(
    store: &Store,
    wrap: &'static str,
    page: Vec<(Uuid, Vec<u8>)>,
) -> Result<u64, Error> {
    let sealer = store.sealer();
    let mut due = Vec::new();
    for (owner, old) in page {
        match sealer.rewrap(owner, &old) {
            Ok(Some(new)) => due.push((owner, old, new)),
            Ok(None) => {}
            Err(error) => tracing::warn!(%owner, %error, "a data key stays as it is"),
        }
    }
    if due.is_empty() {
        return Ok(0);
    }
    store
        .write(due, move |tx, due| {
            Box::pin(async move {
                let mut done = 0;
                for (owner, old, new) in due {
                    done += execute!(tx, wrap, *owner, old, new)?;
                }
                Ok::<_, Error>(done)
            })
        })
        .await
}
