//! The Zoom meeting of a booking: a record of its own with a visible life.

pub mod belongs;
pub mod facts;
pub mod promise;
pub mod step;

use jiff::Timestamp;

pub use self::belongs::{Belongs, Known, belongs};
pub use self::facts::{Drift, Facts, Seen};
pub use self::promise::{Promise, Recording};
pub use self::step::{NextStep, Situation, next_step};
use crate::ids::{BookingId, CompanyId, ConnectionId, MeetingRecordId, PersonId};

/// Where a meeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MeetingState {
    /// Wanted; Zoom has not been asked, or is being asked.
    Pending,
    /// Zoom was asked and no answer arrived: it may exist. It is looked for before another is made.
    Uncertain,
    /// Made; the link is there.
    Ready,
    /// Not made, and it will not be without somebody's help.
    Failed,
    /// To be deleted in Zoom.
    Removing,
    /// Deleted in Zoom, or never made and no longer wanted.
    Removed,
    /// Kept in Zoom, shown here, no longer managed.
    Detached,
}

impl MeetingState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::Uncertain,
        Self::Ready,
        Self::Failed,
        Self::Removing,
        Self::Removed,
        Self::Detached,
    ];

    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Uncertain => "uncertain",
            Self::Ready => "ready",
            Self::Failed => "failed",
            Self::Removing => "removing",
            Self::Removed => "removed",
            Self::Detached => "detached",
        }
    }

    /// The word in the API, where an unknown outcome is one more way of being made.
    #[must_use]
    pub const fn api_word(self) -> &'static str {
        match self {
            Self::Uncertain => "pending",
            other => other.as_str(),
        }
    }

    /// Reads the SQL word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// A meeting as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Our record's id.
    pub id: MeetingRecordId,
    /// The company.
    pub company: CompanyId,
    /// The booking it belongs to.
    pub booking: BookingId,
    /// Whose connection it is made through: the organizer, or who lends theirs.
    pub host: PersonId,
    /// That connection.
    pub connection: ConnectionId,
    /// Where it stands.
    pub state: MeetingState,
    /// Zoom's id, once known.
    pub zoom_id: Option<i64>,
    /// Where people join; kept sealed in the database.
    pub join_url: Option<String>,
    /// The passcode; kept sealed in the database.
    pub passcode: Option<String>,
    /// The host's address at Zoom.
    pub host_email: Option<String>,
    /// The booking's revision Zoom was last told.
    pub synced_revision: i64,
    /// What went wrong last, in words for people.
    pub failure: Option<String>,
    /// How often Zoom was asked since it last answered well.
    pub attempts: i64,
    /// When it is tried again.
    pub next_try_at: Option<Timestamp>,
    /// When it was first wanted.
    pub created_at: Timestamp,
    /// When the record last changed.
    pub updated_at: Timestamp,
    /// When it came into this state.
    pub since: Timestamp,
    /// What Zoom was told last: what an own echo is known by.
    pub told: Option<Facts>,
    /// What Zoom has otherwise than it was told, as last read.
    pub drift: Option<Drift>,
    /// When it was found deleted in Zoom, without our doing.
    pub gone_at: Option<Timestamp>,
    /// Since when it is to be read in Zoom, because a webhook said that it changed.
    pub look_since: Option<Timestamp>,
    /// What was promised of it when it was made.
    pub promised: Option<Promise>,
    /// What Zoom made of the promise.
    pub kept: Option<Promise>,
    /// Who decided to leave it in Zoom.
    pub left_by: Option<PersonId>,
}

impl Meeting {
    /// A meeting that is wanted and not yet asked for.
    #[must_use]
    pub fn wanted(
        id: MeetingRecordId,
        (company, booking): (CompanyId, BookingId),
        (host, connection): (PersonId, ConnectionId),
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            company,
            booking,
            host,
            connection,
            state: MeetingState::Pending,
            zoom_id: None,
            join_url: None,
            passcode: None,
            host_email: None,
            synced_revision: 0,
            failure: None,
            attempts: 0,
            next_try_at: None,
            created_at: now,
            updated_at: now,
            since: now,
            told: None,
            drift: None,
            gone_at: None,
            look_since: None,
            promised: None,
            kept: None,
            left_by: None,
        }
    }

    /// Forgets the meeting in Zoom, so that another is made for the same booking.
    pub fn start_over(&mut self) {
        self.state = MeetingState::Pending;
        self.zoom_id = None;
        self.join_url = None;
        self.passcode = None;
        self.synced_revision = 0;
        self.failure = None;
        self.attempts = 0;
        self.next_try_at = None;
        self.told = None;
        self.drift = None;
        self.look_since = None;
        self.kept = None;
    }
}

/// One time a meeting was held, as Zoom told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// When it began, where Zoom said.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn one_that_starts_over_forgets_zoom_and_keeps_whose_it_is() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let wanted = Meeting::wanted(
            MeetingRecordId::from_uuid(Uuid::from_u128(1)),
            (
                CompanyId::from_uuid(Uuid::from_u128(2)),
                BookingId::from_uuid(Uuid::from_u128(3)),
            ),
            (
                PersonId::from_uuid(Uuid::from_u128(4)),
                ConnectionId::from_uuid(Uuid::from_u128(5)),
            ),
            at(100),
        );
        assert_eq!(wanted.state, MeetingState::Pending);
        let told = Facts {
            topic: "Budget".to_owned(),
            starts_at: at(500),
            minutes: 30,
            zone: "UTC".to_owned(),
        };
        let mut meeting = Meeting {
            state: MeetingState::Failed,
            zoom_id: Some(7),
            join_url: Some("https://zoom.example/j/7".to_owned()),
            passcode: Some("7".to_owned()),
            synced_revision: 3,
            failure: Some("refused".to_owned()),
            attempts: 4,
            next_try_at: Some(at(400)),
            drift: Some(Drift::default()),
            look_since: Some(at(300)),
            promised: Some(Promise::default()),
            kept: Some(Promise::default()),
            told: Some(told),
            ..wanted.clone()
        };
        meeting.start_over();
        let promised = Some(Promise::default());
        assert_eq!(meeting, Meeting { promised, ..wanted });
    }
}
