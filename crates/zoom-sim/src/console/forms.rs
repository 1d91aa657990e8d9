//! The console's forms; each does one thing and leads back.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::faults::{Fault, Operation, Trouble};
use crate::limits::Plan;
use crate::options::App;
use crate::pages::{refusal, see_other};
use crate::state::Sim;
use crate::webhooks as hooks;

/// Names and words of the troubles that can be set by hand.
pub(super) const TROUBLES: [(&str, &str); 12] = [
    ("drop-before", "Cut the connection, nothing done"),
    ("drop-after", "Carry out, then cut the connection"),
    ("hang-before", "No answer, nothing done"),
    ("hang-after", "Carry out, then no answer"),
    ("slow", "Answer 20 seconds late"),
    ("status", "Answer with this status and JSON"),
    ("html", "A gateway's HTML page, nothing done"),
    ("html-after", "Carry out, then a gateway's HTML page"),
    ("per-second", "429: rate per second"),
    ("daily-account", "429: daily limit of the account"),
    ("daily-user", "429: 100 meeting requests of the user"),
    ("concurrent", "429: too many at the same time"),
];

pub(super) fn operation_names() -> Vec<&'static str> {
    Operation::ALL.iter().map(|(name, _)| *name).collect()
}

pub(super) fn operation_name(operation: Operation) -> &'static str {
    Operation::ALL
        .iter()
        .find(|(_, known)| *known == operation)
        .map_or("any", |(name, _)| name)
}

pub(super) fn done(section: &str) -> Response {
    see_other(&format!("/console#{section}"))
}

pub(super) fn wrong(words: &str) -> Response {
    refusal(StatusCode::UNPROCESSABLE_ENTITY, "That did not work", words)
}

#[derive(Deserialize)]
pub(super) struct FaultForm {
    on: String,
    what: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    body: String,
}

pub(super) async fn add_fault(
    State(sim): State<Arc<Sim>>,
    Form(form): Form<FaultForm>,
) -> Response {
    let Some((_, on)) = Operation::ALL.iter().find(|(name, _)| *name == form.on) else {
        return wrong("There is no such call.");
    };
    let times = match form.times.trim() {
        "" => None,
        text => match text.parse::<u32>() {
            Ok(count) if count > 0 => Some(count),
            _ => return wrong("How many times? A whole number from 1, or nothing for always."),
        },
    };
    let Some(what) = trouble(&form) else {
        return wrong("There is no such trouble, or its status or JSON is not one.");
    };
    sim.faults.add(Fault {
        on: *on,
        times,
        what,
    });
    done("faults")
}

fn trouble(form: &FaultForm) -> Option<Trouble> {
    let status = match form.status.trim() {
        "" => 502,
        text => text
            .parse::<u16>()
            .ok()
            .filter(|status| (200..600).contains(status))?,
    };
    let body: Value = match form.body.trim() {
        "" => json!({"code": status, "message": "simulated"}),
        text => serde_json::from_str(text).ok()?,
    };
    Some(match form.what.as_str() {
        "drop-before" => Trouble::DropBefore,
        "drop-after" => Trouble::DropAfter,
        "hang-before" => Trouble::HangBefore,
        "hang-after" => Trouble::HangAfter,
        "slow" => Trouble::Slow(Duration::from_secs(20)),
        "status" => Trouble::Status(status, body),
        "html" => Trouble::Html(status),
        "html-after" => Trouble::HtmlAfter(status),
        "per-second" => Trouble::RateLimitedPerSecond,
        "daily-account" => Trouble::DailyLimitAccount,
        "daily-user" => Trouble::DailyLimitUser,
        "concurrent" => Trouble::TooManyConcurrent,
        _ => return None,
    })
}

pub(super) async fn clear_faults(State(sim): State<Arc<Sim>>) -> Response {
    sim.faults.clear();
    done("faults")
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
    sim.change(|world, now| hooks::send_again(world, now, id));
    done("webhooks")
}

pub(super) async fn hurry_webhook(State(sim): State<Arc<Sim>>, Path(id): Path<u64>) -> Response {
    sim.change(|world, now| hooks::hurry(world, now, id));
    done("webhooks")
}
