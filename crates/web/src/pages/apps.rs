//! Settings > Connect Apps: how it stands with Zoom, leaving for Zoom, disconnecting.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::connect::{self, NotConnected};
use rooms_app::zoom::limits::{self, Usage};
use rooms_app::zoom::{self, Status, disconnect};
use rooms_app::{Event, Failure, companies, people};
use rooms_core::booking::BOOKABLE_DAYS_AHEAD;
use rooms_core::connection::{self, Connection, ConnectionStatus};
use rooms_core::meeting::MeetingState;
use rooms_core::{Actor, ConnectPolicy, ConnectionId, PersonState};

use super::moments::{self, Moments};
use super::{PageError, draw, layout, see_other, see_other_saying, zoom_callback};
use crate::links;
use crate::session::{Fields, SignedIn};
use crate::state::Web;
use crate::views::apps::{
    AppsDone, AppsPage, ConnectFailure, ConnectionEvent, ConnectionEventKind, Contact, EndedBy,
    LinkedBooking, NotPermitted, ZoomAttention, ZoomConnected, ZoomInactive, ZoomState,
};
use crate::views::layout::Nav;

/// Said after a connection came about.
pub(super) const CONNECTED: &str = "connected";
const DISCONNECTED: &str = "disconnected";
const NOTHING_TO_DISCONNECT: &str = "nothing to disconnect";

/// Connect Apps, and what is posted there.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::APPS, get(show))
        .route(links::CONNECT, post(leave_for_zoom))
        .route(links::DISCONNECT, post(end))
        .route(links::NOT_APPROVED, get(not_approved))
}

