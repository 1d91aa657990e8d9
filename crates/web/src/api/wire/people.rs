//! People and their connections.

use jiff::Timestamp;
use rooms_core::actor::Person as Recorded;
use rooms_core::booking::Named;
use rooms_core::connection::{Connection as RecordedConnection, EndedBy as EndedAs, HostsFor};
use serde::Serialize;
use utoipa::ToSchema;

use super::Conference;

/// A person of the company.
#[derive(Debug, Serialize, ToSchema)]
pub struct Person {
    /// Their id.
    #[schema(pattern = "^pe_[0-9a-f]{32}$")]
    id: String,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
    /// What they are in the company.
    #[schema(value_type = PersonRole)]
    role: &'static str,
    /// Where they stand with the company.
    #[schema(value_type = PersonStanding)]
    state: &'static str,
}

/// What somebody is in the company.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PersonRole {
    /// Books rooms.
    Officer,
    /// Books rooms and runs the company's settings.
    Admin,
}

/// Where somebody stands with the company.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum PersonStanding {
    /// Has not set a password yet.
    Invited,
    /// Can sign in.
    Active,
    /// Cannot sign in any more.
    Deactivated,
}

impl From<Recorded> for Person {
    fn from(person: Recorded) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
            role: person.role.as_str(),
            state: person.state.as_str(),
        }
    }
}

/// A person as a booking names them.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonOfBooking {
    /// Their id.
    #[schema(pattern = "^pe_[0-9a-f]{32}$")]
    id: String,
    /// Their name.
    name: String,
    /// Their address.
    email: String,
}

impl From<Named> for PersonOfBooking {
    fn from(person: Named) -> Self {
        Self {
            id: person.id.to_string(),
            name: person.name,
            email: person.email,
        }
    }
}

/// A connection of the caller to Zoom.
#[derive(Debug, Serialize, ToSchema)]
pub struct Connection {
    /// Its id.
    #[schema(pattern = "^cn_[0-9a-f]{32}$")]
    id: String,
    /// To whom.
    #[schema(value_type = Conference)]
    provider: &'static str,
    /// Where it stands.
    #[schema(value_type = ConnectionStatus)]
    status: &'static str,
    /// What its owner calls it, else the address of the account.
    name: String,
    /// Whether it hosts where several could and none is named.
    is_default: bool,
    /// Whether it may host for colleagues who have none.
    hosts_for_company: bool,
    /// The address of the account there.
    account_email: String,
    /// When it was connected.
    #[schema(value_type = String, format = DateTime)]
    connected_at: Timestamp,
    /// When it ended.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    disconnected_at: Option<Timestamp>,
    /// Who ended it.
    #[schema(required, value_type = Option<EndedBy>)]
    disconnected_by: Option<&'static str>,
}

/// Where a connection stands.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum ConnectionStatus {
    /// Meetings are made through it.
    Active,
    /// It ended.
    Inactive,
    /// Zoom no longer accepts it; its person has to connect again.
    NeedsAttention,
}

/// Who ended a connection.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum EndedBy {
    /// Its person, here.
    User,
    /// Its person or their administrator, in Zoom.
    Zoom,
    /// The product.
    System,
}

impl Connection {
    /// A connection as it is sent; the default is known among its owner's others only.
    pub fn new(connection: RecordedConnection, is_default: bool) -> Self {
        Self {
            name: connection.called().to_owned(),
            is_default,
            hosts_for_company: connection.hosts_for == HostsFor::Company,
            id: connection.id.to_string(),
            provider: "zoom",
            status: connection.status.as_str(),
            account_email: connection.zoom_email,
            connected_at: connection.connected_at,
            disconnected_at: connection.disconnected_at,
            disconnected_by: connection.disconnected_by.map(EndedAs::as_str),
        }
    }
}
