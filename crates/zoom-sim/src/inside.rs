//! The simulator without port and postman, for a program in the same process: it answers requests
//! that are handed to it, and hands out the webhooks that are due.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{ConnectInfo, Request};
use axum::http;
use tower::ServiceExt as _;
use url::Url;

use crate::cable::Scissors;
use crate::handle::Handle;
use crate::options::Options;
use crate::server::{StartError, assemble, router, stage};
use crate::state::Sim;
use crate::webhooks::{self, Letter};

/// More than any answer has.
const LONGEST: usize = 4 << 20;

/// A simulator inside another program.
pub struct Inside {
    sim: Arc<Sim>,
    router: Router,
}

/// Makes a simulator that nobody reaches over the network. Its address is the public one of the
/// options, `http://zoom.localhost` when left out.
pub fn inside(options: &Options) -> Result<Inside, StartError> {
    let public_url = match &options.public_url {
        Some(url) => url.clone(),
        None => Url::parse("http://zoom.localhost")?,
    };
    let sim = assemble(options, public_url, None)?;
    stage(&sim, options)?;
    let router = router(&sim);
    Ok(Inside { sim, router })
}

impl Inside {
    /// Base of OAuth and of the API.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.sim.public_url
    }

    /// A way to look inside and to make things happen.
    #[must_use]
    pub fn handle(&self) -> Handle {
        Handle::new(Arc::clone(&self.sim))
    }

    /// Answers a request; nothing where the connection is cut instead. While a fault lets the call
    /// hang, it does not end.
    pub async fn answer(&self, request: http::Request<Bytes>) -> Option<http::Response<Bytes>> {
        let scissors = Scissors::default();
        let mut request: Request = request.map(Body::from);
        request
            .extensions_mut()
            .insert(ConnectInfo(scissors.clone()));
        let answer = self.router.clone().oneshot(request).await.ok()?;
        if scissors.is_cut() {
            return None;
        }
        let (head, body) = answer.into_parts();
        // A body that breaks off is as good as none.
        let body = axum::body::to_bytes(body, LONGEST).await.ok()?;
        Some(http::Response::from_parts(head, body))
    }

    /// The webhooks that are due by the injected clock. Each is handed out until it was noted.
    #[must_use]
    pub fn letters(&self) -> Vec<Letter> {
        webhooks::due(&self.sim)
            .into_iter()
            .map(|(delivery, secret)| Letter::write(&self.sim, delivery, secret))
            .collect()
    }

    /// Notes how a webhook was answered, status and body, or in words why it was not.
    pub fn note(&self, letter: &Letter, answer: Result<(u16, Vec<u8>), &str>) {
        letter.note(&self.sim, answer);
    }
}
