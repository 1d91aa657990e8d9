//! Instants, half-open slots, time zones and the injected clock.

use std::fmt;
use std::sync::Mutex;
use std::sync::PoisonError;

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::error::FieldErrors;

/// Where the time comes from. Nothing else asks the system.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The system's clock, in microseconds: what is answered is what will be read back.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(
            clippy::disallowed_methods,
            reason = "this is the clock that is injected"
        )]
        let now = Timestamp::now();
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct SimClock(Mutex<Timestamp>);

impl SimClock {
    /// A clock standing at an instant.
    #[must_use]
    pub fn at(now: Timestamp) -> Self {
        Self(Mutex::new(now))
    }

    /// Moves it on.
    pub fn advance(&self, by: SignedDuration) {
        let mut now = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *now = now.saturating_add(by).unwrap_or(*now);
    }

    /// Sets it.
    pub fn set(&self, now: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }
}

impl Clock for SimClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A time zone of the IANA database, by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    tz: TimeZone,
}

impl Zone {
    /// Looks a name up, for example `Europe/Zurich`.
    pub fn parse(field: &'static str, name: &str) -> Result<Self, FieldErrors> {
        TimeZone::get(name.trim_matches(' '))
            .ok()
            .and_then(|tz| {
                tz.iana_name()
                    .map(str::to_owned)
                    .map(|name| Self { name, tz })
            })
            .ok_or_else(|| {
                FieldErrors::one(
                    field,
                    "unknown_time_zone",
                    "Write a time zone of the IANA list, for example Europe/Zurich.",
                )
            })
    }

    /// A zone from the database, which holds only names that were parsed; UTC if the zone was
    /// since withdrawn from the IANA list.
    #[must_use]
    pub fn stored(name: &str) -> Self {
        let tz = TimeZone::get(name).unwrap_or(TimeZone::UTC);
        Self {
            name: name.to_owned(),
            tz,
        }
    }

    /// The IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The rules.
    #[must_use]
    pub fn tz(&self) -> &TimeZone {
        &self.tz
    }

    /// The wall clock at an instant.
    #[must_use]
    pub fn civil(&self, at: Timestamp) -> DateTime {
        self.tz.to_datetime(at)
    }

    /// The day an instant falls on.
    #[must_use]
    pub fn date(&self, at: Timestamp) -> Date {
        self.civil(at).date()
    }

    /// The instant a day begins, which is not always midnight. Days beyond what instants reach begin at
    /// the last of them, or at the first.
    #[must_use]
    pub fn day_start(&self, date: Date) -> Timestamp {
        let beyond = if date.year() > 0 {
            Timestamp::MAX
        } else {
            Timestamp::MIN
        };
        date.to_zoned(self.tz.clone())
            .map_or(beyond, |zoned| zoned.timestamp())
    }

    /// The slot from a day's first instant to the next day's.
    #[must_use]
    pub fn day(&self, date: Date) -> Slot {
        let next = date.tomorrow().unwrap_or(date);
        Slot {
            starts_at: self.day_start(date),
            ends_at: self.day_start(next),
        }
    }

    /// The instant of a wall-clock time. A time that a DST change skips is refused; of a time that
    /// happens twice the first is taken.
    pub fn instant(&self, field: &'static str, at: DateTime) -> Result<Timestamp, FieldErrors> {
        let ambiguous = self.tz.to_ambiguous_timestamp(at);
        if matches!(ambiguous.offset(), jiff::tz::AmbiguousOffset::Gap { .. }) {
            return Err(FieldErrors::one(
                field,
                "skipped_time",
                format!(
                    "{} does not exist on {} in {}: the clocks go forward. Choose another time.",
                    at.time().strftime("%H:%M"),
                    at.date(),
                    self.name
                ),
            ));
        }
        ambiguous
            .earlier()
            .map_err(|_| FieldErrors::one(field, "out_of_range", "Choose a date nearer to today."))
    }
}

/// A half-open stretch of time: the end belongs to what comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Slot {
    /// The first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
}

