//! A million visits over four days on which clocks change: what comes out is what was configured.
//!
//! Stated bounds: shares by weight within the 99.99 % quantile of chi-square; caps exact, since one node counts at once; uniqueness and
//! no-repeat exact; sticky visitors move once at most, when their time is over; an adaptive stream gives its best what exploration leaves.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

#[path = "support/support.rs"]
#[allow(dead_code, reason = "shared with the property tests")]
mod support;

use jiff::tz::TimeZone;
use serde_json::{Value, json};
use signalbox_domain::{
    CampaignId, DestinationId, Measure, Money, Series, StreamId, Subject, Tally, Timestamp, Visitor,
};
use signalbox_engine::{
    Dice, Live, MappedParams, Population, Query, Request, Shares, Snapshot, adaptive, choose_after_landing,
    counted_subjects, decide,
};
use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap, HashSet},
};
use support::{Seeded, chi_square};

const VISITS: i64 = 1_000_000;
const HOUR_MS: i64 = 3_600_000;
/// 2026-10-23T00:00:00Z; Berlin's clocks go back on the 25th.
const START: i64 = 1_792_713_600_000;
const SPAN_MS: i64 = 96 * HOUR_MS;
const VISITORS: u64 = 60_000;

/// One node's memory.
struct Memory {
    counters: HashMap<Subject, Series>,
    /// Last visit of a visitor.
    seen: HashMap<(Population, u64), Timestamp>,
    visited: HashMap<(StreamId, DestinationId, u64), Timestamp>,
    turns: RefCell<HashMap<StreamId, u64>>,
    shares: HashMap<StreamId, Shares>,
}

impl Memory {
    fn new(snapshot: &Snapshot) -> Self {
        Self {
            counters: counted_subjects(snapshot).map(|subject| (subject, Series::default())).collect(),
            seen: HashMap::new(),
            visited: HashMap::new(),
            turns: RefCell::default(),
            shares: HashMap::new(),
        }
    }

    /// Only what the snapshot asks for is counted.
    fn count(&mut self, subject: Subject, at: Timestamp, tally: &Tally) {
        if let Some(series) = self.counters.get_mut(&subject) {
            series.add(at, tally);
        }
    }
}

/// The memory of one visitor.
struct View<'a> {
    memory: &'a Memory,
    visitor: u64,
    now: Timestamp,
}

const TTL_MS: i64 = 24 * HOUR_MS;

impl Live for View<'_> {
    fn seen(&self, population: Population) -> bool {
        let last = self.memory.seen.get(&(population, self.visitor));
        last.is_some_and(|last| self.now.since_ms(*last) < TTL_MS)
    }

    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        let last = self.memory.visited.get(&(stream, destination, self.visitor));
        last.is_some_and(|last| self.now.since_ms(*last) < TTL_MS)
    }

    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        let series = self.memory.counters.get(&subject);
        series.unwrap_or_else(|| panic!("{subject:?} was not announced")).since(since, measure)
    }

    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.memory.shares.get(&stream)
    }

    fn turn(&self, stream: StreamId) -> u64 {
        let mut turns = self.memory.turns.borrow_mut();
        let turn = turns.entry(stream).or_default();
        *turn += 1;
        *turn - 1
    }
}

fn id(number: u64) -> String {
    CampaignId(number).to_string()
}

fn route(number: u64, weight: u32) -> Value {
    json!({"destination_id": id(number), "weight": weight})
}

const SPLIT: u64 = 10;
const CAPS: u64 = 11;
const UNIQUE: u64 = 12;
const LEARN: u64 = 13;

