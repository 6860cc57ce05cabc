//! What is asked, the least SQL that answers it, and how long either takes.

use crate::{engine::Engine, fill::Filled};
use serde_json::{Value, json};
use signalbox_domain::{Scope, Timestamp};
use signalbox_warehouse::{LogQuery, ReportQuery, Warehouse};
use std::time::{Duration, Instant};

/// A report and its minimal SQL.
struct Question {
    name: &'static str,
    limit_ms: u64,
    query: Value,
    minimal: String,
}

const HOUR_MS: i64 = 3_600_000;
const METRICS: [&str; 9] =
    ["clicks", "unique_clicks", "conversions", "cost", "revenue", "profit", "roi", "cr", "epc"];
/// The sums that those metrics are made of.
const SUMS: &str = "sum(clicks), sum(unique_campaign), sum(conversions), sum(cost), sum(revenue_confirmed), sum(revenue_hold)";

pub fn scope(filled: &Filled) -> Scope {
    Scope::system(filled.workspace)
}

fn questions(filled: &Filled) -> Vec<Question> {
    // On the hour, as the days of people are.
    let to = Timestamp((filled.to.0 / HOUR_MS + 1) * HOUR_MS);
    let range = json!({"from": filled.from, "to": to});
    let place = format!(
        "FROM facts WHERE workspace = {} AND click_at >= fromUnixTimestamp64Milli({}) AND click_at < fromUnixTimestamp64Milli({})",
        filled.workspace.0, filled.from.0, to.0
    );
    // What is wanted of ten million clicks, and of a hundred.
    let many = filled.clicks * filled.times > 10_000_000;
    let by_clicks = json!([{"key": "clicks", "dir": "desc"}]);
    let question = |name, limit_ms, dimensions: &[&str], filters: Value, (keys, condition): (&str, &str)| {
        Question {
            name,
            limit_ms,
            query: json!({"dimensions": dimensions, "metrics": METRICS, "filters": filters, "range": range, "sort": by_clicks}),
            minimal: format!(
                "SELECT {keys}, {SUMS} {place} {condition} GROUP BY {keys} WITH TOTALS ORDER BY sum(clicks) DESC LIMIT 100 FORMAT JSONCompact"
            ),
        }
    };
    vec![
        question(
            "campaigns, 30 days",
            if many { 500 } else { 150 },
            &["campaign"],
            json!([]),
            ("campaign", ""),
        ),
        question(
            "hour and weekday",
            if many { 500 } else { 150 },
            &["hour_of_day", "weekday"],
            json!([]),
            ("toHour(click_at), toDayOfWeek(click_at)", ""),
        ),
        question(
            "three dimensions with a filter",
            if many { 6_000 } else { 800 },
            &["sub_id_1", "device_model", "city"],
            json!([{"field": "country", "op": "in", "values": ["DE"]}]),
            ("sub_id_1, device_model, city", "AND country = 'DE'"),
        ),
    ]
}

/// Old clicks that are looked for, for each round of questions.
const LOOKED_UP: usize = 20;

