//! Webhooks: whether one comes from Zoom, and what it says.
//!
//! [`verify`] answers the first question over the raw bytes of the body, [`Window`] tells whether
//! the signature is fresh enough, [`parse`] reads the body afterwards. Zoom delivers at least
//! once and in any order, so a caller also remembers what it has seen, and takes an event as a
//! hint to look rather than as the state of things.
//!
//! ```
//! use zoom_client::webhook::{self, Event, MeetingChange, Window};
//!
//! # let now = "2025-02-24T23:29:00Z".parse()?;
//! # let timestamp = "1740439732";
//! # let body = br#"{"event":"meeting.deleted","payload":{"object":{"id":1234567890}}}"#;
//! # let signature = webhook::sign(&"secret token".into(), timestamp, body);
//! let secrets = ["secret token".into()];
//! // `timestamp` and `signature` are the two headers, `body` the bytes as they came.
//! webhook::verify(&secrets, timestamp, &signature, body)?;
//! Window::default().check(timestamp, now)?;
//! match webhook::parse(body)?.event {
//!     Event::UrlValidation { plain_token } => {
//!         // Send it back with this.
//!         let _encrypted = webhook::validation_answer(&secrets[0], &plain_token);
//!     }
//!     Event::Meeting(event) => {
//!         assert_eq!(event.change, MeetingChange::Deleted);
//!         assert_eq!(event.meeting_id.0, 1_234_567_890);
//!     }
//!     Event::AppDeauthorized { .. } | Event::Other { .. } => {}
//! }
//! # Ok::<_, Box<dyn std::error::Error>>(())
//! ```

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use subtle::ConstantTimeEq as _;

use crate::wire;
pub use meeting::{Extent, Facts, MeetingChange, MeetingEvent, Operator};

mod meeting;

/// The header with the time of signing, in seconds since 1970.
pub const TIMESTAMP_HEADER: &str = "x-zm-request-timestamp";
/// The header with the signature.
pub const SIGNATURE_HEADER: &str = "x-zm-signature";

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// There is no secret to check with.
    #[error("no webhook secret is configured")]
    NoSecret,
    /// The timestamp header is not a number of seconds.
    #[error("the webhook's timestamp is not a number of seconds")]
    Timestamp,
    /// No secret gives this signature.
    #[error("the webhook's signature does not match")]
    Mismatch,
    /// Signed longer ago than the window allows.
    #[error("the webhook was signed too long ago")]
    TooOld,
    /// Signed further in the future than the window allows.
    #[error("the webhook was signed in the future")]
    TooNew,
}

/// A body that is signed, yet not a webhook.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or without the fields every webhook has.
    #[error("the webhook's body is not the JSON of an event")]
    Envelope(#[source] serde_json::Error),
    /// A known event without the fields it needs.
    #[error("the payload of {event} lacks a field")]
    Payload {
        /// The name of the event.
        event: &'static str,
        /// What is missing.
        #[source]
        source: serde_json::Error,
    },
}

/// How old, and how far ahead of our clock, a signature may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// Longest age that is accepted.
    pub past: Duration,
    /// Furthest lead that is accepted.
    pub ahead: Duration,
}

impl Default for Window {
    /// 90 minutes back, because the last retry comes after 85 and may carry its first signature;
    /// five minutes ahead.
    fn default() -> Self {
        Self {
            past: Duration::from_mins(90),
            ahead: Duration::from_mins(5),
        }
    }
}

impl Window {
    /// Checks the timestamp header against the present time and returns what it says.
    pub fn check(&self, timestamp: &str, now: Timestamp) -> Result<Timestamp, SignatureError> {
        let signed_at = signed_at(timestamp)?;
        let age = now.duration_since(signed_at);
        if age.is_negative() {
            if age.unsigned_abs() > self.ahead {
                return Err(SignatureError::TooNew);
            }
        } else if age.unsigned_abs() > self.past {
            return Err(SignatureError::TooOld);
        }
        Ok(signed_at)
    }
}

/// An event, as far as it is understood here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// Zoom asks whether the address is ours; answer with [`validation_answer`].
    UrlValidation {
        /// The text to answer for.
        plain_token: String,
    },
    /// A user removed the app.
    AppDeauthorized {
        /// The account of the user.
        account_id: Option<String>,
        /// The user.
        user_id: String,
        /// The app; not necessarily ours.
        client_id: String,
        /// When, to tell a late message from one about a newer grant.
        deauthorized_at: Option<Timestamp>,
    },
    /// Something happened to a meeting; the app that did it hears of it too.
    Meeting(Box<MeetingEvent>),
    /// Anything else.
    Other {
        /// The name of the event.
        name: String,
    },
}

