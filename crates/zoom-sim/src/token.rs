//! `/oauth/token` and `/oauth/revoke`: codes into tokens, tokens into newer ones, and their end;
//! and `/oauth/data/compliance`, by which an app confirmed what it deleted afterwards.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Json;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::post;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::clock::later;
use crate::people::Standing;
use crate::records::{Challenge, Grant, Token};
use crate::rules::{Deactivated, DeadToken};
use crate::state::{Sim, World};
use crate::webhooks;

/// An access token lives an hour; the wire says a second less.
const ACCESS_SECONDS: i64 = 3_599;
/// A refresh token lives ninety days, counted anew with each refresh.
const REFRESH_SECONDS: i64 = 90 * 86_400;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/oauth/token", post(token))
        .route("/oauth/revoke", post(revoke))
        .route("/oauth/data/compliance", post(compliance))
}

/// What goes wrong at the token endpoint: always 400.
struct Refusal {
    /// Left out where there is none.
    reason: String,
    error: &'static str,
}

impl Refusal {
    fn new(reason: &str, error: &'static str) -> Self {
        Self {
            reason: reason.into(),
            error,
        }
    }
}

type Pairs = HashMap<String, String>;

async fn token(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: Bytes) -> Response {
    let pairs = form(&headers, &body);
    let value = |name: &str| pairs.get(name).map(String::as_str).unwrap_or_default();
    let base = sim.base().to_owned();
    let answer = sim.change(|world, now| {
        let client_id = client(world, &headers)?;
        match value("grant_type") {
            "authorization_code" => exchange(world, now, &client_id, &pairs),
            "refresh_token" => refresh(world, now, &client_id, value("refresh_token")),
            "account_credentials" => for_account(world, now, &client_id, value("account_id")),
            "" => Err(Refusal::new("Missing grant type", "invalid_request")),
            _ => Err(Refusal::new(
                "unsupported grant type",
                "unsupported_grant_type",
            )),
        }
    });
    match answer {
        Ok(pair) => {
            let mut body = json!({
                "access_token": pair.access,
                "token_type": "bearer",
                "expires_in": ACCESS_SECONDS,
                "scope": pair.scopes.join(" "),
                "api_url": base,
            });
            if let (Some(refresh), Some(body)) = (pair.refresh, body.as_object_mut()) {
                body.insert("refresh_token".into(), json!(refresh));
            }
            ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        Err(refusal) => refuse(&refusal),
    }
}

struct Pair {
    access: String,
    refresh: Option<String>,
    scopes: Vec<String>,
}

fn exchange(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    pairs: &Pairs,
) -> Result<Pair, Refusal> {
    let value = |name: &str| pairs.get(name).map(String::as_str).unwrap_or_default();
    let error = world.rules.used_code.text();
    let invalid = || {
        Refusal::new(
            &format!("Invalid authorization code {}", value("code")),
            error,
        )
    };
    // A code is gone with the first try, whatever comes of it.
    let code = world.codes.remove(value("code")).ok_or_else(invalid)?;
    if code.client_id != client_id || code.expires_at <= now {
        return Err(invalid());
    }
    if code.redirect_uri != value("redirect_uri") {
        return Err(Refusal::new("Redirect URI mismatch.", "invalid_request"));
    }
    if !verifier_fits(
        code.challenge.as_ref(),
        pairs.get("code_verifier").map(String::as_str),
    ) {
        let error = world.rules.wrong_verifier.text();
        return Err(Refusal::new("Invalid code verifier", error));
    }
    let account_id = world
        .user(&code.user_id)
        .map(|user| user.account_id.clone());
    let account_id = account_id
        .filter(|_| world.standing(&code.user_id).may_sign_in())
        .ok_or_else(owner_gone)?;
    let scopes = world
        .app(client_id)
        .map(|app| app.scopes.clone())
        .unwrap_or_default();
    // The older grant dies without a webhook: the app is still installed.
    world.take_grant(client_id, &code.user_id);
    let (access, refresh) = issue(world, now, client_id, &code.user_id);
    let pair = Pair {
        access: access.text.clone(),
        refresh: Some(refresh.text.clone()),
        scopes: scopes.clone(),
    };
    world.grants.push(Grant {
        client_id: client_id.to_owned(),
        user_id: code.user_id,
        account_id,
        whole_account: false,
        scopes,
        access: vec![access],
        refresh,
        granted_at: now,
    });
    Ok(pair)
}

fn refresh(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    text: &str,
) -> Result<Pair, Refusal> {
    let form = world.rules.dead_refresh_token;
    let dead = || match form {
        DeadToken::Grant => Refusal::new("Invalid Token!", "invalid_grant"),
        DeadToken::Request => Refusal::new("Invalid Token!", "invalid_request"),
        DeadToken::Bare => Refusal::new("", "invalid_grant"),
    };
    let place = world
        .grants
        .iter()
        .position(|grant| {
            !grant.whole_account && grant.client_id == client_id && grant.refresh.text == text
        })
        .ok_or_else(dead)?;
    let old = world.grants.get(place).ok_or_else(dead)?.clone();
    if old.refresh.expires_at <= now {
        return Err(dead());
    }
    match (world.standing(&old.user_id), world.rules.deactivated_user) {
        (Standing::Deleted, _) | (Standing::Deactivated, Deactivated::NoUser) => {
            return Err(owner_gone());
        }
        (Standing::Deactivated, Deactivated::BadToken) => return Err(dead()),
        _ if world.user(&old.user_id).is_none() => return Err(owner_gone()),
        _ => {}
    }
    let (access, refresh) = issue(world, now, client_id, &old.user_id);
    let pair = Pair {
        access: access.text.clone(),
        refresh: Some(refresh.text.clone()),
        scopes: old.scopes.clone(),
    };
    let ends_older = world.rules.refresh_ends_access_token;
    let grant = world.grants.get_mut(place).ok_or_else(dead)?;
    if ends_older {
        grant.access.clear();
    }
    grant.access.push(access);
    grant.refresh = refresh;
    Ok(pair)
}

/// Server-to-server: an app with `:admin` scopes may act for a whole account, without a user.
fn for_account(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    account_id: &str,
) -> Result<Pair, Refusal> {
    let scopes: Vec<String> = world
        .app(client_id)
        .map(|app| app.scopes.clone())
        .unwrap_or_default()
        .into_iter()
        .filter(|scope| scope.ends_with(":admin"))
        .collect();
    let owner = world
        .users
        .iter()
        .find(|user| user.account_id == account_id)
        .map(|user| user.user_id.clone())
        .filter(|_| !scopes.is_empty())
        .ok_or_else(|| Refusal::new("Bad Request", "invalid_request"))?;
    let (access, refresh) = issue(world, now, client_id, &owner);
    let pair = Pair {
        access: access.text.clone(),
        refresh: None,
        scopes: scopes.clone(),
    };
    let known = world.grants.iter_mut().find(|grant| {
        grant.whole_account && grant.client_id == client_id && grant.account_id == account_id
    });
    if let Some(grant) = known {
        grant.access.push(access);
        grant.scopes = scopes;
    } else {
        world.grants.push(Grant {
            client_id: client_id.to_owned(),
            user_id: owner,
            account_id: account_id.to_owned(),
            whole_account: true,
            scopes,
            access: vec![access],
            refresh,
            granted_at: now,
        });
    }
    Ok(pair)
}

fn owner_gone() -> Refusal {
    Refusal::new("The token's owner does not exist (4,735)", "invalid_grant")
}

fn issue(world: &mut World, now: Timestamp, client_id: &str, user_id: &str) -> (Token, Token) {
    let mut make = |life: i64| Token {
        text: world.source.token(client_id, user_id, now, life),
        expires_at: later(now, life),
    };
    let pair = (make(ACCESS_SECONDS), make(REFRESH_SECONDS));
    for token in [&pair.0, &pair.1] {
        world.note_issued(&token.text);
    }
    pair
}

/// Without a challenge no verifier is asked for; with one it has to fit.
fn verifier_fits(challenge: Option<&Challenge>, verifier: Option<&str>) -> bool {
    match (challenge, verifier) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(challenge), Some(verifier)) if challenge.hashed => {
            URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge.text
        }
        (Some(challenge), Some(verifier)) => challenge.text == verifier,
    }
}

