//! Links of a Discover answer.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::links::link_format(bytes));
