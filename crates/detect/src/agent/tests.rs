use super::*;
use crate::{ClientHints, DetectorConfig, list::Entries};
use std::net::Ipv4Addr;

const REDUCED: &str = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";
const WINDOWS: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";

fn facts<'a>(user_agent: &'a str, hints: ClientHints<'a>) -> RequestFacts<'a> {
    RequestFacts { hints, ..RequestFacts::new(Ipv4Addr::LOCALHOST.into(), user_agent) }
}

fn nobody() -> Lists {
    let none = || [].iter();
    Lists::new(0, &DetectorConfig::default(), none(), none(), none())
}

fn shown(agent: &Agent) -> String {
    let device = &agent.device;
    let (os, browser) = (&device.os, &device.browser);
    format!(
        "{} {}/{} {} {} {} {}",
        device.kind.as_str(),
        device.brand,
        device.model,
        os.name,
        os.version,
        browser.name,
        browser.version
    )
}

#[test]
fn hints_beat_the_frozen_user_agent() {
    let agents = Agents::new(100);
    let chrome = r#""Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126""#;
    let android = ClientHints {
        brands: chrome,
        full_version_list: r#""Not/A)Brand";v="8.0.0.0", "Chromium";v="126.0.6478.71", "Google Chrome";v="126.0.6478.71""#,
        mobile: "?1",
        platform: r#""Android""#,
        platform_version: r#""14.0.0""#,
        model: r#""SM-S918B""#,
        form_factors: "",
    };
    let windows = ClientHints {
        brands: chrome,
        mobile: "?0",
        platform: r#""Windows""#,
        platform_version: r#""15.0.0""#,
        ..ClientHints::default()
    };
    let brave = ClientHints {
        brands: r#""Brave";v="126", "Chromium";v="126", "Not.A/Brand";v="24""#,
        mobile: "?0",
        platform: r#""macOS""#,
        platform_version: r#""14.5.0""#,
        ..ClientHints::default()
    };
    for (user_agent, hints, expected) in [
        (REDUCED, android, "mobile Samsung/SM-S918B Android 14 Chrome 126.0.6478.71"),
        (REDUCED, ClientHints::default(), "mobile / Android  Chrome 126.0.0.0"),
        (
            REDUCED,
            ClientHints { model: "\"K\"", ..ClientHints::default() },
            "mobile / Android  Chrome 126.0.0.0",
        ),
        (
            REDUCED,
            ClientHints { model: "\"XR-9\"", mobile: "?0", ..ClientHints::default() },
            "tablet /XR-9 Android  Chrome 126.0.0.0",
        ),
        (
            REDUCED,
            ClientHints { model: "\"CPH2557\"", ..ClientHints::default() },
            "mobile Oppo/CPH2557 Android  Chrome 126.0.0.0",
        ),
        (WINDOWS, windows, "desktop / Windows 11 Chrome 126.0.0.0"),
        (
            WINDOWS,
            ClientHints { platform_version: "\"10.0.0\"", ..windows },
            "desktop / Windows 10 Chrome 126.0.0.0",
        ),
        (WINDOWS, brave, "desktop / macOS 14.5 Brave 126"),
        (
            WINDOWS,
            ClientHints { platform: "\"Linux\"", ..ClientHints::default() },
            "desktop / Linux  Chrome 126.0.0.0",
        ),
        ("", android, "mobile Samsung/SM-S918B Android 14 Chrome 126.0.6478.71"),
    ] {
        let agent = agents.describe(&facts(user_agent, hints), &nobody());
        let mut shown = shown(&agent);
        if user_agent.is_empty() {
            // Hints alone do not make a browser.
            assert_eq!(agent.bot, BotReason::EmptyUserAgent);
            shown = shown.replacen("unknown", "mobile", 1);
        }
        assert_eq!(shown, expected, "{hints:?}");
    }
}

#[test]
fn hostile_hints_are_only_text() {
    let agents = Agents::new(10);
    let long = "\"".repeat(5000);
    let hints = ClientHints {
        brands: ";v=,;v=;v=,\"",
        full_version_list: &long,
        mobile: "?7",
        platform: &long,
        platform_version: "....",
        model: "\r\n\u{1}(((",
        form_factors: &long,
    };
    let agent = agents.describe(&facts(WINDOWS, hints), &nobody());
    assert_eq!(agent.device.kind, DeviceType::Desktop);
}

