//! Logs, on standard error.

use anyhow::bail;
use tracing_subscriber::EnvFilter;

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
    let Ok(filter) = EnvFilter::try_new(filter) else {
        bail!(
            "{}: {filter:?} is no filter; write for example info or rooms_app=debug,info",
            keys::LOG.variable()
        );
    };
    let colours = std::io::IsTerminal::is_terminal(&std::io::stderr())
        && !around.variables.contains_key("NO_COLOR");
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(colours);
    match text(layers, &keys::LOG_FORMAT) {
        Some("json") => logs.json().init(),
        Some("text") | None => logs.init(),
        Some(other) => bail!(
            "{}: {other:?} has to be text or json",
            keys::LOG_FORMAT.variable()
        ),
    }
    Ok(())
}
