//! Macros as tables: each file of `cases/macros/` has one visit and what every way to write a macro gives for it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/live.rs"]
#[allow(dead_code, reason = "what a visit can have is shared with the other cases")]
mod live;
#[path = "support/visit.rs"]
#[allow(dead_code, reason = "what a visit can have is shared with the other cases")]
mod visit;

use serde::Deserialize;
use serde_json::json;
use signalbox_domain::{ClickId, DestinationId, Timestamp, WorkspaceId};
use signalbox_engine::{
    CompiledText, Dice, Found, MacroContext, MappedParams, Query, Request, RoutingInput, Snapshot, decide,
};
use std::{fs, path::Path};
use visit::Facts;

const CLICK: ClickId = ClickId::new(Timestamp(1_790_000_000_000), 0x1234_5678_9abc_def0);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[allow(dead_code, reason = "for people")]
    about: String,
    visit: Facts,
    macros: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    /// The value as it has to arrive.
    is: String,
    /// Ways to write the macro.
    written: Vec<String>,
}

struct Zero;

impl Dice for Zero {
    fn roll(&mut self, _below: u64) -> u64 {
        0
    }
}

/// Stream `#2` of campaign `#10` shows landing page `#102` (the second of two), which has the template as target, for offer `#101`.
fn world(template: &str) -> RoutingInput {
    let id = |number: u64| DestinationId(number).to_string();
    let mut parameters: Vec<_> = [
        ("xid", "external_id"),
        ("kw", "keyword"),
        ("cmp", "ad_campaign_id"),
        ("cr", "creative_id"),
        ("zone", "site"),
        ("bid", "cost"),
    ]
    .iter()
    .map(|(parameter, role)| json!({"parameter": parameter, "token": "", "role": role}))
    .collect();
    let sub_id = |n: u8| json!({"parameter": format!("p{n}"), "token": "", "role": format!("sub_id_{n}")});
    parameters.extend((1..=30).map(sub_id));
    let streams = [
        json!({"id": id(1), "name": "other", "kind": "default", "routes": [{"destination_id": id(101)}]}),
        json!({"id": id(2), "name": "main stream", "kind": "regular", "offer_choice": "before_landing",
               "landings": [{"destination_id": id(103), "weight": 0}, {"destination_id": id(102)}],
               "routes": [{"destination_id": id(101)}]}),
    ];
    let destination = |number: u64, name: &str, url: &str| json!([WorkspaceId(1), {"id": id(number), "name": name, "url": url, "network_id": id(80)}]);
    let mut offer = destination(101, "offer 1", "https://o.example/");
    let mut page = destination(102, "page", template);
    page[1]["network_id"] = serde_json::Value::Null;
    page[1]["kind"] = "landing".into();
    offer[1]["kind"] = "offer".into();
    serde_json::from_value(json!({
        "workspaces": [{"id": WorkspaceId(1), "name": "main", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[WorkspaceId(1), {"id": id(10), "name": "Summer & co", "slug": "go", "source_id": id(61),
                                        "cost_from_parameter": true, "streams": streams}]],
        "destinations": [offer, page, destination(103, "other page", "https://p.example/")],
        "sources": [[WorkspaceId(1), {"id": id(61), "name": "Pops", "parameters": parameters}]],
        "networks": [[WorkspaceId(1), {"id": id(80), "name": "Net", "postback_key": ""}]],
        "domains": [], "revision": 1
    }))
    .unwrap()
}

/// The value of a macro in a query and, as it is, in a text.
fn values(written: &str, facts: &Facts) -> (String, String) {
    let compiled = Snapshot::compile(&world(&format!("https://p.example/?x={written}")));
    let Found::Campaign { campaign, .. } = compiled.snapshot.find(&facts.host, "/go") else {
        panic!("no campaign")
    };
    let visitor = facts.visitor();
    let query = Query::parse(&facts.query);
    let params = MappedParams::from_query(&query, campaign.source());
    let request = Request {
        referrer: &facts.referrer,
        referrer_domain: &facts.referrer_domain,
        host: &facts.host,
        unique_campaign: facts.unique,
        visitor_key: facts.visitor_key,
        ..Request::new(&visitor, &query, &params, facts.now())
    };
    let decision = decide(campaign, &compiled.snapshot, &request, &mut Zero);
    let cost = campaign.click_cost(&params);
    let context = MacroContext::new(CLICK, &request, campaign, &decision, (&cost, 0));
    let mut target = String::new();
    decision.target.unwrap().expand(&context, &mut target);
    let sent = target.strip_prefix("https://p.example/?x=").unwrap_or_else(|| panic!("{written}: {target}"));
    let arrived = percent_encoding::percent_decode_str(sent).decode_utf8().unwrap().into_owned();
    let (text, _) = CompiledText::compile(written, false, &jiff::tz::TimeZone::UTC);
    let mut shown = String::new();
    text.expand(&context, &mut shown);
    (arrived.replace(&CLICK.to_string(), "CLICK"), shown.replace(&CLICK.to_string(), "CLICK"))
}

#[test]
fn every_name_of_a_macro_gives_its_value() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/macros");
    let (mut asked, mut wrong) = (0, Vec::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let table: Table =
            serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for row in &table.macros {
            for written in &row.written {
                let (arrived, shown) = values(written, &table.visit);
                if arrived != row.is {
                    wrong.push(format!("{written} is {arrived:?}, not {:?}", row.is));
                }
                // In a text only names of macros are macros.
                if shown != row.is && shown != *written {
                    wrong.push(format!("{written} is {shown:?} in a text, not {:?}", row.is));
                }
                asked += 1;
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(asked >= 300, "only {asked} macros were looked at");
}
