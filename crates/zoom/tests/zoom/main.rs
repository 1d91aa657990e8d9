//! The client against a real server on this machine that answers in Zoom's recorded shapes.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests stop at the first surprise"
)]

mod errors;
mod limits;
mod meetings;
mod oauth;
mod peer;
mod webhook;
