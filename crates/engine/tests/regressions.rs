//! Mistakes that other trackers made, by name, so that nobody makes them here.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/support.rs"]
#[allow(dead_code, reason = "shared with the property tests")]
mod support;

use serde_json::{Value, json};
use signalbox_domain::{
    Adaptive, CampaignId, DestinationId, Goal, Money, Series, StreamId, Tally, Timestamp, Visitor,
    WorkspaceId,
};
use signalbox_engine::{
    Decision, Live, MappedParams, OutReason, Outcome, Query, Request, RoutingInput, Severity, Shares,
    Snapshot, adaptive, decide,
};
use std::{cell::RefCell, collections::BTreeSet};
use support::Seeded;

const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn id(number: u64) -> String {
    CampaignId(number).to_string()
}

fn world(streams: &Value, destinations: u64) -> RoutingInput {
    let destination = |number: u64| json!([id(1), {"id": id(number), "name": format!("d{number}"), "url": "https://a.example/", "health": {}}]);
    serde_json::from_value(json!({
        "workspaces": [{"id": id(1), "name": "w", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [[id(1), {"id": id(10), "name": "c", "slug": "go", "streams": streams}]],
        "destinations": (100..100 + destinations).map(destination).collect::<Vec<_>>(),
        "sources": [], "networks": [], "domains": [], "revision": 1
    }))
    .unwrap()
}

fn stream(number: u64, more: &Value) -> Value {
    let mut stream = json!({"id": id(number), "name": format!("s{number}"), "kind": "regular"});
    stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    stream
}

fn routes(of: &[u64]) -> Value {
    of.iter().map(|number| json!({"destination_id": id(*number)})).collect()
}

/// Decides one click of the only campaign.
fn decided<'s>(snapshot: &'s Snapshot, live: &dyn Live, seed: u64) -> Decision<'s> {
    let (visitor, query) = (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""));
    let params = MappedParams::default();
    let request = Request { live, visitor_key: seed, ..Request::new(&visitor, &query, &params, NOW) };
    decide(&snapshot.campaigns()[0], snapshot, &request, &mut Seeded(seed))
}

/// What a test knows, and which destinations it was asked about.
#[derive(Default)]
struct Told {
    visited: Vec<u64>,
    shares: Option<Shares>,
    asked: RefCell<BTreeSet<u64>>,
}

impl Live for Told {
    fn visited(&self, _stream: StreamId, destination: DestinationId) -> bool {
        self.visited.contains(&destination.0)
    }

    fn shares(&self, _stream: StreamId) -> Option<&Shares> {
        self.shares.as_ref()
    }

    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.asked.borrow_mut().insert(destination.0);
        None
    }
}

/// Streams were taken in the order they were created, and their priority was ignored.
#[test]
fn stream_priority_is_the_order_of_the_campaign() {
    // The oldest id stands last.
    let list = json!([
        stream(30, &json!({"routes": routes(&[100])})),
        stream(7, &json!({"routes": routes(&[101])}))
    ]);
    let compiled = Snapshot::compile(&world(&list, 2));
    assert_eq!(decided(&compiled.snapshot, &Told::default(), 1).stream.unwrap().id, StreamId(30));
    let forced = json!([
        stream(5, &json!({"routes": routes(&[100])})),
        stream(6, &json!({"kind": "default", "routes": routes(&[100])})),
        stream(7, &json!({"kind": "forced", "routes": routes(&[101])})),
        stream(4, &json!({"kind": "forced", "routes": routes(&[101])}))
    ]);
    let compiled = Snapshot::compile(&world(&forced, 2));
    assert_eq!(decided(&compiled.snapshot, &Told::default(), 1).stream.unwrap().id, StreamId(7));
}

/// `best_roi` chose among all destinations of the workspace.
#[test]
fn choosing_the_best_never_leaves_the_routes_of_the_stream() {
    for choosing in [
        json!({"type": "adaptive", "goal": "roi"}),
        json!("weighted"),
        json!("round_robin"),
        json!("waterfall"),
        json!({"type": "sticky", "ttl_hours": 1}),
    ] {
        let list = json!([stream(1, &json!({"choosing": choosing, "routes": routes(&[110, 120])}))]);
        let compiled = Snapshot::compile(&world(&list, 50));
        for (seed, shares) in (0..200).flat_map(|seed| [(seed, None), (seed, Some([300_000, 700_000]))]) {
            let shares =
                shares.map(|best| Shares { best: best.into(), exploration: 100_000, reasons: [].into() });
            let live = Told { shares, ..Told::default() };
            let taken = decided(&compiled.snapshot, &live, seed).destination.unwrap().id.0;
            assert!([110, 120].contains(&taken), "{choosing}: {taken}");
            let asked = live.asked.take();
            assert!(asked.iter().all(|one| [110, 120].contains(one)), "others were filtered: {asked:?}");
        }
    }
}

