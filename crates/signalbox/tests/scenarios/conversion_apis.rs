//! A conversion told to an advertising platform's conversion API, from the click to the platform's receiver.

use crate::world::{CHROME, EXE, World};
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::time::Duration;

/// Far beyond what a slow machine needs.
const LIMIT: Duration = Duration::from_secs(120);
const TOKEN: &str = "token-that-nobody-may-see";

#[tokio::test]
async fn a_platform_is_told_what_its_documentation_asks_for_and_the_token_is_nowhere_else() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let url = format!("{}/v25.0", world.receiver.url());
    let api = json!({ "platform": "meta", "account": "4711", "events": [{ "status": "sale", "event": "Purchase" }],
        "credentials": { "access_token": TOKEN } });
    world.admin.create("/outputs", json!({ "name": "Meta", "url": url, "conversion_api": api })).await;

    let (_, id) = world.click(&instance, "ext=IwAR-click-1&zone=z").await;
    until("the click is in the log", LIMIT, || async {
        let log = world.admin.try_get("/logs/clicks").await?;
        if log["items"].as_array().is_some_and(|rows| rows.len() == 1) {
            Ok(())
        } else {
            Err("not yet".to_owned())
        }
    })
    .await;
    for query in ["payout=12.50&status=lead", "payout=12.50&status=sale"] {
        assert_eq!(world.postback(&instance, &format!("subid={id}&tid=t1&{query}")).await.0, 200);
    }
    let received = until("the platform is told", LIMIT, || async {
        let all = world.receiver.received();
        all.into_iter().find(|it| it.uri.starts_with("/v25.0")).ok_or_else(|| "nothing yet".to_owned())
    })
    .await;
    assert_eq!(
        (received.method.as_str(), received.uri),
        ("POST", format!("/v25.0/4711/events?access_token={TOKEN}"))
    );
    let body: Value = serde_json::from_str(&received.body).unwrap();
    let event = &body["data"][0];
    assert_eq!(event["event_name"], "Purchase");
    assert_eq!(event["action_source"], "website");
    assert!(event["event_source_url"].as_str().unwrap().ends_with("/story"), "{event}");
    assert_eq!(event["custom_data"], json!({ "currency": "USD", "value": 12.5 }));
    assert_eq!(event["user_data"]["client_user_agent"], CHROME);
    assert_eq!(event["user_data"]["client_ip_address"], "127.0.0.1");
    let fbc = event["user_data"]["fbc"].as_str().unwrap();
    assert!(fbc.starts_with("fb.1.") && fbc.ends_with(".IwAR-click-1"), "{fbc}");
    assert!(!received.body.contains(TOKEN), "the token stands in the query alone");

    until("the delivery is in the log", LIMIT, || async {
        let log = world.admin.try_get("/logs/deliveries").await?;
        let text = log.to_string();
        assert!(!text.contains(TOKEN), "{text}");
        let told = log["items"].as_array().is_some_and(|rows| {
            rows.iter().any(|row| {
                let url = row["url"].as_str().unwrap_or_default();
                row["outcome"] == "delivered" && url.ends_with("/v25.0/4711/events")
            })
        });
        if told { Ok(()) } else { Err(text) }
    })
    .await;
    let told = world.receiver.received().iter().filter(|it| it.uri.starts_with("/v25.0")).count();
    assert_eq!(told, 1, "the lead is not mapped, so it is not told");
    // Neither the program's log nor any file of the instance has it as it is.
    let seen = |text: &[u8]| text.windows(TOKEN.len()).any(|part| part == TOKEN.as_bytes());
    assert!(!seen(&std::fs::read(instance.log_path()).unwrap()));
    let mut folders = vec![instance.data_dir().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let kind = entry.file_type().unwrap();
            if kind.is_dir() {
                folders.push(entry.path());
            } else if kind.is_file() {
                // A file may go while the instance runs.
                let text = std::fs::read(entry.path()).unwrap_or_default();
                assert!(!seen(&text), "{}", entry.path().display());
            }
        }
    }
}
