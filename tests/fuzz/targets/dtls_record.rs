//! Records for an association that lives.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::dtls::dtls_record(bytes));
