//! SenML in CBOR.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::senml_cbor(bytes));
