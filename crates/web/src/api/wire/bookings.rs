//! Bookings and their meetings.

use jiff::Timestamp;
use rooms_app::bookings::Booked;
use rooms_core::booking::Booking as Recorded;
use rooms_core::meeting::{Drift, Meeting as RecordedMeeting};
use rooms_core::time::parse_instant;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

use super::{PersonOfBooking, there};

/// Which conference a booking is held with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Conference {
    /// A Zoom meeting.
    Zoom,
}

impl From<Conference> for rooms_core::booking::Conference {
    fn from(Conference::Zoom: Conference) -> Self {
        Self::Zoom
    }
}

/// Where a booking stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum BookingState {
    /// The room is theirs.
    Confirmed,
    /// Holds the room until it is approved.
    Pending,
    /// Not approved.
    Declined,
    /// Called off; the room is free again.
    Cancelled,
}

/// Where a meeting stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MeetingState {
    /// It is being made, or Zoom cannot be reached at the moment.
    Pending,
    /// The link is there.
    Ready,
    /// Zoom refused, or a person has to act; `failure` says which.
    Failed,
    /// It is being deleted.
    Removing,
    /// It is deleted, or was never made.
    Removed,
    /// The connection ended: the link stays and is no longer managed.
    Detached,
}

/// The meeting of a booking.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_field_names, reason = "the outer contract names them")]
pub struct Meeting {
    /// Who holds it.
    #[schema(value_type = Conference)]
    provider: &'static str,
    /// Where it stands.
    #[schema(value_type = MeetingState)]
    state: &'static str,
    /// Where people join.
    #[schema(required)]
    join_url: Option<String>,
    /// Its number, in digits.
    #[schema(required, pattern = "^[0-9]+$")]
    meeting_id: Option<String>,
    /// What people type to join by number.
    #[schema(required)]
    passcode: Option<String>,
    /// The host's address at Zoom.
    #[schema(required)]
    host_email: Option<String>,
    /// What went wrong, in words for people.
    #[schema(required)]
    failure: Option<String>,
    /// Since when it stands so.
    #[schema(value_type = String, format = DateTime)]
    since: Timestamp,
    /// How often Zoom was asked since it last answered well.
    attempts: i64,
    /// When it is asked again.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    next_try_at: Option<Timestamp>,
    /// What was changed in Zoom; null while Zoom and the booking say the same.
    #[schema(required)]
    differs: Option<Differs>,
}

/// What Zoom has otherwise than the booking; null where it has the same.
#[derive(Debug, Serialize, ToSchema)]
pub struct Differs {
    /// The title there.
    #[schema(required)]
    title: Option<String>,
    /// The beginning there.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    starts_at: Option<Timestamp>,
    /// The length there.
    #[schema(required)]
    minutes: Option<i64>,
    /// The IANA time zone there.
    #[schema(required)]
    time_zone: Option<String>,
}

impl From<Drift> for Differs {
    fn from(drift: Drift) -> Self {
        Self {
            title: drift.topic,
            starts_at: drift.starts_at,
            minutes: drift.minutes,
            time_zone: drift.zone,
        }
    }
}

impl From<RecordedMeeting> for Meeting {
    fn from(meeting: RecordedMeeting) -> Self {
        Self {
            provider: "zoom",
            state: meeting.state.api_word(),
            join_url: meeting.join_url,
            meeting_id: meeting.zoom_id.map(|id| id.to_string()),
            passcode: meeting.passcode,
            host_email: meeting.host_email,
            failure: meeting.failure,
            since: meeting.since,
            attempts: meeting.attempts,
            next_try_at: meeting.next_try_at,
            differs: meeting.drift.map(Differs::from),
        }
    }
}

/// A booking of a room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Booking {
    /// Its id.
    #[schema(pattern = "^bk_[0-9a-f]{32}$")]
    id: String,
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// What for.
    title: String,
    /// The first instant.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// The first instant after it.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// The IANA time zone of the room's site.
    time_zone: String,
    /// Where it stands.
    #[schema(value_type = BookingState)]
    state: &'static str,
    /// In whose name it is.
    organizer: PersonOfBooking,
    /// Who booked it.
    booker: PersonOfBooking,
    /// Addresses of the people invited.
    invitees: Vec<String>,
    /// Which conference it is held with; null for none.
    #[schema(required, value_type = Option<Conference>)]
    conference: Option<&'static str>,
    /// Its meeting; null without a conference.
    #[schema(required)]
    meeting: Option<Meeting>,
    /// Counts its changes, from 1; the `ETag` is made of it.
    revision: i64,
    /// When it was booked.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
    /// When it was cancelled.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    cancelled_at: Option<Timestamp>,
    /// Why, in the words of who cancelled.
    #[schema(required)]
    cancel_reason: Option<String>,
}

