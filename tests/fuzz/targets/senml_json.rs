//! SenML in JSON.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::senml_json(bytes));
