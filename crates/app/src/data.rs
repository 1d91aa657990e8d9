//! Whose data it is: what is kept how long, and what is erased when.

pub mod erasure;
pub mod guest;
pub mod person;
pub mod requests;
pub mod retention;
