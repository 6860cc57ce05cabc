//! Engine cases as data: each file of `cases/` is a small world and requests to it with what has to come out.
//!
//! Short forms: `"#7"` is the id 7. `"rule"` makes a campaign with one forced stream under that rule (named `match`) and a default one
//! (named `else`). `"template"` makes a campaign whose one destination has that URL. `"dice"` lists what is rolled, then zeros.
//! `"live"` is what is true beside configuration (see `support/live.rs`).
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/live.rs"]
mod live;
#[path = "support/visit.rs"]
mod visit;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use signalbox_domain::{CampaignId, ClickId, DestinationId, ExtraPath, StreamId, Timestamp, WorkspaceId};
use signalbox_engine::{
    CostOnConversion, Dice, Found, MacroContext, MappedParams, Query, Request, RoutingInput, Snapshot,
    choose_after_landing, decide, decide_traced,
};
use std::{fs, path::Path};
use visit::{Facts, Sent};

const CLICK: ClickId = ClickId::new(Timestamp(1_790_000_000_000), 0x1234_5678_9abc_def0);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    world: Option<Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    #[serde(default)]
    world: Option<Value>,
    #[serde(default)]
    rule: Option<Value>,
    #[serde(default)]
    template: Option<String>,
    #[serde(default)]
    request: Facts,
    #[serde(default)]
    dice: Vec<u64>,
    #[serde(default)]
    random: u64,
    expect: Expect,
}

/// What is expected; what is not named is not looked at.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    /// Name of the campaign; null for none.
    #[serde(default, deserialize_with = "some")]
    campaign: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    domain: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    stream: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    landing: Option<Option<String>>,
    #[serde(default, deserialize_with = "some")]
    destination: Option<Option<String>>,
    /// Expanded; `CLICK` stands for the click id.
    #[serde(default, deserialize_with = "some")]
    target: Option<Option<String>>,
    /// The page or text that is answered, expanded.
    #[serde(default, deserialize_with = "some")]
    body: Option<Option<String>>,
    #[serde(default)]
    outcome: Option<Value>,
    #[serde(default)]
    status: Option<u16>,
    #[serde(default)]
    via: Option<Value>,
    #[serde(default)]
    collect: Option<bool>,
    /// What follows the slug in the path.
    #[serde(default)]
    extra_path: Option<String>,
    /// Names of the campaigns it was passed on to.
    #[serde(default)]
    passed_through: Option<Vec<String>>,
    /// Name of the destination after the landing.
    #[serde(default, deserialize_with = "some")]
    after_landing: Option<Option<String>>,
    /// What the trace has to contain: objects at least these fields, lists exactly these entries.
    #[serde(default)]
    trace: Option<Value>,
    #[serde(default)]
    trafficback: Option<Value>,
    /// (name, verdict) of every stream.
    #[serde(default)]
    verdicts: Option<Value>,
    /// Fields of all problems, sorted.
    #[serde(default)]
    problems: Option<Vec<String>>,
    #[serde(default)]
    cost: Option<Value>,
    /// Mapped parameters that are not empty.
    #[serde(default)]
    params: Option<Value>,
}

fn some<'de, T: Deserialize<'de>, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Rolls what it was given, then zeros.
struct Listed(std::vec::IntoIter<u64>);

impl Dice for Listed {
    fn roll(&mut self, below: u64) -> u64 {
        self.0.next().unwrap_or(0) % below.max(1)
    }
}

/// Writes short ids out and adds what serde does not default.
fn spelled_out(value: Value) -> Value {
    match value {
        Value::String(text) => match text.strip_prefix('#').map(str::parse::<u64>) {
            Some(Ok(number)) => CampaignId(number).to_string().into(),
            _ => text.into(),
        },
        Value::Array(items) => items.into_iter().map(spelled_out).collect(),
        Value::Object(fields) => {
            fields.into_iter().map(|(name, value)| (name, spelled_out(value))).collect::<Map<_, _>>().into()
        }
        other => other,
    }
}

