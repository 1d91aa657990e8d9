//! The console plays the host, who works on a meeting in Zoom itself.

use std::sync::Arc;

use axum::Form;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{MethodRouter, post};
use jiff::Timestamp;
use serde::Deserialize;

use super::forms::{done, wrong};
use crate::meetings::{self, Wanted};
use crate::state::{Sim, World};

/// Something the host does to a meeting; false if it cannot be done.
type Deed = fn(&mut World, Timestamp, i64) -> bool;

pub(super) fn routes() -> Router<Arc<Sim>> {
    Router::new()
        .route("/console/meetings/{id}", post(change))
        .route("/console/meetings/{id}/beginning", does(meetings::start))
        .route("/console/meetings/{id}/end", does(meetings::end))
        .route("/console/meetings/{id}/removal", does(meetings::remove))
        .route("/console/meetings/{id}/recovery", does(meetings::recover))
        .route("/console/meetings/{id}/purge", does(meetings::purge))
}

fn does(deed: Deed) -> MethodRouter<Arc<Sim>> {
    post(
        move |State(sim): State<Arc<Sim>>, Path(id): Path<i64>| async move {
            answer(sim.change(|world, now| deed(world, now, id)))
        },
    )
}

fn answer(happened: bool) -> Response {
    if happened {
        done("meetings")
    } else {
        wrong("The meeting is not in a state for this any more. Look at the console again.")
    }
}

#[derive(Deserialize)]
struct Change {
    #[serde(default)]
    topic: String,
    #[serde(default)]
    start_time: String,
    #[serde(default)]
    duration: String,
}

async fn change(
    State(sim): State<Arc<Sim>>,
    Path(id): Path<i64>,
    Form(form): Form<Change>,
) -> Response {
    let topic = Some(form.topic.trim().to_owned()).filter(|topic| !topic.is_empty());
    let start = match form.start_time.trim() {
        "" => None,
        text => match text.parse::<Timestamp>() {
            Ok(start) => Some(start),
            Err(_) => return wrong("A beginning looks like 2026-12-01T09:00:00Z."),
        },
    };
    let duration = match form.duration.trim() {
        "" => None,
        text => match text.parse::<i64>() {
            Ok(minutes) if minutes > 0 => Some(minutes),
            _ => return wrong("A length is a whole number of minutes."),
        },
    };
    let wanted = Wanted::by_host(topic, start, duration);
    answer(sim.change(|world, now| meetings::apply(world, now, id, &wanted, None)))
}
