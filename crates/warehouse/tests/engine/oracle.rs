//! What must be in the tables, worked out from the records alone: no SQL, and nothing of the crate's own arithmetic.

use signalbox_domain::{ConversionStatus as Status, WorkspaceId};
use signalbox_events::wire::*;
use std::collections::{BTreeMap, BTreeSet};

/// Names of the counts, as the ledger's columns.
pub const COUNTS: [&str; 17] = [
    "clicks",
    "unique_campaign",
    "unique_stream",
    "unique_workspace",
    "bots",
    "landing_views",
    "landing_clicks",
    "landing_hits",
    "trafficback",
    "conversions",
    "leads",
    "sales",
    "rejected",
    "trash",
    "rebills",
    "registrations",
    "deposits",
];
/// Names of the amounts.
pub const AMOUNTS: [&str; 5] = ["cost", "revenue", "revenue_confirmed", "revenue_hold", "revenue_rejected"];

/// One signed fact.
#[derive(Clone)]
pub struct Fact {
    pub click_at: i64,
    pub at: i64,
    pub dims: ClickDims<'static>,
    /// Known of clicks only.
    pub unique: Option<bool>,
    pub status: Option<Status>,
    pub measures: BTreeMap<&'static str, i128>,
}

fn of_click(click: &ClickV1<'_>, landing_view: bool) -> Fact {
    let mut measures = BTreeMap::from([("clicks", 1), ("cost", click.cost.nanos())]);
    let mut flag = |name, is: bool| measures.insert(name, i128::from(is));
    flag("unique_campaign", click.unique.campaign);
    flag("unique_stream", click.unique.stream);
    flag("unique_workspace", click.unique.workspace);
    flag("bots", click.dims.bot.is_bot());
    flag("landing_views", landing_view);
    let took = [Outcome::Routed, Outcome::NotFound, Outcome::Bot, Outcome::Answered];
    flag("trafficback", !took.contains(&click.outcome));
    let unique = Some(click.unique.campaign);
    Fact {
        click_at: click.at.0,
        at: click.at.0,
        dims: click.dims.to_static(),
        unique,
        status: None,
        measures,
    }
}

fn of_landing(landing: &LandingClickV1<'_>) -> Fact {
    let (click_at, at) = (landing.clicked_at.0, landing.at.0);
    let mut measures = BTreeMap::from([("landing_hits", 1), ("landing_clicks", i128::from(landing.first))]);
    if landing.first {
        measures.insert("landing_ms", i128::from(at - click_at));
    }
    Fact { click_at, at, dims: landing.dims.to_static(), unique: None, status: None, measures }
}

fn of_state(conversion: &ConversionV1<'_>, state: &ConversionMeasures, sign: i128) -> Fact {
    let payout = state.payout.nanos() * sign;
    let mut measures = BTreeMap::from([("cost", state.cost.nanos() * sign)]);
    let own = match state.status {
        Status::Lead => "leads",
        Status::Sale => "sales",
        Status::Rejected => "rejected",
        Status::Trash => "trash",
        Status::Rebill => "rebills",
        Status::Registration => "registrations",
        Status::Deposit => "deposits",
        other => unreachable!("the generator makes no conversion of status {}", other.as_str()),
    };
    measures.insert(own, sign);
    if state.status != Status::Rebill {
        measures.insert("conversions", sign);
        measures.insert(
            "convert_ms",
            (conversion.converted_at.0 - conversion.clicked_at.0).max(0) as i128 * sign,
        );
    }
    match state.status {
        Status::Lead | Status::Registration => {
            measures.insert("revenue", payout);
            measures.insert("revenue_hold", payout);
        }
        Status::Sale | Status::Deposit | Status::Rebill => {
            measures.insert("revenue", payout);
            measures.insert("revenue_confirmed", payout);
        }
        Status::Rejected => {
            measures.insert("revenue_rejected", payout);
        }
        _ => {}
    }
    Fact {
        click_at: conversion.clicked_at.0,
        at: conversion.converted_at.0,
        dims: conversion.dims.to_static(),
        unique: None,
        status: Some(state.status),
        measures,
    }
}

/// Names of the events that the generator says.
const EVENTS: [(u8, &str); 3] = [(1, "event_1"), (2, "event_2"), (30, "event_30")];

/// What an event changed by, for each that changed.
fn of_events(events: &ClickEventsV1<'_>) -> Vec<Fact> {
    let said = &events.conversion;
    let value = |values: &[(u8, signalbox_domain::EventValue)], wanted| {
        let of_it: i128 = values.iter().filter(|(number, _)| *number == wanted).map(|(_, v)| v.nanos()).sum();
        of_it
    };
    let fact = |(number, name): (u8, &'static str)| Fact {
        click_at: said.clicked_at.0,
        at: said.at.0,
        dims: said.dims.to_static(),
        unique: None,
        status: None,
        measures: BTreeMap::from([(name, value(&events.after, number) - value(&events.before, number))]),
    };
    let changed = |fact: &Fact| fact.measures.values().any(|change| *change != 0);
    EVENTS.into_iter().map(fact).filter(changed).collect()
}

/// The facts of one record.
pub fn facts_of(record: &Record<'_>) -> Vec<Fact> {
    match record {
        Record::Click(click) => vec![of_click(click, click.dims.landing.0 != 0)],
        Record::ClickV2(click) => {
            vec![of_click(&click.click, click.by_script || click.click.dims.landing.0 != 0)]
        }
        Record::LandingClick(landing) => vec![of_landing(landing)],
        Record::LandingClickV2(landing) if landing.counted => vec![of_landing(&landing.landing_click)],
        Record::Conversion(conversion) => {
            let before = conversion.before.iter().map(|state| of_state(conversion, state, -1));
            before.chain(conversion.after.iter().map(|state| of_state(conversion, state, 1))).collect()
        }
        Record::ClickEvents(events) => of_events(events),
        _ => Vec::new(),
    }
}

