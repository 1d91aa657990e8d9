//! How a request reaches Zoom and an answer comes back: over HTTP, unless somebody puts another
//! way in its place.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

/// A request under way.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<reqwest::Response, Loss>> + Send + 'a>>;

/// Brings requests to Zoom.
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends a request, and gives the answer or why there is none.
    fn send(&self, request: reqwest::Request) -> Sending<'_>;
}

/// Why no answer came.
#[derive(Debug)]
pub enum Loss {
    /// Nobody was reached, so nothing was done.
    Unsent(Option<reqwest::Error>),
    /// It was sent, or may have been, and no answer came.
    Unanswered(Option<reqwest::Error>),
}

impl From<reqwest::Error> for Loss {
    fn from(error: reqwest::Error) -> Self {
        if error.is_connect() {
            Self::Unsent(Some(error))
        } else {
            Self::Unanswered(Some(error))
        }
    }
}

/// Over HTTP.
#[derive(Debug)]
pub(crate) struct Http(pub(crate) reqwest::Client);

impl Transport for Http {
    fn send(&self, request: reqwest::Request) -> Sending<'_> {
        Box::pin(async { Ok(self.0.execute(request).await?) })
    }
}
