//! Which rooms are free.
#![expect(unused_qualifications, reason = "the macro writes more than is needed")]

use axum::Json;
use axum::extract::State;
use rooms_app::Failure;
use rooms_app::bookings::find::{self, FreeRoom, Wanted};
use rooms_core::booking::BOOKABLE_DAYS_AHEAD;
use rooms_core::room::{CAPACITY_MAX, EQUIPMENT_MAX};
use rooms_core::{Actor, FieldErrors, Slot, text};
use utoipa::IntoParams;

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::wire::AvailableRoom;
use crate::problem::Problem;
use crate::state::Web;

/// The longest text of one `equipment` parameter.
const EQUIPMENT_TEXT_MAX: usize = 1200;

/// What has to be free.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes what is read below")]
pub(super) struct Params {
    /// From this instant on.
    #[param(format = DateTime)]
    from: String,
    /// Until this instant. Nothing is free in a time that ends before it begins.
    #[param(format = DateTime)]
    to: String,
    /// For at least so many people.
    #[param(required = false, minimum = 1, maximum = 10000)]
    capacity: i64,
    /// With all of this: repeated, or separated by commas.
    #[param(required = false, style = Form, explode, max_items = 30)]
    equipment: Vec<WantedEquipment>,
    /// At this site.
    #[param(required = false, pattern = "^si_[0-9a-f]{32}$")]
    site_id: String,
}

/// Something that has to be in the room; several where commas separate them.
#[derive(Debug, utoipa::ToSchema)]
#[schema(max_length = 1200, pattern = "LINE")]
#[expect(dead_code, reason = "describes an item of a list")]
pub(super) struct WantedEquipment(String);

/// Rooms in use that are free all of the time and have all that is wanted.
#[utoipa::path(get, path = "/api/v1/availability", operation_id = "list_available_rooms",
    tag = "bookings", summary = "Find free rooms", params(Params, PagingParams),
    responses((status = 200, description = "Rooms, the smallest that fit first.",
        body = inline(super::document::Items<AvailableRoom>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<AvailableRoom>>, Problem> {
    let paging = query.paging();
    let (from, to) = (query.required_instant("from"), query.required_instant("to"));
    let capacity = query.number("capacity", 1, CAPACITY_MAX);
    let named = query.all("equipment");
    let site = query.id("site_id", "site")?;
    query.end()?;
    let wanted = Wanted {
        site,
        capacity,
        equipment: equipment(&named)?,
    };
    let found = match from.zip(to).and_then(|(from, to)| Slot::new(from, to)) {
        Some(slot) => free(&web, &actor, slot, &wanted).await?,
        None => Vec::new(),
    };
    let place = |free: &FreeRoom| Cursor {
        order: free.room.capacity,
        id: free.room.id.uuid(),
    };
    Ok(Json(paging.page_of_all(found, place, AvailableRoom::from)))
}

/// No room is free for longer than it could be booked.
async fn free(
    web: &Web,
    actor: &Actor,
    slot: Slot,
    wanted: &Wanted,
) -> Result<Vec<FreeRoom>, Failure> {
    if slot.length().as_hours() > 24 * BOOKABLE_DAYS_AHEAD {
        return Ok(Vec::new());
    }
    find::available(&web.app, actor, slot, wanted).await
}

fn equipment(named: &[String]) -> Result<Vec<String>, FieldErrors> {
    let mut wanted = Vec::new();
    for text in named {
        let line = text::line("equipment", text, EQUIPMENT_TEXT_MAX)?;
        let items = line.split(',').map(|item| item.trim().to_lowercase());
        wanted.extend(items.filter(|item| !item.is_empty()));
    }
    if wanted.len() > EQUIPMENT_MAX {
        let words = format!("Name at most {EQUIPMENT_MAX} pieces of equipment.");
        return Err(FieldErrors::one("equipment", "too_many", words));
    }
    Ok(wanted)
}
