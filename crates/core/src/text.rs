//! Text people type: names, titles, addresses.

use crate::error::FieldErrors;

/// The longest name of a room, site, person or company, in characters.
pub const NAME_MAX: usize = 100;
/// The longest title of a booking; Zoom's topic ends there too.
pub const TITLE_MAX: usize = 200;
/// The longest address SMTP carries (RFC 5321, 4.5.3.1.3).
pub const EMAIL_MAX: usize = 254;

/// One line of text: trimmed, not empty, at most `max` characters, no control characters.
pub fn line(field: &'static str, text: &str, max: usize) -> Result<String, FieldErrors> {
    // Before trimming, which would take a line break at the end for a space.
    if text.chars().any(is_control) {
        return Err(FieldErrors::one(
            field,
            "control_character",
            "Remove the line breaks and other invisible characters.",
        ));
    }
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldErrors::one(field, "required", "Write something here."));
    }
    let length = text.chars().count();
    if length > max {
        return Err(FieldErrors::one(
            field,
            "too_long",
            format!("Shorten it to {max} characters; it has {length}."),
        ));
    }
    Ok(text.to_owned())
}

/// An e-mail address, lower-cased: the same person however the address is typed.
pub fn email(field: &'static str, text: &str) -> Result<String, FieldErrors> {
    let text = line(field, text, EMAIL_MAX)?.to_lowercase();
    let good = text.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty()
            && local.len() <= 64
            && !domain.is_empty()
            && !domain.starts_with(['.', '-'])
            && !domain.ends_with(['.', '-'])
            && !domain.contains("..")
            && domain
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '-')
            && local
                .chars()
                .all(|c| !c.is_whitespace() && !"@<>()[]\\,;:\"".contains(c))
    });
    if good {
        Ok(text)
    } else {
        Err(FieldErrors::one(
            field,
            "not_an_address",
            "Write an e-mail address like name@example.com.",
        ))
    }
}

/// "Firefox on Linux", from what the browser called itself; the more special names come first,
/// since browsers name their ancestors too.
#[must_use]
pub fn browser(user_agent: &str) -> String {
    let named = |names: &[(&str, &'static str)]| {
        let mut names = names.iter();
        let found = names.find(|(mark, _)| user_agent.contains(mark));
        found.map(|(_, name)| *name)
    };
    let browser = named(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = named(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("CrOS", "Chromebook"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) if user_agent.is_empty() => "A browser without a name".to_owned(),
        (None, None) => user_agent.chars().take(40).collect(),
    }
}

/// Control characters, and the invisible marks that reorder or hide text.
fn is_control(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_trimmed_and_bounded() {
        assert_eq!(line("title", "  Stand-up ", 20).unwrap(), "Stand-up");
        assert_eq!(line("title", " ", 20).unwrap_err().0[0].code, "required");
        assert_eq!(line("title", &"é".repeat(20), 20).unwrap(), "é".repeat(20));
        assert_eq!(
            line("title", "é".repeat(21).as_str(), 20).unwrap_err().0[0].code,
            "too_long"
        );
        assert_eq!(
            line("title", "a\u{0}b", 20).unwrap_err().0[0].code,
            "control_character"
        );
        assert_eq!(
            line("title", "a\u{202e}b", 20).unwrap_err().0[0].code,
            "control_character"
        );
    }

    #[test]
    fn an_address_is_lower_cased_and_checked() {
        assert_eq!(
            email("email", "Mara@Halden.Example").unwrap(),
            "mara@halden.example"
        );
        for bad in [
            "",
            "mara",
            "@x",
            "a@",
            "a b@x.y",
            "a@x..y",
            "a@-x.y",
            "<a@x.y>",
            "a@x.y, b@x.y",
        ] {
            assert!(email("email", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_address_breaks_no_rule_of_either_side() {
        for good in [
            "o'brien+rooms@sub-domain.halden.example",
            "jörg@zürich.example",
            "a@b",
            &format!("{}@x.y", "l".repeat(64)),
        ] {
            assert_eq!(email("email", good).as_deref(), Ok(good));
        }
        // Each breaks one rule and no other.
        for bad in [
            "@x.y",
            "a@",
            "a@.x.y",
            "a@-x.y",
            "a@x.y.",
            "a@x.y-",
            "a@x..y",
            "a@x_y",
            "a@x y",
            "a@b@x.y",
            "a b@x.y",
            "a,b@x.y",
            "\"a\"@x.y",
            &format!("{}@x.y", "l".repeat(65)),
        ] {
            let errors = email("email", bad).unwrap_err();
            assert_eq!(errors.0[0].code, "not_an_address", "{bad}");
        }
    }

    #[test]
    fn browsers_are_named_for_people() {
        let firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
        let edge = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                    Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0";
        let safari = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 \
                      (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1";
        assert_eq!(browser(firefox), "Firefox on Linux");
        assert_eq!(browser(edge), "Edge on Windows");
        assert_eq!(browser(safari), "Safari on iPhone");
        assert_eq!(browser("curl/8.1"), "curl/8.1");
        assert_eq!(browser(""), "A browser without a name");
    }
}
