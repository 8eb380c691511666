//! Object definitions in XML.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::ddf::ddf(bytes));
