//! See [`rooms_fuzz::times`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rooms_fuzz::times::feed(data));
