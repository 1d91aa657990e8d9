//! Sealed columns: XChaCha20-Poly1305 under data keys that the master key wraps.
//!
//! A connection's tokens are sealed with a data key of their own, so deleting that key shreds them;
//! what belongs to a booking (join link, passcode) is sealed with the company's. Every sealed value
//! begins with the id of the key format and is bound to what it belongs to, so that a value moved
//! to another row does not open.

use std::sync::{Arc, OnceLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use hmac::{Hmac, Mac};
use jiff::Timestamp;
use rooms_core::Entropy;
use sha2::Sha256;
use uuid::Uuid;

use crate::error::Error;

const FORMAT: u8 = 1;
const NONCE: usize = 24;

/// The master key is not 32 bytes of base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the master key has to be 32 random bytes in base64; make one with `openssl rand -base64 32`"
)]
pub struct KeyError;

/// The key everything else hangs on; never printed.
#[derive(Clone)]
pub struct MasterKey([u8; 32]);

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Reads it from base64.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError)?;
        bytes.try_into().map(Self).map_err(|_| KeyError)
    }

    /// Takes the bytes themselves.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

/// A key for some rows, only ever stored wrapped.
pub struct DataKey(XChaCha20Poly1305);

/// Seals and opens with the master key, and derives keyed hashes from it.
#[derive(Clone)]
pub struct Sealer {
    master: MasterKey,
    entropy: Arc<Entropy>,
    hash_key: Arc<OnceLock<[u8; 32]>>,
}

impl std::fmt::Debug for Sealer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Sealer(…)")
    }
}

impl Sealer {
    /// A sealer over the master key.
    #[must_use]
    pub fn new(master: MasterKey, entropy: Arc<Entropy>) -> Self {
        Self {
            master,
            entropy,
            hash_key: Arc::default(),
        }
    }

    /// A new id.
    #[must_use]
    pub fn new_id(&self, now: Timestamp) -> Uuid {
        self.entropy.uuid(now)
    }

    /// Makes a data key for `owner`: the key, and how it is stored.
    #[must_use]
    pub fn new_data_key(&self, owner: Uuid) -> (DataKey, Vec<u8>) {
        let key = self.entropy.bytes::<32>();
        let wrapped = self.seal_with(&self.wrapping(), owner, "data_key", &key);
        (DataKey(cipher(key)), wrapped)
    }

    /// Opens a stored data key.
    pub fn data_key(&self, owner: Uuid, wrapped: &[u8]) -> Result<DataKey, Error> {
        let key = open_with(&self.wrapping(), owner, "data_key", wrapped)?;
        let key: [u8; 32] = key.try_into().map_err(|_| Error::Corrupt("data_key"))?;
        Ok(DataKey(cipher(key)))
    }

    /// Seals a text for a column of `owner`.
    #[must_use]
    pub fn seal(&self, key: &DataKey, owner: Uuid, column: &str, text: &str) -> Vec<u8> {
        self.seal_with(&key.0, owner, column, text.as_bytes())
    }

    /// A keyed hash for `purpose`: nobody without the master key can make or check one.
    #[must_use]
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        let mut mac = self.hmac(purpose);
        mac.update(message);
        mac.finalize().into_bytes().into()
    }

    /// Takes up the installation's key for hashes that are kept, which the store holds wrapped.
    pub(crate) fn use_hash_key(&self, owner: Uuid, wrapped: &[u8]) -> Result<(), Error> {
        let key = open_with(&self.wrapping(), owner, "data_key", wrapped)?;
        let key = key.try_into().map_err(|_| Error::Corrupt("hash_key"))?;
        self.hash_key.get_or_init(|| key);
        Ok(())
    }

    /// A keyed hash that is kept: of the installation's own key, so that it still holds when the
    /// master key has been changed.
    pub fn kept_hash(&self, purpose: &str, parts: &[&[u8]]) -> Result<[u8; 32], Error> {
        let key = self.hash_key.get().ok_or(Error::Corrupt("hash_key"))?;
        let mut mac = derived(key, purpose);
        for part in parts {
            // With its length, so that no two lists of parts read alike.
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        Ok(mac.finalize().into_bytes().into())
    }

    fn hmac(&self, purpose: &str) -> Hmac<Sha256> {
        derived(&self.master.0, purpose)
    }

    fn wrapping(&self) -> XChaCha20Poly1305 {
        cipher(self.mac("wrap data keys", b""))
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
        [&[FORMAT], nonce.as_slice(), &sealed].concat()
    }
}

impl DataKey {
    /// Opens a sealed column of `owner`.
    pub fn open(&self, owner: Uuid, column: &'static str, sealed: &[u8]) -> Result<String, Error> {
        let bytes = open_with(&self.0, owner, column, sealed)?;
        String::from_utf8(bytes).map_err(|_| Error::Corrupt(column))
    }
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

fn open_with(
    key: &XChaCha20Poly1305,
    owner: Uuid,
    column: &'static str,
    sealed: &[u8],
) -> Result<Vec<u8>, Error> {
    let corrupt = Error::Corrupt(column);
    let Some((&FORMAT, rest)) = sealed.split_first() else {
        return Err(corrupt);
    };
    let Some((nonce, text)) = rest.split_at_checked(NONCE) else {
        return Err(corrupt);
    };
    let Ok(nonce) = <[u8; NONCE]>::try_from(nonce) else {
        return Err(corrupt);
    };
    let aad = bound(owner, column);
    key.decrypt(
        &XNonce::from(nonce),
        Payload {
            msg: text,
            aad: &aad,
        },
    )
    .map_err(|_| corrupt)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealer(byte: u8) -> Sealer {
        Sealer::new(
            MasterKey::from_bytes([byte; 32]),
            Arc::new(Entropy::seeded(1)),
        )
    }

    #[test]
    fn a_sealed_text_opens_only_where_it_belongs() {
        let (owner, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (key, wrapped) = sealer(7).new_data_key(owner);
        let sealed = sealer(7).seal(&key, owner, "join_url", "https://zoom.example/j/1");
        assert!(!sealed.windows(4).any(|w| w == b"zoom"));
        let again = sealer(7).data_key(owner, &wrapped).unwrap();
        assert_eq!(
            again.open(owner, "join_url", &sealed).unwrap(),
            "https://zoom.example/j/1"
        );
        assert!(again.open(other, "join_url", &sealed).is_err());
        assert!(again.open(owner, "passcode", &sealed).is_err());
        assert!(sealer(8).data_key(owner, &wrapped).is_err());
        assert!(sealer(7).data_key(other, &wrapped).is_err());
    }

    #[test]
    fn cut_or_changed_texts_do_not_open() {
        let owner = Uuid::from_u128(1);
        let (key, _) = sealer(7).new_data_key(owner);
        let sealed = sealer(7).seal(&key, owner, "x", "secret");
        for cut in 0..sealed.len() {
            assert!(key.open(owner, "x", &sealed[..cut]).is_err());
        }
        let mut changed = sealed;
        *changed.last_mut().unwrap() ^= 1;
        assert!(key.open(owner, "x", &changed).is_err());
    }

    #[test]
    fn keys_are_32_bytes_of_base64() {
        assert!(MasterKey::from_base64(&STANDARD.encode([1; 32])).is_ok());
        assert!(MasterKey::from_base64(&STANDARD.encode([1; 31])).is_err());
        assert!(MasterKey::from_base64("not base64!").is_err());
        assert_eq!(
            format!("{:?}", MasterKey::from_bytes([1; 32])),
            "MasterKey(…)"
        );
    }
}
