//! Recurring meetings with a fixed time (type 8): their rule, and the occurrences it makes.

use std::collections::BTreeSet;

use jiff::civil::{DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use crate::clock::zulu;
use crate::records::StoredMeeting;

/// How a series repeats, as the request said it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recurrence {
    every: Every,
    interval: i32,
    end: End,
    /// The object of the request, for the answer.
    sent: Value,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Every {
    Day,
    /// On these days, Sunday is 1; none means the day of the start.
    Week(BTreeSet<i8>),
    /// On this day of the month; months without it are left out.
    MonthDay(i8),
    /// On such a weekday of the month, -1 is the last.
    MonthWeekday(i8, i8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum End {
    /// After so many.
    Times(u32),
    /// Not after this instant.
    At(Timestamp),
    /// Not at all: as many as there may be.
    Never,
}

/// One meeting of a series.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Milliseconds since 1970 of the start it was made with.
    pub occurrence_id: String,
    /// When it begins.
    pub start_time: Timestamp,
    /// How long it lasts, in minutes.
    pub duration: i64,
    /// Taken out of the series.
    pub deleted: bool,
}

impl Recurrence {
    /// Reads the `recurrence` of a request; the fields at fault by name.
    pub(crate) fn read(sent: &Map<String, Value>) -> Result<Self, Vec<String>> {
        let mut faults = Vec::new();
        let mut number = |name: &str, least: i64, most: i64| match sent.get(name) {
            None | Some(Value::Null) => None,
            Some(value) => {
                let read = value.as_i64().filter(|n| (least..=most).contains(n));
                if read.is_none() {
                    faults.push(format!("recurrence.{name}"));
                }
                read
            }
        };
        let kind = number("type", 1, 3);
        let longest = match kind {
            Some(2) => 50,
            Some(3) => 10,
            _ => 99,
        };
        let interval = number("repeat_interval", 1, longest).unwrap_or(1);
        let month_day = number("monthly_day", 1, 31);
        let month_week = number("monthly_week", -1, 4).filter(|week| *week != 0);
        let month_weekday = number("monthly_week_day", 1, 7);
        let times = number("end_times", 0, 60);
        let until = match sent.get("end_date_time") {
            None | Some(Value::Null) => None,
            Some(value) => {
                let read = value.as_str().and_then(|text| text.parse().ok());
                if read.is_none() || times.is_some() {
                    faults.push("recurrence.end_date_time".to_owned());
                }
                read
            }
        };
        let days = weekdays(sent.get("weekly_days"));
        if days.is_none() {
            faults.push("recurrence.weekly_days".to_owned());
        }
        let small = |number: i64| i8::try_from(number).unwrap_or(1);
        let every = match (kind, month_day, month_week, month_weekday) {
            (Some(1), ..) => Every::Day,
            (Some(2), ..) => Every::Week(days.unwrap_or_default()),
            (Some(3), Some(day), None, None) => Every::MonthDay(small(day)),
            (Some(3), None, Some(week), Some(day)) => Every::MonthWeekday(small(week), small(day)),
            _ => {
                faults.push("recurrence.type".to_owned());
                Every::Day
            }
        };
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Self {
            every,
            interval: i32::try_from(interval).unwrap_or(1),
            end: match (times, until) {
                (_, Some(at)) => End::At(at),
                (Some(0), None) => End::Never,
                (times, None) => End::Times(times.map_or(1, |n| u32::try_from(n).unwrap_or(1))),
            },
            sent: Value::Object(sent.clone()),
        })
    }

    /// Whether it asks for more occurrences than there may be.
    pub(crate) fn exceeds(&self, most: u32) -> bool {
        matches!(self.end, End::Times(times) if times > most)
    }

    /// The occurrences from a start on, the same time on the wall each.
    pub(crate) fn occurrences(
        &self,
        start: Timestamp,
        time_zone: &str,
        duration: i64,
        most: u32,
    ) -> Vec<Occurrence> {
        let zone = TimeZone::get(time_zone).unwrap_or(TimeZone::UTC);
        let first = zone.to_datetime(start);
        let most = match self.end {
            End::Times(times) => times.min(most),
            End::At(_) | End::Never => most,
        };
        let last = match self.end {
            End::At(at) => at,
            End::Times(_) | End::Never => Timestamp::MAX,
        };
        self.walls(first)
            .filter_map(|wall| zone.to_ambiguous_timestamp(wall).compatible().ok())
            .filter(|at| *at >= start)
            .take_while(|at| *at <= last)
            .take(usize::try_from(most).unwrap_or(usize::MAX))
            .map(|at| Occurrence {
                occurrence_id: at.as_millisecond().to_string(),
                start_time: at,
                duration,
                deleted: false,
            })
            .collect()
    }

    /// The times on the wall, period after period; some may lie before the first.
    fn walls(&self, first: DateTime) -> impl Iterator<Item = DateTime> + '_ {
        // No rule leaves more than 11 of 12 months out.
        (0..1_000).flat_map(move |turn: i32| self.of_period(first, turn * self.interval))
    }

    fn of_period(&self, first: DateTime, ahead: i32) -> Vec<DateTime> {
        let (date, time) = (first.date(), first.time());
        let month = || date.first_of_month().checked_add(ahead.months());
        let dates = match &self.every {
            Every::Day => vec![date.checked_add(ahead.days())],
            Every::Week(days) => {
                let sunday = i32::from(date.weekday().to_sunday_zero_offset());
                let own = BTreeSet::from([date.weekday().to_sunday_one_offset()]);
                let days = if days.is_empty() { &own } else { days };
                let offset = |day: &i8| i32::from(*day) - 1 - sunday + 7 * ahead;
                days.iter()
                    .map(|day| date.checked_add(offset(day).days()))
                    .collect()
            }
            Every::MonthDay(day) => {
                vec![month().and_then(|month| month.with().day(*day).build())]
            }
            Every::MonthWeekday(week, day) => {
                let day = Weekday::from_sunday_one_offset(*day).unwrap_or(Weekday::Sunday);
                vec![month().and_then(|month| month.nth_weekday_of_month(*week, day))]
            }
        };
        dates
            .into_iter()
            .flatten()
            .map(|d| d.to_datetime(time))
            .collect()
    }
}

