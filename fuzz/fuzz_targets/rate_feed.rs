//! Any bytes as the answer of a server that was asked for exchange rates.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    api_service::fuzzing::rate_feed(data);
});