impl Slot {
    /// A slot, if it is longer than nothing.
    #[must_use]
    pub fn new(starts_at: Timestamp, ends_at: Timestamp) -> Option<Self> {
        (starts_at < ends_at).then_some(Self { starts_at, ends_at })
    }

    /// The slot from a start on, for so long.
    #[must_use]
    pub fn starting(starts_at: Timestamp, length: SignedDuration) -> Option<Self> {
        Self::new(starts_at, starts_at.checked_add(length).ok()?)
    }

    /// How long it is.
    #[must_use]
    pub fn length(&self) -> SignedDuration {
        self.ends_at.duration_since(self.starts_at)
    }

    /// How long it is in whole minutes.
    #[must_use]
    pub fn minutes(&self) -> i64 {
        self.length().as_mins()
    }

    /// Whether two slots share an instant.
    #[must_use]
    pub fn overlaps(&self, other: &Self) -> bool {
        self.starts_at < other.ends_at && other.starts_at < self.ends_at
    }
}

/// Reads an RFC 3339 instant with an offset, as the API takes it.
pub fn parse_instant(field: &'static str, text: &str) -> Result<Timestamp, FieldErrors> {
    text.parse().map_err(|_| {
        FieldErrors::one(
            field,
            "not_an_instant",
            "Write a time with its offset, for example 2026-12-01T09:00:00Z.",
        )
    })
}

/// Reads a civil date as forms send it. They send none before the year 1, and what is written of
/// such a one is not what is read here.
pub fn parse_date(field: &'static str, text: &str) -> Result<Date, FieldErrors> {
    Date::strptime("%Y-%m-%d", text.trim_matches(' '))
        .ok()
        .filter(|date| date.year() > 0)
        .ok_or_else(|| FieldErrors::one(field, "not_a_date", "Write a date like 2026-12-01."))
}

