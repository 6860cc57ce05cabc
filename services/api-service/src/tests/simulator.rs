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
    admin.make("campaigns", body).await
}

/// A click on a campaign.
async fn simulate(admin: &Client, campaign: &str, mut click: Value) -> Value {
    click["campaign_id"] = json!(campaign);
    admin.post("/simulate", click).await.expect(StatusCode::OK)
}

fn verdicts(answer: &Value) -> Vec<&str> {
    answer["trace"]["streams"].as_array().unwrap().iter().map(|it| it["verdict"].as_str().unwrap()).collect()
}

const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1";

#[tokio::test]
async fn it_decides_and_says_why() {
    let (_test, admin) = TestApp::with_admin().await;
    let path = campaign(&admin).await;
    let click = json!({ "url": "https://go.example.com/sim?zone=a%26b&bid=0.05", "user_agent": PHONE, "ip": "203.0.113.7" });
    let answer = simulate(&admin, &path, click).await;
    assert_eq!((&answer["outcome"], &answer["status"]), (&json!("routed"), &json!(302)));
    let target = answer["target"].as_str().unwrap();
    assert!(target.starts_with("https://phone.example/?z=a%26b&aff="), "{target}");
    assert_eq!(answer["cost"]["amount"], "0.05");
    assert_eq!(answer["origin"]["destination"]["name"], "Phone");
    assert_eq!(answer["origin"]["sub_ids"], json!({ "1": "a&b" }));
    assert_eq!(answer["visitor"]["device_type"], "mobile");
    assert_eq!(verdicts(&answer), ["taken", "not_reached"]);
    let test = &answer["trace"]["streams"][0]["rules"]["parts"][0];
    assert_eq!(
        (&test["criterion"], &test["actual"], &test["held"]),
        (&json!("device_type"), &json!("mobile"), &json!(true))
    );

    let desk = simulate(&admin, &path, json!({})).await;
    assert_eq!(desk["origin"]["destination"]["name"], "Desk");
    assert_eq!(desk["trace"]["streams"][0]["verdict"], "refused");
}

#[tokio::test]
async fn what_looks_like_a_mistake_is_said_by_name() {
    let (_test, admin) = TestApp::with_admin().await;
    let offer = json!({ "name": "Fit: plan", "url": "https://a.example/?s={clikid}" });
    let offer = admin.make("destinations", offer).await;
    let streams = json!([{ "routes": [{ "destination_id": offer }] }]);
    let path = admin.make("campaigns", json!({ "slug": "typo", "streams": streams })).await;
    let problem = &simulate(&admin, &path, json!({})).await["problems"][0];
    assert_eq!(problem["field"], "destination “Fit: plan”: url", "{problem}");
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
    let campaign = admin.make("campaigns", body).await;
    let mut seen = std::collections::BTreeSet::new();
    for seed in 0..20 {
        let first = simulate(&admin, &campaign, json!({ "seed": seed })).await;
        let second = simulate(&admin, &campaign, json!({ "seed": seed })).await;
        assert_eq!(first["target"], second["target"]);
        seen.insert(first["target"].as_str().unwrap().to_owned());
    }
    assert!(seen.len() > 3, "different seeds choose differently: {seen:?}");
}

