//! Any bytes as a file of cost corrections.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    api_service::fuzzing::cost_file(data);
});
