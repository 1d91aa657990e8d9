//! A webhook that is ready to be sent: signed, and noted when it was answered.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use serde_json::Value;
use sha2::Sha256;

use super::proofs::{self, CHALLENGE};
use crate::clock::later;
use crate::ids::hex;
use crate::records::{Attempt, Delivery, DeliveryState};
use crate::rules::Signature;
use crate::state::{Sim, World};

const DAY_SECONDS: i64 = 86_400;

/// One attempt to deliver a webhook.
#[derive(Clone, Debug)]
pub struct Letter {
    delivery: Delivery,
    secret: String,
    headers: Vec<(&'static str, String)>,
}

impl Letter {
    /// Signs it as of now.
    pub(crate) fn write(sim: &Sim, delivery: Delivery, secret: String) -> Self {
        let rules = sim.read(|world| world.rules.clone());
        let signed_at = if rules.retries_are_signed_anew {
            sim.now()
        } else {
            delivery.created_at
        };
        let tracking_id = if delivery.attempts.is_empty() || rules.retries_keep_tracking_id {
            delivery.tracking_id.clone()
        } else {
            sim.tracking_id()
        };
        // A challenge that cannot be trusted would only disable the address.
        let signature = match delivery.signature {
            _ if delivery.event == CHALLENGE => Signature::Right,
            Some(signature) => signature,
            None => rules.webhook_signature,
        };
        let mut headers = vec![
            ("content-type", "application/json; charset=utf-8".to_owned()),
            ("x-zm-trackingid", tracking_id),
        ];
        headers.extend(seal(signature, &secret, signed_at, &delivery.body));
        Self {
            delivery,
            secret,
            headers,
        }
    }

    /// The number of the delivery it is an attempt of.
    #[must_use]
    pub fn delivery(&self) -> u64 {
        self.delivery.id
    }

    /// The name of the event.
    #[must_use]
    pub fn event(&self) -> &str {
        &self.delivery.event
    }

    /// Where it goes.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.delivery.url
    }

    /// Its headers, the signature among them.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }

    /// The exact bytes that are signed.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.delivery.body
    }

    /// Notes the answer, status and body, or in words why there is none.
    pub(crate) fn note(&self, sim: &Sim, answer: Result<(u16, Vec<u8>), &str>) {
        let (status, accepted, outcome) = match answer {
            Ok((status, body)) if self.delivery.event == CHALLENGE => {
                let proved = status == 200 && proves(&self.delivery.body, &self.secret, &body);
                let words = if proved { "met" } else { "not met" };
                (Some(status), proved, format!("{status}, challenge {words}"))
            }
            Ok((status, _)) => {
                let accepted = matches!(status, 200 | 204);
                (Some(status), accepted, status.to_string())
            }
            Err(words) => (None, false, words.to_owned()),
        };
        sim.change(|world, now| {
            let attempt = Attempt {
                at: now,
                status,
                outcome,
            };
            note(world, &sim.retry_delays, &self.delivery, accepted, attempt);
        });
    }
}

/// The headers that say who signed, and when; nothing where there is to be no signature.
fn seal(how: Signature, secret: &str, at: Timestamp, body: &str) -> Vec<(&'static str, String)> {
    let at = if how == Signature::Stale {
        later(at, -DAY_SECONDS)
    } else {
        at
    };
    let timestamp = at.as_second().to_string();
    let signature = match how {
        Signature::Missing => return Vec::new(),
        Signature::Right | Signature::Stale => sign(secret, &timestamp, body),
        Signature::Wrong => sign("another secret", &timestamp, body),
        Signature::Tampered => sign(secret, &timestamp, &format!("{body} ")),
    };
    vec![
        ("x-zm-request-timestamp", timestamp),
        ("x-zm-signature", signature),
    ]
}

/// `v0=` and the HMAC of `v0:{timestamp}:{body}`.
fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    format!("v0={}", keyed(secret, &format!("v0:{timestamp}:{body}")))
}

fn keyed(secret: &str, message: &str) -> String {
    // A key of any length will do for HMAC.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(message.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Writes an attempt down and decides on the next one.
fn note(world: &mut World, delays: &[Duration], sent: &Delivery, accepted: bool, attempt: Attempt) {
    if sent.event == CHALLENGE {
        proofs::judge(world, attempt.at, &sent.client_id, accepted);
    }
    let Some(delivery) = world.deliveries.iter_mut().find(|held| held.id == sent.id) else {
        return;
    };
    let now = attempt.at;
    delivery.attempts.push(attempt);
    let delay = delays.get(delivery.attempts.len() - 1);
    // A challenge is not repeated; the next event brings a new one.
    (delivery.state, delivery.due_at) = match delay {
        _ if accepted => (DeliveryState::Delivered, None),
        Some(delay) if delivery.event != CHALLENGE => {
            (DeliveryState::Waiting, now.checked_add(*delay).ok())
        }
        _ => (DeliveryState::GivenUp, None),
    };
}

/// The receiver has hashed the plain token with its secret.
fn proves(challenge: &str, secret: &str, answer: &[u8]) -> bool {
    let plain = |text: &str| {
        let body: Value = serde_json::from_str(text).ok()?;
        Some(body.get("payload")?.get("plainToken")?.as_str()?.to_owned())
    };
    let Some(token) = plain(challenge) else {
        return false;
    };
    let Ok(body) = serde_json::from_slice::<Value>(answer) else {
        return false;
    };
    let said = |key: &str| {
        body.get(key)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    said("plainToken") == token && said("encryptedToken") == keyed(secret, &token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_are_those_that_zoom_would_make() {
        let body = r#"{"event":"meeting.deleted","event_ts":1740439732278,"payload":{"account_id":"AAAAAABBBB","operator":"a@example.com","operator_id":"z8yCxjabcdEFGHfp8uQ","operation":"all","object":{"uuid":"4444AAAiAAAAAiAiAiiAii==","id":1234567890,"host_id":"z8yCxjabcdEFGHfp8uQ","topic":"Standup","type":2,"start_time":"2026-12-01T09:00:00Z","duration":30,"timezone":"Europe/Berlin"}}}"#;
        assert_eq!(
            sign("example_secret_token", "1740439732", body),
            "v0=a2c9515e9d467922b9ed58315f81e7d5a06239889993f50670c4949ea6499c29"
        );
        assert_eq!(
            keyed("example_secret_token", "qgg8vlvZRS6UYooatFL8Aw"),
            "7e675c02622e933be24748e846a58602879cb206f665e4c1c3fdc4ec56822ec4"
        );
    }
}