/// Reads a wall-clock time as forms send it; `24:00` is the end of the day and comes back as `None`.
pub fn parse_time(field: &'static str, text: &str) -> Result<Option<Time>, FieldErrors> {
    let text = text.trim_matches(' ');
    if text == "24:00" {
        return Ok(None);
    }
    Time::strptime("%H:%M", text)
        .or_else(|_| Time::strptime("%H:%M:%S", text))
        .map(Some)
        .map_err(|_| FieldErrors::one(field, "not_a_time", "Write a time like 14:30."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zurich() -> Zone {
        Zone::parse("time_zone", "Europe/Zurich").unwrap()
    }

    #[test]
    fn the_last_days_end_after_they_begin() {
        let berlin = Zone::parse("time_zone", "Europe/Berlin").unwrap();
        for (year, month, day) in [(9999, 12, 29), (9999, 12, 30), (-9999, 1, 3)] {
            let date = jiff::civil::date(year, month, day);
            let day = berlin.day(date);
            assert!(day.starts_at < day.ends_at, "{date}: {day:?}");
        }
    }

    #[test]
    fn a_skipped_time_is_refused_and_a_repeated_one_is_its_first() {
        let gap: DateTime = "2027-03-28T02:30:00".parse().unwrap();
        assert_eq!(
            zurich().instant("start", gap).unwrap_err().0[0].code,
            "skipped_time"
        );
        let twice: DateTime = "2026-10-25T02:30:00".parse().unwrap();
        let first: Timestamp = "2026-10-25T00:30:00Z".parse().unwrap();
        assert_eq!(zurich().instant("start", twice).unwrap(), first);
    }

    #[test]
    fn days_have_23_24_and_25_hours() {
        let hours = |date: &str| zurich().day(date.parse().unwrap()).length().as_hours();
        assert_eq!(
            [
                hours("2027-03-28"),
                hours("2026-12-01"),
                hours("2026-10-25")
            ],
            [23, 24, 25]
        );
    }

    #[test]
    fn slots_that_touch_do_not_overlap() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let slot = |a, b| Slot::new(at(a), at(b)).unwrap();
        assert!(!slot(0, 10).overlaps(&slot(10, 20)));
        assert!(slot(0, 11).overlaps(&slot(10, 20)));
        assert!(slot(0, 100).overlaps(&slot(10, 20)));
        assert!(Slot::new(at(5), at(5)).is_none());
    }

    #[test]
    fn a_slot_is_as_long_as_it_is_said_to_be() {
        let start = Timestamp::from_second(600).unwrap();
        let of = |seconds| Slot::starting(start, SignedDuration::from_secs(seconds));
        let slot = of(150).unwrap();
        assert_eq!((slot.starts_at, slot.ends_at.as_second()), (start, 750));
        assert_eq!(slot.length(), SignedDuration::from_secs(150));
        assert_eq!(slot.minutes(), 2);
        assert_eq!((of(0), of(-60)), (None, None));
    }

    #[test]
    fn the_clock_on_the_wall_is_that_of_the_zone() {
        let at: Timestamp = "2026-11-30T23:30:00Z".parse().unwrap();
        assert_eq!(zurich().civil(at).to_string(), "2026-12-01T00:30:00");
        assert_eq!(zurich().date(at).to_string(), "2026-12-01");
        let day = zurich().day("2026-12-01".parse().unwrap());
        assert_eq!(day.starts_at.to_string(), "2026-11-30T23:00:00Z");
        assert_eq!(Zone::stored("Europe/Zurich"), zurich());
    }

    #[test]
    fn what_is_typed_is_read_with_its_offset_its_date_and_its_time() {
        let instant = parse_instant("starts_at", "2026-12-01T09:00:00+01:00").unwrap();
        assert_eq!(instant.to_string(), "2026-12-01T08:00:00Z");
        assert!(parse_instant("starts_at", "2026-12-01T09:00:00").is_err());
        let date = parse_date("date", " 2026-12-01 ").unwrap();
        assert_eq!(date.to_string(), "2026-12-01");
        assert!(parse_date("date", "1.12.2026").is_err());
        assert!(parse_date("date", "0000-12-31").is_err());
        assert!(parse_date("date", "0001-01-01").is_ok());
        let time = |text| parse_time("time", text).map(|time| time.map(|time| time.to_string()));
        assert_eq!(time("14:30"), Ok(Some("14:30:00".to_owned())));
        assert_eq!(time(" 14:30:15 "), Ok(Some("14:30:15".to_owned())));
        assert_eq!(time("24:00"), Ok(None), "the end of the day");
        assert!(time("24:01").is_err());
    }

    #[test]
    fn a_clock_for_tests_stands_still_until_it_is_moved() {
        let at = |s: i64| Timestamp::from_second(s).unwrap();
        let clock = SimClock::at(at(100));
        assert_eq!(clock.now(), at(100));
        clock.advance(SignedDuration::from_secs(5));
        assert_eq!(clock.now(), at(105));
        clock.set(at(50));
        assert_eq!(clock.now(), at(50));
    }

    #[test]
    fn the_system_clock_tells_the_present_as_a_database_keeps_it() {
        let now = SystemClock.now();
        assert!(now > "2026-01-01T00:00:00Z".parse().unwrap());
        let kept = Timestamp::from_microsecond(now.as_microsecond()).unwrap();
        assert_eq!(kept, now);
    }

    #[test]
    fn there_is_no_date_before_the_year_1() {
        let first = parse_date("date", "0001-01-01").unwrap();
        assert_eq!(first.to_string(), "0001-01-01");
        for text in ["0000-12-31", "-026-12-01", "-0026-12-01"] {
            let wrong = parse_date("date", text).unwrap_err();
            assert_eq!(wrong.0[0].code, "not_a_date", "{text}");
        }
    }

    #[test]
    fn unknown_zones_are_refused() {
        assert!(Zone::parse("time_zone", "Europe/Atlantis").is_err());
        assert!(Zone::parse("time_zone", "").is_err());
        assert_eq!(Zone::parse("time_zone", "utc").unwrap().name(), "UTC");
    }
}
