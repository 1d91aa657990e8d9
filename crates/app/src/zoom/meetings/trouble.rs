//! When Zoom says no, or nothing: what each answer means and when to go on.

use jiff::{SignedDuration, Timestamp};
use rooms_core::connection::NoticedBy;
use rooms_core::meeting::MeetingState;
use rooms_store::meetings;
use zoom_client::Class;

use super::Step;
use super::case::Case;
use super::news::{self, News};
use super::record::save_waiting;
use super::remove;
use crate::app::App;
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::zoom::disconnect;
use crate::zoom::limits::{self, until};
use crate::zoom::tokens::{self, Granted, NoAccess};

/// The longest pause between tries while Zoom does not answer.
const LONGEST_PAUSE: u64 = 45;

/// What a refusal means: try again, ask for another token, ask the person, or give up.
pub(super) async fn refused(
    app: &App,
    case: Case,
    granted: &Granted,
    error: &zoom_client::Error,
) -> Result<Step, Failure> {
    tracing::info!(
        meeting.id = %case.meeting.id,
        zoom.operation = error.operation(),
        zoom.status = error.status(),
        zoom.code = error.code(),
        zoom.tracking_id = error.tracking_id(),
        "Zoom did not do what a booking wants"
    );
    let state = case.meeting.state;
    let pause = pause(app, case.meeting.attempts);
    let said = (error, granted.renewing);
    match error.class() {
        // Once more with another pair; if that is refused too, the person is asked.
        Class::TokenRejected if !granted.renewed => Ok(Step::Renew(granted.version)),
        Class::TokenRejected | Class::ReconnectNeeded => {
            let which = (&case.connection, granted.epoch);
            disconnect::grant_refused(app, which, said, NoticedBy::Call).await?;
            Ok(Step::End(JobEnd::Done))
        }
        Class::ScopeMissing(_) => {
            let why = disconnect::SCOPE_MISSING;
            let which = (&case.connection, granted.epoch);
            disconnect::needs_attention(app, which, why, NoticedBy::Call).await?;
            Ok(Step::End(JobEnd::Done))
        }
        Class::Refused | Class::NotFound => {
            let why = tokens::declined(error);
            if state == MeetingState::Removing {
                save_waiting(app, case.meeting, state, &why, pause).await
            } else if case.meeting.zoom_id.is_some() {
                declined(app, case, &why).await
            } else {
                fail(app, case, &why).await
            }
        }
        Class::WaitUntil(wait) => {
            let until = until(app.now(), wait).unwrap_or(pause);
            save_waiting(app, case.meeting, state, limits::why(error), until).await
        }
        Class::OurConfiguration => {
            save_waiting(app, case.meeting, state, tokens::MISCONFIGURED, pause).await
        }
        Class::TryAgain | Class::Unreadable => {
            save_waiting(app, case.meeting, state, tokens::SILENT, pause).await
        }
    }
}

/// What Zoom's silence means for a look that changes nothing: later, without a word on the record.
/// `None` where the connection has to be put right first.
pub(super) fn quietly(app: &App, error: &zoom_client::Error) -> Option<Step> {
    let soon = pause(app, 3);
    let later = match error.class() {
        Class::TokenRejected | Class::ReconnectNeeded | Class::ScopeMissing(_) => return None,
        Class::WaitUntil(wait) => until(app.now(), wait).unwrap_or(soon),
        _ => soon,
    };
    Some(Step::End(JobEnd::RetryAt(later, error.to_string())))
}

/// What a missing access means.
pub(super) async fn no_access(app: &App, case: Case, none: NoAccess) -> Result<Step, Failure> {
    let state = case.meeting.state;
    let pause = pause(app, case.meeting.attempts);
    match none {
        NoAccess::Busy(until) => Ok(Step::End(JobEnd::RetryAt(
            until,
            "tokens are renewed".to_owned(),
        ))),
        // The end of the connection has let the meeting go, or a new sign-in will resume it.
        NoAccess::Ended if state != MeetingState::Removing => Ok(Step::End(JobEnd::Done)),
        NoAccess::Ended => remove::out_of_reach(app, case).await,
        NoAccess::Later(_) => save_waiting(app, case.meeting, state, tokens::SILENT, pause).await,
        NoAccess::Misconfigured(_) => {
            save_waiting(app, case.meeting, state, tokens::MISCONFIGURED, pause).await
        }
        NoAccess::Failed(failure) => Err(failure),
    }
}

/// The next try: twice as long each time, with some jitter, never longer than [`LONGEST_PAUSE`].
pub(in crate::zoom) fn pause(app: &App, attempts: i64) -> Timestamp {
    let base = 2_u64 << attempts.clamp(0, 5);
    let seconds = base.min(LONGEST_PAUSE - 5) + app.entropy().below(base.min(5));
    let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(30));
    app.now().saturating_add(pause).unwrap_or(app.now())
}

/// Zoom will not take a change: the link stays, with what it was told before, and people hear why.
async fn declined(app: &App, case: Case, why: &str) -> Result<Step, Failure> {
    let input = (case.meeting, case.booking, why.to_owned(), app.now());
    app.store()
        .write(input, |tx, (before, booking, why, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
                    return Ok(());
                };
                let known = meeting.failure.as_ref() == Some(why);
                if meeting.state != MeetingState::Ready || known {
                    return Ok(());
                }
                meeting.failure = Some(why.clone());
                meeting.next_try_at = None;
                meetings::store(tx, &meeting, *now).await?;
                let news = News::Declined(why.clone());
                news::tell(tx, &meeting, booking, &news, *now).await
            })
        })
        .await?;
    Ok(Step::End(JobEnd::Done))
}

/// Gives a meeting up that was never made, and tells the people concerned.
pub(super) async fn fail(app: &App, case: Case, why: &str) -> Result<Step, Failure> {
    let input = (case.meeting, case.booking, why.to_owned(), app.now());
    app.store()
        .write(input, |tx, (before, booking, why, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
                    return Ok(());
                };
                let lives = matches!(
                    meeting.state,
                    MeetingState::Pending | MeetingState::Uncertain
                );
                if !lives {
                    return Ok(());
                }
                meeting.state = MeetingState::Failed;
                meeting.failure = Some(why.clone());
                meeting.next_try_at = None;
                meetings::store(tx, &meeting, *now).await?;
                news::tell(tx, &meeting, booking, &News::Failed(why.clone()), *now).await
            })
        })
        .await?;
    Ok(Step::End(JobEnd::Done))
}
