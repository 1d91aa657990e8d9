//! The booking form: new, changed, and refused with everything still in it.

mod draw;
mod refusal;
mod typed;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use rooms_app::{Failure, Idempotency, bookings};
use rooms_core::booking::Change;

use self::draw::Form;
use self::typed::Typed;
use super::id;
use crate::links;
use crate::pages::PageError;
use crate::session::{Fields, SignedForm, SignedIn};
use crate::state::Web;

/// `GET /bookings/new`: empty, or filled from the query.
pub(super) async fn new(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes());
    let mut typed = Typed::read(&fields);
    if typed.key.is_empty() {
        typed.key = web.app.new_id().to_string();
    }
    let form = Form {
        typed,
        booking: None,
        failure: None,
    };
    form.draw(&web, &visitor.actor, &caller).await
}

/// `POST /bookings`.
pub(super) async fn book(
    State(web): State<Web>,
    SignedForm {
        visitor,
        caller,
        fields,
    }: SignedForm,
) -> Result<Response, PageError> {
    let typed = Typed::read(&fields);
    let key = match typed.key.as_str() {
        "" => None,
        key => Idempotency::parse(key, "POST /bookings", fields.to_query().as_bytes()).ok(),
    };
    let booked = match typed.request(&web, &visitor.actor).await {
        Ok(request) => bookings::book(&web.app, &visitor.actor, request, key).await,
        Err(failure) => Err(failure),
    };
    match booked {
        Ok(booked) => Ok(Redirect::to(&links::booking(booked.booking.id)).into_response()),
        Err(failure) => {
            let form = Form {
                typed,
                booking: None,
                failure: Some(failure),
            };
            form.draw(&web, &visitor.actor, &caller).await
        }
    }
}

/// `GET /bookings/{id}/change`: as it is, or filled from the query.
pub(super) async fn edit(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
    Path(text): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let booking = bookings::get(&web.app, &visitor.actor, id(&text)?)
        .await?
        .booking;
    if !visitor
        .actor
        .may_change(booking.organizer.id, booking.booker.id)
    {
        let why = "only its organizer, its booker or an admin may change it";
        return Err(Failure::Forbidden(why).into());
    }
    let typed = match query.filter(|query| !query.is_empty()) {
        Some(query) => Typed::read(&Fields::parse(query.as_bytes())),
        None => Typed::of(&booking),
    };
    let form = Form {
        typed,
        booking: Some(booking),
        failure: None,
    };
    form.draw(&web, &visitor.actor, &caller).await
}

/// `POST /bookings/{id}`.
pub(super) async fn change(
    State(web): State<Web>,
    Path(text): Path<String>,
    SignedForm {
        visitor,
        caller,
        fields,
    }: SignedForm,
) -> Result<Response, PageError> {
    let id = id(&text)?;
    let actor = &visitor.actor;
    let before = bookings::get(&web.app, actor, id).await?.booking;
    let typed = Typed::read(&fields);
    let changed = match typed.request(&web, actor).await {
        Ok(request) => {
            let change = Change {
                room: Some(request.room),
                title: Some(request.title),
                starts_at: Some(request.starts_at),
                ends_at: Some(request.ends_at),
                conference: Some(request.conference),
                organizer: request.organizer,
                invitees: Some(request.invitees),
            };
            bookings::change(&web.app, actor, id, change, typed.version.parse().ok()).await
        }
        Err(failure) => Err(failure),
    };
    match changed {
        Ok(_) => Ok(Redirect::to(&format!("{}?done=changed", links::booking(id))).into_response()),
        Err(failure) => {
            let form = Form {
                typed,
                booking: Some(before),
                failure: Some(failure),
            };
            form.draw(&web, actor, &caller).await
        }
    }
}
