//! Sealed columns: XChaCha20-Poly1305 under data keys that the master key wraps.
//!
//! A connection's tokens are sealed with a data key of their own, so deleting that key shreds them;
//! what belongs to a booking (join link, passcode) is sealed with the company's. Every sealed value
//! is bound to what it belongs to, so that a value moved to another row does not open. A wrapped
//! data key begins with the id of the master key that wraps it, so that the master key can be
//! changed ([`crate::keys`]) while servers run.

mod master;

use std::sync::{Arc, OnceLock};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rooms_core::Entropy;
use sha2::Sha256;
use uuid::Uuid;

use crate::error::Error;
pub use master::{KeyError, KeyId, MasterKey, MasterKeys};

/// How a sealed value begins: a column, or a data key wrapped before master keys had ids.
const FORMAT: u8 = 1;
/// A data key wrapped with the master key whose id follows.
const WITH_ID: u8 = 2;
/// A data key wrapped with the installation's own key.
const PASSING: u8 = 3;
const NONCE: usize = 24;
/// What every wrapped key is bound to, beside its owner.
const DATA_KEY: &str = "data_key";

/// A key for some rows, only ever stored wrapped.
pub struct DataKey(XChaCha20Poly1305);

/// The installation's own keys, which the store holds wrapped and which outlast master keys.
struct Kept {
    hash: [u8; 32],
    mark: [u8; 32],
}

/// Which master key a wrapped data key needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Wrapped {
    /// One of those there are.
    Opens(KeyId),
    /// Another one.
    Missing(KeyId),
    /// It was wrapped before keys had ids and opens with none, or it is damaged.
    Unreadable,
}

/// Seals and opens with the master key, and derives keyed hashes from it.
#[derive(Clone)]
pub struct Sealer {
    keys: MasterKeys,
    entropy: Arc<Entropy>,
    kept: Arc<OnceLock<Kept>>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// A sealer over the master key, or over two while one takes over from the other.
    #[must_use]
    pub fn new(keys: impl Into<MasterKeys>, entropy: Arc<Entropy>) -> Self {
        Self {
            keys: keys.into(),
            entropy,
            kept: Arc::default(),
        }
    }

    /// A new id.
    #[must_use]
    pub fn new_id(&self, now: Timestamp) -> Uuid {
        self.entropy.uuid(now)
    }

    /// The master keys' ids: of the one that seals, and of the other one.
    #[must_use]
    pub fn key_ids(&self) -> (KeyId, Option<KeyId>) {
        let other = self.keys.other.as_ref().map(MasterKey::id);
        (self.keys.sealing.id(), other)
    }

    /// Makes a data key for `owner`: the key, and how it is stored.
    #[must_use]
    pub fn new_data_key(&self, owner: Uuid) -> (DataKey, Vec<u8>) {
        let key = self.entropy.bytes::<32>();
        let wrapped = self.wrap(owner, &key);
        (DataKey(cipher(key)), wrapped)
    }

    /// Makes a data key for what waits in a queue and is soon gone. It is wrapped with the
    /// installation's own key, so that a change of the master key need not look for it.
    pub fn passing_data_key(&self, owner: Uuid) -> Result<(DataKey, Vec<u8>), Error> {
        let key = self.entropy.bytes::<32>();
        let sealed = self.seal_with(&self.passing()?, owner, DATA_KEY, &key);
        Ok((DataKey(cipher(key)), [&[PASSING], &*sealed].concat()))
    }

    /// Opens a stored data key.
    pub fn data_key(&self, owner: Uuid, wrapped: &[u8]) -> Result<DataKey, Error> {
        let key = match wrapped.split_first() {
            Some((&PASSING, sealed)) => whole(
                open_with(&self.passing()?, owner, DATA_KEY, sealed),
                DATA_KEY,
            )?,
            _ => self.unwrap_key(owner, wrapped, DATA_KEY)?.0,
        };
        Ok(DataKey(cipher(key)))
    }

