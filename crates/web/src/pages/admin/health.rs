//! How the integration is doing: connections, links, and work that was given up.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::{DeadJob, Failure, jobs, people, zoom};
use rooms_core::booking::Booking;
use rooms_core::connection::{Connection, ConnectionStatus};

use super::{Admin, saying};
use crate::links;
use crate::pages::moments::Moments;
use crate::pages::{PageError, draw, id, layout, see_other_saying};
use crate::session::Fields;
use crate::state::Web;
use crate::views::admin::{self as views, ConnectionRow, HealthFigures, HealthPage};
use crate::views::layout::Nav;

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
        zoom_configured: web.app.zoom().is_some(),
        figures: figures(&web, &admin, &connections).await?,
        dead: dead
            .iter()
            .map(|(job, booking)| given_up(job, booking.as_ref(), &moments))
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

fn given_up(job: &DeadJob, booking: Option<&Booking>, moments: &Moments) -> views::DeadJob {
    let what = match job.kind.as_str() {
        jobs::MEETING => "Bring the Zoom meeting up to date",
        jobs::REVOKE => "Hand a connection back to Zoom",
        jobs::INBOX => "Act on a message from Zoom",
        jobs::MAIL => "Send a mail",
        other => other,
    };
    views::DeadJob {
        id: job.id.to_string(),
        what: what.to_owned(),
        href: booking.map_or_else(String::new, |booking| links::booking(booking.id)),
        about: booking.map_or_else(|| "–".to_owned(), |booking| booking.title.clone()),
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
    let mut rows = Vec::new();
    for connection in connections {
        let person = people::get(&web.app, &admin.actor, connection.person).await?;
        rows.push(ConnectionRow {
            person: person.name,
            href: links::admin_person(person.id),
            healthy: connection.status == ConnectionStatus::Active,
            since: moments.when(connection.connected_at),
            account: connection.zoom_email,
        });
    }
    Ok(rows)
}
