//! `/user/installed`: the apps a user has allowed, and the button that removes one.

use std::sync::Arc;

use askama::Template;
use axum::Form;
use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde::Deserialize;

use crate::clock::readable;
use crate::pages::{Page, see_other, visitor};
use crate::state::Sim;
use crate::token::uninstall;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/user/installed", get(installed))
        .route("/user/installed/removal", post(remove))
}

#[derive(Template)]
#[template(path = "installed.html")]
struct Installed {
    user: String,
    apps: Vec<InstalledApp>,
}

struct InstalledApp {
    name: String,
    client_id: String,
    since: String,
    scopes: Vec<String>,
}

const SIGN_IN: &str = "/oauth/signin?return=%2Fuser%2Finstalled";

async fn installed(State(sim): State<Arc<Sim>>, headers: HeaderMap) -> Response {
    let Some(user) = visitor(&sim, &headers) else {
        return see_other(SIGN_IN);
    };
    let apps = sim.read(|world| {
        let grants = world
            .grants
            .iter()
            .filter(|grant| !grant.whole_account && grant.user_id == user.user_id);
        grants
            .map(|grant| InstalledApp {
                name: world
                    .app(&grant.client_id)
                    .map_or_else(|| grant.client_id.clone(), |app| app.name.clone()),
                client_id: grant.client_id.clone(),
                since: readable(grant.granted_at),
                scopes: grant.scopes.clone(),
            })
            .collect()
    });
    Page::new(Installed {
        user: user.email,
        apps,
    })
    .into_response()
}

#[derive(Deserialize)]
struct Removal {
    client_id: String,
}

async fn remove(
    State(sim): State<Arc<Sim>>,
    headers: HeaderMap,
    Form(form): Form<Removal>,
) -> Response {
    let Some(user) = visitor(&sim, &headers) else {
        return see_other(SIGN_IN);
    };
    sim.change(|world, now| uninstall(world, now, &form.client_id, &user.user_id));
    see_other("/user/installed")
}
