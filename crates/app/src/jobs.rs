//! Queued work: what kinds there are, how a piece of it is done, and what was given up.
//!
//! The runner leases what is due, does it outside any transaction, and says what comes next.
//! Several processes may run side by side; what a dead one had leased is due again when its lease
//! ends.

mod runner;

use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::Booking;
use rooms_core::{Actor, CompanyId, JobId, MeetingRecordId};
use rooms_store::jobs::{self, DeadJob, Job};
use rooms_store::{Tx, bookings};

use crate::app::App;
use crate::companies::admins_only;
use crate::data::retention;
use crate::error::Failure;
use crate::mail;
use crate::zoom::apps::own;
use crate::zoom::{compliance, events, leave, meetings, probes, reconcile, revocation};
pub use runner::{claim, one, run, run_due, tend};

/// Bring Zoom to what a booking wants; subject: the meeting record.
pub const MEETING: &str = "meeting";
/// Tell Zoom that a connection ended here; subject: the connection.
pub const REVOKE: &str = "revoke";
/// Forget the secrets of a company's own app once everything is handed back; subject: the app.
pub const FORGET_APP: &str = "zoom_app.forget";
/// Finish the end of a connection whose meetings are deleted first; subject: the connection.
pub const LEAVE: &str = "leave";
/// Process a webhook; subject: its place in the inbox.
pub const INBOX: &str = "inbox";
/// Confirm to Zoom what was deleted after a removal there; subject: the message in the inbox.
pub const COMPLIANCE: &str = "zoom.compliance";
/// Send a letter; subject: a fresh id.
pub const MAIL: &str = "mail";
/// Ask Zoom how a connection stands; subject: the connection.
pub const PROBE: &str = "probe";
/// Compare a host's meetings at Zoom with our records; subject: the connection.
pub const RECONCILE: &str = "reconcile";
/// Put a difference right; subject: the finding.
pub const RECONCILE_FIX: &str = "reconcile.fix";
/// Compare all hosts of a company, every night; subject: the company.
pub const RECONCILE_NIGHT: &str = "reconcile.night";

/// Carry out how long a company keeps what, every night; subject: the company.
pub const RETENTION: &str = "retention";

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

/// How long a changed booking settles before Zoom is told: quick edits become one request. It
/// counts from the first of them, so that editing on does not put it off.
const SETTLES: SignedDuration = SignedDuration::from_secs(3);

/// Queues the work on a meeting.
pub(crate) async fn queue_meeting(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    jobs::enqueue_meeting(tx, MEETING, (company, meeting), (now, now)).await
}

/// Queues the work on a meeting whose booking changed, once the change has settled.
pub(crate) async fn queue_change(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    let at = now.saturating_add(SETTLES).unwrap_or(now);
    jobs::enqueue_meeting(tx, MEETING, (company, meeting), (at, now)).await
}

/// Queues the work on a meeting unless it is queued or being done. Whoever had the work taken from
/// them, because their lease ran out, may come to an end after it is done.
pub(crate) async fn ensure_meeting(
    tx: &mut Tx,
    company: CompanyId,
    meeting: MeetingRecordId,
    now: Timestamp,
) -> Result<(), rooms_store::Error> {
    jobs::ensure_meeting(tx, MEETING, (company, meeting), now).await
}

/// Does a piece of work.
async fn work(app: &App, job: &Job) -> JobEnd {
    match (job.kind.as_str(), job.company) {
        (MEETING, Some(company)) => {
            meetings::advance(app, company, MeetingRecordId::from_uuid(job.subject)).await
        }
        (REVOKE, _) => revocation::carry_out(app, job).await,
        (LEAVE, Some(company)) => leave::advance(app, company, job.subject).await,
        (FORGET_APP, Some(company)) => own::forget(app, company, job.subject).await,
        (COMPLIANCE, _) => compliance::confirm(app, job).await,
        (INBOX, _) => events::process(app, job.subject).await,
        (MAIL, Some(company)) => mail::send(app, company, job).await,
        (PROBE, Some(company)) => probes::probe(app, company, job.subject, job.attempts).await,
        (RECONCILE, Some(company)) => {
            reconcile::look(app, company, job.subject, &job.payload, job.attempts).await
        }
        (RECONCILE_FIX, Some(company)) => {
            reconcile::carry_out(app, company, job.subject, job.attempts).await
        }
        (RECONCILE_NIGHT, Some(company)) => reconcile::begin_night(app, company).await,
        (RETENTION, Some(company)) => retention::night(app, company).await,
        (other, _) => JobEnd::GiveUp(format!("no such kind of job: {other}")),
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
