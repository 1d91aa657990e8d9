//! Who was refused what goes into the log (OWASP ASVS 5.0, 16.3.2 and 16.3.3).

use std::net::IpAddr;

use axum::extract::{MatchedPath, Request};
use axum::http::StatusCode;
use rooms_core::PersonId;

use crate::state::Web;

/// A request, as far as the log may know it: its route, for an address may hold a token.
#[derive(Debug)]
pub(crate) struct Asked {
    method: String,
    route: String,
    from: Option<IpAddr>,
}

impl Asked {
    /// What is asked, before it is.
    pub(crate) fn of(web: &Web, request: &Request) -> Self {
        let extensions = request.extensions();
        let route = extensions.get::<MatchedPath>();
        Self {
            method: request.method().to_string(),
            route: route.map_or("nowhere", MatchedPath::as_str).to_owned(),
            from: web.origin(extensions, request.headers()),
        }
    }

    /// Writes it down where the answer is a refusal.
    pub(crate) fn note(&self, status: StatusCode, person: Option<PersonId>) {
        let refused = [
            StatusCode::UNAUTHORIZED,
            StatusCode::FORBIDDEN,
            StatusCode::TOO_MANY_REQUESTS,
        ];
        if refused.contains(&status) {
            tracing::warn!(
                status = status.as_u16(),
                method = self.method,
                route = self.route,
                person = person.map(tracing::field::display),
                from = self.from.map(tracing::field::display),
                "a request was refused"
            );
        }
    }
}
