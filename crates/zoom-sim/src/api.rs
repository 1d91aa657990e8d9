//! What all REST calls share: the token, the scopes, the errors; and `users/me`.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::utc_day;
use crate::faults::Trouble;
use crate::options::SimUser;
use crate::records::Quota;
use crate::rules::RetryAfter;
use crate::state::{Sim, World};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new().route("/v2/users/{user}", get(me))
}

/// An error as the API words it.
pub(crate) struct ApiError {
    pub(crate) status: StatusCode,
    body: Value,
    limit: Option<Trouble>,
}

impl ApiError {
    pub(crate) fn new(status: StatusCode, code: i64, message: &str) -> Self {
        Self {
            status,
            body: json!({"code": code, "message": message}),
            limit: None,
        }
    }

    /// 400/300 with the fields at fault.
    pub(crate) fn validation(fields: &[(&str, &str)]) -> Self {
        let errors: Vec<Value> = fields
            .iter()
            .map(|(field, message)| json!({"field": field, "message": message}))
            .collect();
        let body = json!({"code": 300, "message": "Validation Failed.", "errors": errors});
        Self {
            status: StatusCode::BAD_REQUEST,
            body,
            limit: None,
        }
    }

    pub(crate) fn no_meeting(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            3001,
            &format!("Meeting does not exist: {id}."),
        )
    }

    fn scope(scope: &str) -> Self {
        let message =
            format!("Invalid access token, does not contain scopes:[{scope}, {scope}:admin].");
        Self::new(StatusCode::BAD_REQUEST, 4711, &message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        match self
            .limit
            .and_then(|limit| limit.answer(Timestamp::UNIX_EPOCH, RetryAfter::None))
        {
            Some(answer) => answer,
            None => (self.status, Json(self.body)).into_response(),
        }
    }
}

/// Who calls, with which app.
pub(crate) struct Caller {
    pub(crate) user: SimUser,
    pub(crate) client_id: String,
}

/// Checks the bearer token, then its scopes.
pub(crate) fn caller(
    world: &World,
    now: Timestamp,
    headers: &HeaderMap,
    query: Option<&str>,
    scope: &str,
) -> Result<Caller, ApiError> {
    let refuse = |message: &str| ApiError::new(StatusCode::UNAUTHORIZED, 124, message);
    let mut pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    if pairs.any(|(name, _)| name == "access_token") {
        return Err(refuse(
            "Invalid access token, this access token is not supported as query parameter string.",
        ));
    }
    let text = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| refuse("Invalid access token."))?;
    let found = world.grants.iter().find_map(|grant| {
        let token = grant.access.iter().find(|token| token.text == text)?;
        Some((grant, token))
    });
    let (grant, token) = found.ok_or_else(|| refuse("Invalid access token."))?;
    if token.expires_at <= now {
        return Err(refuse("Access token is expired."));
    }
    let user = world.user(&grant.user_id).ok_or_else(|| {
        let message = format!("User does not exist: {}.", grant.user_id);
        ApiError::new(StatusCode::NOT_FOUND, 1001, &message)
    })?;
    if !grant.scopes.iter().any(|held| held == scope) {
        return Err(ApiError::scope(scope));
    }
    Ok(Caller {
        user: user.clone(),
        client_id: grant.client_id.clone(),
    })
}

/// A user-level token reaches nobody but its own user, who is called `me`.
pub(crate) fn only_me(path_user: &str, scope: &str) -> Result<(), ApiError> {
    if path_user == "me" {
        return Ok(());
    }
    let message = format!("Invalid access token, does not contain scopes:[{scope}:admin].");
    Err(ApiError::new(StatusCode::BAD_REQUEST, 4711, &message))
}

/// Counts a create or update request of the user; the hundred and first is refused.
pub(crate) fn count_meeting_request(
    world: &mut World,
    now: Timestamp,
    user_id: &str,
) -> Result<(), ApiError> {
    let Some(limit) = world.rules.meeting_requests_per_day else {
        return Ok(());
    };
    let day = utc_day(now);
    let quota = world.quotas.entry(user_id.to_owned()).or_default();
    if quota.day != day {
        *quota = Quota { day, used: 0 };
    }
    if quota.used >= limit {
        return Err(ApiError {
            status: StatusCode::TOO_MANY_REQUESTS,
            body: Value::Null,
            limit: Some(Trouble::DailyLimitUser),
        });
    }
    quota.used += 1;
    Ok(())
}

/// No such call.
pub(crate) fn unrecognized() -> Response {
    ApiError::new(
        StatusCode::NOT_FOUND,
        2300,
        "This API endpoint is not recognized.",
    )
    .into_response()
}

async fn me(
    State(sim): State<Arc<Sim>>,
    Path(path_user): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    const SCOPE: &str = "user:read:user";
    let now = sim.now();
    let caller = sim.read(|world| caller(world, now, &headers, query.as_deref(), SCOPE))?;
    only_me(&path_user, SCOPE)?;
    Ok(Json(profile(&sim, &caller.user)))
}

fn profile(sim: &Sim, user: &SimUser) -> Value {
    let (first, last) = user
        .display_name
        .split_once(' ')
        .unwrap_or((user.display_name.as_str(), ""));
    let pmi = personal_number(user);
    json!({
        "id": user.user_id,
        "account_id": user.account_id,
        "account_number": 10_000_001,
        "first_name": first,
        "last_name": last,
        "display_name": user.display_name,
        "email": user.email,
        "type": if user.licensed { 2 } else { 1 },
        "role_name": "Member",
        "role_id": "2",
        "pmi": pmi,
        "use_pmi": false,
        "personal_meeting_url": format!("{}/j/{pmi}", sim.base()),
        "timezone": user.time_zone,
        "verified": 1,
        "dept": "",
        "created_at": "2024-03-04T08:00:00Z",
        "user_created_at": "2024-03-04T08:00:00Z",
        "language": "en-US",
        "status": "active",
        "login_types": [100],
        "group_ids": [],
        "im_group_ids": [],
        "job_title": "",
        "company": "",
        "location": "",
        "cluster": "sim",
    })
}

/// Ten digits that stay with the user.
pub(crate) fn personal_number(user: &SimUser) -> i64 {
    let sum = user.user_id.bytes().fold(7_i64, |sum, byte| {
        sum.wrapping_mul(31)
            .wrapping_add(i64::from(byte))
            .rem_euclid(9_000_000_000)
    });
    1_000_000_000 + sum
}
