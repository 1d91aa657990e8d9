//! Webhooks: what is said to the apps, and the postman who brings it.

mod delivery;
mod events;

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::records::{Delivery, DeliveryState};
use crate::rules::WebhookMode;
use crate::state::World;

pub(crate) use delivery::{client, deliver_due, postman};
pub(crate) use events::{
    created, deauthorized, deleted, ended, permanently_deleted, recovered, started, updated,
};

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
