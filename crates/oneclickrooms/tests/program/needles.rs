//! Looking for a secret in bytes, however it may have been written.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// A secret of ASCII characters, in all its forms.
pub(crate) struct Needle {
    name: String,
    forms: Vec<(&'static str, String)>,
}

impl Needle {
    pub(crate) fn new(name: &str, value: &str) -> Self {
        assert!(value.is_ascii() && value.len() > 5, "{name}: {value:?}");
        let hex: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
        let mut forms = vec![
            ("in clear", value.to_owned()),
            ("in hex", hex.to_uppercase()),
            ("in hex", hex),
        ];
        // In Base64 it looks otherwise after one or two other bytes, and at its own ends.
        for before in 0..3 {
            let text = [&vec![0; before][..], value.as_bytes()].concat();
            for encoded in [STANDARD_NO_PAD.encode(&text), URL_SAFE_NO_PAD.encode(&text)] {
                let from = (before * 4).div_ceil(3);
                let to = text.len() * 4 / 3;
                forms.push(("in Base64", encoded[from..to].to_owned()));
            }
        }
        // What is too short would be found by chance.
        forms.retain(|(_, form)| form.len() > 5);
        Self {
            name: name.to_owned(),
            forms,
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// Which of the secrets are somewhere in these bytes, and how.
pub(crate) fn found<'a>(
    secrets: impl IntoIterator<Item = &'a Needle>,
    bytes: &[u8],
) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut found = Vec::new();
    for secret in secrets {
        for (form, written) in &secret.forms {
            if let Some(at) = text.find(written.as_str()) {
                let before: String = text[..at].chars().rev().take(60).collect();
                let before: String = before.chars().rev().collect();
                found.push(format!("{} {form} after …{before}", secret.name));
            }
        }
    }
    found
}

#[test]
fn a_secret_is_found_in_every_form_and_at_every_place_and_another_is_not() {
    use base64::engine::general_purpose::{STANDARD, URL_SAFE};

    const SECRET: &str = "Canary~Secret?>9";
    let secrets = [Needle::new("it", SECRET)];
    let hex: String = SECRET.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut texts = vec![
        format!("a log line with {SECRET} in it"),
        format!("x{}x", hex.to_uppercase()),
        hex,
    ];
    for before in ["", "a", "ab", "abc", "{\"token\":\""] {
        for after in ["", "z", "zz\"}"] {
            let whole = format!("{before}{SECRET}{after}");
            texts.push(STANDARD.encode(&whole));
            texts.push(URL_SAFE.encode(&whole));
        }
    }
    for text in texts {
        assert!(!found(&secrets, text.as_bytes()).is_empty(), "{text}");
    }
    let other = "Canary~Secret?!9";
    for text in [other.to_owned(), STANDARD.encode(other), String::new()] {
        assert_eq!(found(&secrets, text.as_bytes()), Vec::<String>::new());
    }
}
