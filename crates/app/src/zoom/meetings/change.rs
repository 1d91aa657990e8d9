//! Telling Zoom of a changed booking.

use zoom_client::{MeetingId, MeetingPatch};

use super::Step;
use super::case::Case;
use super::make::minutes;
use super::record::made_or_found;
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
    let patch = MeetingPatch {
        topic: Some(case.booking.title.clone()),
        agenda: None,
        // Zoom ignores a start that has passed; it is left out so that the rest is still told.
        start_time: (case.booking.slot.starts_at > app.now())
            .then_some(case.booking.slot.starts_at),
        duration_minutes: Some(minutes(&case.booking)),
        time_zone: Some(case.booking.zone.name().to_owned()),
        settings: None,
    };
    if let Err(error) = zoom
        .client
        .update_meeting(&granted.access, id, &patch)
        .await
    {
        return refused(app, zoom, case, &granted, &error).await;
    }
    match zoom.client.meeting(&granted.access, id).await {
        Ok(meeting) => made_or_found(app, case, meeting).await,
        Err(error) => refused(app, zoom, case, &granted, &error).await,
    }
}
