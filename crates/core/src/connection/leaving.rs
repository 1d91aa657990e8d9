//! What becomes of the links made through a connection that its owner ends.

use crate::ids::ConnectionId;

/// What its owner chose for the links of bookings still ahead.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Links {
    /// They stay in Zoom and work; nobody manages them any more.
    #[default]
    Keep,
    /// The meetings are deleted in Zoom; the bookings go on without a link.
    Remove,
    /// Another connection makes new ones; the old ones are deleted.
    Move(ConnectionId),
}

impl Links {
    /// The word in SQL and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Keep => "keep",
            Self::Remove => "remove",
            Self::Move(_) => "move",
        }
    }

    /// The connection that takes them over.
    #[must_use]
    pub const fn target(self) -> Option<ConnectionId> {
        match self {
            Self::Move(target) => Some(target),
            Self::Keep | Self::Remove => None,
        }
    }

    /// Reads word and target back.
    #[must_use]
    pub fn parse(word: &str, target: Option<ConnectionId>) -> Option<Self> {
        match (word, target) {
            ("keep", _) => Some(Self::Keep),
            ("remove", _) => Some(Self::Remove),
            ("move", Some(target)) => Some(Self::Move(target)),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_choice_is_read_back_as_it_was_written() {
        let target = ConnectionId::from_uuid(Uuid::from_u128(7));
        for links in [Links::Keep, Links::Remove, Links::Move(target)] {
            assert_eq!(Links::parse(links.as_str(), links.target()), Some(links));
        }
        assert_eq!(Links::parse("move", None), None, "to nobody");
        assert_eq!(Links::parse("shred", Some(target)), None);
    }
}
