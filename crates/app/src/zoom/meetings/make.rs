//! Making a meeting: the attempt is written down first, then Zoom is called, then whatever came of
//! it is stored.

use rooms_core::booking::Booking;
use rooms_core::meeting::{MeetingState, Promise, Recording};
use rooms_store::meetings::{self, AttemptOutcome};
use uuid::Uuid;
use zoom_client::{AutoRecording, MeetingDraft, MeetingSettings};

use super::Step;
use super::case::{Case, facts};
use super::record::{Answer, save_waiting, store_answer};
use super::trouble::{pause, refused};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::tokens::Granted;
use crate::zoom::{limits, marker};

/// Makes the meeting: the attempt first, then the call, then whatever came of it.
pub(super) async fn create(
    app: &App,
    zoom: &ZoomApp,
    case: Case,
    granted: Granted,
) -> Result<Step, Failure> {
    let attempt = app.new_id();
    let whose = (case.meeting.company, case.meeting.id);
    let begun = app
        .store()
        .write(
            (
                (whose, attempt, granted.epoch, app.clone()),
                (facts(&case.booking), case.promise),
            ),
            |tx, ((whose, attempt, epoch, app), (told, promise))| {
                Box::pin(async move {
                    // A disconnection since the record was read means that no new call starts.
                    let Some(mut meeting) = meetings::lock(tx, whose.0, whose.1).await? else {
                        return Ok(None);
                    };
                    let waits = [MeetingState::Pending, MeetingState::Uncertain];
                    if !waits.contains(&meeting.state) {
                        return Ok(None);
                    }
                    // Nor does one beside another's whose answer is not here yet.
                    let open = meetings::open_attempt(tx, whose.0, whose.1).await?;
                    if open.is_some() || meeting.zoom_id.is_some() {
                        return Ok(None);
                    }
                    // It counts from when it is written down, however long the transaction waited:
                    // what Zoom makes much later is not known as ours.
                    let now = app.now();
                    meeting.told = Some(told.clone());
                    meeting.promised = Some(*promise);
                    meetings::store(tx, &meeting, now).await?;
                    meetings::begin_attempt(tx, *attempt, *whose, *epoch, now).await?;
                    Ok::<_, rooms_store::Error>(Some(now))
                })
            },
        )
        .await?;
    // One that is left is looked for as if its answer were lost.
    let in_time = |begun| app.now().duration_since(begun) <= limits::HELD_UP;
    if !begun.is_some_and(in_time) {
        return Ok(Step::Again);
    }
    let draft = draft(app, &case, attempt);
    match zoom.client.create_meeting(&granted.access, &draft).await {
        Ok(made) => store_answer(app, case, made, Answer::Made).await,
        Err(error) if error.outcome_unknown() => {
            let pause = pause(app, case.meeting.attempts);
            let why = "Zoom has not answered. We look whether the meeting was made.";
            save_waiting(app, case.meeting, MeetingState::Uncertain, why, pause).await
        }
        Err(error) => {
            let note = error.to_string();
            let input = (whose, attempt, note, app.now());
            app.store()
                .write(input, |tx, (whose, attempt, note, now)| {
                    let attempt = (whose.0, *attempt);
                    let outcome = AttemptOutcome::NotMade;
                    Box::pin(meetings::finish_attempt(
                        tx,
                        attempt,
                        outcome,
                        Some(note),
                        *now,
                    ))
                })
                .await?;
            refused(app, case, &granted, &error).await
        }
    }
}

fn draft(app: &App, case: &Case, attempt: Uuid) -> MeetingDraft {
    let mark = marker::write(app.sealer(), case.meeting.id, attempt);
    let facts = facts(&case.booking);
    MeetingDraft {
        topic: facts.topic,
        agenda: format!("{mark}\n{}", about(app, &case.booking)),
        start_time: facts.starts_at,
        duration_minutes: u32::try_from(facts.minutes).unwrap_or(1),
        time_zone: facts.zone,
        settings: settings(case.promise),
    }
}

/// What is promised, sent in full: settings left out follow the host's own since 2026.
fn settings(promise: Promise) -> MeetingSettings {
    MeetingSettings {
        passcode: promise.passcode,
        waiting_room: promise.waiting_room,
        join_before_host: promise.join_before_host,
        mute_upon_entry: promise.mute_upon_entry,
        auto_recording: match promise.recording {
            Recording::None => AutoRecording::None,
            Recording::Local => AutoRecording::Local,
            Recording::Cloud => AutoRecording::Cloud,
        },
    }
}

fn about(app: &App, booking: &Booking) -> String {
    format!(
        "{}, {}. {}",
        booking.room_name,
        booking.site_name,
        app.link(&format!("/bookings/{}", booking.id))
    )
}
