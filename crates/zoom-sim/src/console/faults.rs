//! The console sets faults, and ends them.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::forms::{done, wrong};
use crate::faults::{AimedFault, CATALOGUE, Fault, Only, Operation, Wishes, named};
use crate::state::Sim;

/// A fault in force.
pub(super) struct Row {
    pub(super) number: u64,
    pub(super) on: &'static str,
    pub(super) times: String,
    pub(super) words: String,
}

pub(super) fn rows(sim: &Sim) -> Vec<Row> {
    let faults = sim.faults.all().into_iter();
    faults
        .map(|(number, aimed)| Row {
            number,
            on: aimed.fault.on.name(),
            times: times(&aimed),
            words: aimed.fault.what.words(),
        })
        .collect()
}

fn times(aimed: &AimedFault) -> String {
    let mut words = match aimed.fault.times {
        None => "until ended".to_owned(),
        Some(left) => format!("{left} ×"),
    };
    if aimed.skip > 0 {
        words.push_str(&format!(", after {} more", aimed.skip));
    }
    for only in &aimed.only {
        words.push_str(&match only {
            Only::User(email) => format!(", only {email}"),
            Only::Account(id) => format!(", only account {id}"),
            Only::App(client_id) => format!(", only app {client_id}"),
            Only::Meeting(id) => format!(", only meeting {id}"),
        });
    }
    words
}

/// The groups of troubles, each with names and words.
pub(super) fn troubles() -> Vec<(&'static str, Vec<(&'static str, &'static str)>)> {
    CATALOGUE
        .iter()
        .map(|(group, entries)| {
            let entries = entries.iter().map(|entry| (entry.name, entry.words));
            (*group, entries.collect())
        })
        .collect()
}

pub(super) fn operations() -> Vec<&'static str> {
    Operation::ALL.iter().map(|(name, _)| *name).collect()
}

/// As a form or a file says it; everything is text, and nothing is a wish for nothing.
#[derive(Debug, Default, Deserialize)]
pub(super) struct FaultForm {
    on: String,
    what: String,
    #[serde(default)]
    times: String,
    #[serde(default)]
    after: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    seconds: String,
    #[serde(default)]
    body: String,
    #[serde(default)]
    content_type: String,
    #[serde(default)]
    user: String,
    #[serde(default)]
    account: String,
    #[serde(default)]
    app: String,
    #[serde(default)]
    meeting: String,
}

impl FaultForm {
    fn read(&self) -> Result<AimedFault, String> {
        let (_, on) = Operation::ALL
            .iter()
            .find(|(name, _)| *name == self.on)
            .ok_or_else(|| format!("there is no call {:?}", self.on))?;
        let wishes = Wishes {
            status: number("a status", &self.status)?,
            seconds: number("seconds", &self.seconds)?,
            body: said(&self.body),
            content_type: said(&self.content_type),
        };
        let times: Option<u32> = number("how many times", &self.times)?;
        if times == Some(0) {
            return Err("how many times is a number from 1, or nothing for always".into());
        }
        let what = named(&self.what, &wishes)?;
        let mut aimed = AimedFault::from(Fault {
            on: *on,
            times,
            what,
        });
        aimed.skip = number("after how many", &self.after)?.unwrap_or_default();
        aimed.only.extend(said(&self.user).map(Only::User));
        aimed.only.extend(said(&self.account).map(Only::Account));
        aimed.only.extend(said(&self.app).map(Only::App));
        aimed
            .only
            .extend(number("a meeting", &self.meeting)?.map(Only::Meeting));
        Ok(aimed)
    }
}

fn said(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn number<N: std::str::FromStr>(what: &str, text: &str) -> Result<Option<N>, String> {
    said(text)
        .map(|text| {
            text.parse()
                .map_err(|_| format!("{what} is a number, not {text:?}"))
        })
        .transpose()
}

pub(super) async fn add(State(sim): State<Arc<Sim>>, Form(form): Form<FaultForm>) -> Response {
    match form.read() {
        Ok(fault) => {
            sim.faults.add(fault);
            done("faults")
        }
        Err(words) => wrong(&format!("No fault was set: {words}.")),
    }
}

pub(super) async fn remove(State(sim): State<Arc<Sim>>, Path(number): Path<u64>) -> Response {
    sim.faults.remove(number);
    done("faults")
}

pub(super) async fn clear(State(sim): State<Arc<Sim>>) -> Response {
    sim.faults.clear();
    done("faults")
}
