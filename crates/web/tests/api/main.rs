//! The API over HTTP: real routes, a real database, the simulator as Zoom.

mod bodies;
mod bookings;
mod calendar;
mod coverage;
mod document;
mod lists;
mod rooms;
mod support;
mod zoom;
