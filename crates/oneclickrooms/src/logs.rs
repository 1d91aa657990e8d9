//! Logs, on standard error.

use anyhow::bail;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::config::{Layers, Surroundings, keys, text};

/// Starts logging as configured. With `quiet` only warnings are shown where nothing else is said.
pub(crate) fn start(layers: &Layers, around: &Surroundings, quiet: bool) -> anyhow::Result<()> {
    let said = text(layers, &keys::LOG)
        .or_else(|| around.variables.get("RUST_LOG").map(String::as_str))
        .filter(|filter| !filter.is_empty());
    let usual = if quiet {
        "warn"
    } else {
        "info,sqlx=warn,hyper=warn,reqwest=warn"
    };
    let filter = said.unwrap_or(usual);
    let Ok(filter) = filter.parse::<Targets>() else {
        bail!(
            "{}: {filter:?} is no filter; write for example info or rooms_app=debug,info",
            keys::LOG.variable()
        );
    };
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && !around.variables.contains_key("NO_COLOR");
    let lines = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    let lines = match text(layers, &keys::LOG_FORMAT) {
        Some("json") => lines.json().boxed(),
        Some("text") | None => lines.boxed(),
        Some(other) => bail!(
            "{}: {other:?} has to be text or json",
            keys::LOG_FORMAT.variable()
        ),
    };
    tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .init();
    Ok(())
}
