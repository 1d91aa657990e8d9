//! Storing what came of a step, on the record as it stands by then.

use jiff::Timestamp;
use rooms_core::booking::Booking;
use rooms_core::meeting::{Meeting, MeetingState, Promise, Recording, Seen};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::meetings::{self, AttemptOutcome, attempts};
use rooms_store::{Change, Tx, connections, notices};

use super::Step;
use super::case::{Case, facts};
use super::find;
use super::news::{self, News};
use crate::app::App;
use crate::error::Failure;
use crate::jobs::{self, JobEnd};
use crate::mail;
use crate::zoom::leave;

/// How a meeting that Zoom answered with came to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    /// It was made just now.
    Made,
    /// It was found again after a lost answer.
    Found,
    /// Zoom was told of a change.
    Told,
    /// It was only looked at.
    Seen,
}

/// Stores a meeting as Zoom has it, and tells people what is new about it.
pub(super) async fn store_answer(
    app: &App,
    case: Case,
    read: zoom_client::Meeting,
    answer: Answer,
) -> Result<Step, Failure> {
    let input = (case, read, answer, app.now());
    app.store()
        .write(input, |tx, (case, read, answer, now)| {
            Box::pin(store(tx, case, read, *answer, *now))
        })
        .await?;
    Ok(Step::Again)
}

async fn store(
    tx: &mut Tx,
    case: &Case,
    read: &zoom_client::Meeting,
    answer: Answer,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, id) = (case.meeting.company, case.meeting.id);
    // The end of a connection passes by what had failed: only its own state says that it came.
    let connected =
        answer != Answer::Seen || connections::lock(tx, company, case.meeting.connection).await?;
    let Some(before) = meetings::lock(tx, company, id).await? else {
        return Ok(());
    };
    let mut meeting = before.clone();
    // Another one was adopted, or made, since the case was read.
    if answer == Answer::Seen && meeting.zoom_id != Some(read.id.0) {
        return Ok(());
    }
    jobs::ensure_meeting(tx, company, id, now).await?;
    let new = matches!(answer, Answer::Made | Answer::Found);
    if new && meeting.zoom_id.is_some_and(|kept| kept != read.id.0) {
        // Somebody made one after this one counted as lost: this is too many.
        let listed = now.saturating_add(find::SETTLES).unwrap_or(now);
        attempts::sweep(tx, (company, id), listed).await?;
        return Ok(());
    }
    if answer == Answer::Seen && meeting.state == MeetingState::Failed {
        return recovered(tx, case, (meeting, connected), read, now).await;
    }
    keep(&mut meeting, case, read, answer);
    if meeting.look_since == case.meeting.look_since {
        meeting.look_since = None;
    }
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
    if meeting.state == MeetingState::Detached {
        // The connection has ended, so nothing new is kept about its account.
        meeting.host_email = None;
    }
    let replaced = meeting.state == MeetingState::Ready && meeting.gone_at.take().is_some();
    meetings::store(tx, &meeting, now).await?;
    if answer != Answer::Seen {
        meetings::finish_attempts(tx, (company, id), AttemptOutcome::Made, None, now).await?;
    }
    if meeting.state == MeetingState::Ready {
        said(tx, (&before, &meeting), &case.booking, replaced, now).await?;
    }
    tx.tell(Change::Booking(meeting.booking));
    Ok(())
}

/// What Zoom says, on the record.
fn keep(meeting: &mut Meeting, case: &Case, read: &zoom_client::Meeting, answer: Answer) {
    meeting.zoom_id = Some(read.id.0);
    meeting.join_url = Some(read.join_url.clone());
    meeting.passcode.clone_from(&read.passcode);
    let email = read.host_email.clone();
    meeting.host_email = email.or_else(|| Some(case.connection.zoom_email.clone()));
    meeting.kept = meeting.promised.map(|promised| kept(promised, read));
    meeting.attempts = 0;
    meeting.next_try_at = None;
    meeting.failure = None;
    let wanted = facts(&case.booking);
    match answer {
        Answer::Made | Answer::Told => {
            meeting.told = Some(wanted);
            meeting.synced_revision = case.booking.revision;
        }
        // What it was told is what its attempt knew; where that is old, it is told the present.
        Answer::Found => {
            let current = wanted.drift(&seen(read)).is_none();
            meeting.synced_revision = if current { case.booking.revision } else { 0 };
            meeting.told = Some(wanted);
        }
        Answer::Seen => {
            // Told by a program that did not write down what.
            let synced = meeting.synced_revision == case.booking.revision;
            meeting.told = meeting.told.take().or(synced.then_some(wanted));
        }
    }
    let drift = meeting
        .told
        .as_ref()
        .and_then(|told| told.drift(&seen(read)));
    meeting.drift = drift.filter(|_| answer != Answer::Found);
}

