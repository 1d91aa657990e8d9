//! What the fuzzer feeds the program, and what has to hold then; `docs/testing.md` says how it is
//! run. Each module is one target. The test `fuzz_seeds` of the test kit is made of the same files,
//! so that what is in `seeds` holds in every run of the tests.

pub mod callback;
pub mod forms;
pub mod requests;
pub mod script;
pub mod stage;
pub mod times;
pub mod webhook;
pub mod zoom_answers;
