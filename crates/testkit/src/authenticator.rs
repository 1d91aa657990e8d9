//! An authenticator in software, and the browser around it: makes passkeys and signs with them as
//! a device does (WebAuthn Level 3, 6), or not quite as it should, where a test wants that.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _};
use serde_json::{Value, json};

/// The beginnings of keys as `SubjectPublicKeyInfo`; the key follows.
const P256: &str = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
const ED25519: [u8; 12] = [
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
];

enum Pair {
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

/// One passkey in one device, and where its browser is.
pub struct Authenticator {
    pair: Pair,
    /// What it calls its passkey.
    pub credential: Vec<u8>,
    /// Whose passkey it says it is.
    pub user: Vec<u8>,
    /// How often it has signed; it counts on by itself. 0 stays 0: it does not count.
    pub count: u32,
    /// The site it believes to be at.
    pub rp_id: String,
    /// What its browser says it is at.
    pub origin: String,
    /// Whether somebody touched it (1), was verified (4), and the rest of the flags.
    pub flags: u8,
}

/// A form's fields.
pub type Filled = Vec<(&'static str, String)>;

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

#[expect(
    clippy::expect_used,
    reason = "a test whose stage does not stand has failed"
)]
impl Authenticator {
    /// A device at a site, which signs with P-256 as most do.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn at(origin: &str, rp_id: &str) -> Self {
        let random = SystemRandom::new();
        let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).expect("a pair");
        let credential = digest(&SHA256, pair.public_key().as_ref());
        Self {
            credential: credential.as_ref().to_vec(),
            pair: Pair::P256(pair),
            user: Vec::new(),
            count: 1,
            rp_id: rp_id.to_owned(),
            origin: origin.to_owned(),
            flags: 0x05,
        }
    }

    /// The same device, signing with Ed25519.
    ///
    /// # Panics
    /// When there is no randomness.
    #[must_use]
    pub fn edwards(mut self) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        let pair = Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a pair");
        self.pair = Pair::Ed25519(pair);
        self
    }

    fn client_data(&self, kind: &str, challenge: &str) -> Vec<u8> {
        let said = json!({
            "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false,
        });
        said.to_string().into_bytes()
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let rp_hash = digest(&SHA256, self.rp_id.as_bytes());
        [rp_hash.as_ref(), &[flags], &self.count.to_be_bytes()].concat()
    }

    fn public_key(&self) -> Vec<u8> {
        match &self.pair {
            Pair::P256(pair) => {
                // What is encoded ends with the first byte of the point.
                let mut spki = URL_SAFE_NO_PAD.decode(P256).expect("base64");
                spki.extend_from_slice(pair.public_key().as_ref().get(1..).expect("a point"));
                spki
            }
            Pair::Ed25519(pair) => [&ED25519[..], pair.public_key().as_ref()].concat(),
        }
    }

    /// Makes its passkey for what the server asks, as the form carries it.
    ///
    /// # Panics
    /// When what is asked cannot be read.
    pub fn make(&mut self, asked: &Value) -> Filled {
        let word = |name: &str| asked.get(name).and_then(Value::as_str).unwrap_or_default();
        self.user = URL_SAFE_NO_PAD.decode(word("user")).expect("base64url");
        let length = u16::try_from(self.credential.len()).expect("a short name");
        let mut data = self.data(self.flags | 0x40);
        data.extend_from_slice(&[0; 16]);
        data.extend_from_slice(&length.to_be_bytes());
        data.extend_from_slice(&self.credential);
        let client_data = self.client_data("webauthn.create", word("challenge"));
        vec![
            ("client_data", text(&client_data)),
            ("authenticator_data", text(&data)),
            ("public_key", text(&self.public_key())),
        ]
    }

    /// Signs what the server asks, as the form carries it.
    ///
    /// # Panics
    /// When there is no randomness.
    pub fn sign(&mut self, asked: &Value) -> Filled {
        let challenge = asked.get("challenge").and_then(Value::as_str);
        let client_data = self.client_data("webauthn.get", challenge.unwrap_or_default());
        if self.count > 0 {
            self.count += 1;
        }
        let data = self.data(self.flags);
        let hash = digest(&SHA256, &client_data);
        let signed = [&data[..], hash.as_ref()].concat();
        let signature = match &self.pair {
            Pair::P256(pair) => pair
                .sign(&SystemRandom::new(), &signed)
                .expect("a signature")
                .as_ref()
                .to_vec(),
            Pair::Ed25519(pair) => pair.sign(&signed).as_ref().to_vec(),
        };
        vec![
            ("credential", text(&self.credential)),
            ("client_data", text(&client_data)),
            ("authenticator_data", text(&data)),
            ("signature", text(&signature)),
            ("user_handle", text(&self.user)),
        ]
    }
}

/// The code an app shows for a secret at an instant (RFC 6238).
///
/// # Panics
/// When the secret is not base32.
#[must_use]
#[expect(clippy::expect_used, reason = "a test with such a secret has failed")]
pub fn code_of(secret: &str, second: i64) -> String {
    let (mut bits, mut held, mut key) = (0_u64, 0, Vec::new());
    for letter in secret.bytes() {
        let value = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
            .iter()
            .position(|l| *l == letter);
        bits = (bits << 5) | u64::try_from(value.expect("base32")).expect("small");
        held += 5;
        if held >= 8 {
            held -= 8;
            key.push(u8::try_from((bits >> held) & 0xff).expect("a byte"));
            bits &= (1 << held) - 1;
        }
    }
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = ring::hmac::sign(&key, &second.div_euclid(30).to_be_bytes());
    let tag = tag.as_ref();
    let from = usize::from(tag.last().expect("a tag") & 0xf);
    let four: [u8; 4] = tag
        .get(from..from + 4)
        .and_then(|four| four.try_into().ok())
        .expect("four bytes");
    format!(
        "{:06}",
        (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000
    )
}
