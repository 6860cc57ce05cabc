//! Finding a campaign and deciding a click do not allocate, so nothing is compiled, loaded or copied for a click: counted by the
//! allocator of this test's own process.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test stops at the first surprise")]

#[path = "support/support.rs"]
#[allow(dead_code, reason = "shared with the property tests")]
mod support;

#[path = "../benches/worlds/worlds.rs"]
#[allow(dead_code, clippy::expect_used, reason = "shared with the benches")]
mod worlds;

use signalbox_domain::{Criterion, Operator, Rule, StreamKind, Test, Visitor};
use signalbox_engine::{Dice, Found, MappedParams, Query, Snapshot, choose_after_landing, decide};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};
use support::{Seeded, arbitrary, request_query};

struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Bytes asked for and not given back.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        HELD.with(|held| held.set(held.get() + layout.size() as isize));
        // SAFETY: as promised by the caller.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.with(|held| held.set(held.get() - layout.size() as isize));
        // SAFETY: as promised by the caller.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// One test of every criterion with every operator that goes with it, joined so that all of them are asked.
fn all_tests() -> Rule {
    let mut criteria: Vec<Criterion> = Criterion::plain().map(|(_, criterion)| criterion.clone()).collect();
    criteria.extend([Criterion::Query("zone".to_owned()), Criterion::SubId(2)]);
    criteria.push(Criterion::Header("x-requested-with".to_owned()));
    let test = |criterion: &Criterion, op: Operator, value: &str| {
        let values = if op.takes_values() { vec![value.to_owned(), value.to_owned()] } else { Vec::new() };
        Rule::Any(vec![
            Rule::Test(Test { criterion: criterion.clone(), op, values, timezone: None }),
            Rule::All(Vec::new()),
        ])
    };
    use Operator::*;
    let mut tests = Vec::new();
    for criterion in &criteria {
        if criterion.is_flag() {
            let ops = [(Exists, ""), (Empty, ""), (In, "true"), (NotIn, "true")];
            tests.extend(ops.map(|(op, value)| test(criterion, op, value)));
            continue;
        }
        let (value, range) = match criterion {
            Criterion::TimeOfDay => ("", "22:00-06:00"),
            Criterion::Date => ("", "2026-01-01..2026-12-31"),
            Criterion::Weekday => ("mon", "1..5"),
            Criterion::Country | Criterion::Continent => ("DE", "1..2"),
            Criterion::Ip => ("10.0.0.0/8", "10.0.0.1-10.0.0.9"),
            Criterion::IpVersion => ("4", "1..5"),
            number if number.is_stream_count() || *number == Criterion::Percent => ("7", "1..20"),
            _ => ("ÄB", "1..20"),
        };
        tests.extend([Exists, Empty].map(|op| test(criterion, op, "")));
        tests.extend([Between, NotBetween].map(|op| test(criterion, op, range)));
        if !value.is_empty() {
            let texts = [In, NotIn, Contains, NotContains, StartsWith, NotStartsWith, EndsWith, NotEndsWith];
            tests.extend(texts.map(|op| test(criterion, op, value)));
            tests.extend([AtLeast, AtMost, MoreThan, LessThan].map(|op| test(criterion, op, value)));
        }
        if !criterion.is_time() {
            tests.extend([Mask, NotMask].map(|op| test(criterion, op, "*b?c*")));
            tests.extend([Regex, NotRegex].map(|op| test(criterion, op, r"(ä|[a-f]\d)+b$")));
        }
    }
    Rule::All(tests)
}

