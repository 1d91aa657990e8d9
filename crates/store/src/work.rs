//! What runs in a transaction, with its types hidden.
//!
//! Every use case takes and gives something of its own. What surrounds it (retries, groups, tasks)
//! is the same for all, and is compiled once instead of once for each of them.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};

use crate::error::Error;
use crate::tx::Tx;

/// What a transaction gives: its value, or the caller's own error.
pub type Stored<'t, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 't>>;

/// Something to be done in a transaction, which remembers what it gave.
pub(crate) trait Work: Send + Sync {
    /// Does it, perhaps once more; true when what it wrote is to be kept.
    fn run<'t>(&'t self, tx: &'t mut Tx) -> Pin<Box<dyn Future<Output = bool> + Send + 't>>;
}

/// A use case with its input.
pub(crate) struct UseCase<I, T, E, F> {
    input: I,
    work: F,
    gave: Mutex<Option<Result<T, E>>>,
}

impl<I, T, E, F> UseCase<I, T, E, F> {
    pub(crate) fn new(input: I, work: F) -> Self {
        Self {
            input,
            work,
            gave: Mutex::new(None),
        }
    }

    /// What it gave when it last ran.
    pub(crate) fn take(&self) -> Option<Result<T, E>> {
        let mut gave = self.gave.lock().unwrap_or_else(PoisonError::into_inner);
        gave.take()
    }
}

impl<I, T, E, F> Work for UseCase<I, T, E, F>
where
    I: Send + Sync,
    T: Send,
    E: Send,
    F: for<'t> Fn(&'t mut Tx, &'t I) -> Stored<'t, T, E> + Send + Sync,
{
    fn run<'t>(&'t self, tx: &'t mut Tx) -> Pin<Box<dyn Future<Output = bool> + Send + 't>> {
        let working = (self.work)(tx, &self.input);
        Box::pin(async move {
            let result = working.await;
            let is_kept = result.is_ok();
            *self.gave.lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
            is_kept
        })
    }
}

/// What the caller of a transaction hears whose commit was not confirmed.
pub(crate) fn unheard() -> Error {
    Error::Commit("the database did not confirm it".to_owned())
}

/// What the caller of a transaction hears that came to no end.
pub(crate) fn not_run() -> Error {
    Error::Commit("the transaction did not run".to_owned())
}
