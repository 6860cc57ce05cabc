//! Any bytes as a user agent.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    signalbox_detect::fuzzing::user_agent(data);
});
