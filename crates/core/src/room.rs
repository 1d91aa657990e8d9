//! Rooms: capacity, equipment and the hours they can be booked.

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::error::FieldErrors;
use crate::ids::{RoomId, SiteId};
use crate::text;
use crate::time::{Slot, Zone};

/// The most seats a room may claim.
pub const CAPACITY_MAX: i64 = 10_000;
/// The most pieces of equipment of a room.
pub const EQUIPMENT_MAX: usize = 30;
/// Minutes in a day as the clock on the wall counts them.
pub const DAY_MINUTES: u16 = 24 * 60;

/// A range of wall-clock minutes of one day, half-open; `to` may be 1440 for midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayHours {
    /// First minute of the day.
    pub from: u16,
    /// First minute after it.
    pub to: u16,
}

impl DayHours {
    /// The whole day.
    pub const WHOLE: Self = Self {
        from: 0,
        to: DAY_MINUTES,
    };
}

/// When a room can be booked, Monday first; a day without hours is closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BookableHours(pub [Option<DayHours>; 7]);

impl Default for BookableHours {
    fn default() -> Self {
        Self([Some(DayHours::WHOLE); 7])
    }
}

impl BookableHours {
    /// Checks that every range is inside its day and not reversed.
    pub fn check(&self) -> Result<(), FieldErrors> {
        let bad = |h: &DayHours| h.from >= h.to || h.to > DAY_MINUTES;
        if self.0.iter().flatten().any(bad) {
            return Err(FieldErrors::one(
                "bookable_hours",
                "reversed",
                "Let each day open before it closes, at 24:00 at the latest.",
            ));
        }
        Ok(())
    }

    /// Whether the room can be booked at any hour.
    #[must_use]
    pub fn always(&self) -> bool {
        self.0.iter().all(|day| *day == Some(DayHours::WHOLE))
    }

    /// The hours of a date.
    #[must_use]
    pub fn on(&self, date: Date) -> Option<DayHours> {
        let monday_first = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        self.0.get(monday_first).copied().flatten()
    }

    /// The bookable stretch of a date in a zone, in instants.
    #[must_use]
    pub fn open(&self, zone: &Zone, date: Date) -> Option<Slot> {
        let hours = self.on(date)?;
        let day = zone.day(date);
        let at = |minute: u16| {
            if minute >= DAY_MINUTES {
                return Some(day.ends_at);
            }
            let clock = date
                .at(0, 0, 0, 0)
                .checked_add(i64::from(minute).minutes())
                .ok()?;
            zone.tz().to_timestamp(clock).ok()
        };
        Slot::new(at(hours.from)?, at(hours.to)?)
    }

    /// Whether all of a slot lies in bookable hours of the room's zone.
    #[must_use]
    pub fn cover(&self, zone: &Zone, slot: Slot) -> bool {
        if self.always() {
            return true;
        }
        let mut reached = slot.starts_at;
        while reached < slot.ends_at {
            let date = zone.date(reached);
            match self.open(zone, date) {
                Some(open) if open.starts_at <= reached && open.ends_at > reached => {
                    reached = open.ends_at;
                }
                _ => return false,
            }
        }
        true
    }
}

/// Whether a room is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RoomState {
    /// Can be booked.
    Open,
    /// Keeps its history; cannot be booked.
    Retired,
}

impl RoomState {
    /// The word in SQL and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Retired => "retired",
        }
    }

    /// Reads the word back.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Open, Self::Retired]
            .into_iter()
            .find(|s| s.as_str() == text)
    }
}

/// What an admin says about a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoomDraft {
    /// Its name.
    pub name: String,
    /// How many people it seats.
    pub capacity: i64,
    /// What is in it, in lower case, each once.
    pub equipment: Vec<String>,
    /// When it can be booked.
    pub hours: BookableHours,
}

impl RoomDraft {
    /// Trims and checks everything at once.
    pub fn parse(
        name: &str,
        capacity: i64,
        equipment: &[String],
        hours: BookableHours,
    ) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep(text::line("name", name, text::NAME_MAX));
        if !(1..=CAPACITY_MAX).contains(&capacity) {
            errors.add(
                "capacity",
                "out_of_range",
                format!("Write a number from 1 to {CAPACITY_MAX}."),
            );
        }
        let equipment = errors.keep(parse_equipment(equipment));
        errors.keep(hours.check());
        match (name, equipment) {
            (Some(name), Some(equipment)) if errors.is_empty() => Ok(Self {
                name,
                capacity,
                equipment,
                hours,
            }),
            _ => Err(errors),
        }
    }
}

/// Trims, lower-cases, sorts and de-duplicates equipment.
pub fn parse_equipment(equipment: &[String]) -> Result<Vec<String>, FieldErrors> {
    if equipment.len() > EQUIPMENT_MAX {
        return Err(FieldErrors::one(
            "equipment",
            "too_many",
            format!("Name at most {EQUIPMENT_MAX} pieces of equipment."),
        ));
    }
    let mut parsed = Vec::with_capacity(equipment.len());
    for item in equipment {
        parsed.push(text::line("equipment", item, 40)?.to_lowercase());
    }
    parsed.sort_unstable();
    parsed.dedup();
    Ok(parsed)
}

