//! What people do about the Zoom link of a booking: try again, make a new one, take over or undo
//! what was changed in Zoom, leave in Zoom what cannot be deleted. The room is never touched by it,
//! except where somebody takes Zoom's time.

use jiff::{SignedDuration, Timestamp};
use rooms_core::booking::{self, Booking, Conference};
use rooms_core::connection::ConnectionStatus;
use rooms_core::meeting::{Drift, Meeting, MeetingState, Session};
use rooms_core::{Actor, BookingId, ConnectionId, MeetingRecordId};
use rooms_store::audit::Entry;
use rooms_store::events::{self, By};
use rooms_store::meetings::{self, sessions};
use rooms_store::{Change, Tx, connections};

use super::{Booked, change, load, meeting};
use crate::app::App;
use crate::error::{Failure, Idempotency};
use crate::jobs;
use crate::zoom::hosts::{self, Asked, Asker};

/// What is done about a link.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkAction {
    /// Ask Zoom again now.
    Retry,
    /// Make another one, and delete the one there is.
    Renew,
    /// Tell Zoom again what the booking says.
    Restore,
    /// Leave in Zoom what should be deleted.
    Release,
}

const AGREE: &str = "Zoom and this booking say the same";

struct Input {
    actor: Actor,
    id: BookingId,
    action: LinkAction,
    key: Option<Idempotency>,
    new: MeetingRecordId,
    now: Timestamp,
}

/// Does something about the link of a booking; for its organizer, its booker and admins.
pub async fn act(
    app: &App,
    actor: &Actor,
    id: BookingId,
    action: LinkAction,
    key: Option<Idempotency>,
) -> Result<Booked, Failure> {
    let input = Input {
        actor: actor.clone(),
        id,
        action,
        key,
        new: MeetingRecordId::from_uuid(app.new_id()),
        now: app.now(),
    };
    let done = app
        .store()
        .write(input, |tx, input| Box::pin(decide(tx, input)))
        .await;
    match done {
        Err(failure) => Err(hosts::explain(app, actor, failure).await),
        done => done,
    }
}

async fn decide(tx: &mut Tx, input: &Input) -> Result<Booked, Failure> {
    let (actor, id, now) = (&input.actor, input.id, input.now);
    let (booking, last) = theirs(tx, actor, id).await?;
    let claimed = (input.key.as_ref(), id.uuid());
    if crate::rooms::claim(tx, actor, claimed.0, claimed.1, now)
        .await?
        .is_some()
    {
        return load(tx, actor, id).await;
    }
    let chosen = meant(tx, &booking, last, input.action).await?;
    match input.action {
        LinkAction::Retry => retry(tx, (actor, input.new), &booking, chosen, now).await?,
        LinkAction::Renew => {
            renew(
                tx,
                (By::Person(actor.person), input.new),
                &booking,
                chosen,
                now,
            )
            .await?;
        }
        LinkAction::Restore => restore(tx, actor, chosen, now).await?,
        LinkAction::Release => release(tx, actor, chosen, now).await?,
    }
    tx.tell(Change::Booking(id));
    load(tx, actor, id).await
}

/// A booking the actor may change, with its newest meeting.
async fn theirs(
    tx: &mut Tx,
    actor: &Actor,
    id: BookingId,
) -> Result<(Booking, Option<Meeting>), Failure> {
    let Booked { booking, meeting } = load(tx, actor, id).await?;
    if actor.may_change(booking.organizer.id, booking.booker.id) {
        Ok((booking, meeting))
    } else {
        Err(Failure::Forbidden(
            "only its organizer, its booker or an admin may do this",
        ))
    }
}

/// The meeting an action is about, locked: the newest, or an earlier one that is still being
/// removed.
async fn meant(
    tx: &mut Tx,
    booking: &Booking,
    newest: Option<Meeting>,
    action: LinkAction,
) -> Result<Option<Meeting>, Failure> {
    let Some(mut chosen) = newest else {
        return Ok(None);
    };
    if action == LinkAction::Release && chosen.state != MeetingState::Removing {
        let all = meetings::of_booking(tx, booking.company, booking.id).await?;
        let removing = |meeting: &Meeting| meeting.state == MeetingState::Removing;
        chosen = all.into_iter().find(removing).unwrap_or(chosen);
    }
    // Locked before it is judged: the job may have changed it since.
    Ok(meetings::lock(tx, chosen.company, chosen.id).await?)
}

