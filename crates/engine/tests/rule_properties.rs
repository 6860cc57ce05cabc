//! What has to hold for every rule, page and template, whatever they say and whatever is sent.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

use proptest::{prelude::*, sample::select};
use serde_json::json;
use signalbox_domain::{Criterion, DestinationId, Operator, Rule, Test, Timestamp, Visitor, WorkspaceId};
use signalbox_engine::{
    Dice, Found, Headers, MappedParams, Query, Request, RoutingInput, Snapshot, check_rule, decide, fuzzing,
};
use std::net::IpAddr;

/// How many cases are tried; `PROPTEST_CASES` asks for more or fewer.
fn cases(usual: u32) -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|count| count.parse().ok()).unwrap_or(usual)
}

struct Zero;

impl Dice for Zero {
    fn roll(&mut self, _below: u64) -> u64 {
        0
    }
}

/// Headers that all say the same.
struct Same<'a>(&'a str);

impl Headers for Same<'_> {
    fn header(&self, _name: &str) -> Option<&str> {
        Some(self.0)
    }
}

/// A visitor who is described by one text wherever there is room for one.
#[derive(Debug, Clone)]
struct Seen {
    text: String,
    ip: IpAddr,
    key: u64,
    now: i64,
}

fn seen() -> impl Strategy<Value = Seen> {
    let texts = vec![
        "",
        "DE",
        "17.4.1",
        "3320",
        "12.5",
        "de-at,en",
        "Mozilla/5.0 Chrome/120",
        "münchen",
        "known_bot",
    ];
    let text = prop_oneof![3 => select(texts).prop_map(str::to_owned), 1 => any::<String>()];
    let ip = prop_oneof![
        any::<u32>().prop_map(|ip| IpAddr::from(ip.to_be_bytes())),
        any::<u128>().prop_map(|ip| IpAddr::from(ip.to_be_bytes()))
    ];
    let now = prop_oneof![3 => 0_i64..4_102_444_800_000, 1 => any::<i64>()];
    (text, ip, any::<u64>(), now).prop_map(|(text, ip, key, now)| Seen { text, ip, key, now })
}

/// Whether a stream with this rule takes the click of this visitor.
fn holds(rule: &Rule, seen: &Seen) -> bool {
    let id = |number: u64| DestinationId(number).to_string();
    let streams =
        json!([{"id": id(1), "name": "s", "kind": "regular", "rules": rule, "action": {"type": "nothing"}}]);
    let input: RoutingInput = serde_json::from_value(json!({
        "workspaces": [{"id": WorkspaceId(1), "name": "w", "currency": "USD", "timezone": "Europe/Berlin"}],
        "campaigns": [[WorkspaceId(1), {"id": id(10), "name": "c", "slug": "go", "streams": streams}]],
        "destinations": [], "sources": [], "networks": [], "domains": [], "revision": 1
    }))
    .unwrap();
    let compiled = Snapshot::compile(&input);
    let Found::Campaign { campaign, .. } = compiled.snapshot.find("", "/go") else { panic!("no campaign") };
    let text = seen.text.as_str();
    let mut visitor = Visitor::unknown(seen.ip);
    visitor.geo_mut().country = text.into();
    visitor.geo_mut().city = text.into();
    visitor.geo_mut().asn = text.parse().unwrap_or(0);
    visitor.device_mut().os.version = text.into();
    visitor.user_agent = text.into();
    visitor.languages = text.into();
    let query = Query::default();
    let params = MappedParams { sub_ids: [text; 30], keyword: text, ..MappedParams::default() };
    let request = Request {
        referrer: text,
        referrer_domain: text,
        host: text,
        headers: &Same(text),
        visitor_key: seen.key,
        ..Request::new(&visitor, &query, &params, Timestamp(seen.now))
    };
    decide(campaign, &compiled.snapshot, &request, &mut Zero).stream.is_some()
}

fn criterion() -> impl Strategy<Value = Criterion> {
    let mut all: Vec<Criterion> = Criterion::plain().map(|(_, criterion)| criterion.clone()).collect();
    all.extend([Criterion::SubId(3), Criterion::Header("x-a".to_owned())]);
    select(all)
}

/// Operators and their opposites.
const PAIRS: &[(Operator, Operator)] = &[
    (Operator::In, Operator::NotIn),
    (Operator::Contains, Operator::NotContains),
    (Operator::StartsWith, Operator::NotStartsWith),
    (Operator::EndsWith, Operator::NotEndsWith),
    (Operator::Mask, Operator::NotMask),
    (Operator::Regex, Operator::NotRegex),
    (Operator::Between, Operator::NotBetween),
    (Operator::Exists, Operator::Empty),
];