/// Lists of a world, with the name of the tenant pulled out of each document.
fn input(world: &Value) -> RoutingInput {
    let world = spelled_out(world.clone());
    let list = |name: &str| -> Vec<(WorkspaceId, Value)> {
        let documents = world.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let owned = |mut document: Value| {
            let fields = document.as_object_mut().unwrap();
            let workspace = fields.remove("workspace");
            let workspace = workspace.map_or(WorkspaceId(1), |id| serde_json::from_value(id).unwrap());
            if name == "networks" {
                fields.entry("postback_key").or_insert_with(|| "".into());
            }
            (workspace, document)
        };
        documents.into_iter().map(owned).collect()
    };
    let main = json!({"id": WorkspaceId(1), "name": "main", "currency": "USD", "timezone": "UTC", "rates": [
        {"currency": "EUR", "rate": "1.25"}
    ]});
    let workspaces = world.get("workspaces").cloned().unwrap_or_else(|| json!([main]));
    let mut input =
        RoutingInput { workspaces: serde_json::from_value(workspaces).unwrap(), ..Default::default() };
    fn typed<T: serde::de::DeserializeOwned>(documents: Vec<(WorkspaceId, Value)>) -> Vec<(WorkspaceId, T)> {
        let read = |(workspace, document): (WorkspaceId, Value)| {
            let shown = document.to_string();
            (workspace, serde_json::from_value(document).unwrap_or_else(|error| panic!("{error} in {shown}")))
        };
        documents.into_iter().map(read).collect()
    }
    input.campaigns = typed(list("campaigns"));
    input.destinations = typed(list("destinations"));
    input.sources = typed(list("sources"));
    input.networks = typed(list("networks"));
    input.domains = typed(list("domains"));
    input.revision = 3;
    // What is stored on disk is what was compiled.
    let stored = serde_json::to_string(&input).unwrap();
    assert_eq!(serde_json::from_str::<RoutingInput>(&stored).unwrap(), input);
    input
}

fn world_of(case: &Case, of_file: Option<&Value>) -> Value {
    let offer = |url: &str| json!([{"id": "#100", "name": "offer", "url": url}]);
    let stream = |id: u64, name: &str, kind: &str, rules: &Value| {
        json!({"id": format!("#{id}"), "name": name, "kind": kind, "rules": rules,
               "routes": [{"destination_id": "#100"}]})
    };
    let campaign = |streams: Value| json!([{"id": "#10", "name": "c", "slug": "go", "streams": streams}]);
    let always = json!({"all": []});
    if let Some(rule) = &case.rule {
        let streams = json!([stream(1, "match", "forced", rule), stream(2, "else", "default", &always)]);
        return json!({"destinations": offer("https://o.example/"), "campaigns": campaign(streams)});
    }
    if let Some(template) = &case.template {
        let streams = json!([stream(1, "main stream", "regular", &always)]);
        return json!({"destinations": offer(template), "campaigns": campaign(streams)});
    }
    case.world.as_ref().or(of_file).expect("a case has a world, a rule or a template").clone()
}

