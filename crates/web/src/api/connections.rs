//! The caller's connections to Zoom.

use axum::Json;
use axum::extract::State;
use rooms_app::zoom;
use rooms_core::connection::{Connection as Recorded, ConnectionStatus};

use super::auth::Authorized;
use super::query::{Cursor, Page, PagingParams, Query};
use super::wire::Connection;
use crate::problem::Problem;
use crate::state::Web;

/// The caller's own connections, ended ones too.
#[utoipa::path(get, path = "/api/v1/connections", operation_id = "list_connections",
    tag = "connections", summary = "List connections", params(PagingParams),
    responses((status = 200, description = "Connections, newest first.",
        body = inline(super::document::Items<Connection>))))]
pub(super) async fn list(
    State(web): State<Web>,
    Authorized(actor): Authorized,
    mut query: Query,
) -> Result<Json<Page<Connection>>, Problem> {
    let paging = query.paging();
    query.end()?;
    let found = zoom::connections(&web.app, &actor).await?;
    // Newest first: the later, the smaller.
    let place = |connection: &Recorded| Cursor {
        order: -connection.connected_at.as_microsecond(),
        id: uuid::Uuid::from_u128(!connection.id.uuid().as_u128()),
    };
    let current = |c: &&Recorded| c.status != ConnectionStatus::Inactive;
    let default = found.iter().filter(current).min_by_key(|c| c.place());
    let default = default.map(|connection| connection.id);
    let sent = |connection: Recorded| {
        let is_default = Some(connection.id) == default;
        Connection::new(connection, is_default)
    };
    Ok(Json(paging.page_of_all(found, place, sent)))
}