/// `"2,4"` as a set; `None` where it is none.
fn weekdays(sent: Option<&Value>) -> Option<BTreeSet<i8>> {
    match sent {
        None | Some(Value::Null) => Some(BTreeSet::new()),
        Some(Value::String(text)) => text
            .split(',')
            .map(|day| day.trim().parse().ok().filter(|day| (1..=7).contains(day)))
            .collect(),
        Some(_) => None,
    }
}

impl StoredMeeting {
    /// With the occurrences that its rule makes; it begins with the first of them.
    pub(super) fn repeated(mut self, most: u32) -> Self {
        if let (Some(rule), Some(start)) = (&self.recurrence, self.start_time) {
            self.occurrences = rule.occurrences(start, &self.time_zone, self.duration, most);
            self.start_time = self.occurrences.first().map(|one| one.start_time);
        }
        self
    }
}

/// What create and get answer about a series.
pub(crate) fn put(answer: &mut Map<String, Value>, meeting: &StoredMeeting) {
    let Some(recurrence) = &meeting.recurrence else {
        return;
    };
    let occurrences = meeting.occurrences.iter().map(|one| {
        json!({
            "occurrence_id": one.occurrence_id,
            "start_time": zulu(one.start_time),
            "duration": one.duration,
            "status": if one.deleted { "deleted" } else { "available" },
        })
    });
    answer.insert("recurrence".into(), recurrence.sent.clone());
    answer.insert("occurrences".into(), occurrences.collect());
}
