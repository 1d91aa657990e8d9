//! The Zoom line of a booking's page, in all its lives, and what people do about it.

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;
use rooms_app::Failure;
use rooms_app::bookings::link::{self, Life, LinkAction};
use rooms_app::bookings::{self, Booked};
use rooms_core::Actor;
use rooms_core::booking::{self, Booking, Conference};
use rooms_core::meeting::{self, MeetingState, Session};
use rooms_views::booking::{Action, Differs, Held, Meeting, MeetingAbout, MeetingFacts};
use rooms_views::layout::Link;
use rooms_views::links;

use super::{form, id};
use crate::pages::{PageError, words};
use crate::session::{Caller, Fields, SignedIn};
use crate::state::Web;

/// The longest meeting of a Zoom account without a licence.
pub(super) const BASIC: i64 = 40;

/// The Zoom line: where the meeting stands.
pub(super) fn meeting(booked: &Booked, actor: &Actor) -> Meeting {
    let Booked {
        booking,
        meeting: Some(meeting),
    } = booked
    else {
        return Meeting::None {
            words: "Room only, no video meeting.".to_owned(),
        };
    };
    let connect = || Link::new(links::APPS, "Settings > Connect Apps");
    let own = meeting.host == actor.person;
    match meeting.state {
        MeetingState::Pending | MeetingState::Uncertain => Meeting::Pending {
            words: match &meeting.failure {
                None => "The room is yours already. The link appears here by itself.".to_owned(),
                Some(why) => {
                    format!("{why} Your room is booked; the link appears here by itself.")
                }
            },
        },
        MeetingState::Ready => facts(booking, meeting).map_or_else(
            || Meeting::Pending {
                words: "The link appears here by itself.".to_owned(),
            },
            Meeting::Ready,
        ),
        MeetingState::Failed => Meeting::Failed {
            reason: meeting.failure.clone().unwrap_or_default(),
            link: (own && meeting.gone_at.is_none()).then(connect),
        },
        MeetingState::Removing => Meeting::Removing {
            words: match &meeting.failure {
                None => "The meeting is being deleted in Zoom.".to_owned(),
                Some(why) => format!("{why} It is tried until the meeting is deleted."),
            },
        },
        MeetingState::Removed if booking.conference.is_none() => Meeting::None {
            words: "Room only, no video meeting.".to_owned(),
        },
        MeetingState::Removed => Meeting::Removed {
            words: "There is no meeting in Zoom any more.".to_owned(),
        },
        MeetingState::Detached => detached(booking, meeting, own),
    }
}

fn detached(booking: &Booking, meeting: &meeting::Meeting, own: bool) -> Meeting {
    let over = !booking.state.takes_the_room();
    let words = if meeting.left_by.is_some() {
        "It was left in Zoom on purpose. Its host changes or deletes it there."
    } else if over {
        "Zoom was disconnected before this booking was cancelled, so the meeting is still in Zoom. \
         Its host deletes it there."
    } else {
        "Zoom was disconnected. The link still works; changes made here do not reach Zoom, so the \
         host changes or deletes the meeting there."
    };
    let connect = own && !over && meeting.left_by.is_none();
    Meeting::Detached {
        words: words.to_owned(),
        facts: facts(booking, meeting),
        link: connect.then(|| Link::new(links::APPS, "Connect Zoom again")),
    }
}

/// What else there is to know and to do about the meeting.
pub(super) fn about(
    booked: &Booked,
    life: &Life,
    may_change: bool,
    now: Timestamp,
) -> MeetingAbout {
    let Booked { booking, meeting } = booked;
    let Some(meeting) = meeting else {
        return MeetingAbout::default();
    };
    MeetingAbout {
        held: held(booking, &life.sessions, now),
        differs: differs(booking, meeting, may_change),
        tries: tries(booking, meeting, now),
        notes: notes(booking, meeting, life),
        actions: if may_change {
            actions(booking, meeting, now)
        } else {
            Vec::new()
        },
        accounts: Vec::new(),
        earlier: life.earlier.iter().map(earlier).collect(),
    }
}

fn held(booking: &Booking, sessions: &[Session], now: Timestamp) -> Option<Held> {
    let last = sessions.last()?;
    let clock = |at| said(booking, at, now);
    match (last.started_at, last.ended_at) {
        (_, Some(at)) => Some(Held {
            live: false,
            words: format!("Ended {}", clock(at)),
        }),
        (Some(at), None) => Some(Held {
            live: true,
            words: format!("Live since {}", clock(at)),
        }),
        (None, None) => None,
    }
}

/// `10:02` of today, `23 Nov 10:02` of another day.
fn said(booking: &Booking, at: Timestamp, now: Timestamp) -> String {
    if booking.zone.date(at) == booking.zone.date(now) {
        words::clock(&booking.zone, at)
    } else {
        words::moment(&booking.zone, at, now)
    }
}

