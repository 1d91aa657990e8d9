//! See [`rooms_fuzz::forms`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rooms_fuzz::forms::feed(data));
