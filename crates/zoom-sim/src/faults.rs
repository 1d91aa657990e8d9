//! Bad days on order: what goes wrong, on which call, how many times.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::limits::Reached;
use crate::rules::RetryAfter;

/// A kind of call that a client makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// `POST /v2/users/me/meetings`.
    Create,
    /// `GET /v2/meetings/{id}`.
    Get,
    /// `GET /v2/users/me/meetings`.
    List,
    /// `PATCH /v2/meetings/{id}`.
    Update,
    /// `DELETE /v2/meetings/{id}`.
    Delete,
    /// `POST /oauth/token`, for a code as well as for a refresh.
    Token,
    /// `POST /oauth/token` for a refresh alone.
    Refresh,
    /// `POST /oauth/revoke`.
    Revoke,
    /// `GET /v2/users/me`.
    Me,
    /// Each of them; the pages for people are never struck.
    Any,
}

impl Operation {
    /// Names as the console page writes them.
    pub(crate) const ALL: [(&'static str, Self); 10] = [
        ("create", Self::Create),
        ("get", Self::Get),
        ("list", Self::List),
        ("update", Self::Update),
        ("delete", Self::Delete),
        ("token", Self::Token),
        ("refresh", Self::Refresh),
        ("revoke", Self::Revoke),
        ("me", Self::Me),
        ("any", Self::Any),
    ];

    /// Which call a request is; `body` tells a refresh from a first exchange.
    pub(crate) fn of(method: &str, path: &str, body: &[u8]) -> Option<Self> {
        match (method, path) {
            ("POST", "/oauth/token") => {
                let refresh = url::form_urlencoded::parse(body)
                    .any(|(name, value)| name == "grant_type" && value == "refresh_token");
                Some(if refresh { Self::Refresh } else { Self::Token })
            }
            ("POST", "/oauth/revoke") => Some(Self::Revoke),
            _ => {
                let rest = path.strip_prefix("/v2/")?;
                let parts: Vec<&str> = rest.split('/').collect();
                match (method, parts.as_slice()) {
                    ("GET", ["users", _]) => Some(Self::Me),
                    ("POST", ["users", _, "meetings"]) => Some(Self::Create),
                    ("GET", ["users", _, "meetings"]) => Some(Self::List),
                    ("GET", ["meetings", _]) => Some(Self::Get),
                    ("PATCH", ["meetings", _]) => Some(Self::Update),
                    ("DELETE", ["meetings", _]) => Some(Self::Delete),
                    _ => None,
                }
            }
        }
    }

    fn covers(self, call: Self) -> bool {
        self == call || self == Self::Any || (self == Self::Token && call == Self::Refresh)
    }
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The connection ends before anything is done.
    DropBefore,
    /// The call is carried out, then the connection ends without an answer.
    DropAfter,
    /// No answer ever; nothing is done.
    HangBefore,
    /// The call is carried out, then no answer ever.
    HangAfter,
    /// The right answer, but this much later.
    Slow(Duration),
    /// Another answer in JSON; nothing is done.
    Status(u16, Value),
    /// A gateway's HTML page; nothing is done.
    Html(u16),
    /// The call is carried out, but a gateway's HTML page comes back.
    HtmlAfter(u16),
    /// 429 for the rate per second.
    RateLimitedPerSecond,
    /// 429 for the account's daily limit, with an ISO 8601 `Retry-After`.
    DailyLimitAccount,
    /// 429 for the user's 100 meeting requests a day, without `Retry-After`.
    DailyLimitUser,
    /// 429 for calls about the same user at the same time.
    TooManyConcurrent,
}

/// Something that goes wrong on a kind of call.
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    /// Which calls it strikes.
    pub on: Operation,
    /// How many of them; `None` until cleared.
    pub times: Option<u32>,
    /// What happens to them.
    pub what: Trouble,
}

impl Fault {
    /// Strikes the next such call.
    #[must_use]
    pub fn once(on: Operation, what: Trouble) -> Self {
        Self {
            on,
            times: Some(1),
            what,
        }
    }

    /// Strikes every such call until cleared.
    #[must_use]
    pub fn always(on: Operation, what: Trouble) -> Self {
        Self {
            on,
            times: None,
            what,
        }
    }
}

/// The faults in force, first come first served.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    list: Mutex<Vec<Fault>>,
    cleared: Arc<Notify>,
}

