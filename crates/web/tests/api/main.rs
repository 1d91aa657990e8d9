//! The API over HTTP: real routes, a real database, the simulator as Zoom.

#![expect(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test that meets something else has failed"
)]

mod alternatives;
mod bodies;
mod bookings;
mod calendar;
mod coverage;
mod document;
mod domain;
mod hosts;
mod lists;
mod order;
mod rooms;
mod support;
mod webhooks;
mod zoom;
