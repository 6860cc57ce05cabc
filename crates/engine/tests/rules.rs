//! Rules as tables: each file of `cases/rules/` lists rules with the visitors they let in and those they refuse.
//!
//! A rule is `"criterion op value | value"` or as it is stored. What is not said of a visitor is unknown; `unknown` says what becomes of
//! somebody of whom nothing is known.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/live.rs"]
mod live;
#[path = "support/visit.rs"]
mod visit;

use serde::Deserialize;
use serde_json::{Value, json};
use signalbox_domain::{Criterion, DestinationId, Operator, Rule, TrafficSourceId, Validator, WorkspaceId};
use signalbox_engine::{
    Dice, Found, MappedParams, Query, Request, RoutingInput, Snapshot, StreamVerdict, check_rule, decide,
    decide_traced,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};
use visit::{Facts, Sent};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code, reason = "for people")]
    about: String,
    rules: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    #[serde(default)]
    #[allow(dead_code, reason = "for people")]
    note: String,
    rule: Value,
    #[serde(default)]
    lets_in: Vec<Facts>,
    #[serde(default)]
    refuses: Vec<Facts>,
    #[serde(default)]
    unknown: Option<Unknown>,
}

#[derive(Deserialize, Clone, Copy, PartialEq, Eq)]
enum Unknown {
    #[serde(rename = "let in")]
    LetIn,
    #[serde(rename = "refused")]
    Refused,
}

struct Zero;

impl Dice for Zero {
    fn roll(&mut self, _below: u64) -> u64 {
        0
    }
}

fn rule(value: &Value) -> Rule {
    let Value::String(text) = value else { return serde_json::from_value(value.clone()).unwrap() };
    let mut words = text.splitn(3, ' ');
    let (criterion, op) = (words.next().unwrap(), words.next().unwrap());
    let values: Vec<_> = words.next().map_or_else(Vec::new, |values| values.split(" | ").collect());
    serde_json::from_value(json!({"test": {"criterion": criterion, "op": op, "values": values}})).unwrap()
}

