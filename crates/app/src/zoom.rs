//! The life with Zoom: connecting, tokens, meetings, webhooks, disconnecting.

pub mod apps;
pub(crate) mod compliance;
pub mod connect;
pub mod disconnect;
pub mod events;
pub mod hosts;
pub mod leave;
pub mod limits;
pub mod listing;
pub mod marker;
pub mod meetings;
pub mod probes;
pub mod promises;
pub mod reconcile;
mod returning;
pub(crate) mod revocation;
pub mod tokens;
pub mod webhooks;

use rooms_core::Actor;
use rooms_core::connection::Connection;
use rooms_core::connection::hosts::StandIn;
use rooms_core::meeting::MeetingState;
use rooms_store::connections;
use rooms_store::events::{self as history, Event};

use crate::app::App;
use crate::error::Failure;

/// What Settings > Connect Apps shows.
#[derive(Debug, Clone)]
pub struct Status {
    /// Whether there is an app to connect through, the company's own or the operator's.
    pub configured: bool,
    /// The connections that have not ended, the default first.
    pub connections: Vec<Connection>,
    /// The one that ended last, where there is no other.
    pub ended: Option<Connection>,
    /// What happened to them, newest first.
    pub history: Vec<Event>,
    /// What hosts for people who have none.
    pub stand_in: StandIn,
}

/// The actor's connections and their history.
pub async fn status(app: &App, actor: &Actor) -> Result<Status, Failure> {
    let configured = apps::current(app, actor.company).await?.is_some();
    let mut tx = app.read().await?;
    let current = connections::current(&mut tx, actor.company, actor.person).await?;
    let ended = if current.is_empty() {
        let all = connections::of_person(&mut tx, actor.company, actor.person).await?;
        all.into_iter().next()
    } else {
        None
    };
    let subject = actor.person.uuid();
    Ok(Status {
        configured,
        connections: current,
        ended,
        history: history::of_subject(&mut tx, actor.company, subject, 50).await?,
        stand_in: rooms_store::hosts::stand_in(&mut tx, actor.company).await?,
    })
}

/// All connections the actor has had, newest first.
pub async fn connections(app: &App, actor: &Actor) -> Result<Vec<Connection>, Failure> {
    let mut tx = app.read().await?;
    Ok(connections::of_person(&mut tx, actor.company, actor.person).await?)
}

/// The company's connections that have not ended. Admins only.
pub async fn company_connections(app: &App, actor: &Actor) -> Result<Vec<Connection>, Failure> {
    crate::companies::admins_only(actor)?;
    let mut tx = app.read().await?;
    Ok(connections::of_company(&mut tx, actor.company).await?)
}

/// How many links of the company's upcoming bookings are on their way, and how many could not be
/// made. Admins only.
pub async fn links_of_company(app: &App, actor: &Actor) -> Result<(usize, usize), Failure> {
    crate::companies::admins_only(actor)?;
    let mut tx = app.read().await?;
    let counts = rooms_store::meetings::count_ahead(&mut tx, actor.company, app.now()).await?;
    let of = |states: &[MeetingState]| {
        let counted = counts.iter().filter(|(state, _)| states.contains(state));
        counted.map(|(_, count)| count).sum()
    };
    let waiting = of(&[MeetingState::Pending, MeetingState::Uncertain]);
    Ok((waiting, of(&[MeetingState::Failed])))
}
