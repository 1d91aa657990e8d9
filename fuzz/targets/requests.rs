//! See [`rooms_fuzz::requests`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rooms_fuzz::requests::feed(data));
