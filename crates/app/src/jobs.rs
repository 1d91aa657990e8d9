//! Queued work: what kinds there are, and the runner that does it.
//!
//! A run leases what is due, does it outside any transaction, and says what comes next. Several
//! processes may run side by side; what a dead one had leased is due again when its lease ends.

use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::Booking;
use rooms_core::{Actor, CompanyId, JobId, MeetingRecordId};
use rooms_store::jobs::{self, DeadJob, Job};
use rooms_store::{Change, Tx, bookings, connections, idempotency, inbox, sessions};
use tokio::sync::broadcast::error::RecvError;

use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::mail;
use crate::zoom::{disconnect, events, meetings, reconcile, webhooks};

/// Bring Zoom to what a booking wants; subject: the meeting record.
pub const MEETING: &str = "meeting";
/// Tell Zoom that a connection ended here; subject: the connection.
pub const REVOKE: &str = "revoke";
/// Process a webhook; subject: its place in the inbox.
pub const INBOX: &str = "inbox";
/// Send a letter; subject: a fresh id.
pub const MAIL: &str = "mail";
/// Compare a host's meetings at Zoom with our records; subject: the connection.
pub const RECONCILE: &str = "reconcile";
/// Put a difference right; subject: the finding.
pub const RECONCILE_FIX: &str = "reconcile.fix";
/// Compare all hosts of a company, every night; subject: the company.
pub const RECONCILE_NIGHT: &str = "reconcile.night";

/// How long a lease lasts: longer than a job's calls with all their time-outs.
const LEASE: SignedDuration = SignedDuration::from_secs(75);
/// How many jobs run side by side.
const SIDE_BY_SIDE: i64 = 8;
/// How long the runner sleeps at most: what another process queued is found by then.
const NAP: SignedDuration = SignedDuration::from_secs(2);
/// How often expired rows are removed.
const CLEAN_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// How long idempotency keys are remembered.
const KEYS_KEPT: SignedDuration = SignedDuration::from_hours(24 * 7);

/// What a job says at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobEnd {
    /// It is done.
    Done,
    /// Again at an instant, and why.
    RetryAt(Timestamp, String),
    /// It will not be done without a person, and why.
    GiveUp(String),
}

impl JobEnd {
    /// Something here failed: again in a moment.
    pub(crate) fn again(app: &App, failure: &Failure) -> Self {
        tracing::warn!(error = %failure, "a job failed and is tried again");
        let soon = app.now().saturating_add(SignedDuration::from_secs(2));
        Self::RetryAt(soon.unwrap_or(app.now()), failure.to_string())
    }
}

/// Queues the work on a meeting.
pub(crate) async fn queue_meeting(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    jobs::enqueue(tx, MEETING, meeting.uuid(), Some(company), "", (now, now)).await
}

/// Runs jobs until the program stops.
pub async fn run(app: App) {
    let mut changes = app.store().changes();
    let mut cleaned: Option<Timestamp> = None;
    while !app.stop().is_cancelled() {
        let now = app.now();
        if cleaned.is_none_or(|at| now.duration_since(at) >= CLEAN_EVERY) {
            clean(&app).await;
            if let Err(error) = reconcile::schedule(&app).await {
                tracing::error!(%error, "the next night's comparison is not planned");
            }
            cleaned = Some(now);
        }
        match run_due(&app).await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::error!(%error, "jobs cannot be read"),
        }
        let nap = nap(&app).await;
        tokio::select! {
            () = app.stop().cancelled() => break,
            () = tokio::time::sleep(nap) => {}
            () = woken(&mut changes) => {}
        }
    }
}

async fn woken(changes: &mut tokio::sync::broadcast::Receiver<Change>) {
    loop {
        match changes.recv().await {
            Ok(Change::Jobs) | Err(RecvError::Lagged(_)) => return,
            Ok(_) => {}
            Err(RecvError::Closed) => return std::future::pending().await,
        }
    }
}

async fn nap(app: &App) -> std::time::Duration {
    let next = match app.read().await {
        Ok(mut tx) => jobs::next_due(&mut tx).await.ok().flatten(),
        Err(_) => None,
    };
    let wait = next.map_or(NAP, |at| at.duration_since(app.now()).min(NAP));
    wait.max(SignedDuration::from_millis(20)).unsigned_abs()
}

