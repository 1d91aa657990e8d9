//! The cookies of this server: their names, how long they last, and what they carry.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cookie::{Cookie, SameSite};
use rooms_app::people::sessions::{BROWSER_KNOWN, Opened, SESSION_LIFE};
use rooms_app::people::sign_in::STEP_LIFE;

use crate::state::Web;

/// The name of the session cookie; `__Host-` binds it to this host over TLS (RFC 6265bis).
pub(super) fn session_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-session"
    } else {
        "session"
    }
}

pub(super) fn visit_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-visit"
    } else {
        "visit"
    }
}

pub(super) fn said_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-said"
    } else {
        "said"
    }
}

/// What a browser is known by after its sessions have ended.
pub(super) fn browser_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-browser"
    } else {
        "browser"
    }
}

/// Whose password was right and whose second factor is awaited.
pub(super) fn step_name(web: &Web) -> &'static str {
    if web.is_https() {
        "__Host-step"
    } else {
        "step"
    }
}

pub(super) fn find<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(known, value)| (known == name && !value.is_empty()).then_some(value))
}

/// A cookie as this server sets all of its own.
pub(super) fn cookie(web: &Web, name: &'static str, value: String) -> Cookie<'static> {
    Cookie::build((name, value))
        .path("/")
        .http_only(true)
        .secure(web.is_https())
        .same_site(SameSite::Lax)
        .build()
}

/// A cookie that is kept so long.
fn kept(web: &Web, name: &'static str, value: String, seconds: i64) -> Cookie<'static> {
    let mut cookie = cookie(web, name, value);
    cookie.set_max_age(cookie::time::Duration::seconds(seconds));
    cookie
}

/// Sets the cookies of a new session on an answer.
pub fn open(web: &Web, opened: Opened, answer: &mut Response) {
    let life = SESSION_LIFE.as_secs();
    set(answer, &kept(web, session_name(web), opened.session, life));
    if let Some(token) = opened.browser {
        let life = BROWSER_KNOWN.as_secs();
        set(answer, &kept(web, browser_name(web), token, life));
    }
    set(answer, &kept(web, step_name(web), String::new(), 0));
}

/// Waits for a second factor in this browser. The cookie outlives the wait, so that the page can
/// say that it was too long.
pub fn await_second(web: &Web, token: String, answer: &mut Response) {
    let life = 6 * STEP_LIFE.as_secs();
    set(answer, &kept(web, step_name(web), token, life));
}

/// Takes the session cookie away, and lets the browser forget pages it keeps to go back to
/// (OWASP ASVS 5.0, 14.3.1).
pub fn close(web: &Web, answer: &mut Response) {
    let mut cookie = cookie(web, session_name(web), String::new());
    cookie.set_max_age(cookie::time::Duration::ZERO);
    set(answer, &cookie);
    let forget = HeaderValue::from_static("\"cache\"");
    let name = HeaderName::from_static("clear-site-data");
    answer.headers_mut().insert(name, forget);
}

/// Lets the next page of this browser say something once; the form itself answers with 303.
pub fn say(web: &Web, words: &str, answer: &mut Response) {
    let mut cookie = cookie(web, said_name(web), URL_SAFE_NO_PAD.encode(words));
    cookie.set_max_age(cookie::time::Duration::minutes(1));
    set(answer, &cookie);
}

pub(super) fn was_said(headers: &HeaderMap, web: &Web) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD
        .decode(find(headers, said_name(web))?)
        .ok()?;
    String::from_utf8(bytes).ok()
}

pub(super) fn set(answer: &mut Response, cookie: &Cookie<'_>) {
    if let Ok(value) = HeaderValue::try_from(cookie.to_string()) {
        answer.headers_mut().append(header::SET_COOKIE, value);
    }
}
