//! A host on the first line, a path behind it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| signalbox_engine::fuzzing::place(data));
