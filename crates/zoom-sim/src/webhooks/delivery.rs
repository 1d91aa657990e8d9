//! Signing and sending, and trying again on the injected clock.

use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use reqwest::header::CONTENT_TYPE;
use serde_json::Value;
use sha2::Sha256;
use tokio::task::JoinSet;

use super::proofs::{self, CHALLENGE};
use crate::clock::later;
use crate::deeds;
use crate::ids::hex;
use crate::records::{Attempt, Delivery, DeliveryState};
use crate::rules::{Signature, WebhookMode};
use crate::server::StartError;
use crate::state::{Sim, World};

/// Zoom waits three seconds for a 200 or 204.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often the postman looks at the clock, which may be a test's.
const ROUND: Duration = Duration::from_millis(500);
/// Deliveries under way at the same time.
const BAGS: usize = 16;
const DAY_SECONDS: i64 = 86_400;

/// The client that sends webhooks.
pub(crate) fn client() -> Result<reqwest::Client, StartError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .timeout(PATIENCE)
        .redirect(reqwest::redirect::Policy::none())
        .user_agent("Zoom Marketplace/1.0a (simulator)")
        .no_proxy()
        .build()
        .map_err(StartError::Client)
}

/// The certificates that the system trusts; without any, addresses with `http` still work.
fn tls() -> Result<rustls::ClientConfig, StartError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(StartError::Tls)?;
    let builder = match rustls_platform_verifier::Verifier::new(provider) {
        // "Dangerous" is every verifier that rustls does not bring itself.
        Ok(verifier) => builder
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier)),
        Err(_) => builder.with_root_certificates(rustls::RootCertStore::empty()),
    };
    Ok(builder.with_no_client_auth())
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

/// Delivers what is due until shutdown.
pub(crate) async fn postman(sim: Arc<Sim>) {
    loop {
        tokio::select! {
            () = sim.shutdown.cancelled() => return,
            () = async { tokio::select! {
                () = sim.mail.notified() => {}
                () = tokio::time::sleep(ROUND) => {}
            } } => {}
        }
        deeds::keep_time(&sim);
        let waiting = sim.read(|world| {
            let now = sim.now();
            proofs::stale(world, now).next().is_some()
                || world
                    .deliveries
                    .iter()
                    .any(|delivery| is_due(delivery, now))
        });
        if waiting {
            tokio::select! {
                () = sim.shutdown.cancelled() => return,
                () = deliver_due(&sim) => {}
            }
        }
    }
}

/// Delivers everything that is due; returns when each has been answered or given up on.
pub(crate) async fn deliver_due(sim: &Arc<Sim>) {
    let _courier = sim.courier.lock().await;
    deeds::keep_time(sim);
    let now = sim.now();
    if sim.read(|world| proofs::stale(world, now).next().is_some()) {
        sim.change(proofs::challenge_again);
    }
    let due: Vec<(Delivery, String)> = sim.read(|world| {
        world
            .deliveries
            .iter()
            .filter(|delivery| is_due(delivery, now))
            .filter_map(|delivery| {
                let app = world.app(&delivery.client_id)?;
                Some((delivery.clone(), app.webhook_secret.clone()))
            })
            .collect()
    });
    if sim.read(|world| world.rules.webhooks) == WebhookMode::Reversed {
        // Challenges first: an event means nothing to an address that is not proved.
        let (proofs, events): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|(delivery, _)| delivery.event == CHALLENGE);
        for (delivery, secret) in proofs.iter().chain(events.iter().rev()) {
            deliver(sim, delivery, secret).await;
        }
        return;
    }
    let mut under_way = JoinSet::new();
    for (delivery, secret) in due {
        if under_way.len() >= BAGS {
            under_way.join_next().await;
        }
        let sim = Arc::clone(sim);
        under_way.spawn(async move { deliver(&sim, &delivery, &secret).await });
    }
    under_way.join_all().await;
}

fn is_due(delivery: &Delivery, now: Timestamp) -> bool {
    delivery.state == DeliveryState::Waiting && delivery.due_at.is_some_and(|due| due <= now)
}

async fn deliver(sim: &Sim, delivery: &Delivery, secret: &str) {
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
    let mut request = sim
        .http
        .post(&delivery.url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .header("x-zm-trackingid", tracking_id);
    // A challenge that cannot be trusted would only disable the address.
    let signature = match delivery.signature {
        _ if delivery.event == CHALLENGE => Signature::Right,
        Some(signature) => signature,
        None => rules.webhook_signature,
    };
    for (name, value) in seal(signature, secret, signed_at, &delivery.body) {
        request = request.header(name, value);
    }
    let sent = request.body(delivery.body.clone()).send().await;
    let (status, accepted, outcome) = match sent {
        Ok(answer) => {
            let status = answer.status().as_u16();
            if delivery.event == CHALLENGE {
                let proved = status == 200 && proves(&delivery.body, secret, answer).await;
                let words = if proved {
                    "challenge met"
                } else {
                    "challenge not met"
                };
                (Some(status), proved, format!("{status}, {words}"))
            } else {
                (
                    Some(status),
                    matches!(status, 200 | 204),
                    status.to_string(),
                )
            }
        }
        Err(error) if error.is_timeout() => (None, false, "no answer within 3 s".into()),
        Err(error) if error.is_connect() => (None, false, "nobody listens there".into()),
        Err(_) => (None, false, "connection lost".into()),
    };
    sim.change(|world, now| {
        note(
            world,
            &sim.retry_delays,
            delivery,
            accepted,
            Attempt {
                at: now,
                status,
                outcome,
            },
        );
    });
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
async fn proves(challenge: &str, secret: &str, answer: reqwest::Response) -> bool {
    let plain = |text: &str| {
        let body: Value = serde_json::from_str(text).ok()?;
        Some(body.get("payload")?.get("plainToken")?.as_str()?.to_owned())
    };
    let Some(token) = plain(challenge) else {
        return false;
    };
    let Ok(body) = answer.json::<Value>().await else {
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
