//! Records that could not be written: seen by those who look after the instance alone, and tried again by them.

use crate::{
    Test,
    facts::{self, NOON},
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::WorkspaceId;
use signalbox_events::{Stream, wire::Record};

pub const TESTS: &[Test] =
    &[("dead_letters_are_tried_again_by_admins_of_the_instance", |engine| Box::pin(tried(engine)))];

const LOG: &str = "/logs/dead_letters?from=2026-01-01T00:00:00Z";

async fn clicks(instance: &Instance) -> usize {
    let (status, page) = instance.get("/logs/clicks?from=2026-01-01T00:00:00Z").await;
    assert_eq!(status, 200, "{page}");
    page["items"].as_array().unwrap().len()
}

async fn tried(engine: &'static Engine) {
    let instance = Instance::start().await;
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let warehouse = engine.database().await;
    let database = warehouse.database().to_owned();
    let alter = async |what: &str| engine.run(&format!("ALTER TABLE {database}.facts {what}")).await;
    alter("ADD CONSTRAINT test_only CHECK cost < 1000").await;
    let mut records: Vec<Record<'_>> = (0..3)
        .map(|_| {
            let mut click = facts::click(workspace);
            click.cost = "1000".parse().unwrap();
            Record::Click(Box::new(click))
        })
        .collect();
    let mut impossible = facts::click(workspace);
    impossible.at = signalbox_domain::Timestamp(i64::MAX);
    records.push(Record::Click(Box::new(impossible)));
    facts::write(&warehouse, Stream::Clicks, &records).await;
    instance.warehouse.send_replace(Some(warehouse));

    let (status, page) = instance.get(LOG).await;
    assert_eq!(status, 200, "{page}");
    let rows = page["items"].as_array().unwrap().clone();
    assert_eq!(rows.len(), 4);
    let refused: Vec<&Value> = rows.iter().filter(|row| row["refused_by"] == "facts").collect();
    assert_eq!(
        (refused.len(), &refused[0]["record"], &refused[0]["stream"]),
        (3, &json!("click"), &json!("clicks"))
    );
    assert_eq!(
        (&refused[0]["workspace"]["id"], &refused[0]["code"]),
        (&json!(instance.workspace), &json!(469))
    );
    assert!(refused[0]["reason"].as_str().unwrap().contains("test_only"), "{}", refused[0]);
    assert_eq!(
        refused[0]["payload"].as_str().unwrap().len() as u64,
        refused[0]["bytes"].as_u64().unwrap() * 2
    );

    // The cause is mended: one is named, then all that are left.
    alter("DROP CONSTRAINT test_only").await;
    let path = "/logs/dead_letters/retry";
    for (skipped, written) in [(1, 1), (2, 0)] {
        let body = json!({ "ids": [refused[0]["id"], "00000000000000aa-7", refused[0]["id"]] });
        let (status, answer) = instance.post(path, body).await;
        assert_eq!(status, 200, "{answer}");
        let expected = json!({ "written": written, "failed": 0, "skipped": skipped, "next_cursor": null });
        assert_eq!(answer, expected);
    }
    let all = json!({ "from": "2026-01-01T00:00:00Z", "filters": [{ "field": "stream", "op": "equals", "values": ["clicks"] }] });
    for written in [2, 0] {
        let (status, answer) = instance.post(path, all.clone()).await;
        assert_eq!(
            (status, &answer["written"], &answer["failed"]),
            (200, &json!(written), &json!(1)),
            "{answer}"
        );
    }
    assert_eq!(clicks(&instance).await, 3);
    let day = &NOON.to_rfc3339()[..10];
    let query = json!({ "dimensions": [], "metrics": ["clicks"], "range": { "from": day, "to": day } });
    let (_, report) = instance.post("/reports/query", query).await;
    assert_eq!(report["totals"]["metrics"]["clicks"], 3, "{report}");
    let (_, page) = instance.get(LOG).await;
    let rows = page["items"].as_array().unwrap();
    assert_eq!(rows.iter().filter(|row| row["written"] == true && row["tries"] == 1).count(), 3, "{page}");
    let left = rows.iter().find(|row| row["written"] == false).unwrap();
    assert_eq!((&left["tries"], left["tried_at"].is_string()), (&json!(2), true));

    let (status, answer) = instance.post(path, json!({})).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("from")));
    let (status, answer) = instance.post(path, json!({ "ids": ["7"] })).await;
    assert_eq!((status, &answer["errors"][0]["field"]), (422, &json!("ids[0]")));
    let export = json!({ "log": "dead_letters", "from": "2026-01-01T00:00:00Z", "format": "jsonl" });
    let (status, _, bytes) = instance.download("/logs/export", export).await;
    assert_eq!((status, String::from_utf8(bytes).unwrap().lines().count()), (200, 4));
    removed(&instance, engine).await;
    instance.stop().await;
}

/// What is about a click that was cleared is not written, however well it could be.
async fn removed(instance: &Instance, engine: &'static Engine) {
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let warehouse = engine.database().await;
    let database = warehouse.database().to_owned();
    engine.run(&format!("ALTER TABLE {database}.facts ADD CONSTRAINT test_only CHECK cost < 1000")).await;
    let mut click = facts::click(workspace);
    click.cost = "1000".parse().unwrap();
    facts::write(&warehouse, Stream::Clicks, &[Record::Click(Box::new(click))]).await;
    engine.run(&format!("ALTER TABLE {database}.facts DROP CONSTRAINT test_only")).await;
    instance.warehouse.send_replace(Some(warehouse));
    let clearing = json!({ "range": { "from": "2026-05-20", "to": "2026-05-20" }, "timezone": "UTC" });
    let (status, made) = instance.post("/clearings", clearing).await;
    assert_eq!(status, 201, "{made}");
    let (status, answer) =
        instance.post("/logs/dead_letters/retry", json!({ "from": "2026-01-01T00:00:00Z" })).await;
    assert_eq!((status, &answer["written"], &answer["failed"]), (200, &json!(0), &json!(1)), "{answer}");
    let (_, page) = instance.get(LOG).await;
    assert!(page["items"][0]["reason"].as_str().unwrap().contains("cleared"), "{page}");
}
