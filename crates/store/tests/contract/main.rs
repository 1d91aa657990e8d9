//! What the store promises, on both databases.
#![expect(
    clippy::format_collect,
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed, and looks for few bytes"
)]

/// Runs `$work` in one transaction and gives its value or the store's error; `$input`s are cloned
/// in and lent to it.
macro_rules! write {
    ($store:expr, |$tx:ident $(, $input:ident)*| $work:expr) => {
        $store
            .write::<_, _, rooms_store::Error, _>(
                ($($input.clone(),)*),
                move |$tx, ($($input,)*)| Box::pin(async move { $work }),
            )
            .await
    };
}

mod audit;
mod backup;
mod bookings;
mod connections;
mod faults;
mod filled;
mod groups;
mod history;
mod hosts;
mod idempotency;
mod jobs;
mod keys;
mod leaving;
mod limits;
mod meetings;
mod oauth;
mod opening;
mod people;
mod permissions;
mod reconciliations;
mod records;
mod schema;
mod second_factor;
mod steps;
mod tenants;
mod world;
mod writing;
mod zoom_apps;
