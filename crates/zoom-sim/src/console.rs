//! `/console`: everything that came in and went out, and switches for everything else.

mod deeds;
mod faults;
mod forms;
mod host;

use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use serde_json::{Map, Value};

use crate::clock::{readable, zulu};
use crate::limits::Plan;
use crate::log::LoggedRequest;
use crate::meetings::join_url;
use crate::options::{App, SimUser};
use crate::pages::Page;
use crate::people::Standing;
use crate::records::{Delivery, DeliveryState, Mail, StoredMeeting};
use crate::rules::{Kind, RULES, Rules, Signature};
use crate::state::{Sim, World};
use crate::webhooks::Mishap;

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

struct RequestRow {
    at: String,
    request: LoggedRequest,
}

impl RequestRow {
    fn outcome(&self) -> String {
        self.request
            .status
            .map_or_else(|| "none".into(), |status| status.to_string())
    }

    fn is_bad(&self) -> bool {
        self.request.status.is_none_or(|status| status >= 400)
    }
}

struct MeetingRow {
    meeting: StoredMeeting,
    begins: String,
    begins_zulu: String,
    join_url: String,
    app: String,
}

impl MeetingRow {
    fn state(&self) -> &'static str {
        if self.meeting.purged_at.is_some() {
            "gone for good"
        } else if self.meeting.deleted_at.is_some() {
            "in the trash"
        } else if self.meeting.started_at.is_some() {
            "takes place"
        } else {
            "planned"
        }
    }
}

struct WebhookRow {
    delivery: Delivery,
    at: String,
    due: Option<String>,
    attempts: Vec<(String, String)>,
}

impl WebhookRow {
    fn state(&self) -> &'static str {
        match self.delivery.state {
            DeliveryState::Waiting if self.due.is_none() => "held",
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given up",
        }
    }

    fn is_waiting(&self) -> bool {
        self.delivery.state == DeliveryState::Waiting
    }
}

struct MishapRow {
    event: String,
    times: String,
    words: String,
}

struct RuleRow {
    name: &'static str,
    words: &'static str,
    value: String,
    options: Vec<(&'static str, &'static str)>,
}

struct AccountRow {
    id: String,
    blocks: bool,
    plan: &'static str,
    defaults: String,
    locked: String,
    users: Vec<UserRow>,
}

struct UserRow {
    user: SimUser,
    standing: Standing,
}

impl UserRow {
    fn standing(&self) -> &'static str {
        self.standing.name()
    }

    /// What the administrator can do, and in words.
    fn deeds(&self) -> Vec<(&'static str, &'static str)> {
        let licence = if self.user.licensed {
            ("unlicense-user", "takes the licence")
        } else {
            ("license-user", "gives a licence")
        };
        let mut deeds = vec![licence];
        if self.standing != Standing::Active {
            deeds.push(("activate-user", "activates"));
        }
        for (standing, name, words) in [
            (Standing::NoHosting, "forbid-hosting", "forbids hosting"),
            (Standing::Deactivated, "deactivate-user", "deactivates"),
            (Standing::Deleted, "delete-user", "deletes"),
        ] {
            if self.standing != standing {
                deeds.push((name, words));
            }
        }
        deeds
    }
}

struct AppRow {
    app: App,
    validated: Option<String>,
    failures: u32,
    disabled: Option<String>,
    scopes: String,
    redirects: String,
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
        apps: world
            .apps
            .values()
            .map(|record| AppRow {
                app: record.app.clone(),
                validated: record.hook.validated_at.map(readable),
                failures: record.hook.failures,
                disabled: record.hook.disabled_at.map(readable),
                scopes: record.app.scopes.join(" "),
                redirects: record.app.redirect_uris.join(" "),
            })
            .collect(),
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

fn meeting_rows(world: &World, base: &str) -> Vec<MeetingRow> {
    let mut meetings: Vec<&StoredMeeting> = world.meetings.values().collect();
    meetings.sort_by_key(|meeting| std::cmp::Reverse((meeting.created_at, meeting.id)));
    meetings
        .into_iter()
        .take(ROWS)
        .map(|meeting| MeetingRow {
            begins: meeting
                .start_time
                .map_or_else(|| "any time".into(), readable),
            begins_zulu: meeting.start_time.map(zulu).unwrap_or_default(),
            join_url: join_url(base, meeting),
            app: world
                .app(&meeting.client_id)
                .map_or_else(|| meeting.client_id.clone(), |app| app.name.clone()),
            meeting: meeting.clone(),
        })
        .collect()
}

fn webhook_row(delivery: &Delivery) -> WebhookRow {
    WebhookRow {
        at: readable(delivery.created_at),
        due: delivery.due_at.map(readable),
        attempts: delivery
            .attempts
            .iter()
            .map(|attempt| (time_of_day(attempt.at), attempt.outcome.clone()))
            .collect(),
        delivery: delivery.clone(),
    }
}

fn mishap_row(mishap: &Mishap) -> MishapRow {
    MishapRow {
        event: mishap.event.clone().unwrap_or_else(|| "any event".into()),
        times: mishap
            .times
            .map_or_else(|| "until ended".into(), |left| format!("{left} ×")),
        words: mishap.what.words(),
    }
}

fn rule_rows(rules: &Rules) -> Vec<RuleRow> {
    RULES
        .iter()
        .map(|rule| RuleRow {
            name: rule.name,
            words: rule.words,
            value: rules.get(rule.name).unwrap_or_default(),
            options: match rule.kind {
                Kind::Switch => vec![("yes", "yes"), ("no", "no")],
                Kind::Word(words) => words.to_vec(),
                Kind::Limit | Kind::Number => Vec::new(),
            },
        })
        .collect()
}

fn account_rows(world: &World) -> Vec<AccountRow> {
    let user_row = |user: &SimUser| UserRow {
        user: user.clone(),
        standing: world.standing(&user.user_id),
    };
    world
        .accounts
        .iter()
        .map(|(id, account)| AccountRow {
            id: id.clone(),
            blocks: account.blocks_apps,
            plan: account.plan.name(),
            defaults: in_words(&account.defaults),
            locked: in_words(&account.locked),
            users: world
                .users
                .iter()
                .filter(|user| user.account_id == *id)
                .map(user_row)
                .collect(),
        })
        .collect()
}

fn in_words(settings: &Map<String, Value>) -> String {
    let pairs: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    pairs.join(", ")
}

fn time_of_day(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
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
