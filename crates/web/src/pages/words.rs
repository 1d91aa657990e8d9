//! Times, lengths and facts in words, the same on every page.

use jiff::{Timestamp, Zoned};
use rooms_core::room::Room;
use rooms_core::{Slot, Zone};
use rooms_views::timeline::Span;

/// An instant in a zone.
#[must_use]
pub fn zoned(zone: &Zone, at: Timestamp) -> Zoned {
    at.to_zoned(zone.tz().clone())
}

/// `14:05`
#[must_use]
pub fn clock(zone: &Zone, at: Timestamp) -> String {
    zoned(zone, at).strftime("%H:%M").to_string()
}

/// `14:00–15:00`
#[must_use]
pub fn times(zone: &Zone, slot: Slot) -> String {
    format!(
        "{}–{}",
        clock(zone, slot.starts_at),
        clock(zone, slot.ends_at)
    )
}

/// `Tuesday 24 November`, with the year where it is not this one.
#[must_use]
pub fn day(zone: &Zone, at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (zoned(zone, at), zoned(zone, now));
    let format = if at.year() == now.year() {
        "%A %-d %B"
    } else {
        "%A %-d %B %Y"
    };
    at.strftime(format).to_string()
}

/// `Today 10:12`, `24 November 10:12`
#[must_use]
pub fn moment(zone: &Zone, at: Timestamp, now: Timestamp) -> String {
    let (at, now) = (zoned(zone, at), zoned(zone, now));
    if at.date() == now.date() {
        return at.strftime("Today %H:%M").to_string();
    }
    let format = if at.year() == now.year() {
        "%-d %B %H:%M"
    } else {
        "%-d %B %Y %H:%M"
    };
    at.strftime(format).to_string()
}

/// `2026-11-24`
#[must_use]
pub fn date(zone: &Zone, at: Timestamp) -> String {
    zone.date(at).to_string()
}

/// `2026-11-24T14:00:00+01:00`
#[must_use]
pub fn iso(zone: &Zone, at: Timestamp) -> String {
    zoned(zone, at).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

/// `30 min`, `1 hour`, `1 hour 30 min`
#[must_use]
pub fn length(minutes: i64) -> String {
    let hours = match minutes / 60 {
        0 => return format!("{minutes} min"),
        1 => "1 hour".to_owned(),
        hours => format!("{hours} hours"),
    };
    match minutes % 60 {
        0 => hours,
        rest => format!("{hours} {rest} min"),
    }
}

/// `6 seats, screen, camera.`
#[must_use]
pub fn facts(room: &Room) -> String {
    let seats = if room.capacity == 1 {
        "1 seat".to_owned()
    } else {
        format!("{} seats", room.capacity)
    };
    let kit = room
        .equipment
        .iter()
        .fold(seats, |facts, item| format!("{facts}, {item}"));
    format!("{kit}.")
}

/// A slot as the timeline takes it.
#[must_use]
pub fn span(slot: Slot) -> Span {
    Span {
        start: slot.starts_at,
        end: slot.ends_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_read_as_people_say_them() {
        assert_eq!(
            [5, 60, 90, 120, 135].map(length),
            [
                "5 min",
                "1 hour",
                "1 hour 30 min",
                "2 hours",
                "2 hours 15 min"
            ]
        );
    }

    #[test]
    fn another_year_is_said() {
        let zone = Zone::stored("Europe/Zurich");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let now = at("2026-11-22T10:00:00Z");
        assert_eq!(
            day(&zone, at("2026-11-24T10:00:00Z"), now),
            "Tuesday 24 November"
        );
        assert_eq!(
            day(&zone, at("2027-01-04T10:00:00Z"), now),
            "Monday 4 January 2027"
        );
        assert_eq!(iso(&zone, now), "2026-11-22T11:00:00+01:00");
    }
}
