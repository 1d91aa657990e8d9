//! What surrounds every request: the log, the tracking id, the limits, the faults.

mod call;
mod mangle;

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;

use crate::cable::Scissors;
use crate::faults::Trouble;
use crate::limits::{Category, Count, http_date};
use crate::log::LoggedRequest;
use crate::rules::Rules;
use crate::state::Sim;
use call::Seen;

/// A body that is larger is refused before anybody reads it.
const BODY_LIMIT: usize = 1 << 20;
/// How much of a body the log keeps.
const LOGGED_BODY: usize = 8 << 10;

/// Logs, gives a tracking id, counts, and lets faults strike.
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
    let seen = call::look(&sim, parts.method.as_str(), &path, &parts.headers, &body);
    let trouble = sim.faults.strike(&seen.call);
    let rules = sim.read(|world| world.rules.clone());
    let count = counted(&sim, &rules, &seen, &path, now);
    let tracking_id = sim.tracking_id();
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
        user: seen.call.user,
        body: logged_body(&path, &body),
        fault: trouble.as_ref().map(Trouble::words),
    });
    let request = Request::from_parts(parts, Body::from(body));
    let reached = count.as_ref().and_then(|count| count.refused);
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

/// Counts a call of the API; without an account there is nothing to count.
fn counted(sim: &Sim, rules: &Rules, seen: &Seen, path: &str, now: Timestamp) -> Option<Count> {
    let account = seen.call.account.as_deref()?;
    path.starts_with("/v2/").then(|| {
        let category = Category::of(seen.call.operation, path);
        sim.limits.count(rules, (account, seen.plan), category, now)
    })
}

/// What becomes of a request that a fault struck; `None` where no answer is sent.
async fn struck(sim: &Sim, trouble: &Trouble, request: Request, next: Next) -> Option<Response> {
    match trouble {
        Trouble::DropBefore => return None,
        Trouble::HangBefore => {
            sim.faults.cleared().await;
            return None;
        }
        Trouble::Slow(delay) => {
            tokio::time::sleep(*delay).await;
            return Some(next.run(request).await);
        }
        Trouble::DropAfter
        | Trouble::HangAfter
        | Trouble::StatusAfter(..)
        | Trouble::RawAfter(_)
        | Trouble::HtmlAfter(_) => {
            next.run(request).await;
        }
        Trouble::CutShort
        | Trouble::Drip(_)
        | Trouble::Truncated
        | Trouble::Emptied
        | Trouble::Mislabelled => {
            return Some(mangle::mangle(trouble, next.run(request).await).await);
        }
        Trouble::Status(..)
        | Trouble::Raw(_)
        | Trouble::Html(_)
        | Trouble::RateLimitedPerSecond
        | Trouble::DailyLimitAccount
        | Trouble::DailyLimitUser
        | Trouble::TooManyConcurrent => {}
    }
    if *trouble == Trouble::HangAfter {
        sim.faults.cleared().await;
    }
    let form = sim.read(|world| world.rules.retry_after);
    trouble.answer(sim.now(), form)
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
