//! For tests only: the real application on a throw-away database beside a simulator.

pub mod database;
