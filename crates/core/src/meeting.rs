//! The Zoom meeting of a booking: a record of its own with a visible life.

use jiff::Timestamp;

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

/// What a job does next for a meeting: a pure decision over what is wanted and what is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextStep {
    /// Nothing: what Zoom has is what is wanted.
    Rest,
    /// Look for a meeting of ours in Zoom; make one where none is found.
    FindOrCreate,
    /// Make one: no attempt can have made one before.
    Create,
    /// Tell Zoom the booking's present time and title.
    Update,
    /// Delete it in Zoom.
    Delete,
    /// Nothing was ever made: mark it removed.
    ForgetUnmade,
    /// It may exist although no answer arrived: look for it and delete it.
    FindAndDelete,
}

/// What the decision rests on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Situation {
    /// The state as recorded.
    pub state: MeetingState,
    /// Whether the booking still wants a meeting.
    pub wanted: bool,
    /// Whether Zoom's id is known.
    pub known: bool,
    /// Whether an attempt was begun whose outcome is not known.
    pub open_attempt: bool,
    /// Whether the booking changed since Zoom was last told.
    pub stale: bool,
}

/// Decides the next step for a meeting.
#[must_use]
pub fn next_step(s: Situation) -> NextStep {
    match s.state {
        MeetingState::Removed | MeetingState::Detached | MeetingState::Failed => NextStep::Rest,
        _ if s.wanted && s.known => {
            if s.stale {
                NextStep::Update
            } else {
                NextStep::Rest
            }
        }
        _ if s.wanted && s.open_attempt => NextStep::FindOrCreate,
        _ if s.wanted => NextStep::Create,
        _ if s.known => NextStep::Delete,
        _ if s.open_attempt => NextStep::FindAndDelete,
        _ => NextStep::ForgetUnmade,
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
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(state: MeetingState, wanted: bool, known: bool, open: bool) -> Situation {
        Situation {
            state,
            wanted,
            known,
            open_attempt: open,
            stale: false,
        }
    }

    #[test]
    fn a_second_create_never_follows_an_open_attempt() {
        for state in MeetingState::ALL {
            for stale in [false, true] {
                let s = Situation {
                    stale,
                    ..situation(state, true, false, true)
                };
                assert_ne!(next_step(s), NextStep::Create, "{state:?}");
            }
        }
    }

    #[test]
    fn what_is_no_longer_wanted_is_deleted_or_looked_for() {
        use MeetingState::{Pending, Ready, Removing, Uncertain};
        assert_eq!(
            next_step(situation(Removing, false, true, false)),
            NextStep::Delete
        );
        assert_eq!(
            next_step(situation(Ready, false, true, true)),
            NextStep::Delete
        );
        assert_eq!(
            next_step(situation(Uncertain, false, false, true)),
            NextStep::FindAndDelete
        );
        assert_eq!(
            next_step(situation(Pending, false, false, false)),
            NextStep::ForgetUnmade
        );
    }

    #[test]
    fn a_change_is_told_once() {
        let ready = situation(MeetingState::Ready, true, true, false);
        assert_eq!(next_step(ready), NextStep::Rest);
        assert_eq!(
            next_step(Situation {
                stale: true,
                ..ready
            }),
            NextStep::Update
        );
    }

    #[test]
    fn ended_lives_are_left_alone() {
        for state in [
            MeetingState::Detached,
            MeetingState::Removed,
            MeetingState::Failed,
        ] {
            assert_eq!(
                next_step(situation(state, false, true, true)),
                NextStep::Rest
            );
        }
    }
}
