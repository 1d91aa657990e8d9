//! Fed: up to eight requests to the pages, as [`crate::script`] reads them, from an admin, from
//! somebody who books, or from nobody. A form that says no token has the right one; one that says
//! `csrf=` has that.
//!
//! Holds: no answer is a 5xx. It is a page, a redirect to a place of this server or to Zoom's
//! consent page, or one of the few files. A form with a wrong token changes nothing: it is refused
//! or leads to signing in. And markup that was typed, now or in an earlier input, comes back on no
//! page as it was.

use axum::body::Body;
use axum::http::{HeaderValue, Method, Request, StatusCode, header};
use rooms_web::csrf;

use crate::script::{self, Asked};
use crate::stage::{self, Answer, Stage};

/// What must not come back as it is: in the text of a page, and in its attributes.
const MARKUP: [&str; 3] = ["<q1w2e3", "x\"q1w2e3", "x'q1w2e3"];
/// What the pages answer with beside HTML: downloads, calendar files, words of passkeys, and news.
const OTHER_KINDS: [&str; 6] = [
    "application/json",
    "text/calendar",
    "text/csv",
    "text/event-stream",
    "text/plain",
    "application/zip",
];
/// The cookie of a browser without a session.
const VISIT: &str = "a-browser";

/// Feeds one input.
pub fn feed(data: &[u8]) {
    stage::on(async |stage| {
        for block in script::blocks(data) {
            let Some(mut asked) = stage.read(block).await else {
                continue;
            };
            // The API and the webhooks have a target each.
            if asked.path.starts_with("/api") || asked.path.starts_with("/webhooks") {
                continue;
            }
            let genuine = sign(stage, &mut asked);
            let Some(request) = request(stage, &asked) else {
                continue;
            };
            let method = request.method().clone();
            let answer = stage.ask(request).await;
            holds(stage, &method, &answer);
            if method == Method::POST && !genuine {
                refused(&answer);
            }
            stage.remember(&answer);
        }
    });
}

/// Gives a form its token where it says none; whether it has the right one then.
fn sign(stage: &Stage, asked: &mut Asked) -> bool {
    let token = match stage.person(&asked.who) {
        Some(person) => person.csrf(stage),
        None => csrf::token(stage.app.app.sealer(), VISIT),
    };
    if asked.raw.is_none() && !asked.fields.iter().any(|(name, _)| name == csrf::FIELD) {
        let field = (csrf::FIELD.to_owned(), token.clone());
        asked.fields.insert(0, field);
    }
    let form = asked.as_form();
    let mut sent = url::form_urlencoded::parse(&form);
    sent.find(|(name, _)| name == csrf::FIELD)
        .is_some_and(|(_, sent)| sent == token)
}

fn request(stage: &Stage, asked: &Asked) -> Option<Request<Body>> {
    let form = match asked.method {
        Method::GET => Vec::new(),
        _ => asked.as_form(),
    };
    let mut request = asked.request("application/x-www-form-urlencoded", form)?;
    let person = stage.person(&asked.who);
    let cookie = person.map_or(format!("visit={VISIT}"), stage::Person::cookie);
    let cookie = HeaderValue::try_from(cookie).expect("a cookie");
    request.headers_mut().insert(header::COOKIE, cookie);
    Some(request)
}

/// Nothing was done for a form with a wrong token.
fn refused(answer: &Answer) {
    let place = answer.header(header::LOCATION);
    let signs_in = answer.status == StatusCode::SEE_OTHER && place.starts_with("/sign-in");
    assert!(
        answer.status.is_client_error() || signs_in,
        "{} {place}",
        answer.status
    );
}

fn holds(stage: &Stage, method: &Method, answer: &Answer) {
    let (status, kind) = (answer.status, answer.header(header::CONTENT_TYPE));
    let page = String::from_utf8_lossy(&answer.body);
    assert!(!status.is_server_error(), "{status}: {page}");
    if status.is_redirection() && status != StatusCode::NOT_MODIFIED {
        leads_here_or_to_zoom(stage, answer.header(header::LOCATION));
    } else if kind.starts_with("text/html") {
        unmarked(&page);
        assert!(method == Method::HEAD || page.contains("</html>"), "{page}");
    } else if status.is_success() && !answer.body.is_empty() {
        let is_file = kind.starts_with("image/") || kind.starts_with("text/");
        let known = OTHER_KINDS.iter().any(|known| kind.starts_with(known));
        assert!(is_file || known || is_asset(kind), "{status} {kind:?}");
    }
}

fn is_asset(kind: &str) -> bool {
    ["application/manifest+json", "font/woff2"].contains(&kind)
}

/// Nothing that was typed is markup.
pub fn unmarked(page: &str) {
    for mark in MARKUP {
        assert!(!page.contains(mark), "{mark} is on a page: {page}");
    }
}

/// Redirects lead nowhere else.
pub fn leads_here_or_to_zoom(stage: &Stage, place: &str) {
    let consent = format!("{}oauth/authorize?", stage.app.zoom_url());
    let bytes = place.as_bytes();
    let here = bytes.first() == Some(&b'/')
        && !matches!(bytes.get(1), Some(b'/' | b'\\'))
        && !place.contains('\\');
    assert!(here || place.starts_with(&consent), "leads to {place:?}");
}
