//! Reports against an oracle that sums the generated records itself: no SQL, no formula of the crate.

mod days;
mod expected;
mod generated;
mod hostile;
mod progress;

use super::Test;
use super::data::{Span, WORKSPACE, encode, records};
use super::support::{Cursors, Env, Events, drain};
pub use expected::Oracle;
use signalbox_domain::{Scope, Timestamp};
use signalbox_warehouse::report::{Direction, Sort, metadata};
use signalbox_warehouse::{
    Basis, Bots, Error, Filter, Operator, Range, RangeToken, ReportQuery, ReportResult, Value, Warehouse,
};

pub const TESTS: &[Test] = &[
    ("reports::generated_queries_agree_with_the_oracle", |env| Box::pin(generated::run(env))),
    ("reports::days_when_clocks_change_agree_with_the_oracle", |env| Box::pin(clock_changes(env))),
    ("reports::every_dimension_and_metric_of_the_metadata_works", |env| Box::pin(all_of_metadata(env))),
    ("reports::pages_and_order_are_stable", |env| Box::pin(pages(env))),
    ("reports::nothing_is_null_not_zero", |env| Box::pin(nothing(env))),
    ("reports::a_long_report_tells_how_far_it_is", |env| Box::pin(progress::run(env))),
    ("reports::a_day_is_read_without_its_month", |env| Box::pin(days::run(env))),
    ("reports::hostile_requests_are_refused_or_harmless", |env| Box::pin(hostile::run(env))),
];