fn differs(booking: &Booking, meeting: &meeting::Meeting, may_change: bool) -> Option<Differs> {
    let drift = meeting.drift.as_ref()?;
    if meeting.state != MeetingState::Ready {
        return None;
    }
    let mut actions = Vec::new();
    if may_change {
        if link::from_zoom(booking, meeting).is_some() {
            let words = if drift.moved() {
                "Take Zoom’s time"
            } else {
                "Take Zoom’s title"
            };
            actions.push(action(booking, words, "acceptance", ""));
        }
        actions.push(action(booking, "Restore ours", "restoration", "retry"));
        actions.push(action(booking, "Make a new link", "replacement", ""));
    }
    Some(Differs {
        words: format!("In Zoom {}.", link::differences(drift, booking)),
        actions,
    })
}

fn tries(booking: &Booking, meeting: &meeting::Meeting, now: Timestamp) -> String {
    let moving = matches!(
        meeting.state,
        MeetingState::Pending | MeetingState::Uncertain | MeetingState::Removing
    );
    let behind = meeting.state == MeetingState::Ready && meeting.failure.is_some();
    if meeting.attempts == 0 || !(moving || behind) {
        return String::new();
    }
    let tried = match meeting.attempts {
        1 => "Tried once.".to_owned(),
        n => format!("Tried {n} times."),
    };
    match meeting.next_try_at {
        Some(at) if at > now => {
            format!("{tried} Next try {}.", said(booking, at, now))
        }
        _ => tried,
    }
}

fn notes(booking: &Booking, meeting: &meeting::Meeting, life: &Life) -> Vec<String> {
    let mut notes = Vec::new();
    if meeting.state == MeetingState::Ready {
        let stale = meeting.synced_revision < booking.revision;
        match &meeting.failure {
            Some(why) => notes.push(format!("{why} Zoom does not know the last change yet.")),
            None if stale && booking.state.takes_the_room() => {
                notes.push("Zoom hears of the change in a moment.".to_owned());
            }
            None => {}
        }
        if let (Some(promised), Some(kept)) = (&meeting.promised, &meeting.kept) {
            let broken = promised.broken_by(kept);
            notes.extend(broken.into_iter().map(str::to_owned));
        }
    }
    let lives = !matches!(
        meeting.state,
        MeetingState::Removed | MeetingState::Removing
    );
    if lives && life.basic && booking.slot.minutes() > BASIC {
        notes.push(basic(&booking.organizer.name));
    }
    notes
}

/// Says that a meeting ends early.
pub(super) fn basic(host: &str) -> String {
    format!(
        "The Zoom account of {host} has no licence: Zoom ends the meeting after {BASIC} minutes."
    )
}

fn earlier(old: &meeting::Meeting) -> String {
    let why = old.failure.as_deref().unwrap_or("");
    match old.state {
        MeetingState::Removing => format!("An earlier meeting is being deleted in Zoom. {why}"),
        _ => "An earlier meeting is still in Zoom; its host deletes it there.".to_owned(),
    }
    .trim()
    .to_owned()
}

fn action(booking: &Booking, words: &str, what: &str, icon: &'static str) -> Action {
    Action {
        words: words.to_owned(),
        action: links::meeting(booking.id, what),
        icon,
        main: false,
    }
}

/// What the reader can do, the next thing first.
fn actions(booking: &Booking, meeting: &meeting::Meeting, now: Timestamp) -> Vec<Action> {
    let ahead = booking.state.takes_the_room() && booking.slot.ends_at > now;
    let wants = ahead && booking.conference == Some(Conference::Zoom);
    let of = |words, what, icon| action(booking, words, what, icon);
    let retry = || of("Try now", "attempts", "retry");
    let without = || of("Go on without Zoom", "removal", "");
    let renew = || of("Make a new link", "replacement", "");
    let main = |action: Action| Action {
        main: true,
        ..action
    };
    match meeting.state {
        MeetingState::Pending | MeetingState::Uncertain if wants && meeting.failure.is_some() => {
            vec![main(retry()), without()]
        }
        MeetingState::Failed if wants && meeting.gone_at.is_some() => {
            vec![main(renew()), without()]
        }
        MeetingState::Failed if wants => vec![main(retry()), without()],
        MeetingState::Ready if wants && meeting.failure.is_some() => {
            vec![retry(), renew(), without()]
        }
        // Beside the three ways out there is no fourth.
        MeetingState::Ready if wants && meeting.drift.is_some() => vec![without()],
        MeetingState::Removing if meeting.failure.is_some() => {
            vec![retry(), of("Leave it in Zoom", "release", "detached")]
        }
        MeetingState::Ready | MeetingState::Removed | MeetingState::Detached if wants => {
            vec![renew(), without()]
        }
        _ => Vec::new(),
    }
}

