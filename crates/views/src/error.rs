//! Pages for a request that did not go through.

use askama::Template;

use super::layout::Layout;

/// An error page: what is true, what to do, whom to ask.
#[derive(Debug, Clone, Template)]
#[template(path = "error.html")]
pub struct ErrorPage {
    /// What every page carries.
    pub layout: Layout,
    /// What happened.
    pub kind: ErrorKind,
    /// Finds the line in the log; empty to show none.
    pub reference: String,
}

/// What happened to the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ErrorKind {
    /// 403: the person may not; why and whom to ask.
    Forbidden {
        /// "Only admins of Halden Optics change rooms."; empty for a general sentence.
        why: String,
    },
    /// 403: the form was too old or came from another site.
    FormExpired {
        /// Where the form is, so that it can be opened anew.
        back_href: String,
    },
    /// 404: nothing there, or nothing this person may know of.
    NotFound,
    /// 405: the address exists, the method does not.
    MethodNotAllowed,
    /// 413: more was sent than is taken.
    TooLarge,
    /// 429: too many requests.
    TooMany {
        /// When to try again, in words; empty when not known.
        try_again: String,
    },
    /// 500: our fault.
    Internal,
    /// 503: the database or the server is not ready.
    Unavailable,
}

impl ErrorKind {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Forbidden { .. } | Self::FormExpired { .. } => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::TooLarge => 413,
            Self::TooMany { .. } => 429,
            Self::Internal => 500,
            Self::Unavailable => 503,
        }
    }

    /// The heading: what is true.
    #[must_use]
    pub fn title(&self) -> &'static str {
        match self {
            Self::Forbidden { .. } => "This is not open to you",
            Self::FormExpired { .. } => "This form is too old",
            Self::NotFound => "There is nothing here",
            Self::MethodNotAllowed => "This address does not take that",
            Self::TooLarge => "That is more than we take",
            Self::TooMany { .. } => "That was very quick",
            Self::Internal => "Something broke on our side",
            Self::Unavailable => "We are not ready yet",
        }
    }
}
