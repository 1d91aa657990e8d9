//! Deleting a meeting in Zoom.

use rooms_core::meeting::{Meeting, MeetingState};
use zoom_client::{Class, MeetingId};

use super::Step;
use super::case::Case;
use super::record::save;
use super::trouble::refused;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::tokens::Granted;

/// Deletes it; what is gone already counts as deleted.
pub(super) async fn delete(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let Some(id) = case.meeting.zoom_id.map(MeetingId) else {
        return Ok(Step::Again);
    };
    match zoom.client.delete_meeting(&granted.access, id).await {
        Ok(()) => removed(app, case.meeting).await,
        Err(error) if error.class() == Class::NotFound => removed(app, case.meeting).await,
        Err(error) => refused(app, case, &granted, &error).await,
    }
}

/// There is nothing of it in Zoom any more, and nothing that still goes wrong.
pub(super) async fn removed(app: &App, meeting: Meeting) -> Result<Step, Failure> {
    save(app, meeting, |meeting| {
        let unwanted = matches!(
            meeting.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing
        );
        if unwanted {
            meeting.state = MeetingState::Removed;
            meeting.failure = None;
            meeting.attempts = 0;
            meeting.next_try_at = None;
        }
    })
    .await
}