impl From<Booked> for Booking {
    fn from(Booked { booking, meeting }: Booked) -> Self {
        let Recorded {
            id,
            room,
            title,
            slot,
            zone,
            state,
            organizer,
            booker,
            invitees,
            conference,
            revision,
            created_at,
            updated_at,
            cancelled_at,
            cancel_reason,
            ..
        } = booking;
        Self {
            id: id.to_string(),
            room_id: room.to_string(),
            title,
            starts_at: slot.starts_at,
            ends_at: slot.ends_at,
            time_zone: zone.name().to_owned(),
            state: state.as_str(),
            organizer: organizer.into(),
            booker: booker.into(),
            invitees,
            conference: conference.map(rooms_core::booking::Conference::as_str),
            meeting: meeting.filter(|_| conference.is_some()).map(Meeting::from),
            revision,
            created_at,
            updated_at,
            cancelled_at,
            cancel_reason,
        }
    }
}

/// An instant as it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Instant(pub Timestamp);

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_instant("", &text).map(Self).map_err(|errors| {
            let first = errors.0.into_iter().next();
            serde::de::Error::custom(first.map_or_else(String::new, |error| error.message))
        })
    }
}

/// A room to book.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewBooking {
    /// The room.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    pub room_id: String,
    /// What for.
    #[schema(min_length = 1, max_length = 200, pattern = "LINE", example = "Budget")]
    pub title: String,
    /// The first instant, a whole minute.
    #[schema(value_type = String, format = DateTime, example = "STARTS_AT")]
    pub starts_at: Instant,
    /// The first instant after it, a whole minute, at most 24 hours later.
    #[schema(value_type = String, format = DateTime, example = "ENDS_AT")]
    pub ends_at: Instant,
    /// Which conference it is held with; none where nothing is said.
    #[serde(default)]
    pub conference: Option<Conference>,
    /// Through which Zoom connection: one of the organizer's, or one that stands in. Chosen where
    /// nothing is said.
    #[serde(default)]
    #[schema(pattern = "^cn_[0-9a-f]{32}$")]
    pub connection_id: Option<String>,
    /// In whose name, by id or address; the caller's own where nothing is said.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 254, pattern = "LINE")]
    pub organizer: Option<String>,
    /// Addresses of people to invite.
    #[serde(default)]
    #[schema(required = false, max_items = 200, value_type = Vec<Address>)]
    pub invitees: Vec<String>,
}

/// An e-mail address.
#[derive(Debug, ToSchema)]
#[schema(max_length = 254, pattern = "ADDRESS", example = "ines@example.com")]
#[expect(dead_code, reason = "describes an item of a list")]
pub struct Address(String);

/// What is to change about a booking; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BookingChange {
    /// Another room.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, pattern = "^rm_[0-9a-f]{32}$")]
    pub room_id: Option<String>,
    /// Another title.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 200, pattern = "LINE")]
    pub title: Option<String>,
    /// Another beginning, a whole minute.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub starts_at: Option<Instant>,
    /// Another end, a whole minute.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = String, format = DateTime)]
    pub ends_at: Option<Instant>,
    /// Another conference; null for none.
    #[serde(default, deserialize_with = "there")]
    #[schema(value_type = Option<Conference>)]
    pub conference: Option<Option<Conference>>,
    /// Another Zoom connection to host it: the meeting there ends, and a new one is made.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, pattern = "^cn_[0-9a-f]{32}$")]
    pub connection_id: Option<String>,
    /// Another organizer, by id or address.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 254, pattern = "LINE")]
    pub organizer: Option<String>,
    /// Other invitees.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, max_items = 200, value_type = Vec<Address>)]
    pub invitees: Option<Vec<String>>,
}

/// Why a booking is cancelled.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cancellation {
    /// In words for those who were invited.
    #[serde(default)]
    #[schema(max_length = 500, pattern = "WORDS", example = "The visitors are ill")]
    pub reason: Option<String>,
}

/// Nothing is said beside the address.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}