/// What a visitor had not seen was worked out over all destinations of the workspace, so a repeat was never allowed.
#[test]
fn repeating_is_allowed_when_all_of_the_streams_own_destinations_were_seen() {
    for choosing in [json!("weighted"), json!("round_robin"), json!({"type": "adaptive"}), json!("waterfall")]
    {
        let no_repeat = json!({"ttl_hours": 24, "exhausted": "repeat"});
        let more = json!({"choosing": choosing, "no_repeat": no_repeat, "routes": routes(&[110, 120])});
        let compiled = Snapshot::compile(&world(&json!([stream(1, &more)]), 50));
        let live = Told { visited: vec![110, 120], ..Told::default() };
        let decision = decided(&compiled.snapshot, &live, 3);
        assert_eq!(decision.outcome, Outcome::Routed, "{choosing}");
        assert!([110, 120].contains(&decision.destination.unwrap().id.0));
    }
}

/// `best_roi` alone was never ranked: it took the oldest destination.
#[test]
fn an_adaptive_stream_ranks_by_what_has_paid_and_not_by_age() {
    let choosing = json!({"type": "adaptive", "goal": "roi", "clicks_min": 10});
    let list = json!([stream(1, &json!({"choosing": choosing, "routes": routes(&[100, 120, 110])}))]);
    let compiled = Snapshot::compile(&world(&list, 50));
    let brought = |revenue: i64| {
        let mut series = Series::default();
        let (cost, revenue) = (Money::from_whole(10), Money::from_whole(revenue));
        series.add(NOW.plus_ms(-3_600_000), &Tally { clicks: 100, conversions: 5, cost, revenue });
        series
    };
    let stream = compiled.snapshot.adaptive().next().unwrap();
    assert_eq!((stream.adaptive.goal, stream.adaptive.clicks_min), (Goal::Roi, 10));
    let counted = [brought(12), brought(30), brought(9)];
    let shares = adaptive::shares(stream.adaptive, &counted, &stream.weights(), NOW);
    let live = Told { shares: Some(shares), ..Told::default() };
    let best = (0..1000).filter(|seed| {
        decided(&compiled.snapshot, &live, *seed).destination.unwrap().id == DestinationId(120)
    });
    // 90 % for the best, and a third of the share that explores.
    let best = best.count();
    assert!((900..=965).contains(&best), "{best}");
    assert_eq!(Adaptive::default().exploration.0, 100_000);
}

/// One invalid destination of one tenant stopped the reload of all tenants.
#[test]
fn one_invalid_part_never_stops_the_reload_of_the_rest() {
    let mut input = world(&json!([stream(1, &json!({"routes": routes(&[100, 101])}))]), 2);
    let (_, campaign) = input.campaigns[0].clone();
    let mut broken = campaign.clone();
    broken.id = CampaignId(11);
    broken.slug.0 = "other".to_owned();
    for (number, json) in [
        json!({"test": {"criterion": "user_agent", "op": "regex", "values": ["("]}}),
        json!({"test": {"criterion": "user_agent", "op": "regex", "values": ["a{1000}{1000}{1000}"]}}),
        json!({"expression": "country =="}),
        json!({"test": {"criterion": "ip", "op": "in", "values": ["10.0.0.0/99"]}}),
    ]
    .into_iter()
    .enumerate()
    {
        let mut stream = campaign.streams[0].clone();
        stream.id = StreamId(20 + number as u64);
        stream.rules = serde_json::from_value(json).unwrap();
        broken.streams.push(stream);
    }
    input.campaigns.push((WorkspaceId(1), broken));
    input.destinations[0].1.url = "javascript:alert(1)".to_owned();
    input.workspaces.push(signalbox_domain::Workspace { id: WorkspaceId(2), ..input.workspaces[0].clone() });
    let compiled = Snapshot::compile(&input);
    assert_eq!(compiled.snapshot.campaigns().len(), 2);
    let decision = decided(&compiled.snapshot, &Told::default(), 1);
    assert_eq!(decision.destination.unwrap().id, DestinationId(101), "the sound route goes on");
    let other = compiled.snapshot.campaign(CampaignId(11)).unwrap();
    let left: Vec<_> = other.streams.iter().map(|stream| stream.id.0).collect();
    assert_eq!(left, [1], "only the streams whose rules are broken are left out");
    let reported = |stream: u64| {
        compiled
            .problems
            .iter()
            .any(|problem| problem.stream == Some(StreamId(stream)) && problem.severity == Severity::LeftOut)
    };
    assert!((20..24).all(reported), "{:#?}", compiled.problems);
}

/// Every campaign carried all destinations of its owner, so that a few hundred of each filled the snapshot.
#[test]
fn the_size_of_a_snapshot_is_that_of_its_parts() {
    let list = json!([stream(1, &json!({"routes": routes(&[100, 101])}))]);
    let mut input = world(&list, 3000);
    let (workspace, campaign) = input.campaigns[0].clone();
    for number in 0..300 {
        let mut more = campaign.clone();
        more.id = CampaignId(1000 + number);
        more.slug.0 = format!("go-{number}");
        input.campaigns.push((workspace, more));
    }
    let compiled = Snapshot::compile(&input);
    assert_eq!(compiled.snapshot.campaigns().len(), 301);
    // A copy of every destination in every campaign would be written out here 903,000 times.
    let shown = format!("{:?}", compiled.snapshot);
    assert_eq!(shown.matches("CompiledDestination {").count(), 3000);
}
