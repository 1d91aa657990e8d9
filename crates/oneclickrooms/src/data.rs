//! The commands about data held on people.

use std::process::ExitCode;

use jiff::Timestamp;
use rooms_app::App;
use rooms_app::data::guest;
use rooms_app::data::person::{self, Outlook};

use crate::audit::midnight;
use crate::cli::{DataErase, DataErasures, DataExport, Whom};
use crate::commands::{self, explain};
use crate::config::Layers;
use crate::output::{complain, say};

/// Prints everything held on a person, or on a guest.
pub(crate) async fn export(layers: &Layers, ask: DataExport) -> anyhow::Result<()> {
    let (app, ground) = commands::app(layers).await?;
    let document = match &ask.whom {
        Whom {
            email: Some(email), ..
        } => guest::export(&app, email).await,
        Whom { person, .. } => person::export(&app, person.as_deref().unwrap_or_default()).await,
    };
    ground.store.close().await;
    say(&document.map_err(explain)?);
    Ok(())
}

/// Erases everything held on a person or on a guest, or says what that would do.
pub(crate) async fn erase(layers: &Layers, ask: DataErase) -> anyhow::Result<ExitCode> {
    let (app, ground) = commands::app(layers).await?;
    let done = match &ask.whom {
        Whom {
            email: Some(email), ..
        } => guest_erased(&app, email, ask.dry_run).await,
        Whom { person, .. } => erased(&app, person.as_deref().unwrap_or_default(), &ask).await,
    };
    ground.store.close().await;
    done
}

async fn guest_erased(app: &App, email: &str, dry_run: bool) -> anyhow::Result<ExitCode> {
    let held = guest::held(app, email).await.map_err(explain)?;
    if dry_run {
        for (company, bookings) in &held.invited_to {
            say(&format!("{company}: invited_to: {}", bookings.len()));
        }
        say("Nothing was erased: this was a dry run.");
        return Ok(ExitCode::SUCCESS);
    }
    let erased = guest::erase(app, email).await.map_err(explain)?;
    for (company, kinds) in &erased {
        for (kind, count) in kinds {
            say(&format!("{company}: {kind}: {count}"));
        }
    }
    say(match erased.as_slice() {
        [] => "Nobody invited this address to anything.",
        _ => "The address is erased where it was a guest's.",
    });
    if held.has_account {
        say("Somebody signs in with it: `data erase --person` erases their account.");
    }
    Ok(ExitCode::SUCCESS)
}

async fn erased(app: &App, whom: &str, ask: &DataErase) -> anyhow::Result<ExitCode> {
    let outlook = person::outlook(app, whom).await.map_err(explain)?;
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
    for (kind, count) in person::erase(app, whom).await.map_err(explain)? {
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
