//! The object list of a Register.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| oracles::links::object_list(bytes));
