//! Exports: the rows of the report and of the log, all of them, in constant memory.

use super::Test;
use super::data::{Span, encode, records};
use super::reports::{filled, now, scope};
use super::support::{Cursors, Env, Events, drain};
use signalbox_warehouse::log::Log;
use signalbox_warehouse::report::{Direction, Sort};
use signalbox_warehouse::{
    Basis, Cell, Condition, Error, ExportStream, Filter, LogQuery, Operator, Range, RangeToken, ReportQuery,
    Value,
};
use std::time::Instant;

pub const TESTS: &[Test] = &[
    ("exports::a_report_in_full_is_the_report", |env| Box::pin(reports(env))),
    ("exports::logs_in_full_are_the_logs", |env| Box::pin(logs(env))),
    ("exports::millions_of_rows_in_constant_memory", |env| Box::pin(millions(env))),
    ("exports::a_report_of_many_rows_in_constant_memory", |env| Box::pin(many_groups(env))),
];

async fn all(mut stream: ExportStream) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    while let Some(part) = stream.next().await.unwrap() {
        assert!(!part.is_empty());
        assert!(part.iter().all(|row| row.len() == stream.columns().len()));
        rows.extend(part);
    }
    rows
}

async fn reports(env: &Env) {
    let (warehouse, _) = filled(env, 800, 900, Span::two_months()).await;
    for (dimensions, basis) in [
        (vec!["campaign", "country", "is_bot"], Basis::Click),
        (vec!["hour", "keyword"], Basis::Conversion),
        (vec![], Basis::Click),
    ] {
        let query = ReportQuery {
            dimensions: dimensions.iter().map(|key| (*key).to_owned()).collect(),
            metrics: ["clicks", "cost", "roi", "cpa", "time_to_convert"].map(str::to_owned).to_vec(),
            range: Range::Token(RangeToken::AllTime),
            timezone: "Asia/Kolkata".to_owned(),
            basis,
            limit: 10_000,
            ..ReportQuery::default()
        };
        let page = warehouse.report(&scope(), &query, now()).await.unwrap();
        let found = all(warehouse.export_report(&scope(), &query, now()).unwrap()).await;
        let is_bot = |index: usize| dimensions.get(index) == Some(&"is_bot");
        let expected: Vec<Vec<Cell>> = page
            .rows
            .into_iter()
            .map(|row| {
                let keys = row.keys.into_iter().enumerate().map(|(index, key)| match key {
                    None => Cell::Null,
                    Some(text) if is_bot(index) => Cell::Boolean(text == "true"),
                    Some(text) => Cell::Text(text),
                });
                let values = row.metrics.into_iter().map(|value| match value {
                    Value::Null => Cell::Null,
                    Value::Count(count) => Cell::Integer(count),
                    Value::Money(money) => Cell::Money(money),
                    Value::Number(text) => Cell::Number(text),
                });
                keys.chain(values).collect()
            })
            .collect();
        assert_eq!(found, expected);
    }
    let stranger = signalbox_domain::Scope::system(signalbox_domain::WorkspaceId(5));
    let query = ReportQuery {
        dimensions: vec!["campaign".to_owned()],
        range: Range::Token(RangeToken::AllTime),
        ..ReportQuery::default()
    };
    assert!(all(warehouse.export_report(&stranger, &query, now()).unwrap()).await.is_empty());
    let wrong = ReportQuery { dimensions: vec!["mood".to_owned()], ..query.clone() };
    assert!(matches!(warehouse.export_report(&scope(), &wrong, now()), Err(Error::Invalid { .. })));
    let expression = Filter { field: "site".to_owned(), op: Operator::Matches, values: vec!["(".to_owned()] };
    let wrong = ReportQuery { filters: vec![expression.into()], ..query };
    let refused = warehouse.export_report(&scope(), &wrong, now()).unwrap().next().await;
    assert!(matches!(refused, Err(Error::Invalid { .. })), "{refused:?}");
}

