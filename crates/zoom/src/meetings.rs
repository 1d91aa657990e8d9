//! Meetings of the connected user.
//!
//! Zoom has no idempotency key: after a creation whose outcome is unknown, look through
//! [`Client::scheduled_meetings`] for the meeting before creating it again. A change answers
//! nothing, and is silently ignored for a start in the past or a setting the account has locked;
//! read the meeting to be sure. A second deletion answers [`Class::NotFound`](crate::Class).

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::client::{Access, Client};
use crate::error::{Class, Error};
use crate::wire;
pub use crate::wire::AutoRecording;
pub use settings::{MeetingSettings, ReportedSettings};

mod settings;

/// Pages that are read at most: 30,000 meetings, far beyond what a user has.
const PAGE_LIMIT: usize = 100;

/// The number of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MeetingId(pub i64);

impl fmt::Display for MeetingId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A text that is not the number of a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a meeting id is a positive whole number")]
pub struct MeetingIdError;

impl FromStr for MeetingId {
    type Err = MeetingIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse()
            .ok()
            .filter(|id| *id > 0)
            .map(Self)
            .ok_or(MeetingIdError)
    }
}

impl Serialize for MeetingId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> Deserialize<'de> for MeetingId {
    /// Zoom writes the id as a number, and in some webhooks as text.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Either {
            Number(i64),
            Text(String),
        }
        match Either::deserialize(deserializer)? {
            Either::Number(id) if id > 0 => Ok(Self(id)),
            Either::Number(_) => Err(serde::de::Error::custom(MeetingIdError)),
            Either::Text(text) => text.trim().parse().map_err(serde::de::Error::custom),
        }
    }
}

/// A meeting to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingDraft {
    /// Title; Zoom takes 200 characters, the rest is cut off.
    pub topic: String,
    /// Description; Zoom takes 2000 characters, the rest is cut off.
    pub agenda: String,
    /// Start, in whole seconds.
    pub start_time: Timestamp,
    /// Length.
    pub duration_minutes: u32,
    /// IANA zone in which Zoom shows the start.
    pub time_zone: String,
    /// Settings, always sent in full so that no default of the user's account decides.
    pub settings: MeetingSettings,
}

/// What a meeting is to change; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MeetingPatch {
    /// Title; Zoom takes 200 characters, the rest is cut off.
    pub topic: Option<String>,
    /// Description; Zoom takes 2000 characters, the rest is cut off.
    pub agenda: Option<String>,
    /// Start, in whole seconds; Zoom ignores one in the past.
    pub start_time: Option<Timestamp>,
    /// Length.
    pub duration_minutes: Option<u32>,
    /// IANA zone in which Zoom shows the start.
    pub time_zone: Option<String>,
    /// Settings, sent in full. The passcode stays as it is: another one would change the link.
    pub settings: Option<MeetingSettings>,
}

/// Whether somebody is in a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeetingStatus {
    /// Nobody is.
    Waiting,
    /// It is on.
    Started,
}

/// A meeting at Zoom, without the host's start link.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// The meeting's number.
    pub id: MeetingId,
    /// Id of this instance of the meeting.
    pub uuid: Option<String>,
    /// Zoom's id of the host.
    pub host_id: Option<String>,
    /// The host's mail address.
    pub host_email: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring, 4 personal room.
    pub kind: Option<u8>,
    /// Title.
    pub topic: String,
    /// Description.
    pub agenda: Option<String>,
    /// Start.
    pub start_time: Option<Timestamp>,
    /// Length.
    pub duration_minutes: Option<u32>,
    /// IANA zone in which Zoom shows the start.
    pub time_zone: Option<String>,
    /// When the meeting was made.
    pub created_at: Option<Timestamp>,
    /// The link for participants, always `https` or `http`.
    pub join_url: String,
    /// The passcode.
    pub passcode: Option<String>,
    /// Whether somebody is in it.
    pub status: Option<MeetingStatus>,
    /// Settings as reported.
    pub settings: ReportedSettings,
}

impl Meeting {
    /// The names of the settings that Zoom reports otherwise than they were asked for, the
    /// passcode among them: an account may have locked some.
    #[must_use]
    pub fn differences(&self, asked: &MeetingSettings) -> Vec<&'static str> {
        let mut names = self.settings.differences(asked);
        if self.passcode.is_some() != asked.passcode {
            names.push("passcode");
        }
        names
    }
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

/// A meeting as a list shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct MeetingSummary {
    /// The meeting's number.
    pub id: MeetingId,
    /// Id of this instance of the meeting.
    pub uuid: Option<String>,
    /// Zoom's id of the host.
    pub host_id: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring, 4 personal room.
    pub kind: Option<u8>,
    /// Title.
    pub topic: String,
    /// The first 250 characters of the description.
    pub agenda: Option<String>,
    /// Start.
    pub start_time: Option<Timestamp>,
    /// Length.
    pub duration_minutes: Option<u32>,
    /// IANA zone in which Zoom shows the start.
    pub time_zone: Option<String>,
    /// When the meeting was made.
    pub created_at: Option<Timestamp>,
    /// The link for participants, always `https` or `http`.
    pub join_url: Option<String>,
}

