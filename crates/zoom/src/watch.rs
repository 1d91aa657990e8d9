//! Somebody who sees every call: to keep below Zoom's limits, to count, to remember.
//!
//! Zoom limits an account's requests per second and day, by [`Category`], and the creations and
//! changes of one user per day. The client itself keeps no count, since only the caller knows
//! what other processes do; a [`Watch`] is asked before a call and told after it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use jiff::Timestamp;

use crate::error::{Error, Limit};

/// A watch at work.
pub type Watching<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Whose calls they are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Zoom's id of the user.
    pub user_id: String,
    /// Zoom's id of the user's account, which the limits per second belong to.
    pub account_id: String,
    /// Whether the user is licensed, where known: a paid account may ask more often.
    pub licensed: Option<bool>,
}

/// How Zoom weighs a call.
///
/// <https://developers.zoom.us/docs/api/rate-limits/>
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Category {
    /// Reading, changing and deleting one thing.
    Light,
    /// Making a meeting, and lists.
    Medium,
}

/// A call that is about to be made, or was.
#[derive(Clone, Debug)]
pub struct Call {
    /// Its name.
    pub operation: &'static str,
    /// Whose it is; nobody's where the app speaks for itself, as for tokens.
    pub caller: Option<Caller>,
    /// How Zoom weighs it; not at all where the app speaks for itself.
    pub category: Option<Category>,
    /// Whether it counts among the 100 creations and changes a day of its user.
    pub is_change: bool,
}

/// Why a call is not made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// When it may be made.
    pub until: Timestamp,
    /// Which limit it would exceed.
    pub limit: Limit,
}

/// Sees every call of a [`Client`](crate::Client).
pub trait Watch: fmt::Debug + Send + Sync {
    /// Whether the call may go out now; one that may not fails without being sent.
    fn before<'a>(&'a self, call: &'a Call) -> Watching<'a, Result<(), Held>>;

    /// What came of it. Not called for a call that was held, nor for one whose caller went away.
    fn after<'a>(&'a self, call: &'a Call, outcome: Result<(), &'a Error>) -> Watching<'a, ()>;
}
