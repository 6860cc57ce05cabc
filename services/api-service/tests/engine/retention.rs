//! Old events go, reports stay.

use crate::{
    Test, facts,
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::{BotReason, ClickId, Timestamp, WorkspaceId};
use signalbox_events::{
    Stream,
    wire::{ClickV1, Record},
};

pub const TESTS: &[Test] = &[("old_events_go_and_no_figure_changes", |engine| Box::pin(forgotten(engine)))];

/// A click of a workspace, some days ago.
fn click(workspace: WorkspaceId, days: i64, bot: BotReason) -> ClickV1<'static> {
    let mut click = facts::click(workspace);
    click.at = Timestamp::now().plus_ms(-days * 86_400_000 - 3_600_000);
    click.id = ClickId::new(click.at, rand::random());
    click.dims.bot = bot;
    click
}

async fn forgotten(engine: &'static Engine) {
    let instance = Instance::start().await;
    let (here, elsewhere): (WorkspaceId, _) = (instance.workspace.parse().unwrap(), WorkspaceId(9));
    let clicks = [
        click(here, 0, BotReason::None),
        click(here, 20, BotReason::None),
        click(here, 40, BotReason::None),
        click(here, 5, BotReason::KnownBot),
        click(elsewhere, 40, BotReason::KnownBot),
    ];
    let mut records: Vec<Record<'_>> =
        clicks.iter().map(|click| Record::Click(Box::new(click.clone()))).collect();
    records.push(Record::Conversion(Box::new(facts::sale(&clicks[2], "1.25"))));
    let warehouse = engine.database().await;
    facts::write(&warehouse, Stream::Clicks, &records).await;
    instance.warehouse.send_replace(Some(warehouse));

    let report = json!({
        "dimensions": ["day", "country"], "metrics": ["clicks", "bots", "cost", "conversions", "revenue"],
        "range": { "token": "all_time" },
    });
    let figures = async || -> (Value, Value) {
        let (status, answer) = instance.post("/reports/query", report.clone()).await;
        assert_eq!(status, 200, "{answer}");
        (answer["rows"].clone(), answer["totals"].clone())
    };
    let before = figures().await;
    let log = "/logs/clicks?from=2020-01-01T00:00:00Z";
    let (_, all) = instance.get(log).await;
    assert_eq!(all["items"].as_array().unwrap().len(), 4, "{all}");

    let (status, nothing) = instance.get("/retention").await;
    assert_eq!((status, &nothing["version"], &nothing["clicks_days"]), (200, &json!(0), &Value::Null));
    let (status, refused) = instance.put("/retention", json!({ "version": 0, "clicks_days": 3 })).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("clicks_days")), "{refused}");
    let (status, kept) =
        instance.put("/retention", json!({ "version": 0, "clicks_days": 30, "bots_days": 2 })).await;
    assert_eq!((status, &kept["version"]), (200, &json!(1)), "{kept}");
    let (status, _) = instance.put("/retention", json!({ "version": 0, "clicks_days": 30 })).await;
    assert_eq!(status, 409, "somebody was first");

    let left = |answer: &Value| answer["items"].as_array().is_some_and(|items| items.len() == 2);
    instance.until(log, "an old click and one of a machine are gone", left).await;
    let done = instance.until("/retention", "it is said", |it| it["last_run_at"].is_string()).await;
    assert_eq!(done["last_deleted"]["clicks"], 1, "{done}");
    assert_eq!(figures().await, before, "no figure changes");
    let (_, sales) = instance.get("/logs/conversions?from=2020-01-01T00:00:00Z").await;
    assert_eq!(sales["items"].as_array().unwrap().len(), 1, "what no policy names is kept");

    // Another policy is followed at once; what was read can be sent back with a change.
    let mut changed = done.clone();
    changed["clicks_days"] = json!(10);
    let (status, changed) = instance.put("/retention", changed).await;
    assert_eq!((status, &changed["bots_days"]), (200, &json!(2)), "{changed}");
    let left = |answer: &Value| answer["items"].as_array().is_some_and(|items| items.len() == 1);
    instance.until(log, "the next one is gone as well", left).await;
    assert_eq!(figures().await, before);
    instance.stop().await;
}
