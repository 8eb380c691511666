//! The whole server among strange devices.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::server::server(bytes));
