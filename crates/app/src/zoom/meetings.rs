//! The job that brings Zoom to what a booking wants: one meeting, at the right time, or none.
//!
//! It looks at the record, takes the next step ([`rooms_core::meeting::next_step`]), stores what
//! came of it and looks again. An attempt is written down before Zoom is called, so after a lost
//! answer or a crash the host's meetings are searched for ours before another is made. An answer
//! that arrives is always stored; whether booking and connection are still the same only decides
//! what happens next.

use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::{Booking, Conference};
use rooms_core::connection::Connection;
use rooms_core::meeting::{Meeting, MeetingState, NextStep, Situation, next_step};
use rooms_core::{CompanyId, MeetingRecordId};
use rooms_store::events::{self, By};
use rooms_store::meetings::{self, AttemptOutcome};
use rooms_store::{Change, Tx, bookings, connections, notices};
use uuid::Uuid;
use zoom_client::{Class, MeetingDraft, MeetingId, MeetingPatch, MeetingSettings, WaitUntil};

use super::tokens::{self, Granted, NoAccess};
use super::{disconnect, marker};
use crate::app::{App, ZoomApp};
use crate::error::Failure;
use crate::jobs::JobEnd;
use crate::mail::{self, Letter};

/// How long after an attempt began a meeting of it may still appear in Zoom's list.
const SETTLES: SignedDuration = SignedDuration::from_secs(8);
/// The longest pause between tries while Zoom does not answer.
const LONGEST_PAUSE: u64 = 45;
/// How often to look whether a meeting that is going on has ended.
const WHILE_IT_IS_ON: SignedDuration = SignedDuration::from_mins(5);
/// The most steps of one run: make, update, delete, and a little more.
const STEPS: usize = 6;

/// Everything a step is decided on.
struct Case {
    meeting: Meeting,
    booking: Booking,
    connection: Connection,
    open_attempt: Option<(Uuid, Timestamp)>,
}

/// What a step came to.
enum Step {
    /// Look again.
    Again,
    /// That is all for now.
    End(JobEnd),
}

/// Takes steps for a meeting until there is nothing to do, or nothing to do now.
pub(crate) async fn advance(app: &App, company: CompanyId, id: MeetingRecordId) -> JobEnd {
    let Some(zoom) = app.zoom() else {
        return JobEnd::again(app, &Failure::Conflict("no Zoom app is set up here"));
    };
    for _ in 0..STEPS {
        match step(app, zoom, company, id).await {
            Ok(Step::Again) => {}
            Ok(Step::End(end)) => return end,
            Err(failure) => return JobEnd::again(app, &failure),
        }
    }
    JobEnd::RetryAt(app.now(), "more to do".to_owned())
}

async fn step(
    app: &App,
    zoom: &ZoomApp,
    company: CompanyId,
    id: MeetingRecordId,
) -> Result<Step, Failure> {
    let Some(case) = load(app, company, id).await? else {
        return Ok(Step::End(JobEnd::Done));
    };
    let wanted = case.booking.state.takes_the_room()
        && case.booking.conference == Some(Conference::Zoom)
        && case.meeting.state != MeetingState::Removing;
    let next = next_step(Situation {
        state: case.meeting.state,
        wanted,
        known: case.meeting.zoom_id.is_some(),
        open_attempt: case.open_attempt.is_some(),
        stale: case.meeting.synced_revision < case.booking.revision,
    });
    match next {
        NextStep::Rest => return Ok(Step::End(JobEnd::Done)),
        NextStep::ForgetUnmade => {
            return save(app, case.meeting, |meeting| {
                meeting.state = MeetingState::Removed;
            })
            .await;
        }
        NextStep::Create | NextStep::FindOrCreate | NextStep::Update
            if case.booking.slot.ends_at <= app.now() =>
        {
            return fail(app, case, "The booking was over before Zoom answered.").await;
        }
        _ => {}
    }
    let granted = match tokens::access(app, zoom, &case.connection, None).await {
        Ok(granted) => granted,
        Err(none) => return no_access(app, case, none).await,
    };
    match next {
        NextStep::Create => create(app, zoom, case, granted).await,
        NextStep::FindOrCreate | NextStep::FindAndDelete => find(app, zoom, case, granted).await,
        NextStep::Update => update(app, zoom, case, granted).await,
        NextStep::Delete => delete(app, zoom, case, granted).await,
        NextStep::Rest | NextStep::ForgetUnmade => Ok(Step::End(JobEnd::Done)),
    }
}

async fn load(app: &App, company: CompanyId, id: MeetingRecordId) -> Result<Option<Case>, Failure> {
    let mut tx = app.read().await?;
    let Some(meeting) = meetings::get(&mut tx, company, id).await? else {
        return Ok(None);
    };
    let booking = bookings::get(&mut tx, company, meeting.booking).await?;
    let connection = connections::get(&mut tx, company, meeting.connection).await?;
    let open_attempt = meetings::open_attempt(&mut tx, company, id).await?;
    Ok(booking.zip(connection).map(|(booking, connection)| Case {
        meeting,
        booking,
        connection,
        open_attempt,
    }))
}

