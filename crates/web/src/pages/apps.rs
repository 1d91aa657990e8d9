//! Settings > Connect Apps: how it stands with Zoom, leaving for Zoom, disconnecting, and what a
//! person decides about each of their connections.

use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::{get, post};
use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::zoom::connect::{self, NotConnected};
use rooms_app::zoom::leave::{self, Outlook, Unfinished};
use rooms_app::zoom::limits::{self, Usage};
use rooms_app::zoom::{self, Status, hosts};
use rooms_app::{Event, Failure, companies, people};
use rooms_core::booking::BOOKABLE_DAYS_AHEAD;
use rooms_core::connection::{self, Connection, HostsFor, Links};
use rooms_core::meeting::MeetingState;
use rooms_core::{Actor, ConnectPolicy, ConnectionId, FieldErrors, PersonState};
use rooms_views::apps::{
    AppsDone, AppsPage, ConnectionEvent, ConnectionEventKind, Contact, EndedBy, LinkedBooking,
    NotPermitted, TakesOver, ZoomAttention, ZoomConnection, ZoomInactive, ZoomLeaving, ZoomState,
};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;

use super::moments::{self, Moments};
use super::{PageError, draw, layout, problems, see_other, see_other_saying, zoom_callback};
use crate::session::{Caller, Fields, SignedIn};
use crate::state::Web;

/// Said after a connection came about.
pub(super) const CONNECTED: &str = "connected";
/// The same, by a clock that is wrong.
pub(super) const CONNECTED_OFF_CLOCK: &str = "connected off clock";
const DISCONNECTED: &str = "disconnected";
const LEAVING: &str = "leaving";
const LEAVING_SOME: &str = "leaving some";
const REST_LEFT: &str = "rest left";
const NOTHING_TO_DISCONNECT: &str = "nothing to disconnect";
const RENAMED: &str = "renamed";
const PREFERRED: &str = "preferred";
const OFFERED: &str = "offered";
const WITHDRAWN: &str = "withdrawn";

/// Connect Apps, and what is posted there.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::APPS, get(show))
        .route(links::CONNECT, post(leave_for_zoom))
        .route(links::ASK_ADMIN, post(super::permission::ask))
        .route(links::DISCONNECT, post(end))
        .route(&links::connection("{id}", "completion"), post(leave_rest))
        .route(&links::connection("{id}", "name"), post(rename))
        .route(&links::connection("{id}", "preference"), post(prefer))
        .route(&links::connection("{id}", "offer"), post(offer))
        .route(&links::connection("{id}", "withdrawal"), post(withdraw))
}

async fn show(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    page(&web, actor, &caller, None).await
}

/// What was posted and refused.
enum Refused<'a> {
    /// A name, as it was typed.
    Name(&'a str),
    /// Whom the links were to go to.
    Target,
}

