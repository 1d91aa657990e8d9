#![doc = include_str!("../README.md")]

mod client;
mod error;
mod meetings;
mod oauth;
pub mod pkce;
pub mod setup;
pub mod transport;
mod users;
pub mod watch;
pub mod webhook;
pub mod wire;

pub use client::{Access, ApiUrlPolicy, BuildError, Client, Config};
pub use error::{Class, Error, Limit, WaitUntil};
pub use meetings::{
    AutoRecording, Meeting, MeetingDraft, MeetingId, MeetingIdError, MeetingPatch, MeetingSettings,
    MeetingStatus, MeetingSummary, ReportedSettings,
};
pub use oauth::Tokens;
pub use users::User;
