//! How fast a webhook is acknowledged.

use anyhow::ensure;
use rooms_bench::Millis;
use secrecy::SecretString;
use serde_json::json;
use zoom_client::webhook::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};

use crate::Options;
use crate::http::Connection;
use crate::load::{self, Numbers};
use crate::say;
use crate::stage::{Place, Server, Stage, WEBHOOK_SECRET};

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let stage = Stage::set(&place).await?;
    let server = Server::start(&options.binary, &place)?;
    let at = server.at;
    let numbers = Numbers::default();
    for clients in [1, 8] {
        let (numbers, app) = (numbers.clone(), stage.app.clone());
        let sample = load::run(
            clients,
            options.time,
            async || Connection::open(at).await,
            move |mut client| {
                let (number, now) = (numbers.next(), app.now());
                async move {
                    let body = json!({
                        "event": "app_deauthorized",
                        "event_ts": now.as_millisecond(),
                        "payload": {
                            "account_id": "account",
                            "user_id": format!("user-{number}"),
                            "client_id": "bench",
                            "signature": "",
                            "deauthorization_time": now.to_string(),
                        },
                    })
                    .to_string();
                    let second = now.as_second().to_string();
                    let secret = SecretString::from(WEBHOOK_SECRET);
                    let signature = sign(&secret, &second, body.as_bytes());
                    let headers = format!(
                        "Content-Type: application/json\r\n{TIMESTAMP_HEADER}: {second}\r\n\
                         {SIGNATURE_HEADER}: {signature}\r\n"
                    );
                    let answer = client
                        .ask("POST", "/webhooks/zoom", &headers, body.as_bytes())
                        .await?;
                    ensure!(answer.status == 200, "the webhook: {}", answer.status);
                    Ok(client)
                }
            },
        )
        .await?;
        say(&format!(
            "webhook acknowledgement, {}, {clients} clients: {:.0}/s, p50 {}, p99 {}",
            place.kind(),
            sample.per_second(),
            Millis(sample.percentile(50)),
            Millis(sample.percentile(99)),
        ));
    }
    drop(server);
    stage.close().await;
    place.remove().await
}
