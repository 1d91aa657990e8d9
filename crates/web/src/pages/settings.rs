//! Settings of one person: name and password, devices, tokens for the API.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::people::{self, sessions, sign_in, tokens};
use rooms_app::{ApiToken, Failure, Session, companies};
use rooms_core::{FieldErrors, SessionId, text};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;
use rooms_views::settings::{self as views, DevicesPage, TokensPage, YouPage, YouSaved};

use super::moments::Moments;
use super::{PageError, draw, id, layout, problems, see_other, see_other_saying};
use crate::pages::sign_in::SIGNED_OUT_EVERYWHERE;
use crate::session::{self, Browser, Caller, Fields, SignedIn};
use crate::state::Web;

const NAME_SAVED: &str = "name saved";
const PASSWORD_CHANGED: &str = "password changed";
const DEVICE_REMOVED: &str = "device signed out";
const OTHERS_REMOVED: &str = "other devices signed out";
const TOKEN_REVOKED: &str = "token revoked";

/// The pages of Settings beside Connect Apps.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::SETTINGS, get(you))
        .route("/settings/profile", get(to_you).post(rename))
        .route("/settings/password", get(to_you).post(change_password))
        .route(links::DEVICES, get(devices))
        .route("/settings/devices/{id}/removal", post(sign_out_there))
        .route("/settings/devices/removal", post(sign_out_everywhere))
        .route("/settings/devices/others/removal", post(sign_out_others))
        .route(links::TOKENS, get(list_tokens).post(issue))
        .route("/settings/tokens/{id}/revocation", post(revoke))
}

/// A form that was refused stays at its own address; opened anew, it is on the page of Settings.
async fn to_you() -> Response {
    see_other(links::SETTINGS)
}

