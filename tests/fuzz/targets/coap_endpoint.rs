//! A CoAP endpoint among strange peers.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::coap_endpoint::coap_endpoint(bytes));
