//! The commands that write everything there is into a file, and take it back.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use rooms_app::Sealer;
use rooms_app::backup::{self, Contents, Settled};
use rooms_core::Entropy;

use crate::cli::{Backup, Restore};
use crate::config::{Config, Layers};
use crate::output::{complain, say};
use crate::{audit, serve, wiring};

/// The file that is no file: standard output, or standard input.
const PIPE: &str = "-";

/// Writes everything there is into a new file, or to standard output.
pub(crate) async fn backup(layers: &Layers, ask: Backup) -> anyhow::Result<()> {
    let config = Config::read(layers)?;
    let url = &config.database.url;
    let (program, now) = (env!("CARGO_PKG_VERSION"), wiring::now());
    if ask.file == Path::new(PIPE) {
        let mut out = BufWriter::new(io::stdout());
        backup::write(url, program, &mut out, now).await?;
        return Ok(());
    }
    if ask.file.exists() {
        bail!(
            "{} is there already, and a backup never replaces another: name a new file",
            ask.file.display()
        );
    }
    let part = beside(&ask.file);
    let written = written(&config, &part, program).await;
    let written = written.inspect_err(|_| drop(fs::remove_file(&part)))?;
    fs::rename(&part, &ask.file).with_context(|| ask.file.display().to_string())?;
    say(&format!(
        "{} rows of {} tables are in {}. The master key is not.",
        written.rows,
        written.tables,
        ask.file.display()
    ));
    Ok(())
}

async fn written(config: &Config, part: &Path, program: &str) -> anyhow::Result<Contents> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    // Names and bookings are in it in clear.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options
        .open(part)
        .with_context(|| part.display().to_string())?;
    let mut out = BufWriter::new(file);
    let url = &config.database.url;
    let contents = backup::write(url, program, &mut out, wiring::now()).await?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(contents)
}

/// The file bears its name only once it is whole and on the disk.
fn beside(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Reads a backup into a new database, and says whether everything in it holds.
pub(crate) async fn restore(layers: &Layers, ask: Restore) -> anyhow::Result<ExitCode> {
    let config = Config::read(layers)?;
    let keys = config.master_keys()?;
    let sealer = Sealer::new(keys.clone(), Arc::new(Entropy::System));
    wiring::prepare(&config.database)?;
    let url = &config.database.url;
    let contents = if ask.file == Path::new(PIPE) {
        backup::restore(url, &mut BufReader::new(io::stdin()), &sealer).await?
    } else {
        let file = File::open(&ask.file).with_context(|| ask.file.display().to_string())?;
        backup::restore(url, &mut BufReader::new(file), &sealer).await?
    };
    say(&format!(
        "{} rows of {} tables are restored, as they were at {}, and read back as they were written.",
        contents.rows, contents.tables, contents.made_at
    ));
    let ground = wiring::open(&config.database, keys, false).await?;
    let app = serve::full_app(&config, &ground, config.listen)?;
    let settled = backup::settle(&app, contents.made_at).await;
    drop(app);
    ground.store.close().await;
    Ok(told(&settled?))
}

fn told(settled: &Settled) -> ExitCode {
    let mut code = ExitCode::SUCCESS;
    for verdict in &settled.audit {
        if !audit::told(verdict) {
            code = ExitCode::FAILURE;
        }
    }
    if settled.overlaps == 0 {
        say("No room is booked twice at a time.");
    } else {
        complain(&format!(
            "{} pairs of bookings have the same room at the same time",
            settled.overlaps
        ));
        code = ExitCode::FAILURE;
    }
    say(&format!(
        "{} letters that waited are not sent, as they may have been sent since.",
        settled.letters
    ));
    say(&match settled.compared {
        Some(companies) => format!(
            "{companies} companies are compared with Zoom when a server starts; see Admin, Reconciliation."
        ),
        None => "No Zoom app is set up here, so nothing is compared with Zoom.".to_owned(),
    });
    say(
        "Everybody has to sign in again. Erase again who was erased since: see Backup and restore in docs/operations.md.",
    );
    code
}
