//! Any bytes as a list of the operator.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_detect::fuzzing::operator_list(data);
});