/// A campaign `#10` with the rule on its forced stream `#1` and a default one behind it.
fn world(rule: &Rule, source: Option<TrafficSourceId>) -> RoutingInput {
    let id = |number: u64| DestinationId(number).to_string();
    let stream = |number: u64, name: &str, kind: &str, rules: &Rule| json!({"id": id(number), "name": name, "kind": kind, "rules": rules, "routes": [{"destination_id": id(100)}]});
    let streams = [stream(1, "match", "forced", rule), stream(2, "else", "default", &Rule::default())];
    let sources: Vec<_> =
        source.iter().map(|id| json!([WorkspaceId(1), {"id": id, "name": "s", "parameters": []}])).collect();
    serde_json::from_value(json!({
        "workspaces": [{"id": WorkspaceId(1), "name": "main", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[WorkspaceId(1), {"id": id(10), "name": "c", "slug": "go", "source_id": source, "streams": streams}]],
        "destinations": [[WorkspaceId(1), {"id": id(100), "name": "offer", "url": "https://o.example/"}]],
        "sources": sources, "networks": [], "domains": [], "revision": 1
    }))
    .unwrap()
}

fn lets_in(rule: &Rule, facts: &Facts, shown: &str) -> bool {
    let source =
        facts.source.as_ref().map(|id| TrafficSourceId(id.strip_prefix('#').unwrap().parse().unwrap()));
    let compiled = Snapshot::compile(&world(rule, source));
    assert!(compiled.problems.is_empty(), "{shown}: {:#?}", compiled.problems);
    let Found::Campaign { campaign, .. } = compiled.snapshot.find(&facts.host, "/go") else {
        panic!("{shown}: no campaign")
    };
    let visitor = facts.visitor();
    let query = Query::parse(&facts.query);
    let params = MappedParams::from_query(&query, campaign.source());
    let known = live::Known::from(&facts.live);
    let request = Request {
        referrer: &facts.referrer,
        referrer_domain: &facts.referrer_domain,
        host: &facts.host,
        headers: &Sent(&facts.headers),
        unique_campaign: facts.unique,
        visitor_key: facts.visitor_key,
        live: &known,
        ..Request::new(&visitor, &query, &params, facts.now())
    };
    let decision = decide(campaign, &compiled.snapshot, &request, &mut Zero);
    let (_, trace) = decide_traced(campaign, &compiled.snapshot, &request, &mut Zero);
    let taken = decision.stream.unwrap().id.0 == 1;
    let held = trace.streams[0].rules.as_ref().unwrap().held();
    assert_eq!(
        (held, trace.streams[0].verdict == StreamVerdict::Taken),
        (taken, taken),
        "{shown}: {trace:#?}"
    );
    taken
}

/// Criterion (without its argument) and operator.
type Combination = (String, Operator);

fn combination(rule: &Rule) -> Option<Combination> {
    let Rule::Test(test) = rule else { return None };
    let name = test.criterion.to_string();
    let name = name.split('.').next().unwrap().to_owned();
    Some((name, test.op))
}

#[test]
fn every_rule_lets_in_whom_it_should() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/rules");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut asked, mut wrong) = (0, Vec::new());
    let mut covered: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let table: Table =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for row in &table.rules {
            let rule = rule(&row.rule);
            let shown = format!("{}: {}", path.file_name().unwrap().display(), row.rule);
            let mut v = Validator::new();
            rule.validate(&mut v);
            assert_eq!(v.finish(), Ok(()), "{shown}");
            assert_eq!(check_rule(&rule, "rules"), [], "{shown}");
            let mut expect = |facts: &Facts, expected: bool, who: String| {
                if lets_in(&rule, facts, &shown) != expected {
                    wrong.push(format!("{shown} {} {who}", if expected { "refuses" } else { "lets in" }));
                }
            };
            for (number, facts) in row.lets_in.iter().enumerate() {
                expect(facts, true, format!("visitor {number} of lets_in"));
            }
            for (number, facts) in row.refuses.iter().enumerate() {
                expect(facts, false, format!("visitor {number} of refuses"));
            }
            if let Some(unknown) = row.unknown {
                expect(&Facts::default(), unknown == Unknown::LetIn, "the unknown visitor".to_owned());
            }
            asked += row.lets_in.len() + row.refuses.len() + usize::from(row.unknown.is_some());
            if let Some((criterion, op)) = combination(&rule) {
                covered.entry(criterion).or_default().insert(format!("{op:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 2000, "only {asked} visitors were looked at");
    let names = Criterion::plain().map(|(name, _)| name).chain(["query", "header", "sub_id"]);
    for name in names {
        // Whatever else goes with a criterion: whether it is there can always be asked.
        let operators = covered.get(name).unwrap_or_else(|| panic!("no rule asks for {name}"));
        assert!(
            operators.len() >= 4 && operators.contains("Exists") && operators.contains("Empty"),
            "{name}: {operators:?}"
        );
    }
}

#[test]
fn rules_that_cannot_be_asked_name_what_is_wrong() {
    let stored = json!({"all": [
        {"test": {"criterion": "city", "op": "regex", "values": ["fine", "(", "a{9999999}"]}},
        {"any": [{"expression": "country = \"DE\""}, {"expression": "land == 1"}]},
        {"test": {"criterion": "asn", "op": "at_least", "values": ["many"]}},
        {"test": {"criterion": "city", "op": "mask", "values": ["*fine?("]}}
    ]});
    let errors = check_rule(&rule(&stored), "streams[2].rules");
    let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
    assert_eq!(
        fields,
        [
            "streams[2].rules.all[0].test.values[1]",
            "streams[2].rules.all[0].test.values[2]",
            "streams[2].rules.all[1].any[0].expression",
            "streams[2].rules.all[1].any[1].expression",
            "streams[2].rules.all[2].test.values[0]",
        ]
    );
    assert!(errors[0].reason.contains("unclosed group"), "{errors:?}");
    assert_eq!(check_rule(&rule(&json!({"expression": "1"})), "")[0].field, "expression");
}
