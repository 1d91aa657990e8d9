//! Ids, tokens and secrets, all from a seed and a counter: the same seed gives the same story.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A seeded source of ids; its counter is kept with the data so that no id comes twice.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Source {
    seed: u64,
    serial: u64,
}

impl Source {
    pub(crate) fn new(seed: u64) -> Self {
        Self { seed, serial: 0 }
    }

    fn block(&mut self) -> [u8; 32] {
        self.serial += 1;
        let mut hash = Sha256::new();
        hash.update(b"zoom-sim");
        hash.update(self.seed.to_be_bytes());
        hash.update(self.serial.to_be_bytes());
        hash.finalize().into()
    }

    fn number(&mut self) -> u64 {
        self.block()
            .iter()
            .take(8)
            .fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
    }

    /// 22 characters of base64url: user ids, authorization codes and the like.
    pub(crate) fn short(&mut self) -> String {
        let mut text = URL_SAFE_NO_PAD.encode(self.block());
        text.truncate(22);
        text
    }

    /// 43 characters of base64url.
    pub(crate) fn long(&mut self) -> String {
        URL_SAFE_NO_PAD.encode(self.block())
    }

    /// 64 hexadecimal digits.
    pub(crate) fn hex(&mut self) -> String {
        hex(&self.block())
    }

    /// 16 bytes as padded base64 with `/` and `+`, as a meeting instance has it.
    pub(crate) fn meeting_uuid(&mut self) -> String {
        let block = self.block();
        STANDARD.encode(block.get(..16).unwrap_or(&block))
    }

    /// Eleven digits, beginning with an eight.
    pub(crate) fn meeting_id(&mut self) -> i64 {
        80_000_000_000 + i64::try_from(self.number() % 9_999_999_999).unwrap_or_default()
    }

    /// Six characters that a person can type.
    pub(crate) fn passcode(&mut self) -> String {
        const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyzABCDEFGHJKMNPQRSTUVWXYZ23456789";
        let block = self.block();
        let pick = |byte: &u8| LETTERS.get(usize::from(*byte) % LETTERS.len()).copied();
        block
            .iter()
            .take(6)
            .filter_map(pick)
            .map(char::from)
            .collect()
    }

    /// What the header `x-zm-trackingid` looks like.
    pub(crate) fn tracking_id(&mut self) -> String {
        let mut id = hex(&self.block()).to_uppercase();
        id.truncate(32);
        format!("v=2.0;clid=sim;rid=WEB_{}", id.to_lowercase())
    }

    /// A token of the length and the three parts that Zoom's have; nobody can check its signature.
    pub(crate) fn token(
        &mut self,
        client_id: &str,
        user_id: &str,
        issued: Timestamp,
        life_seconds: i64,
    ) -> String {
        let head = json!({"sv": "000001", "alg": "HS512", "v": "2.0", "kid": self.short()});
        let body = json!({
            "ver": 10,
            "auid": self.hex(),
            "code": self.short(),
            "iss": format!("zm:cid:{client_id}"),
            "gno": 0,
            "type": u8::from(life_seconds > 86_400),
            "tid": 0,
            "aud": "https://oauth.zoom.us",
            "uid": user_id,
            "nbf": issued.as_second(),
            "exp": issued.as_second() + life_seconds,
            "iat": issued.as_second(),
            "aid": self.short(),
        });
        let mut signature = self.block().to_vec();
        signature.extend_from_slice(&self.block());
        format!(
            "{}.{}.{}",
            URL_SAFE_NO_PAD.encode(head.to_string()),
            URL_SAFE_NO_PAD.encode(body.to_string()),
            URL_SAFE_NO_PAD.encode(signature)
        )
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digit = |value: u8| DIGITS.get(usize::from(value)).copied().unwrap_or('0');
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_tells_the_same_story() {
        let (mut one, mut two, mut other) = (Source::new(7), Source::new(7), Source::new(8));
        assert_eq!(one.short(), two.short());
        assert_eq!(one.meeting_id(), two.meeting_id());
        assert_ne!(one.long(), other.long());
        assert_ne!(one.long(), one.long());
    }

    #[test]
    fn shapes_are_those_on_the_wire() {
        let mut source = Source::new(1);
        assert_eq!(source.meeting_id().to_string().len(), 11);
        assert_eq!(source.passcode().len(), 6);
        assert!(source.meeting_uuid().ends_with("=="));
        assert_eq!(hex(&[0, 255, 16]), "00ff10");
        let token = source.token("client", "user", Timestamp::UNIX_EPOCH, 3600);
        assert_eq!(token.split('.').count(), 3);
        assert!(token.len() > 300);
    }
}
