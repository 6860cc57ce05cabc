//! Reports and logs of one small scene.

use crate::{
    Test,
    facts::{self, NOON},
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::{CampaignId, WorkspaceId};
use signalbox_events::{
    Stream,
    wire::{ClickV1, Record},
};

pub const TESTS: &[Test] = &[
    ("a_report_groups_names_totals_and_compares", |engine| Box::pin(a_report(engine))),
    ("figures_say_which_rows_there_are", |engine| Box::pin(figures(engine))),
    ("days_run_forward_and_line_up_with_those_before", |engine| Box::pin(days(engine))),
    ("logs_show_single_facts_with_names", |engine| Box::pin(logs(engine))),
];

struct Scene {
    instance: Instance,
    clicks: Vec<ClickV1<'static>>,
    campaign: String,
    stream: String,
}

/// Three clicks and a sale on one day, one of them on a campaign that is gone; a click the day before; somebody else's click.
async fn scene(engine: &Engine) -> Scene {
    let instance = Instance::start().await;
    let (status, problem) = instance.post("/reports/query", json!({})).await;
    assert_eq!((status, &problem["code"]), (503, &json!("reports_unavailable")));

    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let destination = text(
        &instance.make("destinations", json!({ "name": "Offer", "url": "https://a.example/" })).await["id"],
    );
    let streams = json!([{ "name": "All", "routes": [{ "destination_id": destination }] }]);
    let made = instance.make("campaigns", json!({ "name": "Summer", "streams": streams })).await;
    let (campaign, stream) = (text(&made["id"]), text(&made["streams"][0]["id"]));

    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let here = |days: i64| {
        let mut click = facts::click(workspace);
        click.at = click.at.plus_ms(days * 86_400_000);
        click.dims.campaign = campaign.parse().unwrap();
        click.dims.stream = stream.parse().unwrap();
        click.dims.destination = destination.parse().unwrap();
        click
    };
    let mut gone = facts::click(workspace);
    gone.dims.campaign = CampaignId(7);
    let clicks = vec![here(0), here(0), gone, here(-1), facts::click(WorkspaceId(9))];
    let warehouse = engine.database().await;
    let records: Vec<Record<'_>> =
        clicks.iter().map(|click| Record::Click(Box::new(click.clone()))).collect();
    facts::write(&warehouse, Stream::Clicks, &records).await;
    let sale = Record::Conversion(Box::new(facts::sale(&clicks[0], "1.25")));
    facts::write(&warehouse, Stream::Facts, &[sale]).await;
    instance.warehouse.send_replace(Some(warehouse));
    Scene { instance, clicks, campaign, stream }
}

fn noon_day() -> String {
    NOON.to_rfc3339()[..10].to_owned()
}

async fn a_report(engine: &'static Engine) {
    let Scene { instance, campaign, .. } = scene(engine).await;
    let query = json!({
        "dimensions": ["campaign"], "metrics": ["clicks", "conversions", "revenue", "cost", "profit", "roi", "epc"],
        "range": { "from": noon_day(), "to": noon_day() }, "compare": "previous_period",
    });
    let (status, report) = instance.post("/reports/query?asked_as=page-12345678", query).await;
    assert_eq!((status, &report["total_rows"]), (200, &json!(2)), "{report}");
    let (status, told) = instance.get("/reports/progress?asked_as=page-12345678").await;
    assert_eq!((status, &told["rows_read"]), (200, &json!(0)), "it is over");
    let first = &report["rows"][0];
    assert_eq!(first["keys"]["campaign"], json!({ "id": campaign, "name": "Summer" }));
    let figures = json!({
        "clicks": 2, "conversions": 1, "revenue": "1.25", "cost": "0.1", "profit": "1.15", "roi": "1150", "epc": "0.625",
    });
    assert_eq!(first["metrics"], figures);
    assert_eq!(first["compare"]["clicks"], 1);
    let gone = CampaignId(7).to_string();
    let second = &report["rows"][1];
    assert_eq!(second["keys"]["campaign"], json!({ "id": gone, "name": format!("deleted ({gone})") }));
    assert_eq!((&second["metrics"]["revenue"], &second["metrics"]["roi"]), (&json!("0"), &json!("-100")));
    assert_eq!(second["compare"], json!(null));
    let totals = &report["totals"];
    assert_eq!((&totals["metrics"]["clicks"], &totals["compare"]["clicks"]), (&json!(3), &json!(1)));
    assert_eq!(
        (&report["currency"], &report["timezone"], &report["bots"]),
        (&json!("USD"), &json!("UTC"), &json!("include"))
    );
    let column = report["columns"].as_array().unwrap().iter().find(|it| it["key"] == "epc").unwrap();
    assert_eq!((&column["value_type"], &column["decimals"]), (&json!("money"), &json!(5)));

    // The usual columns, over nothing: a ratio without a denominator is unknown, never 0.
    let empty = json!({ "range": { "from": "2020-01-01", "to": "2020-01-02" } });
    let (status, empty) = instance.post("/reports/query", empty).await;
    assert_eq!((status, empty["columns"].as_array().unwrap().len()), (200, 12));
    assert_eq!(
        (&empty["totals"]["metrics"]["clicks"], &empty["totals"]["metrics"]["roi"]),
        (&json!(0), &json!(null))
    );
    let (status, unknown) = instance.post("/reports/query", json!({ "dimensions": ["mood"] })).await;
    assert_eq!((status, &unknown["errors"][0]["field"]), (422, &json!("dimensions[0]")));
    instance.stop().await;
}

/// Totals are those of the rows that are left; a row is compared with what it was, shown then or not.
async fn figures(engine: &'static Engine) {
    let Scene { instance, campaign, .. } = scene(engine).await;
    let own = json!({ "key": "twice", "formula": "clicks × 2", "format": "number" });
    instance.make("metrics", own).await;
    let query = |having: Value| {
        json!({
            "dimensions": ["campaign"], "metrics": ["clicks"], "range": { "from": noon_day(), "to": noon_day() },
            "compare": "previous_period", "having": having,
        })
    };
    let few = json!([{ "metric": "clicks", "op": "at_least", "values": ["2"] }]);
    let (status, report) = instance.post("/reports/query", query(few)).await;
    assert_eq!((status, &report["total_rows"]), (200, &json!(1)), "{report}");
    let row = &report["rows"][0];
    assert_eq!(
        (&row["keys"]["campaign"]["id"], &row["compare"]["clicks"]),
        (&json!(campaign), &json!(1)),
        "{report}"
    );
    let totals = &report["totals"];
    assert_eq!((&totals["metrics"]["clicks"], &totals["compare"]["clicks"]), (&json!(2), &json!(0)));

    // Neither a column: a metric of the workspace's own, and one that is nothing for the other campaign.
    let custom = json!([{ "metric": "custom_twice", "op": "between", "values": ["1.5", "2"] }]);
    let (_, report) = instance.post("/reports/query", query(custom)).await;
    assert_eq!((&report["total_rows"], &report["totals"]["metrics"]["clicks"]), (&json!(1), &json!(1)));
    let nothing = json!([{ "metric": "aov", "op": "is_not_set" }]);
    let (_, report) = instance.post("/reports/query", query(nothing)).await;
    assert_eq!(report["totals"]["metrics"]["clicks"], 1);
    let not = json!([{ "metric": "aov", "op": "not_equals", "values": ["7"] }]);
    let (_, report) = instance.post("/reports/query", query(not)).await;
    assert_eq!(report["totals"]["metrics"]["clicks"], 2);

    let wrong = json!([{ "metric": "clicks", "op": "contains", "values": ["1"] }]);
    let (status, problem) = instance.post("/reports/query", query(wrong)).await;
    assert_eq!((status, &problem["errors"][0]["field"]), (422, &json!("having[0].op")));
    instance.stop().await;
}

async fn days(engine: &'static Engine) {
    let Scene { instance, stream, .. } = scene(engine).await;
    let query = json!({
        "dimensions": ["day", "stream"], "metrics": ["clicks"], "range": { "from": noon_day(), "to": noon_day() },
        "compare": "previous_period",
        "filters": [{ "dimension": "stream", "op": "equals", "values": [stream] }],
    });
    let (status, report) = instance.post("/reports/query", query).await;
    assert_eq!((status, report["rows"].as_array().unwrap().len()), (200, 1), "{report}");
    let row = &report["rows"][0];
    assert_eq!(
        (&row["keys"]["day"]["id"], &row["keys"]["stream"]["name"]),
        (&json!(noon_day()), &json!("All"))
    );
    assert_eq!((&row["metrics"]["clicks"], &row["compare"]["clicks"]), (&json!(2), &json!(1)));

    let both = json!({ "dimensions": ["day"], "metrics": ["clicks"], "range": { "token": "all_time" } });
    let (_, report) = instance.post("/reports/query", both).await;
    let days: Vec<&str> = report["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["keys"]["day"]["id"].as_str().unwrap())
        .collect();
    assert!(days.len() == 2 && days.is_sorted(), "{days:?}");
    instance.stop().await;
}

async fn logs(engine: &'static Engine) {
    let Scene { instance, clicks, campaign, .. } = scene(engine).await;
    let range = format!("from={0}T00:00:00Z&to={0}T23:59:59Z", noon_day());
    let (status, page) = instance.get(&format!("/logs/clicks?limit=2&{range}")).await;
    assert_eq!((status, page["items"].as_array().unwrap().len()), (200, 2), "{page}");
    let cursor = page["next_cursor"].as_str().unwrap();
    let (_, rest) = instance.get(&format!("/logs/clicks?limit=2&{range}&cursor={cursor}")).await;
    // The click of the day before is out of the range, the stranger's does not exist.
    assert_eq!((rest["items"].as_array().unwrap().len(), &rest["next_cursor"]), (1, &json!(null)));

    let (_, one) = instance.get(&format!("/logs/clicks?click_id={}", clicks[0].id)).await;
    let row: &Value = &one["items"][0];
    assert_eq!(row["campaign"], json!({ "id": campaign, "name": "Summer" }));
    assert_eq!(
        (&row["outcome"], &row["cost"], &row["ip"]),
        (&json!("routed"), &json!("0.05"), &json!("203.0.113.7"))
    );
    assert_eq!(row["sub_ids"], json!({ "1": "zone-1" }));
    assert_eq!((&row["visitor"]["country"], &row["source"]), (&json!("DE"), &json!(null)));
    let (_, hidden) = instance.get(&format!("/logs/clicks?click_id={}", clicks[4].id)).await;
    assert_eq!(hidden["items"], json!([]));

    let filters = r#"[{"field":"campaign","op":"equals","values":["0000000000007"]}]"#;
    let filters: String = url::form_urlencoded::byte_serialize(filters.as_bytes()).collect();
    let (_, gone) = instance.get(&format!("/logs/clicks?{range}&filters={filters}")).await;
    assert_eq!(gone["items"].as_array().unwrap().len(), 1, "{gone}");
    assert_eq!(gone["items"][0]["campaign"]["name"], "deleted (0000000000007)");

    let (_, conversions) = instance.get(&format!("/logs/conversions?{range}")).await;
    let row = &conversions["items"][0];
    assert_eq!((&row["status"], &row["payout"]), (&json!("sale"), &json!("1.25")), "{conversions}");
    assert_eq!(
        (&row["destination"]["name"], &row["click_id"]),
        (&json!("Offer"), &json!(clicks[0].id.to_string()))
    );
    let (_, history) = instance.get(&format!("/logs/conversions/{}", row["id"].as_str().unwrap())).await;
    assert_eq!(history["items"], conversions["items"]);
    assert_eq!(instance.get("/logs/conversions/00000000000000000000000001").await.0, 404);
    for log in ["postbacks", "deliveries"] {
        let (status, page) = instance.get(&format!("/logs/{log}?{range}")).await;
        assert_eq!((status, &page["items"]), (200, &json!([])));
    }
    instance.stop().await;
}
