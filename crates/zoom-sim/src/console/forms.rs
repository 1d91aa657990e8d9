//! The console's forms; each does one thing and leads back.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;

use crate::limits::Plan;
use crate::options::App;
use crate::pages::{refusal, see_other};
use crate::rules::Signature;
use crate::state::Sim;
use crate::webhooks as hooks;

pub(super) fn done(section: &str) -> Response {
    see_other(&format!("/console#{section}"))
}

pub(super) fn wrong(words: &str) -> Response {
    refusal(StatusCode::UNPROCESSABLE_ENTITY, "That did not work", words)
}

#[derive(Deserialize)]
pub(super) struct AccountForm {
    account_id: String,
    /// `yes` or `no`; without it, it stays.
    #[serde(default)]
    blocks_apps: String,
    /// `free`, `pro` or `business`; without it, it stays.
    #[serde(default)]
    plan: String,
}

pub(super) async fn account(
    State(sim): State<Arc<Sim>>,
    Form(form): Form<AccountForm>,
) -> Response {
    let plan = Plan::ALL.iter().find(|(name, _)| *name == form.plan);
    if plan.is_none() && !form.plan.is_empty() {
        return wrong("A plan is free, pro or business.");
    }
    let known = sim.change(|world, _| {
        let Some(account) = world.accounts.get_mut(&form.account_id) else {
            return false;
        };
        if let Some((_, plan)) = plan {
            account.plan = *plan;
        }
        match form.blocks_apps.as_str() {
            "yes" => account.blocks_apps = true,
            "no" => account.blocks_apps = false,
            _ => {}
        }
        true
    });
    if known {
        done("accounts")
    } else {
        wrong("There is no such Zoom account.")
    }
}

/// Sets the rules that were sent; the others stay.
pub(super) async fn rules(
    State(sim): State<Arc<Sim>>,
    Form(form): Form<BTreeMap<String, String>>,
) -> Response {
    let set = sim.change(|world, _| {
        let mut rules = world.rules.clone();
        for (name, text) in &form {
            rules.set(name, text)?;
        }
        world.rules = rules;
        Ok::<(), String>(())
    });
    match set {
        Ok(()) => done("rules"),
        Err(words) => wrong(&format!("Nothing was changed: {words}.")),
    }
}

#[derive(Deserialize)]
pub(super) struct AppForm {
    name: String,
    client_id: String,
    client_secret: String,
    webhook_secret: String,
    redirect_uris: String,
    #[serde(default)]
    webhook_url: String,
    #[serde(default)]
    scopes: String,
}

pub(super) async fn app(State(sim): State<Arc<Sim>>, Form(form): Form<AppForm>) -> Response {
    let words = |text: &str| {
        text.split_whitespace()
            .map(str::to_owned)
            .collect::<Vec<String>>()
    };
    let app = App {
        name: form.name.trim().to_owned(),
        client_id: form.client_id.trim().to_owned(),
        client_secret: form.client_secret.trim().to_owned(),
        webhook_secret: form.webhook_secret.trim().to_owned(),
        redirect_uris: words(&form.redirect_uris),
        webhook_url: Some(form.webhook_url.trim().to_owned()).filter(|url| !url.is_empty()),
        scopes: words(&form.scopes),
    };
    if app.name.is_empty() || app.client_id.is_empty() || app.redirect_uris.is_empty() {
        return wrong("An app has a name, a client id and at least one redirect address.");
    }
    let urls = app.redirect_uris.iter().chain(app.webhook_url.as_ref());
    if let Some(bad) = urls.into_iter().find(|text| url::Url::parse(text).is_err()) {
        return wrong(&format!("Not an address: {bad}"));
    }
    sim.change(|world, now| {
        let client_id = app.client_id.clone();
        world.put_app(app);
        hooks::challenge(world, now, &client_id);
    });
    done("apps")
}

pub(super) async fn repeat_webhook(State(sim): State<Arc<Sim>>, Path(id): Path<u64>) -> Response {
    sim.change(|world, now| hooks::send_again(world, now, id, None));
    done("webhooks")
}

pub(super) async fn hurry_webhook(State(sim): State<Arc<Sim>>, Path(id): Path<u64>) -> Response {
    sim.change(|world, now| hooks::hurry(world, now, id));
    done("webhooks")
}

pub(super) async fn lose_webhook(State(sim): State<Arc<Sim>>, Path(id): Path<u64>) -> Response {
    sim.change(|world, now| hooks::lose(world, now, id));
    done("webhooks")
}

#[derive(Deserialize)]
pub(super) struct Forgery {
    signature: String,
}

/// Sends a webhook once more, with a signature that is not as it should be.
pub(super) async fn forge_webhook(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<u64>,
    Form(form): Form<Forgery>,
) -> Response {
    let known = Signature::ALL
        .iter()
        .find(|(name, _)| *name == form.signature);
    let Some((_, signature)) = known else {
        return wrong("There is no such signature.");
    };
    sim.change(|world, now| hooks::send_again(world, now, id, Some(*signature)));
    done("webhooks")
}
