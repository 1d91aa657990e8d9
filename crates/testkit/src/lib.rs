//! For tests only: the real application on a throw-away database beside a simulator.

pub mod app;
pub mod authenticator;
mod beside;
pub mod database;
pub mod http;
pub mod mail;
mod peers;
mod settings;

pub use app::{Settings, TestApp, TestCompany, TestPerson};
pub use authenticator::Authenticator;
pub use beside::Gate;
pub use database::{TestDatabase, on_each_database};
pub use http::{Answer, Api, Browser, Live};
pub use mail::MailSink;
