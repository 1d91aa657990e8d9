//! The pages, as templates over plain display data.
//!
//! A view knows words, numbers and steps of five minutes; it knows no rule and asks nothing. The
//! handlers fill it, `templates/` draws it, and every page lies in a [`layout::Layout`].

pub mod admin;
pub mod apps;
pub mod assets;
pub mod book_form;
pub mod booking;
pub mod data;
pub mod documents;
pub mod error;
pub mod find;
pub mod home;
pub mod invitation;
pub mod layout;
pub mod links;
pub mod mail;
pub mod my_bookings;
pub mod parts;
pub mod security;
pub mod set_up;
pub mod settings;
pub mod sign_in;
pub mod styleguide;
pub mod timeline;
