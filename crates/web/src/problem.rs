//! Problem documents (RFC 9457): how the API says what is wrong.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rooms_app::Failure;
use rooms_core::FieldErrors;
use serde_json::{Value, json};

/// A problem document.
#[derive(Debug, Clone)]
pub struct Problem {
    /// The status of the answer.
    pub status: StatusCode,
    /// The last part of `type`, for example `room-taken`.
    pub kind: &'static str,
    /// What it is, the same for all of its kind.
    pub title: &'static str,
    /// What to do this time.
    pub detail: String,
    /// More members of the document.
    pub more: Vec<(&'static str, Value)>,
}

impl Problem {
    /// A problem without further members.
    #[must_use]
    pub fn new(
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            status,
            kind,
            title,
            detail: detail.into(),
            more: Vec::new(),
        }
    }

    /// Adds a member.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: Value) -> Self {
        self.more.push((name, value));
        self
    }

    /// Fields that need a change, each with a JSON pointer (RFC 6901).
    #[must_use]
    pub fn invalid(errors: &FieldErrors) -> Self {
        let list: Vec<Value> = errors
            .0
            .iter()
            .map(|error| {
                json!({
                    "pointer": format!("#/{}", error.field),
                    "code": error.code,
                    "detail": error.message,
                })
            })
            .collect();
        let detail = errors
            .0
            .first()
            .map_or_else(String::new, |error| error.message.clone());
        let title = "Something that was sent needs a change";
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, "invalid", title, detail)
            .with("errors", Value::Array(list))
    }
}

impl From<FieldErrors> for Problem {
    fn from(errors: FieldErrors) -> Self {
        Self::invalid(&errors)
    }
}

/// That so many hosts hold other meetings at the time asked for.
pub(crate) fn hosts_are_busy(hosts: usize) -> String {
    match hosts {
        1 => "The Zoom host has another meeting then".to_owned(),
        2 => "Both Zoom hosts have another meeting then".to_owned(),
        hosts => format!("All {hosts} Zoom hosts have another meeting then"),
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let said = failure.to_string();
        match failure {
            Failure::NotFound(_) => Self::new(
                StatusCode::NOT_FOUND,
                "not-found",
                "There is no such thing",
                said,
            ),
            Failure::Forbidden(_) => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "This is not yours to do",
                said,
            ),
            Failure::Unproved => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "Prove who you are first",
                said,
            ),
            Failure::Stale => Self::new(
                StatusCode::PRECONDITION_FAILED,
                "stale",
                "It was changed in the meantime",
                said,
            ),
            Failure::Invalid(errors) => Self::invalid(&errors),
            Failure::ZoomNotConnected { organizer, .. } => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "zoom-not-connected",
                "The organizer has no active Zoom connection",
                format!("{said}. Book without Zoom, or connect it under Settings > Connect Apps."),
            )
            .with("organizer", json!(organizer.to_string())),
            Failure::ZoomHostsBusy(busy) => {
                let free = busy.free.map(|slot| {
                    json!({
                        "starts_at": slot.starts_at.to_string(),
                        "ends_at": slot.ends_at.to_string(),
                    })
                });
                let (hosts, next) = (hosts_are_busy(busy.hosts), busy.free);
                let detail = match next {
                    Some(next) => format!("{hosts}; free again from {}.", next.starts_at),
                    None => format!("{hosts}. Book without Zoom, or at another time."),
                };
                Self::new(
                    StatusCode::CONFLICT,
                    "zoom-host-busy",
                    "No Zoom host is free then",
                    detail,
                )
                .with("next_free", json!(free))
            }
            Failure::RoomTaken(alternatives) => {
                let list: Vec<Value> = alternatives
                    .iter()
                    .map(|free| {
                        json!({
                            "room_id": free.room.to_string(),
                            "starts_at": free.slot.starts_at.to_string(),
                            "ends_at": free.slot.ends_at.to_string(),
                        })
                    })
                    .collect();
                Self::new(
                    StatusCode::CONFLICT,
                    "room-taken",
                    "The room is taken then",
                    "Somebody has the room then. These are the nearest free times.",
                )
                .with("alternatives", Value::Array(list))
            }
            Failure::Conflict(_) => Self::new(
                StatusCode::CONFLICT,
                "conflict",
                "This cannot be done now",
                said,
            ),
            Failure::KeyReused => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "idempotency-key-reused",
                "The idempotency key was used for another request",
                "Use a new key for a new request, and the same key only to repeat one.",
            ),
            Failure::Store(error) => {
                tracing::error!(%error, "a request failed");
                Self::new(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "unavailable",
                    "The server cannot do this now",
                    "Nothing was changed. Try again in a moment.",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut body = json!({
            "type": format!("https://oneclickrooms.com/problems/{}", self.kind),
            "title": self.title,
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        if let Value::Object(members) = &mut body {
            members.extend(
                self.more
                    .into_iter()
                    .map(|(name, value)| (name.to_owned(), value)),
            );
        }
        let mut answer = (self.status, Json(body)).into_response();
        let headers = answer.headers_mut();
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(
                header::WWW_AUTHENTICATE,
                HeaderValue::from_static("Bearer realm=\"oneclickrooms\""),
            );
        }
        answer
    }
}
