//! A user agent on the first line, a client hint on each further one.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_detect::fuzzing::client_hints(data);
});
