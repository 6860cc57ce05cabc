//! Corrections of costs through the API: visible at once, listed, undone, from files and from tools of another tracker.

use crate::{
    Test,
    facts::{self, NOON},
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::WorkspaceId;
use signalbox_events::{Stream, wire::Record};

pub const TESTS: &[Test] = &[
    ("costs_are_corrected_listed_and_undone", |engine| Box::pin(corrected(engine))),
    ("costs_come_from_files_and_tools", |engine| Box::pin(imported(engine))),
    ("custom_metrics_and_shared_links_show_the_same_figures", |engine| Box::pin(shared(engine))),
];

struct Scene {
    instance: Instance,
    campaign: String,
}

/// Ten clicks at noon, every 0.05, on two zones; half of them on a campaign.
async fn scene(engine: &Engine) -> Scene {
    let instance = Instance::start().await;
    let made = instance.make("campaigns", json!({ "name": "Summer", "slug": "summer" })).await;
    let campaign = made["id"].as_str().unwrap().to_owned();
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let clicks = (0..10).map(|number| {
        let mut click = facts::click(workspace);
        click.dims.sub_ids = vec![(1, format!("zone-{}", number % 2).into())];
        if number < 5 {
            click.dims.campaign = campaign.parse().unwrap();
        }
        Record::Click(Box::new(click))
    });
    let clicks: Vec<Record<'_>> = clicks.collect();
    let warehouse = engine.database().await;
    facts::write(&warehouse, Stream::Clicks, &clicks).await;
    instance.warehouse.send_replace(Some(warehouse));
    Scene { instance, campaign }
}

fn day() -> String {
    NOON.to_rfc3339()[..10].to_owned()
}

async fn costs(instance: &Instance, dimension: &str) -> Vec<(String, String)> {
    let query = json!({
        "dimensions": [dimension], "metrics": ["cost"], "sort": [{ "key": dimension, "dir": "asc" }],
        "range": { "from": day(), "to": day() },
    });
    let (status, report) = instance.post("/reports/query", query).await;
    assert_eq!(status, 200, "{report}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let rows = report["rows"].as_array().unwrap().iter();
    rows.map(|row| (text(&row["keys"][dimension]["name"]), text(&row["metrics"]["cost"]))).collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, cost)| ((*name).to_owned(), (*cost).to_owned())).collect()
}

async fn corrected(engine: &'static Engine) {
    let Scene { instance, campaign } = scene(engine).await;
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "0.25"), ("Summer", "0.25")]));
    let body = json!({
        "range": { "from": day(), "to": day() }, "amount": "1", "note": "invoice 7", "idempotency_key": "k1",
        "filters": [{ "any": [{ "field": "campaign", "op": "equals", "values": [campaign] }] }],
    });
    let (status, preview) = instance.post("/costs/preview", body.clone()).await;
    assert_eq!((status, preview), (200, json!({ "clicks": 5, "before": "0.25", "after": "1" })));
    let (status, first) = instance.post("/costs", body.clone()).await;
    assert_eq!((status, &first["state"], &first["clicks"]), (201, &json!("applied"), &json!(5)), "{first}");
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "0.25"), ("Summer", "1")]));

    // The same request again is the same correction; another one of the same key is refused.
    let (status, again) = instance.post("/costs", body.clone()).await;
    assert_eq!((status, &again["id"]), (201, &first["id"]));
    let mut other = body.clone();
    other["amount"] = json!("2");
    let (status, refused) = instance.post("/costs", other.clone()).await;
    assert_eq!((status, &refused["code"]), (409, &json!("idempotency_mismatch")));
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "0.25"), ("Summer", "1")]));

    // A later one on top of the first: the first can only be undone after it.
    other["idempotency_key"] = json!("k2");
    other["filters"] = json!([]);
    other["spread"] = json!("per_click");
    other["amount"] = json!("0.3");
    let (_, second) = instance.post("/costs", other).await;
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "1.5"), ("Summer", "1.5")]));
    let undo = |correction: &Value| format!("/costs/{}/undo", correction["id"].as_str().unwrap());
    let (status, refused) = instance.post(&undo(&first), json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("later_corrections")));
    let (status, undone) = instance.post(&undo(&second), json!({})).await;
    assert_eq!((status, &undone["state"]), (200, &json!("undone")), "{undone}");
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "0.25"), ("Summer", "1")]));
    let (status, undone) = instance.post(&undo(&first), json!({})).await;
    assert_eq!((status, &undone["state"]), (200, &json!("undone")));
    let (status, _) = instance.post(&undo(&first), json!({})).await;
    assert_eq!(status, 200, "twice is once");
    assert_eq!(costs(&instance, "campaign").await, pairs(&[("", "0.25"), ("Summer", "0.25")]));

    // Nothing matches: said, and in no report.
    let nothing = json!({ "range": { "from": "2026-05-10", "to": "2026-05-10" }, "amount": "9" });
    let (status, nothing) = instance.post("/costs", nothing).await;
    assert_eq!((status, &nothing["state"]), (201, &json!("unmatched")));
    let (status, refused) = instance.post(&undo(&nothing), json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("not_applied")));
    let (_, list) = instance.get("/costs").await;
    let states: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|it| it["state"].as_str().unwrap()).collect();
    assert_eq!(states, ["unmatched", "undone", "undone"]);
    let field = json!({
        "range": { "from": day(), "to": day() }, "amount": "1",
        "filters": [{ "field": "conversion_status", "op": "is_set" }],
    });
    let (status, refused) = instance.post("/costs", field).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("filters[0].field")));
    instance.stop().await;
}

