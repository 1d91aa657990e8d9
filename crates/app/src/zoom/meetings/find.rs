//! Looking for meetings of ours: after an unknown outcome, before another is made; and once more
//! after one was given up, in case it turned up late.

use jiff::{SignedDuration, Timestamp};
use rooms_core::meeting::{Belongs, Known, MeetingState, belongs};
use rooms_core::planted::{Bug, planted};
use rooms_store::meetings::attempts;
use zoom_client::{Class, MeetingId, MeetingSummary};

use super::Step;
use super::case::Case;
use super::record::{Answer, store_answer};
use super::trouble::{quietly, refused};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::zoom::marker;
use crate::zoom::tokens::Granted;

/// How long after an attempt began a meeting of it may still appear in Zoom's list.
pub(super) const SETTLES: SignedDuration = SignedDuration::from_secs(8);
/// How long after one was given up it is looked for once more.
const LATE: SignedDuration = SignedDuration::from_secs(60);

/// What of the host's list is this record's.
#[derive(Default)]
struct Ours {
    /// The record lacks one, and wants it: the first that was made.
    adopt: Option<MeetingId>,
    /// Made by us, and too many.
    extra: Vec<MeetingId>,
}

fn ours(app: &App, case: &Case, listed: Vec<MeetingSummary>) -> Ours {
    let mut marked: Vec<(MeetingSummary, Option<Timestamp>)> = listed
        .into_iter()
        .filter_map(|meeting| {
            let mark = marker::read(app.sealer(), meeting.agenda.as_deref()?)?;
            let began =
                |(id, began): &(uuid::Uuid, Timestamp)| (*id == mark.attempt).then_some(*began);
            (mark.meeting == case.meeting.id)
                .then(|| (meeting, case.attempts.iter().find_map(began)))
        })
        .collect();
    marked.sort_by_key(|(meeting, _)| (meeting.created_at, meeting.id.0));
    let mut ours = Ours::default();
    for (meeting, attempt_began) in marked {
        let known = Known {
            wanted: case.wanted() && case.meeting.state != MeetingState::Failed,
            zoom_id: case.meeting.zoom_id.or(ours.adopt.map(|id| id.0)),
            attempt_began,
        };
        match belongs((meeting.id.0, meeting.created_at), true, Some(known)) {
            Belongs::Wanted if case.meeting.zoom_id.is_none() => ours.adopt = Some(meeting.id),
            Belongs::Extra => ours.extra.push(meeting.id),
            // What nothing proves to be ours is left for a person to judge.
            Belongs::Wanted | Belongs::Unsure | Belongs::Foreign => {}
        }
    }
    ours
}

/// Looks after an unknown outcome: adopts the first, deletes what is double or not wanted.
pub(super) async fn find(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let listed = match zoom.client.scheduled_meetings(&granted.access).await {
        Ok(listed) => listed,
        Err(error) => return refused(app, case, &granted, &error).await,
    };
    let ours = ours(app, &case, listed);
    if let Err(error) = delete(zoom, &granted, &ours.extra).await {
        return refused(app, case, &granted, &error).await;
    }
    let Some(first) = ours.adopt.filter(|_| !planted(Bug::SkipAdoption)) else {
        return give_up(app, case, !ours.extra.is_empty()).await;
    };
    match zoom.client.meeting(&granted.access, first).await {
        Ok(meeting) => store_answer(app, case, meeting, Answer::Found).await,
        // It was deleted since it was listed.
        Err(error) if error.class() == Class::NotFound => Ok(Step::Again),
        Err(error) => refused(app, case, &granted, &error).await,
    }
}

/// Nothing is there to adopt. Once it would have appeared, the attempt counts as lost.
async fn give_up(app: &App, case: Case, deleted: bool) -> Result<Step, Failure> {
    let now = app.now();
    let began = case.open_attempt.map(|(_, began)| began);
    let settled = began.and_then(|began| began.saturating_add(SETTLES).ok());
    if let Some(settled) = settled.filter(|settled| *settled > now && !deleted) {
        let why = "it may still appear".to_owned();
        return Ok(Step::End(JobEnd::RetryAt(settled, why)));
    }
    let later = now.saturating_add(LATE).unwrap_or(now);
    let input = ((case.meeting.company, case.meeting.id), (now, later));
    app.store()
        .write(input, |tx, (whose, when)| {
            let note = "not found in the host's meetings";
            Box::pin(attempts::lose(tx, *whose, note, *when))
        })
        .await?;
    Ok(Step::Again)
}

/// Looks once more for what was given up, and deletes what turned up late.
pub(super) async fn sweep(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let swept = match zoom.client.scheduled_meetings(&granted.access).await {
        Ok(listed) => delete(zoom, &granted, &ours(app, &case, listed).extra).await,
        Err(error) => Err(error),
    };
    if let Err(error) = swept {
        return match quietly(app, &error) {
            Some(later) => Ok(later),
            None => refused(app, case, &granted, &error).await,
        };
    }
    let input = (case.meeting.company, case.meeting.id, app.now());
    app.store()
        .write(input, |tx, (company, id, now)| {
            Box::pin(attempts::swept(tx, *company, *id, *now))
        })
        .await?;
    Ok(Step::Again)
}

async fn delete(
    zoom: &ZoomApp,
    granted: &Granted,
    extra: &[MeetingId],
) -> Result<(), zoom_client::Error> {
    for id in extra {
        match zoom.client.delete_meeting(&granted.access, *id).await {
            Err(error) if error.class() != Class::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(())
}
