//! Administration: rooms, sites, people, the company, and how the integration is doing.

mod company;
mod health;
mod people;
mod rooms;
mod sites;

pub use company::{CompanyPage, ConnectRule, OfferedHost, StandIn, StandInChoice};
pub use health::{ConnectionRow, DeadJob, HealthFigures, HealthPage};
pub use people::{
    HandoverBooking, InvitationLink, InviteTyped, PeoplePage, PersonPage, PersonRow, PersonState,
};
pub use rooms::{
    DayHours, HoursForm, HoursKind, RoomGroup, RoomHead, RoomPage, RoomRow, RoomRowState, RoomsPage,
};
pub use sites::{SiteHead, SitePage, SiteRow, SitesPage};

/// The pages of Admin, for the side navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminTab {
    /// `/admin/rooms`.
    Rooms,
    /// `/admin/sites`.
    Sites,
    /// `/admin/people`.
    People,
    /// `/admin/company`.
    Company,
    /// `/admin/health`.
    Health,
}
