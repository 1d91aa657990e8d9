//! The HTTP edge: pages, JSON API, OAuth callback, webhooks, sessions, static files.
//!
//! A request goes one way: [`router`] picks the handler, extractors say who is asking
//! ([`session`] for pages, [`api`] for tokens), the handler calls one function of `rooms-app` and
//! renders what it gives, as a page of `rooms-views` or as JSON.

pub mod api;
pub mod assets;
pub mod csrf;
pub mod domain;
pub mod headers;
pub mod health;
pub mod letters;
pub mod limits;
pub mod pages;
pub mod problem;
pub mod proxies;
mod refusals;
pub mod router;
pub mod session;
pub mod state;
pub mod webhooks;

pub use domain::DomainFile;
pub use router::{router, serve};
pub use state::{Options, Web};
