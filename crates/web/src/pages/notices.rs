//! Notices are put away one by one.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use rooms_app::history;

use super::{PageError, id, see_other};
use crate::session::{Fields, SignedIn, came_from};
use crate::state::Web;

/// Where notices are put away.
pub fn router() -> Router<Web> {
    Router::new().route("/notices/{id}/dismissal", post(dismiss))
}

async fn dismiss(
    State(web): State<Web>,
    SignedIn { visitor, .. }: SignedIn,
    Path(notice): Path<String>,
    headers: HeaderMap,
    _: Fields,
) -> Result<Response, PageError> {
    history::dismiss(&web.app, &visitor.actor, id(&notice)?).await?;
    Ok(see_other(&came_from(&headers)))
}
