//! Administration: rooms, sites, people, the company, and how the integration is doing.

use askama::Template;

use super::{
    layout::Layout,
    parts::{Choice, Problems, When},
};

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

/// `/admin/rooms`: every room, the ordinary ones quiet, the exceptions visible.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_rooms.html")]
pub struct RoomsPage {
    /// What every page carries.
    pub layout: Layout,
    /// Rooms by site.
    pub groups: Vec<RoomGroup>,
    /// How many rooms there are in all.
    pub total: usize,
    /// What the filter asks for by name.
    pub q: String,
    /// Sites to filter by; the first has an empty value and means all.
    pub sites: Vec<Choice>,
    /// States to filter by: empty, `open`, `closed`, `retired`.
    pub states: Vec<Choice>,
    /// A sentence about what has just been done, empty for none: "Aster is open again."
    pub done: String,
}

/// The rooms of one site.
#[derive(Debug, Clone, Default)]
pub struct RoomGroup {
    /// "Basel, Europe/Zurich".
    pub heading: String,
    /// The rooms in order of name.
    pub rooms: Vec<RoomRow>,
}

/// One room in the list.
#[derive(Debug, Clone, Default)]
pub struct RoomRow {
    /// Names it in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Seats.
    pub capacity: u32,
    /// "screen, camera"; empty for nothing.
    pub equipment: String,
    /// "Mon–Fri 07:30–19:00"; empty for the ordinary case, all hours.
    pub hours: String,
    /// How it stands.
    pub state: RoomRowState,
}

/// How a room stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum RoomRowState {
    /// Can be booked.
    #[default]
    Open,
    /// Cannot be booked for now: "until Thu".
    Closed(String),
    /// Not offered any more.
    Retired,
}

/// `/admin/rooms/new` and `/admin/rooms/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_room.html")]
pub struct RoomPage {
    /// What every page carries.
    pub layout: Layout,
    /// The room being changed; `None` while one is added.
    pub room: Option<RoomHead>,
    /// The name as it is or as typed.
    pub name: String,
    /// The seats as they are or as typed.
    pub capacity: String,
    /// The company's open sites, one chosen.
    pub sites: Vec<Choice>,
    /// What the room may hold, chosen or not.
    pub equipment: Vec<Choice>,
    /// When it can be booked.
    pub hours: HoursForm,
    /// What needs a change. Fields: `name`, `capacity`, `site_id`, `equipment`, `from`, `until`,
    /// `days`, and `mon_from`, `mon_until` … `sun_until`.
    pub problems: Problems,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// The room that a form changes.
#[derive(Debug, Clone, Default)]
pub struct RoomHead {
    /// Names it in addresses.
    pub id: String,
    /// Its name as stored.
    pub name: String,
    /// Its version, sent back so that nobody's change is lost; empty to go without.
    pub version: String,
    /// Whether it is retired.
    pub retired: bool,
    /// Bookings from now on.
    pub upcoming: usize,
}

/// Bookable hours in a form: field `hours` is `always`, `same` or `by-day`.
#[derive(Debug, Clone, Default)]
pub struct HoursForm {
    /// Which of the three.
    pub kind: HoursKind,
    /// For `same`: from, as `07:30`.
    pub from: String,
    /// For `same`: until.
    pub until: String,
    /// All seven days from Monday.
    pub days: Vec<DayHours>,
}

/// How the bookable hours are given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum HoursKind {
    /// Day and night.
    #[default]
    Always,
    /// One range on chosen days (`days` repeated, `from`, `until`).
    Same,
    /// A range of its own for each day (`mon_from`, `mon_until` …); empty is closed.
    ByDay,
}

/// One weekday of [`HoursForm`].
#[derive(Debug, Clone, Default)]
pub struct DayHours {
    /// `mon` … `sun`.
    pub key: String,
    /// "Monday".
    pub name: String,
    /// For `same`: whether the range holds on this day.
    pub open: bool,
    /// For `by-day`: from; empty is closed.
    pub from: String,
    /// For `by-day`: until.
    pub until: String,
}

