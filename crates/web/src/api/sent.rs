//! The body of a request: read only once it is known who asks and what for.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use rooms_app::{Idempotency, rooms};
use rooms_core::Actor;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::query::refused_headers;
use super::{id, value};
use crate::problem::Problem;
use crate::state::Web;

/// The longest body that is read.
pub(super) const BODY_MAX: usize = 1024 * 1024;

/// A body that nobody has looked at yet.
#[derive(Debug)]
pub(super) struct Sent {
    headers: HeaderMap,
    what: String,
    body: Body,
    optional: bool,
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
            optional: false,
        })
    }
}

impl Sent {
    /// The headers it came with.
    pub(super) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// One that may be left out: it is an empty object then.
    pub(super) fn optional(self) -> Self {
        Self {
            optional: true,
            ..self
        }
    }

    /// Reads it as a type.
    pub(super) async fn read<T>(self, web: &Web, actor: &Actor) -> Result<T, Problem>
    where
        T: DeserializeOwned,
    {
        self.read_once(web, actor).await.map(|(read, _)| read)
    }

    /// Reads it as a type, with the promise that a repeated request is the same one.
    pub(super) async fn read_once<T>(self, web: &Web, actor: &Actor) -> Result<(T, Once), Problem>
    where
        T: DeserializeOwned,
    {
        let mut bytes = axum::body::to_bytes(self.body, BODY_MAX)
            .await
            .map_err(|_| too_large())?;
        if self.optional && bytes.is_empty() {
            bytes = Bytes::from_static(b"{}");
        } else if !is_json(&self.headers) {
            return Err(unsupported());
        }
        let json: Value = serde_json::from_slice(&bytes).map_err(|error| malformed(&error))?;
        let read = match value::read(&json) {
            Ok(read) => read,
            Err(wrong) => {
                all_there(web, actor, &json).await?;
                return Err(wrong.into_problem());
            }
        };
        let (headers, what) = (self.headers, self.what);
        Ok((
            read,
            Once {
                headers,
                what,
                bytes,
            },
        ))
    }
}

/// What a repeated request is known by, where its sender wants it to be.
#[derive(Debug)]
pub(super) struct Once {
    headers: HeaderMap,
    what: String,
    bytes: Bytes,
}

impl Once {
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

/// What a body names by id and is not there is said before what else is wrong with it.
async fn all_there(web: &Web, actor: &Actor, json: &Value) -> Result<(), Problem> {
    let named = |field| json.get(field).and_then(Value::as_str);
    if let Some(room) = named("room_id") {
        rooms::get(&web.app, actor, id(room, "room")?).await?;
    }
    if let Some(site) = named("site_id") {
        rooms::site(&web.app, actor, id(site, "site")?).await?;
    }
    Ok(())
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

fn malformed(error: &serde_json::Error) -> Problem {
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
