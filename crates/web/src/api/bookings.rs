//! Bookings.
#![expect(unused_qualifications, reason = "the macro writes more than is needed")]

use axum::Json;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use rooms_app::Failure;
use rooms_app::bookings::{self, Booked, List};
use rooms_core::booking::{Booking as Recorded, Change, Request, Who};
use rooms_core::{Actor, BookingId, ConnectionId, FieldErrors, RoomId};
use utoipa::IntoParams;

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::sent::Sent;
use super::wire::{Booking, BookingChange, Cancellation, NewBooking};
use super::{Named, created, id, precondition, tagged};
use crate::problem::Problem;
use crate::state::Web;

/// Which bookings are wanted.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what is read below")]
pub(super) struct Params {
    /// Of this room only.
    #[param(required = false, pattern = "^rm_[0-9a-f]{32}$")]
    room_id: String,
    /// That end after this instant.
    #[param(required = false, format = DateTime)]
    from: String,
    /// That start before this instant.
    #[param(required = false, format = DateTime)]
    to: String,
}

/// The company's bookings in every state.
#[utoipa::path(get, path = "/api/v1/bookings", operation_id = "list_bookings", tag = "bookings",
    summary = "List bookings", params(Params, PagingParams),
    responses((status = 200, description = "Bookings, by start.", body = inline(super::document::Items<Booking>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<Booking>>, Problem> {
    let paging = query.paging();
    let wanted = List {
        room: query.id("room_id", "room")?,
        from: query.instant("from").unwrap_or(Timestamp::MIN),
        to: query.instant("to").unwrap_or(Timestamp::MAX),
        after: paging
            .after
            .map(|place| (instant(place.order), BookingId::from_uuid(place.id))),
        limit: paging.limit + 1,
    };
    query.end()?;
    let found = bookings::list(&web.app, &actor, wanted).await?;
    let place = |booked: &Booked| Cursor {
        order: booked.booking.slot.starts_at.as_microsecond(),
        id: booked.booking.id.uuid(),
    };
    Ok(Json(paging.page(found, place, Booking::from)))
}

/// An instant of a cursor, which may be anything.
fn instant(micros: i64) -> Timestamp {
    Timestamp::from_microsecond(micros).unwrap_or(if micros < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The room is taken when the answer comes; with Zoom the link follows, usually within a second.
#[utoipa::path(post, path = "/api/v1/bookings", operation_id = "book_room", tag = "bookings",
    summary = "Book a room", request_body = NewBooking,
    responses((status = 201, description = "The booking.", body = Booking)))]
pub(super) async fn book(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    sent: Sent,
) -> Result<Response, Problem> {
    let (new, once): (NewBooking, _) = sent.read_once(&web, &actor).await?;
    let request = Request {
        room: id(&new.room_id, "room")?,
        title: new.title,
        starts_at: new.starts_at.0,
        ends_at: new.ends_at.0,
        conference: new.conference.map(Into::into),
        host: host(new.connection_id)?,
        organizer: new.organizer.map(who),
        invitees: new.invitees,
    };
    let booked = bookings::book(&web.app, &actor, request, once.key()?).await;
    let booked = booked.map_err(refused)?;
    let at = format!("/api/v1/bookings/{}", booked.booking.id);
    Ok(created(
        &at,
        tagged(booked.booking.revision, &Booking::from(booked)),
    ))
}

/// Somebody who is not there is not found, as everything else that is named by id, and before what
/// else is wrong.
fn refused(failure: Failure) -> Problem {
    let Failure::Invalid(FieldErrors(errors)) = &failure else {
        return failure.into();
    };
    let unknown = errors.iter().filter(|error| error.field == "organizer");
    let unknown = FieldErrors(unknown.cloned().collect());
    if unknown.is_empty() {
        return failure.into();
    }
    Problem {
        status: StatusCode::NOT_FOUND,
        kind: "not-found",
        title: "There is no such thing",
        ..Problem::invalid(&unknown)
    }
}

/// The booking an address names, which the caller may change.
#[derive(Debug)]
pub(super) struct Changeable {
    /// Who asks.
    pub(super) actor: Actor,
    /// What they may change.
    pub(super) booking: Recorded,
}

impl FromRequestParts<Web> for Changeable {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Authorized(actor) = Authorized::from_request_parts(parts, web).await?;
        let Named(booking) = Named::from_request_parts(parts, web).await?;
        let found = bookings::changeable(&web.app, &actor, id(&booking, "booking")?).await?;
        let booking = found.booking;
        Ok(Self { actor, booking })
    }
}

/// The connection that is to host, if one was named.
fn host(named: Option<String>) -> Result<Option<ConnectionId>, Problem> {
    named.map(|named| id(&named, "connection")).transpose()
}

/// Whom a text names: an id, or else an address.
fn who(text: String) -> Who {
    text.parse().map_or(Who::Email(text), Who::Id)
}

/// One booking, with the `ETag` to change it by.
#[utoipa::path(get, path = "/api/v1/bookings/{id}", operation_id = "get_booking", tag = "bookings",
    summary = "Read a booking",
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking.", body = Booking)))]
pub(super) async fn get(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    Named(booking): Named,
    query: Query,
) -> Result<Response, Problem> {
    let booked = bookings::get(&web.app, &actor, id(&booking, "booking")?).await?;
    query.end()?;
    Ok(tagged(booked.booking.revision, &Booking::from(booked)))
}

/// What is left out stays. For its organizer, its booker and admins; Zoom is told.
#[utoipa::path(patch, path = "/api/v1/bookings/{id}", operation_id = "change_booking",
    tag = "bookings", summary = "Change a booking", request_body = BookingChange,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn change(
    State(web): State<Web>,
    Changeable { actor, booking }: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    let revision = precondition(sent.headers(), booking.revision)?;
    let wanted: BookingChange = sent.read(&web, &actor).await?;
    let room = wanted.room_id.map(|room| id::<RoomId>(&room, "room"));
    let change = Change {
        room: room.transpose()?,
        title: wanted.title,
        starts_at: wanted.starts_at.map(|at| at.0),
        ends_at: wanted.ends_at.map(|at| at.0),
        conference: wanted.conference.map(|it| it.map(Into::into)),
        host: host(wanted.connection_id)?,
        organizer: wanted.organizer.map(who),
        invitees: wanted.invitees,
    };
    let booked = bookings::change(&web.app, &actor, booking.id, change, revision).await;
    let booked = booked.map_err(refused)?;
    Ok(tagged(booked.booking.revision, &Booking::from(booked)))
}

/// The room is free at once, and the meeting is deleted in Zoom. Cancelling again changes nothing.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/cancellation", operation_id = "cancel_booking",
    tag = "bookings", summary = "Cancel a booking", request_body = Cancellation,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn cancel(
    State(web): State<Web>,
    Changeable { actor, booking }: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    let (Cancellation { reason }, once) = sent.optional().read_once(&web, &actor).await?;
    let (reason, key) = (reason.as_deref(), once.key()?);
    let booked = bookings::cancel(&web.app, &actor, booking.id, reason, key).await?;
    Ok(tagged(booked.booking.revision, &Booking::from(booked)))
}

/// The booking for calendars (RFC 5545).
#[utoipa::path(get, path = "/api/v1/bookings/{id}/calendar.ics", operation_id = "get_calendar",
    tag = "bookings", summary = "Read a booking as a calendar entry",
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "A calendar with one entry.", body = String,
        content_type = "text/calendar")))]
pub(super) async fn calendar(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    Named(booking): Named,
    query: Query,
) -> Result<Response, Problem> {
    let booked = bookings::get(&web.app, &actor, id(&booking, "booking")?).await?;
    query.end()?;
    let headers = [
        (header::CONTENT_TYPE, "text/calendar; charset=utf-8"),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"booking.ics\"",
        ),
    ];
    Ok((headers, rooms_app::calendar::entry(&web.app, &booked)).into_response())
}