/// A webhook that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// What happened.
    pub event: Event,
    /// When Zoom made the event, in milliseconds since 1970.
    pub event_ts: Option<i64>,
    /// The event's name as sent.
    pub name: String,
}

/// Checks a signature in constant time, against each secret.
///
/// Several secrets are valid while one replaces another. An empty secret is never used, since
/// anybody could sign with it. The age of the signature is [`Window`]'s concern.
pub fn verify(
    secrets: &[SecretString],
    timestamp: &str,
    signature: &str,
    raw_body: &[u8],
) -> Result<(), SignatureError> {
    signed_at(timestamp)?;
    let mut usable = secrets
        .iter()
        .filter(|secret| !secret.expose_secret().is_empty())
        .peekable();
    if usable.peek().is_none() {
        return Err(SignatureError::NoSecret);
    }
    let mut matches = subtle::Choice::from(0);
    for secret in usable {
        matches |= sign(secret, timestamp, raw_body)
            .as_bytes()
            .ct_eq(signature.as_bytes());
    }
    if bool::from(matches) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}

/// The signature Zoom puts on a body.
#[must_use]
pub fn sign(secret: &SecretString, timestamp: &str, body: &[u8]) -> String {
    format!(
        "v0={}",
        hmac_hex(secret, &[b"v0:", timestamp.as_bytes(), b":", body])
    )
}

/// The `encryptedToken` that answers a URL validation.
#[must_use]
pub fn validation_answer(secret: &SecretString, plain_token: &str) -> String {
    hmac_hex(secret, &[plain_token.as_bytes()])
}

/// Reads the body of a webhook; check its signature first.
pub fn parse(raw_body: &[u8]) -> Result<Envelope, ParseError> {
    let webhook: wire::Webhook<serde_json::Value> =
        serde_json::from_slice(raw_body).map_err(ParseError::Envelope)?;
    let name = webhook.event;
    let mut event_ts = webhook.event_ts;
    let event = match name.as_str() {
        "endpoint.url_validation" => {
            let payload: wire::UrlValidation =
                read_payload("endpoint.url_validation", webhook.payload)?;
            Event::UrlValidation {
                plain_token: payload.plain_token,
            }
        }
        "app_deauthorized" => {
            let payload: wire::AppDeauthorized = read_payload("app_deauthorized", webhook.payload)?;
            event_ts = event_ts.or(payload.event_ts);
            Event::AppDeauthorized {
                account_id: payload.account_id,
                user_id: payload.user_id,
                client_id: payload.client_id,
                deauthorized_at: payload.deauthorization_time.and_then(|at| at.parse().ok()),
            }
        }
        _ => match MeetingChange::of(&name) {
            Some((change, event)) => {
                let payload: wire::MeetingPayload = read_payload(event, webhook.payload)?;
                Event::Meeting(Box::new(MeetingEvent::read(change, payload, event_ts)))
            }
            None => Event::Other { name: name.clone() },
        },
    };
    Ok(Envelope {
        event,
        event_ts,
        name,
    })
}

fn read_payload<T: serde::de::DeserializeOwned>(
    event: &'static str,
    payload: serde_json::Value,
) -> Result<T, ParseError> {
    serde_json::from_value(payload).map_err(|source| ParseError::Payload { event, source })
}

fn signed_at(timestamp: &str) -> Result<Timestamp, SignatureError> {
    if timestamp.is_empty() || !timestamp.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(SignatureError::Timestamp);
    }
    let seconds = timestamp.parse().map_err(|_| SignatureError::Timestamp)?;
    Timestamp::from_second(seconds).map_err(|_| SignatureError::Timestamp)
}

fn hmac_hex(secret: &SecretString, parts: &[&[u8]]) -> String {
    #[expect(
        clippy::expect_used,
        reason = "invariant: HMAC takes a key of any length"
    )]
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes())
        .expect("invariant: HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    let mut hex = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        for nibble in [byte >> 4, byte & 0xf] {
            hex.extend(char::from_digit(u32::from(nibble), 16));
        }
    }
    hex
}
