//! A rule (JSON or an expression) on the first line, what a visitor sent behind it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signalbox_engine::fuzzing::rule(data));
