//! What people do, through the use cases that pages and API call too.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use rooms_app::bookings::{self, LinkAction};
use rooms_app::people::sessions::Visitor;
use rooms_app::zoom::{connect, hosts, leave, reconcile};
use rooms_app::{App, Failure, Idempotency};
use rooms_core::booking::{Change, Conference, Request};
use rooms_core::connection::hosts::StandIn;
use rooms_core::connection::{HostsFor, Links};
use rooms_core::{Actor, BookingId, Clock as _};
use rooms_store::connections;
use zoom_sim::HostChange;

use crate::database::{Cast, Member, dawn};
use crate::plan::Action;
use crate::stage::Stage;
use crate::zoom::{CLIENT_ID, Zoom, users};

/// How often somebody presses again after the server said that the database failed.
const TRIES: usize = 3;

/// A booking that people know of.
#[derive(Debug, Clone)]
pub(crate) struct Known {
    pub(crate) id: BookingId,
    pub(crate) company: usize,
    /// Who booked it.
    pub(crate) who: usize,
}

/// What people know.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    pub(crate) bookings: Vec<Known>,
    /// What somebody of another company was told.
    pub(crate) told_to_spies: Vec<String>,
    /// Zoom users who removed the app in Zoom, and when.
    pub(crate) removed: Vec<(String, Timestamp)>,
    /// Meetings that were deleted and that somebody recovered in Zoom.
    pub(crate) recovered: Vec<i64>,
}

/// What everybody who acts has at hand.
#[derive(Clone)]
pub(crate) struct Scene {
    pub(crate) cast: Arc<Cast>,
    pub(crate) zoom: Arc<Zoom>,
    pub(crate) stage: Arc<Stage>,
    pub(crate) memory: Arc<Mutex<Memory>>,
    /// Tells repeated requests from new ones.
    pub(crate) number: usize,
}

