//! Any bytes as the query string of a click.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signalbox_engine::fuzzing::query(data));
