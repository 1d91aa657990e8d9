//! Making a meeting: the attempt is written down first, then Zoom is called, then whatever came of
//! it is stored.

use rooms_core::booking::Booking;
use rooms_core::meeting::MeetingState;
use rooms_store::meetings::{self, AttemptOutcome};
use uuid::Uuid;
use zoom_client::{MeetingDraft, MeetingSettings};

use super::Step;
use super::case::Case;
use super::record::{made_or_found, save_waiting};
use super::trouble::{pause, refused};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::zoom::marker;
use crate::zoom::tokens::Granted;

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
            (whose, attempt, granted.epoch, app.now()),
            |tx, (whose, attempt, epoch, now)| {
                Box::pin(async move {
                    // A disconnection since the record was read means that no new call starts.
                    let meeting = meetings::lock(tx, whose.0, whose.1).await?;
                    let still = meeting.is_some_and(|meeting| {
                        matches!(
                            meeting.state,
                            MeetingState::Pending | MeetingState::Uncertain
                        )
                    });
                    if still {
                        meetings::begin_attempt(tx, *attempt, *whose, *epoch, *now).await?;
                    }
                    Ok::<_, rooms_store::Error>(still)
                })
            },
        )
        .await?;
    if !begun {
        return Ok(Step::Again);
    }
    let draft = draft(app, &case, attempt);
    match zoom.client.create_meeting(&granted.access, &draft).await {
        Ok(made) => made_or_found(app, case, made).await,
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
            refused(app, zoom, case, &granted, &error).await
        }
    }
}

fn draft(app: &App, case: &Case, attempt: Uuid) -> MeetingDraft {
    let Case {
        booking, meeting, ..
    } = case;
    let mark = marker::write(app.sealer(), meeting.id, attempt);
    MeetingDraft {
        topic: booking.title.clone(),
        agenda: format!("{mark}\n{}", about(app, booking)),
        start_time: booking.slot.starts_at,
        duration_minutes: minutes(booking),
        time_zone: booking.zone.name().to_owned(),
        settings: SETTINGS,
    }
}

/// What the product promises of its meetings; sent explicitly, since left out settings follow the
/// host's own since 2026.
const SETTINGS: MeetingSettings = MeetingSettings {
    passcode: true,
    waiting_room: false,
    join_before_host: true,
    mute_upon_entry: false,
    auto_recording: zoom_client::AutoRecording::None,
};

fn about(app: &App, booking: &Booking) -> String {
    format!(
        "{}, {}. {}",
        booking.room_name,
        booking.site_name,
        app.link(&format!("/bookings/{}", booking.id))
    )
}

pub(super) fn minutes(booking: &Booking) -> u32 {
    u32::try_from(booking.slot.minutes()).unwrap_or(1).max(1)
}
