//! OMA JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::oma_json(bytes));