async fn imported(engine: &'static Engine) {
    let Scene { instance, .. } = scene(engine).await;
    let text = format!(
        "date;campaign;sub_id_1;cost\n{day};summer;zone-0;0.3\n{day};;zone-1;2,5\n{day};winter;;1\n{day};;zone-9;1\n",
        day = day()
    );
    let file = json!({ "text": text, "idempotency_key": "may" });
    let (status, preview) = instance.post("/costs/import/preview", file.clone()).await;
    assert_eq!((status, &preview["good"], &preview["bad"]), (200, &json!(3), &json!(1)), "{preview}");
    assert_eq!(preview["rows"][1]["preview"]["clicks"], 5);
    assert_eq!(preview["rows"][2]["errors"][0]["field"], "campaign");
    for _ in 0..2 {
        let (status, done) = instance.post("/costs/import", file.clone()).await;
        assert_eq!(status, 200, "{done}");
        let states: Vec<&Value> =
            done["rows"].as_array().unwrap().iter().map(|row| &row["correction"]["state"]).collect();
        assert_eq!(states, [&json!("applied"), &json!("applied"), &Value::Null, &json!("unmatched")]);
        // Three of zone-0 are of the campaign, two are not.
        assert_eq!(costs(&instance, "sub_id_1").await, pairs(&[("zone-0", "0.4"), ("zone-1", "2.5")]));
    }

    let key = instance.make("api-keys", json!({ "name": "Tool", "role": "editor" })).await;
    let send = async |path: &str, body: Value| {
        let request = instance.http.post(format!("{}{path}", instance.running.url));
        let response =
            request.header("Api-Key", key["key"].as_str().unwrap()).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    let body = json!({
        "campaign_ids": [0], "timezone": "UTC", "currency": "USD", "only_campaign_uniques": false,
        "costs": [{
            "start_date": format!("{} 00:00", day()), "end_date": format!("{} 23:59", day()), "cost": 12.5,
            "filters": { "sub_id_1": "zone-0" },
        }],
    });
    for _ in 0..2 {
        let (status, answer) = send("/admin_api/v1/clicks/update_costs", body.clone()).await;
        assert_eq!((status, &answer["success"]), (200, &json!(true)), "{answer}");
        assert_eq!(
            costs(&instance, "sub_id_1").await,
            pairs(&[("zone-0", "12.5"), ("zone-1", "2.5")]),
            "sent again, it is the same"
        );
    }
    let single = json!({ "start_date": day(), "end_date": day(), "cost": "1", "timezone": "UTC" });
    let (status, answer) = send("/admin_api/v1/campaigns/summer/update_costs", single).await;
    assert_eq!((status, &answer["results"][0]["clicks"]), (200, &json!(5)), "{answer}");
    let list = instance.http.get(format!("{}/admin_api/v1/campaigns", instance.running.url));
    let list = list.header("Api-Key", key["key"].as_str().unwrap()).send().await.unwrap();
    let list: Value = list.json().await.unwrap();
    let by_number = json!({
        "campaign_ids": [list[0]["id"]], "source": "x", "mood": 1,
        "costs": [{ "start_date": day(), "end_date": day(), "cost": "3", "timezone": "UTC", "filters": { "ts_id": "" } }],
    });
    let (status, refused) = send("/admin_api/v1/clicks/update_costs", by_number.clone()).await;
    assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!("source")), "{refused}");
    let mut by_number = by_number;
    by_number.as_object_mut().unwrap().remove("source");
    let (status, answer) = send("/admin_api/v1/clicks/update_costs", by_number).await;
    assert_eq!((status, &answer["ignored"]), (200, &json!(["mood"])), "{answer}");
    assert_eq!(answer["results"][0]["clicks"], 5);
    assert_eq!(costs(&instance, "campaign").await[1], ("Summer".to_owned(), "3".to_owned()));
    let path = format!("/admin_api/v1/campaigns/{}/update_costs", list[0]["id"]);
    let two = json!({ "start_date": day(), "end_date": day(), "cost": "2", "timezone": "UTC" });
    assert_eq!(send(&path, two).await.1["results"][0]["clicks"], 5);
    instance.stop().await;
}