async fn revoke(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: Bytes) -> Response {
    let pairs = form(&headers, &body);
    let token = pairs.get("token").cloned().unwrap_or_default();
    let answer = sim.change(|world, now| {
        let client_id = client(world, &headers)?;
        let holds = |held: &Token| held.text == token && held.expires_at > now;
        let user_id = world
            .grants
            .iter()
            .find(|grant| grant.client_id == client_id && grant.access.iter().any(holds))
            .map(|grant| grant.user_id.clone())
            .ok_or_else(|| Refusal::new("Invalid Token!", "invalid_request"))?;
        uninstall(world, now, &client_id, &user_id);
        Ok::<(), Refusal>(())
    });
    match answer {
        Ok(()) => Json(json!({"status": "success"})).into_response(),
        Err(refusal) => refuse(&refusal),
    }
}

#[derive(Deserialize)]
struct Confirmation {
    #[serde(flatten)]
    about: Removal,
    deauthorization_event_received: Removal,
    compliance_completed: bool,
}

/// Who removed which app.
#[derive(Deserialize, PartialEq)]
struct Removal {
    #[serde(rename = "client_id")]
    app: String,
    #[serde(rename = "user_id")]
    user: String,
    #[serde(rename = "account_id")]
    account: String,
}

/// Takes the confirmation of an app that it deleted what it had of a user: of itself, and of a
/// message it received.
async fn compliance(State(sim): State<Arc<Sim>>, headers: HeaderMap, body: Bytes) -> Response {
    let said = serde_json::from_slice::<Confirmation>(&body).ok();
    let fits = sim.change(|world, _| {
        let client_id = client(world, &headers)?;
        let whole = |said: &Confirmation| {
            let is_same = said.about == said.deauthorization_event_received;
            said.compliance_completed && is_same && said.about.app == client_id
        };
        if said.as_ref().is_some_and(whole) {
            Ok(())
        } else {
            Err(Refusal::new("Invalid request", "invalid_request"))
        }
    });
    match fits {
        Ok(()) => Json(json!({})).into_response(),
        Err(refusal) => refuse(&refusal),
    }
}