fn world() -> Value {
    let clicks = |period: Value, limit: &str| json!([{"measure": "clicks", "period": period, "limit": limit, "timezone": "Europe/Berlin"}]);
    let rolling = json!([{"measure": "clicks", "period": {"type": "rolling", "hours": 6}, "limit": "3000"}]);
    let destination = |number: u64, caps: Value| json!([id(1), {"id": id(number), "name": format!("d{number}"), "url": "https://a.example/", "caps": caps}]);
    let mut destinations: Vec<Value> = (100..120).map(|number| destination(number, json!([]))).collect();
    destinations.push(destination(120, clicks(json!({"type": "day"}), "15000")));
    destinations.push(destination(121, clicks(json!({"type": "hour"}), "700")));
    destinations.push(destination(122, rolling));
    let stream = |number: u64, more: Value| {
        let mut stream = json!({"id": id(number), "name": format!("s{number}"), "kind": "regular"});
        stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        stream
    };
    let unique = json!({"all": [{"test": {"criterion": "unique", "op": "in", "values": ["true"]}}]});
    let campaign = |number: u64, selection: &str, streams: Value| json!([id(1), {"id": id(number), "name": "c", "slug": format!("c{number}"), "stream_selection": selection, "streams": streams}]);
    let sticky = json!({"type": "sticky", "ttl_hours": 8784});
    let learning = json!({"type": "adaptive", "goal": "cr", "clicks_min": 500, "exploration": "10", "half_life_hours": 24});
    let once = json!({"ttl_hours": 24, "exhausted": "next_stream"});
    json!({
        "workspaces": [{"id": id(1), "name": "w", "currency": "USD", "timezone": "UTC"}],
        "campaigns": [
            campaign(SPLIT, "weight", json!([
                stream(1, json!({"weight": 60, "landings": [route(118, 50), route(119, 50)], "routes": [route(100, 70), route(101, 30)]})),
                stream(2, json!({"weight": 30, "choosing": "round_robin", "routes": [route(102, 1), route(103, 9), route(104, 5)]})),
                stream(3, json!({"weight": 10, "choosing": sticky, "routes": [route(105, 20), route(106, 30), route(107, 50)]})),
                stream(4, json!({"weight": 900, "rules": {"any": []}, "routes": [route(100, 1)]}))])),
            campaign(CAPS, "position", json!([
                stream(5, json!({"choosing": "waterfall", "routes": [route(120, 0), route(121, 0), route(122, 0), route(108, 0)]}))])),
            campaign(UNIQUE, "position", json!([
                stream(6, json!({"kind": "forced", "rules": unique, "routes": [route(109, 1)]})),
                stream(7, json!({"no_repeat": once, "routes": [route(110, 1), route(111, 1), route(112, 1)]})),
                stream(8, json!({"kind": "default", "routes": [route(113, 1)]}))])),
            campaign(LEARN, "position", json!([
                stream(9, json!({"choosing": learning, "routes": [route(114, 100), route(115, 100), route(116, 200)]}))]))
        ],
        "destinations": destinations, "sources": [], "networks": [], "domains": [], "revision": 1
    })
}

/// One click that was decided.
struct Click {
    at: Timestamp,
    visitor: u64,
    campaign: u64,
    unique: bool,
    stream: u64,
    landing: u64,
    destination: u64,
}

/// Runs all visits.
fn run(snapshot: &Snapshot) -> Vec<Click> {
    let mut memory = Memory::new(snapshot);
    let mut dice = Seeded(2026);
    let (visitor, query, params) =
        (Visitor::unknown(std::net::Ipv4Addr::LOCALHOST.into()), Query::parse(""), MappedParams::default());
    let mut clicks = Vec::with_capacity(VISITS as usize);
    for number in 0..VISITS {
        let at = Timestamp(START + number * SPAN_MS / VISITS);
        let campaign = snapshot.campaign(CampaignId(SPLIT + number as u64 % 4)).unwrap();
        let who = dice.roll(VISITORS);
        if number % 20_000 == 0 {
            refresh(snapshot, &mut memory, at);
        }
        let among = Population::Campaign(campaign.id);
        let view = View { memory: &memory, visitor: who, now: at };
        let unique = !view.seen(among);
        let request = Request {
            unique_campaign: unique,
            visitor_key: who.wrapping_mul(0x9e37_79b9_7f4a_7c15),
            live: &view,
            ..Request::new(&visitor, &query, &params, at)
        };
        let decision = decide(campaign, snapshot, &request, &mut dice);
        let chooser = decision.chooser.unwrap();
        let destination = decision
            .destination
            .or_else(|| choose_after_landing(chooser, snapshot, None, &request, &mut dice));
        let (stream, destination) = (decision.stream.unwrap().id, destination.unwrap().id);
        let converts = match destination.0 {
            114 => dice.roll(1000) < 10,
            115 => dice.roll(1000) < 50,
            116 => dice.roll(1000) < 20,
            _ => false,
        };
        let tally = Tally { clicks: 1, conversions: i64::from(converts), ..Tally::default() };
        for subject in [
            Subject::Campaign(campaign.id),
            Subject::Stream(stream),
            Subject::Destination(destination),
            Subject::Route(chooser.id, destination),
        ] {
            memory.count(subject, at, &tally);
        }
        memory.seen.insert((among, who), at);
        memory.visited.insert((chooser.id, destination, who), at);
        let landing = decision.landing.map_or(0, |landing| landing.id.0);
        let (campaign, stream, destination) = (campaign.id.0, stream.0, destination.0);
        clicks.push(Click { at, visitor: who, campaign, unique, stream, landing, destination });
    }
    clicks
}

