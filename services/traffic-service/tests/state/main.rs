//! What a node knows of the present: limits, visitors, rotation, health, through its port and across its death.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod rig;

use rig::*;
use signalbox_catalog::live::{
    ConvertedBatch, ConvertedHead, ConvertedVisitor, DestinationHealth, HealthReport, TotalsChunk, chunk_of,
};
use signalbox_domain::{
    Adaptive, Campaign, Cap, CapPeriod, Choosing, Criterion, Exhausted, Measure, Money, NoRepeat, Operator,
    Rule, Series, Subject, Tally, Test, Timestamp,
};
use signalbox_events::visitor::{VisitorSource, visitor_key};
use std::collections::BTreeMap;

fn cap(measure: Measure, period: CapPeriod, limit: i64) -> Cap {
    Cap { measure, period, limit: Money::from_whole(limit), timezone: None }
}

fn both() -> Vec<signalbox_domain::Destination> {
    vec![destination(FIRST, "first"), destination(SECOND, "second")]
}

fn to(counted: &BTreeMap<String, usize>, host: &str) -> usize {
    counted.get(host).copied().unwrap_or(0)
}

/// Totals as postback-service tells them, without this node's own clicks.
fn tell(node: &Node, subject: Subject, tally: Tally) {
    let mut chunk = TotalsChunk::default();
    let mut series = Series::default();
    series.add(Timestamp::now(), &tally);
    chunk.series.insert(subject, series);
    let number = chunk_of(subject);
    node.block_on(async {
        let live = node.catalog.live();
        let found = live.find_totals(SYSTEM, number).await.unwrap();
        let (before, mut totals) =
            found.map_or((0, TotalsChunk::default()), |found| (found.version, found.value));
        totals.series.extend(chunk.series);
        let version = live.put_totals(SYSTEM, (number, before), &totals).await.unwrap();
        live.announce_totals(SYSTEM, &[(number, version)].into()).await.unwrap();
    });
}

#[test]
fn a_limit_of_clicks_lets_exactly_as_many_through_also_after_kill_without_the_catalog() {
    let capped = Campaign { caps: vec![cap(Measure::Clicks, CapPeriod::Day, 100)], ..campaign() };
    let node = Node::start(capped, both());
    let before = node.visits(0..60);
    assert_eq!(to(&before, ""), 0, "{before:?}");
    // Killed before any checkpoint was written.
    let node = node.restart_without_catalog();
    let after = node.visits(60..400);
    assert_eq!(to(&after, "first") + to(&after, "second"), 40, "{after:?}");
    let node = node.restart_without_catalog();
    assert_eq!(to(&node.visits(400..450), ""), 50);
    let clicks = node.journaled();
    let taken = clicks.iter().filter(|click| !click.click.outcome.is_trafficback()).count();
    assert_eq!((clicks.len(), taken), (450, 100));
}

#[test]
fn a_destination_at_its_limit_hands_over_and_conversions_count_wherever_they_come_from() {
    let mut destinations = both();
    destinations[0].caps = vec![cap(Measure::Conversions, CapPeriod::Day, 5)];
    destinations[1].caps = vec![cap(Measure::Clicks, CapPeriod::Hour, 30)];
    let mut waterfall = campaign();
    waterfall.streams[0].choosing = Choosing::Waterfall;
    let node = Node::start(waterfall, destinations);
    assert_eq!(to(&node.visits(0..20), "first"), 20);
    tell(&node, Subject::Destination(FIRST), Tally { conversions: 5, ..Tally::default() });
    node.until(1_000, "second");
    // What was told is known after a death without the catalog as well, from a second later on.
    let on_disk = || {
        let file = std::fs::read(node.folder.path().join("traffic/counters.bin"));
        file.is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(&format!("d{FIRST}")))
    };
    let deadline = std::time::Instant::now() + PATIENCE;
    while !on_disk() {
        assert!(std::time::Instant::now() < deadline, "the totals are not on disk");
        node.pause();
    }
    let node = node.restart_without_catalog();
    let counted = node.visits(2_000..2_100);
    assert_eq!((to(&counted, "first"), to(&counted, "second")), (0, 29), "{counted:?}");
    assert_eq!(to(&counted, ""), 71);
}

#[test]
fn two_hundred_first_visits_at_once_are_one_visitor_also_after_kill() {
    let node = Node::start(campaign(), both());
    node.block_on(futures::future::join_all((0..200).map(|_| node.visit(7))));
    let unique = |node: &Node| {
        let clicks = node.journaled();
        let count = |flag: fn(&signalbox_events::wire::UniqueFlags) -> bool| {
            clicks.iter().filter(|click| flag(&click.click.unique)).count()
        };
        (
            clicks.len(),
            count(|unique| unique.campaign),
            count(|unique| unique.stream),
            count(|unique| unique.workspace),
        )
    };
    assert_eq!(unique(&node), (200, 1, 1, 1));
    let node = node.restart_without_catalog();
    node.visits(7..9);
    assert_eq!(unique(&node), (202, 2, 2, 2));
}

