//! One value in CBOR.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::cbor(bytes));
