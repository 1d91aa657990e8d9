//! The booking form: new, changed, and refused with everything still in it.

mod draw;
mod refusal;
mod typed;

use axum::extract::{Path, RawQuery, State};
use axum::response::{IntoResponse, Redirect, Response};
use rooms_app::bookings::{self, Booked};
use rooms_app::{Failure, Idempotency};
use rooms_core::Actor;
use rooms_core::booking::Change;
use rooms_views::links;

use self::draw::Form;
use self::typed::Typed;
use super::hosting::host_now;
use super::id;
use crate::pages::PageError;
use crate::session::{Caller, Fields, SignedForm, SignedIn};
use crate::state::Web;

/// Whether the form is only to be drawn again with what was typed, to see who would host.
fn asks_only(fields: &Fields) -> bool {
    !fields.get("look").is_empty()
}

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
        ..Form::default()
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
    if asks_only(&fields) {
        let form = Form {
            typed,
            ..Form::default()
        };
        return form.draw(&web, &visitor.actor, &caller).await;
    }
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
                failure: Some(failure),
                ..Form::default()
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
    let booked = bookings::get(&web.app, &visitor.actor, id(&text)?).await?;
    let booking = &booked.booking;
    if !visitor
        .actor
        .may_change(booking.organizer.id, booking.booker.id)
    {
        let why = "only its organizer, its booker or an admin may change it";
        return Err(Failure::Forbidden(why).into());
    }
    let typed = match query.filter(|query| !query.is_empty()) {
        Some(query) => Typed::read(&Fields::parse(query.as_bytes())),
        None => Typed::of(booking),
    };
    let form = Form {
        typed,
        host: host_now(&booked),
        booking: Some(booked.booking),
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
    let before = bookings::changeable(&web.app, actor, id).await?;
    let typed = Typed::read(&fields);
    if asks_only(&fields) {
        let form = Form {
            typed,
            host: host_now(&before),
            booking: Some(before.booking),
            failure: None,
        };
        return form.draw(&web, actor, &caller).await;
    }
    let changed = match typed.request(&web, actor).await {
        Ok(request) => {
            let change = Change {
                room: Some(request.room),
                title: Some(request.title),
                starts_at: Some(request.starts_at),
                ends_at: Some(request.ends_at),
                conference: Some(request.conference),
                host: request.host,
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
                host: host_now(&before),
                booking: Some(before.booking),
                failure: Some(failure),
            };
            form.draw(&web, actor, &caller).await
        }
    }
}

/// The form with a change that was refused, though nobody typed it.
pub(super) async fn refused_change(
    web: &Web,
    actor: &Actor,
    caller: &Caller,
    before: Booked,
    change: Change,
    failure: Failure,
) -> Result<Response, PageError> {
    let mut asked = before.booking.clone();
    asked.title = change.title.unwrap_or(asked.title);
    asked.slot.starts_at = change.starts_at.unwrap_or(asked.slot.starts_at);
    asked.slot.ends_at = change.ends_at.unwrap_or(asked.slot.ends_at);
    let form = Form {
        typed: Typed::of(&asked),
        host: change.host.or_else(|| host_now(&before)),
        booking: Some(before.booking),
        failure: Some(failure),
    };
    form.draw(web, actor, caller).await
}
