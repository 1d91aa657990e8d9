//! The figures of the product, each beside its baseline, from one run.
//!
//! [`stage`] is a database with a company and a server process over it; [`load`] lets clients work
//! side by side; the other modules measure.

mod bookings;
mod closing;
mod day;
mod endurance;
mod http;
mod links;
mod load;
mod neighbour;
mod process;
mod raw;
mod stage;
mod webhooks;

use std::io::Write as _;
use std::time::Duration;

use anyhow::{Context as _, bail};
use stage::Place;

/// What the run was asked for.
pub(crate) struct Options {
    binary: String,
    postgres: Option<String>,
    time: Duration,
    only: Option<String>,
    /// Leaves `SQLite` out.
    server_only: bool,
}

/// Prints a figure at once.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let options = options()?;
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    say(&format!(
        "{cores} cores, {} s for each figure, client and server on one machine",
        options.time.as_secs()
    ));
    for name in [
        "process",
        "bookings",
        "day",
        "webhooks",
        "links",
        "closing",
        "endurance",
        "neighbour",
    ] {
        let wanted = options.only.as_deref().is_none_or(|only| name == only);
        if !wanted {
            continue;
        }
        if !options.server_only {
            measure(&options, name, Place::sqlite(name)?).await?;
        }
        if let Some(server) = &options.postgres {
            measure(&options, name, Place::postgres(server, name).await?).await?;
        }
    }
    process::size(&options);
    Ok(())
}

async fn measure(options: &Options, name: &str, place: Place) -> anyhow::Result<()> {
    match name {
        "process" => process::measure(options, place).await,
        "bookings" => bookings::measure(options, place).await,
        "day" => day::measure(options, place).await,
        "closing" => closing::measure(options, place).await,
        "endurance" => endurance::measure(options, place).await,
        "neighbour" => neighbour::measure(options, place).await,
        "links" => links::measure(options, place).await,
        _ => webhooks::measure(options, place).await,
    }
}

fn options() -> anyhow::Result<Options> {
    let target = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../target/release/oneclickrooms"
    );
    let mut options = Options {
        binary: target.to_owned(),
        postgres: None,
        time: Duration::from_secs(4),
        only: None,
        server_only: false,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        // Cargo says that it runs a benchmark.
        if word == "--bench" {
            continue;
        }
        if word == "--server-only" {
            options.server_only = true;
            continue;
        }
        let value = words
            .next()
            .with_context(|| format!("{word} needs a value"))?;
        match word.as_str() {
            "--binary" => options.binary = value,
            "--postgres" => options.postgres = Some(value),
            "--seconds" => options.time = Duration::from_secs(value.parse()?),
            "--only" => options.only = Some(value),
            _ => bail!("no such flag: {word}"),
        }
    }
    Ok(options)
}
