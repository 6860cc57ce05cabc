use super::*;
use crate::{MappedParams, Query, Request};
use signalbox_domain::{Timestamp, Visitor};
use std::net::Ipv4Addr;

fn show(template: &str, html: bool, value: &str) -> (String, Vec<String>) {
    let mut visitor = Visitor::unknown(Ipv4Addr::LOCALHOST.into());
    visitor.geo_mut().city = value.into();
    let (query, params) = (Query::default(), MappedParams::default());
    let request = Request::new(&visitor, &query, &params, Timestamp(0));
    let (compiled, warnings) = CompiledText::compile(template, html, &TimeZone::UTC);
    assert_eq!(compiled.html(), html);
    let mut out = String::new();
    compiled.expand(&MacroContext::without_campaign(&request, 0), &mut out);
    (out, warnings)
}

fn page(template: &str, value: &str) -> String {
    show(template, true, value).0
}

#[test]
fn values_stay_text_in_a_page() {
    let hostile = "</script><script>alert(1)</script>\"'`&<!--";
    let text = "&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&#96;&amp;&lt;!--";
    for (template, expected) in [
        ("<p>{city}</p>", format!("<p>{text}</p>")),
        ("<p title=\"{city}\">", format!("<p title=\"{text}\">")),
        ("<p title='{_city}'>", format!("<p title='{text}'>")),
        ("<!-- {city} -->", format!("<!-- {text} -->")),
    ] {
        assert_eq!(page(template, hostile), expected);
    }
}

#[test]
fn values_in_scripts_are_the_same_text_and_never_script() {
    for (value, expected) in [
        ("München 7", r"München\u00207"),
        ("</script><script>alert(1)", r"\u003c\u002fscript\u003e\u003cscript\u003ealert\u00281\u0029"),
        ("\";alert(1)//", r"\u0022\u003balert\u00281\u0029\u002f\u002f"),
        ("';alert(1)//", r"\u0027\u003balert\u00281\u0029\u002f\u002f"),
        ("${alert(1)}`", r"\u0024\u007balert\u00281\u0029\u007d\u0060"),
        ("\\", r"\u005c"),
        ("a\r\nb\u{2028}", r"a\u000d\u000ab\u2028"),
        ("😀", r"\ud83d\ude00"),
    ] {
        for (open, close) in [("'", "'"), ("\"", "\""), ("`", "`"), ("", "")] {
            let template = format!("<script>var a = {open}{{city}}{close};</script>");
            assert_eq!(page(&template, value), format!("<script>var a = {open}{expected}{close};</script>"));
        }
        assert_eq!(page("<a onclick=\"go('{city}')\">", value), format!("<a onclick=\"go('{expected}')\">"));
    }
}

#[test]
fn addresses_run_nothing_and_keep_their_parameters() {
    for (template, value, expected) in [
        ("<a href=\"{city}\">", "https://a.example/?b=1&c=2", "<a href=\"https://a.example/?b=1&amp;c=2\">"),
        ("<a href=\"{city}\">", "javascript:alert(1)", "<a href=\"\">"),
        ("<a href=' {city}'>", " JaVa\tScript\n:alert(1)", "<a href=' '>"),
        ("<iframe src={city}>", "data:text/html,x", "<iframe src=>"),
        ("<form action=\"{city}\">", "\u{1}vbscript:x", "<form action=\"\">"),
        (
            "<meta http-equiv=refresh content=\"0; url={city}\">",
            "javascript:x",
            "<meta http-equiv=refresh content=\"0; url=\">",
        ),
        ("<a href=\"/click?a={city}&b=2\">", "x&b=9\"", "<a href=\"/click?a=x%26b%3D9%22&b=2\">"),
        ("<a href=\"/p/{city}/q\">", "../x", "<a href=\"/p/..%2Fx/q\">"),
        ("<a href=\"/p/{city}/q\">", "..", "<a href=\"/p//q\">"),
        ("<a href=\"/?u={_city}\">", "a/b&c", "<a href=\"/?u=a/b%26c\">"),
        ("<a href=\"{country:javascript}{_city}\">", ":alert(1)", "<a href=\"%3Aalert%281%29\">"),
        ("<img alt={city}>", "x onerror=alert(1)", "<img alt=x&#32;onerror&#61;alert&#40;1&#41;>"),
    ] {
        assert_eq!(page(template, value), expected, "{template} with {value:?}");
    }
}

#[test]
fn a_macro_outside_of_a_value_stays_empty_and_is_pointed_out() {
    let (out, warnings) = show("<p {city}><b{city}>x</b>", true, "onclick=alert(1)");
    assert_eq!(out, "<p ><b>x</b>");
    assert_eq!(warnings.len(), 2, "{warnings:?}");
}

#[test]
fn braces_that_are_no_macros_are_left_alone() {
    let template = "<style>p{margin:0}a{color:red}</style><script>var o={a:1,b:{c:[[1]]}};f({x})</script>{ city }{}{city:none}";
    assert_eq!(page(template, ""), template.replace("{city:none}", "none"));
    assert_eq!(show(template, true, "").1, Vec::<String>::new());
}

#[test]
fn a_text_has_values_as_they_are() {
    let (out, warnings) = show("Hello {city}! {payout} {nonsense} {date:Y}", false, "<b>\"&'</b>");
    assert_eq!(out, "Hello <b>\"&'</b>! {payout} {nonsense} 1970");
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn values_are_not_looked_into() {
    assert_eq!(show("{city}", false, "{city}{ip}").0, "{city}{ip}");
}
