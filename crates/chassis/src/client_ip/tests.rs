use proptest::prelude::*;

use super::*;

fn proxies(networks: &[&str]) -> TrustedProxies {
    TrustedProxies::new(
        networks.iter().map(|text| text.parse().unwrap()).collect(),
        ForwardedHeader::XForwardedFor,
    )
}

fn headers(name: &'static str, lines: &[&str]) -> HeaderMap {
    let mut headers = HeaderMap::new();
    for line in lines {
        headers.append(name, line.parse().unwrap());
    }
    headers
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn a_stranger_cannot_name_himself() {
    let sent = headers("x-forwarded-for", &["1.2.3.4"]);
    assert_eq!(TrustedProxies::none().client(ip("198.51.100.9"), &sent), ip("198.51.100.9"));
    assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("198.51.100.9"), &sent), ip("198.51.100.9"));
}

#[test]
fn the_nearest_untrusted_address_is_the_client() {
    let trusted = proxies(&["10.0.0.0/8", "2001:db8::/32"]);
    let cases: &[(&[&str], &str)] = &[
        (&["203.0.113.7"], "203.0.113.7"),
        (&["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
        (&["1.1.1.1, 203.0.113.7, 10.9.9.9"], "203.0.113.7"),
        (&["1.1.1.1", "203.0.113.7", "10.9.9.9, 2001:db8::5"], "203.0.113.7"),
        (&["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        (&["203.0.113.7:4711"], "203.0.113.7"),
        (&["[2a00::1]:4711, 10.0.0.1"], "2a00::1"),
        (&["[2a00::1]"], "2a00::1"),
        (&["::ffff:203.0.113.7"], "203.0.113.7"),
        (&["203.0.113.7, unknown"], "10.0.0.1"),
        (&["203.0.113.7, garbage, 10.3.3.3"], "10.3.3.3"),
        (&["203.0.113.7,"], "10.0.0.1"),
        (&[""], "10.0.0.1"),
        (&[], "10.0.0.1"),
    ];
    for (lines, expected) in cases {
        assert_eq!(
            trusted.client(ip("10.0.0.1"), &headers("x-forwarded-for", lines)),
            ip(expected),
            "{lines:?}"
        );
    }
}

#[test]
fn a_mapped_peer_is_matched_as_ipv4() {
    let sent = headers("x-forwarded-for", &["203.0.113.7"]);
    assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("::ffff:10.0.0.1"), &sent), ip("203.0.113.7"));
    assert_eq!(proxies(&["::ffff:10.0.0.0/104"]).client(ip("10.0.0.1"), &sent), ip("203.0.113.7"));
}

#[test]
fn forwarded_is_read_when_it_is_the_header_of_the_proxies() {
    let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()], ForwardedHeader::Forwarded);
    let cases = [
        ("for=203.0.113.7", "203.0.113.7"),
        ("For=\"[2a00::1]:4711\";proto=https, for=10.0.0.2", "2a00::1"),
        ("for=1.1.1.1, for=\"203.0.113.7:80\";by=\"a,b\"", "203.0.113.7"),
        ("for=203.0.113.7, for=_hidden", "10.0.0.1"),
        ("for=203.0.113.7, proto=https", "10.0.0.1"),
    ];
    for (line, expected) in cases {
        assert_eq!(trusted.client(ip("10.0.0.1"), &headers("forwarded", &[line])), ip(expected), "{line}");
    }
    assert_eq!(trusted.client(ip("10.0.0.1"), &headers("x-forwarded-for", &["1.2.3.4"])), ip("10.0.0.1"));
}

fn header_of(name: &'static str) -> ForwardedHeader {
    ForwardedHeader::Single(HeaderName::from_static(name))
}

