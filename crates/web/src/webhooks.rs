//! Webhooks in: raw bytes to the inbox, answered at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rooms_app::zoom::webhooks::{NotTaken, Taken, take};
use serde_json::json;

use crate::state::Web;

/// The longest webhook that is read; Zoom's are a few kilobytes.
pub const BODY_MAX: usize = 256 * 1024;

/// `POST /webhooks/zoom`.
pub async fn zoom(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Response {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let (timestamp, signature) = (header("x-zm-request-timestamp"), header("x-zm-signature"));
    match take(&web.app, timestamp, signature, &body).await {
        Ok(Taken::Stored) => StatusCode::OK.into_response(),
        Ok(Taken::Challenge {
            plain_token,
            encrypted_token,
        }) => Json(json!({ "plainToken": plain_token, "encryptedToken": encrypted_token }))
            .into_response(),
        Err(why) => {
            let status = match &why {
                NotTaken::NotConfigured => StatusCode::NOT_FOUND,
                NotTaken::BadSignature | NotTaken::Stale => StatusCode::UNAUTHORIZED,
                NotTaken::Unreadable => StatusCode::BAD_REQUEST,
                NotTaken::Failed(_) => StatusCode::SERVICE_UNAVAILABLE,
            };
            tracing::warn!(reason = %why, "a webhook was not taken in");
            (status, format!("{why}\n")).into_response()
        }
    }
}