/// Makes the meeting: the attempt first, then the call, then whatever came of it.
async fn create(app: &App, zoom: &ZoomApp, case: Case, granted: Granted) -> Result<Step, Failure> {
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

fn minutes(booking: &Booking) -> u32 {
    u32::try_from(booking.slot.minutes()).unwrap_or(1).max(1)
}

/// Stores a meeting Zoom has: made just now, or found again.
async fn made_or_found(app: &App, case: Case, made: zoom_client::Meeting) -> Result<Step, Failure> {
    let input = (
        case.meeting,
        made,
        case.booking.revision,
        case.connection.zoom_email,
        app.now(),
    );
    app.store()
        .write(input, |tx, (before, made, revision, email, now)| {
            Box::pin(async move {
                let Some(mut meeting) = meetings::lock(tx, before.company, before.id).await? else {
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
                    notices::dismiss_about(tx, meeting.company, meeting.host, about, *now).await?;
                    mail::queue_link(tx, &meeting, *now).await?;
                }
                tx.tell(Change::Booking(meeting.booking));
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::Again)
}

/// Looks for a meeting of ours after an unknown outcome; adopts the first, deletes what is double.
async fn find(app: &App, zoom: &ZoomApp, case: Case, granted: Granted) -> Result<Step, Failure> {
    let listed = match zoom.client.scheduled_meetings(&granted.access).await {
        Ok(listed) => listed,
        Err(error) => return refused(app, zoom, case, &granted, &error).await,
    };
    let ours = |agenda: &Option<String>| {
        agenda
            .as_deref()
            .is_some_and(|a| marker::is_ours(app.sealer(), case.meeting.id, a))
    };
    let mut found: Vec<_> = listed.into_iter().filter(|m| ours(&m.agenda)).collect();
    found.sort_by_key(|meeting| (meeting.created_at, meeting.id.0));
    let mut found = found.into_iter();
    let Some(first) = found.next() else {
        let began = case.open_attempt.map(|(_, began)| began);
        let settled = began.and_then(|began| began.saturating_add(SETTLES).ok());
        if let Some(settled) = settled.filter(|settled| *settled > app.now()) {
            return Ok(Step::End(JobEnd::RetryAt(
                settled,
                "it may still appear".to_owned(),
            )));
        }
        let input = ((case.meeting.company, case.meeting.id), app.now());
        app.store()
            .write(input, |tx, (whose, now)| {
                let note = Some("not found in the host's meetings");
                Box::pin(meetings::finish_attempts(
                    tx,
                    *whose,
                    AttemptOutcome::NotMade,
                    note,
                    *now,
                ))
            })
            .await?;
        return Ok(Step::Again);
    };
    for double in found {
        if let Err(error) = zoom.client.delete_meeting(&granted.access, double.id).await
            && error.class() != Class::NotFound
        {
            return refused(app, zoom, case, &granted, &error).await;
        }
    }
    match zoom.client.meeting(&granted.access, first.id).await {
        Ok(meeting) => {
            // What it was told is what its attempt knew; the next step tells it the present.
            let case = Case {
                booking: Booking {
                    revision: 0,
                    ..case.booking
                },
                ..case
            };
            made_or_found(app, case, meeting).await
        }
        Err(error) => refused(app, zoom, case, &granted, &error).await,
    }
}

/// Tells Zoom the booking's present time and title, and reads back what it made of it.
async fn update(app: &App, zoom: &ZoomApp, case: Case, granted: Granted) -> Result<Step, Failure> {
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

async fn delete(app: &App, zoom: &ZoomApp, case: Case, granted: Granted) -> Result<Step, Failure> {
    let Some(id) = case.meeting.zoom_id.map(MeetingId) else {
        return Ok(Step::Again);
    };
    match zoom.client.delete_meeting(&granted.access, id).await {
        Ok(()) => removed(app, case.meeting).await,
        Err(error) if error.class() == Class::NotFound => removed(app, case.meeting).await,
        Err(error) => refused(app, zoom, case, &granted, &error).await,
    }
}

async fn removed(app: &App, meeting: Meeting) -> Result<Step, Failure> {
    save(app, meeting, |meeting| {
        if meeting.state == MeetingState::Removing {
            meeting.state = MeetingState::Removed;
        }
    })
    .await
}

/// What a refusal means: try again, ask for another token, ask the person, or give up.
async fn refused(
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

async fn no_access(app: &App, case: Case, none: NoAccess) -> Result<Step, Failure> {
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
fn pause(app: &App, attempts: i64) -> Timestamp {
    let base = 2_u64 << attempts.clamp(0, 5);
    let seconds = base.min(LONGEST_PAUSE - 5) + app.entropy().below(base.min(5));
    let pause = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(30));
    app.now().saturating_add(pause).unwrap_or(app.now())
}

async fn save_waiting(
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

/// Gives a meeting up, and tells the people concerned.
async fn fail(app: &App, case: Case, why: &str) -> Result<Step, Failure> {
    let input = (case.meeting, case.booking.title, why.to_owned(), app.now());
    app.store()
        .write(input, |tx, (before, title, why, now)| {
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
                tell_of_failure(tx, &meeting, title, why, *now).await
            })
        })
        .await?;
    Ok(Step::End(JobEnd::Done))
}

async fn tell_of_failure(
    tx: &mut Tx,
    meeting: &Meeting,
    title: &str,
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
    let whom = (company, meeting.host);
    notices::insert(tx, whom, "meeting.failed", booking.uuid(), &text, now).await?;
    let letter = Letter::LinkFailed {
        booking,
        why: why.to_owned(),
    };
    mail::queue(tx, company, &letter, now).await?;
    tx.tell(Change::Booking(booking));
    Ok(())
}

/// Changes the record as it stands now, and looks again.
async fn save(
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
