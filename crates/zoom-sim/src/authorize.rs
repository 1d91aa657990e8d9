//! `/oauth/authorize` and the simulator's sign-in: the part of OAuth that a person sees.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::clock::later;
use crate::faults::{Fault, Operation, Trouble};
use crate::options::{App, SimUser};
use crate::pages::{self, Page, see_other};
use crate::records::{Challenge, Code};
use crate::rules::Decline;
use crate::state::Sim;

/// An authorization code lives five minutes.
const CODE_SECONDS: i64 = 300;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/oauth/authorize", get(ask).post(answer))
        .route("/oauth/signin", get(sign_in_page).post(sign_in))
        .route("/oauth/signout", post(sign_out))
}

/// An authorization request that is in order.
struct Wish {
    app: App,
    redirect: Url,
    redirect_text: String,
    state: Option<String>,
    challenge: Option<Challenge>,
    query: String,
}

async fn ask(
    State(sim): State<Arc<Sim>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let wish = match read_wish(&sim, query.unwrap_or_default()) {
        Ok(wish) => wish,
        Err(refusal) => return *refusal,
    };
    let Some(user) = pages::visitor(&sim, &headers) else {
        let back = format!("/oauth/authorize?{}", wish.query);
        return see_other(&format!("/oauth/signin?return={}", pages::escape(&back)));
    };
    if sim.read(|world| world.blocks_apps(&user.account_id)) {
        return blocked(&wish, &user);
    }
    let consent = pages::Consent {
        user: &user.email,
        app: &wish.app.name,
        comes_back_to: &wish.redirect_text,
        scopes: wish
            .app
            .scopes
            .iter()
            .map(|scope| (in_words(scope), scope.as_str()))
            .collect(),
        action: format!("/oauth/authorize?{}", wish.query),
        change: format!(
            "/oauth/signin?return={}",
            pages::escape(&format!("/oauth/authorize?{}", wish.query))
        ),
        pkce: wish.challenge.as_ref().map(|challenge| challenge.hashed),
        has_state: wish.state.is_some(),
    };
    Page::new(consent)
        .posting_to(&wish.app.redirect_uris)
        .into_response()
}

#[derive(Deserialize)]
struct Answer {
    answer: String,
    #[serde(default)]
    case: String,
}

async fn answer(
    State(sim): State<Arc<Sim>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
    Form(form): Form<Answer>,
) -> Response {
    let mut wish = match read_wish(&sim, query.unwrap_or_default()) {
        Ok(wish) => wish,
        Err(refusal) => return *refusal,
    };
    let Some(user) = pages::visitor(&sim, &headers) else {
        let back = format!("/oauth/authorize?{}", wish.query);
        return see_other(&format!("/oauth/signin?return={}", pages::escape(&back)));
    };
    if form.case == "restricted" || sim.read(|world| world.blocks_apps(&user.account_id)) {
        return blocked(&wish, &user);
    }
    match form.case.as_str() {
        "slow" => tokio::time::sleep(Duration::from_secs(20)).await,
        "stateless" => wish.state = None,
        "down" => {
            let down = Trouble::Status(503, json!({"reason": "Service Unavailable"}));
            sim.faults.add(Fault::once(Operation::Token, down).into());
        }
        _ => {}
    }
    if form.answer != "allow" && sim.read(|world| world.rules.decline) == Decline::Stays {
        return pages::refusal(
            StatusCode::OK,
            "You have declined",
            "The app that sent you here is not told. Close this page, or go back to it yourself.",
        );
    }
    let mut back = wish.redirect.clone();
    if form.answer == "allow" {
        let life = if form.case == "expired" {
            -1
        } else {
            CODE_SECONDS
        };
        let code = issue_code(&sim, &wish, &user, life);
        back.query_pairs_mut().append_pair("code", &code);
    } else {
        back.query_pairs_mut().append_pair("error", "access_denied");
    }
    if let Some(state) = &wish.state {
        back.query_pairs_mut().append_pair("state", state);
    }
    see_other(back.as_str())
}

fn issue_code(sim: &Sim, wish: &Wish, user: &SimUser, life_seconds: i64) -> String {
    sim.change(|world, now| {
        let text = world.source.long();
        let code = Code {
            client_id: wish.app.client_id.clone(),
            user_id: user.user_id.clone(),
            redirect_uri: wish.redirect_text.clone(),
            challenge: wish.challenge.clone(),
            expires_at: later(now, life_seconds),
        };
        world.codes.insert(text.clone(), code);
        world.note_issued(&text);
        text
    })
}