fn check(case: &Case, of_file: Option<&Value>) {
    let name = &case.name;
    let compiled = Snapshot::compile(&input(&world_of(case, of_file)));
    let snapshot = &compiled.snapshot;
    if let Some(expected) = &case.expect.problems {
        let mut fields: Vec<_> = compiled.problems.iter().map(|problem| problem.field.clone()).collect();
        fields.sort();
        assert_eq!(fields, *expected, "{name}: {:#?}", compiled.problems);
    }
    let facts = &case.request;
    let visitor = facts.visitor();
    let query = Query::parse(&facts.query);
    let found = snapshot.find(&facts.host, facts.path.as_deref().unwrap_or("/go"));
    let (campaign, domain) = match found {
        Found::Campaign { campaign, domain, .. } => (Some(campaign), domain),
        Found::Nothing { domain } => (None, domain),
    };
    let extra_path = match found {
        Found::Campaign { extra_path, .. } => extra_path,
        Found::Nothing { .. } => "",
    };
    if let Some(expected) = &case.expect.extra_path {
        assert_eq!(extra_path, expected, "{name}: extra path");
    }
    if let Some(expected) = &case.expect.campaign {
        assert_eq!(campaign.map(|campaign| campaign.name.to_string()), *expected, "{name}: campaign");
    }
    if let Some(expected) = &case.expect.domain {
        assert_eq!(domain.map(|domain| domain.host.to_string()), *expected, "{name}: domain");
    }
    let params = MappedParams::from_query(&query, campaign.and_then(|campaign| campaign.source()));
    let known = live::Known::from(&facts.live);
    let request = Request {
        referrer: &facts.referrer,
        referrer_domain: &facts.referrer_domain,
        host: &facts.host,
        extra_path,
        headers: &Sent(&facts.headers),
        unique_campaign: facts.unique,
        visitor_key: facts.visitor_key,
        live: &known,
        ..Request::new(&visitor, &query, &params, facts.now())
    };
    let Some(campaign) = campaign else {
        let url = domain.and_then(|domain| domain.not_found.as_ref());
        let expand = |url: &signalbox_engine::CompiledUrl| {
            let mut out = String::new();
            url.expand(&MacroContext::without_campaign(&request, 0), &mut out);
            out
        };
        if let Some(expected) = &case.expect.target {
            assert_eq!(url.map(expand), *expected, "{name}: target of an unknown path");
        }
        return;
    };
    let dice = || Listed(case.dice.clone().into_iter());
    let decision = decide(campaign, snapshot, &request, &mut dice());
    let (traced, trace) = decide_traced(campaign, snapshot, &request, &mut dice());
    let cost = campaign.click_cost(&params);
    let expand = |url: &signalbox_engine::CompiledUrl| {
        let mut out = String::new();
        let context = MacroContext::new(CLICK, &request, campaign, &decision, (&cost, case.random));
        let forward = campaign.forward_query.then_some(&query);
        let extra = if campaign.extra_path == ExtraPath::Append { extra_path } else { "" };
        url.expand_forwarding(&context, forward, extra, &mut out);
        out.replace(&CLICK.to_string(), "CLICK")
    };
    let id = |stream: Option<StreamId>| stream.unwrap_or_default();
    assert_eq!(id(decision.stream.map(|s| s.id)), id(traced.stream.map(|s| s.id)), "{name}: traced");
    assert_eq!(decision.target, traced.target, "{name}: traced");
    let expect = &case.expect;
    let named = |expected: &Option<Option<String>>, actual: Option<&str>, what: &str| {
        if let Some(expected) = expected {
            assert_eq!(actual, expected.as_deref(), "{name}: {what}\n{trace:#?}");
        }
    };
    named(&expect.stream, decision.stream.map(|stream| &*stream.name), "stream");
    named(&expect.landing, decision.landing.map(|landing| &*landing.name), "landing");
    named(&expect.destination, decision.destination.map(|destination| &*destination.name), "destination");
    named(&expect.target, decision.target.map(expand).as_deref(), "target");
    let show = |body: &signalbox_engine::CompiledText| {
        let mut out = String::new();
        let context = MacroContext::new(CLICK, &request, campaign, &decision, (&cost, case.random));
        body.expand(&context, &mut out);
        out.replace(&CLICK.to_string(), "CLICK")
    };
    named(&expect.body, decision.body.map(show).as_deref(), "body");
    let same = |expected: &Option<Value>, actual: Value, what: &str| {
        if let Some(expected) = expected {
            assert_eq!(actual, *expected, "{name}: {what}");
        }
    };
    same(&expect.outcome, json!(decision.outcome), "outcome");
    same(&expect.status.map(Value::from), decision.status.into(), "status");
    same(&expect.trafficback, json!(trace.trafficback), "trafficback");
    same(&expect.via, json!(decision.via), "via");
    same(&expect.collect.map(Value::from), decision.collect.into(), "collect");
    let passed: Vec<_> = decision.passed_through.iter().map(|(campaign, _)| &*campaign.name).collect();
    same(&expect.passed_through.as_ref().map(|names| json!(names)), json!(passed), "passed through");
    let after_landing = || {
        choose_after_landing(decision.chooser?, snapshot, facts.offer, &request, &mut dice())
            .map(|destination| destination.name.to_string())
    };
    if let Some(expected) = &expect.after_landing {
        assert_eq!(after_landing(), *expected, "{name}: after the landing");
    }
    if let Some(expected) = &expect.trace {
        contains(&json!(trace), &spelled_out(expected.clone()), &format!("{name}: trace"));
    }
    let verdicts: Vec<_> = trace.streams.iter().map(|stream| json!([stream.name, stream.verdict])).collect();
    same(&expect.verdicts, verdicts.into(), "verdicts");
    let on_conversion = match cost.on_conversion {
        CostOnConversion::None => Value::Null,
        CostOnConversion::PerConversion(amount) => json!({"each": amount}),
        CostOnConversion::RevenueShare(percent) => json!({"share": percent}),
        CostOnConversion::PerLead(amount) => json!({"lead": amount}),
    };
    let shown = json!({"amount": cost.amount, "currency": cost.currency, "on_conversion": on_conversion,
                       "rejected": cost.rejected_parameter, "unconverted": cost.unconverted});
    same(&expect.cost, shown, "cost");
    same(&expect.params, shown_params(&params), "params");
}

