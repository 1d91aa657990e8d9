//! How people come into Zoom meetings: a person's own choice, and the company's rule.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use rooms_app::zoom::promises::{self, Promises};
use rooms_core::meeting::{Promise, Recording};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::settings::{CompanyPromisePage, OwnPromisePage};

use super::admin::Admin;
use super::{PageError, draw, layout, see_other_saying};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

const SAVED: &str = "saved";

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::OWN_PROMISE, get(own).post(choose))
        .route(links::COMPANY_PROMISE, get(company).post(rule))
}

/// What a form says; a box that is not ticked is not sent.
fn typed(fields: &Fields) -> Promise {
    let on = |name| fields.get(name) == "on";
    Promise {
        waiting_room: on("waiting_room"),
        passcode: on("passcode"),
        join_before_host: on("join_before_host"),
        mute_upon_entry: on("mute_upon_entry"),
        recording: Recording::parse(fields.get("recording")).unwrap_or(Recording::None),
    }
}

/// A promise in a sentence.
fn sentence(promise: Promise) -> String {
    let parts = [
        if promise.waiting_room {
            "With a waiting room"
        } else {
            "Without a waiting room"
        },
        if promise.passcode {
            "a passcode"
        } else {
            "no passcode"
        },
        if promise.join_before_host {
            "open before the host"
        } else {
            "closed until the host is there"
        },
        if promise.mute_upon_entry {
            "muted on arrival"
        } else {
            "not muted"
        },
        match promise.recording {
            Recording::None => "not recorded",
            Recording::Local => "recorded on the host’s computer",
            Recording::Cloud => "recorded in Zoom’s cloud",
        },
    ];
    format!("{}.", parts.join(", "))
}

async fn own(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let Promises { company, own } = promises::get(&web.app, &visitor.actor).await?;
    let page = OwnPromisePage {
        layout: layout(&web, &caller, "Zoom meetings", Nav::Settings).await?,
        follows: own.is_none(),
        promise: own.unwrap_or(company),
        company_words: sentence(company),
        saved: caller.said() == SAVED,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn choose(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let own = (fields.get("whose") == "own").then(|| typed(&fields));
    promises::choose(&web.app, &visitor.actor, own).await?;
    Ok(see_other_saying(&web, links::OWN_PROMISE, SAVED))
}

async fn company(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let page = CompanyPromisePage {
        layout: layout(&web, &admin.caller, "How people come in", Nav::Admin).await?,
        promise: promises::get(&web.app, &admin.actor).await?.company,
        saved: admin.caller.said() == SAVED,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn rule(State(web): State<Web>, admin: Admin, fields: Fields) -> Result<Response, PageError> {
    promises::rule(&web.app, &admin.actor, typed(&fields)).await?;
    Ok(see_other_saying(&web, links::COMPANY_PROMISE, SAVED))
}
