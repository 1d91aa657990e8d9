//! The commands about Zoom: compare our links with each host's meetings, and put right what differs.

use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;
use rooms_app::zoom::reconcile::{self, Finding, Overview};
use rooms_app::{App, jobs};
use rooms_core::reconciliation::FindingState;

use crate::cli::Reconcile;
use crate::config::{Config, Layers};
use crate::output::{complain, say};
use crate::{serve, wiring};

/// The exit code where something still differs, or a host could not be compared.
const DIFFERS: u8 = 3;
/// How often progress is looked up.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Compares a company's links with Zoom, and with `--fix` puts right what differs.
///
/// The work is done by jobs, here or by a server that runs beside this; whoever is first.
pub(crate) async fn reconcile(layers: &Layers, ask: Reconcile) -> anyhow::Result<ExitCode> {
    let config = Config::read(layers)?;
    let ground = wiring::open(&config.database, config.master_keys()?, false).await?;
    let app = serve::full_app(&config, &ground, config.listen)?;
    app.tasks().spawn(jobs::run(app.clone()));
    let end = compared(&app, &ask).await;
    serve::end(app, ground.store).await;
    end
}

async fn compared(app: &App, ask: &Reconcile) -> anyhow::Result<ExitCode> {
    let run = reconcile::start_for(app, ask.company, None).await?;
    let mut told = None;
    let mut found = loop {
        let now = reconcile::overview_of(app, ask.company).await?;
        let newest = now.run.as_ref().context("the run is gone")?;
        if told != Some(newest.hosts_done) {
            say(&format!(
                "{} of {} hosts compared",
                newest.hosts_done, newest.hosts
            ));
            told = Some(newest.hosts_done);
        }
        if newest.finished_at.is_some() {
            break now;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    list(&found);
    let open = found.counts.of(FindingState::Open);
    if open > 0 && (ask.fix || ask.dry_run) {
        for (kind, number) in found.counts.by_kind(FindingState::Open) {
            say(&reconcile::intention(kind, number));
        }
        if ask.dry_run {
            say("Nothing was changed: this was a dry run.");
        } else {
            reconcile::fix_all_of(app, ask.company, run, None).await?;
            found = fixed(app, ask, open).await?;
        }
    }
    let open = found.counts.of(FindingState::Open);
    let left = found.counts.of(FindingState::Left);
    say(&match (open, left) {
        (0, 0) => "Nothing differs.".to_owned(),
        (0, left) => format!("Nothing else differs; left as they are: {left}."),
        (open, _) => format!("Still open: {open}."),
    });
    let clean = open == 0 && found.unreachable.is_empty();
    Ok(if clean {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(DIFFERS)
    })
}

/// Waits until everything taken to be fixed has come to an end, saying how far it is.
async fn fixed(app: &App, ask: &Reconcile, all: usize) -> anyhow::Result<Overview> {
    let mut told = None;
    loop {
        let now = reconcile::overview_of(app, ask.company).await?;
        let fixing = now.counts.of(FindingState::Fixing);
        if told != Some(fixing) {
            say(&format!("{} of {all} done", all.saturating_sub(fixing)));
            told = Some(fixing);
        }
        if fixing == 0 {
            for finding in &now.open {
                complain(&line(finding));
            }
            return Ok(now);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn list(found: &Overview) {
    for host in &found.unreachable {
        complain(&format!("{} was not compared: {}", host.email, host.why));
    }
    for finding in &found.open {
        say(&line(finding));
    }
    let hidden = found
        .counts
        .of(FindingState::Open)
        .saturating_sub(found.open.len());
    if hidden > 0 {
        say(&format!("and {hidden} more"));
    }
}

fn line(finding: &Finding) -> String {
    let trouble = finding.trouble.as_deref().map(|why| format!(" {why}"));
    format!(
        "{} {} {} “{}”: {} {}{}",
        finding.kind.as_str(),
        finding.host,
        finding.zoom_id,
        finding.title,
        finding.differs,
        reconcile::remedy(finding.kind),
        trouble.unwrap_or_default()
    )
}