/// Asks everything, in turns.
pub async fn ask(warehouse: &Warehouse, engine: &Engine, filled: &Filled, rounds: usize) -> Vec<Value> {
    let questions = questions(filled);
    let mut times = vec![(Vec::new(), Vec::new()); questions.len()];
    let (mut pages, mut filtered, mut searches) = (Vec::new(), Vec::new(), Vec::new());
    let client = engine.client();
    // The first round warms up.
    for round in 0..=rounds {
        for (question, (ours, minimal)) in questions.iter().zip(&mut times) {
            let query: ReportQuery = serde_json::from_value(question.query.clone()).unwrap();
            let began = Instant::now();
            let answer = warehouse.report(&scope(filled), &query, filled.to).await.unwrap();
            let taken = began.elapsed();
            assert!(answer.total_rows > 0, "{} answers nothing", question.name);
            let began = Instant::now();
            let mut bytes = client.query(&question.minimal).fetch_bytes("JSONCompact").unwrap();
            let text = bytes.collect().await.unwrap();
            let least = began.elapsed();
            assert!(!text.is_empty());
            if round > 0 {
                ours.push(taken);
                minimal.push(least);
            }
        }
        let began = Instant::now();
        let page = warehouse.list_clicks(&scope(filled), &log(filled, &[])).await.unwrap();
        let taken = began.elapsed();
        assert_eq!(page.rows.len(), 100);
        let began = Instant::now();
        let page = warehouse
            .list_clicks(&scope(filled), &log(filled, &[("country", "DE"), ("os", "iOS")]))
            .await
            .unwrap();
        let with_filter = began.elapsed();
        assert_eq!(page.rows.len(), 100);
        let id = filled.ids[(round * 37) % filled.ids.len()];
        let began = Instant::now();
        let found = warehouse.find_click(&scope(filled), id).await.unwrap();
        let search = began.elapsed();
        assert!(found.is_some(), "{id} is not found");
        if round > 0 {
            pages.push(taken);
            filtered.push(with_filter);
            searches.push(search);
        }
    }
    let mut results: Vec<Value> = questions
        .iter()
        .zip(&mut times)
        .map(|(question, (ours, minimal))| {
            let (p50, least) = (at(ours, 0.5), at(minimal, 0.5));
            json!({
                "question": question.name, "p50_ms": ms(p50), "p95_ms": ms(at(ours, 0.95)), "limit_ms": question.limit_ms,
                "minimal_p50_ms": ms(least), "minimal_p95_ms": ms(at(minimal, 0.95)),
                "times_minimal": (p50.as_secs_f64() / least.as_secs_f64() * 100.0).round() / 100.0,
            })
        })
        .collect();
    for (name, limit_ms, mut times) in [
        ("click log, newest page", 100, pages),
        ("click log, filtered page", 100, filtered),
        ("click by id", 30, searches),
    ] {
        results.push(json!({
            "question": name, "p50_ms": ms(at(&mut times, 0.5)), "p95_ms": ms(at(&mut times, 0.95)), "limit_ms": limit_ms,
        }));
    }
    results.push(attributions(warehouse, filled, rounds * LOOKED_UP).await);
    results
}

/// Old clicks, one at a time, as a postback for a click asks that memory does not hold.
async fn attributions(warehouse: &Warehouse, filled: &Filled, count: usize) -> Value {
    let mut times = Vec::new();
    // The first ones warm up.
    for number in 0..count + LOOKED_UP {
        let id = filled.ids[(number * 41 + 7) % filled.ids.len()];
        let began = Instant::now();
        let found = warehouse.find_converting(&scope(filled), &[id]).await.unwrap();
        let taken = began.elapsed();
        assert!(found.len() == 1, "{id} is not found");
        if number >= LOOKED_UP {
            times.push(taken);
        }
    }
    json!({
        "question": "old click of a postback", "p50_ms": ms(at(&mut times, 0.5)), "p95_ms": ms(at(&mut times, 0.95)),
        "p99_ms": ms(at(&mut times, 0.99)), "limit_p99_ms": 20, "asked": count,
    })
}

fn log(filled: &Filled, conditions: &[(&str, &str)]) -> LogQuery {
    let filter = |(field, value): &(&str, &str)| json!({"field": field, "op": "in", "values": [value]});
    let filters: Value = conditions.iter().map(filter).collect();
    LogQuery {
        from: Some(filled.from),
        to: Some(filled.to),
        filters: serde_json::from_value(filters).unwrap(),
        ..LogQuery::default()
    }
}

pub fn at(times: &mut [Duration], part: f64) -> Duration {
    times.sort_unstable();
    times[((times.len() - 1) as f64 * part).ceil() as usize]
}

pub fn ms(time: Duration) -> f64 {
    (time.as_secs_f64() * 10_000.0).round() / 10.0
}
