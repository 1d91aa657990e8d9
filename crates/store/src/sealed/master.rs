//! The master keys: the one that seals, and while it is being changed one more that opens.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::XChaCha20Poly1305;
use hmac::Mac as _;

use super::{cipher, derived};

/// The master key is not 32 bytes of base64.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error(
    "the master key has to be 32 random bytes in base64; make one with `openssl rand -base64 32`"
)]
pub struct KeyError;

/// Which master key it is, in short. It stands beside what the key wraps, and says nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct KeyId(pub(super) [u8; KeyId::LENGTH]);

impl KeyId {
    pub(super) const LENGTH: usize = 4;
}

impl std::fmt::Display for KeyId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:08x}", u32::from_be_bytes(self.0))
    }
}

/// The key everything else hangs on; never printed.
#[derive(Clone)]
pub struct MasterKey {
    bytes: [u8; 32],
    id: KeyId,
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey(…)")
    }
}

impl MasterKey {
    /// Reads it from base64.
    pub fn from_base64(text: &str) -> Result<Self, KeyError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| KeyError)?;
        bytes.try_into().map(Self::from_bytes).map_err(|_| KeyError)
    }

    /// Takes the bytes themselves.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        let [a, b, c, d, ..] = derived_key(&bytes, "key id");
        Self {
            bytes,
            id: KeyId([a, b, c, d]),
        }
    }

    /// Its id.
    #[must_use]
    pub fn id(&self) -> KeyId {
        self.id
    }

    /// A key for one purpose.
    pub(super) fn derive(&self, purpose: &str) -> [u8; 32] {
        derived_key(&self.bytes, purpose)
    }

    /// A keyed hash for one purpose.
    pub(super) fn mac(&self, purpose: &str, message: &[u8]) -> hmac::Hmac<sha2::Sha256> {
        let mut mac = derived(&self.bytes, purpose);
        mac.update(message);
        mac
    }

    /// What wraps data keys.
    pub(super) fn wrapping(&self) -> XChaCha20Poly1305 {
        cipher(
            self.mac("wrap data keys", b"")
                .finalize()
                .into_bytes()
                .into(),
        )
    }
}

fn derived_key(bytes: &[u8; 32], purpose: &str) -> [u8; 32] {
    let mut mac = super::keyed(bytes);
    mac.update(purpose.as_bytes());
    mac.finalize().into_bytes().into()
}

/// The master keys a process has: everything is sealed with the first, and opened with either.
#[derive(Debug, Clone)]
pub struct MasterKeys {
    /// Seals, and opens.
    pub sealing: MasterKey,
    /// Opens only: the next key before the change, the earlier one during it.
    pub other: Option<MasterKey>,
}

impl MasterKeys {
    pub(super) fn all(&self) -> impl Iterator<Item = &MasterKey> {
        std::iter::once(&self.sealing).chain(&self.other)
    }
}

impl From<MasterKey> for MasterKeys {
    fn from(sealing: MasterKey) -> Self {
        Self {
            sealing,
            other: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn an_id_tells_keys_apart_and_shows_nothing_of_them() {
        let id = |byte| MasterKey::from_bytes([byte; 32]).id();
        assert_eq!(id(1), id(1));
        assert_ne!(id(1), id(2));
        let shown = id(7).to_string();
        assert_eq!(shown.len(), 8);
        assert!(!shown.contains("0707"), "{shown}");
    }
}
