//! Which passwords may be chosen (NIST SP 800-63B-4, 3.1.1; OWASP ASVS 5.0, 6.2).
//!
//! Nothing is asked of their composition. What is refused is what others guess first: what many
//! people chose before, and the names of the person, the company and the product.

use sha2::{Digest, Sha256};

use crate::error::FieldErrors;

/// The shortest password (ASVS 6.2.1; longer is advised on the page).
pub const SHORTEST: usize = 8;
/// The longest password, so that hashing stays bounded.
pub const LONGEST: usize = 256;

/// What passwords of many people begin as, each by the beginning of its SHA-256, sorted; made by
/// the script beside it.
static REFUSED: &[u8] = include_bytes!("../passwords/refused.bin");
const PREFIX: usize = 6;

/// What the product is called.
const PRODUCT: &str = "OneClickRooms";
/// Shorter words stand in too many others by accident.
const SHORTEST_WORD: usize = 3;

/// Whose password it will be: what others know of them is no secret.
#[derive(Debug, Clone, Copy)]
pub struct Whose<'a> {
    /// Their address.
    pub email: &'a str,
    /// Their name.
    pub name: &'a str,
    /// Their company's name.
    pub company: &'a str,
}

/// Checks a new password of somebody.
pub fn check(field: &'static str, password: &str, whose: &Whose<'_>) -> Result<(), FieldErrors> {
    let length = password.chars().count();
    if length < SHORTEST {
        let words = format!("Use {SHORTEST} characters or more; a sentence is easy to remember.");
        return Err(FieldErrors::one(field, "too_short", words));
    }
    if length > LONGEST {
        let words = format!("Use at most {LONGEST} characters.");
        return Err(FieldErrors::one(field, "too_long", words));
    }
    if is_common(password) {
        return Err(FieldErrors::one(
            field,
            "common",
            "Others chose this password before, and lists of those are what is tried first. Choose \
             another.",
        ));
    }
    if is_made_of_names(password, whose) {
        return Err(FieldErrors::one(
            field,
            "names",
            "Your name, your address, your company and ours are guessed first. Choose something \
             without them.",
        ));
    }
    Ok(())
}

/// Whether many people chose this before.
fn is_common(password: &str) -> bool {
    let digest = Sha256::digest(password.to_lowercase().as_bytes());
    let Some(wanted) = digest.first_chunk::<PREFIX>() else {
        return false;
    };
    let (refused, _) = REFUSED.as_chunks::<PREFIX>();
    refused.binary_search(wanted).is_ok()
}

/// Whether a password leans on what others know of its person: without that, it would not do.
fn is_made_of_names(password: &str, whose: &Whose<'_>) -> bool {
    let bare: String = password
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .collect();
    let rest = known_words(whose)
        .iter()
        .fold(bare.clone(), |rest, word| rest.replace(word.as_str(), ""));
    rest != bare && (rest.chars().count() < SHORTEST || is_common(&rest))
}

/// What others know of a person, the longest first, so that a whole name goes before its parts.
fn known_words(whose: &Whose<'_>) -> Vec<String> {
    let (local, domain) = whose.email.split_once('@').unwrap_or((whose.email, ""));
    // What comes after the last dot belongs to everybody.
    let domain = domain.rsplit_once('.').map_or("", |(domain, _)| domain);
    let mut words = Vec::new();
    for text in [local, domain, whose.name, whose.company, PRODUCT] {
        let text = text.to_lowercase();
        let parts = text.split(|c: char| !c.is_alphanumeric());
        words.push(parts.clone().collect());
        words.extend(parts.map(str::to_owned));
    }
    words.retain(|word: &String| word.chars().count() >= SHORTEST_WORD);
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARA: Whose<'_> = Whose {
        email: "mara.keller@halden-optics.example",
        name: "Mara Keller",
        company: "Halden Optics",
    };

    fn code(password: &str) -> &'static str {
        match check("password", password, &MARA) {
            Ok(()) => "fine",
            Err(errors) => errors.0.first().map_or("nothing", |error| error.code),
        }
    }

    #[test]
    fn the_list_is_sorted_and_long_enough() {
        let (refused, rest) = REFUSED.as_chunks::<PREFIX>();
        assert!(
            rest.is_empty() && refused.len() > 3_000,
            "{}",
            refused.len()
        );
        assert!(refused.is_sorted());
    }

    #[test]
    fn what_many_chose_is_refused_however_it_is_written() {
        for common in [
            "password",
            "Password1",
            "12345678",
            "QWERTYUIOP",
            "iloveyou",
            "1q2w3e4r5t",
        ] {
            assert_eq!(code(common), "common", "{common}");
        }
    }

    #[test]
    fn names_alone_are_refused() {
        for named in [
            "mara.keller",
            "Mara-Keller-2026",
            "haldenoptics",
            "Halden!Optics!1",
            "OneClickRooms2026",
            "one click rooms",
            "kellerpassword",
            "mara@halden-optics.example",
        ] {
            assert_eq!(code(named), "names", "{named}");
        }
    }

    #[test]
    fn sentences_and_chance_are_fine() {
        for good in [
            "mara likes three unrelated words",
            "correct horse battery staple",
            "Jb7-qq2x_Vt",
            "a long enough password",
            "keller und der blaue Zug",
            "ein Satz mit Umlauten: äöü",
            "密码很长所以没有问题吧",
            "😀😀😀😀😀😀😀😀",
        ] {
            assert_eq!(code(good), "fine", "{good}");
        }
    }

    #[test]
    fn only_length_is_asked_for() {
        assert_eq!(code("1234567"), "too_short");
        assert_eq!(code(&"ab ".repeat(100)), "too_long");
        assert_eq!(code(&"ab ".repeat(85)), "fine");
    }

    #[test]
    fn the_shortest_and_the_longest_are_allowed_themselves() {
        assert_eq!(code("Jb7-qq2x"), "fine");
        assert_eq!(code(&"ö".repeat(LONGEST)), "fine");
        assert_eq!(code(&"ö".repeat(LONGEST + 1)), "too_long");
    }

    #[test]
    fn what_is_left_without_names_has_to_be_long_enough() {
        assert_eq!(code("mara-jb7qq2xv"), "fine");
        assert_eq!(code("mara-jb7qq2x"), "names");
    }

    #[test]
    fn an_address_without_words_takes_nothing_away() {
        let whose = Whose {
            email: "x@y.z",
            name: "Al",
            company: "",
        };
        assert!(check("password", "a long enough password", &whose).is_ok());
    }
}
