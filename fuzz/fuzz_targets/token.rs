//! Any bytes as a visitor's token, and a token with one byte changed.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    traffic_service::fuzzing::token(data);
});
