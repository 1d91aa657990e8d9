//! Fed: the raw body of a webhook, in which words in braces stand for what the stage knows.
//!
//! Holds: what is signed with the secret passes, and with one bit changed anywhere it does not.
//! What can be read is stored with 200 and processed without being tried again; what cannot be
//! read is 400; what is signed wrongly is 401 and not stored.

use axum::body::Body;
use axum::http::{Request, header};
use rooms_testkit::app::WEBHOOK_SECRET;
use secrecy::SecretString;
use zoom_client::webhook::{self, Event, SIGNATURE_HEADER, SignatureError, TIMESTAMP_HEADER};

use crate::script::filled;
use crate::stage::{self, Stage};

/// Feeds one input.
pub fn feed(data: &[u8]) {
    stage::on(async |stage| {
        let body = match std::str::from_utf8(data) {
            Ok(text) => filled(text, &stage.words).into_bytes(),
            Err(_) => data.to_vec(),
        };
        signatures(&body);
        let readable = reading(&body);
        let stored = rows(stage, "").await;
        let connections = connections(stage).await;

        let forged = send(stage, &body, true).await;
        assert_eq!(forged, 401, "a changed signature");
        let answer = send(stage, &body, false).await;
        assert_eq!(answer, if readable.is_some() { 200 } else { 400 });
        let again = send(stage, &body, false).await;
        assert_eq!(answer, again, "the same once more");
        let more = rows(stage, "").await - stored;
        assert!(more <= i64::from(readable == Some(true)), "{more} stored");

        if more > 0 {
            stage.app.run_jobs().await;
            let left = "WHERE processed_at IS NULL OR outcome = 'unreadable'";
            assert_eq!(rows(stage, left).await, 0, "stored, and not processed");
        }
        if connections != self::connections(stage).await {
            stage.wear_out();
        }
    });
}

fn secret() -> SecretString {
    SecretString::from(WEBHOOK_SECRET)
}

fn signatures(body: &[u8]) {
    let (secrets, timestamp) = ([secret()], "1795420800");
    let signature = webhook::sign(&secrets[0], timestamp, body);
    let verified = |timestamp: &str, signature: &str, body: &[u8]| {
        webhook::verify(&secrets, timestamp, signature, body)
    };
    assert_eq!(verified(timestamp, &signature, body), Ok(()));
    let refused = Err(SignatureError::Mismatch);
    assert_eq!(verified("1795420801", &signature, body), refused);
    let at = body.iter().fold(body.len(), |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(usize::from(*byte))
    });
    let mut bent = signature.clone().into_bytes();
    let place = at % bent.len();
    bent[place] ^= 1;
    let bent = String::from_utf8(bent).expect("ASCII");
    assert_eq!(verified(timestamp, &bent, body), refused);
    let mut other = body.to_vec();
    if other.is_empty() {
        other.push(0);
    } else {
        let place = at % other.len();
        other[place] ^= 1 << (at % 8);
    }
    assert_eq!(verified(timestamp, &signature, &other), refused);
}

/// Whether the body can be read, and then whether it is to be stored.
fn reading(body: &[u8]) -> Option<bool> {
    let envelope = webhook::parse(body).ok()?;
    assert_eq!(webhook::parse(body).ok().as_ref(), Some(&envelope));
    let json: serde_json::Value = serde_json::from_slice(body).expect("it was read");
    assert!(json.is_object(), "read from something else");
    if let Event::Meeting(event) = &envelope.event {
        assert!(event.meeting_id.0 > 0, "{}", event.meeting_id);
    }
    let Event::UrlValidation { plain_token } = &envelope.event else {
        return Some(true);
    };
    let answer = webhook::validation_answer(&secret(), plain_token);
    assert!(answer.len() == 64 && answer.bytes().all(|byte| byte.is_ascii_hexdigit()));
    Some(false)
}

async fn send(stage: &Stage, body: &[u8], forged: bool) -> u16 {
    let timestamp = stage.app.app.now().as_second().to_string();
    let signature = webhook::sign(&secret(), &timestamp, body);
    let signature = if forged {
        signature.replace("v0=", "v1=")
    } else {
        signature
    };
    let request = Request::post("/webhooks/zoom")
        .header(header::CONTENT_TYPE, "application/json")
        .header(TIMESTAMP_HEADER, timestamp)
        .header(SIGNATURE_HEADER, signature)
        .body(Body::from(body.to_vec()))
        .expect("a request");
    stage.ask(request).await.status.as_u16()
}

async fn rows(stage: &Stage, which: &str) -> i64 {
    let sql = format!("SELECT COUNT(*) FROM inbox {which}");
    stage.app.database().integers(&sql).await[0]
}

async fn connections(stage: &Stage) -> Vec<String> {
    let sql = "SELECT status FROM connection ORDER BY id";
    stage.app.database().texts(sql).await
}
