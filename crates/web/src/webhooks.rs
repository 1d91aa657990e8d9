//! Webhooks in: raw bytes to the inbox, answered at once.

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use rooms_app::zoom::webhooks::{NotTaken, Sent, Taken, take};
use rooms_core::ZoomAppId;
use serde_json::json;
use uuid::Uuid;

use crate::state::Web;

/// The longest webhook that is read; Zoom's are a few kilobytes.
pub const BODY_MAX: usize = 256 * 1024;

/// `POST /webhooks/zoom`: the operator's app.
pub async fn zoom(State(web): State<Web>, headers: HeaderMap, body: Bytes) -> Response {
    taken(&web, None, &headers, &body).await
}

/// `POST /webhooks/zoom/{app}`: a company's own app. What is no id is an app that there is not.
pub async fn own(
    State(web): State<Web>,
    Path(app): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let app = app.parse().unwrap_or(ZoomAppId::from_uuid(Uuid::nil()));
    taken(&web, Some(app), &headers, &body).await
}

async fn taken(web: &Web, own: Option<ZoomAppId>, headers: &HeaderMap, body: &[u8]) -> Response {
    let header = |name| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or("")
    };
    let sent = Sent {
        timestamp: header("x-zm-request-timestamp"),
        signature: header("x-zm-signature"),
        body,
    };
    match take(&web.app, own, sent).await {
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
