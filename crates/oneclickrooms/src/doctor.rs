//! The commands about the app at Zoom: what to set it up with, and whether it is.

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use rooms_app::App;
use rooms_app::zoom::apps::check::{self, Finding, Verdict};
use rooms_app::zoom::apps::{self, manifest};
use rooms_core::CompanyId;

use crate::cli::{Doctor, Manifest};
use crate::config::keys::PUBLIC_URL;
use crate::config::{Config, Layers};
use crate::output::{complain, say};
use crate::{serve, wiring};

/// The exit code where something is to be done.
const TO_DO: u8 = 3;

/// Prints the app manifest for the public address. It needs neither a database nor a key.
pub(crate) fn manifest(layers: &Layers, ask: &Manifest) -> anyhow::Result<()> {
    let config = Config::read(layers)?;
    let Some(url) = config.public_url else {
        bail!(
            "the manifest names the addresses of the server: set {}, or say --public-url",
            PUBLIC_URL.variable()
        );
    };
    if url.scheme() != "https" {
        complain(
            "Zoom sends people and events to https addresses only; this one is for a simulator",
        );
    }
    let name = ask.name.as_deref().unwrap_or(manifest::NAME);
    let manifest = manifest::at(&url).manifest(name);
    say(&serde_json::to_string_pretty(&manifest)?);
    Ok(())
}

/// Checks how the app is set up, and says what is to be done.
pub(crate) async fn doctor(layers: &Layers, ask: Doctor) -> anyhow::Result<ExitCode> {
    let config = Config::read(layers)?;
    let ground = wiring::open(&config.database, config.master_keys()?, false).await?;
    let app = serve::full_app(&config, &ground, config.listen)?;
    let code = config
        .domain_file
        .as_ref()
        .map(|file| file.content.as_str());
    let found = found(&app, ask.company, code).await;
    drop(app);
    ground.store.close().await;
    let found = found?;
    if ask.json {
        say(&serde_json::to_string_pretty(&found)?);
    } else {
        for finding in &found {
            say(&line(finding));
        }
    }
    let to_do = found.iter().any(|finding| finding.verdict == Verdict::ToDo);
    Ok(if to_do {
        ExitCode::from(TO_DO)
    } else {
        ExitCode::SUCCESS
    })
}

async fn found(
    app: &App,
    company: Option<CompanyId>,
    code: Option<&str>,
) -> anyhow::Result<Vec<Finding>> {
    let zoom = match company {
        Some(company) => {
            let known = rooms_store::companies::get(&mut app.read().await?, company).await?;
            known.context("there is no such company")?;
            apps::current(app, company).await?
        }
        None => app.zoom().cloned(),
    };
    let zoom = zoom.context(
        "no Zoom app is set up here: `oneclickrooms zoom manifest` prints what to enter at Zoom, and \
         docs/zoom.md says where",
    )?;
    let mut found = check::run(app, &zoom).await?;
    found.extend(check::at_the_address(app, &zoom, code).await);
    Ok(found)
}

fn line(finding: &Finding) -> String {
    let verdict = match finding.verdict {
        Verdict::Ok => "ok",
        Verdict::ToDo => "to do",
        Verdict::Unknown => "open",
    };
    format!("{verdict:<6} {}: {}", finding.what.title(), finding.says)
}
