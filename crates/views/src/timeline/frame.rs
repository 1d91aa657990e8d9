//! One day in one zone, and one room's day in a line.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Minutes in a step.
pub const STEP_MINUTES: i64 = 5;
/// Steps in an hour.
pub(super) const PER_HOUR: u16 = 12;
/// Hours shown at most before bookings widen the window.
const MOST_HOURS: u16 = 14;
/// What is shown of a day that is bookable at all hours.
const OFFICE: (u16, u16) = (7, 20);

/// One civil day in one zone, as it was lived.
#[derive(Clone, Debug)]
pub struct DayFrame {
    pub(super) date: Date,
    zone: TimeZone,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
}

impl DayFrame {
    /// The day `date` in `zone`, from its first instant to the next day's.
    pub fn new(date: Date, zone: &TimeZone) -> Result<Self, jiff::Error> {
        let first = zone
            .to_ambiguous_zoned(date.at(0, 0, 0, 0))
            .compatible()?
            .start_of_day()?;
        let next = first.checked_add(1.day())?.start_of_day()?;
        Ok(Self {
            date,
            zone: zone.clone(),
            start: first.timestamp(),
            end: next.timestamp(),
        })
    }

    /// The civil date.
    #[must_use]
    pub fn date(&self) -> Date {
        self.date
    }

    /// First instant of the day.
    #[must_use]
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// First instant of the next day.
    #[must_use]
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Steps in this day: 288, or fewer or more where the clock was moved.
    #[must_use]
    pub fn steps(&self) -> u16 {
        self.nearest(self.end)
    }

    /// The step nearest to an instant, kept inside the day.
    #[must_use]
    pub fn step(&self, at: Timestamp) -> u16 {
        self.nearest(at.clamp(self.start, self.end))
    }

    /// The first step that begins at or after an instant.
    #[must_use]
    pub fn step_after(&self, at: Timestamp) -> u16 {
        let seconds = at.clamp(self.start, self.end).as_second() - self.start.as_second();
        u16::try_from((seconds + STEP_MINUTES * 60 - 1) / (STEP_MINUTES * 60)).unwrap_or(0)
    }

    /// The instant at which a step begins.
    #[must_use]
    pub fn instant(&self, step: u16) -> Timestamp {
        let span = (i64::from(step) * STEP_MINUTES).minutes();
        self.start
            .checked_add(span)
            .map_or(self.end, |at| at.min(self.end))
    }

    /// The wall clock at an instant, `14:05`; the end of the day is `24:00`.
    #[must_use]
    pub fn clock(&self, at: Timestamp) -> String {
        if at == self.end {
            return "24:00".to_owned();
        }
        let wall = self.zone.to_datetime(at);
        format!("{:02}:{:02}", wall.hour(), wall.minute())
    }

    /// Where and by how many minutes the clock is moved on this day.
    #[must_use]
    pub fn turn(&self) -> Option<Turn> {
        let mut seen = 0;
        (0..self.steps()).find_map(|step| {
            let wall = self.zone.to_datetime(self.instant(step));
            let shown = i32::from(wall.hour()) * 60 + i32::from(wall.minute());
            let minutes = shown - i32::from(step) * 5;
            let moved = minutes - seen;
            seen = minutes;
            (moved != 0).then_some(Turn {
                step,
                minutes: moved,
            })
        })
    }

    /// The hours of a window with their labels; a repeated hour is told apart as `2a` and `2b`.
    #[must_use]
    pub fn hours(&self, window: Window) -> Vec<HourMark> {
        let plain = |hour: u16| {
            let wall = self.zone.to_datetime(self.instant(hour * PER_HOUR));
            if wall.minute() == 0 {
                wall.hour().to_string()
            } else {
                format!("{}:{:02}", wall.hour(), wall.minute())
            }
        };
        let count = self.steps().div_ceil(PER_HOUR);
        let all: Vec<String> = (0..count).map(plain).collect();
        (window.from..window.to.min(count))
            .zip(all.iter().skip(usize::from(window.from)))
            .map(|(hour, label)| {
                let at = usize::from(hour);
                let again = |other: Option<&String>| other == Some(label);
                let suffix = if again(all.get(at + 1)) {
                    "a"
                } else if at > 0 && again(all.get(at - 1)) {
                    "b"
                } else {
                    ""
                };
                HourMark {
                    step: hour * PER_HOUR,
                    label: format!("{label}{suffix}"),
                }
            })
            .collect()
    }

