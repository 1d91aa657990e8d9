//! What happens: the use cases and jobs of OneClickRooms.
//!
//! Page, API, command line and job call the same functions here. [`App`] is the cast: the store,
//! the clock, randomness and the Zoom client. A use case takes the [`rooms_core::Actor`], decides
//! in one transaction, and leaves outside work (Zoom, mail) to [`jobs`].

mod app;
pub mod audit;
pub mod backup;
pub mod bookings;
pub mod calendar;
pub mod companies;
pub mod data;
pub mod error;
pub mod history;
pub mod jobs;
pub mod keys;
pub mod mail;
pub mod people;
pub mod rooms;
pub mod secret;
pub mod zoom;

pub use app::{App, Parts, ZoomApp, ZoomAt};
pub use error::{Failure, Idempotency};
pub use rooms_store::events::Event;
pub use rooms_store::jobs::DeadJob;
pub use rooms_store::notices::Notice;
pub use rooms_store::sessions::{ApiToken, Session};
pub use rooms_store::{
    Change, DatabaseUrl, Error as StoreError, KeyId, MasterKey, MasterKeys, OpenError, Sealer,
    Store,
};
