//! The Zoom part of booking: whether a meeting can be made, who hosts it, and the choice of it.

use rooms_app::bookings::Booked;
use rooms_app::zoom::apps;
use rooms_app::zoom::hosts::{self, Outlook};
use rooms_core::connection::Connection;
use rooms_core::connection::hosts::{Choice as Chosen, NoHost, Standing};
use rooms_core::meeting::MeetingState;
use rooms_core::{Actor, BookingId, ConnectionId, PersonId, Slot, Zone};
use rooms_views::home::{Choice, Zoom};
use rooms_views::layout::Link;
use rooms_views::links;

use super::meeting::BASIC;
use crate::pages::{PageError, words};
use crate::problem::hosts_are_busy;
use crate::state::Web;

/// A meeting that may be wanted.
#[derive(Debug, Clone, Default)]
pub(in crate::pages) struct Plan<'a> {
    /// When, and in which zone that is said.
    pub when: Option<(Slot, &'a Zone)>,
    /// The connection that was chosen.
    pub host: Option<ConnectionId>,
    /// The booking that has or wants it, with the connection that hosts it now.
    pub booking: Option<(BookingId, Option<ConnectionId>)>,
}

/// What the form shows of it.
#[derive(Debug)]
pub(in crate::pages) struct Hosting {
    /// Whether one can be made, and who hosts it.
    pub zoom: Zoom,
    /// The organizer's own connections, where there is more than one to choose from.
    pub hosts: Vec<Choice>,
}

/// The connection that hosts a booking's meeting now.
pub(super) fn host_now(booked: &Booked) -> Option<ConnectionId> {
    let meeting = booked.meeting.as_ref();
    let live = meeting.filter(|meeting| {
        use MeetingState::{Pending, Ready, Uncertain};
        matches!(meeting.state, Pending | Ready | Uncertain)
    });
    live.map(|meeting| meeting.connection)
}

/// Whether a Zoom meeting can be made in a person's name, and who hosts it.
pub(in crate::pages) async fn hosting(
    web: &Web,
    actor: &Actor,
    (organizer, name): (PersonId, &str),
    plan: Plan<'_>,
) -> Result<Hosting, PageError> {
    if !apps::is_set_up(&web.app, actor.company).await? {
        return Ok(Hosting {
            zoom: off("Zoom is not set up on this server.", "Why?"),
            hosts: Vec::new(),
        });
    }
    let (slot, zone) = plan.when.unzip();
    let Plan { host, booking, .. } = plan;
    let outlook = hosts::outlook(&web.app, actor, organizer, slot, host, booking).await?;
    let own = organizer == actor.person;
    let zoom = match &outlook.would {
        Ok(choice) => Zoom::Ready {
            host: said(choice, own, name, slot.zip(zone)),
        },
        Err(NoHost::Busy { hosts }) => Zoom::Busy {
            reason: format!("{}.", hosts_are_busy(*hosts)),
        },
        Err(NoHost::NotConnected | NoHost::NotTheirs) if own => {
            match (&outlook.refused, actor.may_connect) {
                (Some(_), _) => off(
                    "Zoom asks you to sign in again.",
                    "Connect it again under Settings > Connect Apps",
                ),
                (None, true) => off(
                    "Zoom is not connected.",
                    "Connect it under Settings > Connect Apps",
                ),
                (None, false) => off(
                    "Zoom is not connected, and connecting it needs a permission.",
                    "See whom to ask",
                ),
            }
        }
        Err(NoHost::NotConnected | NoHost::NotTheirs) => {
            off("The organizer has not connected Zoom.", "About connecting")
        }
    };
    Ok(Hosting {
        zoom,
        hosts: choices(&outlook),
    })
}

fn off(reason: &str, link: &str) -> Zoom {
    Zoom::Off {
        reason: reason.to_owned(),
        link: Link::new(links::APPS, link),
    }
}

/// `You host it as mara@halden.example.`, `Reception hosts it, for the company.`
fn said(choice: &Chosen, own: bool, name: &str, when: Option<(Slot, &Zone)>) -> String {
    let account = account(&choice.connection);
    let mut said = match choice.standing {
        Standing::Own if own => format!("You host it as {account}."),
        Standing::Own => format!("{name} hosts it as {account}."),
        Standing::StandsIn => format!("{account} hosts it, for your company."),
    };
    let short = when.is_some_and(|(slot, _)| slot.minutes() <= BASIC);
    if choice.connection.zoom_licensed == Some(false) && !short {
        said.push_str(" This Zoom account has no licence: Zoom ends the meeting after 40 minutes.");
    }
    if let (Some(slot), Some((_, zone))) = (choice.overlaps, when) {
        let who = if own { "You host" } else { "They host" };
        let times = words::times(zone, slot);
        said = format!("{said} {who} another Zoom meeting {times}, and Zoom holds one at a time.");
    }
    said
}

/// A connection's name and account, or its account alone.
pub(in crate::pages) fn account(connection: &Connection) -> String {
    match &connection.name {
        Some(name) => format!("{name} ({})", connection.account()),
        None => connection.account().to_owned(),
    }
}

/// The organizer's own connections but the one its meeting has, or was to have.
pub(super) async fn others(
    web: &Web,
    actor: &Actor,
    booked: &Booked,
) -> Result<Vec<Choice>, PageError> {
    let (booking, now) = (&booked.booking, host_now(booked));
    let (organizer, slot) = (booking.organizer.id, Some(booking.slot));
    let itself = Some((booking.id, now));
    let outlook = hosts::outlook(&web.app, actor, organizer, slot, None, itself).await?;
    let present = booked.meeting.as_ref().map(|meeting| meeting.connection);
    let others = own(&outlook).filter(|connection| Some(connection.id) != present);
    Ok(others.map(|other| choice(other, false)).collect())
}

fn choices(outlook: &Outlook) -> Vec<Choice> {
    if own(outlook).count() < 2 {
        return Vec::new();
    }
    let chosen = outlook.would.as_ref().ok().map(|would| would.connection.id);
    own(outlook)
        .map(|connection| choice(connection, Some(connection.id) == chosen))
        .collect()
}

fn own(outlook: &Outlook) -> impl Iterator<Item = &Connection> {
    let own = outlook
        .may
        .iter()
        .filter(|may| may.standing == Standing::Own);
    own.map(|may| &may.connection)
}

fn choice(connection: &Connection, chosen: bool) -> Choice {
    Choice::new(connection.id.to_string(), account(connection), chosen)
}
