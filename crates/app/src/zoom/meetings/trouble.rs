//! When Zoom says no, or nothing: what each answer means and when to go on.

use jiff::{SignedDuration, Timestamp};
use rooms_core::PersonId;
use rooms_core::meeting::{Meeting, MeetingState};
use rooms_store::events::{self, By};
use rooms_store::{Change, Tx, meetings, notices};
use zoom_client::{Class, WaitUntil};

use super::Step;
use super::case::Case;
use super::record::save_waiting;
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::mail::{self, Letter};
use crate::zoom::disconnect;
use crate::zoom::tokens::{self, Granted, NoAccess};

/// The longest pause between tries while Zoom does not answer.
const LONGEST_PAUSE: u64 = 45;
/// How often to look whether a meeting that is going on has ended.
const WHILE_IT_IS_ON: SignedDuration = SignedDuration::from_mins(5);

/// What a refusal means: try again, ask for another token, ask the person, or give up.
pub(super) async fn refused(
    app: &App,
    zoom: &ZoomApp,
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
    let removing = case.meeting.state == MeetingState::Removing;
    let state = case.meeting.state;
    let pause = pause(app, case.meeting.attempts);
    match error.class() {
        Class::TokenRejected => {
            // Once more with another pair; if that is refused too, the person is asked.
            match tokens::access(app, zoom, &case.connection, Some(granted.version)).await {
                Ok(_) if case.meeting.attempts < 3 => {
                    let why = "Zoom asked for a new sign-in of the server; it was renewed.";
                    save_waiting(app, case.meeting, state, why, app.now()).await
                }
                Ok(again) => {
                    let (connection, why) = (&case.connection, tokens::GRANT_DEAD);
                    disconnect::needs_attention(app, connection, again.epoch, why).await?;
                    Ok(Step::End(JobEnd::Done))
                }
                Err(none) => no_access(app, case, none).await,
            }
        }
        Class::ReconnectNeeded => {
            let (connection, why) = (&case.connection, tokens::GRANT_DEAD);
            disconnect::needs_attention(app, connection, granted.epoch, why).await?;
            Ok(Step::End(JobEnd::Done))
        }
        Class::ScopeMissing(_) => {
            let why = "Zoom says a permission is missing. Connect again and leave all of them on.";
            disconnect::needs_attention(app, &case.connection, granted.epoch, why).await?;
            Ok(Step::End(JobEnd::Done))
        }
        Class::NotFound if !removing && case.meeting.zoom_id.is_some() => {
            fail(
                app,
                case,
                "The meeting was deleted in Zoom. Make a new link to meet there.",
            )
            .await
        }
        Class::Refused | Class::NotFound if !removing => {
            let said = error.zoom_message().unwrap_or("no reason");
            let why = format!("Zoom declined: {said}");
            fail(app, case, &why).await
        }
        Class::WaitUntil(wait) => {
            let until = until(app.now(), wait).unwrap_or(pause);
            let why = "Zoom takes no more changes for this host just now.";
            save_waiting(app, case.meeting, state, why, until).await
        }
        Class::OurConfiguration => {
            let why = "Zoom does not accept this server's app. An administrator has to look.";
            save_waiting(app, case.meeting, state, why, pause).await
        }
        Class::TryAgain | Class::Unreadable | Class::Refused | Class::NotFound => {
            save_waiting(app, case.meeting, state, "Zoom does not answer.", pause).await
        }
    }
}

/// What a missing access means.
pub(super) async fn no_access(app: &App, case: Case, none: NoAccess) -> Result<Step, Failure> {
    let state = case.meeting.state;
    let soon = app
        .now()
        .saturating_add(SignedDuration::from_secs(1))
        .unwrap_or(app.now());
    let pause = pause(app, case.meeting.attempts);
    match none {
        NoAccess::Busy => Ok(Step::End(JobEnd::RetryAt(
            soon,
            "tokens are renewed".to_owned(),
        ))),
        // The end of the connection has let the meeting go, or a new sign-in will resume it.
        NoAccess::Ended => Ok(Step::End(JobEnd::Done)),
        NoAccess::Later(_) => {
            save_waiting(app, case.meeting, state, "Zoom does not answer.", pause).await
        }
        NoAccess::Misconfigured(_) => {
            let why = "Zoom does not accept this server's app. An administrator has to look.";
            save_waiting(app, case.meeting, state, why, pause).await
        }
        NoAccess::Failed(failure) => Err(failure),
    }
}

/// When to go on after Zoom asked to wait.
fn until(now: Timestamp, wait: WaitUntil) -> Option<Timestamp> {
    match wait {
        WaitUntil::At(at) => Some(at.max(now)),
        WaitUntil::After(pause) => now.saturating_add(pause).ok(),
        WaitUntil::NextUtcMidnight => {
            let day = 86_400;
            Timestamp::from_second((now.as_second().div_euclid(day) + 1) * day).ok()
        }
        WaitUntil::MeetingEnd => now.saturating_add(WHILE_IT_IS_ON).ok(),
        WaitUntil::Unspecified => None,
    }
}

/// The next try: twice as long each time, with some jitter, never longer than [`LONGEST_PAUSE`].
pub(super) fn pause(app: &App, attempts: i64) -> Timestamp {
    let base = 2_u64 << attempts.clamp(0, 5);
    let seconds = base.min(LONGEST_PAUSE - 5) + app.entropy().below(base.min(5));
    let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(30));
    app.now().saturating_add(pause).unwrap_or(app.now())
}

/// Gives a meeting up, and tells the people concerned.
pub(super) async fn fail(app: &App, case: Case, why: &str) -> Result<Step, Failure> {
    let about = (case.booking.title, case.booking.organizer.id);
    let input = (case.meeting, about, why.to_owned(), app.now());
    app.store()
        .write(input, |tx, (before, (title, organizer), why, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
                    return Ok(());
                };
                let lives = matches!(
                    meeting.state,
                    MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready
                );
                if !lives {
                    return Ok(());
                }
                meeting.state = MeetingState::Failed;
                meeting.zoom_id = None;
                meeting.join_url = None;
                meeting.passcode = None;
                meeting.failure = Some(why.clone());
                meeting.next_try_at = None;
                meetings::store(tx, &meeting, *now).await?;
                tell_of_failure(tx, &meeting, (title, *organizer), why, *now).await
            })
        })
        .await?;
    Ok(Step::End(JobEnd::Done))
}

async fn tell_of_failure(
    tx: &mut Tx,
    meeting: &Meeting,
    (title, organizer): (&str, PersonId),
    why: &str,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, booking) = (meeting.company, meeting.booking);
    events::insert(
        tx,
        (company, booking.uuid()),
        "meeting.failed",
        By::System,
        why,
        now,
    )
    .await?;
    let text = format!("“{title}” has no Zoom link. {why}");
    let whom = (company, organizer);
    notices::insert(tx, whom, "meeting.failed", booking.uuid(), &text, now).await?;
    let letter = Letter::LinkFailed {
        booking,
        why: why.to_owned(),
    };
    mail::queue(tx, company, &letter, now).await?;
    tx.tell(Change::Booking(booking));
    Ok(())
}
