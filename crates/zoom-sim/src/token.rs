//! `/oauth/token` and `/oauth/revoke`: codes into tokens, tokens into newer ones, and their end.

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
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::clock::later;
use crate::records::{Challenge, Grant, Token};
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
}

/// What goes wrong at the token endpoint: always 400.
struct Refusal {
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
            "" => Err(Refusal::new("Missing grant type", "invalid_request")),
            _ => Err(Refusal::new(
                "unsupported grant type",
                "unsupported_grant_type",
            )),
        }
    });
    match answer {
        Ok(pair) => {
            let body = json!({
                "access_token": pair.access,
                "token_type": "bearer",
                "refresh_token": pair.refresh,
                "expires_in": ACCESS_SECONDS,
                "scope": pair.scopes.join(" "),
                "api_url": base,
            });
            ([(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
        }
        Err(refusal) => refuse(&refusal),
    }
}

struct Pair {
    access: String,
    refresh: String,
    scopes: Vec<String>,
}

fn exchange(
    world: &mut World,
    now: Timestamp,
    client_id: &str,
    pairs: &Pairs,
) -> Result<Pair, Refusal> {
    let value = |name: &str| pairs.get(name).map(String::as_str).unwrap_or_default();
    let invalid = || {
        Refusal::new(
            &format!("Invalid authorization code {}", value("code")),
            "invalid_request",
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
        return Err(Refusal::new("Invalid code verifier", "invalid_grant"));
    }
    let account_id = world
        .user(&code.user_id)
        .map(|user| user.account_id.clone());
    let account_id = account_id
        .ok_or_else(|| Refusal::new("The token's owner does not exist (4,735)", "invalid_grant"))?;
    let scopes = world
        .app(client_id)
        .map(|app| app.scopes.clone())
        .unwrap_or_default();
    // The older grant dies without a webhook: the app is still installed.
    world.take_grant(client_id, &code.user_id);
    let (access, refresh) = issue(world, now, client_id, &code.user_id);
    let pair = Pair {
        access: access.text.clone(),
        refresh: refresh.text.clone(),
        scopes: scopes.clone(),
    };
    world.grants.push(Grant {
        client_id: client_id.to_owned(),
        user_id: code.user_id,
        account_id,
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
    let dead = || Refusal::new("Invalid Token!", "invalid_grant");
    let place = world
        .grants
        .iter()
        .position(|grant| grant.client_id == client_id && grant.refresh.text == text)
        .ok_or_else(dead)?;
    let old = world.grants.get(place).ok_or_else(dead)?.clone();
    if old.refresh.expires_at <= now {
        return Err(dead());
    }
    let (access, refresh) = issue(world, now, client_id, &old.user_id);
    let pair = Pair {
        access: access.text.clone(),
        refresh: refresh.text.clone(),
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

fn issue(world: &mut World, now: Timestamp, client_id: &str, user_id: &str) -> (Token, Token) {
    let mut make = |life: i64| Token {
        text: world.source.token(client_id, user_id, now, life),
        expires_at: later(now, life),
    };
    (make(ACCESS_SECONDS), make(REFRESH_SECONDS))
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
    let body = json!({"reason": refusal.reason, "error": refusal.error});
    (StatusCode::BAD_REQUEST, Json(body)).into_response()
}
