//! Whether a webhook address is the app's: challenges, and what follows from failing them.

use jiff::Timestamp;
use serde_json::json;

use super::{Fate, queue};
use crate::clock::readable;
use crate::records::{Hook, Mail};
use crate::state::World;

/// Name of the challenge that an address has to answer.
pub(super) const CHALLENGE: &str = "endpoint.url_validation";
/// An address is asked anew after 72 hours.
const VALIDATION_SECONDS: i64 = 72 * 3_600;
/// After so many failures in a row the developer gets a mail…
const WARNED: [u32; 2] = [2, 4];
/// …and after so many the app hears nothing any more.
const DISABLED: u32 = 6;

impl Hook {
    /// Has answered the challenge within the last 72 hours.
    pub(super) fn is_proved(&self, now: Timestamp) -> bool {
        self.validated_at.is_some_and(|at| !is_old(at, now))
    }

    fn is_stale(&self, now: Timestamp) -> bool {
        let last = self.challenged_at.max(self.validated_at);
        self.disabled_at.is_none() && last.is_some_and(|at| is_old(at, now))
    }
}

fn is_old(at: Timestamp, now: Timestamp) -> bool {
    at.as_second() + VALIDATION_SECONDS <= now.as_second()
}

/// Asks an app's webhook address to prove that it knows the secret.
pub(crate) fn challenge(world: &mut World, now: Timestamp, client_id: &str) {
    let token = world.source.short();
    let body = json!({
        "payload": {"plainToken": token},
        "event_ts": now.as_millisecond(),
        "event": CHALLENGE,
    });
    if let Some(record) = world.apps.get_mut(client_id) {
        record.hook.challenged_at = Some(now);
    }
    queue(world, now, client_id, CHALLENGE, &body, &Fate::plain(now));
}

/// Challenges the addresses whose last challenge is 72 hours old.
pub(super) fn challenge_again(world: &mut World, now: Timestamp) {
    let stale: Vec<String> = stale(world, now).map(str::to_owned).collect();
    for client_id in stale {
        if let Some(record) = world.apps.get_mut(&client_id) {
            record.hook.validated_at = None;
        }
        challenge(world, now, &client_id);
    }
}

/// The apps whose address has to be asked again.
pub(super) fn stale(world: &World, now: Timestamp) -> impl Iterator<Item = &str> {
    world
        .apps
        .iter()
        .filter(|(_, record)| record.app.webhook_url.is_some())
        .filter(move |(_, record)| record.hook.is_stale(now))
        .map(|(client_id, _)| client_id.as_str())
}

/// Notes how a challenge ended.
pub(super) fn judge(world: &mut World, now: Timestamp, client_id: &str, met: bool) {
    let Some(record) = world.apps.get_mut(client_id) else {
        return;
    };
    let hook = &mut record.hook;
    if met {
        hook.validated_at = Some(now);
        (hook.failures, hook.failed_at) = (0, None);
        return;
    }
    hook.validated_at = None;
    // Events bring challenges too; only one of them in 72 hours counts.
    if hook.failed_at.is_some_and(|at| !is_old(at, now)) {
        return;
    }
    hook.failures += 1;
    hook.failed_at = Some(now);
    let failures = hook.failures;
    let words = if failures == DISABLED {
        hook.disabled_at = Some(now);
        format!(
            "Your endpoint has failed its validation {failures} times in a row. The event \
             subscription is disabled since {}.",
            readable(now)
        )
    } else if WARNED.contains(&failures) {
        format!(
            "Your endpoint has failed its validation {failures} times in a row. The event \
             subscription is disabled after {DISABLED} times."
        )
    } else {
        return;
    };
    world.mails.push(Mail {
        at: now,
        client_id: client_id.to_owned(),
        words,
    });
}

/// The developer switches the subscription on again; false if there is no such app.
pub(crate) fn enable_again(world: &mut World, now: Timestamp, client_id: &str) -> bool {
    let Some(record) = world.apps.get_mut(client_id) else {
        return false;
    };
    record.hook = Hook::default();
    challenge(world, now, client_id);
    true
}
