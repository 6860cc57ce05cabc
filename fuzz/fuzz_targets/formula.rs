//! Any bytes as the formula of a metric.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_warehouse::fuzzing::formula(data);
});
