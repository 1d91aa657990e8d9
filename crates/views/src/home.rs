//! Home: one click to a room, and the day below it.

use askama::Template;

use super::layout::{Layout, Link};
use super::timeline::{Strip, Timeline};

/// The signed-in home page.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// The frame.
    pub layout: Layout,
    /// `Free now`, or what is true instead.
    pub heading: String,
    /// What time it is in the site's zone.
    pub clock: String,
    /// The site.
    pub site: String,
    /// Up to three rooms that one click books.
    pub cards: Vec<Card>,
    /// What stands there instead while there is none.
    pub empty: Empty,
    /// Whether the site has rooms at all, so that its day is drawn.
    pub has_rooms: bool,
    /// The day.
    pub day: Day,
}

/// A room that one click books.
#[derive(Clone, Debug)]
pub struct Card {
    /// Why it is offered: `Your favourite`.
    pub why: String,
    /// Icon of the reason: `star`, `place`, `clock`, `people`.
    pub why_icon: &'static str,
    /// Id of the room.
    pub room_id: String,
    /// Name of the room.
    pub room: String,
    /// `Free until 11:30`.
    pub until: String,
    /// `6 seats, screen, camera. 2nd floor.`
    pub facts: String,
    /// The next hours.
    pub strip: Strip,
    /// How long one click books.
    pub minutes: u32,
    /// Date, start and end in the site's zone, as the form posts them.
    pub date: String,
    /// `10:15`
    pub start: String,
    /// `10:45`
    pub end: String,
    /// Title of the booking that one click makes.
    pub title: String,
    /// Makes a second click the same booking.
    pub idempotency_key: String,
}

/// What a page says when it has nothing to show: what is true, and the next step.
#[derive(Clone, Debug, Default)]
pub struct Empty {
    /// What is true.
    pub heading: String,
    /// What to do.
    pub text: String,
    /// Where; the first is the next step.
    pub links: Vec<Link>,
}

/// Whether a Zoom meeting can be made for this person.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Zoom {
    /// It can.
    Ready {
        /// Who hosts: `You host it as mara@halden.example.`
        host: String,
    },
    /// It can, but everything that could host it hosts another one then.
    Busy {
        /// Why: `Both Zoom hosts have another meeting then.`
        reason: String,
    },
    /// It cannot.
    Off {
        /// Why: `Zoom is not connected.`
        reason: String,
        /// What to do: Settings > Connect Apps.
        link: Link,
    },
}

impl Zoom {
    /// Whether a meeting can be wished for.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !matches!(self, Self::Off { .. })
    }
}

/// One entry of a choice.
#[derive(Clone, Debug, Default)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub text: String,
    /// Whether it is chosen.
    pub chosen: bool,
}

impl Choice {
    /// An entry of a choice.
    pub fn new(value: impl Into<String>, text: impl Into<String>, chosen: bool) -> Self {
        Self {
            value: value.into(),
            text: text.into(),
            chosen,
        }
    }
}

/// The day below the cards, with its filters.
#[derive(Clone, Debug)]
pub struct Day {
    /// `Tuesday`
    pub weekday: String,
    /// `24 November`
    pub date_words: String,
    /// Whether it is today.
    pub is_today: bool,
    /// The day before.
    pub earlier: Link,
    /// The day after.
    pub later: Link,
    /// Today, with the filters kept.
    pub today_href: String,
    /// Every room of the day.
    pub unfiltered_href: String,
    /// Sites to choose from; not shown while there is one.
    pub sites: Vec<Choice>,
    /// Sizes to choose from, the first is any.
    pub sizes: Vec<Choice>,
    /// Equipment to ask for.
    pub equipment: Vec<Choice>,
    /// The filters as names and values, for the day picker.
    pub kept: Vec<(String, String)>,
    /// The drawing.
    pub timeline: Timeline,
    /// Whether it is written as a plain list instead of drawn.
    pub as_list: bool,
    /// The same day the other way.
    pub other_view: Link,
    /// Whether the small card offers Zoom.
    pub zoom: Zoom,
    /// Title the small card begins with.
    pub quick_title: String,
    /// Makes a second click the same booking.
    pub quick_key: String,
}
