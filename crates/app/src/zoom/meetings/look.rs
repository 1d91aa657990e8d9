//! Reading a meeting after a webhook said that it changed in Zoom: only then is it judged.

use rooms_core::meeting::MeetingState;
use rooms_store::meetings;
use zoom_client::{Class, MeetingId};

use super::Step;
use super::case::Case;
use super::news::{self, News};
use super::record::{Answer, store_answer};
use super::trouble::{quietly, refused};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::tokens::Granted;

/// What people read of a meeting that was deleted in Zoom.
pub(super) const GONE: &str = "The meeting was deleted in Zoom, so the link no longer works.";

/// Reads the meeting, and stores what it says.
pub(super) async fn look(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let Some(id) = case.meeting.zoom_id.map(MeetingId) else {
        return Ok(Step::Again);
    };
    match zoom.client.meeting(&granted.access, id).await {
        Ok(meeting) => store_answer(app, case, meeting, Answer::Seen).await,
        Err(error) if error.class() == Class::NotFound => gone(app, case).await,
        Err(error) => match quietly(app, &error) {
            Some(later) => Ok(later),
            None => refused(app, case, &granted, &error).await,
        },
    }
}

/// It is not there: the link is dead, and its people hear of it. The room stays as it is.
async fn gone(app: &App, case: Case) -> Result<Step, Failure> {
    let input = (case.meeting, case.booking, app.now());
    app.store()
        .write(input, |tx, (before, booking, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
                    return Ok(());
                };
                // Another hint came meanwhile: it is looked at again.
                if meeting.look_since == before.look_since {
                    meeting.look_since = None;
                }
                let lives =
                    meeting.state == MeetingState::Ready && meeting.zoom_id == before.zoom_id;
                if lives {
                    meeting.state = MeetingState::Failed;
                    meeting.gone_at = Some(*now);
                    meeting.join_url = None;
                    meeting.passcode = None;
                    meeting.drift = None;
                    meeting.failure = Some(GONE.to_owned());
                }
                meetings::store(tx, &meeting, *now).await?;
                if lives {
                    news::tell(tx, &meeting, booking, &News::Gone, *now).await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::Again)
}
