//! Asking Zoom on behalf of a comparison, and what its refusals mean there.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::{Connection, NoticedBy};
use zoom_client::Class;

use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::disconnect;
use crate::zoom::limits::until;
use crate::zoom::meetings::pause;
use crate::zoom::tokens::{self, Granted, NoAccess};

/// Why Zoom does not help now.
#[derive(Debug)]
pub(super) enum Trouble {
    /// Ask again then, and why.
    Later(Timestamp, String),
    /// Somebody has to do something first, in words.
    Needs(String),
    /// Something failed here.
    Failed(Failure),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<rooms_store::Error> for Trouble {
    fn from(error: rooms_store::Error) -> Self {
        Self::Failed(error.into())
    }
}

/// Access for a connection.
pub(super) async fn granted(
    app: &App,
    zoom: &ZoomApp,
    connection: &Connection,
    attempts: i64,
) -> Result<Granted, Trouble> {
    access(app, zoom, connection, None, attempts).await
}

async fn access(
    app: &App,
    zoom: &ZoomApp,
    connection: &Connection,
    refused: Option<i64>,
    attempts: i64,
) -> Result<Granted, Trouble> {
    tokens::access(app, zoom, connection, refused)
        .await
        .map_err(|none| match none {
            NoAccess::Busy(until) => Trouble::Later(until, "tokens are renewed".to_owned()),
            NoAccess::Later(_) => Trouble::Later(pause(app, attempts), tokens::SILENT.to_owned()),
            NoAccess::Ended => Trouble::Needs(tokens::GRANT_DEAD.to_owned()),
            NoAccess::Misconfigured(_) => Trouble::Needs(tokens::MISCONFIGURED.to_owned()),
            NoAccess::Failed(failure) => Trouble::Failed(failure),
        })
}

/// What a refusal means for a comparison.
pub(super) async fn refused(
    app: &App,
    zoom: &ZoomApp,
    (connection, granted): (&Connection, &Granted),
    error: &zoom_client::Error,
    attempts: i64,
) -> Trouble {
    match error.class() {
        Class::TokenRejected => {
            let again = Some(granted.version);
            match access(app, zoom, connection, again, attempts).await {
                Ok(_) => Trouble::Later(after(app, 1), "a token was renewed".to_owned()),
                Err(trouble) => trouble,
            }
        }
        Class::ReconnectNeeded => {
            let (which, said) = ((connection, granted.epoch), (error, granted.renewing));
            match disconnect::grant_refused(app, which, said, NoticedBy::Call).await {
                Ok(()) => Trouble::Needs(tokens::GRANT_DEAD.to_owned()),
                Err(error) => error.into(),
            }
        }
        Class::ScopeMissing(_) => {
            let (which, why) = ((connection, granted.epoch), disconnect::SCOPE_MISSING);
            match disconnect::needs_attention(app, which, why, NoticedBy::Call).await {
                Ok(()) => Trouble::Needs(why.to_owned()),
                Err(error) => error.into(),
            }
        }
        Class::WaitUntil(wait) => {
            let until = until(app.now(), wait).unwrap_or_else(|| pause(app, attempts));
            Trouble::Later(until, "Zoom takes no more requests just now.".to_owned())
        }
        Class::OurConfiguration => Trouble::Needs(tokens::MISCONFIGURED.to_owned()),
        Class::Refused | Class::NotFound => Trouble::Needs(tokens::declined(error)),
        Class::TryAgain | Class::Unreadable => {
            Trouble::Later(pause(app, attempts), tokens::SILENT.to_owned())
        }
    }
}

/// So many seconds from now.
pub(super) fn after(app: &App, seconds: i64) -> Timestamp {
    let wait = SignedDuration::from_secs(seconds);
    app.now().saturating_add(wait).unwrap_or(app.now())
}
