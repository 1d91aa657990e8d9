//! Types and rules of room booking: no async, no I/O.
//!
//! The cast: a *company* has *sites* (each in a time zone) with *rooms*, and *people* who book
//! them. A *booking* takes a room for a half-open [`time::Slot`]; where it wants a conference it has
//! a *meeting*, made through a person's *connection*. Everything here is a value or a decision over
//! values, so it can be tested without a database, a clock or a network.

pub mod actor;
pub mod booking;
pub mod connection;
pub mod entropy;
pub mod error;
pub mod group;
pub mod ids;
pub mod meeting;
pub mod password;
pub mod planted;
pub mod reconciliation;
pub mod retention;
pub mod room;
pub mod text;
pub mod time;
#[cfg(test)]
mod words;

pub use actor::{Actor, ConnectPolicy, PersonState, Role};
pub use entropy::Entropy;
pub use error::{FieldError, FieldErrors};
pub use group::Group;
pub use ids::{
    ApiTokenId, BookingId, CompanyId, ConnectionId, DataRequestId, EventId, FindingId, GroupId,
    InvitationId, JobId, MeetingRecordId, NoticeId, PasskeyId, PermissionRequestId, PersonId,
    ReconciliationId, RoomId, SessionId, SiteId, ZoomAppId,
};
pub use time::{Clock, SimClock, Slot, SystemClock, Zone};
