//! Where actors wait for their turn: the named points of the program, and what is decided there.
//!
//! Only one actor runs at a time. It runs until its next point, where it says its name and waits;
//! the conductor then chooses who goes on. Between two points nobody else does anything, so the
//! order of steps is the whole of what can differ.

use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rooms_store::{Fate, Standing, Steps};

use crate::chaos::Chaos;

/// What is said where nothing of a transaction is kept.
pub(crate) const COMMIT_FAILS: &str = "the commit fails";

/// The stage all actors of a seed stand on.
#[derive(Default)]
pub(crate) struct Stage(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    /// Numbers the waits.
    serial: u64,
    /// Where the running actor has come to.
    reached: Option<Waiting>,
    /// The wait that is over.
    leave: Option<u64>,
    /// Wakes the conductor when a task of the running actor has come to a point.
    conductor: Option<Waker>,
    chaos: Chaos,
    /// What happened at the last step, for the trace.
    said: Vec<String>,
    /// How many transactions were committed.
    commits: u64,
}

/// An actor at a point.
#[derive(Debug)]
pub(crate) struct Waiting {
    pub(crate) point: &'static str,
    number: u64,
    waker: Waker,
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Stage")
    }
}

impl Stage {
    pub(crate) fn new(chaos: Chaos) -> Arc<Self> {
        Arc::new(Self(Mutex::new(Inner {
            chaos,
            ..Inner::default()
        })))
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A point: the actor goes on when it is given leave.
    pub(crate) fn point(&self, point: &'static str) -> impl Future<Output = ()> + Send + '_ {
        let mut number = None;
        poll_fn(move |cx| {
            let mut inner = self.lock();
            let Some(waits) = number else {
                inner.serial += 1;
                number = Some(inner.serial);
                let waker = cx.waker().clone();
                inner.reached = Some(Waiting {
                    point,
                    number: inner.serial,
                    waker,
                });
                if let Some(conductor) = inner.conductor.take() {
                    conductor.wake();
                }
                return Poll::Pending;
            };
            if inner.leave == Some(waits) {
                inner.leave = None;
                Poll::Ready(())
            } else {
                Poll::Pending
            }
        })
    }

    /// Lets one go on.
    pub(crate) fn give_leave(&self, waiting: &Waiting) {
        self.lock().leave = Some(waiting.number);
        waiting.waker.wake_by_ref();
    }

    /// Where the running actor stands, if it has come to a point.
    pub(crate) fn reached(&self, cx: &Context<'_>) -> Option<Waiting> {
        let mut inner = self.lock();
        inner.conductor = Some(cx.waker().clone());
        inner.reached.take()
    }

    /// What is left to chance.
    pub(crate) fn chaos<R>(&self, ask: impl FnOnce(&mut Chaos) -> R) -> R {
        ask(&mut self.lock().chaos)
    }

    /// Notes something for the trace.
    pub(crate) fn say(&self, what: impl Into<String>) {
        self.lock().said.push(what.into());
    }

    /// What was said since it was last asked.
    pub(crate) fn said(&self) -> Vec<String> {
        std::mem::take(&mut self.lock().said)
    }

    /// How many transactions were committed so far.
    pub(crate) fn commits(&self) -> u64 {
        self.lock().commits
    }
}

/// Stands at the ends of the transactions of one process.
#[derive(Debug)]
pub(crate) struct Doorkeeper(pub(crate) Arc<Stage>);

impl Steps for Doorkeeper {
    fn before(&self) -> Standing<'_> {
        Box::pin(self.0.point("begin"))
    }

    fn fate(&self) -> Fate {
        let mut inner = self.0.lock();
        let fate = inner.chaos.commit();
        if fate != Fate::Lost {
            inner.commits += 1;
        }
        match fate {
            Fate::Kept => {}
            Fate::Lost => inner.said.push(COMMIT_FAILS.to_owned()),
            Fate::Unheard => inner.said.push("committed, and not confirmed".to_owned()),
        }
        fate
    }

    fn after(&self) -> Standing<'_> {
        Box::pin(self.0.point("end"))
    }
}
