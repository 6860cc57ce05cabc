//! A report about a day reads that day, not its month.

use super::super::support::Env;
use super::{keys, now, scope};
use signalbox_domain::Timestamp;
use signalbox_warehouse::{Range, ReportQuery, Value};

/// Clicks of each of thirty days: more than one granule has.
const CLICKS_A_DAY: u64 = 10_000;
/// Granules of 8,192 rows that a day of so many may touch. The month has 37.
const GRANULES_MAX: u64 = 4;

/// Clicks of thirty days in one part, spread evenly over days and fifty campaigns.
async fn fill(client: &clickhouse::Client, workspace: u64) {
    let fill = format!(
        "INSERT INTO facts (workspace, click_at, at, kind, campaign, clicks) SELECT {workspace}, \
         toDateTime64('2026-01-02 00:00:00', 3, 'UTC') + toIntervalMillisecond(intDiv(number * 86400000, {CLICKS_A_DAY})) AS time, \
         time, 'click', number % 50 + 1, 1 FROM numbers({})",
        30 * CLICKS_A_DAY
    );
    client.query(&fill).execute().await.unwrap();
    client.query("OPTIMIZE TABLE facts FINAL").execute().await.unwrap();
}

fn at(moment: &str) -> Timestamp {
    Timestamp(format!("2026-01-{moment}:00Z").parse::<jiff::Timestamp>().unwrap().as_millisecond())
}

pub async fn run(env: &Env) {
    let warehouse = env.database().await;
    let client = env.client(&warehouse);
    fill(&client, scope().workspace.0).await;
    // What is added to the condition of a report chooses what is read, and must not lose a row at the edges.
    let spans = [("17T00:00", "18T00:00", 24), ("16T23:00", "18T01:00", 26), ("02T12:00", "31T12:00", 696)];
    for (from, to, hours) in spans {
        let query = ReportQuery {
            // By device: the sums by hour do not know it, so facts are read.
            dimensions: keys(&["device_type"]),
            range: Range::Custom { from: at(from), to: at(to) },
            ..ReportQuery::default()
        };
        let found = warehouse.report(&scope(), &query, now()).await.unwrap();
        let expected = i64::try_from(hours * CLICKS_A_DAY / 24).unwrap();
        let Value::Count(clicks) = found.totals[0] else { panic!("{:?}", found.totals) };
        assert!((clicks - expected).abs() <= 1, "{from} to {to}: {clicks}, not {expected}");
    }
    // The text that `crate::sql::in_days` makes of the 17th, to which its own test holds it.
    let estimate = format!(
        "SELECT marks FROM (EXPLAIN ESTIMATE SELECT device_type, sum(clicks) FROM facts WHERE workspace = {} \
         AND click_at >= '2026-01-17 00:00:00' AND click_at < '2026-01-18 00:00:00' \
         AND indexHint(toDate(click_at) >= toDate(20470) AND toDate(click_at) <= toDate(20470)) GROUP BY device_type)",
        scope().workspace.0
    );
    let marks: u64 = client.query(&estimate).fetch_one().await.unwrap();
    assert!((1..=GRANULES_MAX).contains(&marks), "{marks} granules");
}
