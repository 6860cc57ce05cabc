//! The generator's own ledger against the report: to the cent, also with `kill -9` in the middle.

use crate::world::{EXE, World};
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};
use trafficgen::drive::{Ledger, Plan, drive};

/// Until everything that was sent is in the report.
const SETTLED_MAX: Duration = Duration::from_secs(90);

fn plan(instance: &Instance, world: &World, clicks: u32, conversions: u32) -> Plan {
    let plan = json!({
        "traffic": instance.traffic_url(), "postback": instance.postback_url(), "clicks": clicks, "conversions": conversions,
        "concurrency": 32, "seed": 7, "retry_seconds": 120,
        "campaigns": [{"slug": world.slug, "sub_id_parameter": "zone", "external_id_parameter": "ext", "cost_parameter": "bid",
            "costs": ["0.01", "0.0123", "0.000000001", "1.5"], "click_id_parameter": "cid", "network": 0}],
        "networks": [{"key": world.key, "payouts": ["1.10", "0.333333333", "25", "7.77"]}],
    });
    serde_json::from_value(plan).unwrap()
}

/// Sub ids that the report knows, with how many clicks each has.
async fn stored(world: &World) -> Result<Vec<(String, u64)>, String> {
    let mut found = Vec::new();
    loop {
        let query = json!({"dimensions": ["sub_id_1"], "metrics": ["clicks"], "range": {"token": "all_time"}, "bots": "include",
            "filters": world.admin.filters(), "limit": 1000, "offset": found.len(), "sort": [{"key": "sub_id_1", "dir": "asc"}]});
        let (status, report) = world.admin.ask(reqwest::Method::POST, "/reports/query", Some(&query)).await?;
        if !status.is_success() {
            return Err(format!("{status} {report}"));
        }
        let rows = report["rows"].as_array().ok_or("no rows")?;
        for row in rows {
            let key = &row["keys"]["sub_id_1"];
            let name = key["id"]
                .as_str()
                .or_else(|| key["name"].as_str())
                .or_else(|| key.as_str())
                .ok_or_else(|| format!("no key in {row}"))?;
            found.push((
                name.to_owned(),
                whole(&row["metrics"]["clicks"]).ok_or_else(|| format!("no clicks in {row}"))?,
            ));
        }
        if rows.is_empty() || found.len() as u64 >= report["total_rows"].as_u64().unwrap_or(0) {
            return Ok(found);
        }
    }
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

async fn compare(world: &World, ledger: &Ledger) {
    let summary = ledger.summary();
    assert_eq!(
        (summary.clicks_refused, summary.postbacks_refused, summary.in_doubt),
        (0, 0, 0),
        "{summary:?}"
    );
    let conversions: u64 = summary.conversions.values().sum();
    let answered: BTreeSet<&str> = ledger.answered_sub_ids();
    // Everything answered is there: wait for that, then nothing may come any more.
    let found = until("every answered click in the report", SETTLED_MAX, || async {
        let found = stored(world).await?;
        let names: BTreeSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
        let missing = answered.iter().filter(|name| !names.contains(**name)).count();
        if missing == 0 { Ok(found) } else { Err(format!("{missing} of {} missing", answered.len())) }
    })
    .await;
    let attempted = ledger.attempted_sub_ids();
    assert!(
        found.iter().all(|(name, _)| attempted.contains(name.as_str())),
        "nothing is stored that was not sent"
    );
    assert!(found.iter().all(|(_, clicks)| *clicks == 1), "no click counts twice");
    let names: BTreeSet<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    let expected = json!({
        "clicks": names.len(), "cost": ledger.cost_of(&names).to_string(), "revenue": summary.revenue.to_string(), "conversions": conversions,
    });
    world.admin.until_totals(&expected, SETTLED_MAX).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn ten_thousand_clicks_and_five_hundred_conversions_are_right_to_the_cent() {
    let instance = Instance::start(EXE, &[]).await;
    let world = ready(&instance).await;
    let ledger = drive(plan(&instance, &world, 10_000, 500)).await.unwrap();
    assert_eq!(ledger.summary().clicks_answered, 10_000);
    compare(&world, &ledger).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn also_with_kill_nine_in_the_middle() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = ready(&instance).await;
    let driving = tokio::spawn(drive(plan(&instance, &world, 10_000, 500)));
    for kill in 1..=3_u64 {
        let share = kill * 2_000;
        let began = Instant::now();
        until("some of the clicks", Duration::from_secs(120), || async {
            // Progress by the journal's size would be inside knowledge: ask the report, as anybody could.
            let clicks = world
                .admin
                .totals(&["clicks"])
                .await
                .ok()
                .and_then(|totals| whole(&totals["clicks"]))
                .unwrap_or(0);
            if clicks >= share || driving.is_finished() {
                Ok(())
            } else {
                Err(format!("{clicks} after {:?}", began.elapsed()))
            }
        })
        .await;
        instance.kill_and_run().await;
    }
    let ledger = driving.await.unwrap().unwrap();
    assert_eq!(ledger.summary().clicks_answered, 10_000);
    compare(&world, &ledger).await;
}

/// The story's world, answering, with reports about its campaign alone. The probe has a campaign of its own, created after the story's: a
/// snapshot that has it has both.
async fn ready(instance: &Instance) -> World {
    let world = World::create(instance).await;
    let streams = json!([{"name": "All", "kind": "default", "action": {"type": "url", "url": "https://probe.example/"}}]);
    world.admin.create("/campaigns", json!({"name": "Probe", "slug": "probe", "streams": streams})).await;
    let probe = format!("{}/probe", instance.traffic_url());
    until("the campaign routes", Duration::from_secs(10), || async {
        let status =
            crate::world::browser().get(&probe).send().await.map_err(|error| error.to_string())?.status();
        if status == 302 { Ok(()) } else { Err(status.to_string()) }
    })
    .await;
    let admin = world.admin.about(&world.campaign);
    World { admin, ..world }
}
