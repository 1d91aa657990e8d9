//! Against forged requests: a token in every form, bound to the browser.
//!
//! The token is a keyed hash of the visitor's cookie: the session's, or before signing in one that
//! only serves this. It is required even where the browser sends Origin and Sec-Fetch-Site, which
//! are checked too (OWASP ASVS 5.0, 3.5.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rooms_app::Sealer;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";
/// What the keyed hashes are for.
const PURPOSE: &str = "csrf";

/// The token for forms of whoever holds a cookie.
#[must_use]
pub fn token(sealer: &Sealer, cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(sealer.mac(PURPOSE, cookie.as_bytes()))
}

/// Whether a form's token is the one for a cookie.
#[must_use]
pub fn holds(sealer: &Sealer, cookie: &str, sent: &str) -> bool {
    let mac = URL_SAFE_NO_PAD.decode(sent).unwrap_or_default();
    sealer.verifies(PURPOSE, cookie.as_bytes(), &mac)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rooms_app::{MasterKey, MasterKeys};
    use rooms_core::Entropy;

    use super::*;

    #[test]
    fn a_form_holds_for_its_cookie_and_over_a_change_of_the_master_key() {
        let key = |byte| MasterKey::from_bytes([byte; 32]);
        let ring = |sealing, other| {
            let (sealing, other) = (key(sealing), Some(key(other)));
            Sealer::new(MasterKeys { sealing, other }, Arc::new(Entropy::seeded(1)))
        };
        let form = token(&ring(1, 2), "cookie");
        assert!(holds(&ring(1, 2), "cookie", &form));
        assert!(holds(&ring(2, 1), "cookie", &form));
        assert!(!holds(&ring(2, 1), "another", &form));
        assert!(!holds(&ring(2, 3), "cookie", &form));
        assert!(!holds(&ring(1, 2), "cookie", ""));
        assert!(!holds(&ring(1, 2), "cookie", "no base64!"));
    }
}
