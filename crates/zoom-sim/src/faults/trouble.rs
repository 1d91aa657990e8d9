//! What goes wrong, and what is answered then.

use std::time::Duration;

use axum::body::Body;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::limits::Reached;
use crate::rules::RetryAfter;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Trouble {
    /// The connection ends before anything is done.
    DropBefore,
    /// The call is carried out, then the connection ends without an answer.
    DropAfter,
    /// The call is carried out, then the connection ends in the middle of the answer.
    CutShort,
    /// No answer ever; nothing is done.
    HangBefore,
    /// The call is carried out, then no answer ever.
    HangAfter,
    /// The right answer, but this much later.
    Slow(Duration),
    /// The right answer, byte by byte, with this much between two of them.
    Drip(Duration),
    /// Another answer in JSON; nothing is done.
    Status(u16, Value),
    /// The call is carried out, but another answer in JSON comes back.
    StatusAfter(u16, Value),
    /// Whatever bytes; nothing is done.
    Raw(Raw),
    /// The call is carried out, but whatever bytes come back.
    RawAfter(Raw),
    /// A gateway's HTML page; nothing is done.
    Html(u16),
    /// The call is carried out, but a gateway's HTML page comes back.
    HtmlAfter(u16),
    /// The right status, but half of the right body.
    Truncated,
    /// The right status, but no body.
    Emptied,
    /// The right answer, called `text/html`.
    Mislabelled,
    /// 429 for the rate per second.
    RateLimitedPerSecond,
    /// 429 for the account's daily limit, with `Retry-After` in the form of the rules.
    DailyLimitAccount,
    /// 429 for the user's 100 meeting requests a day, without `Retry-After`.
    DailyLimitUser,
    /// 429 for calls about the same user at the same time.
    TooManyConcurrent,
}

/// An answer to the byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Raw {
    /// HTTP status.
    pub status: u16,
    /// `Content-Type`; none for an empty text.
    pub content_type: String,
    /// The body.
    pub body: String,
}

impl Trouble {
    /// The answer that takes the place of the right one; `None` for troubles of another kind.
    pub(crate) fn answer(&self, now: Timestamp, form: RetryAfter) -> Option<Response> {
        const MEETINGS: &str = "You have exceeded the daily rate limit (100) of Meeting \
            Create/Update API requests permitted for this particular user. You may resume these \
            requests at GMT 00:00:00.";
        match self {
            Self::Status(status, body) | Self::StatusAfter(status, body) => {
                Some((code(*status), axum::Json(body.clone())).into_response())
            }
            Self::Raw(raw) | Self::RawAfter(raw) => Some(raw.answer()),
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
            | Self::CutShort
            | Self::HangBefore
            | Self::HangAfter
            | Self::Slow(_)
            | Self::Drip(_)
            | Self::Truncated
            | Self::Emptied
            | Self::Mislabelled => None,
        }
    }

    /// In words, for the console page.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::DropBefore => "connection cut, nothing done".into(),
            Self::DropAfter => "carried out, then connection cut".into(),
            Self::CutShort => "carried out, connection cut within the answer".into(),
            Self::HangBefore => "no answer, nothing done".into(),
            Self::HangAfter => "carried out, then no answer".into(),
            Self::Slow(delay) => format!("answered {} s late", delay.as_secs_f32()),
            Self::Drip(pause) => format!("answered a byte every {} s", pause.as_secs_f32()),
            Self::Status(status, body) => format!("{status} {body}"),
            Self::StatusAfter(status, body) => format!("carried out, then {status} {body}"),
            Self::Raw(raw) => raw.words(),
            Self::RawAfter(raw) => format!("carried out, then {}", raw.words()),
            Self::Html(status) => format!("{status} with an HTML page, nothing done"),
            Self::HtmlAfter(status) => format!("carried out, then {status} with an HTML page"),
            Self::Truncated => "half of the answer".into(),
            Self::Emptied => "the answer without its body".into(),
            Self::Mislabelled => "the answer, called text/html".into(),
            Self::RateLimitedPerSecond => "429, rate per second".into(),
            Self::DailyLimitAccount => "429, daily limit of the account".into(),
            Self::DailyLimitUser => "429, 100 meeting requests of the user".into(),
            Self::TooManyConcurrent => "429, too many at the same time".into(),
        }
    }
}

impl Raw {
    fn answer(&self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = code(self.status);
        if let Ok(kind) = HeaderValue::from_str(&self.content_type)
            && !self.content_type.is_empty()
        {
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        response
    }

    fn words(&self) -> String {
        let body: String = self.body.chars().take(60).collect();
        format!("{} {} {body:?}", self.status, self.content_type)
    }
}

/// A 429 with these words; its headers come with those of every answer.
pub(crate) fn limited(message: &str) -> Response {
    let body = axum::Json(json!({"code": 429, "message": message}));
    (StatusCode::TOO_MANY_REQUESTS, body).into_response()
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY)
}

fn gateway_page(status: u16) -> Response {
    let code = code(status);
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
