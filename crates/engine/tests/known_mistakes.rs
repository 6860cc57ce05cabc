//! Mistakes that other trackers make with rules and macros, by name, so that they are not made here.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use serde_json::{Value, json};
use signalbox_domain::{ClickId, DestinationId, Timestamp, Visitor, WorkspaceId};
use signalbox_engine::{
    CompiledText, Dice, Found, MacroContext, MappedParams, Query, Request, Severity, Snapshot, decide,
};

struct Zero;

impl Dice for Zero {
    fn roll(&mut self, _below: u64) -> u64 {
        0
    }
}

fn id(number: u64) -> String {
    DestinationId(number).to_string()
}

/// A campaign whose forced stream has `rules`, with a default one behind it; both lead to `template`.
fn compile(rules: &Value, template: &str) -> signalbox_engine::Compiled {
    let stream = |number: u64, kind: &str, rules: &Value| json!({"id": id(number), "name": kind, "kind": kind, "rules": rules, "routes": [{"destination_id": id(100)}]});
    let streams = [stream(1, "forced", rules), stream(2, "default", &json!({"all": []}))];
    let input = json!({
        "workspaces": [{"id": WorkspaceId(1), "name": "main", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[WorkspaceId(1), {"id": id(10), "name": "c", "slug": "go", "streams": streams}]],
        "destinations": [[WorkspaceId(1), {"id": id(100), "name": "offer", "url": template}]],
        "sources": [], "networks": [], "domains": [], "revision": 1
    });
    Snapshot::compile(&serde_json::from_value(input).unwrap())
}

/// Name of the stream that takes a click with this query, and its target.
fn click(compiled: &signalbox_engine::Compiled, visitor: &Visitor, sent: &str) -> (String, String) {
    let Found::Campaign { campaign, .. } = compiled.snapshot.find("", "/go") else { panic!("no campaign") };
    let query = Query::parse(sent);
    let params = MappedParams::from_query(&query, None);
    let request = Request::new(visitor, &query, &params, Timestamp(1_790_000_000_000));
    let decision = decide(campaign, &compiled.snapshot, &request, &mut Zero);
    let context = MacroContext { click_id: ClickId(7), ..MacroContext::without_campaign(&request, 1) };
    let mut target = String::new();
    decision.target.unwrap().expand(&context, &mut target);
    (decision.stream.unwrap().name.to_string(), target)
}

fn visitor() -> Visitor {
    Visitor::unknown([192, 0, 2, 1].into())
}

fn target(template: &str, sent: &str) -> String {
    click(&compile(&json!({"all": []}), template), &visitor(), sent).1
}

fn taken_by(rules: &Value, visitor: &Visitor, sent: &str) -> String {
    click(&compile(rules, "https://o.example/"), visitor, sent).0
}

#[test]
fn a_visitors_value_does_not_rewrite_the_query_of_the_target() {
    let target = target("https://o.example/?a={sub_id_1}&b=2", "sub1=x%26b%3Devil%23f%3Fg");
    assert_eq!(target, "https://o.example/?a=x%26b%3Devil%23f%3Fg&b=2");
}

#[test]
fn a_value_that_looks_like_a_macro_is_not_expanded_again() {
    let sent = "sub1=%7Bsub_id_2%7D&sub2=%7Bsub_id_1%7D&zone=%7Bip%7D";
    let target = target("https://o.example/?a={sub_id_1}&b={_sub_id_2}&c={zone}", sent);
    assert_eq!(target, "https://o.example/?a=%7Bsub_id_2%7D&b=%7Bsub_id_1%7D&c=%7Bip%7D");
}

#[test]
fn unknown_macros_do_not_leak_braces_to_networks() {
    assert_eq!(target("https://o.example/?a={nonsense}&b={payout}", "payout=9"), "https://o.example/?a=&b=");
}

#[test]
fn a_page_of_the_tracker_runs_no_script_of_a_visitor() {
    let (page, _) = CompiledText::compile(
        "<script>location.replace('{sub_id_1}')</script><a href='{sub_id_1}'>{sub_id_1}</a>",
        true,
        &jiff::tz::TimeZone::UTC,
    );
    for sent in
        ["</script><script>alert(1)</script>", "');alert(1)//", "\\", "`${alert(1)}`", "javascript:alert(1)"]
    {
        let raw: String = url::form_urlencoded::byte_serialize(sent.as_bytes()).collect();
        let raw = format!("sub1={raw}");
        let (visitor, query) = (visitor(), Query::parse(&raw));
        let params = MappedParams::from_query(&query, None);
        let request = Request::new(&visitor, &query, &params, Timestamp(0));
        let mut out = String::new();
        page.expand(&MacroContext::without_campaign(&request, 0), &mut out);
        assert_eq!(out.matches("</script").count(), 1, "{out}");
        assert_eq!(out.matches('\'').count(), 4, "{out}");
        assert!(
            !out.contains("alert(1)\"") && !out.contains("href='javascript") && !out.contains('`'),
            "{out}"
        );
    }
}

#[test]
fn an_invalid_regular_expression_leaves_out_its_stream_and_nothing_else() {
    let rules = json!({"all": [{"test": {"criterion": "city", "op": "regex", "values": ["ok", "("]}}]});
    let compiled = compile(&rules, "https://o.example/");
    let [problem] = compiled.problems.as_slice() else { panic!("{:?}", compiled.problems) };
    assert_eq!(
        (problem.field.as_str(), problem.severity),
        ("rules.all[0].test.values[1]", Severity::LeftOut)
    );
    assert_eq!(click(&compiled, &visitor(), "").0, "default");
}

#[test]
fn an_invalid_expression_leaves_out_its_stream_and_nothing_else() {
    let compiled = compile(&json!({"any": [{"expression": "land == 1"}]}), "https://o.example/");
    let [problem] = compiled.problems.as_slice() else { panic!("{:?}", compiled.problems) };
    assert_eq!((problem.field.as_str(), problem.severity), ("rules.any[0].expression", Severity::LeftOut));
    assert_eq!(click(&compiled, &visitor(), "").0, "default");
}

#[test]
fn an_unknown_timezone_does_not_silently_become_utc() {
    let rules = json!({"test": {"criterion": "time_of_day", "op": "not_between", "values": ["00:00-00:01"], "timezone": "Mars/Olympus"}});
    let compiled = compile(&rules, "https://o.example/");
    assert_eq!(compiled.problems[0].severity, Severity::LeftOut, "{:?}", compiled.problems);
    assert_eq!(click(&compiled, &visitor(), "").0, "default");
}

#[test]
fn country_and_device_are_not_taken_from_the_query() {
    let rules = json!({"any": [
        {"test": {"criterion": "country", "op": "exists"}},
        {"test": {"criterion": "os", "op": "exists"}},
        {"test": {"criterion": "device_type", "op": "exists"}}
    ]});
    assert_eq!(
        taken_by(&rules, &visitor(), "country=DE&geo_country=DE&os=iOS&device=mobile&device_type=mobile"),
        "default"
    );
}

#[test]
fn text_is_compared_without_regard_to_case_in_every_way() {
    let mut visitor = visitor();
    visitor.geo_mut().city = "MÜNCHEN".into();
    for (op, value) in [
        ("in", "münchen"),
        ("contains", "ünch"),
        ("starts_with", "mün"),
        ("ends_with", "chen"),
        ("mask", "m*n"),
        ("regex", "^mün"),
    ] {
        let rules = json!({"test": {"criterion": "city", "op": op, "values": [value]}});
        assert_eq!(taken_by(&rules, &visitor, ""), "forced", "{op} {value}");
    }
}

#[test]
fn versions_are_not_compared_as_text_or_fractions() {
    let mut visitor = visitor();
    visitor.device_mut().os.version = "10.10".into();
    for (op, value, taken) in
        [("at_least", "9", "forced"), ("at_least", "10.9", "forced"), ("less_than", "10.2", "default")]
    {
        let rules = json!({"test": {"criterion": "os_version", "op": op, "values": [value]}});
        assert_eq!(taken_by(&rules, &visitor, ""), taken, "{op} {value}");
    }
}
