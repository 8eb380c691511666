//! SenML in CBOR.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| wb_fuzz::values::senml_cbor(bytes));
