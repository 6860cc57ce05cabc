//! Headers of a visit, one a line: user agent, accepted languages, then client hints.
#![no_main]

use signalbox_detect::{ClientHints, Detector, DetectorConfig, RequestFacts};
use std::{net::Ipv4Addr, sync::OnceLock};

fn detector() -> &'static Detector {
    static DETECTOR: OnceLock<Detector> = OnceLock::new();
    DETECTOR.get_or_init(|| Detector::new(&DetectorConfig::default()))
}

// Its patterns are compiled before the clock of the first input runs.
libfuzzer_sys::fuzz_target!(init: detector().warm_up(), |data: &[u8]| {
    let detector = detector();
    let text = String::from_utf8_lossy(data);
    let mut lines = text.split('\n');
    let mut line = || lines.next().unwrap_or("");
    let facts = RequestFacts {
        accept_language: line(),
        sec_purpose: line(),
        hints: ClientHints {
            brands: line(),
            full_version_list: line(),
            mobile: line(),
            platform: line(),
            platform_version: line(),
            model: line(),
            form_factors: line(),
        },
        ..RequestFacts::new(Ipv4Addr::LOCALHOST.into(), line())
    };
    let visitor = detector.describe(&facts);
    assert!(visitor.user_agent.len() <= facts.user_agent.len());
    assert_eq!(visitor, detector.describe(&facts), "described anew, differently");
});
