//! What a browser hands over of a passkey, checked as WebAuthn Level 3 asks of us (7.1, 7.2).
//!
//! No attestation is asked for, so nothing of a new passkey is signed: which device it is in is
//! its person's business. Its key comes as the browser reads it out (`getPublicKey`), which leaves
//! no CBOR to be read here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey,
    VerificationAlgorithm,
};
use serde::Deserialize;

use crate::secret;

/// The site that passkeys are for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its name: the host of the public address.
    pub rp_id: String,
    /// What browsers say they are at.
    pub origin: String,
}

/// Why what a browser handed over is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It was not asked for, not here, or too long ago; or it was taken before.
    #[error("it was not asked for, or too long ago")]
    NotAsked,
    /// It cannot be read.
    #[error("it cannot be read")]
    Unreadable,
    /// It is for something else, or for another site.
    #[error("it is for another site or purpose")]
    Elsewhere,
    /// Nobody was asked for a finger, a face or a PIN.
    #[error("nobody was verified")]
    Unverified,
    /// Nobody here has this passkey.
    #[error("nobody has this passkey")]
    Unknown,
    /// The signature is not that of the passkey.
    #[error("the signature is wrong")]
    Forged,
    /// It has signed more often than it counts: there are two of it.
    #[error("its count went back")]
    CountWentBack,
}

/// What browsers write about what they were asked to have signed (5.8.1).
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    r#type: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// Reads base64url as browsers write it.
pub(super) fn bytes(text: &str) -> Result<Vec<u8>, Refused> {
    let decoded = URL_SAFE_NO_PAD.decode(text.trim_end_matches('='));
    decoded.map_err(|_| Refused::Unreadable)
}

/// Checks what the browser says it was asked, and gives the challenge.
pub(super) fn challenge(json: &[u8], kind: &str, site: &Site) -> Result<Vec<u8>, Refused> {
    let said: ClientData = serde_json::from_slice(json).map_err(|_| Refused::Unreadable)?;
    if said.r#type != kind || said.origin != site.origin || said.cross_origin {
        return Err(Refused::Elsewhere);
    }
    bytes(&said.challenge)
}

/// Somebody touched it.
const PRESENT: u8 = 0x01;
/// A finger, a face or a PIN was asked for.
const VERIFIED: u8 = 0x04;
/// It may be copied to other devices, and has been.
const MAY_BE_COPIED: u8 = 0x08;
const COPIED: u8 = 0x10;
/// A new passkey follows.
const NEW: u8 = 0x40;

/// What an authenticator says of itself and of what it signs (6.1).
#[derive(Debug)]
pub(super) struct AuthenticatorData<'a> {
    flags: u8,
    /// How often it has signed; 0 where it does not count.
    pub(super) sign_count: u32,
    rest: &'a [u8],
}

impl<'a> AuthenticatorData<'a> {
    /// Reads it, and checks that it is for this site and that somebody was verified.
    pub(super) fn read(bytes: &'a [u8], site: &Site) -> Result<Self, Refused> {
        let (rp_hash, rest) = bytes.split_first_chunk::<32>().ok_or(Refused::Unreadable)?;
        let (flags, rest) = rest.split_first().ok_or(Refused::Unreadable)?;
        let (count, rest) = rest.split_first_chunk::<4>().ok_or(Refused::Unreadable)?;
        if *rp_hash != secret::hash(site.rp_id.as_bytes()) {
            return Err(Refused::Elsewhere);
        }
        if flags & PRESENT == 0 || flags & VERIFIED == 0 {
            return Err(Refused::Unverified);
        }
        if flags & COPIED != 0 && flags & MAY_BE_COPIED == 0 {
            return Err(Refused::Unreadable);
        }
        Ok(Self {
            flags: *flags,
            sign_count: u32::from_be_bytes(*count),
            rest,
        })
    }

    /// What the authenticator calls the passkey it has just made (6.5.1).
    pub(super) fn new_credential(&self) -> Result<&'a [u8], Refused> {
        if self.flags & NEW == 0 {
            return Err(Refused::Unreadable);
        }
        let (_aaguid, rest) = self
            .rest
            .split_first_chunk::<16>()
            .ok_or(Refused::Unreadable)?;
        let (length, rest) = rest.split_first_chunk::<2>().ok_or(Refused::Unreadable)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let id = rest
            .get(..length)
            .filter(|id| !id.is_empty() && id.len() <= 1023);
        id.ok_or(Refused::Unreadable)
    }
}

/// The beginning of every P-256 key as `SubjectPublicKeyInfo` (RFC 5480); the point follows.
const P256: &[u8] = &[
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];
/// The same for Ed25519 (RFC 8410).
const EDWARDS: &[u8] = &[
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];
/// Says that an RSA key follows (RFC 3279).
const RSA: &[u8] = &[
    0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
];

/// What a passkey's signatures are checked with.
pub(super) struct Key<'a> {
    algorithm: &'static dyn VerificationAlgorithm,
    key: &'a [u8],
}

impl<'a> Key<'a> {
    /// Reads a `SubjectPublicKeyInfo` (RFC 5280) of one of the three kinds we ask for: ES256,
    /// EdDSA with Ed25519, RS256.
    pub(super) fn read(spki: &'a [u8]) -> Result<Self, Refused> {
        if let Some(point) = spki.strip_prefix(P256).filter(|p| p.len() == 65) {
            return Ok(Self {
                algorithm: &ECDSA_P256_SHA256_ASN1,
                key: point,
            });
        }
        if let Some(key) = spki.strip_prefix(EDWARDS).filter(|k| k.len() == 32) {
            return Ok(Self {
                algorithm: &ED25519,
                key,
            });
        }
        let key = rsa(spki).ok_or(Refused::Unreadable)?;
        Ok(Self {
            algorithm: &RSA_PKCS1_2048_8192_SHA256,
            key,
        })
    }

    /// Checks what was signed: the authenticator's data and the digest of the browser's (7.2).
    pub(super) fn verify(
        &self,
        authenticator_data: &[u8],
        client_data: &[u8],
        signature: &[u8],
    ) -> Result<(), Refused> {
        let signed = [authenticator_data, &secret::hash(client_data)].concat();
        UnparsedPublicKey::new(self.algorithm, self.key)
            .verify(&signed, signature)
            .map_err(|_| Refused::Forged)
    }
}

/// The RSA key within a `SubjectPublicKeyInfo`.
fn rsa(spki: &[u8]) -> Option<&[u8]> {
    let (whole, rest) = element(spki, 0x30)?;
    let (bits, after) = element(whole.strip_prefix(RSA)?, 0x03)?;
    let key = bits.strip_prefix(&[0])?;
    (rest.is_empty() && after.is_empty()).then_some(key)
}

/// The content of a DER element of this kind, and what follows it.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (length, rest) = match der.strip_prefix(&[tag])? {
        [length @ 0..=0x7f, rest @ ..] | [0x81, length @ 0x80..=0xff, rest @ ..] => {
            (usize::from(*length), rest)
        }
        [0x82, high @ 1..=0xff, low, rest @ ..] => {
            (usize::from(u16::from_be_bytes([*high, *low])), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

#[cfg(test)]
mod tests;