async fn logs(env: &Env) {
    let (warehouse, events) = (env.database().await, Events::new());
    events.append(&encode(&records(801, 400, Span::two_months())));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    let country: Condition =
        Filter { field: "country".to_owned(), op: Operator::Equals, values: vec!["DE".to_owned()] }.into();
    for filters in [vec![], vec![country]] {
        let query = LogQuery { filters, limit: 1_000, ..LogQuery::default() };
        let column = |stream: &ExportStream, key: &str| {
            stream.columns().iter().position(|column| column.key == key).unwrap()
        };
        let stream = warehouse.export_log(&scope(), Log::Clicks, &query).unwrap();
        let (id, cost, ip) = (column(&stream, "click_id"), column(&stream, "cost"), column(&stream, "ip"));
        let found: Vec<[Cell; 4]> = all(stream)
            .await
            .into_iter()
            .map(|row| [row[0].clone(), row[id].clone(), row[cost].clone(), row[ip].clone()])
            .collect();
        let page = warehouse.list_clicks(&scope(), &query).await.unwrap().rows;
        let expected: Vec<[Cell; 4]> = page
            .iter()
            .map(|click| {
                let click = &click.click;
                [
                    Cell::Integer(click.at.0),
                    Cell::Text(click.id.to_string()),
                    Cell::Money(click.cost),
                    Cell::Text(click.ip.to_string()),
                ]
            })
            .collect();
        assert_eq!(found, expected);

        let stream = warehouse.export_log(&scope(), Log::Conversions, &query).unwrap();
        let id = column(&stream, "conversion_id");
        let found: Vec<Cell> = all(stream).await.into_iter().map(|row| row[id].clone()).collect();
        let page = warehouse.list_conversions(&scope(), &query).await.unwrap().rows;
        let expected: Vec<Cell> =
            page.iter().map(|entry| Cell::Text(entry.conversion.id.to_string())).collect();
        assert_eq!(found, expected, "the latest state of each");
    }
    let query = LogQuery::default();
    for (log, count) in [
        (
            Log::Postbacks,
            warehouse
                .list_postbacks(&scope(), &LogQuery { limit: 1_000, ..query.clone() })
                .await
                .unwrap()
                .rows
                .len(),
        ),
        (
            Log::Deliveries,
            warehouse
                .list_deliveries(&scope(), &LogQuery { limit: 1_000, ..query.clone() })
                .await
                .unwrap()
                .rows
                .len(),
        ),
    ] {
        assert_eq!(all(warehouse.export_log(&scope(), log, &query).unwrap()).await.len(), count);
    }
}

/// Resident memory of a process, MiB.
fn resident_mib(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() / 1_024
}

async fn millions(env: &Env) {
    let (warehouse, rows) = (env.database().await, 400_000_u64);
    let insert = format!(
        "INSERT INTO clicks (workspace, click_at, at, click_id, kind, campaign, country, user_agent, cost, ip, _journal, _seq) \
         SELECT 1000001, toDateTime64('2026-01-20 00:00:00', 3, 'UTC') + number / 1000 AS t, t, number + 1, 'click', 10 + number % 50, \
         ['DE','US','BR','IN'][1 + rand(1) % 4], concat('Mozilla/5.0 ', toString(rand(2) % 1000)), 0.01, '::1', 9, number FROM numbers({rows})"
    );
    env.client(&warehouse).query(&insert).execute().await.unwrap();
    let mut last = i64::MAX;
    let open = || warehouse.export_log(&scope(), Log::Clicks, &LogQuery::default()).unwrap();
    in_constant_memory(env, rows, open, |row| {
        let Cell::Integer(at) = row[0] else { panic!("a time") };
        assert!(at <= last, "newest first");
        last = at;
    })
    .await;
}

/// As many rows as there are sub ids, in order of a figure: grouped and sorted before the first one comes.
async fn many_groups(env: &Env) {
    let (warehouse, rows) = (env.database().await, 400_000_u64);
    let insert = format!(
        "INSERT INTO facts (workspace, click_at, at, kind, campaign, sub_id_1, clicks, cost, _journal, _seq) \
         SELECT 1000001, toDateTime64('2026-01-20 00:00:00', 3, 'UTC') + number / 1000 AS t, t, 'click', 10 + number % 50, \
         concat('a sub id that is long enough to be noticed when it is kept: ', toString(number)), 1, \
         (number % 1000) / 1000, 9, number FROM numbers({rows})"
    );
    env.client(&warehouse).query(&insert).execute().await.unwrap();
    let query = ReportQuery {
        dimensions: vec!["sub_id_1".to_owned()],
        metrics: vec!["cost".to_owned(), "cpc".to_owned()],
        range: Range::Token(RangeToken::AllTime),
        sort: vec![Sort { key: "cost".to_owned(), dir: Direction::Desc }],
        ..ReportQuery::default()
    };
    let mut last = None;
    let open = || warehouse.export_report(&scope(), &query, now()).unwrap();
    in_constant_memory(env, rows, open, |row| {
        let Cell::Money(cost) = row[1] else { panic!("an amount") };
        assert!(last.is_none_or(|last| cost <= last), "dearest first");
        last = Some(cost);
    })
    .await;
}

/// Reads an export to its end while it watches how much memory this process and the engine take.
async fn in_constant_memory(
    env: &Env,
    rows: u64,
    open: impl FnOnce() -> ExportStream,
    mut look: impl FnMut(&[Cell]),
) {
    let pids = [std::process::id(), env.engine.ready_pid(0).await];
    let before = pids.map(resident_mib);
    let mut stream = open();
    let (began, mut seen, mut peak) = (Instant::now(), 0_u64, before);
    while let Some(part) = stream.next().await.unwrap() {
        part.iter().for_each(|row| look(row));
        seen += part.len() as u64;
        for (peak, pid) in peak.iter_mut().zip(pids) {
            *peak = resident_mib(pid).max(*peak);
        }
    }
    assert_eq!(seen, rows);
    println!(
        "{rows} rows in {:.1} s; memory of reader and engine grew by {} and {} MiB",
        began.elapsed().as_secs_f64(),
        peak[0] - before[0],
        peak[1] - before[1]
    );
    assert!(peak[0] - before[0] < 64, "the reader: {before:?} to {peak:?}");
    assert!(peak[1] - before[1] < 400, "the engine: {before:?} to {peak:?}");
}
