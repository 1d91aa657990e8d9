//! What can go wrong with a call, sorted by what a caller can do about it.

use std::fmt::{self, Write as _};
use std::time::Duration;

use jiff::Timestamp;

use crate::watch::Held;

pub(crate) use classify::{Endpoint, Verdict, classify, retry_after};

mod classify;

/// A call that did not succeed. Neither [`Display`](fmt::Display) nor [`Debug`] show Zoom's
/// message, which may name people.
pub struct Error(Box<Inner>);

struct Inner {
    operation: &'static str,
    class: Class,
    outcome_unknown: bool,
    status: Option<u16>,
    code: Option<i64>,
    message: Option<String>,
    limit: Option<Limit>,
    tracking_id: Option<String>,
    server_time: Option<Timestamp>,
    source: Option<reqwest::Error>,
}

/// What a caller can do about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Class {
    /// Try again, with growing pauses.
    TryAgain,
    /// Try again after a pause.
    WaitUntil(WaitUntil),
    /// The token lacks scopes; the user must authorize again. Zoom names the scopes that would do.
    ScopeMissing(Vec<String>),
    /// The access token is expired or unknown: read the stored one again, then refresh.
    TokenRejected,
    /// The grant is dead or its user gone: only a new authorization helps.
    ReconnectNeeded,
    /// The app's own credentials or addresses are wrong; no user can help.
    OurConfiguration,
    /// There is no such meeting, or no longer.
    NotFound,
    /// Zoom understood and declined: show its message, do not repeat.
    Refused,
    /// The answer is not one of Zoom's: a web page, XML, nonsense.
    Unreadable,
}

/// When a call may be repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitUntil {
    /// At an instant.
    At(Timestamp),
    /// After a pause from now.
    After(Duration),
    /// At midnight UTC: the requests of the day are used up, and Zoom does not say more.
    NextUtcMidnight,
    /// When the meeting that is going on has ended.
    MeetingEnd,
    /// Zoom does not say.
    Unspecified,
}

/// Which of Zoom's limits was reached.
///
/// Limits of an account are shared by all its users and all apps they use; they are counted per
/// category of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Limit {
    /// The account's requests per second.
    AccountPerSecond,
    /// The account's requests per day.
    AccountPerDay,
    /// The 100 creations and changes of meetings a day of one user.
    UserPerDay,
}

impl Error {
    /// What a caller can do.
    #[must_use]
    pub fn class(&self) -> Class {
        self.0.class.clone()
    }

    /// Whether the request may have been carried out all the same.
    #[must_use]
    pub fn outcome_unknown(&self) -> bool {
        self.0.outcome_unknown
    }

    /// The HTTP status, if there was an answer.
    #[must_use]
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// Zoom's number for the error.
    #[must_use]
    pub fn code(&self) -> Option<i64> {
        self.0.code
    }

    /// Zoom's words; they may name people, so they are for people and not for logs.
    #[must_use]
    pub fn zoom_message(&self) -> Option<&str> {
        self.0.message.as_deref()
    }

    /// Which limit was reached, with [`Class::WaitUntil`] where Zoom tells.
    #[must_use]
    pub fn limit(&self) -> Option<Limit> {
        self.0.limit
    }

    /// Zoom's id of the call, for its support.
    #[must_use]
    pub fn tracking_id(&self) -> Option<&str> {
        self.0.tracking_id.as_deref()
    }

    /// Zoom's clock at the answer, if there was one that says.
    #[must_use]
    pub fn server_time(&self) -> Option<Timestamp> {
        self.0.server_time
    }

