//! Meetings over REST: create, list, get, change, delete.

mod body;
mod host;
mod listing;
mod series;

use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post, put};
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::api::{ApiError, Caller, addressed, caller, count_meeting_request};
use crate::clock::zulu;
use crate::options::SimUser;
use crate::records::StoredMeeting;
use crate::state::{Sim, World};
use crate::users::personal_number;
use crate::webhooks;

pub(crate) use body::Wanted;
pub(crate) use host::{apply, end, purge, recover, remove, start};
pub use series::{Occurrence, Recurrence};

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/v2/users/{user}/meetings", post(create).get(list))
        .route("/v2/meetings/{id}", get(read).patch(update).delete(delete))
        .route("/v2/meetings/{id}/status", put(change_status))
}

async fn create(
    State(sim): State<Arc<Sim>>,
    Path(path_user): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<Response, ApiError> {
    const SCOPE: &str = "meeting:write:meeting";
    let made = sim.change(|world, now| {
        let caller = caller(world, now, &headers, query.as_deref(), SCOPE)?;
        let host = addressed(world, &caller, &path_user, SCOPE)?;
        count_meeting_request(world, now, &host.user_id)?;
        let sent = body::object(&bytes)?;
        let mut wanted = Wanted::read(&sent)?;
        wanted.settle_zone(world.rules.unknown_time_zone, &host.time_zone)?;
        if let Some(other) = &wanted.schedule_for
            && *other != host.email
            && *other != host.user_id
        {
            let message = format!("You do not have permission to schedule for {other}.");
            return Err(ApiError::new(StatusCode::BAD_REQUEST, 3000, &message));
        }
        if wanted.kind == Some(8) && wanted.recurrence.is_none() {
            return Err(ApiError::validation(&[("recurrence", "Invalid field.")]));
        }
        wanted.fits(world.rules.max_occurrences)?;
        let meeting = make(
            world,
            now,
            &caller.client_id,
            &host,
            &wanted,
            Value::Object(sent),
        );
        webhooks::created(world, now, &meeting);
        world.meetings.insert(meeting.id, meeting.clone());
        Ok(meeting)
    })?;
    Ok((
        StatusCode::CREATED,
        Json(full(sim.base(), &made, sim.now())),
    )
        .into_response())
}

fn make(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    host: &SimUser,
    wanted: &Wanted,
    sent: Value,
) -> StoredMeeting {
    let account = world
        .accounts
        .get(&host.account_id)
        .cloned()
        .unwrap_or_default();
    let mut settings = account.defaults;
    settings.extend(wanted.settings.clone());
    settings.extend(account.locked);
    let kind = wanted.kind.unwrap_or(2);
    let time_zone = wanted.zone_name().unwrap_or_else(|| host.time_zone.clone());
    let password = match &wanted.password {
        Some(password) => password.clone(),
        None if wanted.default_password == Some(false) => String::new(),
        None => world.source.passcode(),
    };
    let mut id = world.source.meeting_id();
    while world.meetings.contains_key(&id) {
        id = world.source.meeting_id();
    }
    tracing::debug!(meeting.id = id, "meeting made");
    let meeting = StoredMeeting {
        id,
        uuid: world.source.meeting_uuid(),
        host_id: host.user_id.clone(),
        host_email: host.email.clone(),
        account_id: host.account_id.clone(),
        client_id: client_id.to_owned(),
        topic: wanted
            .topic
            .clone()
            .unwrap_or_else(|| "Zoom Meeting".into()),
        agenda: wanted.agenda.clone().unwrap_or_default(),
        kind,
        start_time: if matches!(kind, 1 | 3) {
            None
        } else {
            wanted.instant(&time_zone)
        },
        duration: wanted.duration.unwrap_or(60),
        time_zone,
        password,
        link_key: world.source.long(),
        settings,
        created_at: now,
        deleted_at: None,
        purged_at: None,
        started_at: None,
        recurrence: wanted.recurrence.clone().filter(|_| kind == 8),
        occurrences: Vec::new(),
        sent,
        changes: Vec::new(),
    };
    meeting.repeated(world.rules.max_occurrences)
}

async fn read(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    let now = sim.now();
    let meeting = sim.read(|world| {
        let caller = caller(
            world,
            now,
            &headers,
            query.as_deref(),
            "meeting:read:meeting",
        )?;
        own(world, &caller, &id).cloned()
    })?;
    let mut answer = full(sim.base(), &meeting, now);
    if meeting.settings.get("use_pmi") == Some(&Value::Bool(true)) {
        let number = sim.read(|world| world.user(&meeting.host_id).map(personal_number));
        if let Some(object) = answer.as_object_mut() {
            object.insert("pmi".into(), json!(number));
        }
    }
    Ok(Json(answer))
}

async fn update(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, ApiError> {
    sim.change(|world, now| {
        let caller = caller(
            world,
            now,
            &headers,
            query.as_deref(),
            "meeting:update:meeting",
        )?;
        let meeting = own(world, &caller, &id)?;
        let (meeting_id, host_id) = (meeting.id, meeting.host_id.clone());
        let own_zone = world.user(&host_id).map(|host| host.time_zone.clone());
        count_meeting_request(world, now, &host_id)?;
        let sent = body::object(&bytes)?;
        let mut wanted = Wanted::read(&sent)?;
        let own_zone = own_zone.unwrap_or_default();
        wanted.settle_zone(world.rules.unknown_time_zone, &own_zone)?;
        wanted.fits(world.rules.max_occurrences)?;
        let sent = Some(Value::Object(sent));
        match occurrence(query.as_deref()) {
            None => apply(world, now, meeting_id, &wanted, sent),
            Some(one) => host::move_one(world, now, meeting_id, (&one, &wanted), sent),
        }
        .then_some(StatusCode::NO_CONTENT)
        .ok_or_else(|| ApiError::no_meeting(&id))
    })
}

async fn delete(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    sim.change(|world, now| {
        let caller = caller(
            world,
            now,
            &headers,
            query.as_deref(),
            "meeting:delete:meeting",
        )?;
        let meeting_id = own(world, &caller, &id)?.id;
        if let Some(occurrence) = occurrence(query.as_deref()) {
            return host::take_out(world, now, meeting_id, &occurrence)
                .then_some(StatusCode::NO_CONTENT)
                .ok_or_else(|| ApiError::no_meeting(&id));
        }
        if remove(world, now, meeting_id) {
            return Ok(StatusCode::NO_CONTENT);
        }
        let message = "Sorry, you cannot delete this meeting since it is in progress.";
        Err(ApiError::new(StatusCode::BAD_REQUEST, 3002, message))
    })
}

async fn change_status(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    bytes: Bytes,
) -> Result<StatusCode, ApiError> {
    const SCOPE: &str = "meeting:update:status";
    sim.change(|world, now| {
        let caller = caller(world, now, &headers, query.as_deref(), SCOPE)?;
        let meeting_id = own(world, &caller, &id)?.id;
        let sent = body::object(&bytes)?;
        if sent.get("action").and_then(Value::as_str) != Some("end") {
            return Err(ApiError::validation(&[("action", "Invalid field.")]));
        }
        if end(world, now, meeting_id) {
            return Ok(StatusCode::NO_CONTENT);
        }
        let message = "Can not end the meeting: it has not begun.";
        Err(ApiError::new(StatusCode::BAD_REQUEST, 3063, message))
    })
}

async fn list(
    State(sim): State<Arc<Sim>>,
    Path(path_user): Path<String>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Json<Value>, ApiError> {
    const SCOPE: &str = "meeting:read:list_meetings";
    sim.change(|world, now| {
        let caller = caller(world, now, &headers, query.as_deref(), SCOPE)?;
        let user = addressed(world, &caller, &path_user, SCOPE)?;
        listing::page(world, now, &user, query.as_deref().unwrap_or_default())
    })
    .map(Json)
}

/// The occurrence of a series that a query names.
fn occurrence(query: Option<&str>) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query?.as_bytes());
    let (_, id) = pairs.find(|(name, _)| name == "occurrence_id")?;
    Some(id.into_owned()).filter(|id| !id.is_empty())
}

/// The caller's own living meeting; everything else does not exist.
fn own<'a>(world: &'a World, caller: &Caller, id: &str) -> Result<&'a StoredMeeting, ApiError> {
    id.parse::<i64>()
        .ok()
        .and_then(|number| world.meetings.get(&number))
        .filter(|meeting| meeting.deleted_at.is_none())
        .filter(|meeting| caller.reaches(&meeting.host_id, &meeting.account_id))
        .ok_or_else(|| ApiError::no_meeting(id))
}

