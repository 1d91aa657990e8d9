//! Find a room: what is wanted, what fits, and what to change when nothing does.

use askama::Template;

use super::home::Choice;
use super::layout::Layout;
use super::timeline::Strip;

/// The page; it is never empty, a plan B stands where nothing fits.
#[derive(Clone, Debug, Template)]
#[template(path = "find.html")]
pub struct Find {
    /// The frame.
    pub layout: Layout,
    /// Name of the site that is searched.
    pub site: String,
    /// Sites to choose from; not shown while there is one.
    pub sites: Vec<Choice>,
    /// `2026-11-25`
    pub date: String,
    /// `14:00`
    pub start: String,
    /// Lengths in minutes.
    pub lengths: Vec<Choice>,
    /// How many people, as typed.
    pub capacity: String,
    /// What it must have.
    pub equipment: Vec<Choice>,
    /// What is wrong with the question, or nothing.
    pub wrong: String,
    /// `3 rooms fit`, `Nothing fits exactly`.
    pub heading: String,
    /// `Wednesday 25 November`
    pub day_words: String,
    /// `14:00–15:00`
    pub time_words: String,
    /// Why nothing fits.
    pub nothing: String,
    /// What fits, best first; all strips share one window.
    pub rooms: Vec<Found>,
    /// What fits after one change.
    pub plans: Vec<Plan>,
}

/// A room that fits.
#[derive(Clone, Debug)]
pub struct Found {
    /// Name.
    pub name: String,
    /// `8 seats, 2nd floor`
    pub facts: String,
    /// Its day with the wanted time.
    pub strip: Strip,
    /// To the form, filled.
    pub book_href: String,
    /// Why it stands here: `Best fit. Free until 16:30.`
    pub why: String,
}

/// One change that makes it fit.
#[derive(Clone, Debug)]
pub struct Plan {
    /// `15 min later`
    pub change: String,
    /// Name of the room.
    pub room: String,
    /// `14:15–15:15`
    pub time: String,
    /// `12 seats, everything you asked for.`
    pub facts: String,
    /// The hours around it.
    pub strip: Strip,
    /// To the form, filled.
    pub book_href: String,
}
