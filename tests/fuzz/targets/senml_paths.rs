//! Lists of paths in SenML.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::values::senml_paths(bytes));
