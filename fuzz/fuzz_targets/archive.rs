//! Any bytes as the archive of a landing page.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let folder = std::env::temp_dir().join(format!("signalbox-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
    api_service::fuzzing::archive(data, &folder).expect("the disk works");
});
