//! My bookings: what is ahead, day by day, and what is past.

use askama::Template;

use super::booking::BookingState;
use super::layout::Layout;

/// The page.
#[derive(Clone, Debug, Template)]
#[template(path = "my_bookings.html")]
pub struct MyBookings {
    /// The frame.
    pub layout: Layout,
    /// What is ahead, in order of time.
    pub upcoming: Vec<AgendaDay>,
    /// What is past or cancelled, newest first.
    pub past: Vec<AgendaDay>,
    /// The page of older ones.
    pub older_href: Option<String>,
}

/// The bookings of one day.
#[derive(Clone, Debug)]
pub struct AgendaDay {
    /// `Today`, `Wednesday 25 November`
    pub words: String,
    /// In order of time.
    pub bookings: Vec<AgendaRow>,
}

/// A booking in one line.
#[derive(Clone, Debug)]
pub struct AgendaRow {
    /// Id, for the link.
    pub id: String,
    /// `14:00–15:00`
    pub time: String,
    /// Title.
    pub title: String,
    /// `Aster, 2nd floor, Basel`
    pub place: String,
    /// Where it stands; only exceptions are said.
    pub state: BookingState,
    /// Its Zoom meeting.
    pub zoom: ZoomMark,
}

/// What a line says about Zoom.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum ZoomMark {
    /// Nothing.
    None,
    /// How to join.
    Ready {
        /// Address.
        join_url: String,
    },
    /// It is being made.
    Pending,
    /// It could not be made.
    Failed,
    /// It is kept in Zoom.
    Detached,
}
