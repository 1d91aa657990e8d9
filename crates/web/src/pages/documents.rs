//! Pages to read, open to everybody: guide, test plan, privacy, terms.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::get;
use rooms_views::documents::{GuidePage, PrivacyPage, TermsPage, TestPlanPage};
use rooms_views::layout::{Layout, Nav};
use rooms_views::links;

use super::{PageError, draw, layout};
use crate::session::Caller;
use crate::state::Web;

/// The documents.
pub fn router() -> Router<Web> {
    Router::new()
        .route(links::GUIDE, get(guide))
        .route(links::TEST_PLAN, get(test_plan))
        .route(links::PRIVACY, get(privacy))
        .route(links::TERMS, get(terms))
}

async fn guide(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    let layout = frame(&web, &caller, "Guide to Zoom").await?;
    Ok(draw(StatusCode::OK, &GuidePage { layout }))
}

async fn test_plan(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    let page = TestPlanPage {
        layout: frame(&web, &caller, "Zoom test plan").await?,
        public_url: web.app.link(""),
        zoom_oauth_url: web.options.oauth_origin.clone(),
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn privacy(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    let page = PrivacyPage {
        layout: frame(&web, &caller, "Privacy").await?,
        public_url: web.app.link(""),
    };
    Ok(draw(StatusCode::OK, &page))
}

async fn terms(State(web): State<Web>, caller: Caller) -> Result<Response, PageError> {
    let layout = frame(&web, &caller, "Terms").await?;
    Ok(draw(StatusCode::OK, &TermsPage { layout }))
}

async fn frame(web: &Web, caller: &Caller, title: &str) -> Result<Layout, PageError> {
    layout(web, caller, title, Nav::None).await
}
