//! How long a decision takes: three streams with five rules each, of which the last takes the click; and the way around it.
//!
//! `cargo bench -p signalbox-engine` prints nanoseconds for each part. Target: a decision in less than 2 µs.

#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    reason = "a bench talks to a person and stops at the first surprise"
)]

use serde_json::json;
use signalbox_domain::{ClickId, Timestamp, Visitor};
use signalbox_engine::{
    Dice, Found, MacroContext, MappedParams, Query, Request, RoutingInput, Snapshot, decide,
};
use std::{hint::black_box, time::Instant};

struct Seeded(u64);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((u128::from(self.0) * u128::from(below)) >> 64) as u64
    }
}

fn world() -> RoutingInput {
    let test = |criterion: &str, op: &str, values: &[&str]| json!({"test": {"criterion": criterion, "op": op, "values": values}});
    let rules = |last: &str| {
        json!({"all": [
            test("country", "in", &["US", "CA", "GB", "DE", "FR", "AU"]),
            test("device_type", "in", &["mobile", "tablet"]),
            test("os_version", "at_least", &["14"]),
            test("user_agent", "not_contains", &["headless", "bot", "spider"]),
            test("query.zone", "in", &[last]),
        ]})
    };
    let id = |number: u64| signalbox_domain::CampaignId(number).to_string();
    let stream = |number: u64, last: &str| {
        json!({"id": id(number), "name": "s", "kind": "regular", "rules": rules(last),
               "routes": [{"destination_id": id(101)}, {"destination_id": id(102), "weight": 50}]})
    };
    let destination = |number: u64| json!([id(1), {"id": id(number), "name": "offer", "url": "https://offer.example/lp?c={click_id}&z={zone}&g={country}"}]);
    serde_json::from_value(json!({
        "workspaces": [{"id": id(1), "name": "w", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[id(1), {"id": id(10), "name": "c", "slug": "go", "streams": [stream(1, "a"), stream(2, "b"), stream(3, "c")]}]],
        "destinations": [destination(101), destination(102)],
        "sources": [], "networks": [], "domains": [[id(1), {"id": id(50), "host": "trk.example.com"}]], "revision": 1
    }))
    .expect("the bench's own configuration is sound")
}

/// Runs `work` in a hundred batches and prints what one run took in the median batch and in the best one, which neighbours on the
/// machine disturbed least.
fn measure(name: &str, mut work: impl FnMut()) {
    const RUNS: u32 = 5000;
    let mut batches: Vec<f64> = (0..100)
        .map(|_| {
            let start = Instant::now();
            (0..RUNS).for_each(|_| work());
            start.elapsed().as_nanos() as f64 / f64::from(RUNS)
        })
        .collect();
    batches.sort_by(f64::total_cmp);
    println!("{name:<32} median {:>6.0} ns   best {:>6.0} ns", batches[50], batches[0]);
}

fn main() {
    let compiled = Snapshot::compile(&world());
    assert!(
        compiled.problems.iter().all(|problem| problem.field.ends_with("url")),
        "{:?}",
        compiled.problems
    );
    let snapshot = &compiled.snapshot;
    let mut visitor = Visitor::unknown([203, 0, 113, 7].into());
    visitor.geo.country = "DE".into();
    visitor.device.kind = signalbox_domain::DeviceType::Mobile;
    visitor.device.os.version = "17.4.1".into();
    visitor.user_agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1".into();
    let sent = "sub_id_1=a&sub_id_2=b%20c&external_id=0123456789&cost=0.0123&zone=c";
    let query = Query::parse(sent);
    let params = MappedParams::from_query(&query, None);
    let request = Request {
        visitor: &visitor,
        query: &query,
        referrer: "https://news.example/article",
        referrer_domain: "news.example",
        host: "trk.example.com",
        params: &params,
        unique_campaign: true,
        now: Timestamp(1_790_000_000_000),
    };
    let Found::Campaign { campaign, .. } = snapshot.find("trk.example.com", "/go") else {
        panic!("not found")
    };
    let mut dice = Seeded(1);
    let decision = decide(campaign, snapshot, &request, &mut dice);
    assert_eq!(decision.stream.map(|stream| stream.id.0), Some(3));
    let cost = campaign.click_cost(&params);
    let context = MacroContext::new(ClickId(7), &request, campaign, &decision, (&cost, 1));
    let mut out = String::new();
    measure("find", || {
        black_box(snapshot.find(black_box("trk.example.com:8081"), black_box("/go")));
    });
    measure("query and parameters", || {
        let query = Query::parse(black_box(sent));
        black_box(MappedParams::from_query(&query, None));
    });
    measure("decide, 3 streams of 5 rules", || {
        black_box(decide(campaign, snapshot, black_box(&request), &mut dice));
    });
    measure("cost", || {
        black_box(campaign.click_cost(black_box(&params)));
    });
    measure("expand", || {
        out.clear();
        if let Some(url) = decision.target {
            url.expand(black_box(&context), &mut out);
        }
        black_box(&out);
    });
}
