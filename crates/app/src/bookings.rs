//! Bookings: book, change, cancel, find.

pub mod book;
pub mod cancel;
pub mod change;
pub mod find;
pub mod link;
pub(crate) mod meeting;

use jiff::Timestamp;
use rooms_core::actor::Person;
use rooms_core::booking::{Booking, Who};
use rooms_core::meeting::Meeting;
use rooms_core::planted::{Bug, planted};
use rooms_core::{Actor, BookingId, CompanyId, PersonState, RoomId, text};
use rooms_store::bookings::{self, Filter};
use rooms_store::events::{self, Event};
use rooms_store::{Tx, meetings, people};

use crate::app::App;
use crate::error::Failure;

pub use book::book;
pub use cancel::{book_again, cancel};
pub use change::change;
pub use link::{LinkAction, take_zooms};

/// A booking with the meeting it has now, or had last.
#[derive(Debug, Clone)]
pub struct Booked {
    /// The booking.
    pub booking: Booking,
    /// Its newest meeting, if it ever had one.
    pub meeting: Option<Meeting>,
}

/// One booking.
pub async fn get(app: &App, actor: &Actor, id: BookingId) -> Result<Booked, Failure> {
    let mut tx = app.read().await?;
    load(&mut tx, actor, id).await
}

/// One booking that the actor may change: its organizer, its booker and admins may.
pub async fn changeable(app: &App, actor: &Actor, id: BookingId) -> Result<Booked, Failure> {
    let booked = get(app, actor, id).await?;
    let Booking {
        organizer, booker, ..
    } = &booked.booking;
    if actor.may_change(organizer.id, booker.id) {
        Ok(booked)
    } else {
        Err(Failure::Forbidden(
            "only its organizer, its booker or an admin may change it",
        ))
    }
}

/// One booking, with what happened to it, newest first.
pub async fn with_history(
    app: &App,
    actor: &Actor,
    id: BookingId,
) -> Result<(Booked, Vec<Event>), Failure> {
    let mut tx = app.read().await?;
    let booked = load(&mut tx, actor, id).await?;
    let history = events::of_subject(&mut tx, actor.company, id.uuid(), 100).await?;
    Ok((booked, history))
}

/// Which bookings to list.
#[derive(Debug, Clone, Copy)]
pub struct List {
    /// Of one room only; an unknown one is not found.
    pub room: Option<RoomId>,
    /// That end after this.
    pub from: Timestamp,
    /// That start before this.
    pub to: Timestamp,
    /// After this one, in order of start and id.
    pub after: Option<(Timestamp, BookingId)>,
    /// At most so many.
    pub limit: i64,
}

/// The company's bookings by start, in every state, each with its newest meeting.
pub async fn list(app: &App, actor: &Actor, list: List) -> Result<Vec<Booked>, Failure> {
    let mut tx = app.read().await?;
    if let Some(room) = list.room {
        rooms_store::rooms::get(&mut tx, actor.company, room)
            .await?
            .ok_or(Failure::NotFound("room"))?;
    }
    let filter = Filter {
        room: list.room,
        from: list.from,
        to: list.to,
        after: list.after,
        limit: list.limit,
    };
    let found = bookings::list(&mut tx, actor.company, &filter).await?;
    with_meetings(&mut tx, actor, found).await
}

/// The actor's own bookings that share an instant with `[from, to)`, by start.
pub async fn mine(
    app: &App,
    actor: &Actor,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<Booked>, Failure> {
    let mut tx = app.read().await?;
    let found = bookings::of_person(&mut tx, actor.company, actor.person, from, to, 500).await?;
    with_meetings(&mut tx, actor, found).await
}

async fn with_meetings(
    tx: &mut Tx,
    actor: &Actor,
    found: Vec<Booking>,
) -> Result<Vec<Booked>, Failure> {
    let wanting = || {
        found
            .iter()
            .filter(|b| b.conference.is_some())
            .map(|b| b.slot.starts_at)
    };
    let meetings = match (wanting().min(), wanting().max()) {
        (Some(first), Some(last)) => {
            let after = last
                .saturating_add(jiff::SignedDuration::from_secs(1))
                .unwrap_or(last);
            meetings::of_bookings(tx, actor.company, first, after).await?
        }
        _ => Vec::new(),
    };
    // Oldest first, so that the newest of a booking wins.
    let mut newest: std::collections::HashMap<BookingId, Meeting> = meetings
        .into_iter()
        .map(|meeting| (meeting.booking, meeting))
        .collect();
    Ok(found
        .into_iter()
        .map(|booking| Booked {
            meeting: newest.remove(&booking.id),
            booking,
        })
        .collect())
}

/// Reads a booking with its newest meeting.
pub(crate) async fn load(tx: &mut Tx, actor: &Actor, id: BookingId) -> Result<Booked, Failure> {
    let company = if planted(Bug::ForgetTenant) {
        whose(tx, id).await?
    } else {
        actor.company
    };
    let booking = bookings::get(tx, company, id)
        .await?
        .ok_or(Failure::NotFound("booking"))?;
    let meeting = meetings::of_booking(tx, company, id)
        .await?
        .into_iter()
        .next();
    Ok(Booked { booking, meeting })
}

/// For the planted bug alone: whose a booking is, in whichever company.
async fn whose(tx: &mut Tx, id: BookingId) -> Result<CompanyId, Failure> {
    for company in rooms_store::audit::chain::companies(tx).await? {
        if bookings::get(tx, company, id).await?.is_some() {
            return Ok(company);
        }
    }
    Err(Failure::NotFound("booking"))
}

/// Finds the person a request names as organizer.
async fn organizer(tx: &mut Tx, actor: &Actor, who: &Who) -> Result<Person, Failure> {
    let person = match who {
        Who::Id(id) => people::get(tx, actor.company, *id).await?,
        // What is no address is nobody's.
        Who::Email(email) => match text::email("organizer", email) {
            Ok(email) => people::by_email(tx, actor.company, &email).await?,
            Err(_) => None,
        },
    };
    person
        .filter(|person| person.state != PersonState::Deactivated)
        .ok_or_else(|| Failure::field("organizer", "unknown", "Choose somebody of your company."))
}
