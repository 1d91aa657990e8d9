//! How long a company keeps what: the setting, and carrying it out every night.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use rooms_core::retention::Kept;
use rooms_core::{Actor, CompanyId, FieldErrors, Zone};
use rooms_store::audit::{Entry, chain};
use rooms_store::events::By;
pub use rooms_store::retention::Run;
use rooms_store::{Tx, erasure as zoom, jobs as queue, retention, rooms};

use super::erasure;
use crate::app::App;
use crate::companies::admins_only;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::zoom::reconcile::night;

/// A day.
const DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is kept how long, and when it was last gone through.
#[derive(Debug, Clone)]
pub struct Setting {
    /// What.
    pub kept: Kept,
    /// How many days.
    pub days: i64,
    /// The last run.
    pub run: Option<Run>,
}

/// The company's settings. Admins only.
pub async fn settings(app: &App, actor: &Actor) -> Result<Vec<Setting>, Failure> {
    admins_only(actor)?;
    let mut tx = app.read().await?;
    let days = retention::days(&mut tx, actor.company).await?;
    let runs = retention::runs(&mut tx, actor.company).await?;
    let setting = |(kept, days)| Setting {
        kept,
        days,
        run: runs.get(&kept).copied(),
    };
    Ok(days.into_iter().map(setting).collect())
}

/// Changes the company's settings: days by what is kept. Admins only.
pub async fn change(app: &App, actor: &Actor, days: BTreeMap<Kept, i64>) -> Result<(), Failure> {
    admins_only(actor)?;
    let mut errors = FieldErrors::default();
    for (kept, days) in &days {
        let (least, most) = kept.limits();
        if !(least..=most).contains(days) {
            let message = format!("Choose from {least} to {most} days.");
            errors
                .0
                .extend(FieldErrors::one(kept.as_str(), "range", message).0);
        }
    }
    if !errors.is_empty() {
        return Err(errors.into());
    }
    app.store()
        .write(
            (actor.clone(), days, app.now()),
            |tx, (actor, days, now)| {
                Box::pin(async move {
                    let (company, by) = (actor.company, By::Person(actor.person));
                    let before = retention::days(tx, company).await?;
                    let mut entry = Entry::new(company, by, "retention.changed", company, *now);
                    for (kept, days) in days {
                        if before.get(kept) != Some(days) {
                            retention::set(tx, company, *kept, *days).await?;
                            entry = entry.with(kept.as_str(), *days);
                        }
                    }
                    tx.audit(entry);
                    Ok(())
                })
            },
        )
        .await
}

/// Gives every company its next night, where it has none ahead.
pub async fn schedule(app: &App) -> Result<(), Failure> {
    let without = {
        let mut tx = app.read().await?;
        retention::without_night(&mut tx, jobs::RETENTION).await?
    };
    for (company, zone) in without {
        let at = night::next(app, &zone);
        app.store()
            .write((company, at, app.now()), |tx, (company, at, now)| {
                let (kind, subject) = (jobs::RETENTION, company.uuid());
                let when = (*at, *now);
                Box::pin(queue::enqueue(tx, kind, subject, Some(*company), "", when))
            })
            .await?;
    }
    Ok(())
}

/// Removes what is old enough, and puts the work back for the next night.
pub(crate) async fn night(app: &App, company: CompanyId) -> JobEnd {
    match gone_through(app, company).await {
        Ok(next) => JobEnd::RetryAt(next, "the next night".to_owned()),
        Err(failure) => JobEnd::again(app, &failure),
    }
}

async fn gone_through(app: &App, company: CompanyId) -> Result<Timestamp, Failure> {
    let zone = {
        let mut tx = app.read().await?;
        let first = rooms::sites(&mut tx, company).await?.into_iter().next();
        first.map_or_else(|| Zone::stored("UTC"), |site| site.zone)
    };
    run(app, company).await?;
    app.store().tidy().await?;
    Ok(night::next(app, &zone))
}

/// Removes what a company has kept long enough; gives how much of what.
pub async fn run(app: &App, company: CompanyId) -> Result<BTreeMap<Kept, i64>, Failure> {
    app.store()
        .write((company, app.now()), |tx, (company, now)| {
            Box::pin(carry_out(tx, *company, *now))
        })
        .await
}

async fn carry_out(
    tx: &mut Tx,
    company: CompanyId,
    now: Timestamp,
) -> Result<BTreeMap<Kept, i64>, Failure> {
    let mut removed = BTreeMap::new();
    let mut entry = Entry::new(company, By::System, "retention.ran", company, now);
    for (kept, days) in retention::days(tx, company).await? {
        let age = SignedDuration::from_hours(24 * days);
        let before = now.saturating_sub(age).unwrap_or(now);
        let count = match kept {
            Kept::ZoomRemoved | Kept::ZoomEnded => erase_due(tx, company, kept, now).await?,
            Kept::Meetings => retention::remove_meeting_details(tx, company, before, now).await?,
            Kept::History => retention::remove_events(tx, company, before).await?,
            Kept::Notices => retention::remove_notices(tx, company, before).await?,
            Kept::Audit => chain::remove_before(tx, company, before).await?,
        };
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let run = Run {
            at: now,
            removed: count,
        };
        retention::ran(tx, company, kept, run).await?;
        entry = entry.with(kept.as_str(), count);
        removed.insert(kept, count);
    }
    tx.audit(entry);
    Ok(removed)
}

/// Each connection has its own instant; what comes due before the next night is erased in this one,
/// so that nothing is late.
async fn erase_due(
    tx: &mut Tx,
    company: CompanyId,
    kept: Kept,
    now: Timestamp,
) -> Result<u64, Failure> {
    let by = now.saturating_add(DAY).unwrap_or(now);
    let mut erased = 0;
    for ended in zoom::due(tx, company, by).await? {
        if erasure::kept_as(ended.disconnected_by) == kept {
            erasure::erase(tx, &ended, now).await?;
            erased += 1;
        }
    }
    Ok(erased)
}