    /// Which master key a stored data key needs.
    #[must_use]
    pub fn wrapped_with(&self, owner: Uuid, wrapped: &[u8]) -> Wrapped {
        match split(wrapped) {
            Some((Some(id), _)) if self.keys.all().any(|key| key.id() == id) => Wrapped::Opens(id),
            Some((Some(id), _)) => Wrapped::Missing(id),
            _ => match self.unwrap_key(owner, wrapped, DATA_KEY) {
                Ok((_, key)) => Wrapped::Opens(key.id()),
                Err(_) => Wrapped::Unreadable,
            },
        }
    }

    /// The same data key wrapped with the master key that seals; nothing where it is that already.
    pub(crate) fn rewrap(&self, owner: Uuid, wrapped: &[u8]) -> Result<Option<Vec<u8>>, Error> {
        if matches!(split(wrapped), Some((Some(id), _)) if id == self.keys.sealing.id()) {
            return Ok(None);
        }
        let (key, _) = self.unwrap_key(owner, wrapped, DATA_KEY)?;
        Ok(Some(self.wrap(owner, &key)))
    }

    /// Seals a text for a column of `owner`.
    #[must_use]
    pub fn seal(&self, key: &DataKey, owner: Uuid, column: &str, text: &str) -> Vec<u8> {
        let sealed = self.seal_with(&key.0, owner, column, text.as_bytes());
        [&[FORMAT], &*sealed].concat()
    }

    /// A keyed hash for `purpose`, for something that is back within minutes: nobody without the
    /// master key can make one. [`Self::verifies`] checks it.
    #[must_use]
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mac = self.keys.sealing.mac(purpose, message);
        mac.finalize().into_bytes().into()
    }

    /// Whether a keyed hash is one of ours, of either master key, since the one that sealed when it
    /// was made may be the other one now. Takes the same time whatever differs.
    #[must_use]
    pub fn verifies(&self, purpose: &str, message: &[u8], mac: &[u8]) -> bool {
        self.keys.all().fold(false, |held, key| {
            key.mac(purpose, message).verify_slice(mac).is_ok() | held
        })
    }

    /// The keyed hash in the mark of a meeting of ours. The mark stays in Zoom, so its key is the
    /// installation's own: at first what the master key of that day gives, and that for ever.
    #[must_use]
    pub fn mark(&self, message: &[u8]) -> [u8; 32] {
        let first = || self.keys.sealing.derive(MARK);
        let key = self.kept.get().map_or_else(first, |kept| kept.mark);
        let mut mac = keyed(&key);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// The key of marks that begins with an installation, or that its marks so far were written
    /// with, wrapped. `check` is what was wrapped first of all.
    pub(crate) fn first_mark_key(&self, owner: Uuid, check: &[u8]) -> Result<Vec<u8>, Error> {
        let (_, key) = self.unwrap_key(owner, check, "key_check")?;
        Ok(self.wrap(owner, &key.derive(MARK)))
    }

    /// Takes up the installation's own keys, for hashes that are kept and for marks.
    pub(crate) fn keep(&self, owner: Uuid, hash: &[u8], mark: &[u8]) -> Result<(), Error> {
        let (hash, _) = self.unwrap_key(owner, hash, "hash_key")?;
        let (mark, _) = self.unwrap_key(owner, mark, "mark_key")?;
        self.kept.get_or_init(|| Kept { hash, mark });
        Ok(())
    }

    /// A keyed hash that is kept: of the installation's own key, so that it still holds when the
    /// master key has been changed.
    pub fn kept_hash(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        let mut mac = derived(&self.kept()?.hash, purpose);
        for part in parts {
            // With its length, so that no two lists of parts read alike.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }

    fn kept(&self) -> Result<&Kept, Error> {
        self.kept.get().ok_or(Error::Corrupt("hash_key"))
    }

    fn passing(&self) -> Result<XChaCha20Poly1305, Error> {
        Ok(cipher(self.kept_hash("wrap passing data keys", &[])?))
    }

    fn wrap(&self, owner: Uuid, key: &[u8; 32]) -> Vec<u8> {
        let master = &self.keys.sealing;
        let sealed = self.seal_with(&master.wrapping(), owner, DATA_KEY, key);
        [&[WITH_ID], master.id().0.as_slice(), &sealed].concat()
    }

    /// The data key, and the master key that wraps it.
    fn unwrap_key(
        &self,
        owner: Uuid,
        wrapped: &[u8],
        named: &'static str,
    ) -> Result<([u8; 32], &MasterKey), Error> {
        let (id, sealed) = split(wrapped).ok_or(Error::Corrupt(named))?;
        self.keys
            .all()
            .filter(|key| id.is_none_or(|id| id == key.id()))
            .find_map(|key| {
                let opened = open_with(&key.wrapping(), owner, DATA_KEY, sealed);
                Some((whole(opened, named).ok()?, key))
            })
            .ok_or(Error::Corrupt(named))
    }

    fn seal_with(
        &self,
        key: &XChaCha20Poly1305,
        owner: Uuid,
        column: &str,
        text: &[u8],
    ) -> Vec<u8> {
        let nonce = self.entropy.bytes::<NONCE>();
        let aad = bound(owner, column);
        let payload = Payload {
            msg: text,
            aad: &aad,
        };
        #[expect(
            clippy::expect_used,
            reason = "the cipher refuses only texts of 256 GiB"
        )]
        let sealed = key
            .encrypt(&XNonce::from(nonce), payload)
            .expect("invariant: a column is shorter than 256 GiB");
        [nonce.as_slice(), &sealed].concat()
    }
}

