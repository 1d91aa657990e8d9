//! Telling Zoom of a changed booking.

use rooms_core::meeting::MeetingState;
use rooms_store::events::{self, By};
use rooms_store::{Change, meetings};
use zoom_client::{Class, MeetingId, MeetingPatch};

use super::Step;
use super::case::{Case, facts};
use super::record::{Answer, store_answer};
use super::trouble::refused;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::tokens::Granted;

/// Tells Zoom the booking's present time and title, and reads back what it made of it.
pub(super) async fn update(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let Some(id) = case.meeting.zoom_id.map(MeetingId) else {
        return Ok(Step::Again);
    };
    let facts = facts(&case.booking);
    let patch = MeetingPatch {
        topic: Some(facts.topic),
        agenda: None,
        // Zoom ignores a start that has passed; it is left out so that the rest is still told.
        start_time: (facts.starts_at > app.now()).then_some(facts.starts_at),
        duration_minutes: Some(u32::try_from(facts.minutes).unwrap_or(1)),
        time_zone: Some(facts.zone),
        settings: None,
    };
    let told = zoom
        .client
        .update_meeting(&granted.access, id, &patch)
        .await;
    let read = match told {
        Ok(()) => zoom.client.meeting(&granted.access, id).await,
        Err(error) => Err(error),
    };
    match read {
        Ok(meeting) => store_answer(app, case, meeting, Answer::Told).await,
        Err(error) if error.class() == Class::NotFound => replace(app, case, id).await,
        Err(error) => refused(app, case, &granted, &error).await,
    }
}

/// Somebody deleted it in Zoom, and the booking still wants one: the record starts over.
async fn replace(app: &App, case: Case, gone: MeetingId) -> Result<Step, Failure> {
    app.store()
        .write(
            (case.meeting, gone, app.now()),
            |tx, (before, gone, now)| {
                Box::pin(async move {
                    let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await?
                    else {
                        return Ok(());
                    };
                    if meeting.state != MeetingState::Ready || meeting.zoom_id != Some(gone.0) {
                        return Ok(());
                    }
                    meeting.start_over();
                    meeting.gone_at = Some(*now);
                    meetings::store(tx, &meeting, *now).await?;
                    let subject = (meeting.company, meeting.booking.uuid());
                    events::insert(tx, subject, "meeting.gone", By::Zoom, "", *now).await?;
                    tx.tell(Change::Booking(meeting.booking));
                    Ok::<_, Failure>(())
                })
            },
        )
        .await?;
    Ok(Step::Again)
}
