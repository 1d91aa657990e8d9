//! Bookings: mine, one, and everything done to one.

mod form;
mod hosting;
mod meeting;
mod show;

use std::convert::Infallible;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use futures_util::Stream;
use jiff::SignedDuration;
use rooms_app::bookings::{self, Booked};
use rooms_app::{Change, Failure, calendar};
use rooms_core::BookingId;
use rooms_core::booking::BOOKABLE_DAYS_AHEAD;
use rooms_core::meeting::MeetingState;
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::my_bookings::{AgendaDay, AgendaRow, MyBookings, ZoomMark};
use tokio::sync::broadcast::error::RecvError;

pub(super) use hosting::{Plan, hosting};

use super::{PageError, draw, layout, words};
use crate::session::{Fields, SignedIn};
use crate::state::Web;

/// The routes of these pages.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::BOOKINGS, get(mine).post(form::book))
        .route(links::NEW_BOOKING, get(form::new))
        .route("/bookings/{id}", get(show::show).post(form::change))
        .route("/bookings/{id}/change", get(form::edit))
        .route("/bookings/{id}/cancellation", post(cancel))
        .route("/bookings/{id}/undo", post(undo))
        .route("/bookings/{id}/meeting/acceptance", post(meeting::accept))
        .route("/bookings/{id}/meeting/host", post(meeting::host))
        .route("/bookings/{id}/meeting/removal", post(meeting::remove))
        .route("/bookings/{id}/meeting/{what}", post(meeting::act))
        .route("/bookings/{id}/calendar.ics", get(calendar_file))
        .route("/bookings/{id}/events", get(events))
}

/// An id in an address; one that is none leads nowhere.
fn id(text: &str) -> Result<BookingId, PageError> {
    text.parse().map_err(|_| PageError::not_found())
}

/// How far back "my bookings" looks.
const PAST: SignedDuration = SignedDuration::from_hours(24 * 90);

async fn mine(
    State(web): State<Web>,
    SignedIn { visitor, caller }: SignedIn,
) -> Result<Response, PageError> {
    let now = web.app.now();
    let from = now.saturating_sub(PAST).unwrap_or(now);
    let to = SignedDuration::from_hours(24 * (BOOKABLE_DAYS_AHEAD + 1));
    let to = now.saturating_add(to).unwrap_or(now);
    let all = bookings::mine(&web.app, &visitor.actor, from, to).await?;
    let (upcoming, mut past): (Vec<Booked>, Vec<Booked>) = all.into_iter().partition(|booked| {
        booked.booking.state.takes_the_room() && booked.booking.slot.ends_at > now
    });
    past.reverse();
    let page = MyBookings {
        layout: layout(&web, &caller, "My bookings", Nav::MyBookings).await?,
        upcoming: agenda(&upcoming, now),
        past: agenda(&past, now),
        older_href: None,
    };
    Ok(draw(StatusCode::OK, &page))
}

fn agenda(booked: &[Booked], now: jiff::Timestamp) -> Vec<AgendaDay> {
    let mut days: Vec<AgendaDay> = Vec::new();
    for Booked { booking, meeting } in booked {
        let at = booking.slot.starts_at;
        let today = booking.zone.date(at) == booking.zone.date(now);
        let words = if today {
            "Today".to_owned()
        } else {
            words::day(&booking.zone, at, now)
        };
        let row = AgendaRow {
            id: booking.id.to_string(),
            time: words::times(&booking.zone, booking.slot),
            title: booking.title.clone(),
            place: format!("{}, {}", booking.room_name, booking.site_name),
            state: show::state(booking, now),
            zoom: match meeting
                .as_ref()
                .map(|meeting| (meeting.state, &meeting.join_url))
            {
                Some((MeetingState::Ready, Some(url))) => ZoomMark::Ready {
                    join_url: url.clone(),
                },
                Some((MeetingState::Pending | MeetingState::Uncertain, _)) => ZoomMark::Pending,
                Some((MeetingState::Failed, _)) => ZoomMark::Failed,
                Some((MeetingState::Detached, _)) => ZoomMark::Detached,
                _ => ZoomMark::None,
            },
        };
        match days.last_mut().filter(|day| day.words == words) {
            Some(day) => day.bookings.push(row),
            None => days.push(AgendaDay {
                words,
                bookings: vec![row],
            }),
        }
    }
    days
}

async fn cancel(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(text): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let id = id(&text)?;
    bookings::cancel(
        &web.app,
        &visitor.actor,
        id,
        Some(fields.get("reason")),
        None,
    )
    .await?;
    Ok(Redirect::to(&format!("{}?done=cancelled", links::booking(id))).into_response())
}

async fn undo(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(text): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    let old = id(&text)?;
    match bookings::book_again(&web.app, &visitor.actor, old).await {
        Ok(booked) => Ok(Redirect::to(&links::booking(booked.booking.id)).into_response()),
        // Somebody was quicker, or it is over: the form opens with the same words.
        Err(
            Failure::RoomTaken(_)
            | Failure::ZoomHostsBusy(_)
            | Failure::Invalid(_)
            | Failure::Conflict(_),
        ) => {
            let booked = bookings::get(&web.app, &visitor.actor, old).await?;
            Ok(Redirect::to(&show::again(&booked.booking)).into_response())
        }
        Err(failure) => Err(failure.into()),
    }
}

async fn calendar_file(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(text): Path<String>,
) -> Result<Response, PageError> {
    let booked = bookings::get(&web.app, &visitor.actor, id(&text)?).await?;
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/calendar; charset=utf-8".to_owned(),
        ),
        (
            header::CONTENT_DISPOSITION,
            format!("attachment; filename=\"{text}.ics\""),
        ),
    ];
    Ok((headers, calendar::entry(&web.app, &booked)).into_response())
}

/// Says `meeting` whenever the booking or its meeting changes, until the server stops.
async fn events(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(text): Path<String>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, PageError> {
    let id = id(&text)?;
    let changes = web.app.store().changes();
    bookings::get(&web.app, &visitor.actor, id).await?;
    let stop = web.app.stop().clone();
    let stream =
        futures_util::stream::unfold((changes, stop), move |(mut changes, stop)| async move {
            loop {
                tokio::select! {
                    () = stop.cancelled() => return None,
                    heard = changes.recv() => match heard {
                        Ok(Change::Booking(which)) if which == id => break,
                        // Some were missed: better to look once too often.
                        Err(RecvError::Lagged(_)) => break,
                        Err(RecvError::Closed) => return None,
                        Ok(_) => {}
                    },
                }
            }
            let event = Event::default().event("meeting").data("changed");
            Some((Ok(event), (changes, stop)))
        });
    Ok(Sse::new(stream).keep_alive(KeepAlive::default()))
}
