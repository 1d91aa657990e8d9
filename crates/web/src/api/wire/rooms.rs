//! Sites and rooms.

use jiff::Timestamp;
use rooms_app::bookings::find::FreeRoom;
use rooms_core::room::{self, BookableHours, DayHours};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::there;

/// A place with a time zone of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct Site {
    /// Its id.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    id: String,
    /// Its name.
    name: String,
    /// Its IANA time zone.
    #[schema(example = "Europe/Zurich")]
    time_zone: String,
    /// Whether it is in use.
    #[schema(value_type = OpenOrRetired)]
    state: &'static str,
}

impl From<room::Site> for Site {
    fn from(site: room::Site) -> Self {
        Self {
            id: site.id.to_string(),
            name: site.name,
            time_zone: site.zone.name().to_owned(),
            state: site.state.as_str(),
        }
    }
}

/// Whether a room or site is in use; what is retired keeps its history and cannot be booked.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OpenOrRetired {
    /// Can be booked.
    Open,
    /// Cannot be booked any more.
    Retired,
}

/// A site to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSite {
    /// Its name.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = "LINE",
        example = "Lakeside"
    )]
    pub name: String,
    /// Its IANA time zone.
    #[schema(pattern = "ZONE", example = "Europe/Zurich")]
    pub time_zone: String,
}

/// When on a day, by the clock on the wall of the site: from a minute on, for so many minutes,
/// and until midnight at the latest.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// The first minute.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", example = "08:00")]
    from: String,
    /// How many minutes from then on.
    #[schema(minimum = 1, maximum = 1440, example = 630)]
    minutes: u16,
}

impl From<DayHours> for Hours {
    fn from(hours: DayHours) -> Self {
        Self {
            from: format!("{:02}:{:02}", hours.from / 60, hours.from % 60),
            minutes: hours.to.saturating_sub(hours.from),
        }
    }
}

impl Hours {
    fn read(&self) -> Option<DayHours> {
        let from = minute(&self.from)?;
        (1..=room::DAY_MINUTES)
            .contains(&self.minutes)
            .then(|| DayHours {
                from,
                to: (from + self.minutes).min(room::DAY_MINUTES),
            })
    }
}

/// The minute of the day a clock shows.
fn minute(clock: &str) -> Option<u16> {
    let (hours, minutes) = clock.split_once(':')?;
    let number = |text: &str| {
        let two_digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        two_digits.then(|| text.parse::<u16>().ok()).flatten()
    };
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
}

/// The week of a room, Monday first; null is a day on which it cannot be booked.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[schema(min_items = 7, max_items = 7)]
pub struct Week(Vec<Option<Hours>>);

impl From<&BookableHours> for Week {
    fn from(hours: &BookableHours) -> Self {
        Self(hours.0.iter().map(|day| day.map(Hours::from)).collect())
    }
}

impl Week {
    /// The hours, if they are seven days and each is part of a day.
    pub fn read(&self) -> Option<BookableHours> {
        let mut days = Vec::with_capacity(7);
        for day in &self.0 {
            days.push(match day {
                Some(hours) => Some(hours.read()?),
                None => None,
            });
        }
        days.try_into().ok().map(BookableHours)
    }
}

/// A room.
#[derive(Debug, Serialize, ToSchema)]
pub struct Room {
    /// Its id.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    id: String,
    /// The site it is at.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    site_id: String,
    /// Its name.
    name: String,
    /// How many people it seats.
    capacity: i64,
    /// What is in it, in lower case.
    equipment: Vec<String>,
    /// When it can be booked.
    bookable_hours: Week,
    /// The IANA time zone of its site.
    time_zone: String,
    /// Whether it is in use.
    #[schema(value_type = OpenOrRetired)]
    state: &'static str,
    /// Counts its changes, from 1.
    revision: i64,
}

impl From<room::Room> for Room {
    fn from(room: room::Room) -> Self {
        Self {
            id: room.id.to_string(),
            site_id: room.site.to_string(),
            name: room.name,
            capacity: room.capacity,
            equipment: room.equipment,
            bookable_hours: Week::from(&room.hours),
            time_zone: room.zone.name().to_owned(),
            state: room.state.as_str(),
            revision: room.revision,
        }
    }
}

/// A room to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRoom {
    /// The site it is at.
    #[schema(pattern = "^si_[0-9a-f]{32}$")]
    pub site_id: String,
    /// Its name.
    #[schema(min_length = 1, max_length = 100, pattern = "LINE", example = "Aster")]
    pub name: String,
    /// How many people it seats.
    #[schema(minimum = 1, maximum = 10000, example = 8)]
    pub capacity: i64,
    /// What is in it.
    #[serde(default)]
    #[schema(required = false, max_items = 30, value_type = Vec<Equipment>)]
    pub equipment: Vec<String>,
    /// When it can be booked; at all hours where nothing is said.
    #[serde(default)]
    pub bookable_hours: Option<Week>,
}

/// Something that is in a room.
#[derive(Debug, ToSchema)]
#[schema(min_length = 1, max_length = 40, pattern = "LINE", example = "screen")]
#[expect(dead_code, reason = "describes an item of a list")]
pub struct Equipment(String);

/// What is to change about a room; what is left out stays.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoomChange {
    /// Another site.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, pattern = "^si_[0-9a-f]{32}$")]
    pub site_id: Option<String>,
    /// Another name.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, min_length = 1, max_length = 100, pattern = "LINE")]
    pub name: Option<String>,
    /// Other seats.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, minimum = 1, maximum = 10000)]
    pub capacity: Option<i64>,
    /// Other equipment.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, max_items = 30, value_type = Vec<Equipment>)]
    pub equipment: Option<Vec<String>>,
    /// Other hours.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = Week)]
    pub bookable_hours: Option<Week>,
    /// Retire or reopen it.
    #[serde(default, deserialize_with = "there")]
    #[schema(nullable = false, value_type = OpenOrRetired)]
    pub state: Option<OpenOrRetired>,
}

/// A room that is free all of the time asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct AvailableRoom {
    /// The room's id once more, by the name that bookings give it.
    #[schema(pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// The room.
    #[serde(flatten)]
    room: Room,
    /// When it is next taken or closed, if that is within a day.
    #[schema(required, value_type = Option<String>, format = DateTime)]
    free_until: Option<Timestamp>,
}

impl From<FreeRoom> for AvailableRoom {
    fn from(free: FreeRoom) -> Self {
        Self {
            room_id: free.room.id.to_string(),
            free_until: free.until,
            room: free.room.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clocks_are_read_strictly() {
        assert_eq!(minute("08:30"), Some(510));
        for bad in [
            "8:30", "08:60", "24:00", "25:00", "08:30:00", "", "+8:30", "aa:bb",
        ] {
            assert_eq!(minute(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_day_ends_at_midnight() {
        let hours = |from: &str, minutes| {
            let from = from.to_owned();
            Hours { from, minutes }.read()
        };
        assert_eq!(hours("00:00", 1440), Some(DayHours::WHOLE));
        assert_eq!(
            hours("22:00", 600),
            Some(DayHours {
                from: 1320,
                to: 1440
            })
        );
        assert_eq!(hours("08:00", 0), None);
        assert_eq!(hours("08:00", 1441), None);
    }

    #[test]
    fn a_week_has_seven_days() {
        let week = Week::from(&BookableHours::default());
        assert_eq!(week.read(), Some(BookableHours::default()));
        assert!(Week(vec![None, None]).read().is_none());
    }
}
