//! An invitation's link: a password is set with it, once.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use rooms_app::Failure;
use rooms_app::people::invitations;
use rooms_views::invitation::{InvitationEnd, InvitationEndedPage, InvitationPage};
use rooms_views::layout::Nav;
use rooms_views::parts::Problems;

use super::moments::Moments;
use super::settings::{not_repeated, status};
use super::{PageError, draw, layout, problems, sign_in};
use crate::session::{Browser, Caller, Fields};
use crate::state::Web;

/// Where invitations lead.
pub fn router() -> Router<Web> {
    Router::new().route("/invitations/{token}", get(show).post(accept))
}

async fn show(
    State(web): State<Web>,
    caller: Caller,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    page(&web, &caller, &token, Problems::none()).await
}

async fn accept(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let password = fields.get("password");
    let accepted = if fields.all("repeat").any(|repeat| repeat != password) {
        Err(not_repeated().into())
    } else {
        invitations::accept(&web.app, &token, password).await
    };
    match accepted {
        Ok(whose) => sign_in::let_in(&web, &caller, &browser, whose).await,
        Err(Failure::Invalid(errors)) => page(&web, &caller, &token, problems(&errors, &[])).await,
        Err(Failure::Conflict(_) | Failure::NotFound(_)) => {
            page(&web, &caller, &token, Problems::none()).await
        }
        Err(other) => Err(other.into()),
    }
}

/// The form while the link works, else what became of it.
async fn page(
    web: &Web,
    caller: &Caller,
    token: &str,
    problems: Problems,
) -> Result<Response, PageError> {
    let Some(invitation) = invitations::look(&web.app, token).await? else {
        return ended(web, caller, StatusCode::NOT_FOUND, InvitationEnd::Unknown).await;
    };
    if invitation.used_at.is_some() {
        return ended(web, caller, StatusCode::GONE, InvitationEnd::Used).await;
    }
    if invitation.expires_at <= web.app.now() {
        return ended(web, caller, StatusCode::GONE, InvitationEnd::Expired).await;
    }
    let status = status(&problems);
    let page = InvitationPage {
        layout: layout(web, caller, "Welcome", Nav::SignIn).await?,
        action: format!("/invitations/{token}"),
        company: invitation.company_name,
        name: invitation.name,
        email: invitation.email,
        recovers: invitation.recovers.map(|recovery| recovery.removes_factors),
        good_until: Moments::unknown(web).words(invitation.expires_at),
        problems,
    };
    Ok(draw(status, &page))
}

async fn ended(
    web: &Web,
    caller: &Caller,
    status: StatusCode,
    ended: InvitationEnd,
) -> Result<Response, PageError> {
    let page = InvitationEndedPage {
        layout: layout(web, caller, "Invitation", Nav::SignIn).await?,
        ended,
        ask_email: web.app.support_email().to_owned(),
    };
    Ok(draw(status, &page))
}
