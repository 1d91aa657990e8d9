//! A person's connections to Zoom and their states.

pub mod hosts;
pub mod leaving;

use std::cmp::Reverse;

use jiff::Timestamp;

pub use self::leaving::Links;
use crate::ids::{CompanyId, ConnectionId, PersonId};

/// Where a connection stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConnectionStatus {
    /// New meetings are made through it.
    Active,
    /// Ended, with when and by whom.
    Inactive,
    /// Zoom no longer accepts it; the person has to connect again.
    NeedsAttention,
}

impl ConnectionStatus {
    /// The word in SQL and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Inactive => "inactive",
            Self::NeedsAttention => "needs_attention",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Active, Self::Inactive, Self::NeedsAttention]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// Who ended a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The person, here.
    User,
    /// The person or their Zoom administrator, in Zoom.
    Zoom,
    /// The product: a deactivated person, or a newer connection of the same Zoom user.
    System,
}

impl EndedBy {
    /// The word in SQL and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Zoom => "zoom",
            Self::System => "system",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::User, Self::Zoom, Self::System]
            .into_iter()
            .find(|e| e.as_str() == text)
    }
}

/// How it was noticed that Zoom no longer lets a connection in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoticedBy {
    /// Zoom told us.
    Webhook,
    /// New tokens were refused.
    Refresh,
    /// A call for a booking was refused.
    Call,
    /// Looking after the connection, we asked.
    Probe,
}

impl NoticedBy {
    /// The word in SQL.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Webhook => "webhook",
            Self::Refresh => "refresh",
            Self::Call => "call",
            Self::Probe => "probe",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Webhook, Self::Refresh, Self::Call, Self::Probe]
            .into_iter()
            .find(|n| n.as_str() == text)
    }
}

/// Whose bookings a connection hosts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HostsFor {
    /// Its owner's.
    Owner,
    /// Its owner's, and those of colleagues who have no connection of their own in use.
    Company,
}

impl HostsFor {
    /// The word in SQL and forms.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Company => "company",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Owner, Self::Company]
            .into_iter()
            .find(|h| h.as_str() == text)
    }
}

/// The permissions the product asks Zoom for, each with why it is needed.
pub const ZOOM_SCOPES: [(&str, &str); 6] = [
    ("user:read:user", "Shows which Zoom account is connected."),
    ("meeting:write:meeting", "Makes the meeting of a booking."),
    (
        "meeting:read:meeting",
        "Checks that the meeting is what the booking says.",
    ),
    (
        "meeting:update:meeting",
        "Moves or renames the meeting when the booking changes.",
    ),
    (
        "meeting:delete:meeting",
        "Deletes the meeting when the booking is cancelled.",
    ),
    (
        "meeting:read:list_meetings",
        "Finds our own meeting again when Zoom's answer was lost.",
    ),
];

/// The scopes of [`ZOOM_SCOPES`] that a grant lacks.
#[must_use]
pub fn missing_scopes(granted: &[String]) -> Vec<&'static str> {
    ZOOM_SCOPES
        .iter()
        .map(|(scope, _)| *scope)
        .filter(|scope| !granted.iter().any(|g| g == scope))
        .collect()
}

/// A connection as recorded, without its tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// The company.
    pub company: CompanyId,
    /// Whose it is.
    pub person: PersonId,
    /// The client id of the Zoom app it was granted to.
    pub client_id: String,
    /// The Zoom user.
    pub zoom_user_id: String,
    /// The Zoom user's account.
    pub zoom_account_id: String,
    /// The Zoom user's address.
    pub zoom_email: String,
    /// The Zoom user's name.
    pub zoom_name: String,
    /// Whether the Zoom user is licensed, where Zoom said; others meet for 40 minutes.
    pub zoom_licensed: Option<bool>,
    /// What its owner calls it, where they gave it a name.
    pub name: Option<String>,
    /// When its owner last made it their default.
    pub preferred_at: Option<Timestamp>,
    /// Whose bookings it hosts.
    pub hosts_for: HostsFor,
    /// The permissions granted.
    pub scopes: Vec<String>,
    /// Where Zoom wants this account's requests, where it said.
    pub api_url: Option<String>,
    /// Where it stands.
    pub status: ConnectionStatus,
    /// Why it needs attention, in words for people.
    pub attention: Option<String>,
    /// Raised with every end and every new grant: answers to calls begun before are old.
    pub epoch: i64,
    /// When Zoom granted it, by Zoom's clock where it gave one.
    pub granted_at: Timestamp,
    /// When it was connected, by ours.
    pub connected_at: Timestamp,
    /// When it ended.
    pub disconnected_at: Option<Timestamp>,
    /// Who ended it.
    pub disconnected_by: Option<EndedBy>,
    /// How it was noticed that Zoom ended or refuses it.
    pub noticed_by: Option<NoticedBy>,
}

