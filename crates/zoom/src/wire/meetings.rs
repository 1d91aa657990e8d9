//! Meetings, as sent and as answered.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::lenient;
use crate::meetings::MeetingId;

/// How many characters of a topic Zoom accepts.
pub const TOPIC_LIMIT: usize = 200;
/// How many characters of an agenda Zoom accepts.
pub const AGENDA_LIMIT: usize = 2000;
/// How many characters of an agenda a list of meetings shows.
pub const LISTED_AGENDA_LIMIT: usize = 250;
/// The type number of a meeting with a set start.
pub const SCHEDULED: u8 = 2;

/// Whether and where a meeting is recorded from its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AutoRecording {
    /// Not recorded.
    #[default]
    None,
    /// On the host's computer.
    Local,
    /// In Zoom's cloud.
    Cloud,
}

/// The settings of a meeting that matter here, as sent and as answered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingSettings {
    /// Whether participants wait until the host lets them in.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub waiting_room: Option<bool>,
    /// Whether participants may start without the host.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub join_before_host: Option<bool>,
    /// Whether participants enter muted.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub mute_upon_entry: Option<bool>,
    /// Recording from the start.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub auto_recording: Option<AutoRecording>,
    /// Whether the host's personal room is used in place of a meeting of its own.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub use_pmi: Option<bool>,
}

/// The request that creates a meeting.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateMeeting {
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agenda: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring.
    #[serde(rename = "type", default = "scheduled")]
    pub kind: u8,
    /// UTC with `Z`, or local time in `timezone`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Whole minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// A passcode of the client's choice, at most 10 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Whether Zoom makes a passcode when none is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default_password: Option<bool>,
    /// Settings; what is left out follows the user's own defaults.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<MeetingSettings>,
}

/// The request that changes a meeting: only fields that are sent change.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PatchMeeting {
    /// Title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<String>,
    /// Description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agenda: Option<String>,
    /// UTC with `Z`, or local time in `timezone`; a past one is silently ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<String>,
    /// Whole minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<u32>,
    /// IANA zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Another passcode; it changes the join link too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// Settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<MeetingSettings>,
}

/// A meeting, as creation and reading answer it, and as one entry of a list.
///
/// The host's `start_url` is written, for simulators, and never read: it opens the meeting as
/// its host, so a client is better off without it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// The meeting's number.
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
    /// The host's mail address.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub host_email: Option<String>,
    /// Title.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub topic: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring, 4 personal room.
    #[serde(
        default,
        rename = "type",
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub kind: Option<u8>,
    /// `waiting` or `started`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub status: Option<String>,
    /// UTC with `Z`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub start_time: Option<String>,
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
    /// Description; lists show its first 250 characters only.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub agenda: Option<String>,
    /// UTC with `Z`.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub created_at: Option<String>,
    /// The link that opens the meeting as its host.
    #[serde(default, skip_serializing_if = "Option::is_none", skip_deserializing)]
    pub start_url: Option<String>,
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
    /// Settings; absent in lists.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub settings: Option<MeetingSettings>,
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meeting")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("start_time", &self.start_time)
            .finish_non_exhaustive()
    }
}

/// One page of a user's meetings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeetingList {
    /// How many entries a page has at most.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub page_size: Option<u32>,
    /// How many entries there are on all pages.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "lenient"
    )]
    pub total_records: Option<u32>,
    /// What to send for the next page; empty or absent on the last.
    #[serde(default, deserialize_with = "lenient")]
    pub next_page_token: Option<String>,
    /// The entries.
    pub meetings: Vec<Meeting>,
}

fn scheduled() -> u8 {
    SCHEDULED
}
