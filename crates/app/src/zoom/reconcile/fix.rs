//! Putting a finding right: after a second look, step by step, until nothing of it is left.
//!
//! Nothing is remembered between the steps but what records and Zoom say: a step looks at both,
//! does the next thing and comes back, so it may be repeated at any point.

use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::{Connection, ConnectionStatus};
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_core::reconciliation::{FindingKind, FindingState, Recorded};
use rooms_core::{CompanyId, FindingId, MeetingRecordId};
use rooms_store::events::By;
use rooms_store::reconciliations::findings::{self, Finding};
use rooms_store::{Change, bookings, connections, meetings, reconciliations};
use uuid::Uuid;
use zoom_client::{Class, MeetingId};

use super::reach::{self, Trouble};
use super::words;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::zoom::tokens::Granted;
use crate::zoom::{apps, marker};

/// How often a fix is tried before it waits for somebody again.
const TRIES: i64 = 8;
/// The longest pause, in seconds, between looks at work that others do.
const LONGEST_PAUSE: i64 = 30;

/// What a step came to.
enum Step {
    /// It is as it should be, by our doing.
    Fixed,
    /// It was as it should be already.
    Gone,
    /// Others are at it; why, where they say.
    Wait(Option<String>),
}

/// Everything a step is decided on.
struct Case {
    finding: Finding,
    /// The record the finding names, with its booking.
    record: Option<(Meeting, Booking)>,
    /// The newest record of that booking.
    newest: Option<Meeting>,
    /// The host that has the meeting, or should have it.
    host: Connection,
}

impl Case {
    fn company(&self) -> CompanyId {
        self.host.company
    }
}

/// Takes a step on a finding.
pub(crate) async fn carry_out(app: &App, company: CompanyId, id: Uuid, attempts: i64) -> JobEnd {
    let whose = (company, FindingId::from_uuid(id));
    let pause = reach::after(app, (1_i64 << attempts.clamp(0, 5)).min(LONGEST_PAUSE));
    let end = match step(app, whose, attempts).await {
        Ok(None) => return JobEnd::Done,
        Ok(Some(Step::Fixed)) => settle(app, whose, FindingState::Fixed, None).await,
        Ok(Some(Step::Gone)) => settle(app, whose, FindingState::Gone, None).await,
        Ok(Some(Step::Wait(why))) => wait(app, whose, why, pause).await,
        Err(Trouble::Later(at, why)) if attempts < TRIES => wait(app, whose, Some(why), at).await,
        Err(Trouble::Later(_, why) | Trouble::Needs(why)) => {
            settle(app, whose, FindingState::Open, Some(why)).await
        }
        Err(Trouble::Failed(failure)) => Err(failure),
    };
    end.unwrap_or_else(|failure| JobEnd::again(app, &failure))
}

async fn step(
    app: &App,
    whose: (CompanyId, FindingId),
    attempts: i64,
) -> Result<Option<Step>, Trouble> {
    let Some(case) = load(app, whose).await? else {
        return Ok(None);
    };
    let Some(zoom) = &apps::of(app, &case.host).await? else {
        return Err(Trouble::Needs("Zoom is not set up here.".to_owned()));
    };
    let step = match case.finding.kind {
        FindingKind::WrongTime | FindingKind::WrongTopic => {
            restore(app, zoom, &case, attempts).await
        }
        FindingKind::Missing => replace(app, zoom, &case, attempts).await,
        FindingKind::WrongHost => match replace(app, zoom, &case, attempts).await? {
            Step::Fixed => delete(app, zoom, &case, attempts).await,
            other => Ok(other),
        },
        FindingKind::Doubled | FindingKind::Orphaned => delete(app, zoom, &case, attempts).await,
    };
    step.map(Some)
}

async fn load(app: &App, (company, id): (CompanyId, FindingId)) -> Result<Option<Case>, Trouble> {
    let mut tx = app.read().await?;
    let finding = findings::get(&mut tx, company, id).await?;
    let Some(finding) = finding.filter(|finding| finding.state == FindingState::Fixing) else {
        return Ok(None);
    };
    let host = connections::get(&mut tx, company, finding.connection).await?;
    let Some(host) = host.filter(|host| host.status == ConnectionStatus::Active) else {
        return Err(Trouble::Needs("Zoom is not connected any more.".to_owned()));
    };
    let (mut record, mut newest) = (None, None);
    if let Some(id) = finding.record
        && let Some(meeting) = meetings::get(&mut tx, company, id).await?
        && let Some(booking) = bookings::get(&mut tx, company, meeting.booking).await?
    {
        let all = meetings::of_booking(&mut tx, company, booking.id).await?;
        newest = all.into_iter().next();
        record = Some((meeting, booking));
    }
    Ok(Some(Case {
        finding,
        record,
        newest,
        host,
    }))
}

fn wants(booking: &Booking) -> bool {
    booking.state.takes_the_room() && booking.conference == Some(Conference::Zoom)
}

