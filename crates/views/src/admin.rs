//! Administration: rooms, sites, people, the company, and how the integration is doing.

mod audit;
mod company;
mod data;
mod groups;
mod health;
mod meetings;
mod people;
mod reconciliation;
mod rooms;
mod sites;
mod zoom_app;

pub use audit::{AuditPage, AuditRow};
pub use company::{CompanyPage, ConnectRule, OfferedHost, StandIn, StandInChoice};
pub use data::{DataRequestPage, DataRequestRow, DataRequestsPage, RetentionPage, RetentionRow};
pub use groups::{GroupHead, GroupPage, GroupPerson, GroupRow, GroupsPage};
pub use health::{ConnectionRow, DeadJob, HealthFigures, HealthPage};
pub use meetings::{MeetingRow, MeetingsPage, StateCount};
pub use people::{
    AsksFor, HandoverBooking, InGroup, InvitationLink, InviteTyped, PeoplePage, PersonPage,
    PersonRow, PersonState,
};
pub use reconciliation::{FindingRow, Part, ReconciliationPage, RunFacts, UnreachableRow};
pub use rooms::{
    DayHours, HoursForm, HoursKind, RoomGroup, RoomHead, RoomPage, RoomRow, RoomRowState, RoomsPage,
};
pub use sites::{SiteHead, SitePage, SiteRow, SitesPage};
pub use zoom_app::{CheckRow, OwnZoomApp, ZoomAppPage};

/// The pages of Admin, for the side navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AdminTab {
    /// `/admin/rooms`.
    Rooms,
    /// `/admin/sites`.
    Sites,
    /// `/admin/people`.
    People,
    /// `/admin/groups`.
    Groups,
    /// `/admin/company`.
    Company,
    /// `/admin/zoom-app`.
    ZoomApp,
    /// `/admin/reconciliation`.
    Reconciliation,
    /// `/admin/meetings`.
    Meetings,
    /// `/admin/health`.
    Health,
    /// `/admin/audit`.
    Audit,
    /// `/admin/data-requests` and `/admin/retention`.
    Data,
}
