//! The simulator over real HTTP, as a Zoom client, a browser and a webhook receiver see it.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot set up its story has failed"
)]
#![expect(
    clippy::panic,
    reason = "a test that cannot set up its story has failed"
)]

mod client;
mod fates;
mod faults;
mod habits;
mod host;
mod inside;
mod limits;
mod meetings;
mod oauth;
mod odd_answers;
mod pages;
mod people;
mod persistence;
mod scenarios;
mod series;
mod support;
mod webhooks;