/// The address that people click.
pub(crate) fn join_url(base: &str, meeting: &StoredMeeting) -> String {
    if meeting.password.is_empty() {
        return format!("{base}/j/{}", meeting.id);
    }
    let key = meeting.link_key.get(..31).unwrap_or(&meeting.link_key);
    format!("{base}/j/{}?pwd={key}.1", meeting.id)
}

/// A meeting as create and get answer it.
fn full(base: &str, meeting: &StoredMeeting, now: Timestamp) -> Value {
    let mut answer = Map::new();
    let mut put = |key: &str, value: Value| answer.insert(key.to_owned(), value);
    put("uuid", json!(meeting.uuid));
    put("id", json!(meeting.id));
    put("host_id", json!(meeting.host_id));
    put("host_email", json!(meeting.host_email));
    put("topic", json!(meeting.topic));
    put("type", json!(meeting.kind));
    let status = meeting.started_at.map_or("waiting", |_| "started");
    put("status", json!(status));
    if let Some(start) = meeting.start_time {
        put("start_time", json!(zulu(start)));
    }
    put("duration", json!(meeting.duration));
    put("timezone", json!(meeting.time_zone));
    put("agenda", json!(meeting.agenda));
    put("created_at", json!(zulu(meeting.created_at)));
    // Acts as the host for two hours; a client has no business keeping it.
    put(
        "start_url",
        json!(format!(
            "{base}/s/{}?zak=sim-{}",
            meeting.id,
            now.as_second()
        )),
    );
    put("join_url", json!(join_url(base, meeting)));
    if !meeting.password.is_empty() {
        put("password", json!(meeting.password));
        put("h323_password", json!(digits(meeting)));
        put("pstn_password", json!(digits(meeting)));
        put(
            "encrypted_password",
            json!(format!(
                "{}.1",
                meeting.link_key.get(..31).unwrap_or_default()
            )),
        );
    }
    put("settings", Value::Object(meeting.settings.clone()));
    put("pre_schedule", json!(false));
    put("creation_source", json!("open_api"));
    series::put(&mut answer, meeting);
    Value::Object(answer)
}

/// The passcode for telephones.
fn digits(meeting: &StoredMeeting) -> String {
    let sum = meeting.password.bytes().fold(meeting.id, |sum, byte| {
        sum.wrapping_mul(33)
            .wrapping_add(i64::from(byte))
            .rem_euclid(1_000_000)
    });
    format!("{sum:06}")
}
