//! The points of a transaction at which a simulation may hold the program, or decide how it ends.
//!
//! Injected like the clock. In production nobody stands there: transactions begin and end at once,
//! and the database alone says whether they are kept.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// Waits until the program may go on.
pub type Standing<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// What becomes of a transaction whose work is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is committed.
    Kept,
    /// The commit fails, and nothing of it was kept.
    Lost,
    /// It is committed, and its caller hears that it failed: the answer got lost.
    Unheard,
}

/// Somebody who stands at the ends of every transaction of a [`Store`](crate::Store).
pub trait Steps: fmt::Debug + Send + Sync {
    /// Before a transaction; it begins when this ends.
    fn before(&self) -> Standing<'_>;

    /// At the commit of one whose work succeeded.
    fn fate(&self) -> Fate;

    /// After a transaction, before its caller hears what came of it.
    fn after(&self) -> Standing<'_>;
}

/// Nobody stands there.
#[derive(Debug)]
pub(crate) struct Nobody;

impl Steps for Nobody {
    fn before(&self) -> Standing<'_> {
        Box::pin(std::future::ready(()))
    }

    fn fate(&self) -> Fate {
        Fate::Kept
    }

    fn after(&self) -> Standing<'_> {
        Box::pin(std::future::ready(()))
    }
}
