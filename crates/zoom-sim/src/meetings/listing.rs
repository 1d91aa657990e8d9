//! Lists of meetings: kinds, pages, and the agenda cut short.

use std::collections::HashMap;

use axum::http::StatusCode;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::join_url;
use crate::api::ApiError;
use crate::clock::{later, utc_day, zulu};
use crate::options::SimUser;
use crate::records::{PageToken, StoredMeeting};
use crate::state::World;

/// A page token lives fifteen minutes.
const TOKEN_SECONDS: i64 = 900;
/// A meeting stays listed for thirty days after its time.
const EXPIRY_SECONDS: i64 = 30 * 86_400;
/// A list shows this much of an agenda.
const AGENDA_CHARS: usize = 250;

/// One page of the user's meetings.
pub(crate) fn page(
    world: &mut World,
    now: Timestamp,
    user: &SimUser,
    query: &str,
) -> Result<Value, ApiError> {
    let query: HashMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let kind = query.get("type").map_or("scheduled", String::as_str);
    if ![
        "scheduled",
        "live",
        "upcoming",
        "upcoming_meetings",
        "previous_meetings",
    ]
    .contains(&kind)
    {
        return Err(ApiError::validation(&[("type", "Invalid field.")]));
    }
    let number = |key: &str, otherwise: usize| match query.get(key) {
        None => Ok(otherwise),
        Some(text) => text
            .parse::<usize>()
            .map_err(|_| ApiError::validation(&[(key, "Invalid field.")])),
    };
    let page_size = number("page_size", 30)?.clamp(1, 300);
    let offset = match query
        .get("next_page_token")
        .filter(|token| !token.is_empty())
    {
        None => number("page_number", 1)?.saturating_sub(1) * page_size,
        Some(token) => world
            .page_tokens
            .get(token)
            .filter(|held| held.user_id == user.user_id && held.expires_at > now)
            .map(|held| held.offset)
            .ok_or_else(|| {
                let message = "The next page token is either invalid or expired.";
                ApiError::new(StatusCode::BAD_REQUEST, 300, message)
            })?,
    };
    let mut found: Vec<&StoredMeeting> = world
        .meetings
        .values()
        .filter(|meeting| meeting.host_id == user.user_id && meeting.deleted_at.is_none())
        .filter(|meeting| listed(meeting, kind, now) && between(meeting, &query))
        .collect();
    found.sort_by_key(|meeting| (meeting.start_time, meeting.id));
    let total = found.len();
    let meetings: Vec<Value> = found
        .iter()
        .skip(offset)
        .take(page_size)
        .map(|meeting| brief(&world.base, meeting))
        .collect();
    let end = offset + page_size;
    let next_page_token = if end < total {
        let token = world.source.long();
        let held = PageToken {
            user_id: user.user_id.clone(),
            offset: end,
            expires_at: later(now, TOKEN_SECONDS),
        };
        world.page_tokens.insert(token.clone(), held);
        token
    } else {
        String::new()
    };
    Ok(json!({
        "page_count": total.div_ceil(page_size),
        "page_number": offset / page_size + 1,
        "page_size": page_size,
        "total_records": total,
        "next_page_token": next_page_token,
        "meetings": meetings,
    }))
}

fn listed(meeting: &StoredMeeting, kind: &str, now: Timestamp) -> bool {
    // Instant meetings are never listed; those without a time count as to come.
    if meeting.kind == 1 {
        return false;
    }
    if kind == "live" {
        return meeting.started_at.is_some();
    }
    let Some(start) = meeting.start_time else {
        return matches!(kind, "scheduled" | "upcoming" | "upcoming_meetings");
    };
    let last = meeting.occurrences.last();
    let (start, minutes) = last.map_or((start, meeting.duration), |one| {
        (one.start_time, one.duration)
    });
    let end = later(start, minutes * 60);
    match kind {
        "scheduled" => later(start, EXPIRY_SECONDS) > now,
        "upcoming" | "upcoming_meetings" => end > now,
        _ => end <= now,
    }
}

/// `from` and `to` are days, both included.
fn between(meeting: &StoredMeeting, query: &HashMap<String, String>) -> bool {
    let Some(start) = meeting.start_time else {
        return true;
    };
    let day = utc_day(start);
    query
        .get("from")
        .is_none_or(|from| day.as_str() >= from.get(..10).unwrap_or(from))
        && query
            .get("to")
            .is_none_or(|to| day.as_str() <= to.get(..10).unwrap_or(to))
}

fn brief(base: &str, meeting: &StoredMeeting) -> Value {
    let agenda: String = meeting.agenda.chars().take(AGENDA_CHARS).collect();
    let mut item = Map::new();
    let mut put = |key: &str, value: Value| item.insert(key.to_owned(), value);
    put("uuid", json!(meeting.uuid));
    put("id", json!(meeting.id));
    put("host_id", json!(meeting.host_id));
    put("topic", json!(meeting.topic));
    put("type", json!(meeting.kind));
    if let Some(start) = meeting.start_time {
        put("start_time", json!(zulu(start)));
    }
    put("duration", json!(meeting.duration));
    put("timezone", json!(meeting.time_zone));
    put("created_at", json!(zulu(meeting.created_at)));
    put("join_url", json!(join_url(base, meeting)));
    if !agenda.is_empty() {
        put("agenda", json!(agenda));
    }
    Value::Object(item)
}
