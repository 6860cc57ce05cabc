//! Any bytes as accepted languages.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_detect::fuzzing::language(data);
});