/// A site as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// Its id.
    pub id: SiteId,
    /// Its name.
    pub name: String,
    /// Its time zone.
    pub zone: Zone,
    /// Whether it is in use.
    pub state: RoomState,
}

/// A room as recorded, with what its site says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Room {
    /// Its id.
    pub id: RoomId,
    /// Its site.
    pub site: SiteId,
    /// The site's name.
    pub site_name: String,
    /// The site's time zone.
    pub zone: Zone,
    /// Its name.
    pub name: String,
    /// How many people it seats.
    pub capacity: i64,
    /// What is in it, sorted, in lower case.
    pub equipment: Vec<String>,
    /// When it can be booked.
    pub hours: BookableHours,
    /// Whether it is in use; a room of a retired site is retired.
    pub state: RoomState,
    /// Counts the changes an admin made, for `ETag`s.
    pub revision: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    fn zone() -> Zone {
        Zone::parse("time_zone", "Europe/Zurich").unwrap()
    }

    fn slot(from: &str, to: &str) -> Slot {
        let at = |t: &str| t.parse::<Timestamp>().unwrap();
        Slot::new(at(from), at(to)).unwrap()
    }

    fn office() -> BookableHours {
        let day = Some(DayHours {
            from: 8 * 60,
            to: 19 * 60,
        });
        BookableHours([day, day, day, day, day, None, None])
    }

    #[test]
    fn hours_are_read_on_the_wall_clock() {
        // Tuesday, 24 November 2026, one hour ahead of UTC.
        assert!(office().cover(
            &zone(),
            slot("2026-11-24T07:00:00Z", "2026-11-24T18:00:00Z")
        ));
        assert!(!office().cover(
            &zone(),
            slot("2026-11-24T06:59:00Z", "2026-11-24T08:00:00Z")
        ));
        assert!(!office().cover(
            &zone(),
            slot("2026-11-24T17:00:00Z", "2026-11-24T18:01:00Z")
        ));
        // Saturday is closed.
        assert!(!office().cover(
            &zone(),
            slot("2026-11-28T09:00:00Z", "2026-11-28T10:00:00Z")
        ));
    }

    #[test]
    fn whole_days_join_at_midnight() {
        let mut hours = BookableHours::default();
        hours.0[6] = None;
        // Friday night into Saturday morning, and Saturday night into closed Sunday.
        assert!(hours.cover(
            &zone(),
            slot("2026-11-27T22:00:00Z", "2026-11-28T01:00:00Z")
        ));
        assert!(!hours.cover(
            &zone(),
            slot("2026-11-28T22:00:00Z", "2026-11-29T01:00:00Z")
        ));
    }

    #[test]
    fn hours_open_before_they_close_and_close_at_midnight_at_the_latest() {
        let check = |from, to| {
            let mut hours = office();
            hours.0[2] = Some(DayHours { from, to });
            hours.check().is_ok()
        };
        assert!(check(0, DAY_MINUTES));
        assert!(check(599, 600));
        assert!(!check(600, 600));
        assert!(!check(601, 600));
        assert!(!check(0, DAY_MINUTES + 1));
    }

    #[test]
    fn a_room_is_always_open_where_every_day_is_whole() {
        assert!(BookableHours::default().always());
        let mut hours = BookableHours::default();
        hours.0[6] = Some(DayHours { from: 0, to: 1_439 });
        assert!(!hours.always());
        hours.0[6] = None;
        assert!(!hours.always());
    }

    #[test]
    fn a_room_is_kept_trimmed_with_its_equipment_sorted_and_each_once() {
        let parsed = |capacity, equipment: &[&str]| {
            let equipment: Vec<String> = equipment.iter().map(|e| (*e).to_owned()).collect();
            RoomDraft::parse(" Aare ", capacity, &equipment, office())
        };
        let draft = parsed(CAPACITY_MAX, &["Whiteboard", " screen", "SCREEN"]).unwrap();
        assert_eq!(
            draft,
            RoomDraft {
                name: "Aare".to_owned(),
                capacity: CAPACITY_MAX,
                equipment: vec!["screen".to_owned(), "whiteboard".to_owned()],
                hours: office(),
            }
        );
        assert!(parsed(1, &["a"; EQUIPMENT_MAX]).is_ok());
        assert!(parsed(1, &["a"; EQUIPMENT_MAX + 1]).is_err());
        assert!(parsed(CAPACITY_MAX + 1, &[]).is_err());
        let mut closed = office();
        closed.0[0] = Some(DayHours { from: 9, to: 9 });
        assert!(RoomDraft::parse("Aare", 4, &[], closed).is_err());
    }

    #[test]
    fn a_room_is_checked_whole() {
        let errors =
            RoomDraft::parse(" ", 0, &["a\u{0}".to_owned()], BookableHours::default()).unwrap_err();
        let fields: Vec<_> = errors.0.iter().map(|e| e.field).collect();
        assert_eq!(fields, ["name", "capacity", "equipment"]);
    }
}
