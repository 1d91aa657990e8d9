//! What each event says.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::send;
use crate::clock::{zulu, zulu_millis};
use crate::meetings::join_url;
use crate::options::SimUser;
use crate::records::{Grant, StoredMeeting};
use crate::rules::Place;
use crate::state::World;

/// Tells an app that a user has removed it. The grant is already gone.
pub(crate) fn deauthorized(world: &mut World, now: Timestamp, grant: &Grant) {
    let mut payload = Map::new();
    payload.insert("account_id".into(), json!(grant.account_id));
    payload.insert("user_id".into(), json!(grant.user_id));
    payload.insert("signature".into(), json!(world.source.hex()));
    payload.insert("deauthorization_time".into(), json!(zulu_millis(now)));
    payload.insert("client_id".into(), json!(grant.client_id));
    if world.rules.deauthorization_says_retention {
        payload.insert("user_data_retention".into(), json!("false"));
    }
    let mut body = Map::new();
    body.insert("event".into(), json!("app_deauthorized"));
    match world.rules.deauthorization_event_ts {
        Place::Top => body.insert("event_ts".into(), json!(now.as_millisecond())),
        Place::Payload => payload.insert("event_ts".into(), json!(now.as_millisecond())),
        Place::Nowhere => None,
    };
    body.insert("payload".into(), Value::Object(payload));
    send(
        world,
        now,
        &grant.client_id,
        "app_deauthorized",
        &Value::Object(body),
    );
}

/// Tells the apps of a user what the administrator has done, if the rules let them hear it.
pub(crate) fn about_user(
    world: &mut World,
    now: Timestamp,
    user: &SimUser,
    event: &str,
    rest: Value,
) {
    // A server-to-server app hears of it in any case.
    let all = world.rules.user_events;
    let listeners = listeners(world, &user.user_id, &user.account_id, "user:read:user");
    let listeners = listeners.into_iter().filter(|(_, whole)| all || *whole);
    let admin = world
        .users
        .iter()
        .find(|held| held.account_id == user.account_id)
        .unwrap_or(user);
    let payload = json!({
        "account_id": user.account_id,
        "operator": admin.email,
        "operator_id": admin.user_id,
    });
    let body = envelope(now, event, payload, rest);
    for (client_id, _) in listeners {
        send(world, now, &client_id, event, &body);
    }
}

/// Tells the host's apps of a new meeting; the app that made it hears of it too.
pub(crate) fn created(world: &mut World, now: Timestamp, meeting: &StoredMeeting) {
    let mut object = outline(meeting);
    object.insert("join_url".into(), json!(join_url(&world.base, meeting)));
    object.insert("password".into(), json!(meeting.password));
    object.insert("creation_source".into(), json!("open_api"));
    object.insert(
        "settings".into(),
        json!({
            "use_pmi": meeting.settings.get("use_pmi"),
            "alternative_hosts": meeting.settings.get("alternative_hosts"),
            "join_before_host": meeting.settings.get("join_before_host"),
            "jbh_time": meeting.settings.get("jbh_time"),
            "meeting_invitees": meeting.settings.get("meeting_invitees"),
        }),
    );
    announce(
        world,
        now,
        meeting,
        "meeting.created",
        json!({"operation": "all", "object": object}),
    );
}

/// Tells the host's apps what has changed; nothing is said of a change that changed nothing.
pub(crate) fn updated(world: &mut World, now: Timestamp, old: &StoredMeeting, new: &StoredMeeting) {
    let (mut before, mut after) = (Map::new(), Map::new());
    let facts = |meeting: &StoredMeeting| {
        [
            ("topic", json!(meeting.topic)),
            ("agenda", json!(meeting.agenda)),
            ("start_time", json!(meeting.start_time.map(zulu))),
            ("duration", json!(meeting.duration)),
            ("timezone", json!(meeting.time_zone)),
            ("password", json!(meeting.password)),
            ("join_url", json!(join_url(&world.base, meeting))),
            ("settings", json!(meeting.settings)),
        ]
    };
    for ((key, then), (_, since)) in facts(old).into_iter().zip(facts(new)) {
        if then != since {
            before.insert(key.into(), then);
            after.insert(key.into(), since);
        }
    }
    if after.is_empty() {
        return;
    }
    for side in [&mut before, &mut after] {
        side.insert("id".into(), json!(new.id));
    }
    let rest = json!({
        "object": after,
        "old_object": before,
        "scope": "all",
        "time_stamp": now.as_millisecond(),
    });
    announce(world, now, new, "meeting.updated", rest);
}