/// The meeting as Zoom has it at the finding's host; nothing where it is gone.
async fn there(
    app: &App,
    zoom: &ZoomApp,
    case: &Case,
    attempts: i64,
) -> Result<(Granted, Option<zoom_client::Meeting>), Trouble> {
    let granted = reach::granted(app, zoom, &case.host, attempts).await?;
    let id = MeetingId(case.finding.zoom_id);
    match zoom.client.meeting(&granted.access, id).await {
        Ok(meeting) => Ok((granted, Some(meeting))),
        Err(error) if error.class() == Class::NotFound => Ok((granted, None)),
        Err(error) => {
            Err(reach::refused(app, zoom, (&case.host, &granted), &error, attempts).await)
        }
    }
}

/// The record that our own mark on a meeting names.
fn mark(app: &App, meeting: &zoom_client::Meeting) -> Option<MeetingRecordId> {
    let agenda = meeting.agenda.as_deref().unwrap_or_default();
    marker::read(app.sealer(), agenda).map(|mark| mark.meeting)
}

/// Has the meeting's own job tell Zoom the booking's time and title once more.
async fn restore(app: &App, zoom: &ZoomApp, case: &Case, attempts: i64) -> Result<Step, Trouble> {
    let Some((record, booking)) = &case.record else {
        return Ok(Step::Gone);
    };
    let same = record.zoom_id == Some(case.finding.zoom_id);
    if !same || record.state != MeetingState::Ready || !wants(booking) {
        return Ok(Step::Gone);
    }
    if record.synced_revision < booking.revision {
        return Ok(Step::Wait(record.failure.clone()));
    }
    let (_, meeting) = there(app, zoom, case, attempts).await?;
    let Some(meeting) = meeting.filter(|meeting| mark(app, meeting).is_some()) else {
        return Ok(Step::Gone);
    };
    let minutes = meeting.duration_minutes.map(i64::from);
    let agrees = meeting.topic.trim() == booking.title.trim()
        && meeting.start_time.map(jiff::Timestamp::as_second)
            == Some(booking.slot.starts_at.as_second())
        && minutes == Some(booking.slot.minutes());
    if agrees {
        let ours = record.updated_at >= case.finding.changed_at;
        return Ok(if ours { Step::Fixed } else { Step::Gone });
    }
    if attempts >= TRIES {
        let why = "Zoom was told, and keeps what it has. Its host may have to change it there.";
        return Err(Trouble::Needs(why.to_owned()));
    }
    let input = (record.company, record.id, app.now());
    app.store()
        .write(input, |tx, (company, id, now)| {
            Box::pin(async move {
                if let Some(mut meeting) = meetings::lock(tx, *company, *id).await?
                    && meeting.state == MeetingState::Ready
                {
                    meeting.synced_revision = 0;
                    meetings::store(tx, &meeting, *now).await?;
                    jobs::queue_meeting(tx, *company, *id, *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::Wait(None))
}

/// Makes a new link in place of one that is missing, or with the wrong host. `Fixed` once it is
/// ready, or no link is wanted any more.
async fn replace(app: &App, zoom: &ZoomApp, case: &Case, attempts: i64) -> Result<Step, Trouble> {
    let (Some((record, booking)), Some(newest)) = (&case.record, &case.newest) else {
        return Ok(Step::Gone);
    };
    if !wants(booking) || booking.slot.ends_at <= app.now() {
        return Ok(match case.finding.kind {
            FindingKind::Missing => Step::Gone,
            _ => Step::Fixed,
        });
    }
    let renewed = newest.id != record.id || newest.zoom_id != Some(case.finding.zoom_id);
    match newest.state {
        MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing => {
            return Ok(Step::Wait(newest.failure.clone()));
        }
        MeetingState::Ready if renewed => return Ok(Step::Fixed),
        MeetingState::Failed if renewed && newest.updated_at >= case.finding.changed_at => {
            let why = newest.failure.clone();
            return Err(Trouble::Needs(why.unwrap_or_default()));
        }
        MeetingState::Ready => {
            let (_, meeting) = there(app, zoom, case, attempts).await?;
            let as_found = match case.finding.kind {
                FindingKind::Missing => meeting.is_none(),
                _ => meeting.is_some_and(|meeting| mark(app, &meeting).is_some()),
            };
            if !as_found {
                return Ok(Step::Gone);
            }
        }
        MeetingState::Failed | MeetingState::Removed | MeetingState::Detached => {}
    }
    let by = case.finding.changer.map_or(By::System, By::Person);
    match crate::bookings::link::replace(app, booking, newest, by).await {
        Ok(()) => Ok(Step::Wait(None)),
        Err(
            failure @ (Failure::Conflict(_)
            | Failure::ZoomNotConnected { .. }
            | Failure::ZoomHostsBusy(_)),
        ) => {
            // Whoever has the dead link hears of it, though nobody can make another.
            if case.finding.kind == FindingKind::Missing {
                have_read(app, newest).await?;
            }
            Err(Trouble::Needs(words::sentence(&failure.to_string())))
        }
        Err(other) => Err(other.into()),
    }
}

/// Has a link's meeting read, so that what became of it is told.
async fn have_read(app: &App, seen: &Meeting) -> Result<(), Failure> {
    let input = (seen.company, seen.id, app.now());
    app.store()
        .write(input, |tx, (company, id, now)| {
            Box::pin(async move {
                if let Some(mut meeting) = meetings::lock(tx, *company, *id).await?
                    && meeting.state == MeetingState::Ready
                {
                    crate::zoom::meetings::have_read(tx, &mut meeting, *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Deletes a meeting that bears our mark and that no record wants.
async fn delete(app: &App, zoom: &ZoomApp, case: &Case, attempts: i64) -> Result<Step, Trouble> {
    let (granted, meeting) = there(app, zoom, case, attempts).await?;
    let Some(mark) = meeting.and_then(|meeting| mark(app, &meeting)) else {
        return Ok(Step::Gone);
    };
    match wanted(app, case, mark).await? {
        Wanted::No => {}
        Wanted::Perhaps => return Ok(Step::Wait(None)),
        Wanted::Yes => return Ok(Step::Gone),
    }
    let id = MeetingId(case.finding.zoom_id);
    match zoom.client.delete_meeting(&granted.access, id).await {
        Ok(()) => {}
        Err(error) if error.class() == Class::NotFound => {}
        Err(error) => {
            return Err(reach::refused(app, zoom, (&case.host, &granted), &error, attempts).await);
        }
    }
    forget(app, case).await?;
    Ok(Step::Fixed)
}

/// Whether a record wants a meeting: the one its mark names, or one that has its number.
enum Wanted {
    Yes,
    Perhaps,
    No,
}

async fn wanted(app: &App, case: &Case, mark: MeetingRecordId) -> Result<Wanted, Failure> {
    let mut tx = app.read().await?;
    let now = app.now();
    let zoom_id = case.finding.zoom_id;
    let mut known = reconciliations::records(&mut tx, case.company(), &[mark], now).await?;
    known.extend(reconciliations::with_zoom_id(&mut tx, case.company(), zoom_id, now).await?);
    let known = || known.iter().map(|record| &record.recorded);
    Ok(
        if known().any(|record| !record.own || record.holds(zoom_id)) {
            Wanted::Yes
        } else if known().any(Recorded::under_way) {
            Wanted::Perhaps
        } else {
            Wanted::No
        },
    )
}

/// A meeting that was kept after its connection ended, and deleted now, is no longer in Zoom.
async fn forget(app: &App, case: &Case) -> Result<(), Failure> {
    let Some((record, _)) = &case.record else {
        return Ok(());
    };
    let input = (record.company, record.id, case.finding.zoom_id, app.now());
    app.store()
        .write(input, |tx, (company, id, zoom_id, now)| {
            Box::pin(async move {
                if let Some(mut meeting) = meetings::lock(tx, *company, *id).await?
                    && meeting.state == MeetingState::Detached
                    && meeting.zoom_id == Some(*zoom_id)
                {
                    meeting.state = MeetingState::Removed;
                    meetings::store(tx, &meeting, *now).await?;
                    tx.tell(Change::Booking(meeting.booking));
                }
                Ok::<_, Failure>(())
            })
        })
        .await
}

/// Comes back later; why, where it says.
async fn wait(
    app: &App,
    whose: (CompanyId, FindingId),
    why: Option<String>,
    at: jiff::Timestamp,
) -> Result<JobEnd, Failure> {
    if let Some(why) = &why {
        app.store()
            .write((whose, why.clone()), |tx, (whose, why)| {
                Box::pin(findings::trouble(tx, *whose, why))
            })
            .await?;
    }
    let why = why.unwrap_or_else(|| "others are at it".to_owned());
    Ok(JobEnd::RetryAt(at, why))
}

/// Ends the work on a finding, and says so in the history.
async fn settle(
    app: &App,
    whose: (CompanyId, FindingId),
    to: FindingState,
    why: Option<String>,
) -> Result<JobEnd, Failure> {
    app.store()
        .write((whose, to, why, app.now()), |tx, (whose, to, why, now)| {
            Box::pin(async move {
                let Some(finding) = findings::get(tx, whose.0, whose.1).await? else {
                    return Ok(());
                };
                let step = (FindingState::Fixing, *to);
                let moved =
                    findings::move_on(tx, *whose, step, (why.as_deref(), None), *now).await?;
                if moved && *to == FindingState::Fixed {
                    let by = finding.changer.map_or(By::System, By::Person);
                    words::tell(tx, whose.0, &finding, "reconciliation.fixed", by, *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(JobEnd::Done)
}
