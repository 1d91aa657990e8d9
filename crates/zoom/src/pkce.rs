//! Proof key for code exchange (RFC 7636) with S256.
//!
//! The verifier is the caller's: 43 to 128 characters of `A-Z a-z 0-9 - . _ ~`, from a good
//! source of randomness.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};

/// The challenge that belongs to a verifier; here the example of the RFC's appendix B.
///
/// ```
/// let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// let challenge = zoom_client::pkce::challenge(verifier);
/// assert_eq!(challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
/// ```
#[must_use]
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}
