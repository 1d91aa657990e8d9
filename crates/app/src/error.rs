//! Why a use case did not happen, in the order a caller should hear it.

use rooms_core::booking::Alternative;
use rooms_core::{FieldErrors, PersonId};
use rooms_store::Error;

use crate::zoom::hosts::HostsBusy;

/// Why a use case did not happen.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// There is no such thing, or the actor may not know of it.
    #[error("there is no such {0}")]
    NotFound(&'static str),
    /// The actor may see it, but not do this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It changes somebody's ways in, and they have not proved who they are for a while.
    #[error("prove who you are first")]
    Unproved,
    /// It was changed since the caller last read it.
    #[error("it was changed in the meantime; read it again and repeat the change")]
    Stale,
    /// What was sent needs a change.
    #[error(transparent)]
    Invalid(#[from] FieldErrors),
    /// Zoom was chosen for an organizer without an active connection.
    #[error("{name} has no active Zoom connection")]
    ZoomNotConnected {
        /// Whose connection is missing.
        organizer: PersonId,
        /// Their name.
        name: String,
        /// Whether that is the actor.
        own: bool,
    },
    /// Everything that could host the Zoom meeting hosts another one then.
    #[error("no Zoom host is free then")]
    ZoomHostsBusy(Box<HostsBusy>),
    /// Somebody has the room then; these are the nearest free slots.
    #[error("the room is taken then")]
    RoomTaken(Vec<Alternative>),
    /// The thing is in a state in which this cannot be done.
    #[error("{0}")]
    Conflict(&'static str),
    /// The idempotency key was used for another request.
    #[error("this idempotency key was used for another request")]
    KeyReused,
    /// The database failed.
    #[error(transparent)]
    Store(#[from] Error),
}

impl Failure {
    /// One field that needs a change.
    #[must_use]
    pub fn field(field: &'static str, code: &'static str, message: impl Into<String>) -> Self {
        Self::Invalid(FieldErrors::one(field, code, message))
    }
}

/// A caller's promise that a repeated request is the same one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// SHA-256 of what was asked: method, address and body.
    pub request_hash: [u8; 32],
}

/// The longest idempotency key.
pub const KEY_MAX: usize = 200;

impl Idempotency {
    /// Checks a key and hashes what was asked.
    pub fn parse(key: &str, what: &str, body: &[u8]) -> Result<Self, FieldErrors> {
        let fine = !key.is_empty()
            && key.len() <= KEY_MAX
            && key.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
        if !fine {
            return Err(FieldErrors::one(
                "Idempotency-Key",
                "not_a_key",
                format!("Send 1 to {KEY_MAX} visible ASCII characters."),
            ));
        }
        let request_hash = crate::secret::hash(&[what.as_bytes(), b"\n", body].concat());
        Ok(Self {
            key: key.to_owned(),
            request_hash,
        })
    }
}
