//! Any bytes as what proxies say about the client.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_detect::fuzzing::forwarded(data);
});
