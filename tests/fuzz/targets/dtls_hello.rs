//! ClientHellos of every make, from addresses that prove nothing.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::dtls::dtls_hello(bytes));
