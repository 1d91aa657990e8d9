//! Bookings: what is asked for, what may be asked for, and what to offer instead.

pub mod alternatives;
pub mod policy;

use jiff::Timestamp;

use crate::ids::{BookingId, CompanyId, ConnectionId, PersonId, RoomId};
use crate::time::{Slot, Zone};

pub use alternatives::{Alternative, Candidate, alternatives};
pub use policy::{BOOKABLE_DAYS_AHEAD, check_invitees, check_slot};

/// Where a booking stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookingState {
    /// The room is theirs.
    Confirmed,
    /// Holds the slot until it is approved.
    Pending,
    /// Not approved.
    Declined,
    /// Called off; the slot is free again.
    Cancelled,
}

impl BookingState {
    /// The word in SQL and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Confirmed => "confirmed",
            Self::Pending => "pending",
            Self::Declined => "declined",
            Self::Cancelled => "cancelled",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [
            Self::Confirmed,
            Self::Pending,
            Self::Declined,
            Self::Cancelled,
        ]
        .into_iter()
        .find(|s| s.as_str() == text)
    }

    /// Whether it keeps others out of its slot.
    #[must_use]
    pub const fn takes_the_room(self) -> bool {
        matches!(self, Self::Confirmed | Self::Pending)
    }
}

/// Which conference a booking wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Conference {
    /// A meeting at Zoom.
    Zoom,
}

impl Conference {
    /// The word in SQL, forms and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Zoom => "zoom",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        (text == Self::Zoom.as_str()).then_some(Self::Zoom)
    }
}

/// Whom a request names: by id, or by the address people know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// By id.
    Id(PersonId),
    /// By address.
    Email(String),
}

/// A wish for a room, as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Which room.
    pub room: RoomId,
    /// What for, one line.
    pub title: String,
    /// From when.
    pub starts_at: Timestamp,
    /// Until when, itself not included.
    pub ends_at: Timestamp,
    /// With which conference.
    pub conference: Option<Conference>,
    /// Through which connection; chosen where none is named.
    pub host: Option<ConnectionId>,
    /// In whose name; the booker's own where nobody is named.
    pub organizer: Option<Who>,
    /// Addresses of the people invited.
    pub invitees: Vec<String>,
}

/// What is to change about a booking; what is `None` stays.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// Another room.
    pub room: Option<RoomId>,
    /// Another title.
    pub title: Option<String>,
    /// Another time.
    pub starts_at: Option<Timestamp>,
    /// Another end.
    pub ends_at: Option<Timestamp>,
    /// Another conference, or none.
    pub conference: Option<Option<Conference>>,
    /// Another connection to host it.
    pub host: Option<ConnectionId>,
    /// Another organizer.
    pub organizer: Option<Who>,
    /// Other invitees.
    pub invitees: Option<Vec<String>>,
}

/// A person as a booking names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// A booking as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booking {
    /// Its id.
    pub id: BookingId,
    /// The company.
    pub company: CompanyId,
    /// The room.
    pub room: RoomId,
    /// The room's name.
    pub room_name: String,
    /// The name of the room's site.
    pub site_name: String,
    /// In whose name it is.
    pub organizer: Named,
    /// Who booked it.
    pub booker: Named,
    /// What for.
    pub title: String,
    /// When.
    pub slot: Slot,
    /// The zone of the room's site.
    pub zone: Zone,
    /// Where it stands.
    pub state: BookingState,
    /// Which conference it wants.
    pub conference: Option<Conference>,
    /// Addresses of the people invited.
    pub invitees: Vec<String>,
    /// Counts its changes from 1, for `ETag`s, calendars and jobs.
    pub revision: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was cancelled.
    pub cancelled_at: Option<Timestamp>,
    /// Why, in the words of who cancelled.
    pub cancel_reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_declined_or_cancelled_leaves_the_room_free() {
        use BookingState::{Cancelled, Confirmed, Declined, Pending};
        let takes = [Confirmed, Pending, Declined, Cancelled].map(BookingState::takes_the_room);
        assert_eq!(takes, [true, true, false, false]);
    }
}
