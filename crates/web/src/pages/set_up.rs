//! The first run: while there is no company, a one-time code opens the form that makes one.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use rooms_app::companies::{self, FirstRoom, Founded, NewCompany};
use rooms_app::{Failure, secret};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;
use rooms_views::set_up::{SetUpDonePage, SetUpPage, SetUpTyped};
use subtle::ConstantTimeEq as _;

use super::{PageError, admin, draw, layout, problems, sign_in};
use crate::session::{Browser, Caller, Fields};
use crate::state::Web;

/// The zone that is chosen before somebody chooses.
const FIRST_ZONE: &str = "Europe/Zurich";
/// How the use case calls the fields, and how the form does.
const NAMES: [(&str, &str); 3] = [
    ("name", "company"),
    ("admin_name", "name"),
    ("site_name", "site"),
];

/// The first run.
pub fn router() -> Router<Web> {
    Router::new().route(links::SET_UP, get(show).post(found))
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    if !is_open(&web).await? {
        return done(&web, &caller).await;
    }
    let typed = Fields::parse(query.unwrap_or_default().as_bytes());
    page(&web, &caller, &typed, (StatusCode::OK, Problems::none())).await
}

async fn found(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    if !is_open(&web).await? {
        return done(&web, &caller).await;
    }
    if !is_the_code(&web, fields.get("code")) {
        let wrong = "This is not the code. The newest one is where the server was started.";
        let problems = Problems::none().with("code", wrong);
        return page(&web, &caller, &fields, (StatusCode::FORBIDDEN, problems)).await;
    }
    match make(&web, &fields).await {
        Ok(founded) => {
            let whose = (founded.company, founded.admin);
            sign_in::let_in(&web, &caller, &browser, whose).await
        }
        Err(Failure::Invalid(errors)) => {
            let refused = (StatusCode::UNPROCESSABLE_ENTITY, problems(&errors, &NAMES));
            page(&web, &caller, &fields, refused).await
        }
        // Somebody was quicker.
        Err(Failure::Conflict(_)) => done(&web, &caller).await,
        Err(other) => Err(other.into()),
    }
}

/// Whether there is a code, and no company yet.
async fn is_open(web: &Web) -> Result<bool, Failure> {
    Ok(web.options.set_up_code.is_some() && companies::is_empty(&web.app).await?)
}

fn is_the_code(web: &Web, sent: &str) -> bool {
    let hash = |code: &str| secret::hash(code.trim().as_bytes());
    let known = web.options.set_up_code.as_deref();
    known.is_some_and(|known| bool::from(hash(known).ct_eq(&hash(sent))))
}

async fn make(web: &Web, fields: &Fields) -> Result<Founded, Failure> {
    let sent = |name| fields.get(name).to_owned();
    let new = NewCompany {
        name: sent("company"),
        time_zone: sent("time_zone"),
        admin_email: sent("email"),
        admin_name: Some(sent("name")),
        admin_password: sent("password"),
        site_name: Some(sent("site")),
        first_room: Some(FirstRoom {
            name: sent("room"),
            capacity: fields.get("capacity").trim().parse().unwrap_or(0),
            equipment: fields.all("equipment").map(str::to_owned).collect(),
        }),
    };
    companies::set_up(&web.app, new).await
}

async fn done(web: &Web, caller: &Caller) -> Result<Response, PageError> {
    let layout = layout(web, caller, "Already set up", Nav::SignIn).await?;
    Ok(draw(StatusCode::NOT_FOUND, &SetUpDonePage { layout }))
}

async fn page(
    web: &Web,
    caller: &Caller,
    fields: &Fields,
    (status, problems): (StatusCode, Problems),
) -> Result<Response, PageError> {
    let typed = |name| fields.get(name).to_owned();
    let equipment: Vec<String> = fields.all("equipment").map(str::to_owned).collect();
    let zone = Some(fields.get("time_zone")).filter(|zone| !zone.is_empty());
    let page = SetUpPage {
        layout: layout(web, caller, "Set up", Nav::SignIn).await?,
        typed: SetUpTyped {
            code: typed("code"),
            name: typed("name"),
            email: typed("email"),
            company: typed("company"),
            site: typed("site"),
            room: typed("room"),
            capacity: typed("capacity"),
        },
        zones: admin::zones(zone.unwrap_or(FIRST_ZONE)),
        equipment: admin::equipment(&[], &equipment),
        problems,
    };
    Ok(draw(status, &page))
}
