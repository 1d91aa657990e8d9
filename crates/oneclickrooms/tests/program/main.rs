//! The program as its users meet it: real processes, their output and their exit codes.

#![expect(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::format_collect,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test whose stage does not stand has failed, and its clock is the machine's"
)]

mod backup;
mod commands;
mod config;
mod crash;
mod demo;
mod doctor;
mod faults;
mod histories;
mod keys;
mod kills;
mod mail;
mod needles;
mod process;
mod reconcile;
mod records;
mod secrets;
mod serve;
