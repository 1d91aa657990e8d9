//! Our links beside each host's meetings in Zoom: compare, see what differs, put it right.

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::Stream;
use rooms_app::zoom::reconcile::{self, Counts, Finding, Overview, Run};
use rooms_app::{Change, Failure};
use rooms_core::CompanyId;
use rooms_core::reconciliation::{FindingKind, FindingState};
use rooms_views::admin::{FindingRow, Part, ReconciliationPage, RunFacts, UnreachableRow};
use rooms_views::layout::{Nav, Tone};
use rooms_views::links;

use super::{Admin, moves, saying};
use crate::pages::moments::Moments;
use crate::pages::{PageError, draw, id, layout, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_RECONCILIATION, get(show))
        .route("/admin/reconciliation/runs", post(start))
        .route("/admin/reconciliation/fixes", post(fix_all))
        .route("/admin/reconciliation/findings/{id}/fix", post(fix))
        .route(
            "/admin/reconciliation/findings/{id}/acceptance",
            post(leave),
        )
        .route("/admin/reconciliation/events", get(events))
}

async fn show(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let moments = Moments::of(&web, &admin.actor).await?;
    let Overview {
        configured,
        run,
        unreachable,
        counts,
        open,
        fixing,
        left,
        fixed,
    } = reconcile::overview(&web.app, &admin.actor).await?;
    let part = |state, found: Vec<Finding>| part(&counts, state, found, &moments);
    let intentions = counts.by_kind(FindingState::Open);
    let page = ReconciliationPage {
        layout: layout(&web, &admin.caller, "Reconciliation", Nav::Admin).await?,
        zoom_configured: configured,
        run: run.map(|run| facts(&run, &moments)),
        intentions: intentions
            .map(|(kind, number)| reconcile::intention(kind, number))
            .collect(),
        open: part(FindingState::Open, open),
        fixing: part(FindingState::Fixing, fixing),
        left: part(FindingState::Left, left),
        fixed: part(FindingState::Fixed, fixed),
        unreachable: unreachable
            .into_iter()
            .map(|host| UnreachableRow {
                host: host.email,
                person: host.person,
                why: host.why,
            })
            .collect(),
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

fn facts(run: &Run, moments: &Moments) -> RunFacts {
    let whose = match (&run.asked_by, run.nightly) {
        (Some(name), _) => format!("asked for by {name}"),
        (None, true) => "by itself at night".to_owned(),
        (None, false) => "from the command line".to_owned(),
    };
    RunFacts {
        id: run.id.to_string(),
        running: run.finished_at.is_none(),
        began: moments.when(run.started_at),
        whose,
        hosts: run.hosts,
        hosts_done: run.hosts_done,
        meetings: run.meetings,
    }
}

fn part(counts: &Counts, state: FindingState, found: Vec<Finding>, moments: &Moments) -> Part {
    Part {
        all: counts.of(state),
        rows: found.into_iter().map(|f| row(f, moments)).collect(),
    }
}

fn row(finding: Finding, moments: &Moments) -> FindingRow {
    let (kind, tone, icon) = match finding.kind {
        FindingKind::Missing => ("Missing in Zoom", Tone::Bad, "failed"),
        FindingKind::WrongHost => ("Wrong host", Tone::Warn, "person"),
        FindingKind::WrongTime => ("Wrong time", Tone::Warn, "clock"),
        FindingKind::WrongTopic => ("Wrong title", Tone::Warn, "warn"),
        FindingKind::Doubled => ("Second meeting", Tone::Warn, "copy"),
        FindingKind::Orphaned => ("No booking", Tone::Warn, "detached"),
    };
    let by = finding.changed_by.map(|name| format!(" by {name}"));
    let changed = match finding.state {
        FindingState::Fixed | FindingState::Left => {
            let when = moments.words(finding.changed_at);
            format!("{when}{}", by.unwrap_or_default())
        }
        FindingState::Open | FindingState::Fixing | FindingState::Gone => String::new(),
    };
    FindingRow {
        id: finding.id.to_string(),
        title: finding.title,
        href: finding.booking.map(links::booking).unwrap_or_default(),
        host: finding.host,
        kind,
        tone,
        icon,
        differs: finding.differs,
        remedy: reconcile::remedy(finding.kind),
        trouble: finding.trouble.unwrap_or_default(),
        changed,
    }
}

fn back(web: &Web, words: &str) -> Response {
    see_other_saying(
        web,
        links::ADMIN_RECONCILIATION,
        &saying(&[("done", words)]),
    )
}

async fn start(State(web): State<Web>, admin: Admin, _: Fields) -> Result<Response, PageError> {
    let said = match reconcile::start(&web.app, &admin.actor).await {
        Ok(_) => "",
        Err(Failure::Conflict(_)) => "Zoom is not set up yet.",
        Err(failure) => return Err(failure.into()),
    };
    Ok(back(&web, said))
}

async fn fix_all(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let run = id(fields.get("run"))?;
    let said = match reconcile::fix_all(&web.app, &admin.actor, run).await {
        Ok(_) => "",
        Err(Failure::Stale) => "It was compared again meanwhile. This is what differs now.",
        Err(failure) => return Err(failure.into()),
    };
    Ok(back(&web, said))
}

async fn fix(
    State(web): State<Web>,
    admin: Admin,
    Path(finding): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    reconcile::fix(&web.app, &admin.actor, id(&finding)?).await?;
    Ok(back(&web, ""))
}

async fn leave(
    State(web): State<Web>,
    admin: Admin,
    Path(finding): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    reconcile::leave(&web.app, &admin.actor, id(&finding)?).await?;
    Ok(back(&web, ""))
}

/// Says `changed` whenever a comparison or a fix goes on.
async fn events(
    State(web): State<Web>,
    admin: Admin,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let company: CompanyId = admin.actor.company;
    moves(&web, move |change| {
        change == Change::Reconciliation(company)
    })
}
