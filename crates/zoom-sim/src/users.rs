//! Users over REST: the profile, and what they prefer for their meetings.

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::routing::get;
use serde_json::{Value, json};

use crate::api::{ApiError, addressed, caller};
use crate::options::SimUser;
use crate::people::{kind, names};
use crate::state::Sim;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/v2/users/{user}", get(user))
        .route("/v2/users/{user}/settings", get(settings))
}

async fn user(
    State(sim): State<Arc<Sim>>,
    Path(path_user): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    const SCOPE: &str = "user:read:user";
    let now = sim.now();
    let user = sim.read(|world| {
        let caller = caller(world, now, &headers, query.as_deref(), SCOPE)?;
        addressed(world, &caller, &path_user, SCOPE)
    })?;
    Ok(Json(profile(&sim, &user)))
}

/// The settings of the account, which its users follow here.
async fn settings(
    State(sim): State<Arc<Sim>>,
    Path(path_user): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    const SCOPE: &str = "user:read:settings";
    let now = sim.now();
    sim.read(|world| {
        let caller = caller(world, now, &headers, query.as_deref(), SCOPE)?;
        let user = addressed(world, &caller, &path_user, SCOPE)?;
        let account = world.accounts.get(&user.account_id);
        let value = |name: &str| {
            let account = account?;
            account
                .locked
                .get(name)
                .or_else(|| account.defaults.get(name))
        };
        Ok(Json(json!({
            "schedule_meeting": {
                "host_video": value("host_video"),
                "participants_video": value("participant_video"),
                "audio_type": value("audio"),
                "join_before_host": value("join_before_host"),
                "jbh_time": value("jbh_time"),
                "mute_upon_entry": value("mute_upon_entry"),
                "use_pmi_for_scheduled_meetings": value("use_pmi"),
                "require_password_for_scheduling_new_meetings": true,
                "default_password_for_scheduled_meetings": "",
            },
            "in_meeting": {
                "waiting_room": value("waiting_room"),
                "alternative_host": true,
            },
            "email_notification": {
                "alternative_host_reminder": value("alternative_hosts_email_notification"),
            },
            "recording": {"auto_recording": value("auto_recording")},
            "feature": {"meeting_capacity": if user.licensed { 300 } else { 100 }},
        })))
    })
}

fn profile(sim: &Sim, user: &SimUser) -> Value {
    let (first, last) = names(user);
    let pmi = personal_number(user);
    json!({
        "id": user.user_id,
        "account_id": user.account_id,
        "account_number": 10_000_001,
        "first_name": first,
        "last_name": last,
        "display_name": user.display_name,
        "email": user.email,
        "type": kind(user.licensed),
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
