//! Whether the server lives, and whether it can work.

use axum::extract::State;
use axum::http::StatusCode;

use crate::state::Web;

/// The process answers.
pub async fn live() -> &'static str {
    "ok\n"
}

/// The database answers and can be written.
pub async fn ready(State(web): State<Web>) -> (StatusCode, &'static str) {
    let check = web.app.store().check();
    match tokio::time::timeout(std::time::Duration::from_secs(3), check).await {
        Ok(Ok(())) => (StatusCode::OK, "ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "the database does not work");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not work\n",
            )
        }
        Err(_) => {
            tracing::error!("the database does not answer within three seconds");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                "the database does not answer\n",
            )
        }
    }
}