#[test]
fn deciding_does_not_allocate() {
    let mut world = arbitrary::weighted(&[10, 20, 30, 5], &[1, 2, 3]);
    let (_, campaign) = &mut world.campaigns[0];
    let Rule::All(tests) = all_tests() else { unreachable!() };
    let mut forced = campaign.streams[0].clone();
    forced.kind = StreamKind::Forced;
    let groups: Vec<Rule> = tests.chunks(150).map(|tests| Rule::All(tests.to_vec())).collect();
    assert!(!groups.is_empty());
    for (number, group) in (50..).zip(groups) {
        let mut stream = forced.clone();
        stream.id.0 = number;
        // Asked whole, then refused, so that all streams are walked through.
        stream.rules = Rule::All(vec![group, Rule::Any(Vec::new())]);
        campaign.streams.push(stream);
    }
    let compiled = Snapshot::compile(&world);
    let left_out =
        compiled.problems.iter().filter(|problem| problem.severity == signalbox_engine::Severity::LeftOut);
    assert_eq!(left_out.count(), 0, "{:#?}", compiled.problems);
    let mut visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
    visitor.geo_mut().city = "Ängelholm ÄB".into();
    visitor.geo_mut().asn = 13_335;
    visitor.device_mut().os.version = "17.4.1".into();
    visitor.user_agent = "Mozilla/5.0 (X11; Linux x86_64) ÄB".into();
    let query = Query::parse("zone=%C3%84b&sub_id_2=7.5");
    let params = MappedParams::from_query(&query, None);
    let request = request_query(&visitor, &query, &params);
    let mut dice = Seeded(1);
    let dice: &mut dyn Dice = &mut dice;
    let mut before = COUNT.get();
    for round in 0..101 {
        if round == 1 {
            // A thread makes itself room for a regular expression when it asks it for the first time.
            before = COUNT.get();
        }
        let Found::Campaign { campaign, .. } = compiled.snapshot.find("Host.EXAMPLE:8081", "/c/go/") else {
            panic!("not found")
        };
        let decision = decide(campaign, &compiled.snapshot, &request, dice);
        assert!(decision.target.is_some());
    }
    assert_eq!(COUNT.get() - before, 0);
}

/// Compiling or loading anything allocates; asking what was compiled does not.
#[track_caller]
fn asked_without_allocating(test: Test) {
    let mut world = arbitrary::weighted(&[10], &[1]);
    let stream = &mut world.campaigns[0].1.streams[0];
    stream.kind = StreamKind::Forced;
    stream.rules = Rule::All(vec![Rule::Test(test), Rule::Any(Vec::new())]);
    let compiled = Snapshot::compile(&world);
    let mut visitor = Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into());
    visitor.user_agent = "Mozilla/5.0 (X11; Linux x86_64) Chrome/120".into();
    let query = Query::parse("");
    let params = MappedParams::from_query(&query, None);
    let request = request_query(&visitor, &query, &params);
    let Found::Campaign { campaign, .. } = compiled.snapshot.find("", "/go") else { panic!("not found") };
    let mut dice = Seeded(1);
    decide(campaign, &compiled.snapshot, &request, &mut dice);
    let before = COUNT.get();
    for _ in 0..100 {
        decide(campaign, &compiled.snapshot, &request, &mut dice);
    }
    assert_eq!(COUNT.get() - before, 0);
}

#[test]
fn a_regular_expression_is_not_compiled_per_click() {
    let values = vec![r"chrome/\d+".to_owned(), "^(opera|safari)".to_owned()];
    asked_without_allocating(Test {
        criterion: Criterion::UserAgent,
        op: Operator::Regex,
        values,
        timezone: None,
    });
}

#[test]
fn a_timezone_is_not_loaded_per_click() {
    let timezone = Some("Europe/Berlin".to_owned());
    let values = vec!["22:00-06:00".to_owned()];
    asked_without_allocating(Test {
        criterion: Criterion::TimeOfDay,
        op: Operator::Between,
        values,
        timezone,
    });
}

/// 100,000 campaigns have to fit into 300 MB: 3,000 bytes each, of which an allocator takes some for itself.
#[test]
fn a_campaign_of_three_streams_is_small() {
    const CAMPAIGNS: u64 = 2000;
    let input = worlds::many(CAMPAIGNS);
    // What is shared with all later snapshots, such as timezones, is read before.
    drop(Snapshot::compile(&worlds::many(10)));
    let before = HELD.get();
    let compiled = Snapshot::compile(&input);
    let bytes = (HELD.get() - before) / CAMPAIGNS as isize;
    assert_eq!(compiled.problems, []);
    assert!(bytes <= 2600, "{bytes} bytes a campaign");
}

#[test]
fn no_way_of_choosing_allocates() {
    let (visitor, query) = (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""));
    let params = MappedParams::default();
    let request = request_query(&visitor, &query, &params);
    for kind in worlds::Kind::ALL {
        let snapshot = worlds::one(kind);
        let mut dice = Seeded(1);
        let before = COUNT.get();
        for _ in 0..100 {
            let decision = decide(&snapshot.campaigns()[0], &snapshot, &request, &mut dice);
            if let Some(chooser) = decision.chooser {
                choose_after_landing(chooser, &snapshot, Some(1), &request, &mut dice);
            }
        }
        assert_eq!(COUNT.get() - before, 0, "{kind:?}");
    }
}