/// Takes the app away from the user and tells the app; false if it was not installed.
pub(crate) fn uninstall(world: &mut World, now: Timestamp, client_id: &str, user_id: &str) -> bool {
    let Some(grant) = world.take_grant(client_id, user_id) else {
        return false;
    };
    webhooks::deauthorized(world, now, &grant);
    true
}

fn client(world: &World, headers: &HeaderMap) -> Result<String, Refusal> {
    basic(headers)
        .filter(|(id, secret)| {
            world
                .app(id)
                .is_some_and(|app| app.client_secret == *secret)
        })
        .map(|(id, _)| id)
        .ok_or_else(|| Refusal::new("Invalid client_id or client_secret", "invalid_client"))
}

/// The client id and the secret that came with a request.
pub(crate) fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let bytes = STANDARD.decode(value.strip_prefix("Basic ")?.trim()).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (id, secret) = text.split_once(':')?;
    Some((id.to_owned(), secret.to_owned()))
}

/// The parameters of the body; those in the address have not counted since 2023.
fn form(headers: &HeaderMap, body: &[u8]) -> Pairs {
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    if !kind
        .unwrap_or_default()
        .starts_with("application/x-www-form-urlencoded")
    {
        return Pairs::new();
    }
    url::form_urlencoded::parse(body).into_owned().collect()
}

fn refuse(refusal: &Refusal) -> Response {
    let body = if refusal.reason.is_empty() {
        json!({"error": refusal.error})
    } else {
        json!({"reason": refusal.reason, "error": refusal.error})
    };
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
