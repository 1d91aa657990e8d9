//! Rooms.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use rooms_app::companies::admins_only;
use rooms_app::rooms;
use rooms_core::room::{BookableHours, RoomDraft, RoomState};
use rooms_core::{FieldErrors, RoomId, SiteId};

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::sent::Sent;
use super::wire::{NewRoom, OpenOrRetired, Room, RoomChange, Week};
use super::{Named, created, id, precondition, tagged};
use crate::problem::Problem;
use crate::state::Web;

/// The company's rooms, retired ones too.
#[utoipa::path(get, path = "/api/v1/rooms", operation_id = "list_rooms", tag = "rooms",
    summary = "List rooms", params(PagingParams),
    responses((status = 200, description = "Rooms, oldest first.", body = inline(super::document::Items<Room>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<Room>>, Problem> {
    let paging = query.paging();
    query.end()?;
    let rooms = rooms::list(&web.app, &actor).await?;
    let place = |room: &rooms_core::room::Room| Cursor {
        order: 0,
        id: room.id.uuid(),
    };
    Ok(Json(paging.page_of_all(rooms, place, Room::from)))
}

/// For admins.
#[utoipa::path(post, path = "/api/v1/rooms", operation_id = "add_room", tag = "rooms",
    summary = "Add a room", request_body = NewRoom,
    responses((status = 201, description = "The new room.", body = Room)))]
pub(super) async fn add(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    sent: Sent,
) -> Result<Response, Problem> {
    admins_only(&actor)?;
    let (new, once): (NewRoom, _) = sent.read_once(&web, &actor).await?;
    let site: SiteId = id(&new.site_id, "site")?;
    rooms::site(&web.app, &actor, site).await?;
    let hours = new.bookable_hours.as_ref().map(hours).transpose()?;
    let hours = hours.unwrap_or_default();
    let draft = RoomDraft::parse(&new.name, new.capacity, &new.equipment, hours)?;
    let room = rooms::add(&web.app, &actor, site, draft, once.key()?).await?;
    let at = format!("/api/v1/rooms/{}", room.id);
    Ok(created(&at, tagged(room.revision, &Room::from(room))))
}

/// One room, with the `ETag` to change it by.
#[utoipa::path(get, path = "/api/v1/rooms/{id}", operation_id = "get_room", tag = "rooms",
    summary = "Read a room",
    params(("id" = String, Path, description = "The room's id.", pattern = "^rm_[0-9a-f]{32}$")),
    responses((status = 200, description = "The room.", body = Room)))]
pub(super) async fn get(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    Named(room): Named,
    query: Query,
) -> Result<Response, Problem> {
    let room = rooms::get(&web.app, &actor, id::<RoomId>(&room, "room")?).await?;
    query.end()?;
    Ok(tagged(room.revision, &Room::from(room)))
}

/// For admins. What is left out stays; bookings made before stay as they are.
#[utoipa::path(patch, path = "/api/v1/rooms/{id}", operation_id = "change_room", tag = "rooms",
    summary = "Change a room", request_body = RoomChange,
    params(("id" = String, Path, description = "The room's id.", pattern = "^rm_[0-9a-f]{32}$")),
    responses((status = 200, description = "The room as it is now.", body = Room)))]
pub(super) async fn change(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    Named(room): Named,
    sent: Sent,
) -> Result<Response, Problem> {
    let room = rooms::get(&web.app, &actor, id::<RoomId>(&room, "room")?).await?;
    admins_only(&actor)?;
    let revision = precondition(sent.headers(), room.revision)?;
    let wanted: RoomChange = sent.read(&web, &actor).await?;
    let site = wanted.site_id.map(|site| id::<SiteId>(&site, "site"));
    let change = rooms::RoomChange {
        site: site.transpose()?,
        name: wanted.name,
        capacity: wanted.capacity,
        equipment: wanted.equipment,
        hours: wanted.bookable_hours.as_ref().map(hours).transpose()?,
        state: wanted.state.map(|state| match state {
            OpenOrRetired::Open => RoomState::Open,
            OpenOrRetired::Retired => RoomState::Retired,
        }),
    };
    let room = rooms::change(&web.app, &actor, room.id, change, revision).await?;
    Ok(tagged(room.revision, &Room::from(room)))
}

fn hours(week: &Week) -> Result<BookableHours, FieldErrors> {
    week.read().ok_or_else(|| {
        let words = "Send seven days, each null or like {\"from\": \"08:00\", \"minutes\": 600}.";
        FieldErrors::one("bookable_hours", "not_hours", words)
    })
}
