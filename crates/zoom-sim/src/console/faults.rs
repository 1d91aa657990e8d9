//! The console sets faults, and ends them.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State};
use axum::response::Response;

use super::forms::{done, wrong};
use crate::faults::{AimedFault, CATALOGUE, Only, Operation, Order};
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
    let mut words = vec![match aimed.fault.times {
        None => "until ended".to_owned(),
        Some(left) => format!("{left} ×"),
    }];
    if aimed.skip > 0 {
        words.push(format!("after {} more", aimed.skip));
    }
    words.extend(aimed.only.iter().map(|only| match only {
        Only::User(email) => format!("only {email}"),
        Only::Account(id) => format!("only account {id}"),
        Only::App(client_id) => format!("only app {client_id}"),
        Only::Meeting(id) => format!("only meeting {id}"),
    }));
    words.join(", ")
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

pub(super) async fn add(State(sim): State<Arc<Sim>>, Form(order): Form<Order>) -> Response {
    match order.read() {
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