#[tokio::test]
async fn paused_campaigns_and_wrong_input_have_their_answers() {
    let (_test, admin) = TestApp::with_admin().await;
    let paused = admin.make("campaigns", json!({ "state": "paused", "trafficback_url": "https://back.example/?c={campaign_slug}", "slug": "p" })).await;
    let answer = simulate(&admin, &paused, json!({})).await;
    assert_eq!(
        (&answer["outcome"], &answer["trace"]["trafficback"]),
        (&json!("campaign_paused"), &json!("campaign"))
    );
    assert_eq!(answer["target"], "https://back.example/?c=p");
    for (click, field) in [
        (json!({ "url": "nonsense" }), "url"),
        (json!({ "ip": "1.2.3" }), "ip"),
        (json!({ "query": "x".repeat(20_000) }), "query"),
        (json!({ "visitor_key": "nobody" }), "visitor_key"),
        (json!({ "headers": { "X-A": "a\r\nb" } }), "headers.x-a"),
        (
            json!({ "counters": [{ "subject": { "type": "stream", "id": "x" }, "measure": "clicks", "value": "1" }] }),
            "counters[0].subject",
        ),
        (json!({ "sed": 1 }), "sed"),
    ] {
        let mut click = click;
        click["campaign_id"] = json!(paused);
        assert_eq!(admin.post("/simulate", click.clone()).await.problem(422, "invalid"), [field], "{click}");
    }
    assert_eq!(admin.post("/simulate", json!({})).await.problem(422, "invalid"), ["campaign_id"]);
    let lost = json!({ "campaign_id": "0000000000001" });
    admin.post("/simulate", lost).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_link_finds_its_campaign_as_a_visitor_would() {
    let (_test, admin) = TestApp::with_admin().await;
    let target = admin.make("destinations", json!({ "url": "https://a.example/base?x=1" })).await;
    let streams = json!([{ "routes": [{ "destination_id": target }] }]);
    let passing = json!({ "slug": "sum", "streams": streams, "forward_query": true, "extra_path": "append" });
    let campaign = admin.make("campaigns", passing).await;
    let strict = admin.make("campaigns", json!({ "slug": "strict", "streams": streams })).await;
    admin.make("domains", json!({ "host": "go.example.com", "default_campaign_id": strict })).await;
    let at = async |url: &str| admin.post("/simulate", json!({ "url": url })).await;

    let found = at("https://go.example.com/sum/more/path?y=2&x=3").await.expect(StatusCode::OK);
    assert_eq!(found["origin"]["campaign"]["id"], json!(campaign));
    assert_eq!(found["origin"]["domain"]["name"], "go.example.com");
    assert_eq!(found["target"], "https://a.example/base/more/path?y=2&x=3");
    let default = at("https://go.example.com/").await.expect(StatusCode::OK);
    assert_eq!(default["origin"]["campaign"]["id"], json!(strict));
    let elsewhere = at("http://unregistered.example/c/strict").await.expect(StatusCode::OK);
    assert_eq!(elsewhere["origin"]["campaign"]["id"], json!(strict));
    for nobody in
        ["https://go.example.com/unknown", "https://go.example.com/strict/more", "https://other.example/"]
    {
        assert_eq!(at(nobody).await.problem(422, "invalid"), ["url"], "{nobody}");
    }
}

#[tokio::test]
async fn what_is_assumed_decides_and_is_explained() {
    let (_test, admin) = TestApp::with_admin().await;
    let spare = admin.make("destinations", json!({ "name": "Spare", "url": "https://s.example/" })).await;
    let cap =
        json!([{ "measure": "conversions", "period": { "type": "day" }, "limit": "50", "timezone": null }]);
    let main = json!({ "name": "Main", "url": "https://m.example/", "caps": cap, "alternative_id": spare,
        "loss_rule": { "roi_below": "-50", "clicks_min": 100, "window_hours": 24 } });
    let main = admin.make("destinations", main).await;
    let returning =
        json!({ "all": [{ "test": { "criterion": "unique", "op": "in", "values": ["false"] } }] });
    let limited =
        json!([{ "measure": "clicks", "period": { "type": "rolling", "hours": 3 }, "limit": "10" }]);
    let streams = json!([
        { "name": "Back again", "kind": "forced", "rules": returning, "action": { "type": "show_text", "body": "hello {country}!" } },
        { "name": "Limited", "caps": limited, "action": { "type": "nothing" } },
        { "name": "Rest", "routes": [{ "destination_id": main }], "choosing": { "type": "sticky", "ttl_hours": 24 } },
    ]);
    let made = admin.post("/campaigns", json!({ "streams": streams })).await.expect(StatusCode::CREATED);
    let campaign = made["id"].as_str().unwrap();
    let limited = made["streams"][1]["id"].clone();

    let fresh = simulate(&admin, campaign, json!({})).await;
    assert_eq!((&fresh["outcome"], &fresh["status"]), (&json!("answered"), &json!(204)));
    assert_eq!(verdicts(&fresh), ["refused", "taken", "not_reached"]);

    let seen = simulate(&admin, campaign, json!({ "history": { "campaign": true } })).await;
    assert_eq!((&seen["body"], &seen["target"]), (&json!("hello !"), &json!(null)));

    let full =
        json!([{ "subject": { "type": "stream", "id": limited }, "measure": "clicks", "value": "10" }]);
    let passed = simulate(&admin, campaign, json!({ "counters": full })).await;
    assert_eq!(verdicts(&passed), ["refused", "cap_reached", "taken"]);
    let reached = &passed["trace"]["streams"][1]["cap"];
    assert_eq!((&reached["counted"], &reached["limit"]), (&json!("10"), &json!("10")));
    assert_eq!(passed["trace"]["route_by"]["type"], "sticky");
    assert_eq!(passed["origin"]["destination"]["name"], "Main");

    // The same visitor by its key, whatever the address.
    let again = json!({ "counters": full, "visitor_key": passed["visitor_key"], "ip": "203.0.113.9" });
    let again = simulate(&admin, campaign, again).await;
    assert_eq!(again["trace"]["route_by"], passed["trace"]["route_by"]);

    let out = json!({ "counters": full, "out": [{ "destination_id": main, "reason": "loss" }] });
    let out = simulate(&admin, campaign, out).await;
    assert_eq!(out["origin"]["destination"]["name"], "Spare");
    let route = &out["trace"]["routes"][0];
    assert_eq!(
        (&route["state"], &route["alternatives"][0]["destination"]["name"]),
        (&json!("loss"), &json!("Spare"))
    );
}

#[tokio::test]
async fn headers_hints_and_cookies_count() {
    let (_test, admin) = TestApp::with_admin().await;
    let rules = json!({ "all": [
        { "test": { "criterion": "header.x-requested-with", "op": "mask", "values": ["com.*"] } },
        { "expression": "os == \"Android\" && sub_id[1] == \"7\"" },
    ] });
    let source = admin
        .make("sources", json!({ "name": "S", "parameters": [{ "parameter": "z", "role": "sub_id_1" }] }))
        .await;
    let streams = json!([{ "rules": rules, "action": { "type": "not_found" } }]);
    let body =
        json!({ "source_id": source, "uniqueness": { "key": "cookie", "ttl_hours": 1 }, "streams": streams });
    let campaign = admin.make("campaigns", body).await;
    let agent = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36";
    let click = json!({ "user_agent": agent, "query": "z=7", "headers": { "X-Requested-With": "com.example.app" }, "cookie": "abc" });
    let taken = simulate(&admin, &campaign, click.clone()).await;
    assert_eq!(taken["outcome"], "not_found", "{taken}");
    let mut other = click;
    other["ip"] = json!("203.0.113.77");
    let other = simulate(&admin, &campaign, other).await;
    assert_eq!(other["visitor_key"], taken["visitor_key"], "a visitor is known by the cookie");
    let refused = simulate(&admin, &campaign, json!({ "cookie": "abd" })).await;
    assert_eq!((refused["outcome"].as_str(), verdicts(&refused)), (Some("no_stream"), vec!["refused"]));
    assert_ne!(refused["visitor_key"], taken["visitor_key"]);
}

#[tokio::test]
async fn visitors_have_the_key_that_real_ones_have_also_where_addresses_are_cut() {
    use signalbox_catalog::{Catalog, SystemScope};
    use signalbox_domain::WorkspaceId;
    use signalbox_warehouse::{VisitorSource, address_salt, visitor_key, visitor_key_salted};
    let (test, admin) = TestApp::with_admin().await;
    let body = json!({ "uniqueness": { "key": "ip", "ttl_hours": 1 }, "streams": [{ "action": { "type": "not_found" } }] });
    let campaign = admin.make("campaigns", body).await;
    let click = json!({ "ip": "198.51.100.7" });
    let of_address = VisitorSource::Ip("198.51.100.7".parse().unwrap());
    let plain = simulate(&admin, &campaign, click.clone()).await;
    assert_eq!(plain["visitor_key"], format!("{:016x}", visitor_key(of_address)));
    let mut workspace = admin.get("/workspaces").await.json()["items"][0].clone();
    workspace["addresses"] = json!("truncate");
    let id: WorkspaceId = workspace["id"].as_str().unwrap().parse().unwrap();
    admin.put(&format!("/workspaces/{id}"), workspace).await.expect(StatusCode::OK);
    let cut = simulate(&admin, &campaign, click).await;
    // Traffic nodes sign with the same secret of the catalog.
    let secret =
        test.app.catalog().get_secret(SystemScope::new("tests"), Catalog::VISITOR_SECRET).await.unwrap();
    let salted = visitor_key_salted(of_address, &address_salt(&secret, id));
    assert_eq!(cut["visitor_key"], format!("{salted:016x}"));
    assert_ne!(cut["visitor_key"], plain["visitor_key"]);
}