impl fmt::Debug for MeetingSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MeetingSummary")
            .field("id", &self.id)
            .field("start_time", &self.start_time)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Makes a meeting; needs the scope `meeting:write:meeting`.
    pub async fn create_meeting(
        &self,
        access: &Access,
        meeting: &MeetingDraft,
    ) -> Result<Meeting, Error> {
        let request = self.api(
            access,
            "create_meeting",
            Method::POST,
            &["users", "me", "meetings"],
        );
        let body = wire::CreateMeeting::from(meeting);
        request.json(&body).answer_as(Meeting::read).await
    }

    /// Reads a meeting; needs the scope `meeting:read:meeting`.
    pub async fn meeting(&self, access: &Access, id: MeetingId) -> Result<Meeting, Error> {
        let request = self.api(
            access,
            "meeting",
            Method::GET,
            &["meetings", &id.to_string()],
        );
        request.answer_as(Meeting::read).await
    }

    /// Changes a meeting; needs the scope `meeting:update:meeting`. An empty patch makes no call.
    pub async fn update_meeting(
        &self,
        access: &Access,
        id: MeetingId,
        patch: &MeetingPatch,
    ) -> Result<(), Error> {
        if *patch == MeetingPatch::default() {
            return Ok(());
        }
        let request = self.api(
            access,
            "update_meeting",
            Method::PATCH,
            &["meetings", &id.to_string()],
        );
        let body = wire::PatchMeeting::from(patch);
        request.json(&body).done().await
    }

    /// Deletes a meeting; needs the scope `meeting:delete:meeting`.
    pub async fn delete_meeting(&self, access: &Access, id: MeetingId) -> Result<(), Error> {
        let request = self.api(
            access,
            "delete_meeting",
            Method::DELETE,
            &["meetings", &id.to_string()],
        );
        request.done().await
    }

    /// The user's scheduled meetings, from all pages; needs the scope
    /// `meeting:read:list_meetings`.
    ///
    /// The list is complete or an error: a part of it could hide the very meeting the caller
    /// looks for.
    pub async fn scheduled_meetings(&self, access: &Access) -> Result<Vec<MeetingSummary>, Error> {
        const OPERATION: &str = "scheduled_meetings";
        let mut meetings = Vec::new();
        let mut page_token = String::new();
        for _ in 0..PAGE_LIMIT {
            let mut query = vec![("type", "scheduled"), ("page_size", "300")];
            if !page_token.is_empty() {
                query.push(("next_page_token", &page_token));
            }
            let request = self.api(access, OPERATION, Method::GET, &["users", "me", "meetings"]);
            let page: wire::MeetingList = request.query(&query).answer().await?;
            meetings.extend(page.meetings.into_iter().map(MeetingSummary::from));
            match page.next_page_token {
                None => return Ok(meetings),
                Some(next) if next.is_empty() => return Ok(meetings),
                Some(next) if next == page_token => break,
                Some(next) => page_token = next,
            }
        }
        Err(Error::new(OPERATION, Class::Unreadable))
    }
}

impl Meeting {
    /// Without a usable link an answer is no meeting.
    fn read(meeting: wire::Meeting) -> Option<Self> {
        Some(Self {
            id: meeting.id,
            uuid: meeting.uuid,
            host_id: meeting.host_id,
            host_email: meeting.host_email,
            kind: meeting.kind,
            topic: meeting.topic.unwrap_or_default(),
            agenda: meeting.agenda,
            start_time: instant(meeting.start_time),
            duration_minutes: meeting.duration,
            time_zone: meeting.timezone,
            created_at: instant(meeting.created_at),
            join_url: web_address(meeting.join_url)?,
            passcode: meeting.password.filter(|passcode| !passcode.is_empty()),
            status: match meeting.status.as_deref() {
                Some("waiting") => Some(MeetingStatus::Waiting),
                Some("started") => Some(MeetingStatus::Started),
                _ => None,
            },
            settings: meeting.settings.unwrap_or_default().into(),
        })
    }
}

impl From<wire::Meeting> for MeetingSummary {
    fn from(meeting: wire::Meeting) -> Self {
        Self {
            id: meeting.id,
            uuid: meeting.uuid,
            host_id: meeting.host_id,
            kind: meeting.kind,
            topic: meeting.topic.unwrap_or_default(),
            agenda: meeting.agenda,
            start_time: instant(meeting.start_time),
            duration_minutes: meeting.duration,
            time_zone: meeting.timezone,
            created_at: instant(meeting.created_at),
            join_url: web_address(meeting.join_url),
        }
    }
}

impl From<&MeetingDraft> for wire::CreateMeeting {
    fn from(draft: &MeetingDraft) -> Self {
        Self {
            topic: Some(cut(&draft.topic, wire::TOPIC_LIMIT)),
            agenda: Some(cut(&draft.agenda, wire::AGENDA_LIMIT)),
            kind: wire::SCHEDULED,
            start_time: Some(wire::instant(draft.start_time)),
            duration: Some(draft.duration_minutes),
            timezone: Some(draft.time_zone.clone()),
            password: None,
            default_password: Some(draft.settings.passcode),
            settings: Some(wire::MeetingSettings::from(&draft.settings)),
        }
    }
}

impl From<&MeetingPatch> for wire::PatchMeeting {
    fn from(patch: &MeetingPatch) -> Self {
        Self {
            topic: patch
                .topic
                .as_deref()
                .map(|topic| cut(topic, wire::TOPIC_LIMIT)),
            agenda: patch
                .agenda
                .as_deref()
                .map(|agenda| cut(agenda, wire::AGENDA_LIMIT)),
            start_time: patch.start_time.map(wire::instant),
            duration: patch.duration_minutes,
            timezone: patch.time_zone.clone(),
            password: None,
            settings: patch.settings.as_ref().map(wire::MeetingSettings::from),
        }
    }
}

fn cut(text: &str, limit: usize) -> String {
    text.chars().take(limit).collect()
}

fn instant(text: Option<String>) -> Option<Timestamp> {
    text?.parse().ok()
}

/// The link ends up in pages and mails, so nothing but a web address will do.
fn web_address(text: Option<String>) -> Option<String> {
    let text = text?;
    let url = url::Url::parse(&text).ok()?;
    (matches!(url.scheme(), "https" | "http") && url.has_host()).then_some(text)
}
