//! The second step of signing in: a code of an app, or a recovery code.

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use rooms_app::people::passkeys;
use rooms_app::people::sign_in::{self, Awaited, Second};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::sign_in::{SecondStepPage, StepNotice};

use super::sign_in::{again_in, begin, next, retry_after};
use super::{PageError, draw, layout, see_other};
use crate::limits::{self, TooMany};
use crate::session::{Browser, Caller, Fields};
use crate::state::Web;

/// The second step.
pub fn router() -> Router<Web> {
    Router::new().route(links::SECOND_STEP, get(show).post(enter))
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let next = next(&asked);
    match awaited(&web, &browser).await? {
        None => Ok(see_other(&links::leading_to(links::SIGN_IN, next))),
        Some(step) => {
            let shown = (StatusCode::OK, StepNotice::None);
            page(&web, &caller, (&step, next), shown).await
        }
    }
}

async fn enter(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let next = next(&fields);
    let Some(step) = awaited(&web, &browser).await? else {
        return Ok(see_other(&links::leading_to(links::SIGN_IN, next)));
    };
    if let Err(TooMany(seconds)) = limits::second_step(&web, step.person) {
        let try_again = again_in(seconds);
        let notice = StepNotice::RateLimited { try_again };
        let shown = (StatusCode::TOO_MANY_REQUESTS, notice);
        let mut answer = page(&web, &caller, (&step, next), shown).await?;
        retry_after(&mut answer, seconds);
        return Ok(answer);
    }
    let token = browser.step.as_deref().unwrap_or_default();
    let code = fields.get("code");
    let refused = |notice| (StatusCode::UNPROCESSABLE_ENTITY, notice);
    match sign_in::second(&web.app, token, code, &browser.signing_in()).await? {
        Second::Open(opened) => begin(&web, &caller, opened, next).await,
        Second::Wrong => page(&web, &caller, (&step, next), refused(StepNotice::Wrong)).await,
        Second::Expired => page(&web, &caller, (&step, next), refused(StepNotice::Expired)).await,
    }
}

/// Whose second factor this browser waits for.
async fn awaited(web: &Web, browser: &Browser) -> Result<Option<Awaited>, PageError> {
    match &browser.step {
        Some(token) => Ok(sign_in::awaited(&web.app, token).await?),
        None => Ok(None),
    }
}

async fn page(
    web: &Web,
    caller: &Caller,
    (step, next): (&Awaited, &str),
    (status, notice): (StatusCode, StepNotice),
) -> Result<Response, PageError> {
    let page = SecondStepPage {
        layout: layout(web, caller, "Sign in", Nav::SignIn).await?,
        notice: if step.expired {
            StepNotice::Expired
        } else {
            notice
        },
        next: next.to_owned(),
        code_app: step.code_app,
        passkeys: step.passkeys && passkeys::site(&web.app).is_some(),
    };
    Ok(draw(status, &page))
}
