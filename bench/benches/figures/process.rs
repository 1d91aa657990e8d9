//! The process itself: how soon it is ready, how much memory it takes, how large its file is.

use std::path::Path;
use std::time::Duration;

use rooms_bench::{Millis, Sample};

use crate::Options;
use crate::say;
use crate::stage::{Place, Server, Stage};

const STARTS: usize = 10;

/// Measures on one database.
pub(crate) async fn measure(options: &Options, place: Place) -> anyhow::Result<()> {
    Stage::set(&place).await?.close().await;
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let server = Server::start(&options.binary, &place)?;
        starts.push(server.ready);
        drop(server);
    }
    let starts = Sample::new(starts, Duration::ZERO);
    let server = Server::start(&options.binary, &place)?;
    tokio::time::sleep(Duration::from_secs(5)).await;
    say(&format!(
        "start, {}, migrated: ready after {} (median of {STARTS}), {} at most; idle after 5 s: {:.1} MB",
        place.kind(),
        Millis(starts.percentile(50)),
        Millis(starts.percentile(100)),
        server.memory()?,
    ));
    drop(server);
    place.remove().await
}

/// The size of the binary, and of the one that is shipped where it was built.
pub(crate) fn size(options: &Options) {
    let release = Path::new(&options.binary);
    let dist = release
        .parent()
        .and_then(Path::parent)
        .map(|target| target.join("dist/oneclickrooms"));
    let built = [Some(release.to_owned()), dist].into_iter().flatten();
    for file in built {
        if let Ok(metadata) = std::fs::metadata(&file) {
            let kb = u32::try_from(metadata.len() / 1000).unwrap_or(u32::MAX);
            say(&format!(
                "size of {}: {:.1} MB",
                file.display(),
                f64::from(kb) / 1000.0
            ));
        }
    }
}