impl HoursForm {
    /// All hours, with Monday to Friday 08:00–18:00 prepared for whoever changes the choice.
    #[must_use]
    pub fn always() -> Self {
        let days = [
            ("mon", "Monday"),
            ("tue", "Tuesday"),
            ("wed", "Wednesday"),
            ("thu", "Thursday"),
            ("fri", "Friday"),
            ("sat", "Saturday"),
            ("sun", "Sunday"),
        ]
        .into_iter()
        .enumerate()
        .map(|(at, (key, name))| {
            let open = at < 5;
            let time = |clock: &str| {
                if open {
                    clock.to_owned()
                } else {
                    String::new()
                }
            };
            DayHours {
                key: key.to_owned(),
                name: name.to_owned(),
                open,
                from: time("08:00"),
                until: time("18:00"),
            }
        })
        .collect();
        Self {
            kind: HoursKind::Always,
            from: "08:00".to_owned(),
            until: "18:00".to_owned(),
            days,
        }
    }
}

/// `/admin/sites`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_sites.html")]
pub struct SitesPage {
    /// What every page carries.
    pub layout: Layout,
    /// Sites in order of name, retired ones last.
    pub sites: Vec<SiteRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// One site in the list.
#[derive(Debug, Clone, Default)]
pub struct SiteRow {
    /// Names it in addresses.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its IANA zone.
    pub time_zone: String,
    /// What the clock there says, as `10:12`.
    pub now: String,
    /// Rooms that can be booked.
    pub rooms: usize,
    /// Whether it is retired.
    pub retired: bool,
}

/// `/admin/sites/new` and `/admin/sites/{id}`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_site.html")]
pub struct SitePage {
    /// What every page carries.
    pub layout: Layout,
    /// The site being changed; `None` while one is added.
    pub site: Option<SiteHead>,
    /// The name as it is or as typed.
    pub name: String,
    /// IANA zones, one chosen.
    pub zones: Vec<Choice>,
    /// What needs a change. Fields: `name`, `time_zone`.
    pub problems: Problems,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// The site that a form changes.
#[derive(Debug, Clone, Default)]
pub struct SiteHead {
    /// Names it in addresses.
    pub id: String,
    /// Its name as stored.
    pub name: String,
    /// Whether it is retired.
    pub retired: bool,
    /// Rooms that can be booked.
    pub rooms: usize,
    /// Bookings from now on in all its rooms.
    pub upcoming: usize,
    /// Whether it is the last site that is open; the last one stays.
    pub last: bool,
}

/// `/admin/people`: everybody, and the form to invite one more.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_people.html")]
pub struct PeoplePage {
    /// What every page carries.
    pub layout: Layout,
    /// People in order of name, deactivated ones last.
    pub people: Vec<PersonRow>,
    /// The invitation as typed.
    pub invite: InviteTyped,
    /// Whether the company lets chosen people connect apps, so that the box means something.
    pub chosen_people: bool,
    /// What needs a change. Fields: `name`, `email`.
    pub problems: Problems,
    /// The link just made, when no mail could be sent: shown this once.
    pub link: Option<InvitationLink>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// One person in the list.
#[derive(Debug, Clone, Default)]
pub struct PersonRow {
    /// Names it in addresses.
    pub id: String,
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether an admin of the company.
    pub admin: bool,
    /// How Zoom stands: "Connected", "Needs attention", empty for not connected.
    pub zoom: String,
    /// How the person stands.
    pub state: PersonState,
    /// Whether it is the one who reads this.
    pub you: bool,
}

/// How a person stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum PersonState {
    /// Signs in and books.
    #[default]
    Active,
    /// Has not set a password yet: "until 29 November".
    Invited(String),
    /// The invitation link is too old.
    InvitationExpired,
    /// Cannot sign in any more.
    Deactivated,
}

/// The invitation form as typed.
#[derive(Debug, Clone, Default)]
pub struct InviteTyped {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether to make an admin.
    pub admin: bool,
    /// Whether to let the person connect apps.
    pub connect_apps: bool,
}

/// An invitation link to hand over by another way than mail.
#[derive(Debug, Clone, Default)]
pub struct InvitationLink {
    /// Whose it is.
    pub name: String,
    /// The whole address.
    pub url: String,
    /// Until when it is good, in words.
    pub good_until: String,
}

/// `/admin/people/{id}`: role, permission, invitation, deactivation.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_person.html")]
pub struct PersonPage {
    /// What every page carries.
    pub layout: Layout,
    /// The person.
    pub person: PersonRow,
    /// The name as typed.
    pub name: String,
    /// Whether the permission to connect apps is given to this person.
    pub connect_apps: bool,
    /// Who may connect apps in the company, which decides what the box means.
    pub rule: ConnectRule,
    /// Why the role cannot be changed (the last admin); empty when it can.
    pub role_fixed: String,
    /// The person's upcoming bookings: what deactivating leaves behind.
    pub handover: Vec<HandoverBooking>,
    /// What needs a change. Field: `name`.
    pub problems: Problems,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
    /// The link just made, when no mail could be sent: shown this once.
    pub link: Option<InvitationLink>,
}

/// An upcoming booking of somebody who leaves.
#[derive(Debug, Clone, Default)]
pub struct HandoverBooking {
    /// Its page.
    pub href: String,
    /// Its title.
    pub title: String,
    /// "Thu 26 Nov 09:00–09:30".
    pub when: String,
    /// The room's name.
    pub room: String,
    /// Whether it has a Zoom link.
    pub zoom: bool,
}

/// Who may connect apps. Field values: `everybody`, `chosen`, `admins`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ConnectRule {
    /// Everybody in the company.
    #[default]
    Everybody,
    /// People an admin has chosen, and admins.
    Chosen,
    /// Admins only.
    Admins,
}

/// `/admin/company`.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_company.html")]
pub struct CompanyPage {
    /// What every page carries.
    pub layout: Layout,
    /// The name as it is or as typed.
    pub name: String,
    /// Who may connect apps, field `connect_apps`.
    pub rule: ConnectRule,
    /// People who would lose a connection under "chosen" / under "admins".
    pub would_lose: (usize, usize),
    /// What needs a change. Field: `name`.
    pub problems: Problems,
    /// Whether it has just been saved.
    pub saved: bool,
}

/// `/admin/health`: connections and the work that waits.
#[derive(Debug, Clone, Template)]
#[template(path = "admin_health.html")]
pub struct HealthPage {
    /// What every page carries.
    pub layout: Layout,
    /// Whether Zoom is set up by the operator.
    pub zoom_configured: bool,
    /// Figures of now.
    pub figures: HealthFigures,
    /// Jobs that were given up, newest first.
    pub dead: Vec<DeadJob>,
    /// Everybody's connections, those in need first.
    pub connections: Vec<ConnectionRow>,
    /// A sentence about what has just been done, empty for none.
    pub done: String,
}

/// What the integration does at this moment.
#[derive(Debug, Clone, Default)]
pub struct HealthFigures {
    /// People connected.
    pub connected: usize,
    /// Connections that Zoom refuses.
    pub attention: usize,
    /// Links on their way.
    pub waiting: usize,
    /// Links that could not be made.
    pub failed: usize,
    /// "today 10:12"; `None` when never.
    pub last_answer: Option<When>,
    /// When Zoom last told us something; `None` when never.
    pub last_webhook: Option<When>,
}

/// A job that was given up.
#[derive(Debug, Clone, Default)]
pub struct DeadJob {
    /// Names it in the address of its form.
    pub id: String,
    /// "Make the Zoom meeting".
    pub what: String,
    /// Where it belongs, empty for nowhere.
    pub href: String,
    /// The booking's title or the person's name.
    pub about: String,
    /// Why it was given up.
    pub reason: String,
    /// When.
    pub at: When,
    /// How often it was tried.
    pub attempts: u32,
}

/// One connection in the list.
#[derive(Debug, Clone, Default)]
pub struct ConnectionRow {
    /// Whose.
    pub person: String,
    /// The person's page.
    pub href: String,
    /// The account in Zoom.
    pub account: String,
    /// `true` while in use, `false` when it needs the person.
    pub healthy: bool,
    /// Since when it is in this state.
    pub since: When,
}