async fn show(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let status = zoom::status(&web.app, actor).await?;
    let moments = Moments::of(&web, actor).await?;
    let page = AppsPage {
        layout: layout(&web, &caller, "Connect Apps", Nav::Settings).await?,
        done: match caller.said() {
            CONNECTED => AppsDone::Connected,
            DISCONNECTED => AppsDone::Disconnected,
            NOTHING_TO_DISCONNECT => AppsDone::NothingToDisconnect,
            _ => AppsDone::Nothing,
        },
        history: history(&status.history, &moments),
        zoom: state(&web, actor, status, &moments).await?,
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn leave_for_zoom(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    _: Fields,
) -> Result<Response, PageError> {
    match connect::begin(&web.app, &visitor).await {
        Ok(zoom) => Ok(see_other(zoom.as_str())),
        Err(Failure::Forbidden(_)) => {
            zoom_callback::not_connected(&web, &caller, NotConnected::NotAllowed).await
        }
        Err(Failure::Conflict(_)) => {
            zoom_callback::not_connected(&web, &caller, NotConnected::NotConfigured).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn end(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let named = fields.get("connection_id");
    let id: Option<ConnectionId> = match named {
        "" => None,
        named => Some(named.parse().map_err(|_| PageError::not_found())?),
    };
    let before = zoom::status(&web.app, actor).await?.connection;
    disconnect::disconnect(&web.app, actor, id).await?;
    let ended = before.is_some_and(|before| {
        before.status != ConnectionStatus::Inactive && id.is_none_or(|id| id == before.id)
    });
    let said = if ended {
        DISCONNECTED
    } else {
        NOTHING_TO_DISCONNECT
    };
    Ok(see_other_saying(&web, links::APPS, said))
}

/// Zoom sends nobody back when its administrator has not approved the app: this is how they get
/// on all the same.
async fn not_approved(
    State(web): State<Web>,
    SignedIn { caller, .. }: SignedIn,
) -> Result<Response, PageError> {
    let shown = (StatusCode::OK, ConnectFailure::NotApproved);
    zoom_callback::failed(&web, &caller, shown, String::new()).await
}

/// The company's admins, to be asked.
pub(super) async fn admins(web: &Web, actor: &Actor) -> Result<Vec<Contact>, Failure> {
    let people = people::list(&web.app, actor, None, 500).await?;
    Ok(people
        .into_iter()
        .filter(|p| p.role == rooms_core::Role::Admin && p.state == PersonState::Active)
        .map(|p| Contact {
            name: p.name,
            email: p.email,
        })
        .collect())
}

async fn state(
    web: &Web,
    actor: &Actor,
    status: Status,
    moments: &Moments,
) -> Result<ZoomState, Failure> {
    if !status.configured {
        return Ok(ZoomState::NotConfigured);
    }
    let ends = |c: &Connection| c.status == ConnectionStatus::Active || actor.may_connect;
    Ok(match status.connection.filter(ends) {
        Some(connection) => {
            let linked = linked(web, actor, connection.id).await?;
            match connection.status {
                ConnectionStatus::Active => {
                    let usage = limits::usage(&web.app, &connection.zoom_user_id).await?;
                    connected(&connection, &linked, usage, moments)
                }
                ConnectionStatus::Inactive => inactive(&connection, &linked, moments),
                ConnectionStatus::NeedsAttention => {
                    let refused = status.history.iter();
                    let refused = refused.filter(|event| event.kind == "zoom.needs_attention");
                    let refused = refused.map(|event| event.at).max();
                    attention(&connection, &linked, refused, moments)
                }
            }
        }
        None if actor.may_connect => ZoomState::NotConnected,
        None => ZoomState::NotPermitted(not_permitted(web, actor).await?),
    })
}

/// The actor's upcoming bookings whose meeting was made, or is to be, through a connection.
async fn linked(web: &Web, actor: &Actor, id: ConnectionId) -> Result<Vec<Booked>, Failure> {
    let now = web.app.now();
    let horizon = SignedDuration::from_hours(24 * (BOOKABLE_DAYS_AHEAD + 1));
    let to = now.saturating_add(horizon).unwrap_or(now);
    let mut mine = bookings::mine(&web.app, actor, now, to).await?;
    mine.retain(|booked| {
        let meeting = booked.meeting.as_ref();
        booked.booking.state.takes_the_room() && meeting.is_some_and(|m| m.connection == id)
    });
    Ok(mine)
}

fn count(linked: &[Booked], counts: impl Fn(MeetingState) -> bool) -> usize {
    let states = linked.iter().filter_map(|booked| booked.meeting.as_ref());
    states.filter(|meeting| counts(meeting.state)).count()
}

fn waits(state: MeetingState) -> bool {
    matches!(state, MeetingState::Pending | MeetingState::Uncertain)
}

fn account(connection: &Connection) -> String {
    let name = if connection.zoom_email.is_empty() {
        &connection.zoom_name
    } else {
        &connection.zoom_email
    };
    name.clone()
}

fn connected(
    connection: &Connection,
    linked: &[Booked],
    usage: Usage,
    moments: &Moments,
) -> ZoomState {
    let has_link = |booked: &&Booked| {
        let meeting = booked.meeting.as_ref();
        meeting.is_some_and(|meeting| meeting.state == MeetingState::Ready)
    };
    ZoomState::Connected(ZoomConnected {
        connection_id: connection.id.to_string(),
        account: account(connection),
        since: moments.when(connection.connected_at),
        health: match (
            count(linked, waits),
            count(linked, |s| s == MeetingState::Failed),
        ) {
            (0, 0) => "Zoom lets us in. Nothing is waiting.".to_owned(),
            (1, 0) => "Zoom lets us in. 1 link is on its way.".to_owned(),
            (waiting, 0) => format!("Zoom lets us in. {waiting} links are on their way."),
            (_, 1) => "Zoom lets us in. 1 link could not be made; its booking says why.".to_owned(),
            (_, failed) => {
                format!("Zoom lets us in. {failed} links could not be made; the bookings say why.")
            }
        },
        limits: {
            let used = used_today(usage, moments);
            match connection.zoom_licensed {
                Some(false) => {
                    format!("{used} Basic account: Zoom ends meetings after 40 minutes.")
                }
                _ => used,
            }
        },
        upcoming: linked.iter().filter(has_link).map(linked_booking).collect(),
    })
}

/// How much of Zoom's day is used: "34 of 100 changes today."
pub(super) fn used_today(usage: Usage, moments: &Moments) -> String {
    let (used, of) = (usage.changes, limits::CHANGES_A_DAY);
    match usage.blocked_until {
        Some(until) => {
            let until = moments.when(until).words;
            format!("{used} of {of} changes today. Zoom takes no more until {until}.")
        }
        None if used > of * 8 / 10 => {
            format!("{used} of {of} changes today. Zoom may stop taking more until 00:00 UTC.")
        }
        None => format!("{used} of {of} changes today."),
    }
}

fn linked_booking(booked: &Booked) -> LinkedBooking {
    let booking = &booked.booking;
    LinkedBooking {
        href: links::booking(booking.id),
        title: booking.title.clone(),
        when: moments::slot(&booking.zone, booking.slot),
        room: booking.room_name.clone(),
    }
}

fn inactive(connection: &Connection, linked: &[Booked], moments: &Moments) -> ZoomState {
    let ended_at = connection.disconnected_at;
    ZoomState::Inactive(ZoomInactive {
        account: account(connection),
        since: moments.when(connection.connected_at),
        ended: moments.when(ended_at.unwrap_or(connection.connected_at)),
        by: match connection.disconnected_by {
            Some(connection::EndedBy::Zoom) => EndedBy::Zoom,
            Some(connection::EndedBy::System) => EndedBy::System,
            Some(connection::EndedBy::User) | None => EndedBy::User,
        },
        kept_links: count(linked, |state| state == MeetingState::Detached),
    })
}

fn attention(
    connection: &Connection,
    linked: &[Booked],
    refused: Option<jiff::Timestamp>,
    moments: &Moments,
) -> ZoomState {
    ZoomState::NeedsAttention(ZoomAttention {
        connection_id: connection.id.to_string(),
        account: account(connection),
        since: moments.when(connection.connected_at),
        refused: moments.when(refused.unwrap_or(connection.connected_at)),
        reason: connection.attention.clone().unwrap_or_default(),
        waiting: count(linked, waits),
    })
}

async fn not_permitted(web: &Web, actor: &Actor) -> Result<NotPermitted, Failure> {
    let company = companies::get(&web.app, actor).await?;
    let who_may = match company.connect_policy {
        ConnectPolicy::Admins => "only admins",
        ConnectPolicy::Chosen | ConnectPolicy::Everybody => "only people an admin has chosen",
    };
    Ok(NotPermitted {
        who_may: who_may.to_owned(),
        company: company.name,
        admins: admins(web, actor).await?,
    })
}

/// The history of the connections among what happened to the person, newest first.
fn history(events: &[Event], moments: &Moments) -> Vec<ConnectionEvent> {
    let mut account = String::new();
    let mut told: Vec<ConnectionEvent> = Vec::new();
    for event in events.iter().rev() {
        let what = match event.kind.as_str() {
            "zoom.connected" => {
                account.clone_from(&event.detail);
                ConnectionEventKind::Connected
            }
            "zoom.disconnected" => ConnectionEventKind::Ended(EndedBy::User),
            "zoom.removed" => ConnectionEventKind::Ended(EndedBy::Zoom),
            "zoom.ended" => ConnectionEventKind::Ended(EndedBy::System),
            "zoom.needs_attention" => ConnectionEventKind::NeedsAttention(event.detail.clone()),
            "zoom.changed" => ConnectionEventKind::Changed(event.detail.clone()),
            _ => continue,
        };
        told.push(ConnectionEvent {
            at: moments.when(event.at),
            what,
            account: account.clone(),
        });
    }
    told.reverse();
    told
}
