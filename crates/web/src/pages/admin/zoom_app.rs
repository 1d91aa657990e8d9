//! The company's own app at Zoom: entering it, checking it, using it, removing it.

use std::convert::Infallible;

use axum::Router;
use axum::extract::State;
use axum::response::Response;
use axum::response::sse::{Event, Sse};
use axum::routing::{get, post};
use futures_util::Stream;
use rooms_app::zoom::apps::check::{Finding, Verdict, What};
use rooms_app::zoom::apps::manifest::EVENTS;
use rooms_app::zoom::apps::own::{self, AppState, Heard, Own, Typed};
use rooms_app::{Change, Failure};
use rooms_core::FieldErrors;
use rooms_core::connection::ZOOM_SCOPES;
use rooms_views::admin::{CheckRow, OwnZoomApp, ZoomAppPage};
use rooms_views::layout::{Nav, Tone};
use rooms_views::links;
use rooms_views::parts::{Problems, When};

use super::{Admin, moves, saying};
use crate::pages::data::file;
use crate::pages::moments::Moments;
use crate::pages::settings::status;
use crate::pages::{PageError, draw, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    let at = |what: &str| format!("{}/{what}", links::ADMIN_ZOOM_APP);
    Router::new()
        .route(links::ADMIN_ZOOM_APP, get(show).post(begin))
        .route(&at("manifest.json"), get(manifest))
        .route(&at("events"), get(events))
        .route(&at("credentials"), post(enter))
        .route(&at("checks"), post(check))
        .route(&at("use"), post(put_to_use))
        .route(&at("client-secret"), post(replace_secret))
        .route(&at("webhook-secret"), post(rotate))
        .route(&at("earlier-webhook-secret/removal"), post(end_rotation))
        .route(&at("removal"), post(remove))
}

async fn show(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    page(&web, &admin, None, Problems::none()).await
}

/// The page, with a client id as it was typed where that was refused.
async fn page(
    web: &Web,
    admin: &Admin,
    typed: Option<&str>,
    problems: Problems,
) -> Result<Response, PageError> {
    let overview = own::overview(&web.app, &admin.actor).await?;
    let moments = Moments::of(web, &admin.actor).await?;
    let mut own = overview.own.map(|own| shown(own, &moments));
    if let (Some(own), Some(typed)) = (&mut own, typed) {
        typed.clone_into(&mut own.client_id);
    }
    let answer = status(&problems);
    let page = ZoomAppPage {
        layout: layout(web, &admin.caller, "Zoom app", Nav::Admin).await?,
        own,
        operators: overview.operators,
        through_operators: overview.through_operators,
        problems,
        done: admin.done(),
        not_done: admin.said("not"),
    };
    Ok(draw(answer, &page))
}

fn shown(own: Own, moments: &Moments) -> OwnZoomApp {
    let when = |at: Option<_>| at.map(|at| moments.when(at));
    let accepted = |what| {
        let mut found = own.findings.iter();
        found.any(|f| f.what == what && f.verdict == Verdict::Ok)
    };
    OwnZoomApp {
        used: when(own.used_at).filter(|_| own.state == AppState::Active),
        usable: accepted(What::Secret) && accepted(What::Redirect),
        checks: own
            .findings
            .iter()
            .map(|finding| row(finding, &own.heard, moments))
            .collect(),
        checked: when(own.checked_at),
        heard: when(own.heard.heard_at),
        two_secrets_since: when(own.webhook_secret_at).filter(|_| own.two_webhook_secrets),
        client_id: own.client_id,
        entered: own.entered,
        redirect: own.values.redirect,
        webhook: own.values.webhook,
        events: EVENTS.map(|(_, words)| words).to_vec(),
        scopes: ZOOM_SCOPES.map(|(scope, _)| scope).to_vec(),
        connections: own.connections,
        links: own.links,
    }
}

fn row(finding: &Finding, heard: &Heard, moments: &Moments) -> CheckRow {
    let at: Option<When> = match finding.what {
        What::Webhook => heard.challenged_at.map(|at| moments.when(at)),
        What::Scopes => heard.granted.as_ref().map(|(_, at)| moments.when(*at)),
        What::Secret | What::Redirect | What::Clock | What::Server | What::Domain => None,
    };
    CheckRow {
        what: finding.what.title(),
        verdict: match finding.verdict {
            Verdict::Ok => (Tone::Ok, "free", "Right"),
            Verdict::ToDo => (Tone::Warn, "warn", "To do"),
            Verdict::Unknown => (Tone::Off, "clock", "Not known yet"),
        },
        says: finding.says.clone(),
        at,
    }
}

