//! Many clients at once.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rooms_bench::Sample;
use tokio::task::JoinSet;

/// Hands out numbers, each once.
#[derive(Clone, Default)]
pub(crate) struct Numbers(Arc<AtomicUsize>);

impl Numbers {
    pub(crate) fn next(&self) -> usize {
        self.0.fetch_add(1, Ordering::Relaxed)
    }
}

/// Lets clients work for so long; each is made by `client` and then asked again and again.
pub(crate) async fn run<C, M, W, F>(
    clients: usize,
    time: Duration,
    client: M,
    work: W,
) -> anyhow::Result<Sample>
where
    C: Send + 'static,
    M: AsyncFn() -> anyhow::Result<C>,
    W: Fn(C) -> F + Clone + Send + 'static,
    F: Future<Output = anyhow::Result<C>> + Send,
{
    let mut ready = Vec::new();
    for _ in 0..clients {
        ready.push(client().await?);
    }
    let begun = Instant::now();
    let mut working = JoinSet::new();
    for mut client in ready {
        let work = work.clone();
        working.spawn(async move {
            let mut pieces = Vec::new();
            while begun.elapsed() < time {
                let from = Instant::now();
                client = work(client).await?;
                pieces.push(from.elapsed());
            }
            anyhow::Ok(pieces)
        });
    }
    let mut pieces = Vec::new();
    while let Some(done) = working.join_next().await {
        pieces.extend(done??);
    }
    Ok(Sample::new(pieces, begun.elapsed()))
}