/// Checks the request as Zoom does: whatever is wrong is shown here and never sent back.
fn read_wish(sim: &Sim, query: String) -> Result<Wish, Box<Response>> {
    let pairs: BTreeMap<String, String> = url::form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect();
    let value = |name: &str| pairs.get(name).cloned();
    let refuse = |title: String| {
        Box::new(pages::refusal(
            StatusCode::BAD_REQUEST,
            &title,
            "The app that sent you here made a mistake in its request. It hears nothing of this; tell its developer.",
        ))
    };
    let client_id = value("client_id").unwrap_or_default();
    let app = sim
        .read(|world| world.app(&client_id).cloned())
        .ok_or_else(|| refuse(format!("Invalid client_id: {client_id} (4,702)")))?;
    let redirect_text = value("redirect_uri").unwrap_or_default();
    let redirect = Url::parse(&redirect_text)
        .ok()
        .filter(|_| app.redirect_uris.contains(&redirect_text))
        .ok_or_else(|| refuse(format!("Invalid redirect: {redirect_text} (4,700)")))?;
    if value("response_type").as_deref() != Some("code") {
        return Err(refuse("Invalid response_type (4,700)".into()));
    }
    if pairs.contains_key("scope") {
        return Err(refuse("Invalid scope (4,700)".into()));
    }
    let hashed = match value("code_challenge_method").as_deref() {
        Some("S256") => true,
        None | Some("plain") => false,
        Some(_) => return Err(refuse("Invalid code_challenge_method (4,700)".into())),
    };
    let challenge = value("code_challenge").map(|text| Challenge { text, hashed });
    Ok(Wish {
        app,
        redirect,
        redirect_text,
        state: value("state"),
        challenge,
        query,
    })
}

fn blocked(wish: &Wish, user: &SimUser) -> Response {
    let page = pages::Blocked {
        app: &wish.app.name,
        user: &user.email,
        account: &user.account_id,
        change: format!(
            "/oauth/signin?return={}",
            pages::escape(&format!("/oauth/authorize?{}", wish.query))
        ),
    };
    Page::new(page)
        .status(StatusCode::FORBIDDEN)
        .into_response()
}

fn in_words(scope: &str) -> &'static str {
    match scope {
        "user:read:user" => "See your profile: name, address, kind of account",
        "user:read:settings" => "See your settings",
        "meeting:write:meeting" => "Make meetings for you",
        "meeting:read:meeting" => "Read a meeting of yours",
        "meeting:update:meeting" => "Change a meeting of yours",
        "meeting:delete:meeting" => "Delete a meeting of yours",
        "meeting:read:list_meetings" => "List your meetings",
        "meeting:update:status" => "End a meeting of yours",
        "meeting:read:invitation" => "Read the invitation text of a meeting",
        _ => "Use another part of your account",
    }
}

#[derive(Deserialize)]
struct SignIn {
    email: String,
    password: String,
    #[serde(default, rename = "return")]
    back: String,
}

fn return_of(query: Option<&str>) -> String {
    let pairs = url::form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    let back = pairs.into_owned().find(|(name, _)| name == "return");
    own_path(back.map(|(_, value)| value).unwrap_or_default())
}

/// Only paths of ours; anything else leads to the front page.
fn own_path(path: String) -> String {
    let ours = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if ours { path } else { "/".into() }
}

async fn sign_in_page(State(sim): State<Arc<Sim>>, RawQuery(query): RawQuery) -> Response {
    let users = sim.read(|world| world.users.clone());
    let page = pages::SignIn {
        users: &users,
        back: &return_of(query.as_deref()),
        email: "",
        wrong: false,
    };
    Page::new(page).into_response()
}

async fn sign_in(State(sim): State<Arc<Sim>>, Form(form): Form<SignIn>) -> Response {
    let back = own_path(form.back);
    let user = sim.read(|world| {
        world
            .user_by_email(&form.email)
            .filter(|user| user.password == form.password)
            .filter(|user| world.standing(&user.user_id).may_sign_in())
            .cloned()
    });
    let Some(user) = user else {
        let users = sim.read(|world| world.users.clone());
        let page = pages::SignIn {
            users: &users,
            back: &back,
            email: &form.email,
            wrong: true,
        };
        return Page::new(page)
            .status(StatusCode::UNPROCESSABLE_ENTITY)
            .into_response();
    };
    let session = sim.change(|world, _| {
        let session = world.source.long();
        world.sessions.insert(session.clone(), user.user_id.clone());
        session
    });
    pages::with_cookie(see_other(&back), Some(&session))
}

async fn sign_out(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    if let Some(session) = pages::session_cookie(&headers) {
        sim.change(|world, _| world.sessions.remove(&session));
    }
    pages::with_cookie(see_other("/"), None)
}
