//! What happens in Zoom without the app: what a host, an administrator, a developer or the
//! network does, in the words of forms and scenario files.

use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::clock::later;
use crate::faults::Order;
use crate::limits::Plan;
use crate::meetings::{self, Wanted};
use crate::people::{self, Standing};
use crate::rules::Signature;
use crate::state::{Sim, World};
use crate::token;
use crate::webhooks::{self, Mishap, MishapKind};
use crate::words::{number, said, text};

/// A deed in words; everything is text, and nothing is said where nothing is needed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Deed {
    /// Its name.
    #[serde(rename = "do")]
    what: String,
    /// Seconds from the start of a scenario.
    #[serde(default, deserialize_with = "text")]
    after: String,
    /// A number, a topic, or `latest`.
    #[serde(default, deserialize_with = "text")]
    meeting: String,
    #[serde(default)]
    topic: String,
    #[serde(default)]
    start_time: String,
    #[serde(default, deserialize_with = "text")]
    minutes: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    app: String,
    /// Of a meeting setting, or of a rule.
    #[serde(default)]
    name: String,
    /// For it.
    #[serde(default, deserialize_with = "text")]
    value: String,
    #[serde(default)]
    event: String,
    #[serde(default)]
    how: String,
    #[serde(default, deserialize_with = "text")]
    times: String,
    #[serde(default, deserialize_with = "text")]
    seconds: String,
    #[serde(default)]
    fault: Option<Order>,
}

/// Names, and what each needs; `;` stands before what it can do without.
const DEEDS: [(&str, &str); 26] = [
    ("start-meeting", "meeting"),
    ("end-meeting", "meeting"),
    ("delete-meeting", "meeting"),
    ("recover-meeting", "meeting"),
    ("purge-meeting", "meeting"),
    ("change-meeting", "meeting; topic, start_time, minutes"),
    ("deactivate-user", "user"),
    ("activate-user", "user"),
    ("delete-user", "user"),
    ("forbid-hosting", "user"),
    ("license-user", "user"),
    ("unlicense-user", "user"),
    ("move-user", "user, account"),
    ("remove-app", "user, app"),
    ("block-apps", "account"),
    ("approve-apps", "account"),
    ("set-plan", "account, value"),
    ("set-default", "account, name, value"),
    ("lock-setting", "account, name, value"),
    ("unlock-setting", "account, name"),
    ("set-rule", "name, value"),
    ("mishap", "how; event, times, seconds"),
    ("end-mishaps", ""),
    ("set-fault", "fault"),
    ("end-faults", ""),
    ("enable-webhooks", "app"),
];

/// Deeds that wait for their time.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    list: Mutex<Vec<(Timestamp, Deed)>>,
}

impl Agenda {
    /// Puts a deed down for its time, counted from this one.
    pub(crate) fn put(&self, start: Timestamp, deed: Deed) -> Result<(), String> {
        let after: i64 = number("after", &deed.after)?.unwrap_or_default();
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.push((later(start, after), deed));
        Ok(())
    }

    /// Takes what is due, in order.
    fn due(&self, now: Timestamp) -> Vec<Deed> {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.sort_by_key(|(at, _)| *at);
        let end = list.partition_point(|(at, _)| *at <= now);
        list.drain(..end).map(|(_, deed)| deed).collect()
    }
}

/// Does what is due; what cannot be done is noted and passed over.
pub(crate) fn keep_time(sim: &Sim) {
    for deed in sim.agenda.due(sim.now()) {
        match carry_out(sim, &deed) {
            Ok(()) => tracing::info!(deed = deed.what, "done, as the scenario says"),
            Err(reason) => tracing::warn!(deed = deed.what, reason, "not done"),
        }
    }
}

impl Deed {
    /// Whether there is such a deed, and whether all that it needs is said.
    pub(crate) fn check(&self) -> Result<(), String> {
        let needs = DEEDS
            .iter()
            .find(|(name, _)| *name == self.what)
            .map(|(_, needs)| *needs)
            .ok_or_else(|| format!("there is no deed {:?}", self.what))?;
        number::<u32>("after", &self.after)?;
        let needed = needs.split(';').next().unwrap_or_default();
        for need in needed.split(", ").filter(|need| !need.is_empty()) {
            let missing = match need {
                "fault" => self.fault.is_none(),
                // An empty value is one: no limit.
                "value" => false,
                _ => self.field(need).is_empty(),
            };
            if missing {
                return Err(format!("{} needs {need}", self.what));
            }
        }
        if let Some(order) = &self.fault {
            order.read()?;
        }
        if self.what == "mishap" {
            self.mishap()?;
        }
        Ok(())
    }

