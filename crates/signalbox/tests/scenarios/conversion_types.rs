//! Types of conversions of a workspace's own with a policy for repeats, second statuses, rates of a day, deletion and restoration by hand,
//! and an output whose receiver is gone.

use crate::world::{EXE, VISIBLE_MAX, World};
use reqwest::Method;
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};

/// Gives the workspace types and rates; the postback side knows them a moment later.
async fn types_and_rates(world: &World) {
    let workspaces = world.admin.get("/workspaces").await;
    let mut workspace = workspaces["items"][0].clone();
    workspace["conversion_types"] = json!([
        {"status": "custom1", "name": "Solid", "words": ["ql"], "repeat": "add"},
        {"status": "custom17", "name": "Bonus", "words": [], "repeat": "transaction"}]);
    workspace["rates"] = json!([{"currency": "GBP", "rate": "1.2"},
        {"currency": "GBP", "rate": "1.5", "since": "2020-01-01T00:00:00Z"}]);
    for field in ["id", "created_at", "updated_at", "role"] {
        workspace.as_object_mut().unwrap().remove(field);
    }
    let path = format!("/workspaces/{}", workspaces["items"][0]["id"].as_str().unwrap());
    world.admin.put(&path, &workspace).await;
}

async fn conversions(world: &World, filters: &Value) -> Result<Vec<Value>, String> {
    let asked = [("limit", "50".to_owned()), ("filters", filters.to_string())];
    let url = reqwest::Url::parse_with_params("http://localhost/", asked).unwrap();
    let log = world.admin.try_get(&format!("/logs/conversions?{}", url.query().unwrap())).await?;
    Ok(log["items"].as_array().cloned().unwrap_or_default())
}

#[tokio::test]
async fn own_types_add_up_are_deleted_and_restored_and_a_dead_receiver_is_left_alone() {
    let settings =
        [("postback.delivery_circuit_failures", "3"), ("postback.delivery_circuit_ms_min", "600000")];
    let mut instance = Instance::start(EXE, &settings).await;
    let world = World::create(&instance).await;
    let sink = format!("{}/types?s={{status}}&t={{second_status}}&p={{payout}}", world.receiver.url());
    world.admin.create("/outputs", json!({"name": "Types", "url": sink, "statuses": ["custom1"]})).await;
    let nobody = "http://127.0.0.1:1/?s={status}";
    let dead = json!({"name": "Dead", "url": nobody, "statuses": ["custom1", "custom17"]});
    let dead = world.admin.create("/outputs", dead).await;
    types_and_rates(&world).await;
    let (_, id) = world.click(&instance, "ext=1&bid=0.07").await;

    // What came before the type was known is refused, or judged with it; either way the transaction counts once.
    until("the postback side knows the type", VISIBLE_MAX, || async {
        let query = format!("subid={id}&status=QL&payout=2&tid=a&cnv_status2=called");
        let (status, text) = world.postback(&instance, &query).await;
        if status == 200 { Ok(()) } else { Err(text) }
    })
    .await;
    for query in ["status=qualified&tid=z", "status=Solid&payout=3&tid=b", "status=ql&payout=4&tid=b"] {
        assert_eq!(world.postback(&instance, &format!("subid={id}&{query}&status2=signed")).await.0, 200);
    }
    let bonus = format!("subid={id}&status=bonus&payout=2&currency=GBP");
    assert_eq!(world.postback(&instance, &bonus).await.0, 200);
    // One of the type, one lead by the network's own word; the bonus only brings revenue.
    let expected = json!({"clicks": 1, "conversions": 2, "leads": 1, "revenue": "9"});
    world.admin.until_totals(&expected, VISIBLE_MAX).await;
    instance.kill_and_run().await;
    world.admin.until_totals(&expected, VISIBLE_MAX).await;

    let body = json!({"dimensions": ["conversion_status"], "metrics": ["conversions", "revenue"], "range": {"token": "today"}});
    let report = world.admin.must(Method::POST, "/reports/query", Some(&body)).await;
    let row = |name: &str| {
        let rows = report["rows"].as_array().unwrap();
        let found = rows.iter().find(|row| row["keys"]["conversion_status"]["name"] == name);
        found.unwrap_or_else(|| panic!("{name} in {report}"))["metrics"].clone()
    };
    assert_eq!(row("Solid"), json!({"conversions": 1, "revenue": "6"}));
    assert_eq!(row("Bonus"), json!({"conversions": 0, "revenue": "3"}));

    let signed = json!([{"field": "second_status", "op": "equals", "values": ["signed"]},
        {"field": "status", "op": "equals", "values": ["custom1"]}]);
    let found = conversions(&world, &signed).await.unwrap();
    assert_eq!(found.len(), 1, "{found:?}");
    let shown = |key: &str| found[0][key].as_str().unwrap_or_default().to_owned();
    assert_eq!([shown("status_name"), shown("original_status"), shown("payout")], ["Solid", "ql", "6"]);

    let conversion = shown("id");
    let by_hand = json!({"ids": [conversion], "note": "a test"});
    world.admin.must(Method::POST, "/conversions/delete", Some(&by_hand)).await;
    world.admin.until_totals(&json!({"conversions": 1, "revenue": "3"}), VISIBLE_MAX).await;
    let record = world.admin.get(&format!("/conversions/{conversion}")).await;
    assert_eq!((&record["deleted"], &record["hands"][0]["note"]), (&json!(true), &json!("a test")));
    // What comes meanwhile counts once it is restored.
    assert_eq!(world.postback(&instance, &format!("subid={id}&status=ql&payout=10&tid=c")).await.0, 200);
    instance.kill_and_run().await;
    world.admin.must(Method::POST, "/conversions/restore", Some(&by_hand)).await;
    world.admin.until_totals(&json!({"conversions": 2, "revenue": "19"}), VISIBLE_MAX).await;

    until("the circuit of the dead receiver is open", VISIBLE_MAX, || async {
        let circuits = world.admin.try_get("/outputs/circuits").await?;
        let open = circuits["items"].as_array().is_some_and(|items| {
            items.len() == 1
                && items[0]["output_id"] == dead["id"]
                && items[0]["failures"].as_u64() >= Some(3)
        });
        if open { Ok(()) } else { Err(circuits.to_string()) }
    })
    .await;
    let mut told: Vec<String> = world.receiver.received().into_iter().map(|request| request.uri).collect();
    told.retain(|uri| uri.starts_with("/types"));
    told.sort();
    told.dedup();
    let tell = |second: &str, payout: &str| format!("/types?s=Solid&t={second}&p={payout}");
    let expected = [tell("called", "2"), tell("signed", "5"), tell("signed", "6")];
    assert_eq!(told, expected, "neither the deletion nor the restoration is told");
}
