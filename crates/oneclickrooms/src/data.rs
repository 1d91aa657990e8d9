//! The commands about data held on people.

use std::process::ExitCode;

use jiff::Timestamp;
use rooms_app::App;
use rooms_app::data::person::{self, Outlook};

use crate::audit::midnight;
use crate::cli::{DataErase, DataErasures, DataExport};
use crate::commands::{self, explain};
use crate::config::Layers;
use crate::output::{complain, say};

/// Prints everything held on a person.
pub(crate) async fn export(layers: &Layers, ask: DataExport) -> anyhow::Result<()> {
    let (app, ground) = commands::app(layers).await?;
    let document = person::export(&app, &ask.person).await;
    ground.store.close().await;
    say(&document.map_err(explain)?);
    Ok(())
}

/// Erases everything held on a person, or says what that would do.
pub(crate) async fn erase(layers: &Layers, ask: DataErase) -> anyhow::Result<ExitCode> {
    let (app, ground) = commands::app(layers).await?;
    let done = erased(&app, &ask).await;
    ground.store.close().await;
    done
}

async fn erased(app: &App, ask: &DataErase) -> anyhow::Result<ExitCode> {
    let outlook = person::outlook(app, &ask.person).await.map_err(explain)?;
    if ask.dry_run {
        tell(&outlook);
        say("Nothing was erased: this was a dry run.");
        return Ok(ExitCode::SUCCESS);
    }
    if !outlook.ahead.is_empty() {
        if ask.cancel_bookings {
            let cancelled = person::cancel_ahead(app, &outlook, None).await;
            let cancelled = cancelled.map_err(explain)?;
            say(&format!(
                "{cancelled} bookings cancelled. Erase in a minute, when their Zoom meetings are deleted."
            ));
            return Ok(ExitCode::SUCCESS);
        }
        tell(&outlook);
        complain("they have bookings ahead: hand them over, or cancel them with --cancel-bookings");
        return Ok(ExitCode::FAILURE);
    }
    for (kind, count) in person::erase(app, &ask.person).await.map_err(explain)? {
        say(&format!("{kind}: {count}"));
    }
    say(&format!("{} is erased.", outlook.person.id));
    Ok(ExitCode::SUCCESS)
}

fn tell(outlook: &Outlook) {
    say(&format!("{}:", outlook.person.id));
    for (kind, count) in &outlook.counts {
        say(&format!("{kind}: {count}"));
    }
    for booking in &outlook.ahead {
        say(&format!("ahead: {} {}", booking.id, booking.slot.starts_at));
    }
}

/// Lists who was erased.
pub(crate) async fn erasures(layers: &Layers, ask: DataErasures) -> anyhow::Result<()> {
    let since = ask.since.map(midnight).transpose()?;
    let (app, ground) = commands::app(layers).await?;
    let erased = person::erased_since(&app, since.unwrap_or(Timestamp::UNIX_EPOCH)).await;
    ground.store.close().await;
    for (company, person, at) in erased.map_err(explain)? {
        say(&format!("{person} {company} {at}"));
    }
    Ok(())
}
