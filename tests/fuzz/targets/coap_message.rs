//! Datagrams as messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::coap_message::coap_message(bytes));
