//! The rows of the console's tables and lists.

use serde_json::{Map, Value};

use crate::clock::{readable, zulu};
use crate::log::LoggedRequest;
use crate::meetings::join_url;
use crate::options::{App, SimUser};
use crate::people::Standing;
use crate::records::{AppRecord, Delivery, DeliveryState, StoredMeeting};
use crate::rules::{Kind, RULES, Rules};
use crate::state::World;
use crate::webhooks::Mishap;

use super::ROWS;

pub(super) struct RequestRow {
    pub(super) at: String,
    pub(super) request: LoggedRequest,
}

impl RequestRow {
    pub(super) fn outcome(&self) -> String {
        self.request
            .status
            .map_or_else(|| "none".into(), |status| status.to_string())
    }

    pub(super) fn is_bad(&self) -> bool {
        self.request.status.is_none_or(|status| status >= 400)
    }
}

pub(super) struct MeetingRow {
    pub(super) meeting: StoredMeeting,
    pub(super) begins: String,
    pub(super) begins_zulu: String,
    pub(super) join_url: String,
    pub(super) app: String,
}

impl MeetingRow {
    pub(super) fn state(&self) -> &'static str {
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

pub(super) struct WebhookRow {
    pub(super) delivery: Delivery,
    pub(super) at: String,
    pub(super) due: Option<String>,
    pub(super) attempts: Vec<(String, String)>,
}

impl WebhookRow {
    pub(super) fn state(&self) -> &'static str {
        match self.delivery.state {
            DeliveryState::Waiting if self.due.is_none() => "held",
            DeliveryState::Waiting => "waiting",
            DeliveryState::Delivered => "delivered",
            DeliveryState::GivenUp => "given up",
        }
    }

    pub(super) fn is_waiting(&self) -> bool {
        self.delivery.state == DeliveryState::Waiting
    }
}

pub(super) struct MishapRow {
    pub(super) event: String,
    pub(super) times: String,
    pub(super) words: String,
}

pub(super) struct RuleRow {
    pub(super) name: &'static str,
    pub(super) words: &'static str,
    pub(super) value: String,
    pub(super) options: Vec<(&'static str, &'static str)>,
}

pub(super) struct AccountRow {
    pub(super) id: String,
    pub(super) blocks: bool,
    pub(super) plan: &'static str,
    pub(super) defaults: String,
    pub(super) locked: String,
    pub(super) users: Vec<UserRow>,
}

pub(super) struct UserRow {
    pub(super) user: SimUser,
    pub(super) standing: Standing,
}

impl UserRow {
    pub(super) fn standing(&self) -> &'static str {
        self.standing.name()
    }

    /// What the administrator can do, and in words.
    pub(super) fn deeds(&self) -> Vec<(&'static str, &'static str)> {
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

pub(super) struct AppRow {
    pub(super) app: App,
    pub(super) validated: Option<String>,
    pub(super) failures: u32,
    pub(super) disabled: Option<String>,
    pub(super) scopes: String,
    pub(super) redirects: String,
}

pub(super) fn meeting_rows(world: &World, base: &str) -> Vec<MeetingRow> {
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

pub(super) fn webhook_row(delivery: &Delivery) -> WebhookRow {
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

pub(super) fn mishap_row(mishap: &Mishap) -> MishapRow {
    MishapRow {
        event: mishap.event.clone().unwrap_or_else(|| "any event".into()),
        times: mishap
            .times
            .map_or_else(|| "until ended".into(), |left| format!("{left} ×")),
        words: mishap.what.words(),
    }
}

pub(super) fn rule_rows(rules: &Rules) -> Vec<RuleRow> {
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

pub(super) fn account_rows(world: &World) -> Vec<AccountRow> {
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

pub(super) fn in_words(settings: &Map<String, Value>) -> String {
    let pairs: Vec<String> = settings
        .iter()
        .map(|(name, value)| format!("{name} {value}"))
        .collect();
    pairs.join(", ")
}

pub(super) fn time_of_day(at: jiff::Timestamp) -> String {
    at.strftime("%H:%M:%S").to_string()
}

pub(super) fn app_row(record: &AppRecord) -> AppRow {
    AppRow {
        app: record.app.clone(),
        validated: record.hook.validated_at.map(readable),
        failures: record.hook.failures,
        disabled: record.hook.disabled_at.map(readable),
        scopes: record.app.scopes.join(" "),
        redirects: record.app.redirect_uris.join(" "),
    }
}
