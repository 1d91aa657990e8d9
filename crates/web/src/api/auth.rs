//! Who is asking: a person's token, sent as `Authorization: Bearer …` (RFC 6750).

use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use rooms_app::people::tokens;
use rooms_core::Actor;

use crate::limits;
use crate::problem::Problem;
use crate::refusals::Asked;
use crate::state::Web;

/// The person whose token was sent.
#[derive(Debug, Clone)]
pub struct Authorized(pub Actor);

/// Lets nobody past without a token that holds, nor more often than is good for the others.
pub async fn layer(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let asked = Asked::of(&web, &request);
    let actor = match authorized(&web, request.headers()).await {
        Ok(actor) => actor,
        Err(refusal) => {
            asked.note(refusal.status, None);
            return refusal.into_response();
        }
    };
    let person = Some(actor.person);
    let answer = match limits::turn(&web, &actor).await {
        Ok(_turn) => {
            request.extensions_mut().insert(Authorized(actor));
            next.run(request).await
        }
        Err(limits::TooMany(seconds)) => too_many(seconds),
    };
    asked.note(answer.status(), person);
    answer
}

async fn authorized(web: &Web, headers: &HeaderMap) -> Result<Actor, Problem> {
    let token = bearer(headers)
        .ok_or_else(|| unauthorized("Send your token as Authorization: Bearer ocr_…."))?;
    tokens::actor(&web.app, token)
        .await?
        .ok_or_else(|| unauthorized("This token is unknown or was revoked."))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let sent = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = sent.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

fn unauthorized(detail: &str) -> Problem {
    Problem::new(
        StatusCode::UNAUTHORIZED,
        "unauthorized",
        "Nobody is signed in",
        detail,
    )
}

fn too_many(seconds: u64) -> Response {
    let problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "too-many-requests",
        "Too many requests",
        format!("Ask again in {seconds} s."),
    );
    let mut answer = problem.into_response();
    answer
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    answer
}

impl<S: Send + Sync> FromRequestParts<S> for Authorized {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let found = parts.extensions.get::<Self>().cloned();
        found.ok_or_else(|| unauthorized("Send your token as Authorization: Bearer ocr_…."))
    }
}
