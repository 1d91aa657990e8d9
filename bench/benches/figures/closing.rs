//! How long a token is used after Zoom said that the app was removed.
//!
//! The simulated Zoom goes on taking the tokens, so that a use of one shows: the webhook is written
//! here and signed as Zoom does. Each host has links on their way when it comes.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use jiff::{SignedDuration, Timestamp};
use rooms_app::zoom;
use rooms_bench::{Millis, Sample};
use rooms_core::connection::ConnectionStatus;
use secrecy::SecretString;
use serde_json::json;
use tokio::task::JoinSet;
use zoom_client::webhook::{SIGNATURE_HEADER, TIMESTAMP_HEADER, sign};
use zoom_sim::Handle;

use crate::Options;
use crate::http::Connection;
use crate::links::{self, HOSTS, address};
use crate::say;
use crate::stage::{Place, ROOMS, Stage, WEBHOOK_SECRET, ZOOM_APP};

/// How many links each host has on their way.
const UNDER_WAY: usize = 6;
/// How many hosts are removed side by side.
const AT_ONCE: usize = 10;
/// How often it is looked whether a connection has ended.
const LOOK_EVERY: Duration = Duration::from_millis(1);
/// How long it is watched after that whether its token is used.
const WATCHED: Duration = Duration::from_millis(500);
/// Nobody waits longer for an end.
const LONGEST: SignedDuration = SignedDuration::from_secs(30);

/// The instants of one removal.
struct Removed {
    host: String,
    /// The webhook was answered.
    answered: Timestamp,
    /// The connection was seen to have ended, its tokens shredded; it was so a little earlier.
    shredded: Timestamp,
}

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    let (stage, simulator, server, hosts) = links::set(options, &place).await?;
    let zoom = simulator.handle();
    let mut removed = Vec::new();
    for (group, tokens) in hosts.chunks(AT_ONCE).enumerate() {
        let mut ending = JoinSet::new();
        for (place, token) in tokens.iter().enumerate() {
            let number = group * AT_ONCE + place;
            ending.spawn(remove(Arc::clone(&stage), server.at, number, token.clone()));
        }
        while let Some(done) = ending.join_next().await {
            removed.push(done??);
        }
    }
    tokio::time::sleep(WATCHED).await;
    report(place.kind(), &zoom, &removed)?;
    links::end(server, simulator, stage, place).await
}

/// Has links made for a host, and the app removed meanwhile.
async fn remove(
    stage: Arc<Stage>,
    at: std::net::SocketAddr,
    number: usize,
    token: String,
) -> anyhow::Result<Removed> {
    let turns = (0..UNDER_WAY).map(|turn| (turn * (HOSTS / ROOMS + 1) + number / ROOMS) * ROOMS);
    let slots = turns
        .map(|first| stage.slot(first + number % ROOMS))
        .collect();
    links::book(at, token, slots).await?;
    let host = address(number);
    let connections = zoom::company_connections(&stage.app, &stage.actor).await?;
    let own = connections
        .iter()
        .find(|connection| connection.zoom_email == host);
    let (id, user, account) = own
        .map(|c| (c.id, c.zoom_user_id.clone(), c.zoom_account_id.clone()))
        .context("a connection of the host")?;
    let now = stage.app.now();
    let body = json!({
        "event": "app_deauthorized",
        "event_ts": now.as_millisecond(),
        "payload": {
            "account_id": account,
            "user_id": user,
            "client_id": ZOOM_APP,
            "signature": "",
            "deauthorization_time": now.to_string(),
        },
    })
    .to_string();
    let second = now.as_second().to_string();
    let signature = sign(
        &SecretString::from(WEBHOOK_SECRET),
        &second,
        body.as_bytes(),
    );
    let headers = format!(
        "Content-Type: application/json\r\n{TIMESTAMP_HEADER}: {second}\r\n\
         {SIGNATURE_HEADER}: {signature}\r\n"
    );
    let mut client = Connection::open(at).await?;
    let answer = client
        .ask("POST", "/webhooks/zoom", &headers, body.as_bytes())
        .await?;
    let answered = stage.app.now();
    ensure!(answer.status == 200, "the webhook: {}", answer.status);
    loop {
        let all = zoom::company_connections(&stage.app, &stage.actor).await?;
        let lives = |c: &&rooms_core::connection::Connection| {
            c.id == id && c.status != ConnectionStatus::Inactive
        };
        let seen = stage.app.now();
        if !all.iter().any(|connection| lives(&connection)) {
            return Ok(Removed {
                host,
                answered,
                shredded: seen,
            });
        }
        ensure!(
            seen.duration_since(answered) < LONGEST,
            "{host} does not end"
        );
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// How long after the answer the last use of each token was, and how long after its end: a call that
/// had its token by then still arrives.
fn report(kind: &str, zoom: &Handle, removed: &[Removed]) -> anyhow::Result<()> {
    let requests = zoom.requests();
    let (mut last_uses, mut ends, mut late) = (Vec::new(), Vec::new(), Vec::new());
    for end in removed {
        let used = requests
            .iter()
            .filter(|request| request.user.as_ref() == Some(&end.host));
        let last = used
            .map(|request| request.at)
            .max()
            .context("a use of its token")?;
        let after = last.duration_since(end.answered).max(SignedDuration::ZERO);
        last_uses.push(after.unsigned_abs());
        ends.push(end.shredded.duration_since(end.answered).unsigned_abs());
        if last > end.shredded {
            late.push(last.duration_since(end.shredded).unsigned_abs());
        }
    }
    let (last_uses, ends) = (
        Sample::new(last_uses, Duration::ZERO),
        Sample::new(ends, Duration::ZERO),
    );
    for (what, sample) in [
        ("last use of a token", last_uses),
        ("tokens shredded", ends),
    ] {
        say(&format!(
            "{what} after a removal was acknowledged, {kind}, {} hosts with {UNDER_WAY} links under way: \
             p50 {}, p99 {}, at most {}",
            removed.len(),
            Millis(sample.percentile(50)),
            Millis(sample.percentile(99)),
            Millis(sample.percentile(100)),
        ));
    }
    let latest = late.iter().max().copied().unwrap_or_default();
    say(&format!(
        "calls that were on their way when the tokens were shredded, {kind}: of {} hosts, the last {} later",
        late.len(),
        Millis(latest),
    ));
    ensure!(
        latest < WATCHED,
        "a token was used long after it was shredded"
    );
    Ok(())
}
