//! The JSON API below `/api/v1`.
//!
//! Each handler says who asks ([`auth`]), looks the subject up, checks what was sent ([`sent`],
//! [`query`]) and calls one use case; [`wire`] is what goes over the line, and [`document`]
//! describes all of it. Answers come in one order: who is asking, whether they may know of the
//! subject and change it, whether it is still the one they read, what they sent, and only then
//! whether it can be done now.

pub mod auth;
mod availability;
mod bookings;
mod connections;
pub mod document;
mod meetings;
mod people;
mod query;
mod rooms;
mod sent;
mod sites;
mod value;
pub mod wire;

use axum::Router;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rooms_app::Failure;
use serde::Serialize;

use crate::problem::Problem;
use crate::state::Web;

/// Everything below `/api`.
pub fn router(web: &Web) -> Router<Web> {
    let open = Router::new()
        .route("/openapi.json", get(document::serve))
        .method_not_allowed_fallback(not_allowed);
    let v1 = Router::new()
        .route("/sites", get(sites::list).post(sites::add))
        .route("/sites/{id}", get(sites::get))
        .route("/rooms", get(rooms::list).post(rooms::add))
        .route("/rooms/{id}", get(rooms::get).patch(rooms::change))
        .route("/people", get(people::list))
        .route("/bookings", get(bookings::list).post(bookings::book))
        .route("/bookings/{id}", get(bookings::get).patch(bookings::change))
        .route("/bookings/{id}/cancellation", post(bookings::cancel))
        .route("/bookings/{id}/meeting/attempts", post(meetings::retry))
        .route("/bookings/{id}/meeting/replacement", post(meetings::renew))
        .route(
            "/bookings/{id}/meeting/restoration",
            post(meetings::restore),
        )
        .route("/bookings/{id}/meeting/acceptance", post(meetings::accept))
        .route("/bookings/{id}/meeting/release", post(meetings::release))
        .route("/bookings/{id}/calendar.ics", get(bookings::calendar))
        .route("/availability", get(availability::list))
        .route("/connections", get(connections::list))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_allowed)
        .layer(from_fn_with_state(web.clone(), auth::layer))
        .merge(open);
    let api = Router::new().nest("/v1", v1).fallback(nothing_here);
    Router::new().nest("/api", api)
}

async fn nothing_here() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-found",
        "There is no such thing",
        "There is nothing at this address. All addresses are in /api/v1/openapi.json.",
    )
}

async fn not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method-not-allowed",
        "This address does not take this method",
        "The Allow header names the methods it takes.",
    )
}

/// What an address names; what cannot even be read is not found.
#[derive(Debug)]
struct Named(String);

impl<S: Send + Sync> FromRequestParts<S> for Named {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        path.map(|Path(name)| Self(name))
            .map_err(|_| Failure::NotFound("thing").into())
    }
}

/// The id in an address; what is not even an id is as unknown as one nobody has.
fn id<T: std::str::FromStr>(text: &str, kind: &'static str) -> Result<T, Problem> {
    text.parse().map_err(|_| Failure::NotFound(kind).into())
}

/// One thing that can be changed, with the tag to change it by.
fn tagged<T: Serialize>(revision: i64, body: &T) -> Response {
    let mut answer = axum::Json(body).into_response();
    if let Ok(tag) = HeaderValue::try_from(etag(revision)) {
        answer.headers_mut().insert(header::ETAG, tag);
    }
    answer
}

/// Something that was made, and where it is.
fn created(location: &str, mut answer: Response) -> Response {
    *answer.status_mut() = StatusCode::CREATED;
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

/// The tag of a revision. It counts the changes people make: a link that arrives does not make
/// somebody's change fail.
fn etag(revision: i64) -> String {
    format!("\"{revision}\"")
}

/// Checks `If-Match` (RFC 9110, 13.1.1) against what is there; the revision a change insists on.
fn precondition(headers: &HeaderMap, revision: i64) -> Result<Option<i64>, Problem> {
    let mut tags = Vec::new();
    for value in headers.get_all(header::IF_MATCH) {
        let value = value.to_str().map_err(|_| not_tags())?;
        if value.trim() == "*" {
            return Ok(None);
        }
        tags.extend(value.split(',').map(str::trim));
    }
    if tags.is_empty() {
        return Ok(None);
    }
    if !tags.iter().all(|tag| is_tag(tag)) {
        return Err(not_tags());
    }
    if tags.contains(&etag(revision).as_str()) {
        Ok(Some(revision))
    } else {
        Err(Failure::Stale.into())
    }
}

fn is_tag(tag: &str) -> bool {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    strong.len() >= 2
        && strong.starts_with('"')
        && strong.ends_with('"')
        && strong.matches('"').count() == 2
}

fn not_tags() -> Problem {
    Problem::new(
        StatusCode::BAD_REQUEST,
        "not-a-tag",
        "If-Match holds no entity tag",
        "Send the ETag of the answer you read, with its quotes.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insists(sent: &str, revision: i64) -> Result<Option<i64>, u16> {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_MATCH, HeaderValue::from_str(sent).unwrap());
        precondition(&headers, revision).map_err(|problem| problem.status.as_u16())
    }

    #[test]
    fn a_change_is_made_to_what_was_read() {
        assert_eq!(precondition(&HeaderMap::new(), 3).unwrap(), None);
        assert_eq!(insists("\"3\"", 3), Ok(Some(3)));
        assert_eq!(insists("\"1\", \"3\"", 3), Ok(Some(3)));
        assert_eq!(insists("*", 3), Ok(None));
        assert_eq!(insists("\"2\"", 3), Err(412));
        assert_eq!(insists("W/\"3\"", 3), Err(412));
        assert_eq!(insists("3", 3), Err(400));
        assert_eq!(insists("\"", 3), Err(400));
    }
}
