//! Queries made at random from the metadata.

use super::expected::custom;
use super::{compare, filled, keys};
use crate::data::{Random, Span};
use crate::support::Env;
use signalbox_domain::{CampaignId, Timestamp};
use signalbox_warehouse::report::{Direction, Sort, metadata};
use signalbox_warehouse::{Basis, Bots, Condition, Filter, Group, Operator, Range, RangeToken, ReportQuery};

const QUERIES: usize = 240;
const ZONES: [&str; 7] = [
    "UTC",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Europe/Berlin",
    "America/St_Johns",
    "Asia/Kathmandu",
    "America/Los_Angeles",
];

pub async fn run(env: &Env) {
    let span = Span::two_months();
    let (warehouse, oracle) = filled(env, 400, 1_500, span).await;
    let mut random = Random(401);
    let mut with_rows = 0;
    for _ in 0..QUERIES {
        let query = query(&mut random, span);
        let found = compare(&warehouse, &oracle, &query).await;
        with_rows += usize::from(found.total_rows > 1);
    }
    for metric in custom() {
        for dir in [Direction::Asc, Direction::Desc] {
            let query = ReportQuery {
                dimensions: keys(&["campaign", "country"]),
                metrics: vec![metric.key.clone()],
                custom: custom(),
                range: Range::Token(RangeToken::AllTime),
                sort: vec![Sort { key: metric.key.clone(), dir }],
                limit: 1_000,
                ..ReportQuery::default()
            };
            compare(&warehouse, &oracle, &query).await;
        }
    }
    println!("{QUERIES} generated reports agree, {with_rows} of them with several rows");
    assert!(with_rows > QUERIES / 3);
}

fn some<'k>(random: &mut Random, from: &[&'k str], most: u64) -> Vec<&'k str> {
    let mut chosen = Vec::new();
    for _ in 0..random.below(most + 1) {
        let key = random.pick(from);
        if !chosen.contains(&key) {
            chosen.push(key);
        }
    }
    chosen
}

fn query(random: &mut Random, span: Span) -> ReportQuery {
    let all = metadata();
    let dimension_keys: Vec<&str> = all.dimensions.iter().map(|dimension| dimension.key).collect();
    let custom = custom();
    let own = custom.iter().map(|metric| metric.key.as_str());
    let metric_keys: Vec<&str> = all.metrics.iter().map(|metric| metric.key).chain(own).collect();
    let dimensions = some(random, &dimension_keys, 3);
    let mut metrics = some(random, &metric_keys, 9);
    if metrics.is_empty() {
        metrics.push("clicks");
    }
    let sortable: Vec<&str> = dimensions.iter().chain(&metrics).copied().collect();
    let sort = some(random, &sortable, 2).into_iter().map(|key| Sort {
        key: key.to_owned(),
        dir: if random.one_in(2) { Direction::Asc } else { Direction::Desc },
    });
    let sort: Vec<Sort> = sort.collect();
    let filters = (0..random.below(3)).map(|_| condition(random, 0)).collect();
    let range = if random.one_in(2) {
        Range::Token(random.pick(&RangeToken::ALL))
    } else {
        let from = span.from + random.below(15 * 86_400_000) as i64;
        Range::Custom { from: Timestamp(from), to: Timestamp(from + 1 + random.below(9 * 86_400_000) as i64) }
    };
    ReportQuery {
        dimensions: keys(&dimensions),
        metrics: keys(&metrics),
        custom: custom.clone(),
        filters,
        having: Vec::new(),
        range,
        timezone: random.pick(&ZONES).to_owned(),
        basis: random.pick(&[Basis::Click, Basis::Conversion]),
        bots: random.pick(&[Bots::Include, Bots::Include, Bots::Exclude, Bots::Only]),
        sort,
        limit: random.pick(&[10_000, 10_000, 5]),
        offset: random.pick(&[0, 0, 3]),
        asked_as: None,
    }
}

/// A filter, or a group of conditions that may be groups themselves.
fn condition(random: &mut Random, depth: u64) -> Condition {
    if depth == 3 || !random.one_in(3) {
        return filter(random).into();
    }
    let members = (0..random.below(4)).map(|_| condition(random, depth + 1)).collect();
    let group: fn(Vec<Condition>) -> Group = random.pick(&[Group::All, Group::Any, Group::None]);
    group(members).into()
}

fn filter(random: &mut Random) -> Filter {
    let campaign = CampaignId(10 + random.below(6)).to_string();
    let make = |field: &str, op: Operator, values: &[&str]| Filter {
        field: field.to_owned(),
        op,
        values: values.iter().map(|value| (*value).to_owned()).collect(),
    };
    match random.below(23) {
        0 => make("campaign", Operator::Equals, &[&campaign]),
        1 => make("campaign", Operator::NotEquals, &[&campaign]),
        2 => make("country", Operator::Equals, &["DE", "BR"]),
        3 => make("country", Operator::IsNotSet, &[]),
        4 => make("region", Operator::NotEquals, &["O'Brien \\ \"x\""]),
        5 => make("keyword", Operator::Contains, &["shoes", "КЛ"]),
        6 => make("keyword", Operator::NotContains, &["RED"]),
        7 => make("site", Operator::BeginsWith, &["site"]),
        8 => make("site", Operator::EndsWith, &["2"]),
        9 => make("asn", Operator::AtLeast, &["3320"]),
        10 => make("asn", Operator::Between, &["1", "4000"]),
        11 => make("is_bot", Operator::IsFalse, &[]),
        12 => make("weekday", Operator::Between, &["6", "7"]),
        13 => make("hour_of_day", Operator::LessThan, &["12"]),
        14 => make("device_type", Operator::Equals, &["mobile", "unknown"]),
        15 => make("sub_id_7", Operator::IsSet, &[]),
        16 => make("day", Operator::Equals, &["2026-01-25", "2026-02-03"]),
        17 => make("event", Operator::NotEquals, &["conversion"]),
        18 => make("is_unique_stream", Operator::Equals, &["true"]),
        19 => make("is_empty_referrer", Operator::IsTrue, &[]),
        20 => make("quarter", Operator::Equals, &["2026-01-01"]),
        21 => make("is_trafficback", Operator::IsSet, &[]),
        _ => make("conversion_status", Operator::Equals, &["none", "sale"]),
    }
}
