//! Time drawn to scale: a day of rooms, and the one-line strips of cards, results and forms.
//!
//! Everything lies on steps of five minutes that were lived since midnight in the site's zone, so a
//! day of 23 or 25 hours has 276 or 300 of them. Templates turn a step into a style class (`.s114`,
//! `.e120`); nothing here knows about pixels. [`lay_out`] is the whole drawing of a day, pure.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

/// Minutes in a step.
pub const STEP_MINUTES: i64 = 5;
/// Steps in an hour.
const PER_HOUR: u16 = 12;
/// Hours shown at most before bookings widen the window.
const MOST_HOURS: u16 = 14;
/// What is shown of a day that is bookable at all hours.
const OFFICE: (u16, u16) = (7, 20);

/// One civil day in one zone, as it was lived.
#[derive(Clone, Debug)]
pub struct DayFrame {
    date: Date,
    zone: TimeZone,
    start: Timestamp,
    end: Timestamp,
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
            marks: drawn,
        }
    }

    fn mark(&self, class: &'static str, span: Span, window: Window) -> Option<StripMark> {
        let (start, end) = self.clip(span, window)?;
        Some(StripMark { class, start, end })
    }

    /// The steps of a span inside a window, at least one wide, or none where it does not show.
    fn clip(&self, span: Span, window: Window) -> Option<(u16, u16)> {
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

/// A room with its day, as the handler knows it.
#[derive(Clone, Debug)]
pub struct RoomDay {
    /// Id for links and forms.
    pub id: String,
    /// Name.
    pub name: String,
    /// How many sit.
    pub seats: u32,
    /// What is in it, by name.
    pub equipment: Vec<String>,
    /// Heading it stands under, such as the floor or the site.
    pub group: String,
    /// When it may be booked on this day; none on a closed day.
    pub open: Option<Span>,
    /// Why it cannot be booked at all, if so.
    pub out_of_service: Option<String>,
    /// What is in it, in order of time.
    pub bookings: Vec<DayBooking>,
}

/// A booking as far as the day shows it.
#[derive(Clone, Debug)]
pub struct DayBooking {
    /// Id, for the link.
    pub id: String,
    /// When.
    pub span: Span,
    /// Its title; none where it is private.
    pub title: Option<String>,
    /// Who holds it.
    pub by: String,
    /// Whether it is the reader's own.
    pub mine: bool,
    /// Whether it waits for approval.
    pub pending: bool,
}

/// A piece of equipment with its drawing.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Kit {
    /// Icon.
    pub icon: &'static str,
    /// Word.
    pub word: String,
}

impl Kit {
    /// Finds the drawing for a word; an unknown one gets a plug.
    #[must_use]
    pub fn named(word: &str) -> Self {
        let icon = match word.to_lowercase().as_str() {
            "screen" | "projector" | "display" => "screen",
            "camera" => "camera",
            "whiteboard" | "board" => "board",
            "video" | "zoom room" => "video",
            _ => "apps",
        };
        Self {
            icon,
            word: word.to_owned(),
        }
    }
}

/// A drawn day.
#[derive(Clone, Debug, Default)]
pub struct Timeline {
    /// What it shows, for readers: `Rooms and hours, Tuesday 24 November`.
    pub label: String,
    /// The date, `2026-11-24`, for links and the script.
    pub date: String,
    /// Midnight in seconds since 1970, for the script's now-line.
    pub midnight: i64,
    /// Where the clock is moved.
    pub turn: Option<Turn>,
    /// First hour.
    pub from: u16,
    /// Hour at which it ends.
    pub to: u16,
    /// Hours above the rooms.
    pub hours: Vec<HourMark>,
    /// Rooms under their headings.
    pub groups: Vec<Group>,
    /// The line for now, on today's page.
    pub now: Option<HourMark>,
    /// Where all hours of the day are shown, if these are not all.
    pub whole_day_href: Option<String>,
}

/// Rooms under one heading.
#[derive(Clone, Debug)]
pub struct Group {
    /// Heading.
    pub name: String,
    /// Its rooms.
    pub rooms: Vec<RoomRow>,
}

/// A row of the drawn day.
#[derive(Clone, Debug)]
pub struct RoomRow {
    /// Id for the script's form.
    pub id: String,
    /// Name.
    pub name: String,
    /// How many sit.
    pub seats: u32,
    /// Its equipment.
    pub kit: Vec<Kit>,
    /// What lies on the row, in order of time.
    pub items: Vec<Item>,
}

/// Something that lies on a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Item {
    /// First step.
    pub start: u16,
    /// Step at which it ends.
    pub end: u16,
    /// What it is.
    pub kind: ItemKind,
}

/// What can lie on a row.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ItemKind {
    /// Past, or outside the bookable hours; for readers only.
    Closed {
        /// Why.
        words: String,
    },
    /// Out of service, with the reason on the page.
    Out {
        /// Why.
        words: String,
    },
    /// Free: a link that books.
    Free {
        /// To the form, filled.
        href: String,
        /// From when to when.
        words: String,
    },
    /// A booking.
    Block {
        /// To the booking.
        href: String,
        /// Style classes after `block`.
        class: String,
        /// Title; none where it is private.
        title: Option<String>,
        /// Who holds it.
        by: String,
        /// Room and time, for readers.
        words: String,
    },
}