fn seen(read: &zoom_client::Meeting) -> Seen {
    Seen {
        topic: Some(read.topic.clone()),
        starts_at: read.start_time,
        minutes: read.duration_minutes.map(i64::from),
        zone: read.time_zone.clone(),
    }
}

/// What Zoom made of a promise; what it does not say counts as kept.
fn kept(promised: Promise, read: &zoom_client::Meeting) -> Promise {
    let made = &read.settings;
    Promise {
        waiting_room: made.waiting_room.unwrap_or(promised.waiting_room),
        passcode: read.passcode.is_some(),
        join_before_host: made.join_before_host.unwrap_or(promised.join_before_host),
        mute_upon_entry: made.mute_upon_entry.unwrap_or(promised.mute_upon_entry),
        recording: made
            .auto_recording
            .map_or(promised.recording, |made| match made {
                zoom_client::AutoRecording::None => Recording::None,
                zoom_client::AutoRecording::Local => Recording::Local,
                zoom_client::AutoRecording::Cloud => Recording::Cloud,
            }),
    }
}

/// Tells what is new about a meeting that is there.
async fn said(
    tx: &mut Tx,
    (before, after): (&Meeting, &Meeting),
    booking: &Booking,
    replaced: bool,
    now: Timestamp,
) -> Result<(), Failure> {
    let (company, about) = (after.company, after.booking.uuid());
    let subject = (company, about);
    let fresh = before.state != MeetingState::Ready;
    if fresh {
        events::insert(tx, subject, "meeting.ready", By::System, "", now).await?;
    } else if before.synced_revision < after.synced_revision {
        events::insert(tx, subject, "meeting.told", By::System, "", now).await?;
    }
    match &after.drift {
        Some(drift) if before.drift.as_ref() != Some(drift) => {
            news::tell(tx, after, booking, &News::Drifted(drift.clone()), now).await?;
        }
        Some(_) => {}
        None if replaced => news::tell(tx, after, booking, &News::Replaced, now).await?,
        None => {
            notices::dismiss_about(tx, company, booking.organizer.id, about, now).await?;
            if before.drift.is_some() {
                events::insert(tx, subject, "meeting.agrees", By::System, "", now).await?;
            }
        }
    }
    if fresh || before.join_url != after.join_url || before.passcode != after.passcode {
        mail::queue_link(tx, after, now).await?;
    }
    Ok(())
}

/// It was found deleted in Zoom, and is there again: it is taken back, unless the booking has
/// another one by now or wants none. Where the connection has ended meanwhile, the link holds and is
/// no longer ours to manage.
async fn recovered(
    tx: &mut Tx,
    case: &Case,
    (mut meeting, connected): (Meeting, bool),
    read: &zoom_client::Meeting,
    now: Timestamp,
) -> Result<(), Failure> {
    let all = meetings::of_booking(tx, meeting.company, meeting.booking).await?;
    let newest = all.first().is_some_and(|newest| newest.id == meeting.id);
    meeting.look_since = None;
    if meeting.gone_at.is_none() || !newest || !case.wanted() {
        // Too many now, and deliberately there: a person decides, in the reconciliation.
        meetings::store(tx, &meeting, now).await?;
        return Ok(());
    }
    let before = meeting.clone();
    keep(&mut meeting, case, read, Answer::Seen);
    meeting.gone_at = None;
    meeting.state = MeetingState::Ready;
    if !connected {
        meeting.state = MeetingState::Detached;
        meeting.host_email = None;
    }
    meetings::store(tx, &meeting, now).await?;
    if connected {
        said(tx, (&before, &meeting), &case.booking, false, now).await?;
    }
    tx.tell(Change::Booking(meeting.booking));
    Ok(())
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
    let known = meeting.zoom_id;
    save(app, meeting, move |meeting| {
        // Somebody whose lease had run out has stored an answer since: there is nothing to wait for.
        if meeting.zoom_id != known {
            return;
        }
        match meeting.state {
            MeetingState::Pending | MeetingState::Uncertain | MeetingState::Ready => {
                if state != MeetingState::Removing {
                    meeting.state = state;
                }
            }
            MeetingState::Removing => {}
            MeetingState::Failed | MeetingState::Removed | MeetingState::Detached => return,
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
                let was = meeting.state;
                change(&mut meeting);
                meetings::store(tx, &meeting, *now).await?;
                if meeting.state == MeetingState::Removed && was != MeetingState::Removed {
                    let (company, booking) = (meeting.company, meeting.booking);
                    tx.audit(Entry::new(
                        company,
                        By::System,
                        "meeting.removed",
                        booking,
                        *now,
                    ));
                    leave::one_less(tx, &meeting, *now).await?;
                }
                tx.tell(Change::Booking(meeting.booking));
                Ok::<_, Failure>(())
            })
        })
        .await?;
    Ok(Step::Again)
}
