//! `/console`: everything that came in and went out, and switches for everything else.

mod deeds;
mod domain;
mod faults;
mod forms;
mod host;
mod rows;

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};

use crate::clock::readable;
use crate::limits::Plan;
use crate::log::LoggedRequest;
use crate::pages::Page;
use crate::records::{Delivery, Mail, StoredMeeting};
use crate::rules::Signature;
use crate::state::Sim;

use rows::{
    AccountRow, AppRow, MeetingRow, MishapRow, RequestRow, RuleRow, WebhookRow, account_rows,
    app_row, meeting_rows, mishap_row, rule_rows, time_of_day, webhook_row,
};

/// Rows of each table; the JSON has all.
const ROWS: usize = 100;

pub(crate) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/console", get(console))
        .route("/console/requests.json", get(requests))
        .route("/console/meetings.json", get(meetings))
        .route("/console/webhooks.json", get(webhooks))
        .route("/console/faults", post(faults::add))
        .route("/console/faults/removal", post(faults::clear))
        .route("/console/faults/{number}/removal", post(faults::remove))
        .route("/console/accounts", post(forms::account))
        .route("/console/deeds", post(deeds::act))
        .route("/console/rules", post(forms::rules))
        .route("/console/apps", post(forms::app))
        .route("/console/domain", post(domain::check))
        .route("/console/webhooks/{id}/repeat", post(forms::repeat_webhook))
        .route("/console/webhooks/{id}/attempt", post(forms::hurry_webhook))
        .route("/console/webhooks/{id}/loss", post(forms::lose_webhook))
        .route("/console/webhooks/{id}/forgery", post(forms::forge_webhook))
        .merge(host::routes())
}

#[derive(Template)]
#[template(path = "console.html")]
struct Console {
    now: String,
    received: u64,
    requests: Vec<RequestRow>,
    meetings: Vec<MeetingRow>,
    webhooks: Vec<WebhookRow>,
    faults: Vec<faults::Row>,
    accounts: Vec<AccountRow>,
    apps: Vec<AppRow>,
    mishaps: Vec<MishapRow>,
    mails: Vec<(String, Mail)>,
    signatures: Vec<&'static str>,
    rules: Vec<RuleRow>,
    plans: [&'static str; 3],
    operations: Vec<&'static str>,
    troubles: Vec<(&'static str, Vec<(&'static str, &'static str)>)>,
}

async fn console(State(sim): State<Arc<Sim>>) -> Response {
    let (received, newest) = sim
        .log
        .newest(ROWS, |request| !request.path.starts_with("/console"));
    let requests = newest
        .into_iter()
        .map(|request| RequestRow {
            at: time_of_day(request.at),
            request,
        })
        .collect();
    let faults = faults::rows(&sim);
    let base = sim.base().to_owned();
    let page = sim.read(|world| Console {
        now: readable(sim.now()),
        received,
        requests,
        meetings: meeting_rows(world, &base),
        webhooks: world
            .deliveries
            .iter()
            .rev()
            .take(ROWS)
            .map(webhook_row)
            .collect(),
        faults,
        accounts: account_rows(world),
        apps: world.apps.values().map(app_row).collect(),
        mishaps: world.mishaps.iter().map(mishap_row).collect(),
        mails: world
            .mails
            .iter()
            .rev()
            .map(|mail| (readable(mail.at), mail.clone()))
            .collect(),
        signatures: Signature::ALL.iter().map(|(name, _)| *name).collect(),
        rules: rule_rows(&world.rules),
        plans: Plan::ALL.map(|(name, _)| name),
        operations: faults::operations(),
        troubles: faults::troubles(),
    });
    Page::new(page).into_response()
}

async fn requests(State(sim): State<Arc<Sim>>) -> Json<Vec<LoggedRequest>> {
    Json(sim.log.all())
}

async fn meetings(State(sim): State<Arc<Sim>>) -> Json<Vec<StoredMeeting>> {
    Json(sim.read(|world| world.meetings.values().cloned().collect()))
}

async fn webhooks(State(sim): State<Arc<Sim>>) -> Json<Vec<Delivery>> {
    Json(sim.read(|world| world.deliveries.clone()))
}
