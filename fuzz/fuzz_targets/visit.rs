//! Path and query on the first line, a header (cookies among them) on each further one.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    traffic_service::fuzzing::visit(data);
});
