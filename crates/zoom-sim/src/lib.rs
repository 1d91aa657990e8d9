//! A Zoom that behaves: sign-in and consent pages, OAuth with rotation, the REST calls a booking
//! product needs, signed webhooks with retries, faults on demand, and a console that shows every
//! request it received.
//!
//! The cast: [`start`] binds a port and returns a [`Running`] simulator; its [`Handle`] lets a
//! test look inside and play the part of the host, of an administrator, or of a bad day.
//! [`inside`] is the same without a port, for a simulation in one process.
//! Everything lives in one `World` behind one lock, changed only inside
//! `Sim::change`, and is written as one JSON file where a path is given.
//!
//! The simulator makes its own signatures, hashes and JSON shapes instead of borrowing those of
//! the client, so that a mistake in one of the two cannot hide behind the other.

mod account;
mod api;
mod around;
mod authorize;
mod cable;
mod clock;
mod console;
mod deeds;
mod faults;
mod handle;
mod ids;
mod inside;
mod limits;
mod log;
mod meetings;
mod options;
mod pages;
mod people;
mod persist;
mod records;
mod rules;
mod scenario;
mod server;
mod state;
mod token;
mod users;
mod webhooks;
mod words;

pub use clock::{Clock, system_clock};
pub use faults::{AimedFault, Fault, Only, Operation, Raw, Trouble};
pub use handle::{Handle, HostChange};
pub use inside::{Inside, inside};
pub use limits::Plan;
pub use log::LoggedRequest;
pub use meetings::{Occurrence, Recurrence};
pub use options::{App, Options, SimUser, ordinary_scopes, ordinary_users};
pub use people::Standing;
pub use records::{Attempt, Delivery, DeliveryState, Mail, StoredMeeting};
pub use rules::{
    Deactivated, DeadToken, Decline, DomainFile, OauthError, Place, RetryAfter, Rules, Signature,
    UnknownZone, WebhookMode,
};
pub use scenario::{Scenario, ScenarioError};
pub use server::{Running, StartError, start};
pub use webhooks::{Letter, Mishap, MishapKind};
