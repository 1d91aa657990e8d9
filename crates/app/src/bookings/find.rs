//! Finding a room: free at a time, free now, and what is free instead.

use std::collections::HashMap;

use jiff::{SignedDuration, Timestamp, ToSpan};
use rooms_core::booking::alternatives::{self, REACH};
use rooms_core::booking::{Candidate, alternatives as nearest};
use rooms_core::room::{Room, RoomState, Site};
use rooms_core::{Actor, BookingId, RoomId, SiteId, Slot};
use rooms_store::bookings;
use rooms_store::{Tx, rooms};

use crate::app::App;
use crate::error::Failure;

pub use alternatives::Alternative;
pub use bookings::OnDay;

/// What a room has to have.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// At this site.
    pub site: Option<SiteId>,
    /// For at least so many people.
    pub capacity: Option<i64>,
    /// With all of this, in lower case.
    pub equipment: Vec<String>,
}

impl Wanted {
    /// Whether a room in use has all of it.
    #[must_use]
    pub fn fits(&self, room: &Room) -> bool {
        room.state == RoomState::Open
            && self.site.is_none_or(|site| site == room.site)
            && self.capacity.is_none_or(|seats| room.capacity >= seats)
            && self
                .equipment
                .iter()
                .all(|item| room.equipment.contains(item))
    }
}

/// A room that is free, and until when.
#[derive(Debug, Clone)]
pub struct FreeRoom {
    /// The room.
    pub room: Room,
    /// When it is next taken or closed, if that is within a day.
    pub until: Option<Timestamp>,
    /// How often the actor booked it lately.
    pub used: usize,
}

