//! Webhooks: what is said to the apps, and the postman who brings it.

mod delivery;

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use crate::clock::{zulu, zulu_millis};
use crate::meetings::join_url;
use crate::records::{Delivery, DeliveryState, Grant, StoredMeeting, WebhookMode};
use crate::state::World;

pub(crate) use delivery::{client, deliver_due, postman};

/// Name of the challenge that an address has to answer.
pub(crate) const CHALLENGE: &str = "endpoint.url_validation";
/// An address is asked anew after 72 hours.
const VALIDATION_SECONDS: i64 = 72 * 3_600;
/// Finished deliveries beyond this many are forgotten.
const KEPT: usize = 1_000;

/// Asks an app's webhook address to prove that it knows the secret.
pub(crate) fn challenge(world: &mut World, now: Timestamp, client_id: &str) {
    let token = world.source.short();
    let body = json!({
        "payload": {"plainToken": token},
        "event_ts": now.as_millisecond(),
        "event": CHALLENGE,
    });
    queue(world, now, client_id, CHALLENGE, &body);
}

/// Challenges the addresses whose last proof is 72 hours old.
pub(crate) fn challenge_again(world: &mut World, now: Timestamp) {
    let stale: Vec<String> = stale_proofs(world, now).map(str::to_owned).collect();
    for client_id in stale {
        if let Some(record) = world.apps.get_mut(&client_id) {
            record.validated_at = None;
        }
        challenge(world, now, &client_id);
    }
}

/// The apps whose address has proved itself, but long ago.
pub(crate) fn stale_proofs(world: &World, now: Timestamp) -> impl Iterator<Item = &str> {
    let old = move |at: Timestamp| at.as_second() + VALIDATION_SECONDS <= now.as_second();
    world
        .apps
        .iter()
        .filter(move |(_, record)| record.validated_at.is_some_and(old))
        .map(|(client_id, _)| client_id.as_str())
}

/// Tells an app that a user has removed it. The grant is already gone.
pub(crate) fn deauthorized(world: &mut World, now: Timestamp, grant: &Grant) {
    let body = json!({
        "event": "app_deauthorized",
        "event_ts": now.as_millisecond(),
        "payload": {
            "account_id": grant.account_id,
            "user_id": grant.user_id,
            "signature": world.source.hex(),
            "deauthorization_time": zulu_millis(now),
            "client_id": grant.client_id,
        },
    });
    send(world, now, &grant.client_id, "app_deauthorized", &body);
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

/// Puts a delivery into the queue once more, as it was: a repeat, or one out of order.
pub(crate) fn send_again(world: &mut World, now: Timestamp, id: u64) -> bool {
    let Some(old) = world
        .deliveries
        .iter()
        .find(|delivery| delivery.id == id)
        .cloned()
    else {
        return false;
    };
    push(
        world,
        now,
        Delivery {
            attempts: Vec::new(),
            due_at: Some(now),
            ..old
        },
    );
    true
}

/// Makes a waiting delivery due now.
pub(crate) fn hurry(world: &mut World, now: Timestamp, id: u64) -> bool {
    let waiting = |held: &&mut Delivery| held.id == id && held.state == DeliveryState::Waiting;
    let Some(delivery) = world.deliveries.iter_mut().find(waiting) else {
        return false;
    };
    delivery.due_at = Some(now);
    true
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

/// To every app that the host has installed and that may read meetings.
fn announce(world: &mut World, now: Timestamp, meeting: &StoredMeeting, event: &str, rest: Value) {
    let mut payload = json!({
        "account_id": meeting.account_id,
        "operator": meeting.host_email,
        "operator_id": meeting.host_id,
    });
    if let (Some(payload), Value::Object(rest)) = (payload.as_object_mut(), rest) {
        payload.extend(rest);
    }
    let body = json!({"event": event, "event_ts": now.as_millisecond(), "payload": payload});
    let listeners: Vec<String> = world
        .grants
        .iter()
        .filter(|grant| grant.user_id == meeting.host_id)
        .filter(|grant| {
            grant
                .scopes
                .iter()
                .any(|scope| scope == "meeting:read:meeting")
        })
        .map(|grant| grant.client_id.clone())
        .collect();
    for client_id in listeners {
        send(world, now, &client_id, event, &body);
    }
}

/// An event; an address that has not proved itself lately is challenged first.
fn send(world: &mut World, now: Timestamp, client_id: &str, event: &str, body: &Value) {
    let validated = world
        .apps
        .get(client_id)
        .and_then(|record| record.validated_at);
    if validated.is_none_or(|at| at.as_second() + VALIDATION_SECONDS <= now.as_second()) {
        challenge(world, now, client_id);
    }
    queue(world, now, client_id, event, body);
    if world.rules.webhooks == WebhookMode::Twice {
        queue(world, now, client_id, event, body);
    }
}

fn queue(world: &mut World, now: Timestamp, client_id: &str, event: &str, body: &Value) {
    let Some(url) = world.app(client_id).and_then(|app| app.webhook_url.clone()) else {
        return;
    };
    let held = world.rules.webhooks == WebhookMode::Held && event != CHALLENGE;
    let delivery = Delivery {
        id: 0,
        client_id: client_id.to_owned(),
        event: event.to_owned(),
        url,
        body: body.to_string(),
        tracking_id: world.source.tracking_id(),
        created_at: now,
        state: DeliveryState::Waiting,
        due_at: (!held).then_some(now),
        attempts: Vec::new(),
    };
    push(world, now, delivery);
}

fn push(world: &mut World, now: Timestamp, mut delivery: Delivery) {
    world.delivery_serial += 1;
    delivery.id = world.delivery_serial;
    delivery.state = DeliveryState::Waiting;
    tracing::debug!(event = %delivery.event, at = %now, "webhook queued");
    world.deliveries.push(delivery);
    let surplus = world.deliveries.len().saturating_sub(KEPT);
    let mut forgotten = 0;
    world.deliveries.retain(|held| {
        let forget = forgotten < surplus && held.state != DeliveryState::Waiting;
        forgotten += usize::from(forget);
        !forget
    });
}