impl Faults {
    fn lock(&self) -> MutexGuard<'_, Vec<Fault>> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn add(&self, fault: Fault) {
        self.lock().push(fault);
    }

    pub(crate) fn clear(&self) {
        self.lock().clear();
        self.cleared.notify_waiters();
    }

    pub(crate) fn all(&self) -> Vec<Fault> {
        self.lock().clone()
    }

    /// The trouble that strikes this call, if any; counts it.
    pub(crate) fn strike(&self, call: Operation) -> Option<Trouble> {
        let mut list = self.lock();
        let place = list.iter().position(|fault| fault.on.covers(call))?;
        let fault = list.get_mut(place)?;
        let what = fault.what.clone();
        if let Some(times) = &mut fault.times {
            *times = times.saturating_sub(1);
            if *times == 0 {
                list.remove(place);
            }
        }
        Some(what)
    }

    /// Ends when the faults are cleared; a hanging call is let go then.
    pub(crate) async fn cleared(&self) {
        self.cleared.notified().await;
    }
}

impl Trouble {
    /// The answer that takes the place of the right one; `None` for troubles of another kind.
    pub(crate) fn answer(&self, now: Timestamp, form: RetryAfter) -> Option<Response> {
        const MEETINGS: &str = "You have exceeded the daily rate limit (100) of Meeting \
            Create/Update API requests permitted for this particular user. You may resume these \
            requests at GMT 00:00:00.";
        match self {
            Self::Status(status, body) => {
                let code = StatusCode::from_u16(*status).unwrap_or(StatusCode::BAD_GATEWAY);
                Some((code, axum::Json(body.clone())).into_response())
            }
            Self::Html(status) | Self::HtmlAfter(status) => Some(gateway_page(*status)),
            Self::RateLimitedPerSecond => Some(Reached::PerSecond.answer(now, form)),
            Self::DailyLimitAccount => Some(Reached::PerDay.answer(now, form)),
            Self::DailyLimitUser => Some(limited(MEETINGS)),
            Self::TooManyConcurrent => Some(limited(
                "Too many concurrent requests. A request to disassociate this user has already \
                 been made.",
            )),
            Self::DropBefore
            | Self::DropAfter
            | Self::HangBefore
            | Self::HangAfter
            | Self::Slow(_) => None,
        }
    }

    /// The call is carried out all the same.
    pub(crate) fn is_after(&self) -> bool {
        matches!(self, Self::DropAfter | Self::HangAfter | Self::HtmlAfter(_))
    }

    /// In words, for the console page.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::DropBefore => "connection cut, nothing done".into(),
            Self::DropAfter => "carried out, then connection cut".into(),
            Self::HangBefore => "no answer, nothing done".into(),
            Self::HangAfter => "carried out, then no answer".into(),
            Self::Slow(delay) => format!("answered {} s late", delay.as_secs()),
            Self::Status(status, body) => format!("{status} {body}"),
            Self::Html(status) => format!("{status} with an HTML page, nothing done"),
            Self::HtmlAfter(status) => format!("carried out, then {status} with an HTML page"),
            Self::RateLimitedPerSecond => "429, rate per second".into(),
            Self::DailyLimitAccount => "429, daily limit of the account".into(),
            Self::DailyLimitUser => "429, 100 meeting requests of the user".into(),
            Self::TooManyConcurrent => "429, too many at the same time".into(),
        }
    }
}

/// A 429 with these words; its headers come with those of every answer.
pub(crate) fn limited(message: &str) -> Response {
    let body = axum::Json(json!({"code": 429, "message": message}));
    (StatusCode::TOO_MANY_REQUESTS, body).into_response()
}

fn gateway_page(status: u16) -> Response {
    let code = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY);
    let reason = code.canonical_reason().unwrap_or("Unknown");
    let page = format!(
        "<html>\r\n<head><title>{status} {reason}</title></head>\r\n<body>\r\n\
         <center><h1>{status} {reason}</h1></center>\r\n<hr><center>simulated gateway</center>\
         \r\n</body>\r\n</html>\r\n"
    );
    let mut response = Response::new(Body::from(page));
    *response.status_mut() = code;
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_apart() {
        let of = |method, path| Operation::of(method, path, b"");
        assert_eq!(of("POST", "/v2/users/me/meetings"), Some(Operation::Create));
        assert_eq!(of("GET", "/v2/users/me/meetings"), Some(Operation::List));
        assert_eq!(of("GET", "/v2/users/me"), Some(Operation::Me));
        assert_eq!(of("PATCH", "/v2/meetings/1"), Some(Operation::Update));
        assert_eq!(of("GET", "/console"), None);
        let refresh = Operation::of("POST", "/oauth/token", b"grant_type=refresh_token");
        assert_eq!(refresh, Some(Operation::Refresh));
    }

    #[test]
    fn a_fault_is_used_up() {
        let faults = Faults::default();
        faults.add(Fault::once(Operation::Token, Trouble::DropBefore));
        assert_eq!(faults.strike(Operation::Create), None);
        assert_eq!(faults.strike(Operation::Refresh), Some(Trouble::DropBefore));
        assert_eq!(faults.strike(Operation::Refresh), None);
    }
}