impl Connection {
    /// Whether meetings are made through it.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.status == ConnectionStatus::Active
    }

    /// The account: its address, or its name where Zoom gives no address. Once both are erased, it
    /// is a Zoom account like any other.
    #[must_use]
    pub fn account(&self) -> &str {
        match (self.zoom_email.as_str(), self.zoom_name.as_str()) {
            ("", "") => "a Zoom account",
            ("", name) => name,
            (email, _) => email,
        }
    }

    /// What it is called: by the name it was given, else by its account.
    #[must_use]
    pub fn called(&self) -> &str {
        self.name.as_deref().unwrap_or_else(|| self.account())
    }

    /// Its place among its owner's: those in use before those Zoom refuses, the one last made
    /// default first, then the one connected first. The first is the default.
    #[must_use]
    pub fn place(&self) -> impl Ord + use<> {
        (
            self.status != ConnectionStatus::Active,
            Reverse(self.preferred_at),
            self.connected_at,
            self.id,
        )
    }
}

/// A person's connections in their order, the default first.
#[must_use]
pub fn in_order(mut connections: Vec<Connection>) -> Vec<Connection> {
    connections.sort_by_key(Connection::place);
    connections
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_in_use_then_chosen_then_the_oldest() {
        use ConnectionStatus::{Active, NeedsAttention};
        let connection = |n: i64, status, preferred: Option<i64>| Connection {
            status,
            preferred_at: preferred.map(|at| Timestamp::from_second(at).unwrap()),
            ..hosts::tests::connection(n, 1)
        };
        let ordered = |connections: Vec<Connection>| -> Vec<String> {
            let ordered = in_order(connections);
            ordered.iter().map(|c| c.called().to_owned()).collect()
        };
        let (first, second) = (connection(1, Active, None), connection(2, Active, None));
        assert_eq!(ordered(vec![second.clone(), first.clone()]), ["1", "2"]);
        let chosen = connection(3, Active, Some(9));
        let refused = connection(4, NeedsAttention, Some(99));
        assert_eq!(
            ordered(vec![refused, second, first, chosen]),
            ["3", "1", "2", "4"]
        );
    }

    #[test]
    fn a_connection_is_called_by_its_name_else_by_its_account() {
        let mut connection = hosts::tests::connection(1, 1);
        connection.name = Some("Reception".to_owned());
        connection.zoom_email = "front@halden.example".to_owned();
        assert_eq!(connection.called(), "Reception");
        connection.name = None;
        assert_eq!(connection.called(), "front@halden.example");
        connection.zoom_email = String::new();
        connection.zoom_name = "Front Desk".to_owned();
        assert_eq!(connection.called(), "Front Desk");
        connection.zoom_name = String::new();
        assert_eq!(connection.called(), "a Zoom account");
    }

    #[test]
    fn only_an_active_connection_makes_meetings() {
        use ConnectionStatus::{Active, Inactive, NeedsAttention};
        let active = |status| {
            let connection = hosts::tests::connection(1, 1);
            Connection {
                status,
                ..connection
            }
            .is_active()
        };
        assert_eq!(
            [Active, Inactive, NeedsAttention].map(active),
            [true, false, false]
        );
    }

    #[test]
    fn missing_scopes_are_named() {
        let all: Vec<String> = ZOOM_SCOPES.iter().map(|(s, _)| (*s).to_owned()).collect();
        assert!(missing_scopes(&all).is_empty());
        assert_eq!(missing_scopes(&all[1..]), ["user:read:user"]);
    }
}
