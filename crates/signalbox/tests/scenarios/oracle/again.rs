//! The whole event log, read and judged again from its beginning.

use serde_json::{Value, json};
use signalbox_catalog::{Catalog, SystemScope};
use signalbox_testkit::{Admin, Instance, until};
use std::{collections::BTreeMap, time::Duration};

const SYSTEM: SystemScope = SystemScope::new("a test that reads everything again");
/// Until everything is read again.
const READ_MAX: Duration = Duration::from_secs(180);

/// Reports whose figures must stay, to the last row: what they show by everything that a conversion or correction could move.
fn queries() -> Vec<Value> {
    let metrics = [
        "clicks",
        "landing_hits",
        "conversions",
        "leads",
        "sales",
        "revenue",
        "revenue_rejected",
        "cost",
        "profit",
    ];
    [vec!["campaign"], vec!["day", "campaign"], vec!["sub_id_1"], vec!["network", "destination"], vec!["hour", "country"]]
        .into_iter()
        .map(|dimensions| json!({"dimensions": dimensions, "metrics": metrics, "range": {"token": "all_time"}, "limit": 5_000}))
        .collect()
}

/// What reports say now.
pub async fn figures(admin: &Admin) -> Vec<Value> {
    let mut found = Vec::new();
    for query in queries() {
        let mut report = admin.must(reqwest::Method::POST, "/reports/query", Some(&query)).await;
        assert!(report["rows"].as_array().is_some_and(|rows| !rows.is_empty()), "{query}: {report}");
        found.push(json!([report["rows"].take(), report["totals"].take()]));
    }
    found
}

/// Forgets, while the instance stands still, how far the writers of tables, the judge and all other readers have come, and starts it; back
/// when all of them are where they were.
pub async fn read_everything_again(instance: &mut Instance) {
    assert!(instance.stop().await.0, "the instance ends well");
    let catalog = Catalog::open(&format!("sqlite:{}", instance.data_dir().join("catalog.sqlite3").display()))
        .await
        .unwrap();
    let before = positions(&catalog).await;
    let readers: Vec<&str> = before.keys().filter_map(|name| name.split(':').next()).collect();
    assert!(readers.contains(&"writer") && readers.contains(&"judge"), "{readers:?}");
    for reader in catalog.cursors().list(SYSTEM, "").await.unwrap() {
        catalog.cursors().delete(SYSTEM, &reader.name, reader.version).await.unwrap();
    }
    assert!(positions(&catalog).await.is_empty());
    instance.run().await;
    until("everything is read again", READ_MAX, || async {
        let now = positions(&catalog).await;
        let behind = before.iter().find(|(name, next)| now.get(*name).is_none_or(|now| now < next));
        behind.map_or(Ok(()), |(name, next)| Err(format!("{name} is not at {next} yet: {now:?}")))
    })
    .await;
}

/// Where each reader of a journal stands.
async fn positions(catalog: &Catalog) -> BTreeMap<String, u64> {
    let readers = catalog.cursors().list(SYSTEM, "").await.unwrap();
    readers.into_iter().filter_map(|reader| Some((reader.name, reader.body["next"].as_u64()?))).collect()
}