/// Every fact of a workspace.
pub fn facts(records: &[Record<'_>], workspace: WorkspaceId) -> Vec<Fact> {
    records.iter().flat_map(facts_of).filter(|fact| fact.dims.workspace == workspace).collect()
}

/// Sums of all measures over facts.
pub fn sums<'f>(facts: impl IntoIterator<Item = &'f Fact>) -> BTreeMap<&'static str, i128> {
    let mut sums = BTreeMap::new();
    for fact in facts {
        for (name, amount) in &fact.measures {
            *sums.entry(*name).or_default() += amount;
        }
    }
    sums
}

/// How many rows a record makes in a table.
fn rows_in(table: &str, record: &Record<'_>) -> u64 {
    let makes = match (table, record) {
        (
            "clicks",
            Record::Click(_) | Record::LandingClick(_) | Record::ClickV2(_) | Record::LandingClickV2(_),
        )
        | ("conversions", Record::Conversion(_) | Record::ClickEvents(_))
        | ("postbacks", Record::PostbackRaw(_) | Record::Verdict(_))
        | ("deliveries", Record::Delivery(_)) => 1,
        ("facts", _) => facts_of(record).len(),
        _ => 0,
    };
    makes as u64
}

/// Compares every table with the records: each identity with exactly its rows, and every sum of the ledger. Records in `dead` (by
/// sequence number) must be in `dead_letters` and in no ledger.
pub async fn check(client: &clickhouse::Client, journal: u64, records: &[Record<'_>], dead: &BTreeSet<u64>) {
    check_written(client, journal, records, dead).await;
    let dead_found: BTreeSet<u64> = identities(client, "dead_letters", journal).await.into_keys().collect();
    assert_eq!(&dead_found, dead, "dead_letters");
    assert_eq!(identities(client, "dead_letters", journal).await.values().sum::<u64>(), dead.len() as u64);
}

/// The same without a look at `dead_letters`.
pub async fn check_written(
    client: &clickhouse::Client,
    journal: u64,
    records: &[Record<'_>],
    dead: &BTreeSet<u64>,
) {
    for table in ["clicks", "conversions", "postbacks", "deliveries", "facts"] {
        let found = identities(client, table, journal).await;
        let expected: BTreeMap<u64, u64> = (0u64..)
            .zip(records)
            .filter(|(seq, _)| !dead.contains(seq))
            .map(|(seq, record)| (seq, rows_in(table, record)))
            .filter(|(_, rows)| *rows > 0)
            .collect();
        let found: BTreeMap<u64, u64> =
            found.into_iter().filter(|(seq, _)| table == "facts" || !dead.contains(seq)).collect();
        let wrong = difference(&expected, &found);
        assert!(wrong.is_empty(), "{table}: (seq, expected rows, found rows): {wrong:?}");
    }

    let alive: Vec<Fact> = (0u64..)
        .zip(records)
        .filter(|(seq, _)| !dead.contains(seq))
        .flat_map(|(_, record)| facts_of(record))
        .collect();
    assert_eq!(ledger(client, journal).await, expected_ledger(&alive), "sums of the ledger");
}

fn difference(expected: &BTreeMap<u64, u64>, found: &BTreeMap<u64, u64>) -> Vec<(u64, u64, u64)> {
    let all: BTreeSet<u64> = expected.keys().chain(found.keys()).copied().collect();
    let of = |map: &BTreeMap<u64, u64>, seq| map.get(&seq).copied().unwrap_or_default();
    all.into_iter()
        .map(|seq| (seq, of(expected, seq), of(found, seq)))
        .filter(|(_, expected, found)| expected != found)
        .take(20)
        .collect()
}

async fn identities(client: &clickhouse::Client, table: &str, journal: u64) -> BTreeMap<u64, u64> {
    let sql = format!("SELECT _seq, count() FROM {table} WHERE _journal = {journal} GROUP BY _seq");
    client.query(&sql).fetch_all::<(u64, u64)>().await.unwrap().into_iter().collect()
}

fn expected_ledger(facts: &[Fact]) -> BTreeMap<&'static str, i128> {
    let sums = sums(facts);
    let names = COUNTS.into_iter().chain(AMOUNTS).chain(["convert_ms"]);
    names.map(|name| (name, sums.get(name).copied().unwrap_or_default())).collect()
}

/// The sums of the ledger over all workspaces.
pub async fn ledger(client: &clickhouse::Client, journal: u64) -> BTreeMap<&'static str, i128> {
    let list =
        |names: &[&str]| names.iter().map(|name| format!("sum({name})")).collect::<Vec<_>>().join(", ");
    let counts: Vec<&'static str> = COUNTS.into_iter().chain(["convert_ms"]).collect();
    let sql = format!("SELECT [{}] FROM facts WHERE _journal = {journal}", list(&counts));
    let found = client.query(&sql).fetch_one::<Vec<i64>>().await.unwrap();
    let mut all: BTreeMap<&'static str, i128> =
        counts.into_iter().zip(found.into_iter().map(i128::from)).collect();
    let sql = format!("SELECT [{}] FROM facts WHERE _journal = {journal}", list(&AMOUNTS));
    let found = client.query(&sql).fetch_one::<Vec<i128>>().await.unwrap();
    all.extend(AMOUNTS.into_iter().zip(found));
    all
}
