//! The simulated device before a strange server.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::device::device(bytes));