async fn page(
    web: &Web,
    actor: &Actor,
    caller: &Caller,
    refused: Option<(ConnectionId, Refused<'_>, FieldErrors)>,
) -> Result<Response, PageError> {
    let status = zoom::status(&web.app, actor).await?;
    let moments = Moments::of(web, actor).await?;
    let mut zoom = state(web, actor, &status, &moments).await?;
    let mut wrong = Problems::none();
    if let Some((id, what, errors)) = refused {
        let id = id.to_string();
        let fields = [
            ("name", &*format!("name-{id}")),
            ("target", &*format!("target-{id}")),
        ];
        wrong = problems(&errors, &fields);
        if let (ZoomState::Connected(connections), Refused::Name(typed)) = (&mut zoom, what) {
            let refused = connections.iter_mut().filter(|c| c.id == id);
            refused.for_each(|c| typed.clone_into(&mut c.name));
        }
    }
    let unfinished = leave::unfinished(&web.app, actor).await?;
    let page = AppsPage {
        layout: layout(web, caller, "Connect Apps", Nav::Settings).await?,
        done: match caller.said() {
            CONNECTED => AppsDone::Connected,
            CONNECTED_OFF_CLOCK => AppsDone::ConnectedOffClock,
            DISCONNECTED => AppsDone::Disconnected,
            LEAVING => AppsDone::Leaving,
            LEAVING_SOME => AppsDone::LeavingSome,
            REST_LEFT => AppsDone::RestLeft,
            NOTHING_TO_DISCONNECT => AppsDone::NothingToDisconnect,
            RENAMED => AppsDone::Renamed,
            PREFERRED => AppsDone::Preferred,
            OFFERED => AppsDone::Offered,
            WITHDRAWN => AppsDone::Withdrawn,
            _ => AppsDone::Nothing,
        },
        history: history(&status.history, &moments),
        leaving: unfinished
            .iter()
            .map(|one| leaving(one, &moments))
            .collect(),
        zoom,
        problems: wrong,
    };
    Ok(draw(super::settings::status(&page.problems), &page))
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
    SignedIn { visitor, caller }: SignedIn,
    fields: Fields,
) -> Result<Response, PageError> {
    let actor = &visitor.actor;
    let id = match fields.get("connection_id") {
        "" => None,
        id => Some(named(id)?),
    };
    let said = match leave::leave(&web.app, actor, id, chosen(&fields)?).await {
        Err(Failure::Invalid(errors)) => {
            let id = id.ok_or_else(PageError::not_found)?;
            return page(&web, actor, &caller, Some((id, Refused::Target, errors))).await;
        }
        left => match left? {
            None => NOTHING_TO_DISCONNECT,
            Some(left) if left.left_over > 0 => LEAVING_SOME,
            Some(left) if left.removing > 0 => LEAVING,
            Some(_) => DISCONNECTED,
        },
    };
    Ok(see_other_saying(&web, links::APPS, said))
}

/// What is to become of the links; without a choice they stay.
fn chosen(fields: &Fields) -> Result<Links, PageError> {
    match fields.get("links") {
        "remove" => Ok(Links::Remove),
        "move" => Ok(Links::Move(named(fields.get("target"))?)),
        _ => Ok(Links::Keep),
    }
}

async fn leave_rest(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let left = leave::leave_rest(&web.app, &visitor.actor, named(&id)?).await?;
    let said = left.map_or(NOTHING_TO_DISCONNECT, |_| REST_LEFT);
    Ok(see_other_saying(&web, links::APPS, said))
}

async fn rename(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(id): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let (actor, id) = (&visitor.actor, named(&id)?);
    let typed = fields.get("name");
    match hosts::rename(&web.app, actor, id, typed).await {
        Err(Failure::Invalid(errors)) => {
            page(
                &web,
                actor,
                &caller,
                Some((id, Refused::Name(typed), errors)),
            )
            .await
        }
        done => {
            done?;
            Ok(see_other_saying(&web, links::APPS, RENAMED))
        }
    }
}

async fn prefer(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    hosts::make_default(&web.app, &visitor.actor, named(&id)?).await?;
    Ok(see_other_saying(&web, links::APPS, PREFERRED))
}

async fn offer(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    hosts::offer(&web.app, &visitor.actor, named(&id)?, HostsFor::Company).await?;
    Ok(see_other_saying(&web, links::APPS, OFFERED))
}

async fn withdraw(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(id): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    hosts::offer(&web.app, &visitor.actor, named(&id)?, HostsFor::Owner).await?;
    Ok(see_other_saying(&web, links::APPS, WITHDRAWN))
}

fn named(id: &str) -> Result<ConnectionId, PageError> {
    id.parse().map_err(|_| PageError::not_found())
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
    status: &Status,
    moments: &Moments,
) -> Result<ZoomState, Failure> {
    if !status.configured {
        return Ok(ZoomState::NotConfigured);
    }
    // Without the permission what can only be connected again is of no use.
    let usable = |c: &Connection| c.is_active() || actor.may_connect;
    let mut connected = Vec::new();
    for connection in status.connections.iter().filter(|c| usable(c)) {
        let linked = linked(web, actor, connection.id).await?;
        let usage = limits::usage(&web.app, &connection.zoom_user_id).await?;
        let uses = status.stand_in.takes(connection);
        let outlook = leave::outlook(&web.app, actor, connection).await?;
        connected.push(ZoomConnection {
            company_uses_it: uses,
            targets: targets(actor, &outlook),
            of_colleagues: outlook
                .links
                .saturating_sub(count(&linked, |state| state == MeetingState::Ready)),
            attention: (!connection.is_active())
                .then(|| attention(connection, &linked, &status.history, moments)),
            ..card(connection, &linked, usage, moments)
        });
    }
    Ok(match status.ended.as_ref().filter(|c| usable(c)) {
        _ if !connected.is_empty() => ZoomState::Connected(connected),
        Some(ended) => inactive(ended, &linked(web, actor, ended.id).await?, moments),
        None if actor.may_connect => ZoomState::NotConnected,
        None => ZoomState::NotPermitted(not_permitted(web, actor, moments).await?),
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

fn card(
    connection: &Connection,
    linked: &[Booked],
    usage: Usage,
    moments: &Moments,
) -> ZoomConnection {
    let has_link = |booked: &&Booked| {
        let meeting = booked.meeting.as_ref();
        meeting.is_some_and(|meeting| meeting.state == MeetingState::Ready)
    };
    ZoomConnection {
        id: connection.id.to_string(),
        called: connection.called().to_owned(),
        name: connection.name.clone().unwrap_or_default(),
        account: connection.account().to_owned(),
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
        offered: connection.hosts_for == HostsFor::Company,
        ..ZoomConnection::default()
    }
}

fn targets(actor: &Actor, outlook: &Outlook) -> Vec<TakesOver> {
    let targets = outlook.targets.iter().map(|target| TakesOver {
        id: target.id.to_string(),
        words: if target.person == actor.person {
            target.called().to_owned()
        } else {
            format!("{}, your company’s", target.called())
        },
    });
    targets.collect()
}

fn leaving(unfinished: &Unfinished, moments: &Moments) -> ZoomLeaving {
    let Unfinished {
        connection,
        leaving,
        remains,
    } = unfinished;
    ZoomLeaving {
        id: connection.id.to_string(),
        called: connection.called().to_owned(),
        since: moments.when(leaving.began_at),
        progress: match (remains.meetings, leaving.total) {
            (0, _) => "Everything is deleted. We look once more whether something turned up late."
                .to_owned(),
            (_, 1) => "1 Zoom meeting is still to be deleted.".to_owned(),
            (left, total) => format!("{left} of {total} Zoom meetings are still to be deleted."),
        },
        trouble: match (&remains.failure, remains.next_try_at) {
            (Some(why), Some(at)) => {
                format!("{why} Next try: {}.", moments.when(at).words)
            }
            (Some(why), None) => why.clone(),
            (None, _) => String::new(),
        },
    }
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
        account: connection.account().to_owned(),
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
    history: &[Event],
    moments: &Moments,
) -> ZoomAttention {
    let refused = history.iter();
    let refused = refused.filter(|event| event.kind == "zoom.needs_attention");
    let refused = refused.map(|event| event.at).max();
    ZoomAttention {
        refused: moments.when(refused.unwrap_or(connection.connected_at)),
        reason: connection.attention.clone().unwrap_or_default(),
        waiting: count(linked, waits),
    }
}

async fn not_permitted(
    web: &Web,
    actor: &Actor,
    moments: &Moments,
) -> Result<NotPermitted, Failure> {
    let company = companies::get(&web.app, actor).await?;
    let who_may = match company.connect_policy {
        ConnectPolicy::Admins => "only admins",
        ConnectPolicy::Chosen | ConnectPolicy::Everybody => "only people an admin has chosen",
    };
    Ok(NotPermitted {
        who_may: who_may.to_owned(),
        reason: super::permission::reason(web, actor).await?,
        request: super::permission::request(web, actor, moments).await?,
        company: company.name,
        admins: admins(web, actor).await?,
    })
}

/// The history of the connections among what happened to the person, newest first.
fn history(events: &[Event], moments: &Moments) -> Vec<ConnectionEvent> {
    let mut told: Vec<ConnectionEvent> = Vec::new();
    for event in events {
        let what = match event.kind.as_str() {
            "zoom.connected" => ConnectionEventKind::Connected,
            "zoom.disconnected" => ConnectionEventKind::Ended(EndedBy::User),
            "zoom.removed" => ConnectionEventKind::Ended(EndedBy::Zoom),
            "zoom.ended" => ConnectionEventKind::Ended(EndedBy::System),
            "zoom.needs_attention" => ConnectionEventKind::NeedsAttention(event.detail.clone()),
            "zoom.left" => ConnectionEventKind::Finished(event.detail.clone()),
            "zoom.taken_back" => ConnectionEventKind::TakenBack(event.detail.clone()),
            "zoom.changed" => ConnectionEventKind::Changed(event.detail.clone()),
            "zoom.offered" => ConnectionEventKind::Offered,
            "zoom.withdrawn" => ConnectionEventKind::Withdrawn,
            _ => continue,
        };
        told.push(ConnectionEvent {
            at: moments.when(event.at),
            what,
            account: event.detail.clone(),
        });
    }
    told
}
