//! What every handler is given.

use std::net::{IpAddr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap};
use rooms_app::App;

use crate::domain::DomainFile;

use crate::proxies::Proxies;

/// The program, and what only the edge needs to know; cheap to clone.
#[derive(Debug, Clone)]
pub struct Web {
    /// The program.
    pub app: App,
    /// What the edge was told.
    pub options: Options,
}

/// What the edge is told when it starts.
#[derive(Debug, Clone)]
pub struct Options {
    /// Whether requests are limited; `false` for load tests only.
    pub rate_limits: bool,
    /// The proxies in front, which say where a request comes from.
    pub trusted_proxies: Proxies,
    /// The origin of Zoom's sign-in pages, which forms may lead to (CSP `form-action` applies to
    /// every hop of a redirect).
    pub oauth_origin: String,
    /// Whether this is the demo: shows the sign-in names and the style guide.
    pub demo: bool,
    /// The one-time code that opens the set-up page while there is no company.
    pub set_up_code: Option<String>,
    /// The file by which Zoom knows that the domain is ours.
    pub domain_file: Option<DomainFile>,
}

impl Web {
    /// Whether people reach this server over TLS: cookies are Secure then.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.app.public_url().scheme() == "https"
    }

    /// Where a request comes from, where that is known.
    #[must_use]
    pub fn origin(&self, extensions: &Extensions, headers: &HeaderMap) -> Option<IpAddr> {
        let ConnectInfo(peer) = extensions.get::<ConnectInfo<SocketAddr>>()?;
        Some(self.options.trusted_proxies.origin(peer.ip(), headers))
    }
}
