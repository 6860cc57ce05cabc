//! What the list of requests holds.

use super::*;
use std::collections::BTreeMap;

fn requests(mix: &Mix) -> Vec<Prepared> {
    let slugs: Vec<_> = (0..mix.campaigns).map(|number| format!("bench-{number}")).collect();
    mix.requests(&slugs, "127.0.0.1:1".parse().unwrap()).unwrap()
}

/// How often each value occurs between `before` and `after`.
fn values(texts: &[&str], before: &str, after: &[char]) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for text in texts {
        let value = text.split(before).nth(1).unwrap().split(after).next().unwrap();
        *found.entry(value.to_owned()).or_default() += 1;
    }
    found
}

#[test]
fn every_cardinality_is_met_exactly() {
    let mix = Mix::committed().unwrap();
    let requests = requests(&mix);
    assert_eq!(requests.len(), 20_000);
    let texts: Vec<_> = requests.iter().map(|request| std::str::from_utf8(&request.bytes).unwrap()).collect();
    assert!(texts.iter().all(|text| text.starts_with("GET /bench-") && text.ends_with("\r\n\r\n")));
    let campaigns = values(&texts, "GET /", &['?']);
    assert_eq!((campaigns.len(), campaigns.values().all(|count| *count == 20)), (1000, true));
    let addresses = values(&texts, "X-Forwarded-For: ", &['\r']);
    assert_eq!((addresses.len(), addresses.values().all(|count| *count == 2)), (10_000, true));
    for (number, count) in [(1, 500), (2, 50), (3, 10)] {
        assert_eq!(values(&texts, &format!("&s{number}="), &['&', ' ']).len(), count);
    }
    let seen: Vec<_> = texts.iter().copied().filter(|text| !text.contains("Build/")).collect();
    assert_eq!(values(&seen, "User-Agent: ", &['\r']).len(), 50);
    assert_eq!(values(&texts, "ext=", &['&']).len(), 20_000);
}

#[test]
fn one_in_a_hundred_has_a_place_for_a_number_that_makes_it_new() {
    let requests = requests(&Mix::committed().unwrap());
    let unseen: Vec<_> = requests.iter().filter(|request| request.unseen.is_some()).collect();
    assert_eq!(unseen.len(), 200);
    for request in unseen {
        let at = request.unseen.unwrap();
        assert_eq!(&request.bytes[at..at + UNSEEN_DIGITS], b"00000000");
    }
}

#[test]
fn the_same_seed_makes_the_same_requests() {
    let mix = Mix::committed().unwrap();
    assert_eq!(requests(&mix), requests(&mix));
    assert_ne!(requests(&mix), requests(&Mix { seed: 1, ..mix.clone() }));
}

#[test]
fn a_quick_run_sends_the_same_traffic() {
    let mix = Mix::committed().unwrap();
    let quick = mix.clone().quick();
    assert!(quick.proof_seconds < mix.proof_seconds);
    assert_eq!(requests(&quick), requests(&mix));
}