fn facts(booking: &Booking, meeting: &meeting::Meeting) -> Option<MeetingFacts> {
    let join_url = meeting.join_url.clone()?;
    let meeting_id = meeting.zoom_id.map(grouped).unwrap_or_default();
    let passcode = meeting.passcode.clone().unwrap_or_default();
    let read = join_url
        .split_once("://")
        .map_or(join_url.as_str(), |(_, rest)| rest);
    let join_text = read.split('?').next().unwrap_or(read).to_owned();
    let invitation = format!(
        "{}\n{}, {}\n{}\nMeeting ID: {meeting_id}\nPasscode: {passcode}",
        booking.title,
        words::day(
            &booking.zone,
            booking.slot.starts_at,
            booking.slot.starts_at
        ),
        words::times(&booking.zone, booking.slot),
        join_url,
    );
    Some(MeetingFacts {
        join_text,
        meeting_id,
        passcode,
        host: meeting.host_email.clone().unwrap_or_default(),
        invitation,
        join_url,
    })
}

/// `914 4410 2277`, as Zoom writes it.
fn grouped(id: i64) -> String {
    let digits = id.to_string();
    let (head, tail) = digits.split_at(digits.len().min(3));
    let (middle, end) = tail.split_at(tail.len().saturating_sub(4));
    [head, middle, end]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// The forms about a link, by the last part of their address.
fn named(what: &str) -> Option<LinkAction> {
    Some(match what {
        "attempts" => LinkAction::Retry,
        "replacement" => LinkAction::Renew,
        "restoration" => LinkAction::Restore,
        "release" => LinkAction::Release,
        _ => return None,
    })
}

/// `POST /bookings/{id}/meeting/{what}`.
pub(super) async fn act(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path((text, what)): Path<(String, String)>,
    _: Fields,
) -> Result<Response, PageError> {
    let id = id(&text)?;
    let action = named(&what).ok_or_else(PageError::not_found)?;
    match link::act(&web.app, &visitor.actor, id, action, None).await {
        // Where it cannot be done any more, the page says how it is now.
        Ok(_) | Err(Failure::Conflict(_)) => Ok(Redirect::to(&links::booking(id)).into_response()),
        Err(Failure::ZoomNotConnected { .. }) => Ok(Redirect::to(links::APPS).into_response()),
        Err(failure) => Err(failure.into()),
    }
}

/// `POST /bookings/{id}/meeting/removal`: the room is kept, the meeting is deleted.
pub(super) async fn remove(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(text): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let id = id(&text)?;
    let change = booking::Change {
        conference: Some(None),
        ..booking::Change::default()
    };
    bookings::change(&web.app, &visitor.actor, id, change, None).await?;
    Ok(Redirect::to(&links::booking(id)).into_response())
}

/// `POST /bookings/{id}/meeting/host`: another account of the organizer hosts. Where that one is
/// taken then, the form for changing opens and says when it is free.
pub(super) async fn host(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (id, actor) = (id(&text)?, &visitor.actor);
    let change = booking::Change {
        host: fields.get("connection_id").parse().ok(),
        ..booking::Change::default()
    };
    let before = bookings::get(&web.app, actor, id).await?;
    let done = bookings::change(&web.app, actor, id, change.clone(), None).await;
    changed(&web, (actor, &caller), before, change, done).await
}

/// `POST /bookings/{id}/meeting/acceptance`: takes Zoom's time. Where the room is taken then, the
/// form for changing opens with Zoom's time in it and what is free instead.
pub(super) async fn accept(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let (id, actor) = (id(&text)?, &visitor.actor);
    let before = bookings::get(&web.app, actor, id).await?;
    let meeting = before.meeting.as_ref();
    let change = meeting.and_then(|meeting| link::from_zoom(&before.booking, meeting));
    let done = bookings::take_zooms(&web.app, actor, id, None).await;
    changed(
        &web,
        (actor, &caller),
        before,
        change.unwrap_or_default(),
        done,
    )
    .await
}

/// The booking after a change, as it is now where it was changed meanwhile, or the form with what
/// was refused.
async fn changed(
    web: &Web,
    (actor, caller): (&Actor, &Caller),
    before: Booked,
    change: booking::Change,
    done: Result<Booked, Failure>,
) -> Result<Response, PageError> {
    let page = links::booking(before.booking.id);
    match done {
        Ok(_) => Ok(Redirect::to(&format!("{page}?done=changed")).into_response()),
        Err(Failure::Conflict(_) | Failure::Stale) => Ok(Redirect::to(&page).into_response()),
        Err(failure) => form::refused_change(web, actor, caller, before, change, failure).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn meeting_ids_read_as_zoom_writes_them() {
        assert_eq!(grouped(91_444_102_277), "914 4410 2277");
        assert_eq!(grouped(9_144_410_227), "914 441 0227");
    }
}
