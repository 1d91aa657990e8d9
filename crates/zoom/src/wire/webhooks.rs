//! The bodies of webhooks.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{MeetingSettings, lenient, lenient_number};
use crate::meetings::MeetingId;

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

/// Payload of the events about a meeting: `meeting.created`, `.updated`, `.deleted`,
/// `.recovered`, `.permanently_deleted`, `.started` and `.ended`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingPayload {
    /// The account of the host.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub account_id: Option<String>,
    /// Mail address of who did it; absent when a meeting starts or ends.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub operator: Option<String>,
    /// Zoom's id of who did it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub operator_id: Option<String>,
    /// `all`, or `single` for one occurrence of a series.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub operation: Option<String>,
    /// The same, as `meeting.updated` names it.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub scope: Option<String>,
    /// Milliseconds since 1970, with `meeting.updated`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient_number"
    )]
    pub time_stamp: Option<i64>,
    /// The meeting; of an update only its id and what has changed.
    pub object: EventMeeting,
    /// What the changed fields said before, with `meeting.updated`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub old_object: Option<EventMeeting>,
}

/// A meeting as events tell of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventMeeting {
    /// The meeting's number; text in `meeting.started` and `meeting.ended`.
    pub id: MeetingId,
    /// Id of this instance of the meeting.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub uuid: Option<String>,
    /// Zoom's id of the host.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub host_id: Option<String>,
    /// Title.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub topic: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring, 4 personal room; others have been seen.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub kind: Option<u8>,
    /// UTC with `Z`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub start_time: Option<String>,
    /// UTC with `Z`, with `meeting.ended`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub end_time: Option<String>,
    /// Whole minutes.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub duration: Option<u32>,
    /// IANA zone.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub timezone: Option<String>,
    /// Description.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub agenda: Option<String>,
    /// The link for participants.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub join_url: Option<String>,
    /// The passcode.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub password: Option<String>,
    /// Settings, of an update those that have changed.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub settings: Option<MeetingSettings>,
}

impl fmt::Debug for MeetingPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingPayload")
            .field("account_id", &self.account_id)
            .field("object", &self.object)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for EventMeeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventMeeting")
            .field("id", &self.id)
            .field("start_time", &self.start_time)
            .finish_non_exhaustive()
    }
}
