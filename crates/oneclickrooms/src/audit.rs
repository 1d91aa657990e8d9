//! The commands about the audit: does it hold, and giving it out.

use std::process::ExitCode;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use rooms_app::audit::{self, COLUMNS, Filter, INSTALLATION, Verdict};

use crate::cli::{AuditExport, AuditFormat, AuditVerify};
use crate::commands;
use crate::config::Layers;
use crate::output::{complain, say};

/// Looks chains through, and says where the first is broken.
pub(crate) async fn verify(layers: &Layers, ask: AuditVerify) -> anyhow::Result<ExitCode> {
    let (app, ground) = commands::app(layers).await?;
    let verdicts = audit::verify(&app, ask.company).await;
    ground.store.close().await;
    let mut code = ExitCode::SUCCESS;
    for verdict in verdicts? {
        if !told(&verdict) {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Says whether a chain holds.
pub(crate) fn told(verdict: &Verdict) -> bool {
    let whose = if verdict.company == INSTALLATION {
        "installation".to_owned()
    } else {
        verdict.company.to_string()
    };
    match &verdict.found {
        Ok(holds) => {
            let removed = match holds.removed {
                0 => String::new(),
                number => format!(", {number} older ones removed because of their age"),
            };
            let newest = audit::hex(&holds.hash);
            let entries = holds.entries;
            say(&format!(
                "{whose}: {entries} entries hold{removed}; newest {newest}"
            ));
            true
        }
        Err(broken) => {
            complain(&format!(
                "{whose}: broken at entry {}: {}",
                broken.number, broken.why
            ));
            false
        }
    }
}

/// Prints a company's entries.
pub(crate) async fn export(layers: &Layers, ask: AuditExport) -> anyhow::Result<()> {
    let (app, ground) = commands::app(layers).await?;
    let wanted = Filter {
        topic: None,
        person: None,
        from: ask.from.map(midnight).transpose()?,
        to: ask.to.map(after).transpose()?,
        before: None,
        limit: 0,
    };
    let entries = audit::export(&app, ask.company, wanted).await;
    ground.store.close().await;
    if matches!(ask.format, AuditFormat::Csv) {
        say(&COLUMNS.join(","));
    }
    for entry in entries? {
        match ask.format {
            AuditFormat::Json => say(&serde_json::to_string(&entry)?),
            AuditFormat::Csv => say(&entry.csv()),
        }
    }
    Ok(())
}

/// The beginning of a day in UTC.
pub(crate) fn midnight(day: Date) -> Result<Timestamp, jiff::Error> {
    Ok(day.to_zoned(TimeZone::UTC)?.timestamp())
}

fn after(day: Date) -> Result<Timestamp, jiff::Error> {
    midnight(day.checked_add(1.day())?)
}
