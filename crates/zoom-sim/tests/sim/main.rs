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
mod faults;
mod host;
mod limits;
mod meetings;
mod oauth;
mod odd_answers;
mod pages;
mod persistence;
mod support;
mod webhooks;
