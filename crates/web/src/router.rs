//! Which address leads where, and what happens to every request.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::routing::{get, post};
use rooms_views::links;
use tokio::net::TcpListener;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutLayer;

use crate::state::Web;
use crate::{api, assets, domain, headers, health, pages, webhooks};

/// The longest a request may take; live updates are outside of it.
const LONGEST: Duration = Duration::from_secs(30);

/// Every route of the server.
pub fn router(web: Web) -> Router {
    let plain = Router::new()
        .route("/healthz", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/zoomverify/{name}", get(domain::in_folder))
        .route("/verifyzoom.html", get(domain::at_root))
        .route(
            links::WEBHOOK,
            post(webhooks::zoom).layer(DefaultBodyLimit::max(webhooks::BODY_MAX)),
        )
        .route(
            links::OWN_WEBHOOK,
            post(webhooks::own).layer(DefaultBodyLimit::max(webhooks::BODY_MAX)),
        )
        .merge(assets::router());
    Router::new()
        .merge(plain)
        .merge(api::router(&web))
        .merge(pages::router(&web))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            LONGEST,
        ))
        .layer(CompressionLayer::new())
        .layer(axum::middleware::from_fn_with_state(
            web.clone(),
            headers::layer,
        ))
        .layer(CatchPanicLayer::new())
        .with_state(web)
}

/// Answers requests on a listener until `stop` is done, and finishes those under way.
pub async fn serve(
    listener: TcpListener,
    web: Web,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let service = router(web).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service)
        .with_graceful_shutdown(stop)
        .await
}
