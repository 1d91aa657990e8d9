//! The only SQL: transactions, jobs, inbox, idempotency and sealed columns on `SQLite` and
//! `PostgreSQL`.
//!
//! [`Store`] opens the database; [`Store::write`] runs a use case in one transaction and
//! [`Store::read`] lends a connection for reading. Both hand out a [`Tx`], and the modules hold
//! the statements as functions over it: one text for both databases.

#[macro_use]
mod macros;

pub mod audit;
pub mod backup;
pub mod bookings;
pub mod browsers;
pub mod companies;
pub mod connections;
pub mod erasure;
pub mod error;
pub mod events;
pub mod groups;
pub mod hosts;
pub mod idempotency;
pub mod inbox;
pub mod invitations;
pub mod jobs;
pub mod keys;
pub mod leaving;
pub mod limits;
pub mod meetings;
mod migrations;
pub mod notices;
pub mod oauth;
pub mod passkeys;
pub mod people;
pub mod permissions;
pub mod personal;
mod postgres;
pub mod probes;
pub mod reconciliations;
pub mod requests;
pub mod retention;
pub mod rooms;
pub mod sealed;
pub mod second_factor;
pub mod sessions;
mod sqlite;
mod steps;
mod store;
mod tx;
pub mod unheard;
mod work;
pub mod zoom_apps;

pub use error::{Constraint, Error};
pub use sealed::{KeyId, MasterKey, MasterKeys, Sealer};
pub use steps::{Fate, Standing, Steps};
pub use store::{DatabaseUrl, OpenError, Store};
pub use tx::{Change, Tx};
pub use work::Stored;

/// Every statement of the crate by name, for the test that prepares them on both databases.
#[must_use]
pub fn statements() -> Vec<(&'static str, &'static str)> {
    [
        audit::STATEMENTS,
        audit::chain::STATEMENTS,
        backup::STATEMENTS,
        bookings::STATEMENTS,
        browsers::STATEMENTS,
        companies::STATEMENTS,
        connections::STATEMENTS,
        erasure::STATEMENTS,
        events::STATEMENTS,
        groups::STATEMENTS,
        hosts::STATEMENTS,
        idempotency::STATEMENTS,
        inbox::STATEMENTS,
        invitations::STATEMENTS,
        jobs::STATEMENTS,
        keys::STATEMENTS,
        leaving::STATEMENTS,
        limits::STATEMENTS,
        meetings::STATEMENTS,
        meetings::attempts::STATEMENTS,
        meetings::listing::STATEMENTS,
        meetings::promises::STATEMENTS,
        meetings::sessions::STATEMENTS,
        notices::STATEMENTS,
        oauth::STATEMENTS,
        passkeys::STATEMENTS,
        people::STATEMENTS,
        permissions::STATEMENTS,
        personal::STATEMENTS,
        probes::STATEMENTS,
        reconciliations::STATEMENTS,
        reconciliations::findings::STATEMENTS,
        requests::STATEMENTS,
        retention::STATEMENTS,
        rooms::STATEMENTS,
        second_factor::STATEMENTS,
        sessions::STATEMENTS,
        unheard::STATEMENTS,
        zoom_apps::STATEMENTS,
    ]
    .concat()
}
