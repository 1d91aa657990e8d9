//! Deleting a meeting in Zoom.

use rooms_core::connection::ConnectionStatus;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_store::{Change, connections, leaving, meetings};
use zoom_client::{Class, MeetingId};

use super::Step;
use super::case::Case;
use super::record::save;
use super::trouble::refused;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
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
    let known = meeting.zoom_id;
    save(app, meeting, move |meeting| {
        let unwanted = matches!(
            meeting.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing
        );
        // What somebody has found since is still there.
        if unwanted && meeting.zoom_id == known {
            meeting.state = MeetingState::Removed;
            meeting.failure = None;
            meeting.attempts = 0;
            meeting.next_try_at = None;
        }
    })
    .await
}

/// It was taken off its booking after its connection had ended, so nobody can delete it: it stays in
/// Zoom, as everything does that an end left there. One that waits for its person says so.
pub(super) async fn out_of_reach(app: &App, case: Case) -> Result<Step, Failure> {
    let input = (case.meeting, app.now());
    app.store()
        .write(input, |tx, (before, now)| {
            Box::pin(async move {
                let (company, connection) = (before.company, before.connection);
                let connection = connections::get(tx, company, connection).await?;
                let meeting = meetings::lock(tx, company, before.id).await?;
                let meeting = meeting.filter(|m| m.state == MeetingState::Removing);
                let (Some(connection), Some(mut meeting)) = (connection, meeting) else {
                    return Ok(());
                };
                match connection.status {
                    ConnectionStatus::Active => return Ok(()),
                    ConnectionStatus::NeedsAttention => meeting.failure = connection.attention,
                    ConnectionStatus::Inactive => {
                        let unfinished = leaving::get(tx, company, meeting.connection).await?;
                        if unfinished.is_some() {
                            return Ok(());
                        }
                        meeting.state = match meeting.zoom_id {
                            Some(_) => MeetingState::Detached,
                            None => MeetingState::Removed,
                        };
                        meeting.failure = None;
                    }
                }
                meeting.next_try_at = None;
                meetings::store(tx, &meeting, *now).await?;
                tx.tell(Change::Booking(meeting.booking));
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::End(JobEnd::Done))
}
