//! The data file: one JSON snapshot, replaced atomically.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::state::{Sim, World};

/// Changes that come close together share one snapshot.
const PAUSE: Duration = Duration::from_millis(150);

/// Reads the snapshot; `None` if there is none yet.
pub(crate) fn load(path: &Path) -> io::Result<Option<World>> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(io::Error::other)
}

/// Writes a snapshot beside the file, then renames it over the old one.
pub(crate) fn save(path: &Path, world: &World) -> io::Result<()> {
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder)?;
    }
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let bytes = serde_json::to_vec(world).map_err(io::Error::other)?;
    std::fs::write(&beside, bytes)?;
    std::fs::rename(&beside, path)
}

/// Writes after changes until shutdown; the last snapshot is written by `stop`.
pub(crate) async fn keep(sim: Arc<Sim>, path: Arc<Path>) {
    loop {
        tokio::select! {
            () = sim.shutdown.cancelled() => return,
            () = sim.changed.notified() => {}
        }
        let begun = Instant::now();
        write(&sim, &path).await;
        // A large world is written less often: nine tenths of the time belong to the calls.
        let pause = PAUSE.max(begun.elapsed() * 9);
        tokio::select! {
            () = sim.shutdown.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Writes one snapshot now; a failure is logged, since the simulator works on without its file.
pub(crate) async fn write(sim: &Sim, path: &Arc<Path>) {
    let world = sim.snapshot();
    let target = Arc::clone(path);
    let written = tokio::task::spawn_blocking(move || save(&target, &world)).await;
    match written.map_err(io::Error::other) {
        Ok(Ok(())) => {}
        Ok(Err(error)) | Err(error) => {
            tracing::warn!(%error, path = %path.display(), "cannot write the simulator's data");
        }
    }
}
