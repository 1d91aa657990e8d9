//! The body of a request: read only once it is known who asks and what for.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use rooms_app::Idempotency;
use serde::Deserialize;
use serde_json::Value;

use super::query::refused_headers;
use super::value;
use crate::problem::Problem;

/// The longest body that is read.
pub(super) const BODY_MAX: usize = 1024 * 1024;

/// A body that nobody has looked at yet.
#[derive(Debug)]
pub(super) struct Sent {
    headers: HeaderMap,
    what: String,
    body: Body,
}

impl<S: Send + Sync> FromRequest<S> for Sent {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        let path = parts
            .extensions
            .get::<axum::extract::OriginalUri>()
            .map_or(parts.uri.path(), |uri| uri.path());
        Ok(Self {
            what: format!("{} {path}", parts.method),
            headers: parts.headers,
            body,
        })
    }
}

impl Sent {
    /// The headers it came with.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Reads the body, if it is JSON and not too long. An `empty` one may be allowed.
    pub(super) async fn read(self, empty: bool) -> Result<Read, Problem> {
        let bytes = axum::body::to_bytes(self.body, BODY_MAX)
            .await
            .map_err(|_| too_large())?;
        let nothing = empty && bytes.is_empty();
        if !nothing && !is_json(&self.headers) {
            return Err(unsupported());
        }
        Ok(Read {
            empty,
            headers: self.headers,
            what: self.what,
            bytes,
        })
    }
}

/// A body that was read.
#[derive(Debug)]
pub(super) struct Read {
    empty: bool,
    headers: HeaderMap,
    what: String,
    bytes: Bytes,
}

impl Read {
    /// The body as JSON of any shape; an empty object where there was none.
    pub(super) fn value(&self) -> Result<Value, Problem> {
        if self.empty && self.bytes.is_empty() {
            return Ok(Value::Object(serde_json::Map::new()));
        }
        serde_json::from_slice(&self.bytes).map_err(|error| {
            Problem::new(
                StatusCode::BAD_REQUEST,
                "malformed",
                "The body is not JSON",
                format!(
                    "It cannot be read from line {}, column {} on.",
                    error.line(),
                    error.column()
                ),
            )
        })
    }

    /// The idempotency key, where one was sent.
    pub(super) fn key(&self) -> Result<Option<Idempotency>, Problem> {
        let Some(key) = self.headers.get("idempotency-key") else {
            return Ok(None);
        };
        let key = key.to_str().unwrap_or_default();
        Idempotency::parse(key, &self.what, &self.bytes)
            .map(Some)
            .map_err(|errors| refused_headers(&errors))
    }
}

/// Reads JSON as a type; what does not fit is named by its place.
pub(super) fn typed<'de, T: Deserialize<'de>>(json: &'de Value) -> Result<T, Problem> {
    value::read(json).map_err(value::Wrong::into_problem)
}

/// `application/json`, and types that build on it.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(sent) = headers
        .get(header::CONTENT_TYPE)
        .and_then(|v| v.to_str().ok())
    else {
        return false;
    };
    let essence = sent
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_lowercase();
    essence == "application/json"
        || (essence.starts_with("application/") && essence.ends_with("+json"))
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "The body is too long",
        format!("Send at most {BODY_MAX} bytes."),
    )
}

fn unsupported() -> Problem {
    Problem::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        "unsupported-media-type",
        "The body is of another type",
        "Send JSON, and say so: Content-Type: application/json.",
    )
}