#[test]
fn counted_proxies_are_taken_from_the_end_of_the_header() {
    let peer = ip("198.51.100.9");
    let cases: &[(usize, &[&str], &str)] = &[
        (0, &["1.1.1.1"], "198.51.100.9"),
        (1, &["203.0.113.7"], "203.0.113.7"),
        // What the client wrote in front of it does not count, however long it is.
        (1, &["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (1, &["6.6.6.6", "7.7.7.7", "203.0.113.7"], "203.0.113.7"),
        (2, &["6.6.6.6, 203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, &["6.6.6.6, 203.0.113.7", "10.0.0.1"], "203.0.113.7"),
        // Fewer entries than proxies: the farthest one that is there.
        (3, &["203.0.113.7, 10.0.0.1"], "203.0.113.7"),
        (2, &["203.0.113.7, unknown, 10.0.0.1"], "10.0.0.1"),
        (2, &["203.0.113.7, nonsense"], "198.51.100.9"),
        (1, &[], "198.51.100.9"),
        (usize::MAX, &["203.0.113.7"], "203.0.113.7"),
    ];
    for (hops, lines, expected) in cases {
        let trusted = TrustedProxies::hops(*hops, ForwardedHeader::XForwardedFor);
        let found = trusted.client(peer, &headers("x-forwarded-for", lines));
        assert_eq!(found, ip(expected), "{hops} {lines:?}");
    }
    let trusted = TrustedProxies::hops(1, ForwardedHeader::Forwarded);
    let sent = headers("forwarded", &["for=6.6.6.6, for=\"[2a00::1]:80\";proto=https"]);
    assert_eq!(trusted.client(peer, &sent), ip("2a00::1"));
    assert!(trusted.is_https(peer, &sent));
    assert!(!TrustedProxies::hops(0, ForwardedHeader::Forwarded).is_https(peer, &sent));
}

#[test]
fn a_header_with_one_address_is_believed_from_trusted_proxies_alone() {
    let networks = vec!["10.0.0.0/8".parse().unwrap()];
    let trusted = TrustedProxies::new(networks, header_of("cf-connecting-ip"));
    let sent = headers("cf-connecting-ip", &["203.0.113.7"]);
    assert_eq!(trusted.client(ip("10.0.0.1"), &sent), ip("203.0.113.7"));
    // A stranger who connects past the proxy.
    assert_eq!(trusted.client(ip("198.51.100.9"), &sent), ip("198.51.100.9"));
    let counted = TrustedProxies::hops(1, header_of("cf-connecting-ip"));
    assert_eq!(counted.client(ip("198.51.100.9"), &sent), ip("203.0.113.7"));
    for (lines, expected) in [
        (&["2a00::1"][..], "2a00::1"),
        (&["::ffff:203.0.113.7"], "203.0.113.7"),
        // A proxy that adds a line or an entry to the client's own.
        (&["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        (&["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (&["unknown"], "10.0.0.1"),
        (&[""], "10.0.0.1"),
        (&[], "10.0.0.1"),
    ] {
        let found = trusted.client(ip("10.0.0.1"), &headers("cf-connecting-ip", lines));
        assert_eq!(found, ip(expected), "{lines:?}");
    }
    // The other headers are the client's own words.
    assert_eq!(trusted.client(ip("10.0.0.1"), &headers("x-forwarded-for", &["6.6.6.6"])), ip("10.0.0.1"));
    assert!(trusted.is_https(ip("10.0.0.1"), &headers("x-forwarded-proto", &["https"])));
}

#[test]
fn https_is_what_the_nearest_trusted_proxy_says() {
    let trusted = proxies(&["10.0.0.0/8"]);
    assert!(trusted.is_https(ip("10.0.0.1"), &headers("x-forwarded-proto", &["https"])));
    assert!(trusted.is_https(ip("10.0.0.1"), &headers("x-forwarded-proto", &["http, HTTPS"])));
    assert!(!trusted.is_https(ip("10.0.0.1"), &headers("x-forwarded-proto", &["https, http"])));
    assert!(!trusted.is_https(ip("10.0.0.1"), &HeaderMap::new()));
    assert!(!trusted.is_https(ip("198.51.100.9"), &headers("x-forwarded-proto", &["https"])));
    let trusted = TrustedProxies::new(vec!["10.0.0.0/8".parse().unwrap()], ForwardedHeader::Forwarded);
    assert!(trusted.is_https(ip("10.0.0.1"), &headers("forwarded", &["for=1.1.1.1;proto=https"])));
}

#[test]
fn bytes_that_are_not_text_end_the_walk() {
    let mut sent = headers("x-forwarded-for", &["203.0.113.7"]);
    sent.append("x-forwarded-for", http::HeaderValue::from_bytes(b"\xff\xfe").unwrap());
    assert_eq!(proxies(&["10.0.0.0/8"]).client(ip("10.0.0.1"), &sent), ip("10.0.0.1"));
}

#[test]
fn limits_count_a_whole_ipv6_network_as_one() {
    assert_eq!(limit_key(ip("2001:db8:1:2:aaaa::1")), limit_key(ip("2001:db8:1:2:bbbb::2")));
    assert_ne!(limit_key(ip("2001:db8:1:2::1")), limit_key(ip("2001:db8:1:3::1")));
    assert_eq!(limit_key(ip("::ffff:192.0.2.1")), ip("192.0.2.1"));
}

fn any_ip() -> impl Strategy<Value = IpAddr> {
    prop_oneof![any::<[u8; 4]>().prop_map(IpAddr::from), any::<[u8; 16]>().prop_map(IpAddr::from)]
}

proptest! {
    /// Whatever a client sends in front, the answer is the address that the trusted proxy saw.
    #[test]
    fn what_stands_before_the_first_stranger_does_not_count(forged in "[ -~]{0,80}", seen in any_ip(), peer in 0u8..=255) {
        let trusted = proxies(&["10.0.0.0/8"]);
        prop_assume!(!trusted.trusts(seen));
        prop_assume!(!forged.contains('"'));
        let sent = headers("x-forwarded-for", &[&format!("{forged},{seen}")]);
        prop_assert_eq!(trusted.client(IpAddr::from([10, 0, 0, peer]), &sent), normal(seen));
    }

    /// No header makes it fail, and without trust no header changes anything.
    #[test]
    fn arbitrary_headers_are_harmless(bytes in proptest::collection::vec(any::<u8>(), 0..200), peer in any_ip(), forwarded in any::<bool>()) {
        let kind = if forwarded { ForwardedHeader::Forwarded } else { ForwardedHeader::XForwardedFor };
        let mut sent = HeaderMap::new();
        if let Ok(value) = http::HeaderValue::from_bytes(&bytes) {
            sent.append("x-forwarded-for", value.clone());
            sent.append("forwarded", value);
        }
        prop_assert_eq!(TrustedProxies::new(Vec::new(), kind.clone()).client(peer, &sent), normal(peer));
        let everyone = vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()];
        TrustedProxies::new(everyone, kind).client(peer, &sent);
    }

    /// Behind counted proxies nothing that the client wrote is the answer, whatever it wrote.
    #[test]
    fn counted_proxies_cannot_be_outnumbered(forged in "[ -~]{0,80}", seen in proptest::collection::vec(any_ip(), 1..6), peer in any_ip()) {
        let trusted = TrustedProxies::hops(seen.len(), ForwardedHeader::XForwardedFor);
        let entries = seen.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let sent = headers("x-forwarded-for", &[&forged, &entries]);
        prop_assert_eq!(trusted.client(peer, &sent), normal(seen[0]));
    }

    /// The answer is always the peer or an address that stands in the header.
    #[test]
    fn the_answer_was_seen(hops in proptest::collection::vec(any_ip(), 0..50), peer in any_ip()) {
        let everyone = TrustedProxies::new(vec!["0.0.0.0/0".parse().unwrap(), "::/0".parse().unwrap()], ForwardedHeader::XForwardedFor);
        let line = hops.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let client = everyone.client(peer, &headers("x-forwarded-for", &[&line]));
        prop_assert!(client == normal(peer) || hops.iter().any(|hop| normal(*hop) == client));
    }
}
