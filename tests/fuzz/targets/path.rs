//! Paths, versions and formats as text.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::path::path(bytes));
