//! Bad input: each has a defined outcome with a clear message, and nothing accepted is lost.

use crate::world::{EXE, VISIBLE_MAX, World, browser};
use serde_json::json;
use signalbox_testkit::{Instance, until};
use std::time::Duration;

#[tokio::test]
async fn visitors_never_see_an_error_of_ours() {
    let instance = Instance::start(EXE, &[("traffic.not_found_url", "https://nowhere.example/")]).await;
    let world = World::create(&instance).await;
    let client = browser();
    let get = |path: String| {
        let url = format!("{}{path}", instance.traffic_url());
        let client = client.clone();
        async move { client.get(url).send().await.unwrap() }
    };

    let unknown = get("/no-such-campaign".to_owned()).await;
    assert_eq!(
        (unknown.status().as_u16(), unknown.headers()["location"].to_str().unwrap()),
        (302, "https://nowhere.example/")
    );

    world.click(&instance, "ext=ok").await;
    let refused = get("/story?blocked=1".to_owned()).await;
    assert!(
        refused.headers()["location"].to_str().unwrap().starts_with("https://back.example/?from="),
        "no matching stream → trafficback"
    );

    let injected = get("/story?zone=%0d%0aSet-Cookie:%20x=1&ext=%00".to_owned()).await;
    let location = injected.headers()["location"].to_str().unwrap().to_owned();
    assert!(injected.headers().get("set-cookie").is_none() && location.contains("%0D%0A"), "{location}");

    let odd = get(format!("/story?{}", "a=%zz&&==&%ff=%fe&".repeat(50))).await;
    assert_eq!(odd.status(), 302, "a malformed query is read as far as it goes");
    let oversized = get(format!("/story?x={}", "y".repeat(20_000))).await;
    assert_eq!(oversized.status(), 414);

    // A dead destination and a paused campaign go to trafficback too; the clicks are kept with their reason.
    let path = format!("/destinations/{}", world.destination["id"].as_str().unwrap());
    let mut destination = world.admin.get(&path).await;
    destination["state"] = json!("down");
    world.admin.put(&path, &destination).await;
    until("no destination", Duration::from_secs(5), || async {
        let response = get("/story?ext=dead".to_owned()).await;
        let location = response.headers()["location"].to_str().unwrap().to_owned();
        if location.starts_with("https://back.example/") { Ok(()) } else { Err(location) }
    })
    .await;
    let path = format!("/campaigns/{}", world.campaign["id"].as_str().unwrap());
    let mut campaign = world.admin.get(&path).await;
    campaign["state"] = json!("paused");
    world.admin.put(&path, &campaign).await;
    until("the outcomes are in the log", VISIBLE_MAX, || async {
        get("/story?ext=paused".to_owned()).await;
        let log = world.admin.try_get("/logs/clicks?limit=200").await?.to_string();
        let missing: Vec<&str> = ["no_stream", "no_destination", "campaign_paused"]
            .into_iter()
            .filter(|outcome| !log.contains(outcome))
            .collect();
        if missing.is_empty() { Ok(()) } else { Err(format!("{missing:?}")) }
    })
    .await;
}

#[tokio::test]
async fn postbacks_that_cannot_be_understood_say_why_and_are_kept() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, id) = world.click(&instance, "ext=1").await;
    let unknown_click = "01".repeat(13);
    for (query, status, word) in [
        ("payout=1".to_owned(), 400, "click_id_missing"),
        ("subid={aff_sub}&payout=1".to_owned(), 400, "macro_not_replaced"),
        (format!("subid={id}&payout={{payout}}"), 400, "macro_not_replaced"),
        (format!("subid={id}&payout=ten"), 400, "payout_not_a_number"),
        (format!("subid={id}&status=nonsense"), 400, "status_unknown"),
        (format!("subid={unknown_click}&payout=1"), 200, "OK"),
    ] {
        let (got, text) = world.postback(&instance, &query).await;
        assert_eq!(got, status, "{query}: {text}");
        assert!(text.contains(word), "{query}: {text}");
    }
    let wrong =
        reqwest::get(format!("{}/wrong-wrong-wrong-key/postback?subid={id}", instance.postback_url()))
            .await
            .unwrap();
    assert_eq!(wrong.status(), 404);
    assert!(wrong.text().await.unwrap().contains("copy the postback URL again"));

    until("verdicts with reasons", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=100").await?;
        let rows = log["items"].as_array().cloned().unwrap_or_default();
        let count = |verdict: &str| rows.iter().filter(|row| row["verdict"] == verdict).count();
        if (count("refused"), count("orphan")) == (5, 1) { Ok(()) } else { Err(log.to_string()) }
    })
    .await;
    world.admin.until_totals(&json!({"clicks": 1, "conversions": 0, "revenue": "0"}), VISIBLE_MAX).await;
}

#[tokio::test]
async fn parallel_duplicates_make_one_conversion() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, id) = world.click(&instance, "ext=p").await;
    let query = format!("subid={id}&payout=2.5&tid=one");
    let url = format!("{}/{}/postback?{query}", instance.postback_url(), world.key);
    let client = reqwest::Client::new();
    let tasks: Vec<_> = (0..200).map(|_| tokio::spawn(client.get(&url).send())).collect();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap().status(), 200);
    }
    until("all are judged", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=500").await?;
        let rows = log["items"].as_array().cloned().unwrap_or_default();
        let count = |verdict: &str| rows.iter().filter(|row| row["verdict"] == verdict).count();
        if (count("accepted"), count("duplicate")) == (1, 199) {
            Ok(())
        } else {
            Err(format!("{} rows", rows.len()))
        }
    })
    .await;
    world.admin.until_totals(&json!({"clicks": 1, "conversions": 1, "revenue": "2.5"}), VISIBLE_MAX).await;
}
