//! Rooms: the list, and the form of one.

use askama::Template;

use super::AdminTab;
use crate::layout::Layout;
use crate::parts::{Choice, Problems};

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
    /// States to filter by: empty, `open`, `retired`.
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