/// Back to the page with a sentence, or the page as it is with what needs a change.
async fn answered(
    web: &Web,
    admin: &Admin,
    came: Result<String, Failure>,
    typed: Option<&str>,
) -> Result<Response, PageError> {
    let back = |name, words: &str| {
        let said = saying(&[(name, words)]);
        Ok(see_other_saying(web, links::ADMIN_ZOOM_APP, &said))
    };
    match came {
        Ok(done) => back("done", &done),
        Err(Failure::Invalid(FieldErrors(errors))) => {
            let wrong = problems(&FieldErrors(errors), &[]);
            page(web, admin, typed, wrong).await
        }
        Err(Failure::Stale) => back(
            "not",
            "It was changed meanwhile. This is how it stands now.",
        ),
        Err(Failure::Conflict(why)) => back("not", &sentence(why)),
        Err(other) => Err(other.into()),
    }
}

/// A reason as a sentence.
fn sentence(why: &str) -> String {
    let mut letters = why.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    let words: String = first.chain(letters).collect();
    format!("{words}.")
}

async fn begin(State(web): State<Web>, admin: Admin, _: Fields) -> Result<Response, PageError> {
    let came = own::begin(&web.app, &admin.actor).await;
    answered(&web, &admin, came.map(|()| String::new()), None).await
}

async fn enter(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = Typed {
        client_id: fields.get("client_id").to_owned(),
        client_secret: fields.get("client_secret").to_owned(),
        webhook_secret: fields.get("webhook_secret").to_owned(),
    };
    let came = own::enter(&web.app, &admin.actor, &typed).await;
    let done = came.map(|()| "Stored, and checked with Zoom. This is what came of it.".to_owned());
    answered(&web, &admin, done, Some(&typed.client_id)).await
}

async fn check(State(web): State<Web>, admin: Admin, _: Fields) -> Result<Response, PageError> {
    let came = own::check(&web.app, &admin.actor).await;
    answered(
        &web,
        &admin,
        came.map(|()| "Checked with Zoom.".to_owned()),
        None,
    )
    .await
}

async fn put_to_use(
    State(web): State<Web>,
    admin: Admin,
    _: Fields,
) -> Result<Response, PageError> {
    let came = own::put_to_use(&web.app, &admin.actor).await;
    let done = came.map(|()| "From now on people connect Zoom through your own app.".to_owned());
    answered(&web, &admin, done, None).await
}

async fn replace_secret(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = fields.get("client_secret");
    let came = own::replace_secret(&web.app, &admin.actor, typed).await;
    let done = came.map(|()| "Zoom accepts the new client secret. It is in use.".to_owned());
    answered(&web, &admin, done, None).await
}

async fn rotate(
    State(web): State<Web>,
    admin: Admin,
    fields: Fields,
) -> Result<Response, PageError> {
    let typed = fields.get("webhook_secret");
    let came = own::rotate_webhook_secret(&web.app, &admin.actor, typed).await;
    let done = came.map(|()| "The new webhook secret holds beside the one before.".to_owned());
    answered(&web, &admin, done, None).await
}

async fn end_rotation(
    State(web): State<Web>,
    admin: Admin,
    _: Fields,
) -> Result<Response, PageError> {
    let came = own::end_rotation(&web.app, &admin.actor).await;
    let done = came.map(|()| "Only the present webhook secret holds now.".to_owned());
    answered(&web, &admin, done, None).await
}

async fn remove(State(web): State<Web>, admin: Admin, _: Fields) -> Result<Response, PageError> {
    let came = own::remove(&web.app, &admin.actor).await;
    let done = came.map(|ended| match ended {
        0 => "Your own app is removed here.".to_owned(),
        1 => "Your own app is removed here, and 1 connection ended.".to_owned(),
        ended => format!("Your own app is removed here, and {ended} connections ended."),
    });
    answered(&web, &admin, done, None).await
}

/// Zoom's app manifest with the addresses of the company's own app.
async fn manifest(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let overview = own::overview(&web.app, &admin.actor).await?;
    let own = overview.own.ok_or_else(PageError::not_found)?;
    let manifest =
        serde_json::to_string_pretty(&own.values.manifest(rooms_app::zoom::apps::manifest::NAME))
            .unwrap_or_default();
    let name = "oneclickrooms-zoom-app.json";
    Ok(file("application/json", name, manifest))
}

/// Says `changed` whenever the company's own app does, or something is heard of it.
async fn events(
    State(web): State<Web>,
    admin: Admin,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    let overview = own::overview(&web.app, &admin.actor).await?;
    let id = overview.own.ok_or_else(PageError::not_found)?.id;
    Ok(moves(&web, move |change| change == Change::ZoomApp(id)))
}
