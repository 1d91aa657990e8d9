//! The JSON bodies that travel between Zoom and its clients.
//!
//! Every type reads and writes, so that a simulator can speak the same language from the other
//! side. What Zoom answers is read leniently: an optional field of an unexpected type counts as
//! absent, and unknown fields are ignored. What a client sends is read strictly.
//!
//! Types that carry a secret or a way into a meeting have a [`Debug`](fmt::Debug) that hides it.

use std::fmt;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};

pub use meetings::{
    AGENDA_LIMIT, AutoRecording, CreateMeeting, LISTED_AGENDA_LIMIT, Meeting, MeetingList,
    MeetingSettings, PatchMeeting, SCHEDULED, TOPIC_LIMIT,
};
pub use webhooks::{
    AppDeauthorized, EventMeeting, MeetingPayload, UrlValidation, ValidationAnswer, Webhook,
};

mod meetings;
mod webhooks;

/// An instant as Zoom writes it: UTC, whole seconds, `Z`.
#[must_use]
pub fn instant(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// The answer to a revocation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revoked {
    /// `success`.
    pub status: String,
}

/// A successful answer of the token endpoint.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TokenResponse {
    /// The access token, opaque and about a kilobyte long.
    pub access_token: String,
    /// Always `bearer`.
    #[serde(default, deserialize_with = "lenient")]
    pub token_type: Option<String>,
    /// The refresh token, a new one in every answer.
    pub refresh_token: String,
    /// Life of the access token in seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub expires_in: Option<u64>,
    /// The granted scopes, separated by spaces.
    #[serde(default, deserialize_with = "lenient")]
    pub scope: Option<String>,
    /// Regional address of the API, without `/v2`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub api_url: Option<String>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("expires_in", &self.expires_in)
            .field("scope", &self.scope)
            .field("api_url", &self.api_url)
            .finish_non_exhaustive()
    }
}

/// An error body of the OAuth endpoints; no field is certain to be there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuthError {
    /// Words for people.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub reason: Option<String>,
    /// The OAuth error name, such as `invalid_grant`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub error: Option<String>,
    /// Zoom's number, where given.
    #[serde(
        default,
        alias = "errorCode",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient_number"
    )]
    pub code: Option<i64>,
    /// Words for people, in the form of a gateway.
    #[serde(
        default,
        alias = "errorMessage",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub message: Option<String>,
}

/// An error body of the API.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// Zoom's number; not an HTTP status.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient_number"
    )]
    pub code: Option<i64>,
    /// Words for people.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub message: Option<String>,
    /// What is wrong with single fields, with code 300.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "lenient_list"
    )]
    pub errors: Vec<FieldError>,
}

/// What is wrong with one field of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    /// The name of the field.
    #[serde(default)]
    pub field: String,
    /// Words for people.
    #[serde(default)]
    pub message: String,
}

/// The profile of a Zoom user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Zoom's id of the user; upper and lower case matter.
    pub id: String,
    /// The account the user belongs to.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub account_id: Option<String>,
    /// The mail address the user signs in with.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub email: Option<String>,
    /// The name shown in meetings.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub display_name: Option<String>,
    /// First name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub first_name: Option<String>,
    /// Last name.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub last_name: Option<String>,
    /// 1 basic, 2 licensed, 4 unassigned, 99 none.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub kind: Option<u8>,
    /// The user's IANA zone.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub timezone: Option<String>,
    /// `pending`, `active` or `inactive`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub status: Option<String>,
}

/// Reads a value of the wrong type as absent.
fn lenient<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// Reads a number that may come as text.
fn lenient_number<'de, D>(deserializer: D) -> Result<Option<i64>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok()))
}

/// Reads a list, leaving out what is of the wrong type.
fn lenient_list<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned,
{
    let value = serde_json::Value::deserialize(deserializer)?;
    let serde_json::Value::Array(items) = value else {
        return Ok(Vec::new());
    };
    Ok(items
        .into_iter()
        .filter_map(|item| serde_json::from_value(item).ok())
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_optional_field_of_the_wrong_type_counts_as_absent() {
        let user: User =
            serde_json::from_str(r#"{"id":"u1","type":"two","email":7,"timezone":null,"new":[]}"#)
                .unwrap();
        assert_eq!(
            user,
            User {
                id: "u1".to_owned(),
                ..User::default()
            }
        );
    }

    #[test]
    fn an_error_code_may_come_as_text() {
        let error: ApiError =
            serde_json::from_str(r#"{"code":"3001","message":"gone","errors":"none"}"#).unwrap();
        assert_eq!(error.code, Some(3001));
        assert_eq!(error.message.as_deref(), Some("gone"));
        assert!(error.errors.is_empty());
    }

    #[test]
    fn the_start_link_is_written_and_never_read() {
        let text = r#"{"id":1,"start_url":"https://zoom.example/s/1?zak=secret"}"#;
        let mut meeting: Meeting = serde_json::from_str(text).unwrap();
        assert_eq!(meeting.start_url, None);
        meeting.start_url = Some("https://zoom.example/s/1".to_owned());
        assert!(
            serde_json::to_string(&meeting)
                .unwrap()
                .contains("start_url")
        );
    }

    #[test]
    fn debug_output_hides_tokens_links_and_passcodes() {
        let tokens: TokenResponse = serde_json::from_str(
            r#"{"access_token":"hidden-a","refresh_token":"hidden-r","expires_in":3599}"#,
        )
        .unwrap();
        let meeting: Meeting = serde_json::from_str(
            r#"{"id":1,"join_url":"https://zoom.us/j/1?pwd=hidden","password":"hidden"}"#,
        )
        .unwrap();
        let shown = format!("{tokens:?} {meeting:?}");
        assert!(
            shown.contains("3599") && !shown.contains("hidden"),
            "{shown}"
        );
    }

    #[test]
    fn a_meeting_without_a_type_is_a_scheduled_one() {
        let meeting: CreateMeeting = serde_json::from_str("{}").unwrap();
        assert_eq!(meeting.kind, SCHEDULED);
    }

    #[test]
    fn instants_have_whole_seconds_and_end_in_z() {
        let at: Timestamp = "2026-12-01T10:00:00.789+01:00".parse().unwrap();
        assert_eq!(instant(at), "2026-12-01T09:00:00Z");
    }
}
