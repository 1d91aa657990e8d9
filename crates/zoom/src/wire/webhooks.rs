//! The bodies of webhooks.

use serde::{Deserialize, Serialize};

use super::{lenient, lenient_number};

/// The envelope of every webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook<P> {
    /// The name of the event.
    pub event: String,
    /// Milliseconds since 1970.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient_number"
    )]
    pub event_ts: Option<i64>,
    /// What the event tells.
    pub payload: P,
}

/// Payload of `endpoint.url_validation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrlValidation {
    /// The text to encrypt.
    #[serde(rename = "plainToken")]
    pub plain_token: String,
}

/// The answer to `endpoint.url_validation`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValidationAnswer {
    /// The text that was sent.
    #[serde(rename = "plainToken")]
    pub plain_token: String,
    /// Its HMAC-SHA256 under the webhook secret, in lower-case hex.
    #[serde(rename = "encryptedToken")]
    pub encrypted_token: String,
}

/// Payload of `app_deauthorized`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AppDeauthorized {
    /// The account of the user.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub account_id: Option<String>,
    /// The user who removed the app.
    pub user_id: String,
    /// Of undocumented meaning; not to be relied on.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub signature: Option<String>,
    /// When the app was removed, UTC with `Z` and milliseconds.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub deauthorization_time: Option<String>,
    /// The app that was removed.
    pub client_id: String,
    /// Milliseconds since 1970; some senders put it here.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient_number"
    )]
    pub event_ts: Option<i64>,
}