async fn you(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, PageError> {
    let name = signed_in.visitor.actor.name.clone();
    you_page(&web, &signed_in, name, Problems::none()).await
}

async fn rename(
    State(web): State<Web>,
    signed_in: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let name = fields.get("name");
    match people::rename(&web.app, &signed_in.visitor.actor, name).await {
        Ok(()) => Ok(see_other_saying(&web, links::SETTINGS, NAME_SAVED)),
        Err(Failure::Invalid(errors)) => {
            you_page(&web, &signed_in, name.to_owned(), problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn change_password(
    State(web): State<Web>,
    signed_in: SignedIn,
    browser: Browser,
    fields: Fields,
) -> Result<Response, PageError> {
    let (now, new) = (fields.get("current"), fields.get("password"));
    let actor = &signed_in.visitor.actor;
    let done = if fields.all("repeat").any(|repeat| repeat != new) {
        Err(not_repeated().into())
    } else {
        sign_in::change_password(&web.app, actor, now, new, &browser.signing_in()).await
    };
    let names = [("password", "current"), ("new_password", "password")];
    match done {
        Ok(opened) => {
            let mut answer = see_other_saying(&web, links::SETTINGS, PASSWORD_CHANGED);
            session::open(&web, opened, &mut answer);
            Ok(answer)
        }
        Err(Failure::Invalid(errors)) => {
            let name = actor.name.clone();
            you_page(&web, &signed_in, name, problems(&errors, &names)).await
        }
        Err(other) => Err(other.into()),
    }
}

/// What is wrong when a new password was typed in two ways.
pub(super) fn not_repeated() -> FieldErrors {
    let words = "The two are not the same. Type both once more.";
    FieldErrors::one("repeat", "different", words)
}

async fn you_page(
    web: &Web,
    SignedIn { visitor, caller }: &SignedIn,
    name: String,
    problems: Problems,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let role = if actor.is_admin() {
        "Company admin"
    } else {
        "Officer"
    };
    let status = status(&problems);
    let page = YouPage {
        layout: layout(web, caller, "Settings", Nav::Settings).await?,
        name,
        email: actor.email.clone(),
        role: role.to_owned(),
        company: companies::get(&web.app, actor).await?.name,
        saved: match caller.said() {
            NAME_SAVED => YouSaved::Profile,
            PASSWORD_CHANGED => YouSaved::Password,
            _ => YouSaved::Nothing,
        },
        problems,
    };
    Ok(draw(status, &page))
}

/// The status of a page with a form: as asked, or with something that needs a change.
pub(super) fn status(problems: &Problems) -> StatusCode {
    if problems.is_empty() {
        StatusCode::OK
    } else {
        StatusCode::UNPROCESSABLE_ENTITY
    }
}

async fn devices(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let moments = Moments::of(&web, &visitor.actor).await?;
    let mut open = sessions::open_sessions(&web.app, &visitor.actor).await?;
    open.sort_by_key(|session| session.id != visitor.session);
    let page = DevicesPage {
        layout: layout(&web, &caller, "Devices", Nav::Settings).await?,
        devices: open
            .iter()
            .map(|session| device(session, visitor.session, &moments))
            .collect(),
        done: match caller.said() {
            DEVICE_REMOVED => "That device is signed out.",
            OTHERS_REMOVED => "Every other device is signed out.",
            _ => "",
        },
    };
    Ok(draw(StatusCode::OK, &page))
}

fn device(session: &Session, current: SessionId, moments: &Moments) -> views::Device {
    views::Device {
        id: session.id.to_string(),
        name: text::browser(&session.user_agent),
        signed_in: moments.when(session.created_at),
        last_seen: moments.when(session.seen_at),
        current: session.id == current,
    }
}

async fn sign_out_there(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(device): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    sessions::sign_out(&web.app, &visitor.actor, id(&device)?).await?;
    Ok(see_other_saying(&web, links::DEVICES, DEVICE_REMOVED))
}

async fn sign_out_everywhere(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    sessions::sign_out_everywhere(&web.app, &visitor.actor).await?;
    let mut answer = see_other_saying(&web, links::SIGN_IN, SIGNED_OUT_EVERYWHERE);
    session::close(&web, &mut answer);
    Ok(answer)
}

async fn sign_out_others(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    sessions::sign_out_others(&web.app, &visitor).await?;
    Ok(see_other_saying(&web, links::DEVICES, OTHERS_REMOVED))
}

async fn list_tokens(State(web): State<Web>, signed_in: SignedIn) -> Result<Response, PageError> {
    tokens_page(&web, &signed_in, String::new(), Problems::none()).await
}

async fn issue(
    State(web): State<Web>,
    signed_in: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let name = fields.get("name");
    match tokens::issue(&web.app, &signed_in.visitor.actor, name).await {
        Ok(token) => {
            let said = issued(name.trim(), &token);
            Ok(see_other_saying(&web, links::TOKENS, &said))
        }
        Err(Failure::Invalid(errors)) => {
            tokens_page(&web, &signed_in, name.to_owned(), problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

/// A token travels to the page that shows it in the cookie of what is said once.
fn issued(name: &str, token: &str) -> String {
    url::form_urlencoded::Serializer::new(String::new())
        .append_pair("token", token)
        .append_pair("name", name)
        .finish()
}

fn just_issued(caller: &Caller) -> Option<views::IssuedToken> {
    let said = Fields::parse(caller.said().as_bytes());
    let token = said.get("token");
    (!token.is_empty()).then(|| views::IssuedToken {
        name: said.get("name").to_owned(),
        token: token.to_owned(),
    })
}

async fn revoke(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(token): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    tokens::revoke(&web.app, &visitor.actor, id(&token)?).await?;
    Ok(see_other_saying(&web, links::TOKENS, TOKEN_REVOKED))
}

async fn tokens_page(
    web: &Web,
    SignedIn { visitor, caller }: &SignedIn,
    name: String,
    problems: Problems,
) -> Result<Response, PageError> {
    let moments = Moments::of(web, &visitor.actor).await?;
    let tokens = tokens::list(&web.app, &visitor.actor).await?;
    let status = status(&problems);
    let page = TokensPage {
        layout: layout(web, caller, "API tokens", Nav::Settings).await?,
        tokens: tokens.iter().map(|t| token(t, &moments)).collect(),
        issued: just_issued(caller),
        revoked: caller.said() == TOKEN_REVOKED,
        name,
        problems,
    };
    Ok(draw(status, &page))
}

fn token(token: &ApiToken, moments: &Moments) -> views::ApiToken {
    views::ApiToken {
        id: token.id.to_string(),
        name: token.name.clone(),
        made: moments.when(token.created_at),
        last_used: token.seen_at.map(|at| moments.when(at)),
    }
}