impl Scene {
    pub(crate) fn remember<R>(&self, what: impl FnOnce(&mut Memory) -> R) -> R {
        what(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn member(&self, who: usize) -> &Member {
        &self.cast.members[who % self.cast.members.len()]
    }

    fn booking(&self, nth: usize) -> Option<Known> {
        self.remember(|memory| {
            let length = memory.bookings.len();
            (length > 0).then(|| memory.bookings[nth % length].clone())
        })
    }

    fn key(&self, what: &str) -> Option<Idempotency> {
        Idempotency::parse(&format!("{what}-{}", self.number), what, b"simulated").ok()
    }
}

/// Who does it, as the trace names them.
pub(crate) fn name(scene: &Scene, action: Action) -> String {
    let member = |who: usize| scene.member(who).name;
    let user = |user: usize| users()[user % 4].user_id.clone();
    match action {
        Action::Book { who, .. } => format!("{} books", member(who)),
        Action::Connect { who, user: place } => format!("{} connects {}", member(who), user(place)),
        Action::Leave { who, .. } => format!("{} leaves", member(who)),
        Action::RemoveInZoom { user: place } => format!("{} removes the app", user(place)),
        Action::Offer { who, on: true } => format!("{} offers", member(who)),
        Action::Offer { who, on: false } => format!("{} withdraws", member(who)),
        Action::Move { .. } => "move".to_owned(),
        Action::Retitle { .. } => "retitle".to_owned(),
        Action::Conference { .. } => "conference".to_owned(),
        Action::Cancel { .. } => "cancel".to_owned(),
        Action::ChangeInZoom { .. } => "change in Zoom".to_owned(),
        Action::DeleteInZoom { .. } => "delete in Zoom".to_owned(),
        Action::RecoverInZoom { .. } => "recover in Zoom".to_owned(),
        Action::Link { .. } => "link".to_owned(),
        Action::Reconcile { .. } => "reconcile".to_owned(),
        Action::FixAll { .. } => "fix all".to_owned(),
        Action::StandIn { .. } => "stand in".to_owned(),
        Action::Spy { .. } => "spy".to_owned(),
    }
}

/// Does it, and says what came of it. `apps` are the processes that serve the first request and
/// the second.
pub(crate) async fn act(scene: Scene, apps: [App; 2], action: Action) -> String {
    let app = &apps[0];
    let done = match action {
        Action::Book { .. } => book(&scene, app, action).await,
        Action::Move { .. }
        | Action::Retitle { .. }
        | Action::Conference { .. }
        | Action::Cancel { .. }
        | Action::Link { .. } => about_booking(&scene, app, action).await,
        Action::Connect { who, user } => connect(&scene, &apps, who, user).await,
        Action::Leave { who, links } => go(&scene, app, who, links).await,
        Action::RemoveInZoom { .. }
        | Action::ChangeInZoom { .. }
        | Action::DeleteInZoom { .. }
        | Action::RecoverInZoom { .. } => Ok(in_zoom(&scene, action)),
        Action::Reconcile { company } => {
            let admin = &scene.member(company * 4).visitor.actor;
            let begun = reconcile::start(app, admin).await;
            begun.map(|run| format!("run {run}"))
        }
        Action::FixAll { company } => fix_all(&scene, app, company).await,
        Action::Offer { who, on } => offer(&scene, app, who, on).await,
        Action::StandIn { company, pool } => {
            let admin = &scene.member(company * 4).visitor.actor;
            let what = if pool { StandIn::Pool } else { StandIn::Nobody };
            let set = hosts::set_stand_in(app, admin, what).await;
            set.map(|()| "set".to_owned())
        }
        Action::Spy { nth, which } => Ok(spy(&scene, app, nth, which).await),
    };
    done.unwrap_or_else(|failure| format!("refused: {failure}"))
}

/// Monday's first hour plus so many days and half hours.
fn at(day: u64, half_hour: u64) -> Timestamp {
    let minutes = i64::try_from(day * 24 * 60 + half_hour * 30).unwrap_or(0);
    dawn() + SignedDuration::from_mins(minutes)
}

async fn book(scene: &Scene, app: &App, action: Action) -> Result<String, Failure> {
    let Action::Book {
        who,
        room,
        day,
        half_hour,
        zoom,
    } = action
    else {
        return Ok(String::new());
    };
    let member = scene.member(who);
    let room = scene.cast.rooms[member.company * 2 + room % 2].1;
    let starts_at = at(day, half_hour);
    let request = Request {
        room,
        title: format!("Meeting {}", scene.number),
        starts_at,
        ends_at: starts_at + SignedDuration::from_mins(60),
        conference: zoom.then_some(Conference::Zoom),
        host: None,
        organizer: None,
        invitees: Vec::new(),
    };
    let mut tries = 0;
    loop {
        tries += 1;
        let key = scene.key("book");
        match bookings::book(app, &member.visitor.actor, request.clone(), key).await {
            Ok(booked) => {
                let id = booked.booking.id;
                scene.remember(|memory| {
                    memory.bookings.push(Known {
                        id,
                        company: member.company,
                        who: who % scene.cast.members.len(),
                    });
                });
                return Ok(format!("booked {}", short(id)));
            }
            Err(Failure::Store(error)) if tries < TRIES => {
                scene.stage.say(format!("again, since {error}"));
            }
            Err(failure) => return Err(failure),
        }
    }
}

fn short(id: BookingId) -> String {
    let text = id.to_string();
    text[text.len() - 6..].to_owned()
}

async fn about_booking(scene: &Scene, app: &App, action: Action) -> Result<String, Failure> {
    let (Action::Move { nth, .. }
    | Action::Retitle { nth }
    | Action::Conference { nth, .. }
    | Action::Cancel { nth }
    | Action::Link { nth, .. }) = action
    else {
        return Ok(String::new());
    };
    let Some(known) = scene.booking(nth) else {
        return Ok("nothing is booked".to_owned());
    };
    let actor = &scene.cast.members[known.who].visitor.actor;
    let mut tries = 0;
    loop {
        tries += 1;
        match on_booking(scene, app, (actor, known.id), action).await {
            Err(Failure::Store(error)) if tries < TRIES => {
                scene.stage.say(format!("again, since {error}"));
            }
            done => return done.map(|word| format!("{word} {}", short(known.id))),
        }
    }
}

async fn on_booking(
    scene: &Scene,
    app: &App,
    (actor, id): (&Actor, BookingId),
    action: Action,
) -> Result<&'static str, Failure> {
    match action {
        Action::Move { half_hours, .. } => {
            let booking = bookings::get(app, actor, id).await?.booking;
            let day = booking.slot.starts_at.duration_since(dawn()).as_hours() / 24;
            let starts_at = at(u64::try_from(day).unwrap_or(0), half_hours);
            let change = Change {
                starts_at: Some(starts_at),
                ends_at: Some(starts_at + booking.slot.length()),
                ..Change::default()
            };
            bookings::change(app, actor, id, change, Some(booking.revision)).await?;
            Ok("moved")
        }
        Action::Retitle { .. } => {
            let change = Change {
                title: Some(format!("Title {}", scene.number)),
                ..Change::default()
            };
            bookings::change(app, actor, id, change, None).await?;
            Ok("retitled")
        }
        Action::Conference { zoom, .. } => {
            let change = Change {
                conference: Some(zoom.then_some(Conference::Zoom)),
                ..Change::default()
            };
            bookings::change(app, actor, id, change, None).await?;
            Ok(if zoom { "with Zoom" } else { "without Zoom" })
        }
        Action::Cancel { .. } => {
            bookings::cancel(app, actor, id, None, scene.key("cancel")).await?;
            Ok("cancelled")
        }
        Action::Link { which, .. } => {
            let action = match which {
                0 => LinkAction::Retry,
                1 => LinkAction::Renew,
                2 => LinkAction::Restore,
                3 => LinkAction::Release,
                _ => {
                    bookings::take_zooms(app, actor, id, scene.key("take")).await?;
                    return Ok("took Zoom's for");
                }
            };
            bookings::link::act(app, actor, id, action, scene.key("link")).await?;
            Ok(match action {
                LinkAction::Retry => "retried",
                LinkAction::Renew => "renewed",
                LinkAction::Restore => "restored",
                LinkAction::Release => "released",
            })
        }
        _ => Ok(""),
    }
}

/// Goes to Zoom, agrees there, and comes back, perhaps to another process.
async fn connect(
    scene: &Scene,
    [app, other]: &[App; 2],
    who: usize,
    user: usize,
) -> Result<String, Failure> {
    let visitor: &Visitor = &scene.member(who).visitor;
    let there = connect::begin(app, visitor).await?;
    scene.stage.point("at Zoom").await;
    let user = &users()[user % 4];
    let Some(back) = scene.zoom.consent(&there, &user.email) else {
        return Ok("Zoom's pages led nowhere".to_owned());
    };
    scene.stage.point("back").await;
    let pair = |name: &str| {
        let found = back.query_pairs().find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    };
    let answer = connect::Answer {
        code: pair("code"),
        state: pair("state"),
        error: pair("error"),
    };
    Ok(
        match connect::complete(other, Some(visitor), &answer).await {
            Ok(_) => format!("connected {}", user.user_id),
            Err(error) => format!("not connected: {error}"),
        },
    )
}

/// The actor's connection in use, if there is one.
async fn own(app: &App, actor: &Actor) -> Result<Vec<rooms_core::connection::Connection>, Failure> {
    let mut tx = app.read().await?;
    Ok(connections::current(&mut tx, actor.company, actor.person).await?)
}

async fn go(scene: &Scene, app: &App, who: usize, links: u64) -> Result<String, Failure> {
    let actor = &scene.member(who).visitor.actor;
    let own = own(app, actor).await?;
    let Some(first) = own.first() else {
        return Ok("has no connection".to_owned());
    };
    let links = match (links, own.get(1)) {
        (0, _) => Links::Keep,
        (1, Some(other)) => Links::Move(other.id),
        _ => Links::Remove,
    };
    let left = leave::leave(app, actor, Some(first.id), links).await?;
    Ok(match left {
        Some(left) => format!("left {}: {left:?}", first.zoom_user_id),
        None => "nothing ended".to_owned(),
    })
}

async fn offer(scene: &Scene, app: &App, who: usize, on: bool) -> Result<String, Failure> {
    let actor = &scene.member(who).visitor.actor;
    let Some(first) = own(app, actor).await?.into_iter().next() else {
        return Ok("has no connection".to_owned());
    };
    let hosts_for = if on {
        HostsFor::Company
    } else {
        HostsFor::Owner
    };
    hosts::offer(app, actor, first.id, hosts_for).await?;
    Ok(if on { "offered" } else { "withdrawn" }.to_owned())
}

pub(crate) async fn fix_all(scene: &Scene, app: &App, company: usize) -> Result<String, Failure> {
    let admin = &scene.member(company * 4).visitor.actor;
    let overview = reconcile::overview(app, admin).await?;
    let Some(run) = overview.run else {
        return Ok("was never compared".to_owned());
    };
    let taken = reconcile::fix_all(app, admin, run.id).await?;
    Ok(format!("{taken} to be fixed"))
}

/// What happens in Zoom alone, at once.
fn in_zoom(scene: &Scene, action: Action) -> String {
    let handle = scene.zoom.inside.handle();
    let nth_meeting = |nth: usize, deleted: bool| {
        let mut meetings = handle.meetings();
        meetings.retain(|meeting| meeting.deleted_at.is_some() == deleted);
        let length = meetings.len();
        (length > 0).then(|| meetings[nth % length].id)
    };
    let (done, what) = match action {
        Action::RemoveInZoom { user } => {
            let user = &users()[user % 4];
            let removed = handle.remove_app(&user.email, CLIENT_ID);
            if removed {
                let at = scene.zoom.clock.now();
                scene.remember(|memory| memory.removed.push((user.user_id.clone(), at)));
            }
            (removed, user.user_id.clone())
        }
        Action::ChangeInZoom { nth, minutes } => match nth_meeting(nth, false) {
            Some(id) => {
                let change = HostChange {
                    duration: Some(i64::try_from(30 + minutes).unwrap_or(30)),
                    ..HostChange::default()
                };
                (handle.change_meeting(id, change), id.to_string())
            }
            None => (false, String::new()),
        },
        Action::DeleteInZoom { nth } => match nth_meeting(nth, false) {
            Some(id) => (handle.delete_meeting(id), id.to_string()),
            None => (false, String::new()),
        },
        Action::RecoverInZoom { nth } => match nth_meeting(nth, true) {
            Some(id) => {
                scene.remember(|memory| memory.recovered.push(id));
                (handle.recover_meeting(id), id.to_string())
            }
            None => (false, String::new()),
        },
        _ => (false, String::new()),
    };
    if done {
        format!("done: {what}")
    } else {
        "nothing to do it to".to_owned()
    }
}

/// Somebody of the other company tries to see and to change a booking; what they get is noted.
async fn spy(scene: &Scene, app: &App, nth: usize, which: u64) -> String {
    let Some(known) = scene.booking(nth) else {
        return "nothing is booked".to_owned();
    };
    // An admin, to whom no role is in the way.
    let spy = &scene.member((1 - known.company) * 4).visitor.actor;
    let got = match which {
        0 => bookings::get(app, spy, known.id).await.map(|_| "read"),
        1 => {
            let cancelled = bookings::cancel(app, spy, known.id, None, None).await;
            cancelled.map(|_| "cancelled")
        }
        2 => {
            let change = Change {
                title: Some("spied".to_owned()),
                ..Change::default()
            };
            let changed = bookings::change(app, spy, known.id, change, None).await;
            changed.map(|_| "changed")
        }
        _ => {
            let acted = bookings::link::act(app, spy, known.id, LinkAction::Retry, None).await;
            acted.map(|_| "retried")
        }
    };
    match got {
        Ok(what) => {
            let told = format!("{what} booking {} of another company", short(known.id));
            scene.remember(|memory| memory.told_to_spies.push(told.clone()));
            told
        }
        Err(Failure::NotFound(_)) => "finds nothing".to_owned(),
        Err(Failure::Store(error)) => format!("the database failed: {error}"),
        Err(other) => {
            // Whatever else is said betrays that it is there.
            let told = format!("was told “{other}” of booking {}", short(known.id));
            scene.remember(|memory| memory.told_to_spies.push(told.clone()));
            told
        }
    }
}
