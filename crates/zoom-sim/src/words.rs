//! What people write in forms and files: text, and numbers that may be written as text.

use serde::{Deserialize, Deserializer};

/// Reads a text, a number, or yes and no, as the text that a form would have sent.
pub(crate) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Switch(bool),
        Whole(i64),
        Number(f64),
    }
    Ok(match Written::deserialize(from)? {
        Written::Text(text) => text,
        Written::Switch(true) => "yes".into(),
        Written::Switch(false) => "no".into(),
        Written::Whole(number) => number.to_string(),
        Written::Number(number) => number.to_string(),
    })
}

/// A text that says something.
pub(crate) fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A number, if one is said; the text for the reason why it is none.
pub(crate) fn number<N: std::str::FromStr>(what: &str, text: &str) -> Result<Option<N>, String> {
    said(text)
        .map(|text| {
            text.parse()
                .map_err(|_| format!("{what} is a number, not {text:?}"))
        })
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_a_wish_for_nothing() {
        assert_eq!(said("  "), None);
        assert_eq!(said(" x ").as_deref(), Some("x"));
        assert_eq!(number::<u16>("a status", ""), Ok(None));
        assert_eq!(number("a status", " 418 "), Ok(Some(418_u16)));
        let wrong = number::<u16>("a status", "teapot").unwrap_err();
        assert_eq!(wrong, "a status is a number, not \"teapot\"");
    }
}
