//! The admin pages: rooms, sites, people, the company, and how the integration is doing.

mod audit;
mod company;
mod data;
mod groups;
mod health;
mod hours;
mod meetings;
mod people;
mod permission;
mod reconciliation;
mod rooms;
mod sites;
mod zoom_app;

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use futures_util::Stream;
use rooms_app::Change;
use rooms_core::{Actor, ConnectPolicy};
use rooms_views::admin::ConnectRule;
use rooms_views::error::ErrorKind;
use rooms_views::links;
use rooms_views::parts::Choice;
use tokio::sync::broadcast::error::RecvError;

use super::{PageError, see_other};
use crate::session::{Caller, Fields, SignedIn};
use crate::state::Web;

/// What rooms usually hold; whatever else a company's rooms hold is offered too.
const EQUIPMENT: [&str; 6] = [
    "screen",
    "camera",
    "whiteboard",
    "phone",
    "hearing loop",
    "step-free",
];

/// All of the admin pages.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN, get(first))
        .merge(audit::router())
        .merge(company::router())
        .merge(data::router())
        .merge(groups::router())
        .merge(health::router())
        .merge(meetings::router())
        .merge(people::router())
        .merge(permission::router())
        .merge(reconciliation::router())
        .merge(rooms::router())
        .merge(sites::router())
        .merge(zoom_app::router())
}

async fn first(_: Admin) -> Response {
    see_other(links::ADMIN_ROOMS)
}

/// An admin who is signed in; everybody else is refused.
#[derive(Debug, Clone)]
pub(super) struct Admin {
    pub(super) actor: Actor,
    pub(super) caller: Caller,
}

impl Admin {
    /// A sentence that the page before wanted said here; empty for none.
    fn done(&self) -> String {
        self.said("done")
    }

    fn said(&self, name: &str) -> String {
        let said = Fields::parse(self.caller.said().as_bytes());
        said.get(name).to_owned()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Admin {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Response> {
        let SignedIn { visitor, caller } = SignedIn::from_request_parts(parts, state).await?;
        let actor = visitor.actor;
        if actor.is_admin() {
            return Ok(Self { actor, caller });
        }
        let why = "These pages are for the admins of your company.".to_owned();
        Err(PageError::of(ErrorKind::Forbidden { why }).into_response())
    }
}

/// What one of these pages says to the next.
fn saying(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(pairs)
        .finish()
}

/// The IANA zones, one of them chosen.
pub(super) fn zones(chosen: &str) -> Vec<Choice> {
    let mut names: Vec<String> = jiff::tz::db()
        .available()
        .map(|name| name.to_string())
        .filter(|name| name == "UTC" || (name.contains('/') && !name.starts_with("Etc/")))
        .collect();
    if !names.iter().any(|name| name == chosen) {
        names.push(chosen.to_owned());
    }
    names.sort_unstable();
    names
        .into_iter()
        .map(|name| {
            let is_chosen = name == chosen;
            Choice::new(name.clone(), name.replace('_', " ")).chosen(is_chosen)
        })
        .collect()
}

/// What a room may hold: the usual, what the company's rooms hold, and what is chosen now.
pub(super) fn equipment(known: &[String], chosen: &[String]) -> Vec<Choice> {
    let mut all: Vec<&str> = EQUIPMENT.to_vec();
    for item in known.iter().chain(chosen).map(String::as_str) {
        if !all.contains(&item) {
            all.push(item);
        }
    }
    all.into_iter()
        .map(|item| {
            let mut letters = item.chars();
            let first = letters.next().into_iter().flat_map(char::to_uppercase);
            let words: String = first.chain(letters).collect();
            Choice::new(item, words).chosen(chosen.iter().any(|c| c == item))
        })
        .collect()
}

/// What happens shortly after one another is told once.
const TOGETHER: Duration = Duration::from_millis(250);

/// Says `changed` whenever a change of a kind happens, until the server stops.
fn moves<F: Fn(Change) -> bool + Clone + Send + 'static>(
    web: &Web,
    is_one: F,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<F>> {
    let stream = futures_util::stream::unfold(
        (web.app.store().changes(), web.app.stop().clone()),
        move |(mut changes, stop)| {
            let is_one = is_one.clone();
            async move {
                loop {
                    tokio::select! {
                        () = stop.cancelled() => return None,
                        heard = changes.recv() => match heard {
                            Ok(change) if is_one(change) => break,
                            // Some were missed: better to look once too often.
                            Err(RecvError::Lagged(_)) => break,
                            Err(RecvError::Closed) => return None,
                            Ok(_) => {}
                        },
                    }
                }
                tokio::time::sleep(TOGETHER).await;
                while changes.try_recv().is_ok() {}
                let event = Event::default().event("changed").data("changed");
                Some((Ok(event), (changes, stop)))
            }
        },
    );
    Sse::new(stream).keep_alive(KeepAlive::default())
}

fn rule(policy: ConnectPolicy) -> ConnectRule {
    match policy {
        ConnectPolicy::Everybody => ConnectRule::Everybody,
        ConnectPolicy::Chosen => ConnectRule::Chosen,
        ConnectPolicy::Admins => ConnectRule::Admins,
    }
}
