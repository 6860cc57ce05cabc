//! The query of a postback, its content type and its body, a line each.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    postback_service::fuzzing::postback(data);
});
