//! Reads the error bodies of Zoom's API and of its OAuth endpoints.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::rfc2822::DateTimeParser;
use jiff::tz::TimeZone;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::{Class, Limit, WaitUntil};
use crate::wire;

/// Longest message of Zoom's that is kept.
const MESSAGE_LIMIT: usize = 500;
/// A pause in seconds that no server means.
const PAUSE_LIMIT: u64 = 366 * 24 * 60 * 60;

/// Whose errors are read: the two have different bodies, and the same number can mean another
/// thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Api,
    OAuth,
}

/// What an error body says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) class: Class,
    pub(crate) code: Option<i64>,
    pub(crate) message: Option<String>,
    pub(crate) limit: Option<Limit>,
}

impl Verdict {
    /// Takes values that were sent out of the message, and keeps its start. Not the other way
    /// round: of a value that is cut in two the first half would stay.
    pub(crate) fn hide(&mut self, sent: &[SecretString]) {
        let Some(message) = &mut self.message else {
            return;
        };
        for value in sent
            .iter()
            .map(ExposeSecret::expose_secret)
            .filter(|v| v.len() >= 8)
        {
            *message = message.replace(value, "…");
        }
        if let Some((end, _)) = message.char_indices().nth(MESSAGE_LIMIT) {
            message.truncate(end);
        }
    }
}

/// Sorts an answer whose status is not a success.
pub(crate) fn classify(
    endpoint: Endpoint,
    status: u16,
    wait: Option<WaitUntil>,
    body: &[u8],
) -> Verdict {
    let body = Body::read(body);
    let limited = status == 429
        || matches!(&body, Body::Json(words)
            if endpoint == Endpoint::Api && words.code == Some(429));
    let limit = limited.then(|| limit(&body)).flatten();
    let class = match (status, &body) {
        _ if limited => Class::WaitUntil(pause(limit, wait)),
        (500.., _) => wait.map_or(Class::TryAgain, Class::WaitUntil),
        (408 | 425, _) => Class::TryAgain,
        (400..500, Body::Empty) if status == 401 && endpoint == Endpoint::Api => {
            Class::TokenRejected
        }
        (400..500, Body::Json(words)) => match endpoint {
            Endpoint::Api => api_class(status, words),
            Endpoint::OAuth => oauth_class(status, words),
        },
        _ => Class::Unreadable,
    };
    let (code, message) = match body {
        Body::Json(words) => (words.code, words.for_people()),
        Body::Empty | Body::Nonsense => (None, None),
    };
    Verdict {
        class,
        code,
        message,
        limit,
    }
}

/// Reads `Retry-After`, which Zoom writes as an ISO 8601 instant, and HTTP as seconds or a date.
pub(crate) fn retry_after(text: &str) -> Option<WaitUntil> {
    let text = text.trim();
    if let Ok(seconds) = text.parse::<u64>() {
        return (seconds <= PAUSE_LIMIT).then(|| WaitUntil::After(Duration::from_secs(seconds)));
    }
    let at = text
        .parse::<Timestamp>()
        .or_else(|_| DateTimeParser::new().parse_timestamp(text))
        .or_else(|_| {
            text.parse::<DateTime>()?
                .to_zoned(TimeZone::UTC)
                .map(|zoned| zoned.timestamp())
        });
    at.ok().map(WaitUntil::At)
}

enum Body {
    Empty,
    Json(Words),
    Nonsense,
}

/// The fields of all known error bodies.
#[derive(Debug, Default)]
struct Words {
    code: Option<i64>,
    /// OAuth's name of the error.
    error: Option<String>,
    message: Option<String>,
    fields: Vec<wire::FieldError>,
}

impl Body {
    fn read(body: &[u8]) -> Self {
        if body.trim_ascii().is_empty() {
            return Self::Empty;
        }
        let Ok(Value::Object(mut json)) = serde_json::from_slice(body) else {
            return Self::Nonsense;
        };
        let text = |names: &[&str]| {
            names.iter().find_map(|name| match json.get(*name) {
                Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
                _ => None,
            })
        };
        let error = text(&["error"]);
        let message = text(&["reason", "message", "errorMessage", "error_description"]);
        let code = ["code", "errorCode"].iter().find_map(|name| {
            let value = json.get(*name)?;
            value.as_i64().or_else(|| value.as_str()?.parse().ok())
        });
        let code = code.or_else(|| numbered(message.as_deref()?));
        if error.is_none() && message.is_none() && code.is_none() {
            return Self::Nonsense;
        }
        let fields = match json.remove("errors") {
            Some(Value::Array(items)) => items
                .into_iter()
                .filter_map(|item| serde_json::from_value(item).ok())
                .collect(),
            _ => Vec::new(),
        };
        Self::Json(Words {
            code,
            error,
            message,
            fields,
        })
    }
}

