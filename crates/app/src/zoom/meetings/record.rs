//! Storing what came of a step, on the record as it stands by then.

use jiff::Timestamp;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_store::events::{self, By};
use rooms_store::meetings::{self, AttemptOutcome};
use rooms_store::{Change, notices};

use super::Step;
use super::case::Case;
use crate::app::App;
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::mail;

/// Stores a meeting Zoom has: made just now, or found again.
pub(super) async fn made_or_found(
    app: &App,
    case: Case,
    made: zoom_client::Meeting,
) -> Result<Step, Failure> {
    let input = (
        case.meeting,
        made,
        case.booking.revision,
        (case.connection.zoom_email, case.booking.organizer.id),
        app.now(),
    );
    app.store()
        .write(
            input,
            |tx, (before, made, revision, (email, organizer), now)| {
                Box::pin(async move {
                    let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await?
                    else {
                        return Ok(());
                    };
                    meeting.zoom_id = Some(made.id.0);
                    meeting.join_url = Some(made.join_url.clone());
                    meeting.passcode.clone_from(&made.passcode);
                    meeting.host_email = made.host_email.clone().or_else(|| Some(email.clone()));
                    meeting.synced_revision = *revision;
                    meeting.attempts = 0;
                    meeting.next_try_at = None;
                    meeting.failure = None;
                    meeting.state = match meeting.state {
                        MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready => {
                            MeetingState::Ready
                        }
                        // Cancelled meanwhile: known now, so it can be deleted.
                        MeetingState::Removing => MeetingState::Removing,
                        // Disconnected meanwhile: it exists, and is no longer ours to manage.
                        MeetingState::Failed | MeetingState::Removed | MeetingState::Detached => {
                            MeetingState::Detached
                        }
                    };
                    meetings::store(tx, &meeting, *now).await?;
                    let whose = (meeting.company, meeting.id);
                    meetings::finish_attempts(tx, whose, AttemptOutcome::Made, None, *now).await?;
                    if meeting.state == MeetingState::Ready {
                        let subject = (meeting.company, meeting.booking.uuid());
                        events::insert(tx, subject, "meeting.ready", By::System, "", *now).await?;
                        let about = meeting.booking.uuid();
                        notices::dismiss_about(tx, meeting.company, *organizer, about, *now)
                            .await?;
                        mail::queue_link(tx, &meeting, *now).await?;
                    }
                    tx.tell(Change::Booking(meeting.booking));
                    Ok::<_, Failure>(())
                })
            },
        )
        .await?;
    Ok(Step::Again)
}

/// Records why it waits, and until when.
pub(super) async fn save_waiting(
    app: &App,
    meeting: Meeting,
    state: MeetingState,
    why: &str,
    until: Timestamp,
) -> Result<Step, Failure> {
    let reason = why.to_owned();
    save(app, meeting, move |meeting| {
        let waits = matches!(
            meeting.state,
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
        );
        if waits && state != MeetingState::Removing {
            meeting.state = state;
        }
        meeting.failure = Some(reason.clone());
        meeting.attempts += 1;
        meeting.next_try_at = Some(until);
    })
    .await?;
    Ok(Step::End(JobEnd::RetryAt(until, why.to_owned())))
}

/// Changes the record as it stands now, and looks again.
pub(super) async fn save(
    app: &App,
    meeting: Meeting,
    change: impl Fn(&mut Meeting) + Send + Sync + 'static,
) -> Result<Step, Failure> {
    app.store()
        .write((meeting, change, app.now()), |tx, (before, change, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
                    return Ok(());
                };
                change(&mut meeting);
                meetings::store(tx, &meeting, *now).await?;
                tx.tell(Change::Booking(meeting.booking));
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::Again)
}
