//! Real user agents and what has to be read out of them (`data/user-agents.json`; a field that is absent is not looked at).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use serde_json::Value;
use signalbox_detect::{Detector, DetectorConfig, RequestFacts};
use std::{net::Ipv4Addr, time::Instant};

fn facts(user_agent: &str) -> RequestFacts<'_> {
    RequestFacts::new(Ipv4Addr::new(192, 0, 2, 1).into(), user_agent)
}

#[test]
fn every_user_agent_is_understood() {
    let detector = Detector::new(&DetectorConfig::default());
    let started = Instant::now();
    detector.warm_up();
    println!("patterns compiled in {:?}", started.elapsed());
    let cases: Vec<Value> = serde_json::from_str(include_str!("data/user-agents.json")).unwrap();
    assert!(cases.len() >= 60);
    let mut wrong = Vec::new();
    for case in &cases {
        let user_agent = case["user_agent"].as_str().unwrap();
        let visitor = detector.describe(&facts(user_agent));
        let device = &visitor.device;
        let bot = serde_json::to_value(visitor.bot).unwrap();
        for (field, actual) in [
            ("kind", device.kind.as_str()),
            ("os", &device.os.name),
            ("os_version", &device.os.version),
            ("browser", &device.browser.name),
            ("browser_version", &device.browser.version),
            ("brand", &device.brand),
            ("model", &device.model),
            ("bot", bot.as_str().unwrap()),
        ] {
            let expected = case.get(field).and_then(Value::as_str);
            let expected = expected.or((field == "bot").then_some("none"));
            if expected.is_some_and(|expected| expected != actual) {
                wrong.push(format!("{field}: {actual:?} instead of {expected:?} in {user_agent}"));
            }
        }
        assert_eq!(&*visitor.user_agent, user_agent);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nobody_who_resembles_a_machine_is_taken_for_one() {
    let detector = Detector::new(&DetectorConfig::default());
    let people = include_str!("data/people.txt").lines().filter(|line| !line.starts_with('#'));
    let wrong: Vec<String> = people
        .map(|user_agent| (user_agent, detector.describe(&facts(user_agent))))
        .filter(|(_, visitor)| visitor.bot.is_bot())
        .map(|(user_agent, visitor)| format!("{}: {user_agent}", visitor.bot.as_str()))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
