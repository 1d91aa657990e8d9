//! The commands about the master key: which one wraps what, and changing it.

use std::process::ExitCode;

use rooms_app::keys::{self, Held};
use rooms_app::{App, KeyId};

use crate::commands;
use crate::config::Layers;
use crate::config::keys::{MASTER_KEY, MASTER_KEY_OTHER};
use crate::output::{complain, say};

/// The exit code where something is not wrapped with the key that seals.
const UNFINISHED: u8 = 3;

/// Says how many data keys each master key wraps.
pub(crate) async fn status(layers: &Layers) -> anyhow::Result<ExitCode> {
    let (app, ground) = commands::app(layers).await?;
    let held = keys::status(&app).await;
    let code = held.map(|held| told(&app, &held));
    ground.store.close().await;
    Ok(code?)
}

/// Wraps every data key with the key that seals, and says how far it is.
pub(crate) async fn rewrap(layers: &Layers) -> anyhow::Result<ExitCode> {
    let (app, ground) = commands::app(layers).await?;
    let done = rewrapped(&app).await;
    ground.store.close().await;
    done
}

async fn rewrapped(app: &App) -> anyhow::Result<ExitCode> {
    let done = keys::rewrap(app, |so_far| {
        say(&format!("{} of {} wrapped anew", so_far.done, so_far.all));
    });
    if done.await? == 0 {
        say("There is nothing to wrap anew.");
    }
    Ok(told(app, &keys::status(app).await?))
}

fn told(app: &App, held: &Held) -> ExitCode {
    let (sealing, other) = app.sealer().key_ids();
    line(held, &MASTER_KEY.variable(), sealing);
    let Some(other) = other else {
        return ExitCode::SUCCESS;
    };
    line(held, &MASTER_KEY_OTHER.variable(), other);
    if held.by(other) == 0 {
        say(&format!(
            "Nothing needs the other key. When no server seals with it any more, take {} away.",
            MASTER_KEY_OTHER.variable()
        ));
        return ExitCode::SUCCESS;
    }
    complain(&format!(
        "both keys are needed. When every server has {sealing} as {}, run `oneclickrooms keys rewrap`",
        MASTER_KEY.variable()
    ));
    ExitCode::from(UNFINISHED)
}

fn line(held: &Held, variable: &str, key: KeyId) {
    let words = held.words(key).map(|words| format!(" ({words})"));
    say(&format!(
        "{variable} {key}: wraps {}{}",
        held.by(key),
        words.unwrap_or_default()
    ));
}