/// Draws a day: rooms down, hours across.
#[must_use]
pub fn lay_out(frame: &DayFrame, window: Window, now: Timestamp, rooms: &[RoomDay]) -> Timeline {
    let mut groups: Vec<Group> = Vec::new();
    for room in rooms {
        let row = RoomRow {
            id: room.id.clone(),
            name: room.name.clone(),
            seats: room.seats,
            kit: room.equipment.iter().map(|word| Kit::named(word)).collect(),
            items: items(frame, window, now, room),
        };
        match groups.iter_mut().find(|group| group.name == room.group) {
            Some(group) => group.rooms.push(row),
            None => groups.push(Group {
                name: room.group.clone(),
                rooms: vec![row],
            }),
        }
    }
    let today = (frame.start..frame.end).contains(&now);
    Timeline {
        label: format!("Rooms and hours, {}", frame.date.strftime("%A %-d %B")),
        date: frame.date.to_string(),
        midnight: frame.start.as_second(),
        turn: frame.turn(),
        from: window.from,
        to: window.to,
        hours: frame.hours(window),
        groups,
        now: today.then(|| HourMark {
            step: frame.step(now),
            label: frame.clock(now),
        }),
        whole_day_href: None,
    }
}

fn items(frame: &DayFrame, window: Window, now: Timestamp, room: &RoomDay) -> Vec<Item> {
    let (low, high) = (window.from * PER_HOUR, window.to * PER_HOUR);
    if let Some(words) = &room.out_of_service {
        return vec![Item {
            start: low,
            end: high,
            kind: ItemKind::Out {
                words: words.clone(),
            },
        }];
    }
    let mut items = Vec::new();
    let open = room.open.unwrap_or(Span {
        start: frame.end,
        end: frame.end,
    });
    let opens = frame.step_after(open.start).clamp(low, high);
    let closes = frame.step(open.end).clamp(low, high);
    let past = frame.step_after(now).clamp(low, high);
    let first = opens.max(past).min(closes.max(past));
    if now > frame.start && past > low {
        let gone = frame.step(now).clamp(low, high);
        let until = if past > opens { gone.max(opens) } else { opens };
        items.push(closed(low, until, "Past".to_owned()));
    } else if opens > low {
        let words = if room.open.is_some() {
            format!("Closed until {}", frame.clock(open.start))
        } else {
            "Closed on this day".to_owned()
        };
        items.push(closed(low, opens, words));
    }
    let mut cursor = first;
    for booking in &room.bookings {
        let Some((start, end)) = frame.clip(booking.span, window) else {
            continue;
        };
        free(frame, room, cursor, start.min(closes), &mut items);
        cursor = cursor.max(end);
        items.push(Item {
            start,
            end,
            kind: block(frame, room, booking, now),
        });
    }
    free(frame, room, cursor, closes, &mut items);
    if closes < high && opens < closes && past < high {
        let words = format!("Closed from {}", frame.clock(open.end));
        items.push(closed(closes.max(past), high, words));
    }
    items
}

fn closed(start: u16, end: u16, words: String) -> Item {
    Item {
        start,
        end,
        kind: ItemKind::Closed { words },
    }
}

fn free(frame: &DayFrame, room: &RoomDay, start: u16, end: u16, items: &mut Vec<Item>) {
    if start >= end {
        return;
    }
    let clock = |step| frame.clock(frame.instant(step));
    let until = end.min(start + PER_HOUR / 2);
    let href = booking_href(
        &room.id,
        &frame.date.to_string(),
        &clock(start),
        &clock(until),
    );
    let words = format!(
        "{} is free {} to {}. Book it",
        room.name,
        clock(start),
        clock(end)
    );
    items.push(Item {
        start,
        end,
        kind: ItemKind::Free { href, words },
    });
}

fn block(frame: &DayFrame, room: &RoomDay, booking: &DayBooking, now: Timestamp) -> ItemKind {
    let Span { start, end } = booking.span;
    let mut class = String::new();
    for (name, wanted) in [
        (" mine", booking.mine),
        (" pending", booking.pending),
        (" private", booking.title.is_none()),
        (" brief", end.as_second() - start.as_second() <= 30 * 60),
        (" running", start <= now && now < end),
    ] {
        if wanted {
            class.push_str(name);
        }
    }
    ItemKind::Block {
        href: format!("/bookings/{}", booking.id),
        class,
        title: booking.title.clone(),
        by: booking.by.clone(),
        words: format!(
            ", {}, {} to {}",
            room.name,
            frame.clock(start),
            frame.clock(end)
        ),
    }
}

/// The booking form, filled with a room and a time.
#[must_use]
pub fn booking_href(room_id: &str, date: &str, start: &str, end: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("room_id", room_id)
        .append_pair("date", date)
        .append_pair("start", start)
        .append_pair("end", if end == "24:00" { "00:00" } else { end })
        .finish();
    format!("/bookings/new?{query}")
}

#[cfg(test)]
mod tests;
