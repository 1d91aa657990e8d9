//! The page of one booking, in all its lives.

use askama::Template;

use super::home::Choice;
use super::layout::{Layout, Link, Tone};
use super::timeline::Strip;

/// The page of one booking.
#[derive(Clone, Debug, Template)]
#[template(path = "booking.html")]
pub struct BookingPage {
    /// The frame.
    pub layout: Layout,
    /// Id, for addresses.
    pub id: String,
    /// Title.
    pub title: String,
    /// Where it stands.
    pub state: BookingState,
    /// Its day.
    pub day_link: Link,
    /// When it is.
    pub when: When,
    /// Name of the room.
    pub room: String,
    /// `2nd floor, Basel`
    pub place: String,
    /// `6 seats, screen, camera.`
    pub room_facts: String,
    /// The room's day with this booking.
    pub strip: Strip,
    /// Its Zoom meeting.
    pub meeting: Meeting,
    /// What else there is to know and to do about it.
    pub about: MeetingAbout,
    /// Organizer first, each as one chip.
    pub people: Vec<String>,
    /// Notes, or nothing.
    pub notes: String,
    /// What happened, newest first.
    pub history: Vec<Event>,
    /// The form that changes it, for those who may.
    pub change_href: Option<String>,
    /// Whether the reader may cancel it.
    pub may_cancel: bool,
    /// The form filled with the same words, once it is over.
    pub again_href: Option<String>,
}

/// The part of the page that follows the meeting, sent alone when the script asks for it.
#[derive(Clone, Debug, Template)]
#[template(path = "booking_meeting.html")]
pub struct MeetingPart {
    /// Only its form token is used.
    pub layout: Layout,
    /// Id of the booking.
    pub id: String,
    /// The meeting.
    pub meeting: Meeting,
    /// What else there is to know and to do about it.
    pub about: MeetingAbout,
}

/// Where a booking stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BookingState {
    /// The room is theirs.
    Confirmed,
    /// Somebody has to agree.
    Pending,
    /// Somebody did not agree.
    Declined,
    /// Given up.
    Cancelled,
    /// It was held.
    Past,
}

impl BookingState {
    /// Whether it is struck through.
    #[must_use]
    pub fn is_over(self) -> bool {
        matches!(self, Self::Declined | Self::Cancelled)
    }

    /// The word.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Confirmed => "Confirmed",
            Self::Pending => "Waiting for approval",
            Self::Declined => "Declined",
            Self::Cancelled => "Cancelled",
            Self::Past => "Over",
        }
    }

    /// The icon.
    #[must_use]
    pub fn icon(self) -> &'static str {
        match self {
            Self::Confirmed => "free",
            Self::Pending => "pending",
            Self::Declined | Self::Cancelled => "close",
            Self::Past => "history",
        }
    }

    /// The style class.
    #[must_use]
    pub fn tone(self) -> &'static str {
        match self {
            Self::Confirmed => Tone::Ok.class(),
            Self::Pending => Tone::Warn.class(),
            Self::Declined | Self::Cancelled | Self::Past => Tone::Off.class(),
        }
    }
}

/// When a booking is, in the room's zone.
#[derive(Clone, Debug, Default)]
pub struct When {
    /// `14:00`
    pub start: String,
    /// `15:00`
    pub end: String,
    /// The start with its offset, RFC 3339.
    pub start_iso: String,
    /// The end with its offset, RFC 3339.
    pub end_iso: String,
    /// `Tuesday 24 November`
    pub day: String,
    /// `1 hour`
    pub length: String,
    /// `In Porto 13:00–14:00.`, or nothing.
    pub elsewhere: String,
}

/// The Zoom meeting of a booking.
#[derive(Clone, Debug)]
pub enum Meeting {
    /// None was wanted.
    None {
        /// `Room only.`
        words: String,
    },
    /// It is being made.
    Pending {
        /// What to expect.
        words: String,
    },
    /// It is there.
    Ready(MeetingFacts),
    /// It could not be made.
    Failed {
        /// Why, and what happens next.
        reason: String,
        /// Where it is put right, such as Connect Apps.
        link: Option<Link>,
    },
    /// It is being deleted.
    Removing {
        /// Who is told.
        words: String,
    },
    /// It is deleted.
    Removed {
        /// When.
        words: String,
    },
    /// It is kept in Zoom and no longer managed.
    Detached {
        /// Why, and what the reader has to do in Zoom.
        words: String,
        /// How to join.
        facts: Option<MeetingFacts>,
        /// `Connect Zoom again`.
        link: Option<Link>,
    },
}

impl Meeting {
    /// Whether it may change by itself, so that the page follows it: also what is ready begins,
    /// ends and is changed in Zoom.
    #[must_use]
    pub fn is_moving(&self) -> bool {
        !matches!(
            self,
            Self::None { .. } | Self::Removed { .. } | Self::Detached { .. }
        )
    }
}

/// What else there is to know and to do about a meeting.
#[derive(Clone, Debug, Default)]
pub struct MeetingAbout {
    /// `Live since 10:02`, `Ended 10:41`, or nothing.
    pub held: Option<Held>,
    /// Where Zoom and the booking differ.
    pub differs: Option<Differs>,
    /// `Tried 3 times. Next try at 10:14.`, or nothing.
    pub tries: String,
    /// What Zoom made otherwise than was promised, and other sentences beside the link.
    pub notes: Vec<String>,
    /// What the reader can do about it, the next thing first.
    pub actions: Vec<Action>,
    /// The other accounts that may host it, for those who may choose.
    pub accounts: Vec<Choice>,
    /// Meetings the booking had before that are still in Zoom.
    pub earlier: Vec<String>,
}

/// Whether a meeting is going on.
#[derive(Clone, Debug, Default)]
pub struct Held {
    /// Whether it is now.
    pub live: bool,
    /// `Live since 10:02`
    pub words: String,
}

/// Where Zoom and the booking differ.
#[derive(Clone, Debug, Default)]
pub struct Differs {
    /// `In Zoom it begins on 1 December 10:00.`
    pub words: String,
    /// The ways out, for those who may take them.
    pub actions: Vec<Action>,
}

/// Something that can be done, by a form of one button.
#[derive(Clone, Debug, Default)]
pub struct Action {
    /// `Try now`
    pub words: String,
    /// Where it is posted.
    pub action: String,
    /// Its icon, or nothing.
    pub icon: &'static str,
    /// Whether it is the next thing to do on the page.
    pub main: bool,
}

/// How to join a meeting.
#[derive(Clone, Debug, Default)]
pub struct MeetingFacts {
    /// Address.
    pub join_url: String,
    /// The address as it is read: `zoom.us/j/914 4410 2277`.
    pub join_text: String,
    /// `914 4410 2277`
    pub meeting_id: String,
    /// Passcode, or nothing.
    pub passcode: String,
    /// Address of the host, or nothing.
    pub host: String,
    /// All of it in a few lines, for copying.
    pub invitation: String,
}

/// Something that happened.
#[derive(Clone, Debug, Default)]
pub struct Event {
    /// `Today 10:12`
    pub at: String,
    /// The instant, RFC 3339.
    pub at_iso: String,
    /// What.
    pub words: String,
    /// By whom, after how long.
    pub detail: String,
    /// Shown as a state with this tone, or as plain words.
    pub tone: Option<Tone>,
    /// Icon of that state.
    pub icon: &'static str,
}
