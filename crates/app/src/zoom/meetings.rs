//! The job that brings Zoom to what a booking wants: one meeting, at the right time, or none.
//!
//! It looks at the record, takes the next step ([`rooms_core::meeting::next_step`]), stores what
//! came of it and looks again. An attempt is written down before Zoom is called, so after a lost
//! answer or a crash the host's meetings are searched for ours before another is made. An answer
//! that arrives is always stored; whether booking and connection are still the same only decides
//! what happens next. What a webhook says is a hint: the meeting is read before it is judged.

mod case;
mod change;
mod find;
mod look;
mod make;
mod news;
mod record;
mod remove;
mod trouble;

use jiff::Timestamp;
use rooms_core::meeting::{Meeting, MeetingState, NextStep, next_step};
use rooms_core::{CompanyId, MeetingRecordId};
use rooms_store::{Tx, meetings};

use self::case::Case;
pub(crate) use self::case::facts;
pub(super) use self::trouble::pause;
use super::{apps, tokens};
use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};

/// The most steps of one run: make, update, delete, and a little more.
const STEPS: usize = 6;

/// What a step came to.
enum Step {
    /// Look again.
    Again,
    /// Zoom has refused this pair of tokens: look again with another.
    Renew(i64),
    /// That is all for now.
    End(JobEnd),
}

/// Has a meeting read in Zoom, and then judged; its record is locked.
pub(super) async fn have_read(
    tx: &mut Tx,
    meeting: &mut Meeting,
    now: Timestamp,
) -> Result<(), Failure> {
    meeting.look_since = Some(now);
    meetings::store(tx, meeting, now).await?;
    Ok(jobs::queue_meeting(tx, meeting.company, meeting.id, now).await?)
}

/// Takes steps for a meeting until there is nothing to do, or nothing to do now.
pub(crate) async fn advance(app: &App, company: CompanyId, id: MeetingRecordId) -> JobEnd {
    let mut refused = None;
    for _ in 0..STEPS {
        match step(app, (company, id), refused).await {
            Ok(Step::Again) => refused = None,
            Ok(Step::Renew(version)) => refused = Some(version),
            Ok(Step::End(end)) => return end,
            Err(failure) => return JobEnd::again(app, &failure),
        }
    }
    JobEnd::RetryAt(app.now(), "more to do".to_owned())
}

async fn step(
    app: &App,
    (company, id): (CompanyId, MeetingRecordId),
    refused: Option<i64>,
) -> Result<Step, Failure> {
    let Some(case) = case::load(app, company, id).await? else {
        return Ok(Step::End(JobEnd::Done));
    };
    let now = app.now();
    let next = next_step(case.situation(now));
    match next {
        NextStep::Rest => return Ok(Step::End(rest(&case))),
        NextStep::ForgetUnmade => {
            return remove::removed(app, case.meeting).await;
        }
        NextStep::Create | NextStep::FindOrCreate if case.over(now) => {
            return trouble::fail(app, case, "The booking was over before Zoom answered.").await;
        }
        _ => {}
    }
    let Some(zoom) = &apps::of(app, &case.connection).await? else {
        return Err(Failure::Conflict("no Zoom app is set up here"));
    };
    let granted = match tokens::access(app, zoom, &case.connection, refused).await {
        Ok(granted) => granted,
        Err(none) => return trouble::no_access(app, case, none).await,
    };
    match next {
        NextStep::Create => make::create(app, zoom, case, granted).await,
        NextStep::FindOrCreate | NextStep::FindAndDelete => {
            find::find(app, zoom, case, granted).await
        }
        NextStep::Sweep => find::sweep(app, zoom, case, granted).await,
        NextStep::Look => look::look(app, zoom, case, granted).await,
        NextStep::Update => change::update(app, zoom, case, granted).await,
        NextStep::Delete => remove::delete(app, zoom, case, granted).await,
        NextStep::Rest | NextStep::ForgetUnmade => Ok(Step::End(JobEnd::Done)),
    }
}

/// There is nothing to do now; what was given up may still turn up.
fn rest(case: &Case) -> JobEnd {
    match case.sweep_at {
        Some(at) if case.meeting.state != MeetingState::Detached => {
            JobEnd::RetryAt(at, "a lost one may still turn up".to_owned())
        }
        _ => JobEnd::Done,
    }
}