/// Objects have at least the fields expected, lists exactly the entries.
fn contains(actual: &Value, expected: &Value, at: &str) {
    match (actual, expected) {
        (Value::Object(actual), Value::Object(expected)) => {
            for (field, expected) in expected {
                contains(actual.get(field).unwrap_or(&Value::Null), expected, &format!("{at}.{field}"));
            }
        }
        (Value::Array(items), Value::Array(expected)) => {
            assert_eq!(items.len(), expected.len(), "{at}: {actual:#?}");
            for (index, (item, expected)) in items.iter().zip(expected).enumerate() {
                contains(item, expected, &format!("{at}[{index}]"));
            }
        }
        _ => assert_eq!(actual, expected, "{at}"),
    }
}

fn shown_params(params: &MappedParams<'_>) -> Value {
    let mut shown = Map::new();
    for (name, value) in [
        ("external_id", params.external_id),
        ("cost", params.cost),
        ("currency", params.currency),
        ("keyword", params.keyword),
        ("ad_campaign_id", params.ad_campaign_id),
        ("creative_id", params.creative_id),
        ("site", params.site),
    ] {
        if !value.is_empty() {
            shown.insert(name.to_owned(), value.into());
        }
    }
    for (number, value) in params.sub_ids_sent() {
        shown.insert(format!("sub_id_{number}"), value.into());
    }
    shown.into()
}

#[test]
fn every_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let (mut count, mut failed) = (0, Vec::new());
    // What is in folders below are tables, for `rules.rs` and `macros.rs`.
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.is_file()).collect();
    files.sort();
    for path in files {
        let text = fs::read_to_string(&path).unwrap();
        let file: File =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for case in &file.cases {
            count += 1;
            let checked = std::panic::catch_unwind(|| check(case, file.world.as_ref()));
            if checked.is_err() {
                failed.push(format!("{}: {}", path.file_name().unwrap().display(), case.name));
            }
        }
    }
    assert!(failed.is_empty(), "{} of {count} cases fail: {failed:#?}", failed.len());
    assert!(count >= 300, "only {count} cases were found");
}

#[test]
fn ids_of_cases_are_read() {
    let world = json!({"destinations": [{"id": "#7", "name": "x", "url": "https://x.example/"}]});
    assert_eq!(input(&world).destinations[0].1.id, DestinationId(7));
}