/// What happens beside the snapshot from time to time.
fn refresh(snapshot: &Snapshot, memory: &mut Memory, now: Timestamp) {
    for stream in snapshot.adaptive() {
        let counted: Vec<Series> =
            stream.subjects().map(|subject| memory.counters[&subject].clone()).collect();
        let shares = adaptive::shares(stream.adaptive, &counted, &stream.weights(), now);
        memory.shares.insert(stream.stream, shares);
    }
}

fn counts<'a>(
    clicks: impl Iterator<Item = &'a Click>,
    of: impl Fn(&Click) -> u64,
    among: &[u64],
) -> Vec<u64> {
    let mut counts = vec![0; among.len()];
    for click in clicks {
        let value = of(click);
        let place = among.iter().position(|one| *one == value);
        counts[place.unwrap_or_else(|| panic!("{value} is none of {among:?}"))] += 1;
    }
    counts
}

/// 99.99 % quantiles of chi-square with one, two and three degrees of freedom.
const QUANTILE: [f64; 4] = [0.0, 15.14, 18.42, 21.11];

fn assert_split(counts: &[u64], weights: &[u32], what: &str) {
    let chi = chi_square(counts, weights);
    assert!(chi < QUANTILE[weights.len() - 1], "{what}: {chi}: {counts:?} against {weights:?}");
}

fn split_is_as_configured(clicks: &[Click]) {
    let of_campaign = || clicks.iter().filter(|click| click.campaign == SPLIT);
    assert_split(&counts(of_campaign(), |click| click.stream, &[1, 2, 3]), &[60, 30, 10], "streams");
    let of_stream = |stream: u64| of_campaign().filter(move |click| click.stream == stream);
    assert_split(&counts(of_stream(1), |click| click.landing, &[118, 119]), &[50, 50], "landings");
    assert_split(&counts(of_stream(1), |click| click.destination, &[100, 101]), &[70, 30], "offers");
    for landing in [118, 119] {
        let shown = of_stream(1).filter(|click| click.landing == landing);
        assert_split(
            &counts(shown, |click| click.destination, &[100, 101]),
            &[70, 30],
            "offers of one landing",
        );
    }
    let turns = counts(of_stream(2), |click| click.destination, &[102, 103, 104]);
    assert!(turns.iter().max().unwrap() - turns.iter().min().unwrap() <= 1, "turns: {turns:?}");
    let mut home: BTreeMap<u64, u64> = BTreeMap::new();
    let mut moved: BTreeMap<u64, u64> = BTreeMap::new();
    for click in of_stream(3) {
        let last = home.insert(click.visitor, click.destination).unwrap_or(click.destination);
        *moved.entry(click.visitor).or_default() += u64::from(last != click.destination);
    }
    // Four of 366 days: each visitor's time is over at most once, that of 1.1 % at all, and 62 % of those choose differently.
    assert!(moved.values().all(|times| *times <= 1), "a sticky visitor moved within its time");
    let movers = moved.values().filter(|times| **times > 0).count();
    assert!(movers * 100 <= moved.len(), "{movers} of {} sticky visitors moved", moved.len());
    let mut homes = [0; 3];
    home.values().for_each(|destination| homes[(destination - 105) as usize] += 1);
    assert_split(&homes, &[20, 30, 50], "sticky visitors");
}

