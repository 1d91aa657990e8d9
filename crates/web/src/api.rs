//! The JSON API.

use axum::Router;

use crate::state::Web;

/// Everything below `/api/v1`.
pub fn router(_web: &Web) -> Router<Web> {
    Router::new()
}
