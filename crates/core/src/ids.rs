//! Identifiers: `UUIDv7` in the database, prefixed text (`bk_…`) at the edge.
//!
//! Each kind is a type of its own and there is no conversion between kinds.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id that starts with {prefix}_")]
pub struct IdError {
    /// The prefix an identifier of this kind starts with.
    pub prefix: &'static str,
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub struct $name(Uuid);

        impl $name {
            /// What the text form starts with, without the underscore.
            pub const PREFIX: &'static str = $prefix;

            /// Wraps the value the database holds.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The value the database holds.
            #[must_use]
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "_{}"), self.0.simple())
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                parse(text, $prefix).map(Self).ok_or(IdError { prefix: $prefix })
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }
    )*};
}

ids! {
    /// A company: the tenant.
    CompanyId "co";
    /// A person of a company.
    PersonId "pe";
    /// A site of a company, in one time zone.
    SiteId "si";
    /// A room of a site.
    RoomId "rm";
    /// A booking of a room.
    BookingId "bk";
    /// Our record of a meeting at a conference provider.
    MeetingRecordId "mt";
    /// A person's connection to a conference provider.
    ConnectionId "cn";
    /// A signed-in session.
    SessionId "se";
    /// A person's token for the API.
    ApiTokenId "tk";
    /// A group of people of a company.
    GroupId "gr";
    /// A person's request to be allowed to connect apps.
    PermissionRequestId "pq";
    /// A person's passkey.
    PasskeyId "pk";
    /// An invitation to set a password.
    InvitationId "iv";
    /// A queued piece of work.
    JobId "jb";
    /// An entry of the history.
    EventId "ev";
    /// Something a person must hear, shown on Home.
    NoticeId "nt";
    /// A comparison of a company's meetings with those at Zoom.
    ReconciliationId "rc";
    /// A difference such a comparison found.
    FindingId "fd";
    /// A person's request to be erased.
    DataRequestId "dr";
    /// A company's own app at Zoom.
    ZoomAppId "za";
}

/// Only the canonical spelling is accepted, so that one thing has one address.
fn parse(text: &str, prefix: &str) -> Option<Uuid> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?;
    let canonical = digits.len() == 32
        && digits
            .bytes()
            .all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    canonical.then(|| Uuid::try_parse(digits).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_reads_back_from_its_text() {
        let id = BookingId::from_uuid(Uuid::from_u128(42));
        assert_eq!(id.to_string(), "bk_0000000000000000000000000000002a");
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn another_kind_or_spelling_is_refused() {
        let id = BookingId::from_uuid(Uuid::from_u128(0xabc)).to_string();
        assert!(id.parse::<RoomId>().is_err());
        assert!(id.to_uppercase().parse::<BookingId>().is_err());
        assert!(id.replace("abc", "ABC").parse::<BookingId>().is_err());
        assert!(id.replace("abc", "xyz").parse::<BookingId>().is_err());
        assert!(format!("{id}0").parse::<BookingId>().is_err());
        assert!("bk_".parse::<BookingId>().is_err());
        assert!("".parse::<BookingId>().is_err());
    }
}
