//! Time drawn to scale: a day of rooms, and the one-line strips of cards, results and forms.
//!
//! Everything lies on steps of five minutes that were lived since midnight in the site's zone, so a
//! day of 23 or 25 hours has 276 or 300 of them. Templates turn a step into a style class (`.s114`,
//! `.e120`); nothing here knows about pixels. [`lay_out`] is the whole drawing of a day, pure.

mod frame;

use jiff::Timestamp;

use frame::PER_HOUR;
pub use frame::{DayFrame, HourMark, Mark, STEP_MINUTES, Span, Strip, StripMark, Turn, Window};

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
