//! How the integration is doing: connections, links, and work that was given up.

use std::collections::HashMap;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::jobs::GivenUp;
use rooms_app::zoom::{apps, limits};
use rooms_app::{Failure, jobs, people, zoom};
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_views::admin::{self as views, ConnectionRow, HealthFigures, HealthPage};
use rooms_views::layout::Nav;
use rooms_views::links;

use super::{Admin, saying};
use crate::pages::apps::used_today;
use crate::pages::moments::Moments;
use crate::pages::{PageError, draw, id, layout, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_HEALTH, get(show))
        .route("/admin/jobs/{id}/retry", post(retry))
}

async fn show(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let moments = Moments::of(&web, &admin.actor).await?;
    let dead = jobs::dead(&web.app, &admin.actor).await?;
    let connections = zoom::company_connections(&web.app, &admin.actor).await?;
    let page = HealthPage {
        layout: layout(&web, &admin.caller, "Health", Nav::Admin).await?,
        zoom_configured: apps::is_set_up(&web.app, admin.actor.company).await?,
        app_refused: limits::trouble(&web.app, &admin.actor)
            .await?
            .map(|trouble| moments.when(trouble.began_at)),
        figures: figures(&web, &admin, &connections).await?,
        dead: dead
            .iter()
            .map(|given_up| row(given_up, &moments))
            .collect(),
        connections: rows(&web, &admin, connections, &moments).await?,
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn retry(
    State(web): State<Web>,
    admin: Admin,
    Path(job): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    jobs::revive(&web.app, &admin.actor, id(&job)?).await?;
    let said = saying(&[("done", "It is being tried again.")]);
    Ok(see_other_saying(&web, links::ADMIN_HEALTH, &said))
}

async fn figures(
    web: &Web,
    admin: &Admin,
    connections: &[Connection],
) -> Result<HealthFigures, Failure> {
    let of = |status| connections.iter().filter(|c| c.status == status).count();
    let (waiting, failed) = zoom::links_of_company(&web.app, &admin.actor).await?;
    Ok(HealthFigures {
        connected: of(ConnectionStatus::Active),
        attention: of(ConnectionStatus::NeedsAttention),
        waiting,
        failed,
    })
}

fn row(GivenUp { job, booking, to }: &GivenUp, moments: &Moments) -> views::DeadJob {
    let what = match (job.kind.as_str(), to) {
        (jobs::MEETING, _) => "Bring the Zoom meeting up to date".to_owned(),
        (jobs::REVOKE, _) => "Hand a connection back to Zoom".to_owned(),
        (jobs::LEAVE, _) => "Finish the end of a connection".to_owned(),
        (jobs::INBOX, _) => "Act on a message from Zoom".to_owned(),
        (jobs::MAIL, Some(to)) => format!("Send a mail to {to}"),
        (jobs::MAIL, None) => "Send a mail".to_owned(),
        (jobs::PROBE, _) => "Ask Zoom how a connection stands".to_owned(),
        (jobs::RECONCILE, _) => "Compare a host’s meetings with Zoom".to_owned(),
        (jobs::FORGET_APP, _) => "Forget the secrets of a removed Zoom app".to_owned(),
        (jobs::RECONCILE_FIX, _) => "Put right what differs in Zoom".to_owned(),
        (jobs::RECONCILE_NIGHT, _) => "Compare every link with Zoom at night".to_owned(),
        (jobs::RETENTION, _) => "Delete what is old enough, at night".to_owned(),
        (other, _) => other.to_owned(),
    };
    views::DeadJob {
        id: job.id.to_string(),
        what,
        href: booking
            .as_ref()
            .map_or_else(String::new, |booking| links::booking(booking.id)),
        about: booking
            .as_ref()
            .map_or_else(|| "–".to_owned(), |booking| booking.title.clone()),
        reason: job.last_error.clone().unwrap_or_default(),
        at: moments.when(job.created_at),
        attempts: u32::try_from(job.attempts).unwrap_or(0),
    }
}

async fn rows(
    web: &Web,
    admin: &Admin,
    mut connections: Vec<Connection>,
    moments: &Moments,
) -> Result<Vec<ConnectionRow>, Failure> {
    connections.sort_by_key(|connection| connection.status == ConnectionStatus::Active);
    let used = limits::usage_of_company(&web.app, &admin.actor).await?;
    let people = people::connected(&web.app, &admin.actor).await?;
    let names: HashMap<_, _> = people.into_iter().map(|p| (p.id, p.name)).collect();
    let row = |connection: Connection| ConnectionRow {
        person: names.get(&connection.person).cloned().unwrap_or_default(),
        href: links::admin_person(connection.person),
        healthy: connection.status == ConnectionStatus::Active,
        since: moments.when(connection.connected_at),
        used: used
            .iter()
            .find(|(user, _)| *user == connection.zoom_user_id)
            .map_or_else(String::new, |(_, usage)| used_today(*usage, moments)),
        account: connection.zoom_email,
    };
    Ok(connections.into_iter().map(row).collect())
}
