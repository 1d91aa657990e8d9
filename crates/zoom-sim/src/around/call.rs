//! Who calls, and about what: for the log, the limits and the faults.

use axum::http::HeaderMap;

use crate::faults::{Call, Operation};
use crate::limits::Plan;
use crate::records::{Grant, Token};
use crate::state::{Sim, World};
use crate::token::basic;

/// A request, looked at from outside; nothing of it has been checked.
pub(super) struct Seen {
    pub(super) call: Call,
    pub(super) plan: Plan,
}

/// Looks at a request; the pages for people have no operation.
pub(super) fn look(sim: &Sim, method: &str, path: &str, headers: &HeaderMap, body: &[u8]) -> Seen {
    let operation = Operation::of(method, path, body);
    let bearer = headers
        .get(axum::http::header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "));
    sim.read(|world| {
        let (user_id, app) = match bearer {
            Some(text) => {
                let held = |token: &Token| token.text == text;
                let grant = of_grant(world, |grant| grant.access.iter().any(held));
                grant.unzip()
            }
            None if path.starts_with("/oauth/") => of_form(world, headers, body),
            None => (None, None),
        };
        let user = user_id.and_then(|id| world.user(&id));
        let account = user.and_then(|user| world.accounts.get(&user.account_id));
        Seen {
            plan: account.map(|account| account.plan).unwrap_or_default(),
            call: Call {
                operation,
                user: user.map(|user| user.email.clone()),
                account: user.map(|user| user.account_id.clone()),
                app,
                meeting: meeting_in(path),
            },
        }
    })
}

fn of_grant(world: &World, is: impl Fn(&Grant) -> bool) -> Option<(String, String)> {
    let grant = world.grants.iter().find(|grant| is(grant))?;
    Some((grant.user_id.clone(), grant.client_id.clone()))
}

/// By the token or the code in the form, or else the app by its credentials.
fn of_form(world: &World, headers: &HeaderMap, body: &[u8]) -> (Option<String>, Option<String>) {
    let app = basic(headers).map(|(client_id, _)| client_id);
    let user = url::form_urlencoded::parse(body).find_map(|(name, value)| match &*name {
        "refresh_token" => {
            of_grant(world, |grant| grant.refresh.text == value).map(|(user, _)| user)
        }
        "token" => {
            let held = |token: &Token| token.text == value;
            of_grant(world, |grant| grant.access.iter().any(held)).map(|(user, _)| user)
        }
        "code" => world.codes.get(&*value).map(|code| code.user_id.clone()),
        _ => None,
    });
    (user, app)
}

fn meeting_in(path: &str) -> Option<i64> {
    let rest = path.strip_prefix("/v2/meetings/")?;
    rest.split('/').next()?.parse().ok()
}
