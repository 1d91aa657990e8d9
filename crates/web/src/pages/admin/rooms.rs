//! Rooms: the list, adding and changing one, retiring it.

use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use jiff::SignedDuration;
use rooms_app::rooms::{self, RoomChange};
use rooms_app::{Failure, bookings};
use rooms_core::booking::BOOKABLE_DAYS_AHEAD;
use rooms_core::room::{Room, RoomDraft, RoomState, Site};
use rooms_core::{FieldErrors, SiteId};
use rooms_views::admin::{
    HoursForm, RoomGroup, RoomHead, RoomPage, RoomRow, RoomRowState, RoomsPage,
};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::{Choice, Problems};

use super::{Admin, equipment, hours, saying};
use crate::pages::settings::status;
use crate::pages::{PageError, draw, id, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_ROOMS, get(list).post(add))
        .route("/admin/rooms/new", get(new))
        .route("/admin/rooms/{id}", get(show).post(change))
        .route("/admin/rooms/{id}/retirement", post(retire))
        .route("/admin/rooms/{id}/reopening", post(reopen))
}

async fn list(
    State(web): State<Web>,
    admin: Admin,
    RawQuery(query): RawQuery,
) -> Result<Response, PageError> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes());
    let sites = rooms::sites(&web.app, &admin.actor).await?;
    let rooms = rooms::list(&web.app, &admin.actor).await?;
    let total = rooms.len();
    let (site, state) = (asked.get("site"), asked.get("state"));
    let page = RoomsPage {
        layout: layout(&web, &admin.caller, "Rooms", Nav::Admin).await?,
        groups: groups(rooms.into_iter().filter(|room| fits(room, &asked))),
        total,
        q: asked.get("q").to_owned(),
        sites: with_all("All sites", site_choices(&sites, site), site),
        states: with_all(
            "Open and retired",
            [("open", "Open"), ("retired", "Retired")]
                .map(|(value, words)| Choice::new(value, words).chosen(state == value))
                .to_vec(),
            state,
        ),
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

fn with_all(words: &str, mut choices: Vec<Choice>, chosen: &str) -> Vec<Choice> {
    choices.insert(0, Choice::new("", words).chosen(chosen.is_empty()));
    choices
}

fn site_choices(sites: &[Site], chosen: &str) -> Vec<Choice> {
    let choice = |site: &Site| {
        let id = site.id.to_string();
        let is_chosen = id == chosen;
        Choice::new(id, site.name.clone()).chosen(is_chosen)
    };
    sites.iter().map(choice).collect()
}

fn fits(room: &Room, asked: &Fields) -> bool {
    let name = asked.get("q").trim().to_lowercase();
    let (site, state) = (asked.get("site"), asked.get("state"));
    room.name.to_lowercase().contains(&name)
        && (site.is_empty() || room.site.to_string() == site)
        && (state.is_empty() || room.state.as_str() == state)
}

/// Rooms by site, in the order they come in.
fn groups(rooms: impl Iterator<Item = Room>) -> Vec<RoomGroup> {
    let mut groups: Vec<RoomGroup> = Vec::new();
    for room in rooms {
        let heading = format!("{}, {}", room.site_name, room.zone.name());
        let row = RoomRow {
            id: room.id.to_string(),
            capacity: u32::try_from(room.capacity).unwrap_or(0),
            equipment: room.equipment.join(", "),
            hours: hours::words(&room.hours),
            state: match room.state {
                RoomState::Open => RoomRowState::Open,
                RoomState::Retired => RoomRowState::Retired,
            },
            name: room.name,
        };
        match groups.last_mut() {
            Some(group) if group.heading == heading => group.rooms.push(row),
            _ => groups.push(RoomGroup {
                heading,
                rooms: vec![row],
            }),
        }
    }
    groups
}

/// What the form of a room shows.
#[derive(Default)]
struct Shown {
    name: String,
    capacity: String,
    site: String,
    equipment: Vec<String>,
    hours: HoursForm,
}

impl Shown {
    fn of(room: &Room) -> Self {
        Self {
            name: room.name.clone(),
            capacity: room.capacity.to_string(),
            site: room.site.to_string(),
            equipment: room.equipment.clone(),
            hours: hours::form(&room.hours),
        }
    }

    fn typed(fields: &Fields) -> Self {
        Self {
            name: fields.get("name").to_owned(),
            capacity: fields.get("capacity").to_owned(),
            site: fields.get("site_id").to_owned(),
            equipment: fields.all("equipment").map(str::to_owned).collect(),
            hours: hours::typed(fields),
        }
    }
}

/// Reads the form of a room.
fn read(fields: &Fields) -> Result<(SiteId, RoomDraft), FieldErrors> {
    let mut errors = FieldErrors::default();
    let seats = fields.get("capacity").trim().parse().unwrap_or(0);
    let equipment: Vec<String> = fields.all("equipment").map(str::to_owned).collect();
    let opens = errors.keep(hours::parse(fields));
    let draft = RoomDraft::parse(
        fields.get("name"),
        seats,
        &equipment,
        opens.unwrap_or_default(),
    );
    let draft = errors.keep(draft);
    let unknown = |_| FieldErrors::one("site_id", "unknown", "Choose a site.");
    let site = errors.keep(fields.get("site_id").parse().map_err(unknown));
    match (site, draft) {
        (Some(site), Some(draft)) if errors.is_empty() => Ok((site, draft)),
        _ => Err(errors),
    }
}

async fn new(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let shown = Shown {
        hours: HoursForm::always(),
        ..Shown::default()
    };
    page(&web, &admin, None, shown, Problems::none()).await
}

async fn add(State(web): State<Web>, admin: Admin, fields: Fields) -> Result<Response, PageError> {
    let added = match read(&fields) {
        Ok((site, draft)) => rooms::add(&web.app, &admin.actor, site, draft, None).await,
        Err(errors) => Err(errors.into()),
    };
    match added {
        Ok(room) => {
            let done = format!("{} is added and can be booked.", room.name);
            Ok(see_other_saying(
                &web,
                links::ADMIN_ROOMS,
                &saying(&[("done", &done)]),
            ))
        }
        Err(Failure::Invalid(errors)) => {
            let typed = Shown::typed(&fields);
            page(&web, &admin, None, typed, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    Path(room): Path<String>,
) -> Result<Response, PageError> {
    let room = rooms::get(&web.app, &admin.actor, id(&room)?).await?;
    let shown = Shown::of(&room);
    page(&web, &admin, Some(&room), shown, Problems::none()).await
}

async fn change(
    State(web): State<Web>,
    admin: Admin,
    Path(room): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let room = rooms::get(&web.app, &admin.actor, id(&room)?).await?;
    let errors = match save(&web, &admin, &room, &fields).await {
        Ok(saved) => {
            let said = saying(&[("done", "saved")]);
            return Ok(see_other_saying(&web, &links::admin_room(saved.id), &said));
        }
        Err(Failure::Invalid(errors)) => problems(&errors, &[]),
        Err(Failure::Stale) => Problems::none().with(
            "name",
            "Somebody else changed this room meanwhile. Look at it, and save again to overwrite.",
        ),
        Err(other) => return Err(other.into()),
    };
    page(&web, &admin, Some(&room), Shown::typed(&fields), errors).await
}

async fn save(web: &Web, admin: &Admin, room: &Room, fields: &Fields) -> Result<Room, Failure> {
    let (site, draft) = read(fields)?;
    let change = RoomChange {
        site: Some(site),
        name: Some(draft.name),
        capacity: Some(draft.capacity),
        equipment: Some(draft.equipment),
        hours: (!fields.get("hours").is_empty()).then_some(draft.hours),
        state: None,
    };
    let version = fields.get("version").parse().ok();
    rooms::change(&web.app, &admin.actor, room.id, change, version).await
}

async fn retire(
    State(web): State<Web>,
    admin: Admin,
    Path(room): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    turn(&web, &admin, &room, RoomState::Retired, "is retired").await
}

async fn reopen(
    State(web): State<Web>,
    admin: Admin,
    Path(room): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    turn(&web, &admin, &room, RoomState::Open, "is open again").await
}

async fn turn(
    web: &Web,
    admin: &Admin,
    room: &str,
    state: RoomState,
    words: &str,
) -> Result<Response, PageError> {
    let change = RoomChange {
        state: Some(state),
        ..RoomChange::default()
    };
    let room = rooms::change(&web.app, &admin.actor, id(room)?, change, None).await?;
    let done = format!("{} {words}.", room.name);
    Ok(see_other_saying(
        web,
        links::ADMIN_ROOMS,
        &saying(&[("done", &done)]),
    ))
}

async fn page(
    web: &Web,
    admin: &Admin,
    room: Option<&Room>,
    shown: Shown,
    problems: Problems,
) -> Result<Response, PageError> {
    let mut sites = rooms::sites(&web.app, &admin.actor).await?;
    sites.retain(|site| site.state == RoomState::Open || site.id.to_string() == shown.site);
    let rooms = rooms::list(&web.app, &admin.actor).await?;
    let known: Vec<String> = rooms.into_iter().flat_map(|room| room.equipment).collect();
    let head = match room {
        Some(room) => Some(head(web, admin, room).await?),
        None => None,
    };
    let answer = status(&problems);
    let page = RoomPage {
        layout: layout(web, &admin.caller, "Room", Nav::Admin).await?,
        room: head,
        name: shown.name,
        capacity: shown.capacity,
        sites: site_choices(&sites, &shown.site),
        equipment: equipment(&known, &shown.equipment),
        hours: shown.hours,
        problems,
        saved: !admin.done().is_empty(),
    };
    Ok(draw(answer, &page))
}

async fn head(web: &Web, admin: &Admin, room: &Room) -> Result<RoomHead, Failure> {
    let now = web.app.now();
    let horizon = SignedDuration::from_hours(24 * (BOOKABLE_DAYS_AHEAD + 1));
    let ahead = bookings::List {
        room: Some(room.id),
        from: now,
        to: now.saturating_add(horizon).unwrap_or(now),
        after: None,
        limit: 1000,
    };
    let ahead = bookings::list(&web.app, &admin.actor, ahead).await?;
    let stands = |booked: &&bookings::Booked| booked.booking.state.takes_the_room();
    Ok(RoomHead {
        id: room.id.to_string(),
        name: room.name.clone(),
        version: room.revision.to_string(),
        retired: room.state == RoomState::Retired,
        upcoming: ahead.iter().filter(stands).count(),
    })
}
