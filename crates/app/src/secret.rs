//! Passwords and random tokens.

use std::sync::LazyLock;

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rooms_core::Entropy;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

/// Hashing takes 19 MiB each: as many at a time as cores are usual, the others wait.
static HASHING: Semaphore = Semaphore::const_new(2);

/// A hash nobody's password has, so that unknown addresses take as long as known ones.
static NOBODY: LazyLock<String> =
    LazyLock::new(|| hash_now("nobody has this password", &[7; 16]).unwrap_or_default());

/// So many blocks are more than 32 MiB, which every allocator gives back to the system at once.
/// glibc keeps what is smaller, one for each thread that ever hashed.
const GIVEN_BACK: usize = 33 * 1024;

/// Argon2id (RFC 9106): its hash of as many bytes as `out` has.
fn argon2id(password: &str, salt: &[u8], params: Params, out: &mut [u8]) -> argon2::Result<()> {
    let blocks = params.block_count();
    let mut memory = Vec::with_capacity(blocks.max(GIVEN_BACK));
    memory.resize(blocks, Block::default());
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    argon2.hash_password_into_with_memory(password.as_bytes(), salt, out, &mut memory)
}

fn hash_now(password: &str, salt: &[u8]) -> Option<String> {
    // 19 MiB, two passes, one lane: OWASP's first choice, and the crate's own default.
    let params = Params::DEFAULT;
    let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
    argon2id(password, salt, params.clone(), &mut out).ok()?;
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: ParamsString::try_from(&params).ok()?,
        salt: Some(Salt::new(salt).ok()?),
        hash: Some(Output::new(&out).ok()?),
    };
    Some(hash.to_string())
}

/// Whether a password is the one that was hashed, compared in constant time.
fn verify_now(password: &str, hash: &str) -> Option<bool> {
    let known = PasswordHash::new(hash).ok()?;
    let params = Params::try_from(&known).ok()?;
    let expected = known.hash?;
    let mut out = vec![0; expected.len()];
    argon2id(password, known.salt?.as_ref(), params, &mut out).ok()?;
    Some(expected.as_bytes().ct_eq(&out).into())
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
        verify_now(&password, &hash).unwrap_or(false) && known
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
    use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};

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
        assert!(!verify_password(Some("no hash".to_owned()), "no hash".to_owned()).await);
    }

    #[test]
    fn a_hash_is_what_every_implementation_of_argon2id_makes_of_it() {
        let hash = hash_now("password", b"somesaltsomesalt").unwrap();
        let argon2 = Argon2::default();
        argon2.verify_password(b"password", &*hash).unwrap();
        let theirs = argon2.hash_password_with_salt(b"password", b"somesaltsomesalt");
        let theirs = theirs.unwrap().to_string();
        assert_eq!(hash, theirs);
        assert_eq!(verify_now("password", &theirs), Some(true));
        assert_eq!(verify_now("passwore", &theirs), Some(false));
    }
}
