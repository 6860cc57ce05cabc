//! What a visitor sent on the first line, an uploaded page behind it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    traffic_service::fuzzing::hosted_page(data);
});
