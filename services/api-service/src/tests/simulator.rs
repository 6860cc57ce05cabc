//! The simulator: the engine's own decision about a made-up click.

use super::app::{Client, TestApp};
use http::StatusCode;
use serde_json::{Value, json};

async fn campaign(admin: &Client) -> String {
    let network =
        admin.make("networks", json!({ "name": "Net", "offer_parameters": "aff={click_id}" })).await;
    let phone = admin
        .make(
            "destinations",
            json!({ "name": "Phone", "url": "https://phone.example/?z={sub_id_1}", "network_id": network }),
        )
        .await;
    let desk = admin.make("destinations", json!({ "name": "Desk", "url": "https://desk.example/" })).await;
    let parameters =
        json!([{ "parameter": "zone", "role": "sub_id_1" }, { "parameter": "bid", "role": "cost" }]);
    let source = admin.make("sources", json!({ "name": "Push", "parameters": parameters })).await;
    let mobile =
        json!({ "all": [{ "test": { "criterion": "device_type", "op": "in", "values": ["mobile"] } }] });
    let streams = json!([
        { "name": "Phones", "kind": "forced", "rules": mobile, "routes": [{ "destination_id": phone }] },
        { "name": "Rest", "routes": [{ "destination_id": desk }] },
    ]);
    let body = json!({ "slug": "sim", "source_id": source, "streams": streams, "cost_from_parameter": true });
    format!("/campaigns/{}/simulate", admin.make("campaigns", body).await)
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn it_decides_and_says_why() {
    let (_test, admin) = TestApp::with_admin().await;
    let path = campaign(&admin).await;
    let click = json!({ "url": "https://go.example.com/sim?zone=a%26b&bid=0.05", "user_agent": PHONE, "ip": "203.0.113.7" });
    let answer = admin.post(&path, click).await.expect(StatusCode::OK);
    assert_eq!((&answer["outcome"], &answer["status"]), (&json!("routed"), &json!(302)));
    let target = answer["target"].as_str().unwrap();
    assert!(target.starts_with("https://phone.example/?z=a%26b&aff="), "{target}");
    assert_eq!(answer["cost"]["amount"], "0.05");
    assert_eq!(answer["origin"]["destination"]["name"], "Phone");
    assert_eq!(answer["origin"]["sub_ids"], json!({ "1": "a&b" }));
    assert_eq!(answer["visitor"]["device_type"], "mobile");
    let verdicts: Vec<&Value> =
        answer["streams"].as_array().unwrap().iter().map(|it| &it["verdict"]).collect();
    assert_eq!(verdicts, ["taken", "not_reached"]);
    let test = &answer["streams"][0]["rules"]["parts"][0];
    assert_eq!(
        (&test["criterion"], &test["actual"], &test["held"]),
        (&json!("device_type"), &json!("mobile"), &json!(true))
    );

    let desk = admin.post(&path, json!({})).await.expect(StatusCode::OK);
    assert_eq!(desk["origin"]["destination"]["name"], "Desk");
    assert_eq!(desk["streams"][0]["verdict"], "refused");
}

#[tokio::test]
async fn a_seed_makes_the_dice_repeatable() {
    let (_test, admin) = TestApp::with_admin().await;
    let mut routes = Vec::new();
    for number in 0..8 {
        let url = format!("https://d{number}.example/");
        routes.push(json!({ "destination_id": admin.make("destinations", json!({ "url": url })).await }));
    }
    let body = json!({ "streams": [{ "routes": routes }] });
    let path = format!("/campaigns/{}/simulate", admin.make("campaigns", body).await);
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let first = admin.post(&path, json!({ "seed": seed })).await.json();
        let second = admin.post(&path, json!({ "seed": seed })).await.json();
        assert_eq!(first["target"], second["target"]);
        seen.insert(first["target"].as_str().unwrap().to_owned());
    }
    assert!(seen.len() > 3, "different seeds choose differently: {seen:?}");
}

#[tokio::test]
async fn paused_campaigns_and_wrong_input_have_their_answers() {
    let (_test, admin) = TestApp::with_admin().await;
    let paused = admin.make("campaigns", json!({ "state": "paused", "trafficback_url": "https://back.example/?c={campaign_slug}", "slug": "p" })).await;
    let answer = admin.post(&format!("/campaigns/{paused}/simulate"), json!({})).await.expect(StatusCode::OK);
    assert_eq!((&answer["outcome"], &answer["trafficback"]), (&json!("campaign_paused"), &json!("campaign")));
    assert_eq!(answer["target"], "https://back.example/?c=p");
    let path = format!("/campaigns/{paused}/simulate");
    assert_eq!(admin.post(&path, json!({ "url": "nonsense" })).await.problem(422, "invalid"), ["url"]);
    assert_eq!(admin.post(&path, json!({ "ip": "1.2.3" })).await.problem(422, "invalid"), ["ip"]);
    let long = "x".repeat(20_000);
    assert_eq!(admin.post(&path, json!({ "query": long })).await.problem(422, "invalid"), ["query"]);
}
