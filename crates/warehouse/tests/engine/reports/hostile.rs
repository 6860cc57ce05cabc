//! Attempts to smuggle SQL in: names are refused by field, values change nothing but what they are compared with.

use super::{compare, filled, keys, now, scope};
use crate::data::Span;
use crate::support::Env;
use signalbox_warehouse::report::{MetricFilter, Sort};
use signalbox_warehouse::{Condition, Error, Filter, Group, Operator, Range, RangeToken, ReportQuery};

const ATTACKS: [&str; 12] = [
    "' OR 1=1 --",
    "'; DROP TABLE facts; --",
    "\\' OR 1=1 --",
    "') OR workspace != 0 OR ('",
    "{p0:UInt64}",
    "DE\\",
    "a\tb\nc\r",
    "\u{1}\u{7f}ü€😀",
    "%s%d$1?",
    "/* */ UNION ALL SELECT 1",
    "\\N",
    "['a','b']",
];

fn base() -> ReportQuery {
    ReportQuery {
        dimensions: keys(&["country"]),
        metrics: keys(&["clicks", "revenue"]),
        range: Range::Token(RangeToken::AllTime),
        ..ReportQuery::default()
    }
}

fn filter(field: &str, op: Operator, values: &[&str]) -> Condition {
    Filter { field: field.to_owned(), op, values: values.iter().map(|value| (*value).to_owned()).collect() }
        .into()
}

pub async fn run(env: &Env) {
    let (warehouse, oracle) = filled(env, 500, 300, Span::two_months()).await;
    for attack in ATTACKS {
        for op in [
            Operator::Equals,
            Operator::NotEquals,
            Operator::Contains,
            Operator::BeginsWith,
            Operator::EndsWith,
        ] {
            let query = ReportQuery { filters: vec![filter("region", op, &[attack])], ..base() };
            compare(&warehouse, &oracle, &query).await;
            let query = ReportQuery { filters: vec![filter("region", op, &[attack, "Hessen"])], ..base() };
            compare(&warehouse, &oracle, &query).await;
        }
        let names = [
            (ReportQuery { dimensions: keys(&[attack]), ..base() }, "dimensions[0]"),
            (ReportQuery { metrics: keys(&["clicks", attack]), ..base() }, "metrics[1]"),
            (
                ReportQuery { filters: vec![filter(attack, Operator::IsSet, &[])], ..base() },
                "filters[0].field",
            ),
            (
                ReportQuery {
                    sort: vec![Sort { key: attack.to_owned(), dir: Default::default() }],
                    ..base()
                },
                "sort[0].key",
            ),
            (ReportQuery { timezone: attack.to_owned(), ..base() }, "timezone"),
            (
                ReportQuery { filters: vec![filter("campaign", Operator::Equals, &[attack])], ..base() },
                "filters[0].values[0]",
            ),
            (
                ReportQuery { filters: vec![filter("asn", Operator::AtMost, &[attack])], ..base() },
                "filters[0].values[0]",
            ),
            (
                ReportQuery { filters: vec![filter("day", Operator::Equals, &[attack])], ..base() },
                "filters[0].values[0]",
            ),
            (
                ReportQuery { filters: vec![filter("hour", Operator::Equals, &[attack])], ..base() },
                "filters[0].values[0]",
            ),
            (
                ReportQuery { filters: vec![filter("device_type", Operator::Equals, &[attack])], ..base() },
                "filters[0].values[0]",
            ),
        ];
        for (query, wanted) in names {
            let error = warehouse.report(&scope(), &query, now()).await.unwrap_err();
            assert!(matches!(&error, Error::Invalid { field, .. } if field == wanted), "{query:?}: {error}");
        }
    }
    for (query, wanted) in out_of_bounds() {
        let error = warehouse.report(&scope(), &query, now()).await.unwrap_err();
        assert!(matches!(&error, Error::Invalid { field, .. } if field == wanted), "{wanted}: {error}");
    }
    compare(&warehouse, &oracle, &base()).await;
}

fn figures(metric: &str, op: Operator, values: &[&str]) -> ReportQuery {
    let having = vec![MetricFilter { metric: metric.to_owned(), op, values: keys(values) }];
    ReportQuery { having, ..base() }
}

fn out_of_bounds() -> Vec<(ReportQuery, &'static str)> {
    let long = "x".repeat(5_000);
    let many: Vec<&str> = vec!["x"; 1_001];
    vec![
        (ReportQuery { metrics: vec![], ..base() }, "metrics"),
        (figures("moon", Operator::AtLeast, &["1"]), "having[0].metric"),
        (figures("clicks", Operator::Contains, &["1"]), "having[0].op"),
        (figures("clicks", Operator::Between, &["1"]), "having[0].values"),
        (figures("clicks", Operator::AtLeast, &["1) OR (1"]), "having[0].values[0]"),
        (ReportQuery { dimensions: vec![], ..figures("clicks", Operator::IsSet, &[]) }, "having"),
        (ReportQuery { limit: 0, ..base() }, "limit"),
        (ReportQuery { limit: 10_001, ..base() }, "limit"),
        (ReportQuery { offset: u64::MAX, ..base() }, "offset"),
        (ReportQuery { dimensions: keys(&["day", "day"]), ..base() }, "dimensions[1]"),
        (ReportQuery { metrics: keys(&["clicks", "clicks"]), ..base() }, "metrics[1]"),
        (ReportQuery { dimensions: keys(&["country"; 11]), ..base() }, "dimensions"),
        (
            ReportQuery { filters: vec![filter("region", Operator::Equals, &[&long])], ..base() },
            "filters[0].values[0]",
        ),
        (
            ReportQuery { filters: vec![filter("region", Operator::Equals, &many)], ..base() },
            "filters[0].values",
        ),
        (
            ReportQuery { filters: vec![filter("region", Operator::Equals, &["a\0b"])], ..base() },
            "filters[0].values[0]",
        ),
        (ReportQuery { filters: vec![filter("region", Operator::Matches, &["("])], ..base() }, "filters"),
        (
            ReportQuery { filters: vec![filter("region", Operator::IsSet, &[]); 101], ..base() },
            "filters[100]",
        ),
        (
            ReportQuery {
                filters: vec![Group::Any(vec![filter("region", Operator::Equals, &[])]).into()],
                ..base()
            },
            "filters[0].any[0].values",
        ),
    ]
}