    /// The name of the call.
    #[must_use]
    pub fn operation(&self) -> &'static str {
        self.0.operation
    }

    pub(crate) fn new(operation: &'static str, class: Class) -> Self {
        Self(Box::new(Inner {
            operation,
            class,
            outcome_unknown: false,
            status: None,
            code: None,
            message: None,
            limit: None,
            tracking_id: None,
            server_time: None,
            source: None,
        }))
    }

    /// The call was not made, so as not to exceed a limit.
    pub(crate) fn held(operation: &'static str, held: Held) -> Self {
        let mut error = Self::new(operation, Class::WaitUntil(WaitUntil::At(held.until)));
        error.0.limit = Some(held.limit);
        error
    }

    /// The request could not be put together.
    pub(crate) fn unmade(operation: &'static str, source: reqwest::Error) -> Self {
        Self::new(operation, Class::OurConfiguration).with_source(Some(source))
    }

    /// Nobody was reached, so nothing was done.
    pub(crate) fn unsent(operation: &'static str, source: Option<reqwest::Error>) -> Self {
        Self::new(operation, Class::TryAgain).with_source(source)
    }

    /// No answer came.
    pub(crate) fn unanswered(operation: &'static str, source: Option<reqwest::Error>) -> Self {
        let mut error = Self::new(operation, Class::TryAgain).with_source(source);
        error.0.outcome_unknown = true;
        error
    }

    /// An answer began, and its end was lost.
    pub(crate) fn cut_off(
        operation: &'static str,
        status: u16,
        wait: Option<WaitUntil>,
        source: reqwest::Error,
    ) -> Self {
        let class = match wait {
            Some(wait) => Class::WaitUntil(wait),
            None if status == 429 => Class::WaitUntil(WaitUntil::Unspecified),
            None => Class::TryAgain,
        };
        Self::answered(operation, status, class).with_source(Some(source))
    }

    /// An answer came that cannot be used.
    pub(crate) fn answered(operation: &'static str, status: u16, class: Class) -> Self {
        let mut error = Self::new(operation, class);
        error.0.status = Some(status);
        error.0.outcome_unknown = !(400..500).contains(&status);
        error
    }

    /// An answer came that tells of an error.
    pub(crate) fn refused(operation: &'static str, status: u16, verdict: Verdict) -> Self {
        let mut error = Self::answered(operation, status, verdict.class);
        error.0.code = verdict.code;
        error.0.message = verdict.message;
        error.0.limit = verdict.limit;
        error
    }

    fn with_source(mut self, source: Option<reqwest::Error>) -> Self {
        self.0.source = source.map(reqwest::Error::without_url);
        self
    }

    pub(crate) fn with_tracking_id(mut self, tracking_id: Option<String>) -> Self {
        self.0.tracking_id = tracking_id;
        self
    }

    pub(crate) fn with_server_time(mut self, server_time: Option<Timestamp>) -> Self {
        self.0.server_time = server_time;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words = match &self.0.class {
            Class::TryAgain => "no usable answer, try again",
            Class::WaitUntil(WaitUntil::MeetingEnd) => "the meeting is going on, try again later",
            Class::WaitUntil(_) => "too many requests, try again later",
            Class::ScopeMissing(_) => "a permission is missing, authorize again",
            Class::TokenRejected => "the access token was rejected",
            Class::ReconnectNeeded => "the authorization has ended, authorize again",
            Class::OurConfiguration => "the app's credentials or addresses are wrong",
            Class::NotFound => "no such meeting",
            Class::Refused => "refused",
            Class::Unreadable => "the answer cannot be read",
        };
        write!(f, "zoom {}: {words}", self.0.operation)?;
        if let Some(status) = self.0.status {
            write!(f, ", status {status}")?;
        }
        if let Some(code) = self.0.code {
            write!(f, ", code {code}")?;
        }
        if let Some(id) = &self.0.tracking_id {
            write!(f, ", tracking id {id}")?;
        }
        if self.0.outcome_unknown {
            f.write_str(", outcome unknown")
        } else {
            Ok(())
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Error({self}")?;
        if let Some(source) = &self.0.source {
            write!(f, ": {source:?}")?;
        }
        f.write_char(')')
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_ref().map(|source| source as _)
    }
}
