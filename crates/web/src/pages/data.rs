//! Settings, Your data: what is held on a person, as a file too, and asking to have it deleted.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use rooms_app::Failure;
use rooms_app::data::person;
use rooms_app::data::requests::{self, RequestState};
use rooms_views::data::{HeldRow, OpenRequest, OwnDataPage, RefusedRequest};
use rooms_views::layout::Nav;
use rooms_views::links;

use super::moments::Moments;
use super::{PageError, draw, layout, see_other, see_other_saying};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

const ASKED: &str = "Your request is with the admins of your company.";
const WITHDRAWN: &str = "Your request is taken back. Nothing was deleted.";

/// The page, the file, and the request.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::OWN_DATA, get(show))
        .route("/settings/data/download", get(download))
        .route("/settings/data/request", get(to_page).post(ask))
        .route("/settings/data/withdrawal", post(withdraw))
}

async fn to_page() -> Response {
    see_other(links::OWN_DATA)
}

async fn show(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let moments = Moments::of(&web, actor).await?;
    let held = person::held(&web.app, actor).await?;
    let own = requests::own(&web.app, actor).await?;
    let open = own.iter().find(|r| r.state == RequestState::Open);
    let refused = own.first().filter(|r| r.state == RequestState::Refused);
    let said = caller.said();
    let counts = held.kinds.iter().map(|(kind, all)| (*kind, all.len()));
    let page = OwnDataPage {
        rows: rows(counts),
        open: open.map(|request| OpenRequest {
            asked: moments.when(request.asked_at),
            due: moments.when(request.due_at),
        }),
        refused: refused.map(|request| RefusedRequest {
            answered: moments.when(request.answered_at.unwrap_or(request.asked_at)),
            reply: request.reply.clone().unwrap_or_default(),
        }),
        done: if [ASKED, WITHDRAWN].contains(&said) {
            said.to_owned()
        } else {
            String::new()
        },
        layout: layout(&web, &caller, "Your data", Nav::Settings).await?,
    };
    Ok(draw(StatusCode::OK, &page))
}

/// Kinds of data in words, with how many there are; your own row goes without saying.
pub(super) fn rows(counts: impl Iterator<Item = (&'static str, usize)>) -> Vec<HeldRow> {
    counts
        .map(|(kind, count)| HeldRow {
            words: words(kind).to_owned(),
            count,
        })
        .collect()
}

pub(super) fn words(kind: &str) -> &str {
    match kind {
        "profile" => "Name, address and role",
        "bookings" => "Bookings made",
        "invited_to" => "Bookings of others with this address",
        "connections" => "Connections to Zoom",
        "meetings" => "Zoom meetings hosted",
        "sessions" => "Devices signed in",
        "browsers" => "Browsers known from sign-ins",
        "second_factors" => "Code app, recovery codes, passkeys",
        "code_apps" => "Code app",
        "recovery_codes" => "Recovery codes",
        "passkeys" => "Passkeys",
        "second_steps" => "Sign-ins under way",
        "tokens" => "API tokens",
        "invitations" => "Invitations to sign in",
        "groups" => "Groups you are in",
        "permission_requests" => "Requests to connect apps",
        "notices" => "Notices",
        "history" => "Entries of histories",
        "audit" => "Entries of the audit",
        "requests" => "Requests about data",
        "past_bookings" => "Titles and guests of past bookings",
        "letters" => "Mails on their way",
        "connection_attempts" => "Ways to Zoom left open",
        "connection_names" => "Names of connections",
        other => other,
    }
}

async fn download(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
) -> Result<Response, PageError> {
    let document = person::download(&web.app, &visitor.actor).await?;
    Ok(file("application/json", "your-data.json", document))
}

/// A file to keep, which no cache keeps.
pub(super) fn file(kind: &'static str, name: &str, text: String) -> Response {
    let headers = [
        (header::CONTENT_TYPE, kind.to_owned()),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{name}\""),
        ),
        (header::CACHE_CONTROL, "no-store".to_owned()),
    ];
    (headers, text).into_response()
}

async fn ask(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    match requests::ask(&web.app, &visitor.actor).await {
        // Asked twice is asked.
        Ok(()) | Err(Failure::Conflict(_)) => Ok(see_other_saying(&web, links::OWN_DATA, ASKED)),
        Err(other) => Err(other.into()),
    }
}

async fn withdraw(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    requests::withdraw(&web.app, &visitor.actor).await?;
    Ok(see_other_saying(&web, links::OWN_DATA, WITHDRAWN))
}