#[test]
fn round_robin_takes_turns_whatever_comes_at_once_and_configuration_is_swapped_in() {
    let mut rotating = campaign();
    rotating.streams[0].choosing = Choosing::RoundRobin;
    let node = Node::start(rotating, both());
    let mut counted = node.visits(0..101);
    node.block_on(async {
        let scope = signalbox_domain::Scope::system(WORKSPACE);
        let mut stored = node.catalog.campaigns().get(&scope, CAMPAIGN).await.unwrap();
        stored.value.notes = "changed".to_owned();
        node.catalog.campaigns().update(&scope, stored.version, stored.value).await.unwrap();
    });
    for (host, count) in node.visits(101..200) {
        *counted.entry(host).or_default() += count;
    }
    assert_eq!((to(&counted, "first"), to(&counted, "second")), (100, 100));
}

#[test]
fn nobody_is_sent_to_a_destination_twice_also_after_kill() {
    let mut once = campaign();
    once.streams[0].no_repeat = Some(NoRepeat { ttl_hours: 24, exhausted: Exhausted::Trafficback });
    let node = Node::start(once, both());
    let before: Vec<String> = (0..20).map(|visitor| node.block_on(node.visit(visitor))).collect();
    let node = node.restart_without_catalog();
    for (visitor, before) in (0_u32..).zip(before) {
        let other = if before == "first" { "second" } else { "first" };
        assert_eq!(node.block_on(node.visit(visitor)), other);
        assert_eq!(node.block_on(node.visit(visitor)), "");
    }
}

#[test]
fn destinations_that_are_down_or_lose_are_left_out() {
    let mut destinations = both();
    destinations[0].health =
        Some(signalbox_domain::HealthCheck { url: None, interval_seconds: 60, failures: 1 });
    destinations[1].loss_rule = Some(signalbox_domain::LossRule {
        roi_below: Money::from_whole(-50),
        clicks_min: 10,
        window_hours: 24,
    });
    let mut waterfall = campaign();
    waterfall.streams[0].choosing = Choosing::Waterfall;
    let node = Node::start(waterfall, destinations);
    let report = |up: bool| {
        let now = Timestamp::now();
        let health = DestinationHealth {
            up,
            since: now,
            checked_at: now,
            failures: 1,
            valid_until: now.plus_ms(600_000),
            last_error: None,
        };
        let mut report = HealthReport { node: "a".to_owned(), ..HealthReport::default() };
        report.destinations.insert(FIRST, health);
        node.block_on(async {
            let version = node.catalog.live().health(SYSTEM).await.unwrap().version;
            node.catalog.live().put_health(SYSTEM, version, &report).await.unwrap();
        });
    };
    node.until(0, "first");
    report(false);
    node.until(100, "second");
    let spent = Tally {
        clicks: 100,
        cost: Money::from_whole(100),
        revenue: Money::from_whole(40),
        ..Tally::default()
    };
    tell(&node, Subject::Destination(SECOND), spent);
    node.until(200, "");
    report(true);
    node.until(300, "first");
}

#[test]
fn an_adaptive_stream_follows_what_its_destinations_bring() {
    let mut learning = campaign();
    learning.streams[0].choosing = Choosing::Adaptive(Adaptive { clicks_min: 100, ..Adaptive::default() });
    let node = Node::start(learning, both());
    let brought = |revenue| Tally {
        clicks: 5_000,
        conversions: 100,
        cost: Money::ZERO,
        revenue: Money::from_whole(revenue),
    };
    tell(&node, Subject::Route(STREAM, FIRST), brought(100));
    tell(&node, Subject::Route(STREAM, SECOND), brought(900));
    let deadline = std::time::Instant::now() + PATIENCE;
    let mut visitor = 0;
    loop {
        let counted = node.visits(visitor..visitor + 200);
        visitor += 200;
        // Nine tenths and half of the rest.
        if to(&counted, "second") >= 175 {
            break;
        }
        assert!(std::time::Instant::now() < deadline, "{counted:?}");
    }
}

#[test]
fn a_visitor_that_converted_is_known_within_a_moment() {
    let mut by_rule = campaign();
    by_rule.streams[0].rules = Rule::Test(Test {
        criterion: Criterion::Converted,
        op: Operator::In,
        values: vec!["true".to_owned()],
        timezone: None,
    });
    by_rule.streams[0].routes = vec![route(FIRST)];
    let node = Node::start(by_rule, both());
    assert_eq!(node.block_on(node.visit(5)), "");
    let ip = std::net::IpAddr::V4(std::net::Ipv4Addr::from(0x5000_0005));
    let visitor = visitor_key(VisitorSource::IpUserAgent(ip, BROWSER));
    assert_eq!(node.journaled()[0].visitor, visitor);
    let mut batch = ConvertedBatch::default();
    batch.push(&ConvertedVisitor { campaign: CAMPAIGN, workspace: WORKSPACE, visitor }, Timestamp::now());
    node.block_on(async {
        let live = node.catalog.live();
        let version = live.put_converted(SYSTEM, (1, 0), &batch).await.unwrap();
        live.announce_converted(SYSTEM, 0, ConvertedHead { first: 1, last: 1, version }).await.unwrap();
    });
    let deadline = std::time::Instant::now() + PATIENCE;
    while node.block_on(node.visit(5)) != "first" {
        assert!(std::time::Instant::now() < deadline);
    }
    assert_eq!(node.block_on(node.visit(6)), "");
}
