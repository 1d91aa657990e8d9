//! The folder that holds everything the demo keeps.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::civil::Date;
use rooms_app::MasterKey;
use rooms_core::Entropy;
use serde::{Deserialize, Serialize};

/// What makes a folder a demo's.
const STATE: &str = "demo.json";
const LOCK: &str = "demo.lock";
const DATABASE: &str = "rooms.db";
const MASTER_KEY: &str = "master.key";
const ZOOM: &str = "zoom.json";

/// What the demo remembers beside its databases.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Whether the company is complete.
    pub(crate) seeded: bool,
    /// The Mondays of the weeks that were filled.
    pub(crate) weeks: Vec<Date>,
    /// Where the simulator was.
    pub(crate) zoom_port: u16,
    /// What its ids are derived from.
    pub(crate) zoom_seed: u64,
    /// The secret of the app.
    pub(crate) client_secret: String,
    /// What webhooks are signed with.
    pub(crate) webhook_secret: String,
}

/// The folder, held by this process alone.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: File,
    /// What is remembered.
    pub(crate) state: State,
}

impl Folder {
    /// Opens the folder, or makes it; with `reset`, or when it was never finished, its earlier
    /// content is removed. A folder that is no demo's is left alone.
    pub(crate) fn open(path: &Path, entropy: &Entropy, reset: bool) -> anyhow::Result<Self> {
        let shown = path.display();
        make(path).with_context(|| format!("the folder {shown} cannot be made"))?;
        if !is_ours(path)? {
            bail!("the folder {shown} is not the demo's: move it away, or start elsewhere");
        }
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path.join(LOCK))
            .with_context(|| format!("the folder {shown} cannot be written"))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("a demo runs in {shown} already: stop it first, or start elsewhere")
            }
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let kept = match fs::read(path.join(STATE)) {
            Ok(bytes) if !reset => serde_json::from_slice::<State>(&bytes).ok(),
            Ok(_) => None,
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(error.into()),
        };
        let kept = kept.filter(|state| state.seeded);
        let fresh = kept.is_none();
        if fresh {
            clear(path)?;
        }
        let state = kept.unwrap_or_else(|| State {
            seeded: false,
            weeks: Vec::new(),
            zoom_port: 0,
            zoom_seed: u64::from_le_bytes(entropy.bytes()),
            client_secret: secret(entropy),
            webhook_secret: secret(entropy),
        });
        let mut folder = Self {
            path: path.to_owned(),
            _lock: lock,
            state,
        };
        if fresh {
            folder.change(|_| {})?;
            write_private(
                &folder.path.join(MASTER_KEY),
                STANDARD.encode(entropy.bytes::<32>()).as_bytes(),
            )?;
        }
        Ok(folder)
    }

    /// The server's database.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join(DATABASE)
    }

    /// What the simulator keeps.
    pub(crate) fn zoom(&self) -> PathBuf {
        self.path.join(ZOOM)
    }

    /// What the database is sealed with.
    pub(crate) fn master_key(&self) -> anyhow::Result<MasterKey> {
        let path = self.path.join(MASTER_KEY);
        let text = fs::read_to_string(&path)
            .with_context(|| format!("{} cannot be read; --reset begins again", path.display()))?;
        Ok(MasterKey::from_base64(&text)?)
    }

    /// Changes what is remembered, in one step.
    pub(crate) fn change(&mut self, change: impl FnOnce(&mut State)) -> anyhow::Result<()> {
        change(&mut self.state);
        let beside = self.path.join(format!("{STATE}.new"));
        let _ = fs::remove_file(&beside);
        write_private(&beside, &serde_json::to_vec_pretty(&self.state)?)?;
        fs::rename(&beside, self.path.join(STATE))?;
        Ok(())
    }
}

/// A folder is the demo's when it holds the demo's memory, or nothing but its lock.
fn is_ours(path: &Path) -> anyhow::Result<bool> {
    if path.join(STATE).is_file() {
        return Ok(true);
    }
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if name != LOCK && name != format!("{STATE}.new").as_str() {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Removes what the demo made, and nothing else.
fn clear(path: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        let made = [STATE, DATABASE, MASTER_KEY, ZOOM];
        if made.iter().any(|known| name.starts_with(known)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn secret(entropy: &Entropy) -> String {
    URL_SAFE_NO_PAD.encode(entropy.bytes::<24>())
}

fn make(path: &Path) -> std::io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    match folder.create(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}

/// Writes a new file that only its owner may read.
fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
