//! Bugs that a simulation plants to see whether it would find them.
//!
//! The program asks [`planted`] at the places where one of them could have been written. Without
//! the feature `planted`, which only the simulation enables, the answer is a constant no.

/// A bug that could have been written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// After a lost answer another meeting is made without adopting the one that is there.
    SkipAdoption,
    /// Tokens are renewed by whoever wants to.
    RefreshTwice,
    /// A webhook that comes again is taken for another one.
    DropDedupe,
    /// Whoever was refused ends the connection, though it was granted anew meanwhile.
    IgnoreEpoch,
    /// A webhook is answered whatever came of storing it.
    AcknowledgeFirst,
    /// Whether a room is free is asked before the transaction that takes it.
    CheckOutside,
    /// A booking is found whoever's it is.
    ForgetTenant,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::SkipAdoption,
        Self::RefreshTwice,
        Self::DropDedupe,
        Self::IgnoreEpoch,
        Self::AcknowledgeFirst,
        Self::CheckOutside,
        Self::ForgetTenant,
    ];
}

/// Whether a bug is planted.
#[cfg(not(feature = "planted"))]
#[must_use]
pub const fn planted(_: Bug) -> bool {
    false
}

#[cfg(feature = "planted")]
pub use here::{plant, planted};

#[cfg(feature = "planted")]
mod here {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Whether a bug is planted in this thread.
    #[must_use]
    pub fn planted(bug: Bug) -> bool {
        PLANTED.get() == Some(bug)
    }

    /// Plants a bug in this thread, or takes out what was planted.
    pub fn plant(bug: Option<Bug>) {
        PLANTED.set(bug);
    }
}
