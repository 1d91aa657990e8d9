//! See [`rooms_fuzz::callback`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rooms_fuzz::callback::feed(data));