    /// The part of the console page that shows what it does.
    pub(crate) fn section(&self) -> &'static str {
        match self.what.as_str() {
            "mishap" | "end-mishaps" => "webhooks",
            "enable-webhooks" => "apps",
            "set-fault" | "end-faults" => "faults",
            "set-rule" => "rules",
            what if what.ends_with("-meeting") => "meetings",
            _ => "accounts",
        }
    }

    fn field(&self, name: &str) -> &str {
        match name {
            "meeting" => &self.meeting,
            "user" => &self.user,
            "account" => &self.account,
            "app" => &self.app,
            "name" => &self.name,
            "how" => &self.how,
            _ => "",
        }
    }

    fn mishap(&self) -> Result<Mishap, String> {
        let seconds: Option<u32> = number("seconds", &self.seconds)?;
        let signature = Signature::ALL.iter().find(|(name, _)| *name == self.how);
        let what = match (self.how.as_str(), signature) {
            ("lost", _) => MishapKind::Lost,
            ("twice", _) => MishapKind::Twice,
            ("late", _) => MishapKind::Late(seconds.unwrap_or(60)),
            ("held", _) => MishapKind::Held,
            (_, Some((_, signature))) => MishapKind::Signed(*signature),
            _ => {
                return Err(format!(
                    "how is lost, twice, late, held, wrong, tampered, stale or missing, not {:?}",
                    self.how
                ));
            }
        };
        Ok(Mishap {
            event: said(&self.event),
            times: number("times", &self.times)?,
            what,
        })
    }

    /// What a value is: JSON if it is any, or else the text.
    fn json(&self) -> Value {
        match self.value.as_str() {
            "yes" => Value::Bool(true),
            "no" => Value::Bool(false),
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)),
        }
    }

    fn change(&self) -> Result<Wanted, String> {
        let start = said(&self.start_time)
            .map(|text| text.parse::<Timestamp>())
            .transpose()
            .map_err(|_| "a beginning looks like 2026-12-01T09:00:00Z".to_owned())?;
        Ok(Wanted::by_host(
            said(&self.topic),
            start,
            number("minutes", &self.minutes)?,
        ))
    }
}

/// Does it, or says why it cannot be done.
pub(crate) fn carry_out(sim: &Sim, deed: &Deed) -> Result<(), String> {
    deed.check()?;
    match deed.what.as_str() {
        "set-fault" => {
            if let Some(order) = &deed.fault {
                sim.faults.add(order.read()?);
            }
            Ok(())
        }
        "end-faults" => {
            sim.faults.clear();
            Ok(())
        }
        _ => sim.change(|world, now| in_world(world, now, deed)),
    }
}

fn in_world(world: &mut World, now: Timestamp, deed: &Deed) -> Result<(), String> {
    let stands = |standing| (standing, deed.user.as_str());
    let happened = match deed.what.as_str() {
        "start-meeting" => meetings::start(world, now, which(world, deed)?),
        "end-meeting" => meetings::end(world, now, which(world, deed)?),
        "delete-meeting" => meetings::remove(world, now, which(world, deed)?),
        "recover-meeting" => meetings::recover(world, now, which(world, deed)?),
        "purge-meeting" => meetings::purge(world, now, which(world, deed)?),
        "change-meeting" => {
            let wanted = deed.change()?;
            meetings::apply(world, now, which(world, deed)?, &wanted, None)
        }
        "deactivate-user" | "activate-user" | "delete-user" | "forbid-hosting" => {
            let (standing, email) = stands(match deed.what.as_str() {
                "deactivate-user" => Standing::Deactivated,
                "delete-user" => Standing::Deleted,
                "forbid-hosting" => Standing::NoHosting,
                _ => Standing::Active,
            });
            people::set_standing(world, now, email, standing)
        }
        "move-user" => people::move_to(world, now, &deed.user, &deed.account),
        "license-user" => people::set_licensed(world, now, &deed.user, true),
        "unlicense-user" => people::set_licensed(world, now, &deed.user, false),
        "remove-app" => {
            let user = world.user_by_email(&deed.user);
            let user = user.map(|user| user.user_id.clone());
            user.is_some_and(|user_id| token::uninstall(world, now, &deed.app, &user_id))
        }
        "set-rule" => {
            world.rules.set(&deed.name, &deed.value)?;
            true
        }
        "mishap" => {
            world.mishaps.push(deed.mishap()?);
            true
        }
        "end-mishaps" => {
            world.mishaps.clear();
            true
        }
        "enable-webhooks" => webhooks::enable_again(world, now, &deed.app),
        _ => return in_account(world, deed),
    };
    if happened {
        return Ok(());
    }
    Err(format!(
        "{} cannot be done: there is no such one, or it is not in a state for this",
        deed.what
    ))
}

fn in_account(world: &mut World, deed: &Deed) -> Result<(), String> {
    let value = deed.json();
    let account = world
        .accounts
        .get_mut(&deed.account)
        .ok_or_else(|| format!("there is no account {:?}", deed.account))?;
    match deed.what.as_str() {
        "block-apps" => account.blocks_apps = true,
        "approve-apps" => account.blocks_apps = false,
        "set-default" => {
            account.defaults.insert(deed.name.clone(), value);
        }
        "lock-setting" => {
            account.locked.insert(deed.name.clone(), value);
        }
        "unlock-setting" => {
            account.locked.remove(&deed.name);
        }
        "set-plan" => {
            account.plan = Plan::named(&deed.value)?;
        }
        other => return Err(format!("there is no deed {other:?}")),
    }
    Ok(())
}

/// A meeting by its number, by its topic, or the one made last.
fn which(world: &World, deed: &Deed) -> Result<i64, String> {
    let wanted = deed.meeting.trim();
    let mut meetings: Vec<_> = world.meetings.values().collect();
    meetings.sort_by_key(|meeting| (meeting.created_at, meeting.id));
    meetings
        .iter()
        .rev()
        .find(|meeting| {
            wanted == "latest" || meeting.id.to_string() == wanted || meeting.topic == wanted
        })
        .map(|meeting| meeting.id)
        .ok_or_else(|| format!("there is no meeting {wanted:?}"))
}
