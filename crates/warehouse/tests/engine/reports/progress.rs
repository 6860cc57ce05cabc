//! How far a long report is, and to whom it is told.

use super::super::support::Env;
use super::{now, scope};
use signalbox_domain::{Scope, WorkspaceId};
use signalbox_warehouse::report::{AskedAs, ReportProgress};
use signalbox_warehouse::{ReportQuery, Warehouse};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

async fn progress(warehouse: &Warehouse, scope: &Scope, name: &str) -> Option<ReportProgress> {
    warehouse.report_progress(scope, &name.parse().unwrap()).await.unwrap()
}

/// A statement that takes as long as the test wants, under a name as reports have.
pub async fn run(env: &Env) {
    let warehouse = env.database().await;
    let (here, name) = (scope(), "page-12345678");
    assert_eq!(progress(&warehouse, &here, name).await, None);
    let comment = format!("report.{}.{name}", here.workspace);
    let endless = env.client(&warehouse);
    let stop = format!("KILL QUERY WHERE endsWith(Settings['log_comment'], '{comment}') SYNC");
    let under_way = tokio::spawn(async move {
        let sql = "SELECT sum(number % 7) FROM numbers(1000000000000) SETTINGS max_threads = 1";
        endless.query(sql).with_setting("log_comment", comment).fetch_one::<u64>().await
    });
    let began = Instant::now();
    let first = loop {
        match progress(&warehouse, &here, name).await {
            Some(found) if found.rows_read > 0 && found.elapsed_ms > 0 => break found,
            _ => assert!(began.elapsed() < PATIENCE, "a statement that is under way is not seen"),
        }
    };
    assert_eq!(first.rows_total, 1_000_000_000_000);
    while progress(&warehouse, &here, name).await.unwrap().rows_read <= first.rows_read {
        assert!(began.elapsed() < PATIENCE, "it does not get on");
    }
    assert_eq!(progress(&warehouse, &here, "page-1234567").await, None, "the beginning of a name is none");
    let elsewhere = Scope::system(WorkspaceId(here.workspace.0 + 1));
    assert_eq!(progress(&warehouse, &elsewhere, name).await, None, "it is told to another workspace");
    env.client(&warehouse).query(&stop).execute().await.unwrap();
    under_way.await.unwrap().unwrap_err();
    assert_eq!(progress(&warehouse, &here, name).await, None, "it has ended");
    // A report may be asked twice at once under one name.
    let query = ReportQuery { asked_as: Some(name.parse().unwrap()), ..ReportQuery::default() };
    let ask = || warehouse.report(&here, &query, now());
    let (one, other) = tokio::join!(ask(), ask());
    assert_eq!(one.unwrap().totals, other.unwrap().totals);
    for bad in ["", "short", "with space", "a.b.c.d.e.f", &"x".repeat(65)] {
        let refused = bad.parse::<AskedAs>().unwrap_err().to_string();
        assert!(refused.starts_with("asked_as: must be"), "{bad}: {refused}");
    }
}
