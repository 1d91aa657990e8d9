//! Webhooks: what is said to the apps, and the postman who brings it.

mod delivery;
mod events;
mod letter;
mod mishaps;
mod proofs;

use jiff::Timestamp;
use serde_json::Value;

use crate::clock::later;
use crate::records::{Attempt, Delivery, DeliveryState};
use crate::rules::{Signature, WebhookMode};
use crate::state::World;

pub(crate) use delivery::{client, deliver_due, due, postman};
pub(crate) use events::{
    about_user, created, deauthorized, deleted, ended, permanently_deleted, recovered, started,
    updated,
};
pub use letter::Letter;
pub use mishaps::{Mishap, MishapKind};
pub(crate) use proofs::{challenge, enable_again};

/// Finished deliveries beyond this many are forgotten.
const KEPT: usize = 1_000;

/// Puts a delivery into the queue once more, as it was: a repeat, or one out of order.
pub(crate) fn send_again(
    world: &mut World,
    now: Timestamp,
    id: u64,
    signature: Option<Signature>,
) -> bool {
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
            signature: signature.or(old.signature),
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
    let Some(hook) = world.apps.get(client_id).map(|record| record.hook.clone()) else {
        return;
    };
    if hook.disabled_at.is_some() {
        return;
    }
    if !hook.is_proved(now) {
        challenge(world, now, client_id);
        if !world.rules.unproved_addresses_hear_events {
            return;
        }
    }
    let (mode, delay) = (world.rules.webhooks, world.rules.webhook_delay_seconds);
    let mut fate = Fate {
        copies: if mode == WebhookMode::Twice { 2 } else { 1 },
        due_at: (mode != WebhookMode::Held).then(|| later(now, i64::from(delay))),
        lost: mode == WebhookMode::Lost,
        signature: None,
    };
    mishaps::strike(world, now, event, &mut fate);
    for _ in 0..fate.copies {
        queue(world, now, client_id, event, body, &fate);
    }
}

/// What becomes of an event on its way.
struct Fate {
    copies: u8,
    /// `None` until sent by hand.
    due_at: Option<Timestamp>,
    lost: bool,
    /// `None` for what the rules say.
    signature: Option<Signature>,
}

impl Fate {
    /// At once, and as it should be.
    fn plain(now: Timestamp) -> Self {
        Self {
            copies: 1,
            due_at: Some(now),
            lost: false,
            signature: None,
        }
    }
}

fn queue(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    event: &str,
    body: &Value,
    fate: &Fate,
) {
    let Some(url) = world.app(client_id).and_then(|app| app.webhook_url.clone()) else {
        return;
    };
    let delivery = Delivery {
        id: 0,
        client_id: client_id.to_owned(),
        event: event.to_owned(),
        url,
        body: body.to_string(),
        tracking_id: world.source.tracking_id(),
        created_at: now,
        state: DeliveryState::Waiting,
        due_at: fate.due_at,
        signature: fate.signature,
        attempts: Vec::new(),
    };
    let id = push(world, now, delivery);
    if fate.lost {
        lose(world, now, id);
    }
}

/// Loses a waiting delivery, as if it had never been sent; false if none is waiting.
pub(crate) fn lose(world: &mut World, now: Timestamp, id: u64) -> bool {
    let waiting = |held: &&mut Delivery| held.id == id && held.state == DeliveryState::Waiting;
    let Some(delivery) = world.deliveries.iter_mut().find(waiting) else {
        return false;
    };
    delivery.state = DeliveryState::GivenUp;
    delivery.due_at = None;
    delivery.attempts.push(Attempt {
        at: now,
        status: None,
        outcome: "lost".into(),
    });
    true
}

fn push(world: &mut World, now: Timestamp, mut delivery: Delivery) -> u64 {
    let id = world.delivery_serial + 1;
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
    id
}