    /// Which hours to show: one outside the bookable hours on both sides, at most fourteen, widened
    /// by bookings and by now. A day that is bookable at all hours shows those of an office.
    #[must_use]
    pub fn window(&self, open: Option<Span>, shown: &[Span], now: Timestamp) -> Window {
        let last = self.steps().div_ceil(PER_HOUR);
        let hours = |span: Span| {
            (
                self.step(span.start) / PER_HOUR,
                self.step(span.end).div_ceil(PER_HOUR),
            )
        };
        let open = open
            .map(hours)
            .filter(|(from, to)| from < to && to - from < last);
        let (mut from, mut to) = match open {
            Some((from, to)) => (from.saturating_sub(1), (to + 1).min(last)),
            None => OFFICE,
        };
        to = to.min(from + MOST_HOURS);
        for (first, until) in shown
            .iter()
            .filter(|span| self.touches(**span))
            .map(|s| hours(*s))
        {
            from = from.min(first);
            to = to.max(until);
        }
        if (self.start..self.end).contains(&now) {
            let hour = self.step(now) / PER_HOUR;
            from = from.min(hour);
            to = to.max((hour + 3).min(last));
        }
        Window {
            from,
            to: to.min(last).max(from + 1),
        }
    }

    /// The whole day as a window.
    #[must_use]
    pub fn whole(&self) -> Window {
        Window {
            from: 0,
            to: self.steps().div_ceil(PER_HOUR),
        }
    }

    /// A strip of one room: what is busy, and marks on top of it such as the wanted time.
    #[must_use]
    pub fn strip(
        &self,
        window: Window,
        label: impl Into<String>,
        busy: &[Span],
        marks: &[(Mark, Span)],
        now: Timestamp,
    ) -> Strip {
        let mut drawn: Vec<StripMark> = busy
            .iter()
            .filter_map(|span| self.mark("b", *span, window))
            .collect();
        drawn.extend(
            marks
                .iter()
                .filter_map(|(mark, span)| self.mark(mark.class(), *span, window)),
        );
        let at = self.step(now);
        if (self.start..self.end).contains(&now) && window.shows(at) {
            drawn.push(StripMark {
                class: "n",
                start: at,
                end: at,
            });
        }
        Strip {
            from: window.from,
            to: window.to,
            label: label.into(),
            hours: self.hours(window),
            end: self.last_hour(window),
            marks: drawn,
        }
    }

    /// The hour at which a window ends; a day ends at 24.
    fn last_hour(&self, window: Window) -> String {
        let clock = self.clock(self.instant(window.to * PER_HOUR));
        let hour = clock.trim_end_matches(":00").trim_start_matches('0');
        if hour.is_empty() { "0" } else { hour }.to_owned()
    }

    fn mark(&self, class: &'static str, span: Span, window: Window) -> Option<StripMark> {
        let (start, end) = self.clip(span, window)?;
        Some(StripMark { class, start, end })
    }

    /// The steps of a span inside a window, at least one wide, or none where it does not show.
    pub(super) fn clip(&self, span: Span, window: Window) -> Option<(u16, u16)> {
        if !self.touches(span) {
            return None;
        }
        let (low, high) = (window.from * PER_HOUR, window.to * PER_HOUR);
        let start = self.step(span.start).max(low);
        let end = self.step(span.end).min(high).max(start + 1);
        (start < high && self.step(span.end).max(start + 1) > low && end <= high)
            .then_some((start, end))
    }

    fn touches(&self, span: Span) -> bool {
        span.start < self.end && span.end > self.start
    }

    fn nearest(&self, at: Timestamp) -> u16 {
        let seconds = at.as_second() - self.start.as_second();
        u16::try_from((seconds + STEP_MINUTES * 30) / (STEP_MINUTES * 60)).unwrap_or(0)
    }
}

/// A half-open range of instants.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Span {
    /// First instant.
    pub start: Timestamp,
    /// First instant after it.
    pub end: Timestamp,
}

/// The hours since midnight that are shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Window {
    /// First hour.
    pub from: u16,
    /// Hour at which it ends.
    pub to: u16,
}

impl Window {
    fn shows(self, step: u16) -> bool {
        (self.from * PER_HOUR..=self.to * PER_HOUR).contains(&step)
    }
}

/// Where the clock is moved, for the script, which turns steps into clock times.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Turn {
    /// First step after it.
    pub step: u16,
    /// Minutes forward, or back where negative.
    pub minutes: i32,
}

/// A labelled hour.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct HourMark {
    /// Where it begins.
    pub step: u16,
    /// `9`, `2a`, `2b`.
    pub label: String,
}

/// What a strip points at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Mark {
    /// The time that is wanted or offered.
    Wanted,
    /// The reader's own booking.
    Own,
    /// A time that does not work, or is given up.
    Clash,
    /// Not bookable.
    Closed,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Self::Wanted => "want",
            Self::Own => "m",
            Self::Clash => "clash",
            Self::Closed => "c",
        }
    }
}

/// A room's day in one line.
#[derive(Clone, Debug, Default)]
pub struct Strip {
    /// First hour.
    pub from: u16,
    /// Hour at which it ends.
    pub to: u16,
    /// The same in words.
    pub label: String,
    /// Hours above it, where they are drawn.
    pub hours: Vec<HourMark>,
    /// The hour at which it ends.
    pub end: String,
    /// What lies on it.
    pub marks: Vec<StripMark>,
}

/// Something drawn on a strip.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct StripMark {
    /// Style class.
    pub class: &'static str,
    /// First step.
    pub start: u16,
    /// Step at which it ends.
    pub end: u16,
}
