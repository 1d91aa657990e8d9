//! The runner: a pool of bounded size that takes the next piece of work when a place is free.
//!
//! It never waits for a batch, so slow work delays nothing but itself. What comes next is the
//! store's to say ([`rooms_store::jobs::claim`]): hosts take turns, and no Zoom account gets all
//! places.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use rooms_store::jobs::{self, AtOnce, Job};
use rooms_store::{
    Change, browsers, idempotency, inbox, limits, oauth, passkeys, second_factor, sessions,
};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;
use tokio::task::{JoinError, JoinSet};

use super::{JobEnd, work};
use crate::app::App;
use crate::data::retention;
use crate::people::sessions::BROWSER_KNOWN;
use crate::zoom::{probes, reconcile, webhooks};

/// How long a lease lasts. It is what a crash costs in time.
const LEASE: SignedDuration = SignedDuration::from_secs(75);
/// How long a piece of work may take: less than its lease, so that nobody else has begun it
/// before it ends. What is cut off then is as if its process had died.
const LONGEST: Duration = Duration::from_secs(65);
/// How many pieces run side by side.
const SIDE_BY_SIDE: usize = 16;
/// How many of one lane, that is of one Zoom host or one kind of other work.
const OF_A_LANE: i64 = 4;
/// How many of one Zoom account: others always find a place.
const OF_AN_ACCOUNT: i64 = 8;
/// How long the runner sleeps at most: what another process queued is found by then.
const NAP: SignedDuration = SignedDuration::from_secs(2);
/// How often expired rows are removed, and connections looked through.
const TEND_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How long idempotency keys are remembered.
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);
/// How long what Zoom users changed per day is kept.
const USAGE_KEPT: SignedDuration = SignedDuration::from_hours(24 * 90);

/// Runs jobs until the program stops.
pub async fn run(app: App) {
    let mut changes = app.store().changes();
    let mut running = JoinSet::new();
    let mut tended: Option<Timestamp> = None;
    while !app.stop().is_cancelled() {
        let now = app.now();
        if tended.is_none_or(|at| now.duration_since(at) >= TEND_EVERY) {
            tend(&app).await;
            tended = Some(now);
        }
        while let Some(ended) = running.try_join_next() {
            note(ended);
        }
        let free = SIDE_BY_SIDE - running.len();
        begin(&app, &mut running, free).await;
        let nap = nap(&app, now).await;
        tokio::select! {
            () = app.stop().cancelled() => break,
            Some(ended) = running.join_next() => note(ended),
            () = tokio::time::sleep(nap) => {}
            () = woken(&mut changes) => {}
        }
    }
    finish(&mut running).await;
}

/// Does what is due now, as much as fits side by side, and gives how much that was.
pub async fn run_due(app: &App) -> Result<usize, rooms_store::Error> {
    let mut running = JoinSet::new();
    let leased = claim(app, SIDE_BY_SIDE).await?;
    let count = leased.len();
    spawn(app, &mut running, leased);
    finish(&mut running).await;
    Ok(count)
}

async fn begin(app: &App, running: &mut JoinSet<()>, free: usize) {
    if free == 0 {
        return;
    }
    match claim(app, free).await {
        Ok(leased) => spawn(app, running, leased),
        Err(error) => tracing::error!(%error, "jobs cannot be read"),
    }
}

/// Takes at most so many pieces that are due; each is to be [done](one) before its lease ends.
pub async fn claim(app: &App, pieces: usize) -> Result<Vec<Job>, rooms_store::Error> {
    let at_once = AtOnce {
        pieces: i64::try_from(pieces).unwrap_or(1),
        of_a_lane: OF_A_LANE,
        of_an_account: OF_AN_ACCOUNT,
    };
    app.store()
        .write((app.clone(), at_once), |tx, (app, at_once)| {
            // A lease counts from when it is taken, however long the transaction waited.
            Box::pin(jobs::claim(tx, app.now(), LEASE, *at_once))
        })
        .await
}

fn spawn(app: &App, running: &mut JoinSet<()>, leased: Vec<Job>) {
    for job in leased {
        let begun = app.clone();
        let piece = async move { one(&begun, job).await };
        running.spawn(app.tasks().track_future(piece));
    }
}

async fn finish(running: &mut JoinSet<()>) {
    while let Some(ended) = running.join_next().await {
        note(ended);
    }
}

fn note(ended: Result<(), JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a job ended unexpectedly; its lease will end");
    }
}

async fn woken(changes: &mut Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Jobs) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

/// Until the next work is due that was not yet when it was `looked` for any. Work that was and was
/// not taken waits for a place, which wakes the runner when it is free.
async fn nap(app: &App, looked: Timestamp) -> Duration {
    let next = match app.read().await {
        Ok(mut tx) => jobs::next_due(&mut tx, looked).await.ok().flatten(),
        Err(_) => None,
    };
    let wait = next.map_or(NAP, |at| at.duration_since(app.now()).min(NAP));
    wait.max(SignedDuration::from_millis(20)).unsigned_abs()
}

/// Does a piece that was taken, and records its end. One whose lease ran out before it could begin,
/// because the machine slept, is left to whoever takes it next.
pub async fn one(app: &App, job: Job) {
    if job.lease_until <= app.now() {
        return;
    }
    let Ok(end) = tokio::time::timeout(LONGEST, work(app, &job)).await else {
        tracing::error!(
            job.kind,
            job.attempts,
            "a job took too long; its lease will end"
        );
        return;
    };
    let ended = app
        .store()
        .write((job, end), |tx, (job, end)| {
            Box::pin(async move {
                match end {
                    JobEnd::Done => jobs::finish(tx, job).await,
                    JobEnd::RetryAt(at, why) => jobs::retry(tx, job, *at, why).await,
                    JobEnd::GiveUp(why) => {
                        tracing::error!(job.kind, job.attempts, why, "a job was given up");
                        jobs::bury(tx, job, why).await
                    }
                }
            })
        })
        .await;
    if let Err(error) = ended {
        tracing::error!(%error, "the end of a job was not recorded; its lease will end");
    }
}

/// Removes what has expired, and queues what is to be looked after.
pub async fn tend(app: &App) {
    let now = app.now();
    let cleaned = app
        .store()
        .write(now, |tx, now| {
            Box::pin(async move {
                let before = |age: SignedDuration| now.saturating_sub(age).unwrap_or(*now);
                sessions::purge(tx, *now).await?;
                second_factor::purge_steps(tx, *now).await?;
                passkeys::purge(tx, *now).await?;
                browsers::purge(tx, before(BROWSER_KNOWN)).await?;
                oauth::purge(tx, before(SignedDuration::from_hours(24))).await?;
                idempotency::purge(tx, before(KEYS_KEPT)).await?;
                limits::purge(tx, before(USAGE_KEPT), *now).await?;
                inbox::purge(tx, before(webhooks::KEPT)).await
            })
        })
        .await;
    if let Err(error) = cleaned {
        tracing::error!(%error, "expired rows were not removed");
    }
    if let Err(error) = probes::queue_due(app).await {
        tracing::error!(%error, "connections were not looked through");
    }
    if let Err(error) = reconcile::schedule(app).await {
        tracing::error!(%error, "the next night's comparison is not planned");
    }
    if let Err(error) = retention::schedule(app).await {
        tracing::error!(%error, "when what is old enough is removed is not planned");
    }
}
