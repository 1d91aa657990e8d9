//! The program as its users meet it: real processes, their output and their exit codes.

mod commands;
mod config;
mod crash;
mod demo;
mod process;
mod serve;
