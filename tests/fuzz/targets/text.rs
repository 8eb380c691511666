//! One value as text, and Execute's arguments.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::text(bytes));
