use super::*;
use crate::{MappedParams, Query};
use signalbox_domain::{Timestamp, Visitor};
use std::{collections::BTreeSet, net::Ipv4Addr};

fn compile(text: &str) -> CompiledUrl {
    CompiledUrl::compile(text, &TimeZone::UTC).unwrap().0
}

fn expand(url: &CompiledUrl, random: u64) -> String {
    let visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
    let request = Request {
        visitor: &visitor,
        query: &Query::default(),
        referrer: "",
        referrer_domain: "",
        host: "",
        params: &MappedParams::default(),
        unique_campaign: false,
        now: Timestamp(0),
    };
    let mut out = String::new();
    url.expand(&MacroContext::without_campaign(&request, random), &mut out);
    out
}

#[test]
fn random_numbers_fill_their_range_and_differ_within_a_click() {
    let url = compile("https://a.example/?{random:-1,3}&{random:-1,3}");
    let mut pairs = BTreeSet::new();
    for random in 0..2000 {
        let out = expand(&url, random);
        pairs.insert(out.split_once('?').unwrap().1.to_owned());
    }
    assert_eq!(pairs.len(), 25, "{pairs:?}");
    let whole = compile("https://a.example/?{random:-9223372036854775808,9223372036854775807}");
    let texts: BTreeSet<_> = (0..100).map(|random| expand(&whole, random)).collect();
    assert_eq!(texts.len(), 100);
}

#[test]
fn samples_are_all_taken() {
    let url = compile("https://a.example/?{sample:a,b,c}");
    let texts: BTreeSet<_> = (0..100).map(|random| expand(&url, random)).collect();
    assert_eq!(texts.len(), 3);
}

#[test]
fn what_is_no_target_is_refused_with_a_reason() {
    for (text, expected) in [
        ("https://a.example:99999/", "port"),
        ("https://a..b%/", "host"),
        ("https://{sub_id_1}.example/", "literal host"),
        ("javascript:alert(1)", "http"),
        ("https://a.example/\r\nX: y", "control"),
    ] {
        let reason = CompiledUrl::compile(text, &TimeZone::UTC).unwrap_err();
        assert!(reason.contains(expected), "{text}: {reason}");
    }
}

#[test]
fn a_target_without_macros_says_so() {
    assert!(compile("https://a.example/x").is_literal());
    assert!(!compile("https://a.example/{ip}").is_literal());
}

#[test]
fn a_moment_out_of_range_has_no_date() {
    let (format, _) = date::DateFormat::parse("Y", &TimeZone::UTC);
    let mut out = String::new();
    let mut encoder = Encoder::new(&mut out, Place::Path, false);
    format.write(Timestamp(i64::MAX), &mut encoder);
    encoder.finish();
    assert_eq!(out, "");
}
