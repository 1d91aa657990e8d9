//! The run of every night, at a quiet hour of the company's first site.
//!
//! The schedule is a job per company that puts itself back for the next night, so it outlives
//! restarts and is shared by all processes. A night missed because nothing ran is caught up with.

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use rooms_core::{CompanyId, ReconciliationId, Zone};
use rooms_store::reconciliations;
use rooms_store::{jobs as queue, rooms};

use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};

/// The quiet hours begin so long after a day has.
const QUIET_FROM: SignedDuration = SignedDuration::from_hours(2);
/// And last so many seconds; each company begins somewhere in between.
const QUIET_SECONDS: u64 = 2 * 60 * 60;
/// How long closed findings are kept.
const KEPT: SignedDuration = SignedDuration::from_hours(24 * 30);

/// Gives every company with a host its next night, where it has none ahead.
pub async fn schedule(app: &App) -> Result<(), Failure> {
    if app.zoom_at().is_none() {
        return Ok(());
    }
    let without = {
        let mut tx = app.read().await?;
        reconciliations::without_night(&mut tx, jobs::RECONCILE_NIGHT).await?
    };
    for (company, zone) in without {
        let at = next(app, &zone);
        app.store()
            .write((company, at, app.now()), |tx, (company, at, now)| {
                let (kind, subject) = (jobs::RECONCILE_NIGHT, company.uuid());
                Box::pin(queue::enqueue(
                    tx,
                    kind,
                    subject,
                    Some(*company),
                    "",
                    (*at, *now),
                ))
            })
            .await?;
    }
    Ok(())
}

/// Begins a night's run, and puts the work back for the next night.
pub(crate) async fn begin(app: &App, company: CompanyId) -> JobEnd {
    match begun(app, company).await {
        Ok(next) => JobEnd::RetryAt(next, "the next night".to_owned()),
        Err(failure) => JobEnd::again(app, &failure),
    }
}

async fn begun(app: &App, company: CompanyId) -> Result<Timestamp, Failure> {
    let zone = {
        let mut tx = app.read().await?;
        let sites = rooms::sites(&mut tx, company).await?;
        let first = sites.into_iter().next();
        first.map_or_else(|| Zone::stored("UTC"), |site| site.zone)
    };
    let id = ReconciliationId::from_uuid(app.new_id());
    let night = zone.date(app.now()).to_string();
    app.store()
        .write(
            (id, company, night, app.now()),
            |tx, (id, company, night, now)| {
                Box::pin(async move {
                    let kept = now.saturating_sub(KEPT).unwrap_or(*now);
                    reconciliations::forget(tx, *company, kept).await?;
                    // Where one is under way, or another process was quicker, this night has its run.
                    super::begin(tx, *id, *company, (None, Some(night.as_str())), *now).await?;
                    Ok::<_, Failure>(())
                })
            },
        )
        .await?;
    Ok(next(app, &zone))
}

/// A moment in the next quiet hours.
pub(crate) fn next(app: &App, zone: &Zone) -> Timestamp {
    let now = app.now();
    let jitter = i64::try_from(app.entropy().below(QUIET_SECONDS)).unwrap_or(0);
    let wait = QUIET_FROM.saturating_add(SignedDuration::from_secs(jitter));
    let on = |date: Date| zone.day_start(date).saturating_add(wait).unwrap_or(now);
    let today = zone.date(now);
    let quiet_today = zone.day_start(today).saturating_add(QUIET_FROM);
    if quiet_today.is_ok_and(|from| now < from) {
        return on(today);
    }
    on(today.saturating_add(1.day()))
}
