//! The postman, who sends on the injected clock what is due.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::task::JoinSet;

use super::letter::Letter;
use super::proofs::{self, CHALLENGE};
use crate::deeds;
use crate::records::{Delivery, DeliveryState};
use crate::rules::WebhookMode;
use crate::server::StartError;
use crate::state::Sim;

/// Zoom waits three seconds for a 200 or 204.
const PATIENCE: Duration = Duration::from_secs(3);
/// How often the postman looks at the clock, which may be a test's.
const ROUND: Duration = Duration::from_millis(500);
/// Deliveries under way at the same time.
const BAGS: usize = 16;

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
    let due = due(sim);
    if sim.read(|world| world.rules.webhooks) == WebhookMode::Reversed {
        // Challenges first: an event means nothing to an address that is not proved.
        let (proofs, events): (Vec<_>, Vec<_>) = due
            .into_iter()
            .partition(|(delivery, _)| delivery.event == CHALLENGE);
        for (delivery, secret) in proofs.into_iter().chain(events.into_iter().rev()) {
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
        under_way.spawn(async move { deliver(&sim, delivery, secret).await });
    }
    under_way.join_all().await;
}

/// What is due now, each with the secret it is signed with.
pub(crate) fn due(sim: &Arc<Sim>) -> Vec<(Delivery, String)> {
    deeds::keep_time(sim);
    let now = sim.now();
    if sim.read(|world| proofs::stale(world, now).next().is_some()) {
        sim.change(proofs::challenge_again);
    }
    sim.read(|world| {
        world
            .deliveries
            .iter()
            .filter(|delivery| is_due(delivery, now))
            .filter_map(|delivery| {
                let app = world.app(&delivery.client_id)?;
                Some((delivery.clone(), app.webhook_secret.clone()))
            })
            .collect()
    })
}

fn is_due(delivery: &Delivery, now: Timestamp) -> bool {
    delivery.state == DeliveryState::Waiting && delivery.due_at.is_some_and(|due| due <= now)
}

async fn deliver(sim: &Sim, delivery: Delivery, secret: String) {
    let letter = Letter::write(sim, delivery, secret);
    let answer = match &sim.http {
        Some(http) => post(http, &letter).await,
        None => Err("nobody brings it"),
    };
    letter.note(sim, answer);
}

async fn post(http: &reqwest::Client, letter: &Letter) -> Result<(u16, Vec<u8>), &'static str> {
    let mut request = http.post(letter.url());
    for (name, value) in letter.headers() {
        request = request.header(*name, value);
    }
    let sent = request.body(letter.body().to_owned()).send().await;
    match sent {
        Ok(answer) => {
            let status = answer.status().as_u16();
            let body = answer.bytes().await.unwrap_or_default();
            Ok((status, body.into()))
        }
        Err(error) if error.is_timeout() => Err("no answer within 3 s"),
        Err(error) if error.is_connect() => Err("nobody listens there"),
        Err(_) => Err("connection lost"),
    }
}