/// The number at the end of a message of OAuth's: `Invalid redirect (4,700)`.
fn numbered(message: &str) -> Option<i64> {
    let (_, number) = message.trim_end().strip_suffix(')')?.rsplit_once('(')?;
    let (thousands, rest) = number.split_once(',')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let is_number = thousands.len() == 1 && rest.len() == 3 && digits(thousands) && digits(rest);
    is_number.then(|| format!("{thousands}{rest}").parse().ok())?
}

impl Words {
    fn says(&self, words: &str) -> bool {
        let message = self.message.as_deref().unwrap_or_default();
        message.to_ascii_lowercase().contains(words)
    }

    /// The message and what it says about single fields, on one line.
    fn for_people(self) -> Option<String> {
        let mut message = self.message.or(self.error)?;
        for field in self.fields {
            let _ = write!(message, " {}: {}", field.field, field.message);
        }
        let mut line = String::new();
        for word in message.split(|c: char| c.is_whitespace() || c.is_control()) {
            if !line.is_empty() && !word.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
        Some(line)
    }
}

/// Only its message tells a limit from the others: headers are optional, and those of the limit
/// per user have been seen to praise the account's own.
fn limit(body: &Body) -> Option<Limit> {
    let Body::Json(words) = body else {
        return None;
    };
    if words.says("particular user") || words.says("gmt 00:00") {
        Some(Limit::UserPerDay)
    } else if words.says("daily") {
        Some(Limit::AccountPerDay)
    } else if words.says("per-second") {
        Some(Limit::AccountPerSecond)
    } else {
        None
    }
}

/// The instant Zoom names, else the one at which it counts anew.
fn pause(limit: Option<Limit>, wait: Option<WaitUntil>) -> WaitUntil {
    wait.unwrap_or(match limit {
        Some(Limit::UserPerDay | Limit::AccountPerDay) => WaitUntil::NextUtcMidnight,
        Some(Limit::AccountPerSecond) | None => WaitUntil::Unspecified,
    })
}

/// <https://developers.zoom.us/docs/api/errors/>
fn api_class(status: u16, words: &Words) -> Class {
    match words.code {
        _ if words.says("does not contain scope") => Class::ScopeMissing(scopes(words)),
        Some(4711) => Class::ScopeMissing(scopes(words)),
        // Another token would not help one that is sent in the wrong place.
        Some(124) if words.says("query parameter") => Class::OurConfiguration,
        Some(124 | 4700 | 4724) => Class::TokenRejected,
        // 3003: the meeting is another user's.
        Some(1001 | 1010 | 3003 | 4735 | 4737 | 4738 | 4740 | 4741) => Class::ReconnectNeeded,
        Some(2300 | 4702 | 4704 | 4717) => Class::OurConfiguration,
        Some(3001) => Class::NotFound,
        Some(3002) => Class::WaitUntil(WaitUntil::MeetingEnd),
        // 3161: the user may no longer host.
        Some(200 | 300 | 3000 | 3007 | 3018 | 3037 | 3063 | 3161) => Class::Refused,
        _ => match status {
            401 => Class::TokenRejected,
            // The server is at another request for the same thing.
            409 => Class::TryAgain,
            // Nothing says that it is the meeting that is missing.
            404 if words.code.is_none() => Class::Unreadable,
            _ => Class::Refused,
        },
    }
}

/// <https://developers.zoom.us/docs/integrations/oauth-error-messages/>
///
/// The name decides before the words, and a number or a word that is more exact than
/// `invalid_request` or `invalid_grant` before both.
fn oauth_class(status: u16, words: &Words) -> Class {
    match words.code {
        Some(124) => return Class::TokenRejected,
        Some(4702 | 4704 | 4705 | 4706 | 4709 | 4717) => return Class::OurConfiguration,
        // 4711 is here that the token's scopes are no longer those of the app.
        Some(4711 | 4724 | 4733..=4735 | 4737 | 4738 | 4740 | 4741) => {
            return Class::ReconnectNeeded;
        }
        Some(4732) => return Class::TryAgain,
        _ => {}
    }
    if words.says("redirect") {
        return Class::OurConfiguration;
    }
    match words.error.as_deref() {
        Some("invalid_grant") => Class::ReconnectNeeded,
        Some(
            "invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope",
        ) => Class::OurConfiguration,
        Some("temporarily_unavailable" | "server_error") => Class::TryAgain,
        _ if words.says("invalid token") || words.says("authorization code") => {
            Class::ReconnectNeeded
        }
        _ if words.says("client_id") || words.says("client_secret") => Class::OurConfiguration,
        // Basic authentication of the app itself is all that can fail with 401 here.
        _ if status == 401 => Class::OurConfiguration,
        _ => Class::Refused,
    }
}

/// The scopes between the brackets of `does not contain scopes:[a, b].`
fn scopes(words: &Words) -> Vec<String> {
    let message = words.message.as_deref().unwrap_or_default();
    let inside = message
        .split_once('[')
        .and_then(|(_, rest)| rest.split_once(']'));
    inside
        .map(|(inside, _)| inside)
        .unwrap_or_default()
        .split(',')
        .map(str::trim)
        .filter(|scope| !scope.is_empty())
        .map(str::to_owned)
        .collect()
}
