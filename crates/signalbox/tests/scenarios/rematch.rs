//! Postbacks and the time between them and their click: a click that turns up late, and one that is too long ago.

use crate::world::{EXE, VISIBLE_MAX, World};
use serde_json::{Value, json};
use signalbox_domain::ClickId;
use signalbox_embedded_clickhouse::{Password, Supervisor, SupervisorConfig};
use signalbox_testkit::{Instance, until};
use std::net::TcpListener;

/// The row of the postback log about this click, when it has this verdict.
async fn until_verdict(world: &World, click: &str, verdict: &str, code: &str) -> Value {
    until("the verdict", VISIBLE_MAX * 2, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=100&from=2000-01-01T00:00:00Z").await?;
        let rows = log["items"].as_array().cloned().unwrap_or_default();
        let of_click = |row: &&Value| row["click_id"] == click;
        let row = rows.iter().find(of_click).cloned().ok_or_else(|| format!("no row in {log}"))?;
        if row["verdict"] == verdict && row["code"] == code { Ok(row) } else { Err(row.to_string()) }
    })
    .await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_orphan_finds_a_click_that_turns_up_late_and_a_lookback_ends_what_counts() {
    let folder = tempfile::tempdir().unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let password = Password::random();
    let config = SupervisorConfig {
        args: vec!["embedded-clickhouse".into()],
        port,
        password: Some(password.clone()),
        start_max: VISIBLE_MAX * 4,
        ..SupervisorConfig::new(EXE, folder.path())
    };
    let engine = Supervisor::start(config).await.unwrap_or_else(|error| panic!("{error}"));
    let url = format!("http://default:{}@127.0.0.1:{port}/signalbox", password.expose());
    let instance =
        Instance::start(EXE, &[("warehouse.url", &url), ("postback.rematch_every_ms", "1000")]).await;
    let world = World::create(&instance).await;
    let mut campaign = world.campaign.clone();
    campaign["lookback_days"] = json!(30);
    let path = format!("/campaigns/{}", campaign["id"].as_str().unwrap());
    world.admin.put(&path, &campaign).await;
    let (_, id) = world.click(&instance, "ext=1&bid=0.07").await;
    world.admin.until_totals(&json!({"clicks": 1}), VISIBLE_MAX).await;

    // Clicks that nobody knows: one of a moment ago, one of forty days ago.
    let real: ClickId = id.parse().unwrap();
    let late = ClickId(real.0 + 1);
    let old = ClickId::new(real.timestamp().plus_ms(-40 * 86_400_000), 7);
    for click in [late, old] {
        assert_eq!(world.postback(&instance, &format!("subid={click}&payout=5")).await.0, 200);
        until_verdict(&world, &click.to_string(), "orphan", "click_unknown").await;
    }
    // They turn up, as if their machine had been away.
    for click in [late, old] {
        let at = click.timestamp().0;
        let sql = format!(
            "INSERT INTO clicks SELECT * REPLACE(toUInt128('{}') AS click_id, fromUnixTimestamp64Milli(toInt64({at})) AS at, \
             fromUnixTimestamp64Milli(toInt64({at})) AS click_at) FROM (SELECT * FROM clicks WHERE click_id = toUInt128('{}'))",
            click.0, real.0
        );
        let request = reqwest::Client::new().post(format!("http://127.0.0.1:{port}/?database=signalbox"));
        let request =
            request.header("x-clickhouse-user", "default").header("x-clickhouse-key", password.expose());
        let answer = request.body(sql).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
    until_verdict(&world, &late.to_string(), "accepted", "").await;
    let row = until_verdict(&world, &old.to_string(), "refused", "beyond_lookback").await;
    let reason = row["reason"].as_str().unwrap();
    assert!(reason.contains("40 days") && reason.contains("30 days"), "{reason}");
    world.admin.until_totals(&json!({"conversions": 1, "revenue": "5"}), VISIBLE_MAX).await;
    drop(instance);
    engine.stop().await;
}