/// Does what is due, and gives how much that was.
pub async fn run_due(app: &App) -> Result<usize, rooms_store::Error> {
    let now = app.now();
    let leased = app
        .store()
        .write(now, |tx, now| {
            Box::pin(jobs::claim(tx, *now, LEASE, SIDE_BY_SIDE))
        })
        .await?;
    let count = leased.len();
    let running: Vec<_> = leased
        .into_iter()
        .map(|job| {
            let app = app.clone();
            let tasks = app.tasks().clone();
            tasks.spawn(async move { one(&app, job).await })
        })
        .collect();
    for job in running {
        if let Err(error) = job.await {
            tracing::error!(%error, "a job ended unexpectedly; its lease will end");
        }
    }
    Ok(count)
}

async fn one(app: &App, job: Job) {
    let end = match (job.kind.as_str(), job.company) {
        (MEETING, Some(company)) => {
            meetings::advance(app, company, MeetingRecordId::from_uuid(job.subject)).await
        }
        (REVOKE, _) => disconnect::revoke(app, job.subject, &job.payload, job.attempts).await,
        (INBOX, _) => events::process(app, job.subject).await,
        (MAIL, Some(company)) => mail::send(app, company, &job).await,
        (RECONCILE, Some(company)) => {
            reconcile::look(app, company, job.subject, &job.payload, job.attempts).await
        }
        (RECONCILE_FIX, Some(company)) => {
            reconcile::carry_out(app, company, job.subject, job.attempts).await
        }
        (RECONCILE_NIGHT, Some(company)) => reconcile::begin_night(app, company).await,
        (other, _) => JobEnd::GiveUp(format!("no such kind of job: {other}")),
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

/// Removes what has expired.
async fn clean(app: &App) {
    let now = app.now();
    let cleaned = app
        .store()
        .write(now, |tx, now| {
            Box::pin(async move {
                let before = |age: SignedDuration| now.saturating_sub(age).unwrap_or(*now);
                sessions::purge(tx, *now).await?;
                connections::purge_oauth(tx, before(SignedDuration::from_hours(24))).await?;
                idempotency::purge(tx, before(KEYS_KEPT)).await?;
                inbox::purge(tx, before(webhooks::KEPT)).await
            })
        })
        .await;
    if let Err(error) = cleaned {
        tracing::error!(%error, "expired rows were not removed");
    }
}

/// Work that was given up, with what it was for.
#[derive(Debug, Clone)]
pub struct GivenUp {
    /// The work.
    pub job: DeadJob,
    /// The booking it was for, where it was for one.
    pub booking: Option<Booking>,
    /// Whom a letter was to reach.
    pub to: Option<String>,
}

/// Work that was given up, newest first. Admins only.
pub async fn dead(app: &App, actor: &Actor) -> Result<Vec<GivenUp>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let mut dead = Vec::new();
    for job in jobs::dead(&mut tx, actor.company).await? {
        let about = match job.kind.as_str() {
            MEETING => {
                let id = MeetingRecordId::from_uuid(job.subject);
                let meeting = rooms_store::meetings::get(&mut tx, actor.company, id).await?;
                (meeting.map(|meeting| meeting.booking), None)
            }
            MAIL => mail::about(&mut tx, actor.company, &job.payload).await?,
            _ => (None, None),
        };
        let booking = match about.0 {
            Some(booking) => bookings::get(&mut tx, actor.company, booking).await?,
            None => None,
        };
        let to = about.1;
        dead.push(GivenUp { job, booking, to });
    }
    Ok(dead)
}

/// Tries given-up work again. Admins only.
pub async fn revive(app: &App, actor: &Actor, id: JobId) -> Result<(), Failure> {
    admins_only(actor)?;
    app.store()
        .write((actor.company, id, app.now()), |tx, (company, id, now)| {
            Box::pin(async move {
                let hit = jobs::revive(tx, *company, *id, *now).await?;
                if hit {
                    Ok(())
                } else {
                    Err(Failure::NotFound("job"))
                }
            })
        })
        .await
}