/// Zoom is asked again now. What had failed starts over, through the same connection if that is
/// still in use.
async fn retry(
    tx: &mut Tx,
    (actor, new): (&Actor, MeetingRecordId),
    booking: &Booking,
    last: Option<Meeting>,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut meeting = last.ok_or(Failure::Conflict("this booking has no Zoom meeting"))?;
    if meeting.state == MeetingState::Failed {
        let connection = connections::get(tx, meeting.company, meeting.connection).await?;
        let in_use = connection.is_some_and(|c| c.status == ConnectionStatus::Active);
        if !in_use || meeting.gone_at.is_some() {
            let by = By::Person(actor.person);
            return renew(tx, (by, new), booking, Some(meeting), now).await;
        }
    }
    match meeting.state {
        MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing => {}
        MeetingState::Ready if meeting.synced_revision < booking.revision => {}
        MeetingState::Failed => {
            wanted(booking, now)?;
            meeting.start_over();
        }
        MeetingState::Ready | MeetingState::Removed | MeetingState::Detached => {
            return Err(Failure::Conflict("there is nothing to try again"));
        }
    }
    meeting.next_try_at = None;
    meetings::store(tx, &meeting, now).await?;
    let by = By::Person(actor.person);
    tx.audit(Entry::new(
        meeting.company,
        by,
        "meeting.retried",
        booking.id,
        now,
    ));
    Ok(jobs::queue_meeting(tx, meeting.company, meeting.id, now).await?)
}

/// Whether a link may be made for the booking.
fn wanted(booking: &Booking, now: Timestamp) -> Result<(), Failure> {
    if !booking.state.takes_the_room() || booking.slot.ends_at <= now {
        return Err(Failure::Conflict("this booking is over"));
    }
    if booking.conference != Some(Conference::Zoom) {
        return Err(Failure::Conflict("this booking wants no Zoom meeting"));
    }
    Ok(())
}

/// Another meeting is made; the one there is, if it is ours to manage, is deleted.
async fn renew(
    tx: &mut Tx,
    (by, new): (By, MeetingRecordId),
    booking: &Booking,
    last: Option<Meeting>,
    now: Timestamp,
) -> Result<(), Failure> {
    wanted(booking, now)?;
    let present = last.as_ref().map(|last| last.connection);
    match last {
        Some(mut old) if old.state == MeetingState::Ready => {
            old.state = MeetingState::Removing;
            meetings::store(tx, &old, now).await?;
            jobs::queue_meeting(tx, old.company, old.id, now).await?;
        }
        Some(old) if matches!(old.state, MeetingState::Pending | MeetingState::Uncertain) => {
            return Err(Failure::Conflict("the link is being made already"));
        }
        _ => {}
    }
    another(tx, (by, new), booking, present, now).await
}

/// Makes a new link in place of a booking's newest meeting, which is not in Zoom where it should
/// be. Does nothing where that record has changed since it was read.
pub(crate) async fn replace(
    app: &App,
    booking: &Booking,
    seen: &Meeting,
    by: By,
) -> Result<(), Failure> {
    let id = MeetingRecordId::from_uuid(app.new_id());
    let input = (booking.clone(), seen.clone(), id, by, app.now());
    app.store()
        .write(input, |tx, (booking, seen, id, by, now)| {
            Box::pin(async move {
                let Some(mut old) = meetings::lock(tx, seen.company, seen.id).await? else {
                    return Ok(());
                };
                if (old.state, old.zoom_id) != (seen.state, seen.zoom_id) {
                    return Ok(());
                }
                wanted(booking, *now)?;
                if old.state == MeetingState::Ready {
                    // There is nothing that its host could delete.
                    old.state = MeetingState::Failed;
                    old.zoom_id = None;
                    old.join_url = None;
                    old.passcode = None;
                    old.failure = Some("The meeting was not in Zoom any more.".to_owned());
                    meetings::store(tx, &old, *now).await?;
                }
                another(tx, (*by, *id), booking, Some(old.connection), *now).await?;
                tx.tell(Change::Booking(booking.id));
                Ok(())
            })
        })
        .await
}