fn caps_are_exact(clicks: &[Click]) {
    let berlin = TimeZone::get("Europe/Berlin").unwrap();
    let of_campaign = || clicks.iter().filter(|click| click.campaign == CAPS);
    let (mut days, mut hours): (BTreeMap<_, [u64; 2]>, BTreeMap<_, [u64; 2]>) = Default::default();
    for click in of_campaign() {
        let at = jiff::Timestamp::from_millisecond(click.at.0).unwrap();
        let local = at.to_zoned(berlin.clone());
        let day = days.entry(local.date()).or_default();
        day[0] += 1;
        day[1] += u64::from(click.destination == 120);
        if click.destination != 120 {
            // The offset tells the hour that comes twice apart.
            let hour = hours.entry((local.date(), local.hour(), local.offset().seconds())).or_default();
            hour[0] += 1;
            hour[1] += u64::from(click.destination == 121);
        }
    }
    for (day, [came, taken]) in &days {
        assert_eq!(*taken, (*came).min(15_000), "{day}: exactly the cap, never more");
    }
    assert_eq!(days.len(), 5);
    for (hour, [came, taken]) in &hours {
        assert_eq!(*taken, (*came).min(700), "{hour:?}: exactly the cap of what was left, never more");
    }
    assert!(hours.values().filter(|hour| hour[0] > 700).count() > 20, "the hourly cap was worth asking");
    let rolled: Vec<Timestamp> =
        of_campaign().filter(|click| click.destination == 122).map(|click| click.at).collect();
    let mut first = 0;
    for (index, at) in rolled.iter().enumerate() {
        while at.since_ms(rolled[first]) >= 6 * HOUR_MS {
            first += 1;
        }
        assert!(index - first < 3000, "more than the cap in six hours before {at:?}");
    }
    assert!(rolled.len() > 6000 && of_campaign().any(|click| click.destination == 108));
}

fn uniqueness_is_exact(clicks: &[Click]) {
    let (mut last, mut been): (HashMap<u64, i64>, HashMap<(u64, u64), i64>) = Default::default();
    let (mut new, mut exhausted) = (0, 0);
    for click in clicks.iter().filter(|click| click.campaign == UNIQUE) {
        let before = last.insert(click.visitor, click.at.0);
        let expected = before.is_none_or(|before| click.at.0 - before >= TTL_MS);
        assert_eq!(click.unique, expected);
        assert_eq!(click.stream == 6, expected, "exactly new visitors are taken by the stream for them");
        new += u64::from(expected);
        if click.stream == 7 {
            let before = been.insert((click.visitor, click.destination), click.at.0);
            assert!(before.is_none_or(|before| click.at.0 - before >= TTL_MS), "the same destination twice");
        }
        exhausted += u64::from(click.stream == 8);
    }
    let visitors: HashSet<u64> =
        clicks.iter().filter(|click| click.campaign == UNIQUE).map(|click| click.visitor).collect();
    assert!(new > visitors.len() as u64 && exhausted > 100, "{new} {exhausted}");
}

fn the_best_gets_what_exploration_leaves(clicks: &[Click]) {
    let last_day = START + SPAN_MS - 24 * HOUR_MS;
    let settled = clicks.iter().filter(|click| click.campaign == LEARN && click.at.0 >= last_day);
    let counts = counts(settled, |click| click.destination, &[114, 115, 116]);
    // 90 % and its quarter of the 10 % that explore.
    assert_split(&counts, &[25, 925, 50], "an adaptive stream that knows its best");
}

#[test]
fn a_million_visits_come_out_as_configured() {
    let input = serde_json::from_value(world()).unwrap();
    let compiled = Snapshot::compile(&input);
    assert_eq!(compiled.problems, []);
    let clicks = run(&compiled.snapshot);
    split_is_as_configured(&clicks);
    caps_are_exact(&clicks);
    uniqueness_is_exact(&clicks);
    the_best_gets_what_exploration_leaves(&clicks);
}
