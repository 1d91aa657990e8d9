//! The addresses of pages, in one place, so that none of them rots.

use rooms_core::{BookingId, DataRequestId, GroupId, PersonId, RoomId, SiteId};

/// Home: free now, and the day.
pub const HOME: &str = "/";
/// Sign in.
pub const SIGN_IN: &str = "/sign-in";
/// The second factor of whose password was right.
pub const SECOND_STEP: &str = "/sign-in/second-step";
/// Sign in with a passkey, by POST.
pub const PASSKEY_SIGN_IN: &str = "/sign-in/passkey";
/// What a passkey is asked to sign, by POST.
pub const PASSKEY_CHALLENGE: &str = "/sign-in/passkey/challenge";
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
/// Ask an admin to be allowed to connect, by POST.
pub const ASK_ADMIN: &str = "/settings/apps/zoom/request";
/// Leave for Zoom, by POST.
pub const CONNECT: &str = "/settings/apps/zoom/connection";
/// Disconnect, by POST.
pub const DISCONNECT: &str = "/settings/apps/zoom/disconnection";
/// One of a person's connections, with what is done to it by POST: `name`, `preference`, `offer`,
/// `withdrawal`.
#[must_use]
pub fn connection(id: &str, what: &str) -> String {
    format!("/settings/apps/zoom/connections/{id}/{what}")
}
/// What to do when the Zoom administrator has not approved the app.
pub const NOT_APPROVED: &str = "/settings/apps/zoom/not-approved";
/// What to do when nothing came back from Zoom.
pub const NOTHING_HAPPENED: &str = "/settings/apps/zoom/nothing-happened";
/// Go on after a start in Zoom's Marketplace.
pub const MARKETPLACE: &str = "/settings/apps/zoom/marketplace";
/// A person's tokens for the API.
pub const TOKENS: &str = "/settings/tokens";
/// How people come into a person's Zoom meetings.
pub const OWN_PROMISE: &str = "/settings/meetings";
/// The browsers a person is signed in with.
pub const DEVICES: &str = "/settings/devices";
/// The ways a person signs in.
pub const SECURITY: &str = "/settings/security";
/// Prove once more who one is.
pub const PROOF: &str = "/settings/security/proof";
/// The app that shows codes.
pub const CODE_APP: &str = "/settings/security/app";
/// Recovery codes.
pub const CODES: &str = "/settings/security/codes";
/// Passkeys, added by POST.
pub const PASSKEYS: &str = "/settings/security/passkeys";
/// What is held on a person, and having it deleted.
pub const OWN_DATA: &str = "/settings/data";
/// How to use Zoom here.
pub const GUIDE: &str = "/zoom/guide";
/// How the Zoom app is tested.
pub const TEST_PLAN: &str = "/zoom/test-plan";
/// The privacy statement.
pub const PRIVACY: &str = "/privacy";
/// The terms.
pub const TERMS: &str = "/terms";
/// Come back from Zoom.
pub const CALLBACK: &str = "/zoom_callback";
/// Zoom's webhooks.
pub const WEBHOOK: &str = "/webhooks/zoom";
/// The webhooks of a company's own app.
pub const OWN_WEBHOOK: &str = "/webhooks/zoom/{app}";
/// The admin pages.
pub const ADMIN: &str = "/admin";
/// Rooms, for admins.
pub const ADMIN_ROOMS: &str = "/admin/rooms";
/// Sites, for admins.
pub const ADMIN_SITES: &str = "/admin/sites";
/// People, for admins.
pub const ADMIN_PEOPLE: &str = "/admin/people";
/// Groups of people, for admins.
pub const ADMIN_GROUPS: &str = "/admin/groups";
/// The company's settings, for admins.
pub const ADMIN_COMPANY: &str = "/admin/company";
/// Every Zoom meeting, for admins.
pub const ADMIN_MEETINGS: &str = "/admin/meetings";
/// How people come into the company's Zoom meetings, for admins.
pub const COMPANY_PROMISE: &str = "/admin/company/meetings";
/// What hosts for people without a Zoom connection, decided by POST.
pub const ADMIN_STAND_IN: &str = "/admin/company/zoom";
/// Whether everybody needs a second factor, decided by POST.
pub const ADMIN_SECOND_FACTOR: &str = "/admin/company/second-factor";
/// The company's own app at Zoom, for admins; a new one is posted here.
pub const ADMIN_ZOOM_APP: &str = "/admin/zoom-app";
/// Given-up work and connections, for admins.
pub const ADMIN_HEALTH: &str = "/admin/health";
/// Our links compared with the meetings in Zoom, for admins.
pub const ADMIN_RECONCILIATION: &str = "/admin/reconciliation";

/// Who did what, for admins.
pub const ADMIN_AUDIT: &str = "/admin/audit";
/// Requests to have data deleted, for admins.
pub const ADMIN_DATA_REQUESTS: &str = "/admin/data-requests";
/// How long things are kept, for admins.
pub const ADMIN_RETENTION: &str = "/admin/retention";

/// A request to have data deleted, for admins.
#[must_use]
pub fn data_request(id: DataRequestId) -> String {
    format!("{ADMIN_DATA_REQUESTS}/{id}")
}

/// A booking's page.
#[must_use]
pub fn booking(id: BookingId) -> String {
    format!("/bookings/{id}")
}

/// What is done about the meeting of a booking, by POST.
#[must_use]
pub fn meeting(id: BookingId, what: &str) -> String {
    format!("/bookings/{id}/meeting/{what}")
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

/// A group of people, for admins.
#[must_use]
pub fn admin_group(id: GroupId) -> String {
    format!("{ADMIN_GROUPS}/{id}")
}

/// A page that leads on to another, which is Home where nothing is said.
#[must_use]
pub fn leading_to(page: &str, next: &str) -> String {
    if next == HOME {
        return page.to_owned();
    }
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("next", next)
        .finish();
    format!("{page}?{query}")
}

/// Whether an address leads to a page of this server and nowhere else, however a browser reads it:
/// `//host` and `/\\host` are other servers to it.
#[must_use]
pub fn is_local(path: &str) -> bool {
    path.starts_with('/')
        && !path.starts_with("//")
        && !path.contains('\\')
        && !path.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_server_are_local() {
        for good in ["/", "/settings/apps", "/bookings/new?room_id=1&title=a%2Fb"] {
            assert!(is_local(good), "{good}");
        }
        for bad in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "https://evil.example",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/\n",
        ] {
            assert!(!is_local(bad), "{bad}");
        }
    }
}
