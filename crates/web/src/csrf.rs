//! Against forged requests: a token in every form, bound to the browser.
//!
//! The token is a keyed hash of the visitor's cookie: the session's, or before signing in one that
//! only serves this. It is required even where the browser sends Origin and Sec-Fetch-Site, which
//! are checked too (OWASP ASVS 5.0, 3.5.1).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rooms_app::Sealer;
use subtle::ConstantTimeEq as _;

/// The name of the hidden field.
pub const FIELD: &str = "csrf";

/// The token for forms of whoever holds a cookie.
#[must_use]
pub fn token(sealer: &Sealer, cookie: &str) -> String {
    URL_SAFE_NO_PAD.encode(sealer.mac("csrf", cookie.as_bytes()))
}

/// Whether a form's token is the one for a cookie.
#[must_use]
pub fn holds(sealer: &Sealer, cookie: &str, sent: &str) -> bool {
    bool::from(token(sealer, cookie).as_bytes().ct_eq(sent.as_bytes()))
}
