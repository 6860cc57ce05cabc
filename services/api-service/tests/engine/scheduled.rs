//! Scheduled exports over the real engine: whole files, one for each time, by one node, caught up once.

use crate::{
    Test, facts,
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_catalog::JobKind;
use signalbox_domain::{ExportAttempt, ExportState, Scope, Timestamp, WorkspaceId};
use signalbox_events::{Stream, wire::Record};

pub const TESTS: &[Test] = &[
    ("scheduled_exports_write_whole_files_and_keep_the_last", |engine| Box::pin(written(engine))),
    ("scheduled_exports_catch_up_once_after_a_crash", |engine| Box::pin(caught_up(engine))),
];

const DAY_MS: i64 = 86_400_000;

/// A view of clicks by country, all time.
async fn view(instance: &Instance) -> Value {
    let query =
        json!({ "dimensions": ["country"], "metrics": ["clicks", "cost"], "range": { "token": "all_time" } });
    instance.make("views", json!({ "name": "Countries", "everybody": true, "query": query })).await["id"]
        .clone()
}

async fn filled(engine: &'static Engine) -> Instance {
    let instance = Instance::start().await;
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let warehouse = engine.database().await;
    let clicks = [facts::click(workspace), facts::click(workspace)];
    let records: Vec<Record<'_>> =
        clicks.iter().map(|click| Record::Click(Box::new(click.clone()))).collect();
    facts::write(&warehouse, Stream::Clicks, &records).await;
    instance.warehouse.send_replace(Some(warehouse));
    instance
}

fn schedule(view: &Value, format: &str) -> Value {
    json!({
        "name": "Länder / daily", "view_id": view, "format": format, "days": { "type": "daily" }, "time": "06:00",
        "timezone": "Asia/Kolkata", "file_name": "{name} {date} {time}", "keep": 2,
    })
}

async fn written(engine: &'static Engine) {
    let instance = filled(engine).await;
    let twin = instance.twin().await;
    let view = view(&instance).await;
    let made = instance.make("scheduled-exports", schedule(&view, "csv")).await;
    let path = format!("/scheduled-exports/{}", made["id"].as_str().unwrap());
    let planned = instance.until(&path, "it is planned", |it| it["next_at"].is_string()).await;
    assert_eq!(planned["next_at"].as_str().unwrap()[10..19], *"T00:30:00", "six o'clock in Kolkata");
    assert_eq!(planned["files"], json!([]));

    let (status, wished) = instance.post(&format!("{path}/run"), json!({})).await;
    assert_eq!(status, 202, "{wished}");
    let done = instance.until(&path, "a file is written", |it| it["runs"][0]["rows"] == 1).await;
    assert_eq!((&done["runs"][0]["error"], &done["running"]), (&json!(""), &json!(false)));
    assert_eq!(done["next_at"], planned["next_at"], "the plan goes on");
    let name = done["runs"][0]["file"].as_str().unwrap();
    assert!(name.starts_with("Länder _ daily 20") && name.ends_with(".csv"), "{name}");
    assert_eq!(done["files"][0]["name"], name);
    let (status, headers, bytes) = instance.file(&format!("{path}/file"), &[("name", name)]).await;
    assert_eq!((status, headers["content-type"].to_str().unwrap()), (200, "text/csv; charset=utf-8"));
    assert!(headers["content-disposition"].to_str().unwrap().contains("filename*=UTF-8''L%C3%A4nder"));
    assert_eq!(String::from_utf8(bytes).unwrap(), "country,clicks,cost\r\nDE,2,0.1\r\n");
    for other in ["../catalog", "", "nothing.csv", "/etc/passwd"] {
        let (status, _, bytes) = instance.file(&format!("{path}/file"), &[("name", other)]).await;
        assert_eq!(status, 404, "{other}: {}", String::from_utf8_lossy(&bytes));
    }

    let (_, read) = instance.get(&path).await;
    let (status, again) = instance.put(&path, read).await;
    assert_eq!((status, &again["version"]), (200, &json!(2)), "sent back as it was read: {again}");

    // A view that is used stays; a schedule goes with its files.
    assert_eq!(instance.delete(&format!("/views/{}", view.as_str().unwrap())).await, 409);
    let mut unknown = schedule(&json!("0000000000001"), "csv");
    unknown["time"] = json!("06:00");
    let (status, refused) = instance.post("/scheduled-exports", unknown).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("view_id")), "{refused}");
    for (field, value) in
        [("time", json!("25:00")), ("timezone", json!("Mars/X")), ("file_name", json!("../x"))]
    {
        let mut bad = schedule(&view, "csv");
        bad[field] = value;
        let (status, refused) = instance.post("/scheduled-exports", bad).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!(field)), "{refused}");
    }
    assert_eq!(instance.delete(&path).await, 204);
    let folder = instance.folder().join("exports").join(&instance.workspace);
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 0);
    assert!(twin.stop("the test is over").await.is_clean());
    instance.stop().await;
}

async fn caught_up(engine: &'static Engine) {
    let instance = filled(engine).await;
    let view = view(&instance).await;
    let made = instance.make("scheduled-exports", schedule(&view, "jsonl")).await;
    let id = made["id"].as_str().unwrap();
    let path = format!("/scheduled-exports/{id}");
    instance.until(&path, "it is planned", |it| it["next_at"].is_string()).await;

    // As if the node had slept for ten days and died in the middle of the run before, with half a file on the disk.
    let folder = instance.folder().join("exports").join(&instance.workspace).join(id);
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join(".0123456789abcdef.part"), "half").unwrap();
    let catalog = instance.catalog().await;
    let scope = Scope::system(instance.workspace.parse().unwrap());
    let now = Timestamp::now();
    let past = |days: i64| {
        // Six o'clock in Kolkata is half past midnight in UTC.
        let midnight = now.0 - now.0.rem_euclid(DAY_MS);
        Timestamp(midnight + 1_800_000 - days * DAY_MS)
    };
    let mut cut_off = past(10);
    for running in [true, false] {
        loop {
            let (mut state, version) =
                catalog.jobs().find::<ExportState>(&scope, (JobKind::Exports, id)).await.unwrap();
            state.due_at = Some(cut_off);
            state.running =
                running.then_some(ExportAttempt { due_at: cut_off, began_at: past(9), attempts: 1 });
            if catalog.jobs().replace(&scope, (JobKind::Exports, id, version), &state).await.is_ok() {
                break;
            }
        }
        let as_many = if running { 1 } else { 2 };
        let done = instance
            .until(&path, "it is caught up", |it| {
                it["runs"].as_array().is_some_and(|runs| runs.len() == as_many)
            })
            .await;
        let due = done["runs"][0]["due_at"].as_str().unwrap();
        let due: jiff::Timestamp = due.parse().unwrap();
        let said = Timestamp(due.as_millisecond());
        if running {
            assert_eq!(said, cut_off, "what was cut off is done for its own time");
            assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "what was half is gone");
        } else {
            assert!(now.0 - said.0 < DAY_MS && said <= Timestamp::now(), "one run for ten times: {said:?}");
            assert_eq!((said.0 - past(0).0).rem_euclid(DAY_MS), 0);
        }
        assert!(
            done["next_at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap() > jiff::Timestamp::now()
        );
        cut_off = past(7);
    }
    instance.stop().await;
}
