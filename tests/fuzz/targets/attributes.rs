//! Notification attributes and ranges.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::attributes::attributes(bytes));