fn value() -> impl Strategy<Value = String> {
    let usual = vec![
        "DE",
        "de",
        "true",
        "4",
        "17.4",
        "3320",
        "1..100",
        "10.0.0.0/8",
        "2001:db8::/32",
        "10.0.0.1-10.0.0.9",
        "22:00-06:00",
        "2026-01-01..2026-12-31",
        "mon",
        "chrome",
        "*chrome*",
        "m?nchen",
        "^[a-m]",
        r"\d+$",
        "(",
        "unknown",
        "50",
    ];
    prop_oneof![6 => select(usual).prop_map(str::to_owned), 1 => ".{1,8}"]
}

fn test(criterion: &Criterion, op: Operator, values: &[String]) -> Rule {
    let values = if op.takes_values() { values.to_vec() } else { Vec::new() };
    Rule::Test(Test { criterion: criterion.clone(), op, values, timezone: None })
}

fn is_sound(rule: &Rule) -> bool {
    let mut v = signalbox_domain::Validator::new();
    rule.validate(&mut v);
    v.finish().is_ok() && check_rule(rule, "").is_empty()
}

/// Words of expressions, put together at random.
fn expression() -> impl Strategy<Value = String> {
    let words = vec![
        "country",
        "query",
        "query.zone",
        "sub_id[3]",
        "header[\"a\"]",
        "languages",
        "user_agent",
        "hour",
        "percent",
        "bot",
        "asn",
        "ip",
        "\"DE\"",
        "\"a+\"",
        "'x'",
        "1",
        "2.5",
        "true",
        "null",
        "[",
        "]",
        "(",
        ")",
        "{",
        "}",
        ",",
        ":",
        ".",
        "?",
        "&&",
        "||",
        "!",
        "==",
        "!=",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        " in ",
        ".size()",
        ".contains(",
        ".matches(",
        ".exists(x, ",
        ".all(x, ",
        ".map(x, ",
        ".filter(x, ",
        "x",
        "has(",
        "int(",
        "string(",
        "within(\"10.0.0.0/8\")",
        ".atLeast(\"1\")",
        "size(",
        "\u{fc}",
        "\\",
        "`",
        "@result",
    ];
    prop::collection::vec(select(words), 1..14).prop_map(|words| words.concat())
}

/// Expressions that are mostly right.
fn condition() -> impl Strategy<Value = String> {
    let leaf = select(vec![
        "country == \"DE\"",
        "hour >= 9",
        "bot",
        "percent < 30.0",
        "\"zone\" in query",
        "sub_id[3] != \"\"",
        "asn == 3320",
        "user_agent.contains(\"a\")",
        "os_version.atLeast(\"17\")",
        "languages.exists(l, l == \"de\")",
        "user_agent.matches(\"[a-z]+\")",
        "int(keyword) > 3",
        "10 / (hour - 9) > 0",
        "ip.within(\"10.0.0.0/8\")",
        "size(query) == 0",
        "unique",
    ]);
    leaf.prop_map(str::to_owned).prop_recursive(5, 32, 3, |part| {
        prop_oneof![
            (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a}) && ({b})")),
            (part.clone(), part.clone()).prop_map(|(a, b)| format!("({a}) || ({b})")),
            (part.clone(), part.clone(), part.clone()).prop_map(|(a, b, c)| format!("({a}) ? ({b}) : ({c})")),
            part.prop_map(|a| format!("!({a})")),
        ]
    })
}

/// Pieces of pages.
fn page() -> impl Strategy<Value = String> {
    let pieces = vec![
        "<p>",
        "</p>",
        "<a href=\"",
        "<a href=",
        "\">",
        ">",
        "'",
        "\"",
        " ",
        "=",
        "/",
        "<script>",
        "</script>",
        "<style>",
        "</style>",
        "<!--",
        "-->",
        "<img src=x onerror=",
        " onclick=\"",
        " style='",
        "<",
        "text",
        "?a=",
        "#",
        "{city}",
        "{_city}",
        "{keyword}",
        "{referrer}",
        "{city:a\"b}",
        "{sub_id_1|md5}",
        "{",
        "}",
        "<title>",
        "<textarea>",
        "srcdoc='",
        "`",
        "<!doctype html>",
        "content=\"0;url=",
    ];
    prop::collection::vec(select(pieces), 1..16).prop_map(|pieces| pieces.concat())
}