/// Tells the host's apps that a meeting is gone.
pub(crate) fn deleted(world: &mut World, now: Timestamp, meeting: &StoredMeeting) {
    let rest = json!({"operation": "all", "object": outline(meeting)});
    announce(world, now, meeting, "meeting.deleted", rest);
}

/// Tells the host's apps that a deleted meeting is back.
pub(crate) fn recovered(world: &mut World, now: Timestamp, meeting: &StoredMeeting) {
    let rest = json!({"operation": "all", "object": outline(meeting)});
    announce(world, now, meeting, "meeting.recovered", rest);
}

/// Tells the host's apps that a deleted meeting cannot come back.
pub(crate) fn permanently_deleted(world: &mut World, now: Timestamp, meeting: &StoredMeeting) {
    let rest = json!({"operation": "all", "object": outline(meeting)});
    announce(world, now, meeting, "meeting.permanently_deleted", rest);
}

/// Tells the host's apps that the meeting has begun.
pub(crate) fn started(world: &mut World, now: Timestamp, meeting: &StoredMeeting) {
    let object = instance(meeting, now);
    announce(
        world,
        now,
        meeting,
        "meeting.started",
        json!({"object": object}),
    );
}

/// Tells the host's apps that the meeting that began then is over.
pub(crate) fn ended(
    world: &mut World,
    now: Timestamp,
    meeting: &StoredMeeting,
    started_at: Timestamp,
) {
    let mut object = instance(meeting, started_at);
    object.insert("end_time".into(), json!(zulu(now)));
    announce(
        world,
        now,
        meeting,
        "meeting.ended",
        json!({"object": object}),
    );
}

fn outline(meeting: &StoredMeeting) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("uuid".into(), json!(meeting.uuid));
    object.insert("id".into(), json!(meeting.id));
    object.insert("host_id".into(), json!(meeting.host_id));
    object.insert("topic".into(), json!(meeting.topic));
    object.insert("type".into(), json!(meeting.kind));
    if let Some(start) = meeting.start_time {
        object.insert("start_time".into(), json!(zulu(start)));
    }
    object.insert("duration".into(), json!(meeting.duration));
    object.insert("timezone".into(), json!(meeting.time_zone));
    object
}

/// A meeting that takes place: here, and only here, Zoom writes the number as a string.
fn instance(meeting: &StoredMeeting, started_at: Timestamp) -> Map<String, Value> {
    let mut object = outline(meeting);
    object.insert("id".into(), json!(meeting.id.to_string()));
    object.insert("start_time".into(), json!(zulu(started_at)));
    object
}

/// To every app that the host has installed and that may read meetings.
fn announce(world: &mut World, now: Timestamp, meeting: &StoredMeeting, event: &str, rest: Value) {
    let payload = json!({
        "account_id": meeting.account_id,
        "operator": meeting.host_email,
        "operator_id": meeting.host_id,
    });
    let body = envelope(now, event, payload, rest);
    let scope = "meeting:read:meeting";
    for (client_id, _) in listeners(world, &meeting.host_id, &meeting.account_id, scope) {
        send(world, now, &client_id, event, &body);
    }
}

fn envelope(now: Timestamp, event: &str, mut payload: Value, rest: Value) -> Value {
    if let (Some(payload), Value::Object(rest)) = (payload.as_object_mut(), rest) {
        payload.extend(rest);
    }
    json!({"event": event, "event_ts": now.as_millisecond(), "payload": payload})
}

/// The apps that hear of a user's things: those of the user, and those of the whole account.
fn listeners(world: &World, user_id: &str, account_id: &str, scope: &str) -> Vec<(String, bool)> {
    let concerned = |grant: &&Grant| {
        if grant.whole_account {
            grant.account_id == account_id
        } else {
            grant.user_id == user_id
        }
    };
    world
        .grants
        .iter()
        .filter(concerned)
        .filter(|grant| grant.allows(scope))
        .map(|grant| (grant.client_id.clone(), grant.whole_account))
        .collect()
}
