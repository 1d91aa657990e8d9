//! The file by which Zoom's Marketplace knows that a domain is the operator's.
//!
//! Zoom gives out a code, and asks once for a file with it. Where the file has to be has been in a
//! folder of its own for years; that it still is, Zoom does not say, so it is at the root too.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

use crate::state::Web;

/// The file's name where only its content is known.
pub const FILE: &str = "verifyzoom.html";

/// The file as the operator configured it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainFile {
    /// Its name in the folder.
    pub name: String,
    /// What it holds.
    pub content: String,
}

/// In its folder.
pub async fn in_folder(State(web): State<Web>, Path(name): Path<String>) -> Response {
    file(&web, &name)
}

/// At the root.
pub async fn at_root(State(web): State<Web>) -> Response {
    file(&web, FILE)
}

fn file(web: &Web, name: &str) -> Response {
    match &web.options.domain_file {
        Some(file) if file.name == name => Html(file.content.clone()).into_response(),
        _ => (StatusCode::NOT_FOUND, "there is no such file\n").into_response(),
    }
}