/// Rooms free in a slot, the smallest that fit first.
pub async fn available(
    app: &App,
    actor: &Actor,
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<FreeRoom>, Failure> {
    let mut tx = app.read().await?;
    if let Some(site) = wanted.site {
        rooms::site(&mut tx, actor.company, site)
            .await?
            .ok_or(Failure::NotFound("site"))?;
    }
    let mut free = free(&mut tx, actor, slot, wanted).await?;
    free.sort_by_key(|free| free.room.capacity);
    Ok(free)
}

/// How many of a person's last bookings tell which rooms they use.
const LATELY: i64 = 100;

/// Rooms free in a slot that begins about now, best for this person first: those they use, then
/// those free the longest.
pub async fn free_now(
    app: &App,
    actor: &Actor,
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<FreeRoom>, Failure> {
    let now = app.now();
    let mut tx = app.read().await?;
    let mut free = free(&mut tx, actor, slot, wanted).await?;
    let since = now
        .saturating_sub(SignedDuration::from_hours(24 * 60))
        .unwrap_or(now);
    let whose = (actor.company, actor.person);
    let lately = bookings::rooms_lately(&mut tx, whose.0, whose.1, (since, now), LATELY).await?;
    for room in &mut free {
        room.used = lately.iter().filter(|used| **used == room.room.id).count();
    }
    free.sort_by_key(|free| {
        let until = free.until.unwrap_or(Timestamp::MAX);
        (
            std::cmp::Reverse(free.used),
            std::cmp::Reverse(until),
            free.room.capacity,
        )
    });
    Ok(free)
}

async fn free(
    tx: &mut Tx,
    actor: &Actor,
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<FreeRoom>, Failure> {
    let horizon = slot.ends_at.saturating_add(SignedDuration::from_hours(24));
    let horizon = horizon.unwrap_or(slot.ends_at);
    let taken = bookings::busy(tx, actor.company, slot.starts_at, horizon).await?;
    let mut next: HashMap<RoomId, Slot> = HashMap::new();
    for (room, taken) in taken {
        next.entry(room).or_insert(taken);
    }
    Ok(rooms::list(tx, actor.company)
        .await?
        .into_iter()
        .filter(|room| wanted.fits(room) && room.hours.cover(&room.zone, slot))
        .filter(|room| {
            next.get(&room.id)
                .is_none_or(|taken| !taken.overlaps(&slot))
        })
        .map(|room| {
            let taken = next.get(&room.id).map(|taken| taken.starts_at);
            let closes = closes(&room, slot.starts_at);
            let until = match (taken, closes) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
            FreeRoom {
                room,
                until,
                used: 0,
            }
        })
        .collect())
}

/// When a room that is open at an instant closes, unless it is always open.
fn closes(room: &Room, at: Timestamp) -> Option<Timestamp> {
    if room.hours.always() {
        return None;
    }
    room.hours
        .open(&room.zone, room.zone.date(at))
        .map(|open| open.ends_at)
}

/// The failure for a slot that is taken, with the nearest free ones.
pub(super) async fn taken(
    app: &App,
    actor: &Actor,
    room: RoomId,
    wanted: Slot,
    moving: Option<BookingId>,
) -> Result<Failure, Failure> {
    Ok(Failure::RoomTaken(
        instead(app, actor, room, wanted, moving).await?,
    ))
}

/// The free slots nearest to one in a room: never empty while anything that long is free within
/// seven days. A booking that is being moved is not in its own way.
pub async fn instead(
    app: &App,
    actor: &Actor,
    room: RoomId,
    wanted: Slot,
    moving: Option<BookingId>,
) -> Result<Vec<Alternative>, Failure> {
    let mut tx = app.read().await?;
    let all = rooms::list(&mut tx, actor.company).await?;
    let Some(first) = all.iter().find(|candidate| candidate.id == room) else {
        return Err(Failure::NotFound("room"));
    };
    let from = wanted
        .starts_at
        .saturating_sub(REACH)
        .unwrap_or(wanted.starts_at);
    let to = wanted
        .ends_at
        .saturating_add(REACH)
        .unwrap_or(wanted.ends_at);
    let mut taken: HashMap<RoomId, Vec<Slot>> = HashMap::new();
    for (room, slot) in bookings::busy(&mut tx, actor.company, from, to).await? {
        taken.entry(room).or_default().push(slot);
    }
    if let Some(moving) = moving
        && let Some(own) = bookings::get(&mut tx, actor.company, moving).await?
        && let Some(slots) = taken.get_mut(&own.room)
    {
        slots.retain(|slot| *slot != own.slot);
    }
    let candidates: Vec<Candidate> = all
        .iter()
        .filter(|room| room.state == RoomState::Open)
        .map(|candidate| Candidate {
            room: candidate.id,
            distance: match candidate {
                same if same.id == room => 0,
                near if near.site == first.site && near.capacity >= first.capacity => 1,
                _ => 2,
            },
            zone: candidate.zone.clone(),
            hours: candidate.hours.clone(),
            busy: taken.remove(&candidate.id).unwrap_or_default(),
        })
        .collect();
    Ok(nearest(wanted, next_minute(app.now()), &candidates))
}

/// The present minute, or the next: bookings begin on whole minutes.
fn next_minute(now: Timestamp) -> Timestamp {
    let whole = now.as_second().div_euclid(60) * 60;
    Timestamp::from_second(whole).map_or(now, |minute| {
        if minute < now {
            minute.saturating_add(1.minute()).unwrap_or(now)
        } else {
            minute
        }
    })
}

/// Everything the timeline of a day shows.
#[derive(Debug, Clone)]
pub struct Day {
    /// The company's sites in use.
    pub sites: Vec<Site>,
    /// The site shown, if the company has any.
    pub site: Option<Site>,
    /// Its rooms.
    pub rooms: Vec<Room>,
    /// What takes those rooms that day, by start.
    pub bookings: Vec<OnDay>,
    /// The day at the site, from its first instant to the next day's.
    pub slot: Slot,
}

/// A day at a site: the one asked for, else the company's first. `date` is in the site's zone,
/// today where none is given.
pub async fn day(
    app: &App,
    actor: &Actor,
    site: Option<SiteId>,
    date: Option<jiff::civil::Date>,
) -> Result<Day, Failure> {
    let now = app.now();
    let mut tx = app.read().await?;
    let mut sites = rooms::sites(&mut tx, actor.company).await?;
    sites.retain(|site| site.state == RoomState::Open);
    let shown = match site {
        Some(id) => Some(
            sites
                .iter()
                .find(|s| s.id == id)
                .ok_or(Failure::NotFound("site"))?
                .clone(),
        ),
        None => sites.first().cloned(),
    };
    let Some(shown) = shown else {
        let slot = Slot {
            starts_at: now,
            ends_at: now,
        };
        return Ok(Day {
            sites,
            site: None,
            rooms: Vec::new(),
            bookings: Vec::new(),
            slot,
        });
    };
    let slot = shown.zone.day(date.unwrap_or_else(|| shown.zone.date(now)));
    let mut rooms = rooms::list(&mut tx, actor.company).await?;
    rooms.retain(|room| room.site == shown.id && room.state == RoomState::Open);
    let mut bookings = bookings::of_day(&mut tx, actor.company, shown.id, slot).await?;
    bookings.retain(|booking| rooms.iter().any(|room| room.id == booking.room));
    Ok(Day {
        sites,
        site: Some(shown),
        rooms,
        bookings,
        slot,
    })
}

/// When a room is taken on a date of its zone, in order of start.
pub async fn taken_on(
    app: &App,
    actor: &Actor,
    room: &Room,
    date: jiff::civil::Date,
) -> Result<Vec<Slot>, Failure> {
    let day = room.zone.day(date);
    let mut tx = app.read().await?;
    Ok(bookings::conflicts(&mut tx, actor.company, room.id, day, None).await?)
}