#[test]
fn what_was_understood_is_remembered() {
    let agents = Agents::new(10);
    let first = agents.describe(&facts(WINDOWS, ClientHints::default()), &nobody());
    let second = agents.describe(&facts(&format!(" {WINDOWS} "), ClientHints::default()), &nobody());
    assert!(Arc::ptr_eq(&first, &second));
    let hints = ClientHints { mobile: "?0", ..ClientHints::default() };
    let hinted = agents.describe(&facts(WINDOWS, hints), &nobody());
    assert!(!Arc::ptr_eq(&first, &hinted));
    assert!(Arc::ptr_eq(&hinted, &agents.describe(&facts(WINDOWS, hints), &nobody())));
}

#[test]
fn the_memory_is_bounded_in_bytes() {
    let agents = Agents::new(10);
    for (number, padding) in (0..200).zip([0, 900].into_iter().cycle()) {
        let user_agent = format!("{WINDOWS} build {number} {}", "x".repeat(padding));
        agents.describe(&facts(&user_agent, ClientHints::default()), &nobody());
    }
    agents.cache.run_pending_tasks();
    assert!(agents.cache.weighted_size() <= 10 * ENTRY_BYTES_USUAL);
    let kept: usize = agents.cache.iter().map(|(key, agent)| key.len() + agent.user_agent.len()).sum();
    assert!(kept as u64 <= 10 * ENTRY_BYTES_USUAL, "{kept}");
}

#[test]
fn a_user_agent_is_cut_at_a_character() {
    let agents = Agents::new(10);
    let long = format!("Mozilla/5.0 {}", "ü".repeat(2000));
    let agent = agents.describe(&facts(&long, ClientHints::default()), &nobody());
    assert!(agent.user_agent.len() <= USER_AGENT_BYTES_MAX && long.starts_with(&*agent.user_agent));
}

#[test]
fn form_factors_say_what_kind_of_device_it_is() {
    let agents = Agents::new(10);
    let tv = "Mozilla/5.0 (SMART-TV; Linux; Tizen 7.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/7.0 TV Safari/537.36";
    for (user_agent, form_factors, kind) in [
        (REDUCED, r#""Tablet""#, DeviceType::Tablet),
        (REDUCED, r#""Unheard", "Mobile""#, DeviceType::Mobile),
        (REDUCED, r#""XR""#, DeviceType::Wearable),
        (REDUCED, r#""Unheard""#, DeviceType::Mobile),
        (WINDOWS, r#""Automotive""#, DeviceType::Other),
        (tv, r#""Desktop""#, DeviceType::Tv),
    ] {
        let hints = ClientHints { form_factors, ..ClientHints::default() };
        let found = agents.describe(&facts(user_agent, hints), &nobody());
        assert_eq!(found.device.kind, kind, "{form_factors}");
    }
}

#[test]
fn frozen_versions_say_nothing() {
    let agents = Agents::new(10);
    let version = |user_agent: &str, platform_version| {
        let hints = ClientHints { platform_version, ..ClientHints::default() };
        let platform = if user_agent.contains("Mac") { "\"macOS\"" } else { "\"Android\"" };
        let hints = if platform_version.is_empty() { hints } else { ClientHints { platform, ..hints } };
        agents.describe(&facts(user_agent, hints), &nobody()).device.os.version.to_string()
    };
    let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36";
    assert_eq!(version(mac, ""), "");
    assert_eq!(version(mac, "\"14.5.0\""), "14.5");
    assert_eq!(version(&mac.replace("10_15_7", "10_14_6"), ""), "10.14.6");
    assert_eq!(
        version("Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:127.0) Gecko/20100101 Firefox/127.0", ""),
        ""
    );
    assert_eq!(version(REDUCED, ""), "");
    assert_eq!(version(REDUCED, "\"15.0.0\""), "15");
    assert_eq!(version(&REDUCED.replace("; K)", "; Pixel 3)"), ""), "10");
}

#[test]
fn lists_that_have_changed_are_asked_again() {
    let agents = Agents::new(10);
    let entries = Entries::parse("ua:windows nt").unwrap();
    let none = || [].iter();
    let denied = Lists::new(1, &DetectorConfig::default(), none(), [&entries].into_iter(), none());
    let facts = facts(WINDOWS, ClientHints::default());
    let first = agents.describe(&facts, &nobody());
    assert_eq!(first.listed, Listed::default());
    let second = agents.describe(&facts, &denied);
    assert!(second.listed.denied && !second.listed.allowed);
    assert!(Arc::ptr_eq(&second, &agents.describe(&facts, &denied)));
    assert_eq!(agents.describe(&facts, &nobody()).listed, Listed::default());
}