impl DataKey {
    /// Opens a sealed column of `owner`.
    pub fn open(&self, owner: Uuid, column: &'static str, sealed: &[u8]) -> Result<String, Error> {
        let corrupt = Error::Corrupt(column);
        let Some((&FORMAT, sealed)) = sealed.split_first() else {
            return Err(corrupt);
        };
        let bytes = open_with(&self.0, owner, column, sealed).ok_or(corrupt)?;
        String::from_utf8(bytes).map_err(|_| Error::Corrupt(column))
    }
}

/// What the keys of marks are derived for.
const MARK: &str = "meeting mark";

/// The id of the master key that wraps a data key, where it is said, and what it wraps.
fn split(wrapped: &[u8]) -> Option<(Option<KeyId>, &[u8])> {
    match wrapped.split_first()? {
        (&FORMAT, sealed) => Some((None, sealed)),
        (&WITH_ID, rest) => {
            let (id, sealed) = rest.split_first_chunk::<{ KeyId::LENGTH }>()?;
            Some((Some(KeyId(*id)), sealed))
        }
        _ => None,
    }
}

fn whole(opened: Option<Vec<u8>>, named: &'static str) -> Result<[u8; 32], Error> {
    opened
        .and_then(|key| key.try_into().ok())
        .ok_or(Error::Corrupt(named))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    #[expect(
        clippy::expect_used,
        reason = "HMAC takes keys of any length (RFC 2104)"
    )]
    <Hmac<Sha256> as KeyInit>::new_from_slice(key).expect("invariant: HMAC takes any key")
}

fn derived(key: &[u8; 32], purpose: &str) -> Hmac<Sha256> {
    let mut mac = keyed(key);
    mac.update(purpose.as_bytes());
    keyed(&mac.finalize().into_bytes())
}

fn cipher(key: [u8; 32]) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(key))
}

fn bound(owner: Uuid, column: &str) -> Vec<u8> {
    [owner.as_bytes().as_slice(), column.as_bytes()].concat()
}

fn open_with(key: &XChaCha20Poly1305, owner: Uuid, column: &str, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_first_chunk::<NONCE>()?;
    let aad = bound(owner, column);
    let payload = Payload {
        msg: text,
        aad: &aad,
    };
    key.decrypt(&XNonce::from(*nonce), payload).ok()
}

#[cfg(test)]
mod tests;