fn hostile() -> impl Strategy<Value = String> {
    let pieces = vec![
        "<",
        ">",
        "\"",
        "'",
        "`",
        "&",
        "=",
        " ",
        "/",
        "\\",
        "</script>",
        "<!--",
        "-->",
        "javascript:",
        "data:",
        "alert(1)",
        "${",
        "{city}",
        "\r\n",
        "\0",
        "\u{2028}",
        "onerror=",
        "ü",
        "a",
    ];
    let piece = prop_oneof![4 => select(pieces).prop_map(str::to_owned), 1 => any::<String>()];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat().replace('\n', ""))
}

/// `*` any text, `?` any character: the plain way.
fn fits(mask: &[char], text: &[char]) -> bool {
    match (mask.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), _) => (0..=text.len()).any(|skipped| fits(rest, &text[skipped..])),
        (Some(('?', rest)), Some((_, more))) => fits(rest, more),
        (Some((wanted, rest)), Some((found, more))) => wanted == found && fits(rest, more),
        _ => false,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(1000), failure_persistence: None, max_global_rejects: 1_000_000, ..ProptestConfig::default() })]

    #[test]
    fn an_operator_and_its_opposite_never_agree(criterion in criterion(), pair in select(PAIRS), values in prop::collection::vec(value(), 1..4), seen in seen()) {
        let (is, is_not) = (test(&criterion, pair.0, &values), test(&criterion, pair.1, &values));
        prop_assert_eq!(is_sound(&is), is_sound(&is_not));
        // Beyond the end of calendars there is no local time, and no test of time holds.
        let dated = jiff::Timestamp::from_millisecond(seen.now).is_ok();
        prop_assume!(is_sound(&is) && (dated || !criterion.is_time()));
        prop_assert_ne!(holds(&is, &seen), holds(&is_not, &seen), "{:?} {:?}", is, seen);
    }

    #[test]
    fn comparisons_of_numbers_divide_the_known(criterion in criterion(), value in 0_u32..100, seen in seen()) {
        prop_assume!(!criterion.is_time() && !criterion.is_flag());
        let values = [value.to_string()];
        let asked = |op| holds(&test(&criterion, op, &values), &seen);
        let (less, at_most, at_least, more) = (asked(Operator::LessThan), asked(Operator::AtMost), asked(Operator::AtLeast), asked(Operator::MoreThan));
        prop_assert!(!(less && at_least));
        prop_assert!(!(more && at_most));
        // Either it is no number at all, or it lies on exactly one side.
        prop_assert_eq!(less || at_least, more || at_most);
    }

    #[test]
    fn any_rule_is_refused_with_a_reason_or_can_be_asked(criterion in criterion(), op in select(PAIRS), values in prop::collection::vec(value(), 0..4), sent in hostile()) {
        for op in [op.0, op.1, Operator::AtLeast, Operator::LessThan] {
            let rule = Rule::Any(vec![Rule::None(vec![test(&criterion, op, &values)])]);
            fuzzing::rule(format!("{}\n{sent}", serde_json::to_string(&rule).unwrap()).as_bytes());
        }
    }

    #[test]
    fn any_expression_is_refused_with_a_reason_or_can_be_asked(wild in expression(), right in condition(), sent in hostile()) {
        fuzzing::rule(format!("{wild}\n{sent}").as_bytes());
        fuzzing::rule(format!("{right}\n{sent}").as_bytes());
    }

    #[test]
    fn conditions_join_as_groups_do(a in condition(), b in condition(), seen in seen()) {
        let expression = |source: &str| Rule::Expression(source.to_owned());
        let (one, two) = (expression(&a), expression(&b));
        prop_assume!(is_sound(&one) && is_sound(&two));
        let both = expression(&format!("({a}) && ({b})"));
        prop_assume!(is_sound(&both));
        let all = Rule::All(vec![one, two]);
        // What fails holds in neither form.
        prop_assert_eq!(holds(&both, &seen), holds(&all, &seen), "{} / {}", a, b);
    }

    #[test]
    fn no_page_takes_an_element_from_a_visitor(template in page(), sent in hostile()) {
        fuzzing::page(format!("{}\n{sent}", template.replace('\n', "")).as_bytes());
    }

    #[test]
    fn masks_fit_as_the_plain_way_says(mask in "[ab*?.]{1,8}", text in "[ab.]{1,10}") {
        let rule = test(&Criterion::City, Operator::Mask, std::slice::from_ref(&mask));
        let seen = Seen { text: text.clone(), ip: [10, 0, 0, 1].into(), key: 0, now: 0 };
        let (mask, text): (Vec<char>, Vec<char>) = (mask.chars().collect(), text.chars().collect());
        prop_assert_eq!(holds(&rule, &seen), fits(&mask, &text));
    }

    #[test]
    fn any_host_and_path_is_read(host in hostile(), path in hostile()) {
        fuzzing::place(format!("{host}\n{path}").as_bytes());
    }
}
