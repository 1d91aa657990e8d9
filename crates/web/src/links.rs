//! The addresses of pages, in one place, so that none of them rots.

use rooms_core::{BookingId, PersonId, RoomId, SiteId};

/// Home: free now, and the day.
pub const HOME: &str = "/";
/// Sign in.
pub const SIGN_IN: &str = "/sign-in";
/// Sign out, by POST.
pub const SIGN_OUT: &str = "/sign-out";
/// Set up an empty server.
pub const SET_UP: &str = "/set-up";
/// Find a room.
pub const FIND: &str = "/find";
/// My bookings; a new one is posted here.
pub const BOOKINGS: &str = "/bookings";
/// The booking form.
pub const NEW_BOOKING: &str = "/bookings/new";
/// A person's own settings.
pub const SETTINGS: &str = "/settings";
/// Connect Apps.
pub const APPS: &str = "/settings/apps";
/// Leave for Zoom, by POST.
pub const CONNECT: &str = "/settings/apps/zoom/connection";
/// Disconnect, by POST.
pub const DISCONNECT: &str = "/settings/apps/zoom/disconnection";
/// Come back from Zoom.
pub const CALLBACK: &str = "/zoom_callback";
/// Zoom's webhooks.
pub const WEBHOOK: &str = "/webhooks/zoom";
/// Rooms, for admins.
pub const ADMIN_ROOMS: &str = "/admin/rooms";
/// Sites, for admins.
pub const ADMIN_SITES: &str = "/admin/sites";
/// People, for admins.
pub const ADMIN_PEOPLE: &str = "/admin/people";
/// The company's settings, for admins.
pub const ADMIN_COMPANY: &str = "/admin/company";
/// Given-up work and connections, for admins.
pub const ADMIN_HEALTH: &str = "/admin/health";

/// A booking's page.
#[must_use]
pub fn booking(id: BookingId) -> String {
    format!("/bookings/{id}")
}

/// A room, for admins.
#[must_use]
pub fn admin_room(id: RoomId) -> String {
    format!("{ADMIN_ROOMS}/{id}")
}

/// A site, for admins.
#[must_use]
pub fn admin_site(id: SiteId) -> String {
    format!("{ADMIN_SITES}/{id}")
}

/// A person, for admins.
#[must_use]
pub fn admin_person(id: PersonId) -> String {
    format!("{ADMIN_PEOPLE}/{id}")
}
