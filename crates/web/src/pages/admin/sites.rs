//! Sites: the list, adding and changing one, retiring it.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use rooms_app::{Failure, rooms};
use rooms_core::SiteId;
use rooms_core::room::{Room, RoomState, Site};
use rooms_views::admin::{SiteHead, SitePage, SiteRow, SitesPage};
use rooms_views::layout::Nav;
use rooms_views::links;
use rooms_views::parts::Problems;

use super::{Admin, saying, zones};
use crate::pages::settings::status;
use crate::pages::words::clock;
use crate::pages::{PageError, draw, id, layout, problems, see_other_saying};
use crate::session::Fields;
use crate::state::Web;

pub(super) fn router() -> Router<Web> {
    Router::new()
        .route(links::ADMIN_SITES, get(list).post(add))
        .route("/admin/sites/new", get(new))
        .route("/admin/sites/{id}", get(show).post(change))
        .route("/admin/sites/{id}/retirement", post(retire))
        .route("/admin/sites/{id}/reopening", post(reopen))
}

async fn list(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let mut sites = rooms::sites(&web.app, &admin.actor).await?;
    let rooms = rooms::list(&web.app, &admin.actor).await?;
    sites.sort_by(|a, b| {
        let key = |site: &Site| (site.state == RoomState::Retired, site.name.to_lowercase());
        key(a).cmp(&key(b))
    });
    let page = SitesPage {
        layout: layout(&web, &admin.caller, "Sites", Nav::Admin).await?,
        sites: sites.iter().map(|site| row(&web, site, &rooms)).collect(),
        done: admin.done(),
    };
    Ok(draw(StatusCode::OK, &page))
}

fn row(web: &Web, site: &Site, rooms: &[Room]) -> SiteRow {
    SiteRow {
        id: site.id.to_string(),
        name: site.name.clone(),
        time_zone: site.zone.name().to_owned(),
        now: clock(&site.zone, web.app.now()),
        rooms: open_rooms(site.id, rooms),
        retired: site.state == RoomState::Retired,
    }
}

fn open_rooms(site: SiteId, rooms: &[Room]) -> usize {
    let of = |room: &&Room| room.site == site && room.state == RoomState::Open;
    rooms.iter().filter(of).count()
}

async fn new(State(web): State<Web>, admin: Admin) -> Result<Response, PageError> {
    let sites = rooms::sites(&web.app, &admin.actor).await?;
    let zone = sites.first().map_or("UTC", |site| site.zone.name());
    page(&web, &admin, None, ("", zone), Problems::none()).await
}

async fn add(State(web): State<Web>, admin: Admin, fields: Fields) -> Result<Response, PageError> {
    let typed = (fields.get("name"), fields.get("time_zone"));
    match rooms::add_site(&web.app, &admin.actor, typed.0, typed.1, None).await {
        Ok(site) => {
            let done = format!("{} is added. Now it can have rooms.", site.name);
            Ok(see_other_saying(
                &web,
                links::ADMIN_SITES,
                &saying(&[("done", &done)]),
            ))
        }
        Err(Failure::Invalid(errors)) => {
            page(&web, &admin, None, typed, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn show(
    State(web): State<Web>,
    admin: Admin,
    Path(site): Path<String>,
) -> Result<Response, PageError> {
    let site = rooms::site(&web.app, &admin.actor, id(&site)?).await?;
    let shown = (site.name.as_str(), site.zone.name());
    page(&web, &admin, Some(&site), shown, Problems::none()).await
}

async fn change(
    State(web): State<Web>,
    admin: Admin,
    Path(site): Path<String>,
    fields: Fields,
) -> Result<Response, PageError> {
    let site = rooms::site(&web.app, &admin.actor, id(&site)?).await?;
    let typed = (fields.get("name"), fields.get("time_zone"));
    match rooms::change_site(&web.app, &admin.actor, site.id, typed, site.state).await {
        Ok(()) => {
            let said = saying(&[("done", "saved")]);
            Ok(see_other_saying(&web, &links::admin_site(site.id), &said))
        }
        Err(Failure::Invalid(errors)) => {
            page(&web, &admin, Some(&site), typed, problems(&errors, &[])).await
        }
        Err(other) => Err(other.into()),
    }
}

async fn retire(
    State(web): State<Web>,
    admin: Admin,
    Path(site): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    turn(&web, &admin, &site, RoomState::Retired).await
}

async fn reopen(
    State(web): State<Web>,
    admin: Admin,
    Path(site): Path<String>,
    _: Fields,
) -> Result<Response, PageError> {
    turn(&web, &admin, &site, RoomState::Open).await
}

async fn turn(
    web: &Web,
    admin: &Admin,
    site: &str,
    state: RoomState,
) -> Result<Response, PageError> {
    let site = rooms::site(&web.app, &admin.actor, id(site)?).await?;
    let as_it_is = (site.name.as_str(), site.zone.name());
    let done = match rooms::change_site(&web.app, &admin.actor, site.id, as_it_is, state).await {
        Ok(()) if state == RoomState::Open => format!("{} is open again.", site.name),
        Ok(()) => format!("{} is retired.", site.name),
        Err(Failure::Conflict(_)) => format!("{} stays open: it is the last site.", site.name),
        Err(other) => return Err(other.into()),
    };
    Ok(see_other_saying(
        web,
        links::ADMIN_SITES,
        &saying(&[("done", &done)]),
    ))
}

async fn page(
    web: &Web,
    admin: &Admin,
    site: Option<&Site>,
    (name, zone): (&str, &str),
    problems: Problems,
) -> Result<Response, PageError> {
    let sites = rooms::sites(&web.app, &admin.actor).await?;
    let rooms = rooms::list(&web.app, &admin.actor).await?;
    let open = |s: &&Site| s.state == RoomState::Open;
    let answer = status(&problems);
    let page = SitePage {
        layout: layout(web, &admin.caller, "Site", Nav::Admin).await?,
        site: site.map(|site| SiteHead {
            id: site.id.to_string(),
            name: site.name.clone(),
            retired: site.state == RoomState::Retired,
            rooms: open_rooms(site.id, &rooms),
            last: open(&site) && sites.iter().filter(open).count() == 1,
        }),
        name: name.to_owned(),
        zones: zones(zone),
        problems,
        saved: !admin.done().is_empty(),
    };
    Ok(draw(answer, &page))
}
