//! What goes over the line: the names here are the outer contract.
//!
//! The doc sentences become the descriptions in `openapi.json`; the pattern `LINE` stands for one
//! line of text, see [`super::document`].

mod bookings;
mod people;
mod problems;
mod rooms;

use serde::{Deserialize, Deserializer};

pub use bookings::*;
pub use people::*;
pub use problems::*;
pub use rooms::*;

/// A field that was sent, where null is not the same as nothing.
fn there<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
