//! Passkeys: what they are asked to sign, signing in with one, and one's own in Settings.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::post;
use axum::{Json, Router};
use rooms_app::Failure;
use rooms_app::people::passkeys::{self, Made, Purpose, Shown};
use rooms_app::people::sessions;
use rooms_views::links;
use serde_json::json;

use super::security::{codes_made, prove_first, security_page};
use super::sign_in::{self, again_in, next};
use super::{PageError, id, problems, see_other, see_other_saying};
use crate::limits::{self, TooMany};
use crate::session::{Browser, Caller, Fields, SignedIn};
use crate::state::Web;

/// Passkeys, at sign-in and in Settings.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::PASSKEY_CHALLENGE, post(challenge))
        .route(links::PASSKEY_SIGN_IN, post(enter))
        .route(links::PASSKEYS, post(add))
        .route("/settings/security/passkeys/challenge", post(challenge_new))
        .route("/settings/security/passkeys/{id}/name", post(rename))
        .route("/settings/security/passkeys/{id}/removal", post(remove))
}

/// What a passkey signed, as the form carries it.
pub(super) fn shown(fields: &Fields) -> Shown<'_> {
    Shown {
        credential: fields.get("credential"),
        client_data: fields.get("client_data"),
        authenticator_data: fields.get("authenticator_data"),
        signature: fields.get("signature"),
        user_handle: fields.get("user_handle"),
    }
}

/// Asks this browser for a passkey, whoever it is.
async fn challenge(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    _: Fields,
) -> Result<Response, PageError> {
    let Some(site) = passkeys::site(&web.app) else {
        return Err(PageError::not_found());
    };
    if let Err(TooMany(seconds)) = limits::challenge(&web, browser.address) {
        let words = format!("Too many attempts. Try again {}.", again_in(seconds));
        let mut answer = (axum::http::StatusCode::TOO_MANY_REQUESTS, words).into_response();
        sign_in::retry_after(&mut answer, seconds);
        return Ok(answer);
    }
    let challenge = passkeys::ask(&web.app, Purpose::Prove, &caller.csrf(&web)).await?;
    Ok(Json(json!({ "challenge": challenge, "rp": site.rp_id })).into_response())
}

async fn enter(
    State(web): State<Web>,
    caller: Caller,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let whose = passkeys::whose(&web.app, &caller.csrf(&web), &shown(&fields)).await?;
    let Ok(whose) = whose else {
        return sign_in::no_passkey(&web, &caller, &fields).await;
    };
    let opened = sessions::open(&web.app, whose, &browser.signing_in()).await?;
    sign_in::begin(&web, &caller, opened, next(&fields)).await
}

/// Asks this browser to make a passkey.
async fn challenge_new(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    let Some(site) = passkeys::site(&web.app) else {
        return Err(PageError::not_found());
    };
    match passkeys::ask_for_new(&web.app, &visitor, &caller.csrf(&web)).await {
        Ok((challenge, known)) => {
            let actor = &visitor.actor;
            let asked = json!({
                "challenge": challenge, "rp": site.rp_id, "known": known,
                "user": passkeys::user_handle(actor.person), "email": actor.email, "name": actor.name,
            });
            Ok(Json(asked).into_response())
        }
        Err(failure) => prove_first(failure, links::SECURITY),
    }
}

async fn add(
    State(web): State<Web>,
    signed_in: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let made = Made {
        client_data: fields.get("client_data"),
        authenticator_data: fields.get("authenticator_data"),
        public_key: fields.get("public_key"),
    };
    let (visitor, name) = (&signed_in.visitor, fields.get("name"));
    let browser = signed_in.caller.csrf(&web);
    match passkeys::add(&web.app, visitor, &browser, name, &made).await {
        Ok(codes) => Ok(codes_made(&web, "The passkey is added.", &codes)),
        Err(Failure::Invalid(errors)) => {
            security_page(&web, &signed_in, name, problems(&errors, &[])).await
        }
        Err(other) => prove_first(other, links::SECURITY),
    }
}

async fn rename(
    State(web): State<Web>,
    signed_in: SignedIn,
    Path(passkey): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (visitor, passkey) = (&signed_in.visitor, id(&passkey)?);
    match passkeys::rename(&web.app, visitor, passkey, fields.get("name")).await {
        Ok(()) => Ok(see_other_saying(&web, links::SECURITY, "Saved.")),
        Err(Failure::Invalid(errors)) => {
            let field = format!("name-{passkey}");
            let problems = problems(&errors, &[("name", &field)]);
            security_page(&web, &signed_in, "", problems).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn remove(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(passkey): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    match passkeys::remove(&web.app, &visitor, id(&passkey)?).await {
        Ok(()) => Ok(see_other_saying(
            &web,
            links::SECURITY,
            "The passkey is removed. Delete it on the device, too.",
        )),
        Err(other) => prove_first(other, links::SECURITY),
    }
}

/// Goes back to where a proof was asked for.
pub(super) async fn proven(
    web: &Web,
    signed_in: &SignedIn,
    fields: &Fields,
) -> Result<Option<Response>, PageError> {
    let browser = signed_in.caller.csrf(web);
    let good = passkeys::prove(&web.app, &signed_in.visitor, &browser, &shown(fields)).await?;
    Ok(good.then(|| see_other(next(fields))))
}
