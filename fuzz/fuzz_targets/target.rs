//! A target with macros on the first line, the query string of a click behind it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_engine::fuzzing::target(data);
});
