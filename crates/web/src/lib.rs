//! The HTTP edge: pages, JSON API, OAuth callback, webhooks, sessions, static files.

pub mod assets;
pub mod views;
