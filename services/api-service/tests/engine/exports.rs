//! Files of reports and logs: the same figures as on the page, in every format.

use crate::{
    Test,
    facts::{self, NOON},
    instance::{Engine, Instance},
};
use serde_json::{Value, json};
use signalbox_domain::{ConversionStatus, WorkspaceId};
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
    // Of a type that counts for nothing, so that no figure below changes.
    let mut called = facts::sale(&clicks[1], "0");
    called.after.as_mut().unwrap().status = ConversionStatus::Custom25;
    records.push(Record::Conversion(Box::new(called)));
    let path = format!("/workspaces/{}", instance.workspace);
    let (_, mut named) = instance.get(&path).await;
    named["conversion_types"] =
        json!([{ "status": "custom25", "name": "-Called twice", "repeat": "transaction" }]);
    let (status, named) = instance.put(&path, named).await;
    assert_eq!(status, 200, "{named}");
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
    // Types of the workspace's own: the word for programs, the name beside it for people.
    let by_status = json!({
        "dimensions": ["conversion_status"], "metrics": ["clicks"], "range": { "from": day, "to": day },
        "sort": [{ "key": "conversion_status", "dir": "asc" }],
    });
    let body = json!({ "query": by_status, "format": "csv" });
    let (_, _, bytes) = instance.download("/reports/export", body).await;
    let csv = String::from_utf8(bytes).unwrap();
    assert!(csv.starts_with("conversion_status,conversion_status_name,clicks\r\n"), "{csv}");
    assert!(csv.contains("custom25,'-Called twice,0\r\n") && csv.contains("sale,sale,0\r\n"), "{csv}");
    let body = json!({ "query": by_status, "format": "parquet" });
    let (_, _, bytes) = instance.download("/reports/export", body).await;
    let rows =
        engine.read_parquet(&bytes, "toString(conversion_status), toString(conversion_status_name)").await;
    assert!(rows.contains(&vec!["custom25".to_owned(), "-Called twice".to_owned()]), "{rows:?}");
    let log = json!({ "log": "conversions", "from": "2026-01-01T00:00:00Z", "format": "jsonl" });
    let (_, _, bytes) = instance.download("/logs/export", log).await;
    let lines = String::from_utf8(bytes).unwrap();
    let mut statuses: Vec<(String, String)> = lines
        .lines()
        .map(|line| {
            let line: Value = serde_json::from_str(line).unwrap();
            let text = |key: &str| line[key].as_str().unwrap().to_owned();
            (text("status"), text("status_name"))
        })
        .collect();
    statuses.sort();
    let of = |word: &str, name: &str| (word.to_owned(), name.to_owned());
    assert_eq!(statuses, [of("custom25", "-Called twice"), of("sale", "sale")]);

    // By a link, and by days of the workspace's timezone: the last one is whole.
    for (from, to, count) in [("2026-05-20", "2026-05-20", 7), ("2026-05-19", "2026-05-19", 0)] {
        let asked = json!({ "log": "clicks", "from": from, "to": to, "format": "jsonl" }).to_string();
        let (status, headers, bytes) = instance.follow("/logs/export", &asked, "same-origin").await;
        assert_eq!((status, String::from_utf8(bytes).unwrap().lines().count()), (200, count));
        assert!(headers["content-disposition"].to_str().unwrap().starts_with("attachment; filename="));
        assert_eq!(instance.follow("/logs/export", &asked, "cross-site").await.0, 403);
        let (status, page) = instance.get(&format!("/logs/clicks?from={from}&to={to}")).await;
        assert_eq!((status, page["items"].as_array().unwrap().len()), (200, count), "{page}");
    }

    for log in ["landing_clicks", "conversions", "postbacks", "deliveries"] {
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