async fn shared(engine: &'static Engine) {
    let Scene { instance, campaign } = scene(engine).await;
    instance
        .make(
            "metrics",
            json!({ "key": "double", "title": "Double", "formula": "clicks × 2 + cost", "format": "money" }),
        )
        .await;
    let query = json!({
        "dimensions": ["campaign", "sub_id_1"], "metrics": ["clicks", "custom_double"], "granularity": "day",
        "range": { "from": day(), "to": day() }, "sort": [{ "key": "custom_double", "dir": "desc" }, { "key": "sub_id_1", "dir": "asc" }],
        "filters": [{ "field": "campaign", "op": "equals", "values": [campaign] }],
    });
    let (status, report) = instance.post("/reports/query", query.clone()).await;
    assert_eq!(status, 200, "{report}");
    assert_eq!(report["columns"][0]["key"], "day");
    assert_eq!(
        report["columns"][4],
        json!({ "key": "custom_double", "kind": "metric", "title": "Double", "value_type": "money", "decimals": 2 })
    );
    let doubles: Vec<&str> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["metrics"]["custom_double"].as_str().unwrap())
        .collect();
    assert_eq!(
        (doubles, &report["totals"]["metrics"]["custom_double"]),
        (vec!["6.15", "4.1"], &json!("10.25"))
    );

    let link = json!({ "name": "Client", "query": query, "password": "correct horse", "range_open": false });
    let made = instance.make("share-links", link).await;
    let token = made["token"].as_str().unwrap();
    assert!(made["url"].as_str().unwrap().ends_with(&format!("/shared/{token}")));
    let (_, listed) = instance.get("/share-links").await;
    assert_eq!(
        (&listed["items"][0]["token"], &listed["items"][0]["has_password"]),
        (&Value::Null, &json!(true))
    );
    // Nobody is logged in here.
    let ask = async |body: Value| {
        let url = format!("{}/api/v1/shared/{token}/query", instance.running.url);
        let response = reqwest::Client::new().post(url).json(&body).send().await.unwrap();
        (response.status().as_u16(), response.json::<Value>().await.unwrap())
    };
    assert_eq!(ask(json!({})).await.1["code"], "password_needed");
    assert_eq!(ask(json!({ "password": "wrong horse" })).await.1["code"], "password_needed");
    let (status, shown) = ask(json!({ "password": "correct horse" })).await;
    assert_eq!((status, &shown["report"]["rows"]), (200, &report["rows"]), "{shown}");
    let (status, fewer) =
        ask(json!({ "password": "correct horse", "dimensions": ["campaign"], "limit": 1 })).await;
    assert_eq!((status, &fewer["report"]["totals"]), (200, &report["totals"]), "the filter stays");
    for (body, field) in [
        (json!({ "dimensions": ["country"] }), "dimensions"),
        (json!({ "range": { "token": "all_time" } }), "range"),
        (json!({ "filters": [] }), "filters"),
    ] {
        let mut body = body;
        body["password"] = json!("correct horse");
        let (status, refused) = ask(body).await;
        assert_eq!((status, &refused["errors"][0]["field"]), (422, &json!(field)), "{refused}");
    }
    assert_eq!(instance.delete(&format!("/share-links/{}", made["id"].as_str().unwrap())).await, 204);
    assert_eq!(ask(json!({ "password": "correct horse" })).await.0, 404);
    instance.stop().await;
}
