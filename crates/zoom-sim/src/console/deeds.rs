//! The console lets an administrator, a user or a developer do something.

use std::sync::Arc;

use axum::Form;
use axum::extract::State;
use axum::response::Response;

use super::forms::{done, wrong};
use crate::deeds::{Deed, carry_out};
use crate::state::Sim;

/// One deed; the form says which, and about whom.
pub(super) async fn act(State(sim): State<Arc<Sim>>, Form(deed): Form<Deed>) -> Response {
    match carry_out(&sim, &deed) {
        Ok(()) => done(deed.section()),
        Err(reason) => wrong(&format!("Not done: {reason}.")),
    }
}
