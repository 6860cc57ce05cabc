//! What is live, in memory: as a case describes it, or as a simulation builds it up.

use serde::Deserialize;
use signalbox_domain::{
    CampaignId, DestinationId, Measure, Money, Series, StreamId, Subject, Tally, Timestamp, WorkspaceId,
};
use signalbox_engine::{Live, OutReason, Population, Shares};
use std::collections::{BTreeMap, BTreeSet};

/// Everything known at one moment. Ids are written `"#7"`.
#[derive(Deserialize, Default, Clone)]
#[serde(deny_unknown_fields, default)]
pub struct Facts {
    /// `"campaign #10"`, `"stream #1"` or `"workspace #1"`.
    seen: BTreeSet<String>,
    converted: BTreeSet<String>,
    /// Stream and destination.
    visited: Vec<(String, String)>,
    counted: Vec<Counted>,
    out: BTreeMap<String, OutReason>,
    shares: BTreeMap<String, SharesOf>,
    /// The next turn of round-robin streams.
    turn: BTreeMap<String, u64>,
}

/// Something that was counted; `of` is `"campaign #10"`, `"stream #1"`, `"destination #101"` or `"route #1 #101"`.
#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Counted {
    of: String,
    at: String,
    #[serde(default)]
    clicks: i64,
    #[serde(default)]
    conversions: i64,
    #[serde(default)]
    cost: Money,
    #[serde(default)]
    revenue: Money,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct SharesOf {
    best: Vec<u32>,
    exploration: u32,
    #[serde(default)]
    reasons: Vec<String>,
}

/// [`Facts`], ready to be asked.
#[derive(Default)]
pub struct Known {
    facts: Facts,
    counters: BTreeMap<Subject, Series>,
    shares: BTreeMap<StreamId, Shares>,
}

fn number(id: &str) -> u64 {
    id.strip_prefix('#')
        .and_then(|id| id.parse().ok())
        .unwrap_or_else(|| panic!("{id:?} is no id such as #7"))
}

fn subject(text: &str) -> Subject {
    let mut words = text.split(' ');
    let kind = words.next().unwrap();
    let ids: Vec<u64> = words.map(number).collect();
    match (kind, ids.as_slice()) {
        ("campaign", [id]) => Subject::Campaign(CampaignId(*id)),
        ("stream", [id]) => Subject::Stream(StreamId(*id)),
        ("destination", [id]) => Subject::Destination(DestinationId(*id)),
        ("route", [stream, id]) => Subject::Route(StreamId(*stream), DestinationId(*id)),
        _ => panic!("{text:?} is nothing that is counted"),
    }
}

fn population(population: Population) -> String {
    match population {
        Population::Campaign(CampaignId(id)) => format!("campaign #{id}"),
        Population::Stream(StreamId(id)) => format!("stream #{id}"),
        Population::Workspace(WorkspaceId(id)) => format!("workspace #{id}"),
    }
}

impl From<&Facts> for Known {
    fn from(facts: &Facts) -> Self {
        let mut known = Self { facts: facts.clone(), ..Self::default() };
        for one in &facts.counted {
            let at: jiff::Timestamp = one.at.parse().unwrap();
            let tally = Tally {
                clicks: one.clicks,
                conversions: one.conversions,
                cost: one.cost,
                revenue: one.revenue,
            };
            let series = known.counters.entry(subject(&one.of)).or_default();
            series.add(Timestamp(at.as_millisecond()), &tally);
        }
        for (stream, shares) in &facts.shares {
            let shares = Shares {
                best: shares.best.as_slice().into(),
                exploration: shares.exploration,
                reasons: shares.reasons.iter().map(|reason| reason.as_str().into()).collect(),
            };
            known.shares.insert(StreamId(number(stream)), shares);
        }
        known
    }
}

impl Live for Known {
    fn seen(&self, among: Population) -> bool {
        self.facts.seen.contains(&population(among))
    }

    fn converted(&self, among: Population) -> bool {
        self.facts.converted.contains(&population(among))
    }

    fn visited(&self, stream: StreamId, destination: DestinationId) -> bool {
        let was = |(s, d): &(String, String)| (number(s), number(d)) == (stream.0, destination.0);
        self.facts.visited.iter().any(was)
    }

    fn counted(&self, subject: Subject, measure: Measure, since: Option<Timestamp>) -> Money {
        self.counters.get(&subject).map_or(Money::ZERO, |series| series.since(since, measure))
    }

    fn out(&self, destination: DestinationId) -> Option<OutReason> {
        self.facts.out.get(&format!("#{}", destination.0)).copied()
    }

    fn shares(&self, stream: StreamId) -> Option<&Shares> {
        self.shares.get(&stream)
    }

    /// The turn is looked at, not taken: one request is decided several times.
    fn turn(&self, stream: StreamId) -> u64 {
        self.facts.turn.get(&format!("#{}", stream.0)).copied().unwrap_or(0)
    }
}
