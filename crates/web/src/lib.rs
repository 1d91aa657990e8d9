//! The HTTP edge: pages, JSON API, OAuth callback, webhooks, sessions, static files.
