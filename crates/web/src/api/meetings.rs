//! What is done about the meeting of a booking: the twins of the buttons on its page.

use axum::extract::State;
use axum::response::Response;
use rooms_app::bookings;
use rooms_app::bookings::link::{self, LinkAction};

use super::bookings::Changeable;
use super::sent::Sent;
use super::tagged;
use super::wire::{Booking, Nothing};
use crate::problem::Problem;
use crate::state::Web;

async fn act(
    web: &Web,
    Changeable { actor, booking }: Changeable,
    action: LinkAction,
    sent: Sent,
) -> Result<Response, Problem> {
    let (Nothing {}, once) = sent.optional().read_once(web, &actor).await?;
    let booked = link::act(&web.app, &actor, booking.id, action, once.key()?).await?;
    Ok(tagged(booked.booking.revision, &Booking::from(booked)))
}

/// What failed starts over, and what waits is tried at once. For its organizer, its booker and admins.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/meeting/attempts", operation_id = "retry_meeting",
    tag = "bookings", summary = "Ask Zoom again now", request_body = Nothing,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn retry(
    State(web): State<Web>,
    found: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    act(&web, found, LinkAction::Retry, sent).await
}

/// A second meeting takes the place of the first, which is deleted in Zoom. For its organizer, its booker and admins.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/meeting/replacement", operation_id = "replace_meeting",
    tag = "bookings", summary = "Make another link", request_body = Nothing,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn renew(
    State(web): State<Web>,
    found: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    act(&web, found, LinkAction::Renew, sent).await
}

/// For a meeting that was changed in Zoom. For its organizer, its booker and admins.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/meeting/restoration", operation_id = "restore_meeting",
    tag = "bookings", summary = "Tell Zoom again what the booking says", request_body = Nothing,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn restore(
    State(web): State<Web>,
    found: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    act(&web, found, LinkAction::Restore, sent).await
}

/// For one whose deletion does not succeed: it is not tried any more. For its organizer, its booker and admins.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/meeting/release", operation_id = "release_meeting",
    tag = "bookings", summary = "Leave the meeting in Zoom", request_body = Nothing,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn release(
    State(web): State<Web>,
    found: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    act(&web, found, LinkAction::Release, sent).await
}

/// Moves and renames the booking to what Zoom has, by the rules of every change.
#[utoipa::path(post, path = "/api/v1/bookings/{id}/meeting/acceptance", operation_id = "accept_meeting",
    tag = "bookings", summary = "Take Zoom's time", request_body = Nothing,
    params(("id" = String, Path, description = "The booking's id.", pattern = "^bk_[0-9a-f]{32}$")),
    responses((status = 200, description = "The booking as it is now.", body = Booking)))]
pub(super) async fn accept(
    State(web): State<Web>,
    found: Changeable,
    sent: Sent,
) -> Result<Response, Problem> {
    let Changeable { actor, booking } = found;
    let (Nothing {}, once) = sent.optional().read_once(&web, &actor).await?;
    let booked = bookings::take_zooms(&web.app, &actor, booking.id, once.key()?).await?;
    Ok(tagged(booked.booking.revision, &Booking::from(booked)))
}