/// Another meeting is wanted; who hosts it is chosen anew, the present host before others.
async fn another(
    tx: &mut Tx,
    (by, new): (By, MeetingRecordId),
    booking: &Booking,
    present: Option<ConnectionId>,
    now: Timestamp,
) -> Result<(), Failure> {
    let asked = Asked {
        organizer: &booking.organizer,
        slot: booking.slot,
        named: None,
        present: present.map(|connection| (connection, booking.organizer.id)),
        booking: booking.id,
    };
    let who = Asker {
        company: booking.company,
        person: match by {
            By::Person(person) => Some(person),
            By::Zoom | By::Operator | By::System => None,
        },
    };
    let host = hosts::choose(tx, who, &asked).await?.free()?;
    meeting::want(tx, new, booking, &host.connection, now).await?;
    let subject = (booking.company, booking.id.uuid());
    Ok(events::insert(tx, subject, "meeting.wanted", by, "", now).await?)
}

/// Zoom is told again what the booking says.
async fn restore(
    tx: &mut Tx,
    actor: &Actor,
    last: Option<Meeting>,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut meeting = differing(last)?;
    meeting.synced_revision = 0;
    meetings::store(tx, &meeting, now).await?;
    let subject = (meeting.company, meeting.booking.uuid());
    let by = By::Person(actor.person);
    events::insert(tx, subject, "meeting.restored", by, "", now).await?;
    Ok(jobs::queue_meeting(tx, meeting.company, meeting.id, now).await?)
}

/// The meeting, if Zoom has it otherwise than the booking.
fn differing(last: Option<Meeting>) -> Result<Meeting, Failure> {
    last.filter(|m| m.state == MeetingState::Ready && m.drift.is_some())
        .ok_or(Failure::Conflict(AGREE))
}

/// What should be deleted stays in Zoom, because a person says so.
async fn release(
    tx: &mut Tx,
    actor: &Actor,
    last: Option<Meeting>,
    now: Timestamp,
) -> Result<(), Failure> {
    let mut meeting = last
        .filter(|m| m.state == MeetingState::Removing)
        .ok_or(Failure::Conflict("this meeting is not being removed"))?;
    meeting.state = MeetingState::Detached;
    meeting.left_by = Some(actor.person);
    meeting.failure = None;
    meeting.next_try_at = None;
    meetings::store(tx, &meeting, now).await?;
    let subject = (meeting.company, meeting.booking.uuid());
    let by = By::Person(actor.person);
    events::insert(tx, subject, "meeting.left", by, "", now).await?;
    // The job that is queued finds nothing left to do.
    Ok(())
}

/// What is known of a booking's link beside its newest meeting.
#[derive(Debug, Clone, Default)]
pub struct Life {
    /// When the newest meeting was held, oldest first.
    pub sessions: Vec<Session>,
    /// Meetings the booking had before, that are still in Zoom or being deleted there.
    pub earlier: Vec<Meeting>,
    /// Whether the host has no licence, so that Zoom ends the meeting early.
    pub basic: bool,
}

/// Reads what is known of a booking's link.
pub async fn life(app: &App, actor: &Actor, booked: &Booked) -> Result<Life, Failure> {
    let Some(newest) = &booked.meeting else {
        return Ok(Life::default());
    };
    let company = actor.company;
    let mut tx = app.read().await?;
    let all = meetings::of_booking(&mut tx, company, booked.booking.id).await?;
    let connection = connections::get(&mut tx, company, newest.connection).await?;
    let lingers = |meeting: &Meeting| {
        matches!(
            meeting.state,
            MeetingState::Removing | MeetingState::Detached
        )
    };
    Ok(Life {
        sessions: sessions::of_meeting(&mut tx, company, newest.id).await?,
        earlier: all.into_iter().skip(1).filter(lingers).collect(),
        basic: connection.is_some_and(|c| c.zoom_licensed == Some(false)),
    })
}

