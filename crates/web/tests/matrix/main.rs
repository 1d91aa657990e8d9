//! Every route, asked by everybody who could ask, with ids of their own company and of another.
//!
//! Two companies hold one of everything, and every text of each holds a word of its own: the
//! canary. [`table`] declares for each route of the router who may use it; [`asking`] sends what it
//! declares as each [`roles::Role`] and compares the answer with the policy, every byte of it with
//! the canaries of the other company, and every row of the database with what was there before.

#![expect(
    clippy::format_push_string,
    clippy::indexing_slicing,
    clippy::large_futures,
    clippy::panic,
    clippy::print_stdout,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "a test that meets something else has failed, and says how much it asked"
)]

mod asking;
mod canaries;
mod company;
mod forged;
mod ids;
mod live;
mod policy;
mod roles;
mod routes;
mod rows;
mod stage;
mod table;
