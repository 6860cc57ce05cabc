use super::*;
use crate::{MappedParams, Query};
use signalbox_domain::{Timestamp, Visitor};
use std::{collections::BTreeSet, net::Ipv4Addr};

fn compile(text: &str) -> CompiledUrl {
    CompiledUrl::compile(text, &TimeZone::UTC).unwrap().0
}

fn expand(url: &CompiledUrl, random: u64) -> String {
    let visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
    let (query, params) = (Query::default(), MappedParams::default());
    let request = Request::new(&visitor, &query, &params, Timestamp(0));
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

fn forwarded(template: &str, sent: &str, path: &str) -> String {
    let visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
    let query = Query::parse(sent);
    let params = MappedParams::from_query(&query, None);
    let request = Request::new(&visitor, &query, &params, Timestamp(0));
    let context = MacroContext { click_id: ClickId(7), ..MacroContext::without_campaign(&request, 0) };
    let mut out = String::from("before ");
    compile(template).expand_forwarding(&context, Some(&query), path, &mut out);
    out.strip_prefix("before ").unwrap().replace(&ClickId(7).to_string(), "CLICK")
}

#[test]
fn the_visitors_parameters_are_forwarded() {
    for (template, sent, expected) in [
        ("https://a.example/", "", "https://a.example/"),
        ("https://a.example", "x=1", "https://a.example?x=1"),
        ("https://a.example/p?a=1#f", "b=2&c", "https://a.example/p?a=1&b=2&c=#f"),
        ("https://a.example/?a=1&b=2", "a=9", "https://a.example/?b=2&a=9"),
        ("https://a.example/?%61=1&b+c=2", "a=9&b%20c=8", "https://a.example/?a=9&b%20c=8"),
        (
            "https://a.example/?a=1",
            "x=1%26y%3D2%23z&%0d%0a=q",
            "https://a.example/?a=1&x=1%26y%3D2%23z&%0D%0A=q",
        ),
        ("https://a.example/?a={sub_id_1}", "sub1=b%26c", "https://a.example/?a=b%26c&sub1=b%26c"),
        // What names the click to the tracker stays here, and nobody takes the click's place in the target.
        (
            "https://a.example/?s={click_id}",
            "s=evil&S=evil&_lp=1&_token=t&x=1",
            "https://a.example/?s=CLICK&x=1",
        ),
        ("https://a.example/?s=x-{subid}&t=1", "t=2&s=evil", "https://a.example/?s=x-CLICK&t=2"),
        ("https://a.example/{click_id}?s=1", "s=2", "https://a.example/CLICK?s=2"),
    ] {
        assert_eq!(forwarded(template, sent, ""), expected, "{template} + {sent}");
    }
    let own = ClickId(7).to_string();
    assert_eq!(forwarded("https://a.example/", &format!("cid={own}&x=1"), ""), "https://a.example/?x=1");
}

#[test]
fn the_rest_of_the_path_is_appended() {
    for (template, path, expected) in [
        ("https://a.example", "/x", "https://a.example/x"),
        ("https://a.example/p/?q=1#f", "/x/y/", "https://a.example/p/x/y/?q=1#f"),
        ("https://a.example/p", "//x///y", "https://a.example/p/x/y"),
        ("https://a.example/p/", "/../../%2e%2e/./%2E/x", "https://a.example/p/x"),
        ("https://a.example/p", "/a%2fb%3Fc%23d/%0d%0a", "https://a.example/p/a%2Fb%3Fc%23d/%0D%0A"),
        ("https://a.example/p", "/", "https://a.example/p"),
        ("https://a.example/p", "", "https://a.example/p"),
        ("https://a.example", "/@evil.example", "https://a.example/%40evil.example"),
    ] {
        assert_eq!(forwarded(template, "", path), expected, "{template} + {path}");
    }
}

#[test]
fn forwarding_is_bounded() {
    let sent: String = (0..120).map(|number| format!("p{number}={}&", "ü".repeat(60))).collect();
    let target = forwarded("https://a.example/", &sent, &"/x".repeat(5000));
    let bound = 20 + forward::PARAMETERS_BYTES_MAX + forward::PATH_BYTES_MAX;
    assert!(target.len() <= bound && target.contains("p0=") && !target.contains("p119="), "{}", target.len());
}

#[test]
fn hashes_are_written_in_four_ways() {
    let url = "https://a.example/?{sub_id_1|md5}&{md5:sub_id_1}&{t1_md5}&{sub1|sha1}&{_sub1|sha256}&{sub2|md5}&{sub2:none|md5}";
    let visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
    let query = Query::parse("sub1=abc");
    let params = MappedParams::from_query(&query, None);
    let request = Request::new(&visitor, &query, &params, Timestamp(0));
    let mut out = String::new();
    compile(url).expand(&MacroContext::without_campaign(&request, 0), &mut out);
    let md5 = "900150983cd24fb0d6963f7d28e17f72";
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(out, format!("https://a.example/?{md5}&{md5}&{md5}&{sha1}&{sha256}&&none"));
}