/// Moves and renames the booking to what Zoom has, by the ordinary rules of a change: a taken room
/// is refused, with what is free instead.
pub async fn take_zooms(
    app: &App,
    actor: &Actor,
    id: BookingId,
    key: Option<Idempotency>,
) -> Result<Booked, Failure> {
    let (booking, last) = {
        let mut tx = app.read().await?;
        theirs(&mut tx, actor, id).await?
    };
    let Ok(meeting) = differing(last) else {
        // Taken already, by this very request perhaps.
        return replayed(app, actor, id, key).await;
    };
    let change = from_zoom(&booking, &meeting).ok_or(Failure::Conflict(
        "only the zone differs; it belongs to the room",
    ))?;
    let changed = change::change(app, actor, id, change, Some(booking.revision)).await?;
    let input = (meeting, changed.booking, (actor.clone(), key), app.now());
    app.store()
        .write(input, |tx, (seen, booking, (actor, key), now)| {
            Box::pin(async move {
                crate::rooms::claim(tx, actor, key.as_ref(), booking.id.uuid(), *now).await?;
                let Some(mut meeting) = meetings::lock(tx, seen.company, seen.id).await? else {
                    return Ok(());
                };
                // Zoom says so already; unless something happened since, it need not be told.
                if meeting.drift == seen.drift && meeting.state == MeetingState::Ready {
                    let mut told = crate::zoom::meetings::facts(booking);
                    let zone = meeting.drift.take().and_then(|drift| drift.zone);
                    told.zone = zone.clone().unwrap_or(told.zone);
                    meeting.told = Some(told);
                    if zone.is_none() {
                        meeting.synced_revision = booking.revision;
                    }
                    meetings::store(tx, &meeting, *now).await?;
                    let about = (meeting.company, booking.organizer.id, booking.id.uuid());
                    rooms_store::notices::dismiss_about(tx, about.0, about.1, about.2, *now)
                        .await?;
                }
                Ok::<_, Failure>(())
            })
        })
        .await?;
    super::get(app, actor, id).await
}

/// The answer to a request that was answered before, if it was.
async fn replayed(
    app: &App,
    actor: &Actor,
    id: BookingId,
    key: Option<Idempotency>,
) -> Result<Booked, Failure> {
    app.store()
        .write(
            (actor.clone(), id, key, app.now()),
            |tx, (actor, id, key, now)| {
                Box::pin(async move {
                    match crate::rooms::claim(tx, actor, key.as_ref(), id.uuid(), *now).await? {
                        Some(_) => load(tx, actor, *id).await,
                        None => Err(Failure::Conflict(AGREE)),
                    }
                })
            },
        )
        .await
}

/// The change that makes a booking what Zoom has; `None` when that is nothing a booking holds.
#[must_use]
pub fn from_zoom(booking: &Booking, meeting: &Meeting) -> Option<booking::Change> {
    let drift = meeting.drift.as_ref()?;
    let told = meeting.told.as_ref()?;
    let mut change = booking::Change {
        title: drift.topic.clone(),
        ..booking::Change::default()
    };
    if drift.moved() {
        let starts_at = drift.starts_at.unwrap_or(booking.slot.starts_at);
        let minutes = drift.minutes.unwrap_or(told.minutes);
        let ends_at = starts_at.checked_add(SignedDuration::from_mins(minutes));
        change.starts_at = Some(starts_at);
        change.ends_at = ends_at.ok();
    }
    (change != booking::Change::default()).then_some(change)
}

/// What Zoom has otherwise, in words: `it begins on 1 December 10:00, it is called “Budget”`.
#[must_use]
pub fn differences(drift: &Drift, booking: &Booking) -> String {
    let mut parts = Vec::new();
    if let Some(at) = drift.starts_at {
        let clock = booking.zone.civil(at).strftime("%-d %B %H:%M").to_string();
        parts.push(format!("it begins on {clock}"));
    }
    if let Some(minutes) = drift.minutes {
        parts.push(format!("it lasts {minutes} minutes"));
    }
    if let Some(topic) = &drift.topic {
        parts.push(format!("it is called “{topic}”"));
    }
    if let Some(zone) = &drift.zone {
        parts.push(format!("its time is shown in {zone}"));
    }
    parts.join(", ")
}
