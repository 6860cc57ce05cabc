//! Entry points for fuzzers: everything that parses the outside, with its promises checked. A panic is a finding.

use crate::{ClientHints, Detector, DetectorConfig, RequestFacts, list};
use http::{HeaderMap, HeaderValue};
use signalbox_chassis::client_ip::{ForwardedHeader, TrustedProxies};
use signalbox_domain::{DeviceType, Visitor};
use std::{
    net::{IpAddr, Ipv4Addr},
    sync::LazyLock,
};

static DETECTOR: LazyLock<Detector> =
    LazyLock::new(|| Detector::new(&DetectorConfig { user_agents_max: 100, ..DetectorConfig::default() }));

/// Reads any bytes as a user agent.
pub fn user_agent(data: &[u8]) -> Visitor {
    let text = String::from_utf8_lossy(data);
    let facts = RequestFacts::new(Ipv4Addr::LOCALHOST.into(), &text);
    let visitor = DETECTOR.describe(&facts);
    assert!(visitor.user_agent.len() <= 1_024 && text.trim().starts_with(&*visitor.user_agent));
    assert_eq!(visitor, DETECTOR.describe(&facts), "remembered differently");
    let device = &visitor.device;
    for part in [&device.os.version, &device.browser.version, &device.brand, &device.model] {
        assert!(part.len() <= 2 * 1_024, "longer than what was sent: {part:?}");
    }
    if visitor.bot.is_bot() {
        assert!(matches!(device.kind, DeviceType::Bot | DeviceType::Unknown));
    }
    visitor
}

/// Reads the first line as a user agent and each further one as the next client hint.
pub fn client_hints(data: &[u8]) -> Visitor {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let mut next = || lines.next().unwrap_or("");
    let user_agent = next();
    let hints = ClientHints {
        brands: next(),
        full_version_list: next(),
        mobile: next(),
        platform: next(),
        platform_version: next(),
        model: next(),
        form_factors: next(),
    };
    let facts = RequestFacts { hints, ..RequestFacts::new(Ipv4Addr::LOCALHOST.into(), user_agent) };
    let visitor = DETECTOR.describe(&facts);
    assert_eq!(visitor, DETECTOR.describe(&facts), "remembered differently");
    assert!(visitor.device.model.len() <= 2 * 1_024);
    visitor
}

/// Reads any bytes as `Accept-Language`.
pub fn language(data: &[u8]) -> Visitor {
    let text = String::from_utf8_lossy(data);
    let facts = RequestFacts {
        accept_language: &text,
        ..RequestFacts::new(Ipv4Addr::LOCALHOST.into(), "fuzz/1.0 (x)")
    };
    let visitor = DETECTOR.describe(&facts);
    let (first, all) = (&*visitor.language, &*visitor.languages);
    let tags: Vec<&str> = all.split(',').filter(|tag| !tag.is_empty()).collect();
    assert!(tags.len() <= 32 && all.len() <= 32 * 36);
    assert_eq!(first.is_empty(), tags.is_empty());
    assert!(tags.first().is_none_or(|tag| tag.split('-').next() == Some(first)));
    assert!(first.is_empty() || (2..=3).contains(&first.len()));
    for (at, tag) in tags.iter().enumerate() {
        let plain =
            tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        assert!(plain && !tags[..at].contains(tag), "{tag:?} in {all:?}");
    }
    visitor
}

/// Reads the first line as the header of a proxy and the rest as a list of more such lines, in every way that can be configured. A client
/// behind one proxy cannot say who it is.
pub fn forwarded(data: &[u8]) {
    let peer = IpAddr::from([10, 0, 0, 1]);
    let seen = IpAddr::from([203, 0, 113, 7]);
    for name in ["x-forwarded-for", "forwarded", "cf-connecting-ip"] {
        let header = || match name {
            "x-forwarded-for" => ForwardedHeader::XForwardedFor,
            "forwarded" => ForwardedHeader::Forwarded,
            other => ForwardedHeader::Single(http::HeaderName::from_static(other)),
        };
        let mut headers = HeaderMap::new();
        for line in data.split(|byte| *byte == b'\n').take(100) {
            if let Ok(value) = HeaderValue::from_bytes(line) {
                headers.append(name, value);
            }
        }
        let network = || vec![ipnet::IpNet::from(peer)];
        let stranger = IpAddr::from([198, 51, 100, 9]);
        assert_eq!(TrustedProxies::new(network(), header()).client(stranger, &headers), stranger);
        for trusted in [TrustedProxies::new(network(), header()), TrustedProxies::hops(1, header())] {
            trusted.client(peer, &headers);
            trusted.is_https(peer, &headers);
            // The proxy adds a line of its own.
            let own = if name == "forwarded" { format!("for={seen}") } else { seen.to_string() };
            let mut behind = headers.clone();
            if let Ok(value) = HeaderValue::try_from(own) {
                behind.append(name, value);
            }
            assert_eq!(trusted.client(peer, &behind), seen);
        }
    }
}

/// Reads any bytes as a list of the operator.
pub fn operator_list(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Err(reason) = list::Entries::parse(&text) {
        assert!(!reason.is_empty());
    }
}
