//! Files of reports and logs: the same figures as on the page, in every format.

use crate::{
    Test,
    facts::{self, NOON},
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::WorkspaceId;
use signalbox_events::{Stream, wire::Record};

pub const TESTS: &[Test] = &[("exports_hold_what_the_page_shows", |engine| Box::pin(exports(engine)))];

async fn exports(engine: &'static Engine) {
    let instance = Instance::start().await;
    let campaign =
        instance.make("campaigns", json!({ "name": "=Summer", "slug": "summer" })).await["id"].clone();
    let workspace: WorkspaceId = instance.workspace.parse().unwrap();
    let mut clicks = Vec::new();
    for number in 0..7 {
        let mut click = facts::click(workspace);
        click.dims.keyword = ["=cmd|' /C calc'!A0", "-5", "shoes, \"red\"", ""][number % 4].into();
        click.dims.campaign = campaign.as_str().unwrap().parse().unwrap();
        clicks.push(click);
    }
    let mut records: Vec<Record<'_>> =
        clicks.iter().map(|click| Record::Click(Box::new(click.clone()))).collect();
    records.push(Record::Conversion(Box::new(facts::sale(&clicks[0], "1.25"))));
    let warehouse = engine.database().await;
    facts::write(&warehouse, Stream::Clicks, &records).await;
    instance.warehouse.send_replace(Some(warehouse));

    let day = &NOON.to_rfc3339()[..10];
    let query = json!({
        "dimensions": ["campaign", "keyword"], "metrics": ["clicks", "cost", "profit", "roi", "cpa"],
        "range": { "from": day, "to": day }, "sort": [{ "key": "keyword", "dir": "asc" }],
    });
    let (status, page) = instance.post("/reports/query", query.clone()).await;
    assert_eq!(status, 200, "{page}");
    let file = async |format: &str| {
        let body = json!({ "query": query, "format": format });
        let (status, headers, bytes) = instance.download("/reports/export", body).await;
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
        let disposition = headers["content-disposition"].to_str().unwrap().to_owned();
        assert!(disposition.ends_with(&format!(".{format}\"")), "{disposition}");
        bytes
    };
    let csv = String::from_utf8(file("csv").await).unwrap();
    let expected = format!(
        "campaign,campaign_name,keyword,clicks,cost,profit,roi,cpa\r\n\
         {id},'=Summer,,1,0.05,-0.05,-100,\r\n{id},'=Summer,'-5,2,0.1,-0.1,-100,\r\n\
         {id},'=Summer,'=cmd|' /C calc'!A0,2,0.1,1.15,1150,0.1\r\n{id},'=Summer,\"shoes, \"\"red\"\"\",2,0.1,-0.1,-100,\r\n",
        id = campaign.as_str().unwrap()
    );
    assert_eq!(csv, expected);

    let lines = String::from_utf8(file("jsonl").await).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), page["rows"].as_array().unwrap().len());
    assert_eq!(
        lines[2],
        json!({
            "campaign": campaign, "campaign_name": "=Summer", "keyword": "=cmd|' /C calc'!A0", "clicks": 2, "cost": "0.1",
            "profit": "1.15", "roi": 1150, "cpa": "0.1",
        })
    );

    // The same by a link, as a browser follows it; not from another site.
    let asked = json!({ "query": query, "format": "csv" }).to_string();
    let (status, headers, by_link) = instance.follow("/reports/export", &asked, "same-origin").await;
    assert_eq!((status, String::from_utf8(by_link).unwrap()), (200, csv));
    assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename="));
    assert_eq!(instance.follow("/reports/export", &asked, "cross-site").await.0, 403);
    assert_eq!(instance.follow("/reports/export", "{\"query\":{\"mood\":1}}", "same-origin").await.0, 422);

    let parquet = file("parquet").await;
    let rows = engine
        .read_parquet(&parquet, "toString(keyword), toString(clicks), toString(profit), toString(roi), toString(cpa), toTypeName(cost)")
        .await;
    assert_eq!(rows[1], ["-5", "2", "-0.1", "-100", "", "Nullable(Decimal(38, 9))"]);
    assert_eq!(rows[2][4], "0.1");

    let log = json!({ "log": "clicks", "from": "2026-01-01T00:00:00Z", "format": "jsonl", "filters": [{ "field": "keyword", "op": "is_set" }] });
    let (status, _, bytes) = instance.download("/logs/export", log).await;
    assert_eq!(status, 200);
    let lines: Vec<Value> =
        String::from_utf8(bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 6);
    assert_eq!(
        (&lines[0]["ip"], &lines[0]["cost"], &lines[0]["campaign_name"]),
        (&json!("203.0.113.7"), &json!("0.05"), &json!("=Summer"))
    );
    assert_eq!(
        (&lines[0]["click_at"], &lines[0]["unique_campaign"]),
        (&json!(NOON.to_rfc3339()), &json!(true))
    );
    for log in ["conversions", "postbacks", "deliveries"] {
        for format in ["csv", "parquet"] {
            let body = json!({ "log": log, "from": "2026-01-01T00:00:00Z", "format": format });
            let (status, _, bytes) = instance.download("/logs/export", body).await;
            assert_eq!(status, 200, "{}", String::from_utf8_lossy(&bytes));
            assert!(!bytes.is_empty());
        }
    }
    let wrong = json!({ "query": { "dimensions": ["mood"] } });
    assert_eq!(instance.post("/reports/export", wrong).await.1["errors"][0]["field"], "dimensions[0]");
    instance.stop().await;
}
