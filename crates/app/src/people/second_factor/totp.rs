//! Codes for the time (RFC 6238): HMAC-SHA-1 over the number of the half minute, six digits. It is
//! what every app for codes understands; the hash's known weakness does not touch HMAC.

use jiff::Timestamp;
use ring::hmac;
use rooms_core::Entropy;
use subtle::ConstantTimeEq as _;

/// How long a code is shown, in seconds.
const STEP_SECONDS: i64 = 30;
/// How many digits a code has.
const DIGITS: usize = 6;
/// As many bytes as HMAC-SHA-1 wants for a key (RFC 4226, 4).
const SECRET: usize = 20;
/// RFC 4648, 6.
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Bytes in base32, without padding.
pub(super) fn base32(bytes: &[u8]) -> String {
    let mut text = String::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in bytes {
        bits = (bits << 8) | u32::from(*byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            text.push(letter(bits >> held));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        text.push(letter(bits << (5 - held)));
    }
    text
}

fn letter(bits: u32) -> char {
    let place = usize::try_from(bits & 31).unwrap_or_default();
    BASE32.get(place).map_or('A', |byte| char::from(*byte))
}

fn unbase32(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.bytes() {
        let value = BASE32.iter().position(|letter| *letter == byte)?;
        bits = (bits << 5) | u32::try_from(value).ok()?;
        held += 5;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    Some(bytes)
}

/// A new secret, in base32.
pub(super) fn secret(entropy: &Entropy) -> String {
    base32(&entropy.bytes::<SECRET>())
}

/// The code of a step.
fn code(key: &hmac::Key, step: i64) -> Option<String> {
    let tag = hmac::sign(key, &step.to_be_bytes());
    // RFC 4226, 5.3: the last four bits say where to read.
    let from = usize::from(tag.as_ref().last()? & 0xf);
    let four: [u8; 4] = tag.as_ref().get(from..from + 4)?.try_into().ok()?;
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000;
    Some(format!("{number:0DIGITS$}"))
}

/// The step whose code this is: now's, or one beside it for clocks that differ. Spaces count as
/// nothing.
pub(super) fn step_of(secret: &str, typed: &str, now: Timestamp) -> Option<i64> {
    let typed: String = typed.chars().filter(|c| !c.is_whitespace()).collect();
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &unbase32(secret)?);
    let present = now.as_second().div_euclid(STEP_SECONDS);
    let mut found = None;
    for step in [present - 1, present, present + 1] {
        let code = code(&key, step)?;
        if bool::from(code.as_bytes().ct_eq(typed.as_bytes())) {
            found = Some(step);
        }
    }
    found
}

/// What an app for codes reads from the picture.
pub(super) fn address(secret: &str, issuer: &str, account: &str) -> String {
    let encode = |text: &str| {
        let encoded = url::form_urlencoded::byte_serialize(text.as_bytes());
        encoded.collect::<String>().replace('+', "%20")
    };
    let (issuer, account) = (encode(issuer), encode(account));
    format!("otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of the examples of RFC 6238, appendix B.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn the_codes_are_those_of_the_rfc() {
        assert_eq!(base32(b"12345678901234567890"), RFC);
        assert_eq!(unbase32(RFC).unwrap(), b"12345678901234567890");
        for (second, digits) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(
                step_of(RFC, digits, at(second)),
                Some(second / 30),
                "{second}"
            );
        }
    }

    #[test]
    fn a_code_counts_a_step_early_and_a_step_late() {
        for second in [0, 29, 30, 59, 60, 89] {
            assert_eq!(step_of(RFC, "287 082", at(second)), Some(1), "{second}");
        }
        assert_eq!(step_of(RFC, "287082", at(-1)), None);
        assert_eq!(step_of(RFC, "287082", at(90)), None);
        for wrong in ["287083", "", "28708", "2870822", "٢٨٧٠٨٢"] {
            assert_eq!(step_of(RFC, wrong, at(59)), None, "{wrong}");
        }
    }

    #[test]
    fn base32_goes_both_ways() {
        for length in 0..40_u8 {
            let bytes: Vec<u8> = (0..length).map(|n| n.wrapping_mul(37)).collect();
            assert_eq!(unbase32(&base32(&bytes)).unwrap(), bytes);
        }
        assert_eq!(unbase32("abc"), None);
    }

    #[test]
    fn an_address_names_whose_it_is() {
        let address = address("ABC", "Rooms & Co", "mara@halden.example");
        let wanted = "otpauth://totp/Rooms%20%26%20Co:mara%40halden.example?secret=ABC&issuer=Rooms%20%26%20Co";
        assert_eq!(address, wanted);
    }
}
