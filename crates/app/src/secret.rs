//! Passwords and random tokens.

use std::sync::LazyLock;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rooms_core::Entropy;
use sha2::{Digest, Sha256};
use tokio::sync::Semaphore;

/// Hashing takes 19 MiB each: as many at a time as cores are usual, the others wait.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A hash nobody's password has, so that unknown addresses take as long as known ones.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody has this password", &[7; 16]).unwrap_or_default());

fn argon2() -> Argon2<'static> {
    // 19 MiB, two passes, one lane: OWASP's first choice, and the crate's own default.
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT)
}

fn hash_now(password: &str, salt: &[u8]) -> Option<String> {
    let hash = argon2()
        .hash_password_with_salt(password.as_bytes(), salt)
        .ok()?;
    Some(hash.to_string())
}

/// Hashes a password with argon2id and a salt of its own. `None` when the machine has no memory
/// left for it.
pub async fn hash_password(entropy: &Entropy, password: String) -> Option<String> {
    let salt = entropy.bytes::<16>();
    let _permit = HASHING.acquire().await.ok()?;
    tokio::task::spawn_blocking(move || hash_now(&password, &salt))
        .await
        .ok()
        .flatten()
}

/// Whether a password is the one that was hashed; takes as long when there is no hash.
pub async fn verify_password(hash: Option<String>, password: String) -> bool {
    let Ok(_permit) = HASHING.acquire().await else {
        return false;
    };
    let verify = move || {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| NOBODY.clone());
        let same = PasswordHash::new(&hash)
            .is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok());
        known && same
    };
    tokio::task::spawn_blocking(verify).await.unwrap_or(false)
}

/// A token of 256 random bits, as text with a prefix that scanners recognise.
#[must_use]
pub fn token(entropy: &Entropy, prefix: &str) -> String {
    format!("{prefix}{}", URL_SAFE_NO_PAD.encode(entropy.bytes::<32>()))
}

/// A short id that a page shows and the log holds, for people who ask for help.
#[must_use]
pub fn reference(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<9>())
}

/// SHA-256: enough for tokens of 256 random bits.
#[must_use]
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_password_verifies_against_its_own_hash_only() {
        let entropy = Entropy::seeded(1);
        let hash = hash_password(&entropy, "correct horse".to_owned())
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password(Some(hash.clone()), "correct horse".to_owned()).await);
        assert!(!verify_password(Some(hash), "battery staple".to_owned()).await);
        assert!(!verify_password(None, "nobody has this password".to_owned()).await);
    }
}
