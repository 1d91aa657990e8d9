//! What an event tells of a meeting.

use std::fmt;

use jiff::Timestamp;

use crate::meetings::MeetingId;
use crate::wire;

/// What happened to a meeting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MeetingChange {
    /// It was made.
    Created,
    /// Some of it changed.
    Updated,
    /// It was deleted; its host can recover it for some days.
    Deleted,
    /// It was recovered after a deletion.
    Recovered,
    /// It was deleted for good.
    PermanentlyDeleted,
    /// Somebody opened it.
    Started,
    /// Everybody left.
    Ended,
}

impl MeetingChange {
    /// Each change with the name of its event.
    const NAMES: [(Self, &'static str); 7] = [
        (Self::Created, "meeting.created"),
        (Self::Updated, "meeting.updated"),
        (Self::Deleted, "meeting.deleted"),
        (Self::Recovered, "meeting.recovered"),
        (Self::PermanentlyDeleted, "meeting.permanently_deleted"),
        (Self::Started, "meeting.started"),
        (Self::Ended, "meeting.ended"),
    ];

    pub(super) fn of(name: &str) -> Option<(Self, &'static str)> {
        Self::NAMES.into_iter().find(|(_, known)| *known == name)
    }
}

/// How much of a recurring meeting an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// The whole meeting.
    All,
    /// One occurrence of a series.
    Single,
}

/// An event about a meeting.
///
/// Zoom delivers events twice, late and out of order. [`at`](Self::at) orders them; reading the
/// meeting with [`Client::meeting`](crate::Client::meeting) is surer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingEvent {
    /// What happened.
    pub change: MeetingChange,
    /// The meeting's number.
    pub meeting_id: MeetingId,
    /// Id of this instance of the meeting.
    pub uuid: Option<String>,
    /// Zoom's id of the host; an update leaves it out where it stays.
    pub host_id: Option<String>,
    /// The account of the host.
    pub account_id: Option<String>,
    /// Who did it; nobody when a meeting starts or ends.
    pub operator: Option<Operator>,
    /// How much of a series it is about, where Zoom says so.
    pub extent: Option<Extent>,
    /// When it happened: Zoom's time of the change, else the time of the event.
    pub at: Option<Timestamp>,
    /// When the meeting ended, with [`MeetingChange::Ended`].
    pub ended_at: Option<Timestamp>,
    /// What the event says of the meeting; with [`MeetingChange::Updated`] only what changed.
    pub facts: Facts,
    /// With [`MeetingChange::Updated`], what the changed facts were before.
    pub before: Facts,
}

/// The Zoom user who did something.
#[derive(Clone, PartialEq, Eq)]
pub struct Operator {
    /// Zoom's id of the user.
    pub id: Option<String>,
    /// The user's mail address.
    pub email: Option<String>,
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operator")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// What an event says of a meeting; what it does not mention is absent.
///
/// Of the link and the passcode only the mention is kept: they open the meeting, and a caller
/// that needs them reads the meeting.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// Title.
    pub topic: Option<String>,
    /// Description.
    pub agenda: Option<String>,
    /// Start.
    pub start_time: Option<Timestamp>,
    /// Length.
    pub duration_minutes: Option<u32>,
    /// IANA zone in which Zoom shows the start.
    pub time_zone: Option<String>,
    /// 1 instant, 2 scheduled, 3 and 8 recurring, 4 personal room; others have been seen.
    pub kind: Option<u8>,
    /// Whether the join link is mentioned.
    pub join_url: bool,
    /// Whether the passcode is mentioned.
    pub passcode: bool,
    /// Whether settings are mentioned.
    pub settings: bool,
}

impl fmt::Debug for Facts {
    /// Without the title and the description, which are the host's own business.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Facts")
            .field("start_time", &self.start_time)
            .field("duration_minutes", &self.duration_minutes)
            .field("time_zone", &self.time_zone)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

impl MeetingEvent {
    pub(super) fn read(
        change: MeetingChange,
        payload: wire::MeetingPayload,
        event_ts: Option<i64>,
    ) -> Self {
        let extent = payload.operation.or(payload.scope);
        let operator = Operator {
            id: payload.operator_id,
            email: payload.operator,
        };
        let at = payload.time_stamp.or(event_ts);
        let meeting = payload.object;
        Self {
            change,
            meeting_id: meeting.id,
            account_id: payload.account_id,
            operator: (operator.id.is_some() || operator.email.is_some()).then_some(operator),
            extent: match extent.as_deref() {
                Some("all") => Some(Extent::All),
                Some("single") => Some(Extent::Single),
                _ => None,
            },
            at: at.and_then(|at| Timestamp::from_millisecond(at).ok()),
            ended_at: meeting.end_time.as_ref().and_then(|at| at.parse().ok()),
            uuid: meeting.uuid.clone(),
            host_id: meeting.host_id.clone(),
            facts: Facts::from(meeting),
            before: payload.old_object.map(Facts::from).unwrap_or_default(),
        }
    }
}

impl From<wire::EventMeeting> for Facts {
    fn from(meeting: wire::EventMeeting) -> Self {
        Self {
            topic: meeting.topic,
            agenda: meeting.agenda,
            start_time: meeting.start_time.and_then(|at| at.parse().ok()),
            duration_minutes: meeting.duration,
            time_zone: meeting.timezone,
            kind: meeting.kind,
            join_url: meeting.join_url.is_some(),
            passcode: meeting.password.is_some(),
            settings: meeting.settings.is_some(),
        }
    }
}
