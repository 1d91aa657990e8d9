//! What surrounds every request: the log, the tracking id, the limits, the faults.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::cable::Scissors;
use crate::faults::{Operation, Trouble};
use crate::limits::{Category, Plan, http_date};
use crate::log::LoggedRequest;
use crate::state::Sim;

/// A body that is larger is refused before anybody reads it.
const BODY_LIMIT: usize = 1 << 20;
/// How much of a body the log keeps.
const LOGGED_BODY: usize = 8 << 10;

/// Logs, gives a tracking id, and lets faults strike.
pub(crate) async fn around(
    State(sim): State<Arc<Sim>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, BODY_LIMIT).await else {
        return StatusCode::PAYLOAD_TOO_LARGE.into_response();
    };
    let path = parts.uri.path().to_owned();
    if path.starts_with("/assets/") {
        return next.run(Request::from_parts(parts, Body::from(body))).await;
    }
    let now = sim.now();
    let call = Operation::of(parts.method.as_str(), &path, &body);
    let trouble = call.and_then(|call| sim.faults.strike(call));
    let tracking_id = sim.tracking_id();
    let who = bearer_of(&sim, &parts.headers);
    let rules = sim.read(|world| world.rules.clone());
    // Without an account there is nothing to count; the call is refused all the same.
    let count = who
        .as_ref()
        .filter(|_| path.starts_with("/v2/"))
        .map(|who| {
            let category = Category::of(call, &path);
            sim.limits
                .count(&rules, (&who.account_id, who.plan), category, now)
        });
    let reached = count.as_ref().and_then(|count| count.refused);
    let number = sim.log.open(LoggedRequest {
        number: 0,
        at: now,
        method: parts.method.to_string(),
        path: parts
            .uri
            .path_and_query()
            .map_or_else(|| path.clone(), ToString::to_string),
        status: None,
        tracking_id: tracking_id.clone(),
        user: who.map(|who| who.email),
        body: logged_body(&path, &body),
        fault: trouble.as_ref().map(Trouble::words),
    });
    let request = Request::from_parts(parts, Body::from(body));
    let answer = match (trouble, reached) {
        (None, None) => Some(next.run(request).await),
        (None, Some(reached)) => Some(reached.answer(now, rules.retry_after)),
        (Some(trouble), _) => {
            let shutdown = sim.shutdown.clone();
            tokio::select! {
                answer = struck(&sim, &trouble, request, next) => answer,
                () = shutdown.cancelled() => None,
            }
        }
    };
    sim.log.close(
        number,
        answer.as_ref().map(|answer| answer.status().as_u16()),
    );
    let Some(mut answer) = answer else {
        scissors.cut();
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let headers = answer.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&tracking_id) {
        headers.insert(HeaderName::from_static("x-zm-trackingid"), value);
    }
    // Zoom's clock, which clients compare with the time of a de-authorization (RFC 9110, 6.6.1).
    if let Ok(value) = HeaderValue::try_from(http_date(now)) {
        headers.insert(header::DATE, value);
    }
    if let Some(count) = count.filter(|_| rules.rate_limit_headers) {
        count.write(headers);
    }
    answer
}

/// What becomes of a request that a fault struck; `None` where no answer is sent.
async fn struck(sim: &Sim, trouble: &Trouble, request: Request, next: Next) -> Option<Response> {
    match trouble {
        Trouble::DropBefore => None,
        Trouble::HangBefore => {
            sim.faults.cleared().await;
            None
        }
        Trouble::Slow(delay) => {
            tokio::time::sleep(*delay).await;
            Some(next.run(request).await)
        }
        _ => {
            if trouble.is_after() {
                next.run(request).await;
            }
            if *trouble == Trouble::HangAfter {
                sim.faults.cleared().await;
            }
            {
                let form = sim.read(|world| world.rules.retry_after);
                trouble.answer(sim.now(), form)
            }
        }
    }
}

/// Whose token came with a request.
struct Who {
    email: String,
    account_id: String,
    plan: Plan,
}

fn bearer_of(sim: &Sim, headers: &HeaderMap) -> Option<Who> {
    let text = headers
        .get(header::AUTHORIZATION)?
        .to_str()
        .ok()?
        .strip_prefix("Bearer ")?;
    sim.read(|world| {
        let holds = |token: &crate::records::Token| token.text == text;
        let grant = world
            .grants
            .iter()
            .find(|grant| grant.access.iter().any(holds))?;
        let user = world.user(&grant.user_id)?;
        let account = world.accounts.get(&user.account_id);
        Some(Who {
            email: user.email.clone(),
            account_id: user.account_id.clone(),
            plan: account.map(|account| account.plan).unwrap_or_default(),
        })
    })
}

/// Bodies of API calls as they came; of token requests nothing that could be used.
fn logged_body(path: &str, body: &Bytes) -> Option<String> {
    if body.is_empty() {
        return None;
    }
    if path == "/oauth/token" {
        return url::form_urlencoded::parse(body)
            .find(|(name, _)| name == "grant_type")
            .map(|(_, value)| format!("grant_type={value}"));
    }
    path.starts_with("/v2/").then(|| {
        let end = body.len().min(LOGGED_BODY);
        String::from_utf8_lossy(body.get(..end).unwrap_or_default()).into_owned()
    })
}
