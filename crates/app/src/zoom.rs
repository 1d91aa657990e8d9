//! The life with Zoom: connecting, tokens, meetings, webhooks, disconnecting.

pub mod connect;
pub mod disconnect;
pub mod events;
pub mod marker;
pub mod meetings;
pub mod reconcile;
pub mod tokens;
pub mod webhooks;

use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::MeetingState;
use rooms_core::{Actor, PersonId};
use rooms_store::connections;
use rooms_store::events::{self as history, Event};

use crate::app::App;
use crate::error::Failure;

/// What Settings > Connect Apps shows.
#[derive(Debug, Clone)]
pub struct Status {
    /// Whether the operator configured a Zoom app.
    pub configured: bool,
    /// The connection that has not ended, else the one that ended last.
    pub connection: Option<Connection>,
    /// What happened to it, newest first.
    pub history: Vec<Event>,
    /// Upcoming bookings with a link made through it.
    pub links_ahead: usize,
}

/// The actor's connection and its history.
pub async fn status(app: &App, actor: &Actor) -> Result<Status, Failure> {
    let mut tx = app.read().await?;
    let all = connections::of_person(&mut tx, actor.company, actor.person).await?;
    let current = all.iter().find(|c| c.status != ConnectionStatus::Inactive);
    let connection = current.or(all.first()).cloned();
    let subject = actor.person.uuid();
    let history = history::of_subject(&mut tx, actor.company, subject, 50).await?;
    let links_ahead = match &connection {
        Some(connection) if connection.status != ConnectionStatus::Inactive => {
            rooms_store::meetings::links_ahead(&mut tx, actor.company, connection.id, app.now())
                .await?
        }
        _ => 0,
    };
    Ok(Status {
        configured: app.zoom().is_some(),
        connection,
        history,
        links_ahead,
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

/// The connection of a person of the actor's company that has not ended; it hosts while active.
pub async fn host(
    app: &App,
    actor: &Actor,
    person: PersonId,
) -> Result<Option<Connection>, Failure> {
    let mut tx = app.read().await?;
    Ok(connections::current(&mut tx, actor.company, person).await?)
}
