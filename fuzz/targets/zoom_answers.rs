//! See [`rooms_fuzz::zoom_answers`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| rooms_fuzz::zoom_answers::feed(data));
