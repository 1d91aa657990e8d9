//! Sites.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use rooms_app::rooms;

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::sent::Sent;
use super::wire::{NewSite, Site};
use super::{Named, created, id};
use crate::problem::Problem;
use crate::state::Web;

/// The company's sites, retired ones too.
#[utoipa::path(get, path = "/api/v1/sites", operation_id = "list_sites", tag = "sites",
    summary = "List sites", params(PagingParams),
    responses((status = 200, description = "Sites, oldest first.", body = inline(super::document::Items<Site>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<Site>>, Problem> {
    let paging = query.paging();
    query.end()?;
    let sites = rooms::sites(&web.app, &actor).await?;
    let place = |site: &rooms_core::room::Site| Cursor {
        order: 0,
        id: site.id.uuid(),
    };
    Ok(Json(paging.page_of_all(sites, place, Site::from)))
}

/// For admins.
#[utoipa::path(post, path = "/api/v1/sites", operation_id = "add_site", tag = "sites",
    summary = "Add a site", request_body = NewSite,
    responses((status = 201, description = "The new site.", body = Site)))]
pub(super) async fn add(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    sent: Sent,
) -> Result<Response, Problem> {
    rooms_app::companies::admins_only(&actor)?;
    let (new, once): (NewSite, _) = sent.read_once(&web, &actor).await?;
    let key = once.key()?;
    let site = rooms::add_site(&web.app, &actor, &new.name, &new.time_zone, key).await?;
    let at = format!("/api/v1/sites/{}", site.id);
    Ok(created(&at, Json(Site::from(site)).into_response()))
}

/// One site.
#[utoipa::path(get, path = "/api/v1/sites/{id}", operation_id = "get_site", tag = "sites",
    summary = "Read a site",
    params(("id" = String, Path, description = "The site's id.", pattern = "^si_[0-9a-f]{32}$")),
    responses((status = 200, description = "The site.", body = Site)))]
pub(super) async fn get(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    Named(site): Named,
    query: Query,
) -> Result<Json<Site>, Problem> {
    let site = rooms::site(&web.app, &actor, id(&site, "site")?).await?;
    query.end()?;
    Ok(Json(site.into()))
}
