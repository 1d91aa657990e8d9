//! What all REST calls share: the token, the scopes, the errors.

use axum::Json;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::clock::utc_day;
use crate::faults::Trouble;
use crate::options::SimUser;
use crate::people::Standing;
use crate::records::{Grant, Quota};
use crate::rules::{Deactivated, RetryAfter};
use crate::state::World;

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

    fn no_user(user: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            1001,
            &format!("User does not exist: {user}."),
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
    /// The user whose token it is; of a server-to-server app, one who stands for the account.
    user: SimUser,
    pub(crate) client_id: String,
    whole_account: bool,
}

impl Caller {
    /// Reaches what belongs to this user.
    pub(crate) fn reaches(&self, user_id: &str, account_id: &str) -> bool {
        if self.whole_account {
            self.user.account_id == account_id
        } else {
            self.user.user_id == user_id
        }
    }
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
    let user = world
        .user(&grant.user_id)
        .ok_or_else(|| ApiError::no_user(&grant.user_id))?;
    if !grant.whole_account {
        may_call(world, grant, user, scope)?;
    }
    if !grant.allows(scope) {
        return Err(ApiError::scope(scope));
    }
    Ok(Caller {
        user: user.clone(),
        client_id: grant.client_id.clone(),
        whole_account: grant.whole_account,
    })
}

/// What has become of the user since the token was issued.
fn may_call(world: &World, grant: &Grant, user: &SimUser, scope: &str) -> Result<(), ApiError> {
    let hosting = matches!(scope, "meeting:write:meeting" | "meeting:update:meeting");
    match (world.standing(&user.user_id), world.rules.deactivated_user) {
        (Standing::Deleted, _) | (Standing::Deactivated, Deactivated::NoUser) => {
            Err(ApiError::no_user(&user.user_id))
        }
        (Standing::Deactivated, Deactivated::BadToken) => Err(ApiError::new(
            StatusCode::UNAUTHORIZED,
            124,
            "Invalid access token.",
        )),
        (Standing::NoHosting, _) | (Standing::Deactivated, Deactivated::NoHosting) if hosting => {
            Err(ApiError::new(
                StatusCode::BAD_REQUEST,
                3161,
                "Your user account is not allowed meeting hosting and scheduling capabilities.",
            ))
        }
        _ if grant.account_id != user.account_id => Err(ApiError::new(
            StatusCode::BAD_REQUEST,
            1010,
            "User does not belong to this account.",
        )),
        _ => Ok(()),
    }
}

/// The user that a path speaks of. A user-level token reaches nobody but its own user, who is
/// called `me`; a server-to-server app reaches the users of its account, by id or address.
pub(crate) fn addressed(
    world: &World,
    caller: &Caller,
    path_user: &str,
    scope: &str,
) -> Result<SimUser, ApiError> {
    if path_user == "me" {
        return Ok(caller.user.clone());
    }
    if !caller.whole_account {
        let message = format!("Invalid access token, does not contain scopes:[{scope}:admin].");
        return Err(ApiError::new(StatusCode::BAD_REQUEST, 4711, &message));
    }
    world
        .user(path_user)
        .or_else(|| world.user_by_email(path_user))
        .filter(|user| user.account_id == caller.user.account_id)
        .filter(|user| world.standing(&user.user_id).may_sign_in())
        .cloned()
        .ok_or_else(|| ApiError::no_user(path_user))
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