/// The clock of all report tests.
pub fn now() -> Timestamp {
    Timestamp("2026-02-05T10:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub fn scope() -> Scope {
    Scope::system(WORKSPACE)
}

pub fn keys(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// A database filled with generated records, and the oracle that knows them.
pub async fn filled(env: &Env, seed: u64, clicks: u64, span: Span) -> (Warehouse, Oracle) {
    let (warehouse, events) = (env.database().await, Events::new());
    let records = records(seed, clicks, span);
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    (warehouse, Oracle::of(&records, WORKSPACE))
}

/// Runs the query on both and compares everything.
pub async fn compare(warehouse: &Warehouse, oracle: &Oracle, query: &ReportQuery) -> ReportResult {
    let found =
        warehouse.report(&scope(), query, now()).await.unwrap_or_else(|error| panic!("{query:?}: {error}"));
    let expected = oracle.report(query, now());
    assert_eq!(found.total_rows, expected.total_rows, "{query:#?}");
    assert_eq!(found.totals, expected.totals, "totals of {query:#?}");
    for (index, (found, expected)) in found.rows.iter().zip(&expected.rows).enumerate() {
        assert_eq!(found, expected, "row {index} of {query:#?}");
    }
    assert_eq!(found.rows.len(), expected.rows.len(), "{query:#?}");
    found
}

async fn clock_changes(env: &Env) {
    // Zone, and days around a change of its clocks.
    let cases = [
        ("Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("Europe/Berlin", "2026-10-24T00:00:00Z", "2026-10-27T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-03T00:00:00Z", "2026-04-06T00:00:00Z"),
        ("Australia/Lord_Howe", "2026-10-02T00:00:00Z", "2026-10-05T00:00:00Z"),
        ("America/New_York", "2026-03-07T00:00:00Z", "2026-03-10T00:00:00Z"),
        ("America/New_York", "2026-10-31T00:00:00Z", "2026-11-03T00:00:00Z"),
        ("Asia/Kolkata", "2026-03-28T00:00:00Z", "2026-03-31T00:00:00Z"),
        ("Africa/Cairo", "2026-04-23T00:00:00Z", "2026-04-26T00:00:00Z"),
    ];
    for (number, (zone, from, to)) in cases.into_iter().enumerate() {
        let span = Span::between(from, to);
        let (warehouse, oracle) = filled(env, 200 + number as u64, 900, span).await;
        for dimensions in
            [vec!["hour"], vec!["day"], vec!["weekday", "hour_of_day"], vec!["week", "month", "year"]]
        {
            for basis in [Basis::Click, Basis::Conversion] {
                for range in [
                    Range::Token(RangeToken::AllTime),
                    Range::Custom {
                        from: Timestamp(span.from + 3_600_000),
                        to: Timestamp(span.to - 5_400_000),
                    },
                ] {
                    let query = ReportQuery {
                        dimensions: keys(&dimensions),
                        metrics: keys(&["clicks", "conversions", "cost", "revenue", "time_to_convert"]),
                        timezone: zone.to_owned(),
                        basis,
                        range,
                        limit: 10_000,
                        ..ReportQuery::default()
                    };
                    let found = compare(&warehouse, &oracle, &query).await;
                    assert!(!found.rows.is_empty());
                }
            }
        }
    }
}

async fn all_of_metadata(env: &Env) {
    let (warehouse, oracle) = filled(env, 301, 800, Span::two_months()).await;
    let all = metadata();
    let metrics: Vec<String> = all.metrics.iter().map(|metric| metric.key.to_owned()).collect();
    for dimension in &all.dimensions {
        let query = ReportQuery {
            dimensions: vec![dimension.key.to_owned()],
            metrics: metrics.clone(),
            range: Range::Token(RangeToken::AllTime),
            limit: 10_000,
            ..ReportQuery::default()
        };
        compare(&warehouse, &oracle, &query).await;
        assert!(
            !dimension.title.is_empty()
                && !dimension.description.is_empty()
                && !dimension.operators.is_empty()
        );
    }
    for metric in &all.metrics {
        assert!(!metric.description.is_empty() && !metric.formula.is_empty());
        for dir in [Direction::Asc, Direction::Desc] {
            let query = ReportQuery {
                dimensions: keys(&["campaign", "country"]),
                metrics: vec![metric.key.to_owned()],
                range: Range::Token(RangeToken::AllTime),
                sort: vec![Sort { key: metric.key.to_owned(), dir }],
                limit: 10_000,
                ..ReportQuery::default()
            };
            compare(&warehouse, &oracle, &query).await;
        }
    }
}

async fn pages(env: &Env) {
    let (warehouse, oracle) = filled(env, 302, 600, Span::two_months()).await;
    let query = |limit, offset| ReportQuery {
        dimensions: keys(&["country", "os", "site"]),
        metrics: keys(&["clicks", "roi"]),
        range: Range::Token(RangeToken::AllTime),
        sort: vec![Sort { key: "clicks".to_owned(), dir: Direction::Desc }],
        limit,
        offset,
        ..ReportQuery::default()
    };
    let whole = compare(&warehouse, &oracle, &query(10_000, 0)).await;
    let mut paged = Vec::new();
    for page in 0.. {
        let found = compare(&warehouse, &oracle, &query(7, page * 7)).await;
        assert_eq!(found.totals, whole.totals, "totals are of the whole report");
        if found.rows.is_empty() {
            break;
        }
        paged.extend(found.rows);
    }
    assert_eq!(paged, whole.rows);
}

async fn nothing(env: &Env) {
    let warehouse = env.database().await;
    let query = ReportQuery {
        metrics: keys(&["clicks", "cost", "roi", "cr", "epc", "time_to_convert"]),
        range: Range::Token(RangeToken::Today),
        ..ReportQuery::default()
    };
    let none = [
        Value::Count(0),
        Value::Money(signalbox_domain::Money::ZERO),
        Value::Null,
        Value::Null,
        Value::Null,
        Value::Null,
    ];
    let empty = warehouse.report(&scope(), &query, now()).await.unwrap();
    assert_eq!(empty.totals, none);
    assert_eq!((empty.rows.len(), empty.total_rows), (1, 1), "without dimensions there is one row");
    let grouped = ReportQuery { dimensions: keys(&["campaign"]), ..query.clone() };
    let empty = warehouse.report(&scope(), &grouped, now()).await.unwrap();
    assert_eq!((empty.rows.len(), empty.total_rows), (0, 0));
    assert_eq!(empty.totals, none);

    let (warehouse, _) = filled(env, 303, 50, Span::two_months()).await;
    let stranger = Scope::system(signalbox_domain::WorkspaceId(99));
    let all = ReportQuery { range: Range::Token(RangeToken::AllTime), ..grouped };
    assert_eq!(
        warehouse.report(&stranger, &all, now()).await.unwrap().total_rows,
        0,
        "another workspace sees nothing"
    );
    let by_bots =
        |bots| ReportQuery { bots, range: Range::Token(RangeToken::AllTime), ..ReportQuery::default() };
    let count = |result: ReportResult| match result.totals[0] {
        Value::Count(count) => count,
        _ => panic!("clicks are a count"),
    };
    let everybody = count(warehouse.report(&scope(), &by_bots(Bots::Include), now()).await.unwrap());
    let people = count(warehouse.report(&scope(), &by_bots(Bots::Exclude), now()).await.unwrap());
    let bots = count(warehouse.report(&scope(), &by_bots(Bots::Only), now()).await.unwrap());
    assert!(people > 0 && bots > 0);
    assert_eq!(people + bots, everybody);
    let impossible =
        Filter { field: "campaign".to_owned(), op: Operator::Equals, values: vec!["x".to_owned()] };
    let refused =
        warehouse.report(&scope(), &ReportQuery { filters: vec![impossible.into()], ..query }, now()).await;
    assert!(matches!(refused, Err(Error::Invalid { field, .. }) if field == "filters[0].values[0]"));
}
