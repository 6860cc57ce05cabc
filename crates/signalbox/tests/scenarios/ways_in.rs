//! Ways in for conversions other than a network's postback: a page with the visitor's cookie, an upload, a request of nobody that is given
//! to a network. And the keys, which lie sealed on disk.

use crate::world::{EXE, World, browser};
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::{fs, time::Duration};

/// What follows in the background is there within this, on a slow machine too.
const WAIT_MAX: Duration = Duration::from_secs(120);

/// The rows of an upload, once every one that was taken has this verdict.
async fn until_judged(world: &World, upload: &Value, verdicts: &[&str]) -> Value {
    let path = format!("/postbacks/uploads/{}/rows", upload["id"].as_str().unwrap());
    until("the rows are judged", WAIT_MAX, || async {
        let rows = world.admin.try_get(&path).await?;
        let said: Vec<&str> = rows["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["verdict"]["verdict"].as_str().or(row["code"].as_str()).unwrap_or_default())
            .collect();
        if said == verdicts { Ok(rows.clone()) } else { Err(rows.to_string()) }
    })
    .await
}

async fn until_status(url: &str, status: u16) {
    until("the answer is as expected", WAIT_MAX, || async {
        let answer = reqwest::get(url).await.map_err(|error| error.to_string())?;
        if answer.status().as_u16() == status { Ok(()) } else { Err(answer.status().to_string()) }
    })
    .await;
}

#[tokio::test]
async fn keys_lie_sealed_on_disk_and_work_on_after_a_restart() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, click) = world.click(&instance, "ext=1").await;
    let path = format!("/networks/{}", world.destination["network_id"].as_str().unwrap());
    let rotated = world.admin.create(&format!("{path}/rotate-key"), json!({ "overlap_hours": 1 })).await;
    let new = rotated["postback_key"].as_str().unwrap().to_owned();
    instance.kill_and_run().await;
    for key in [&world.key, &new] {
        until_status(&format!("{}/{key}/postback?subid={click}", instance.postback_url()), 200).await;
    }
    let admin = world.admin.at(&instance);
    let shown = admin.get(&format!("{path}/postback-url")).await;
    assert!(shown["base_url"].as_str().unwrap().contains(&new), "the URL can be copied again: {shown}");
    let sealing_key = fs::read_to_string(instance.data_dir().join("secret.key")).unwrap();
    assert_eq!(sealing_key.trim().len(), 64);
    for entry in fs::read_dir(instance.data_dir()).unwrap() {
        let file = entry.unwrap().path();
        if file.is_file() && file.file_name().unwrap().to_string_lossy().starts_with("catalog") {
            let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
            for secret in [world.key.as_str(), new.as_str(), sealing_key.trim()] {
                assert!(!text.contains(secret), "{} holds a key in the open", file.display());
            }
        }
    }
}

#[tokio::test]
async fn an_upload_and_requests_of_nobody_are_judged_like_postbacks() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, click) = world.click(&instance, "ext=1").await;
    let network = world.destination["network_id"].clone();
    let text = format!("{click};7.5;t1;qualified\n{click};3;t2\n{{clickid}};1\n{click};7.50;t1;qualified\n");
    let body = json!({ "network_id": network, "text": text, "take": true });
    let upload = world.admin.create("/postbacks/uploads", body.clone()).await;
    let verdicts = ["accepted", "accepted", "macro_not_replaced", "duplicate"];
    let rows = until_judged(&world, &upload, &verdicts).await;
    assert_eq!((&rows["items"][0]["status"], &rows["items"][0]["payout"]), (&json!("lead"), &json!("7.5")));
    // Uploaded again, it changes nothing.
    let again = world.admin.create("/postbacks/uploads", body).await;
    until_judged(&world, &again, &["duplicate", "duplicate", "macro_not_replaced", "duplicate"]).await;

    let wrong = format!("{}/a-key-that-nobody-has/postback", instance.postback_url());
    let client = reqwest::Client::new();
    let sent = client.post(&wrong).header("content-type", "application/x-www-form-urlencoded");
    let sent = sent.body(format!("subid={click}&payout=2&tid=t3")).send().await.unwrap();
    assert_eq!(sent.status(), 404);
    let stray = until("it is shown", WAIT_MAX, || async {
        let strays = world.admin.try_get("/postbacks/strays").await?;
        let stray = strays["items"][0].clone();
        if stray["assignable"] == true { Ok(stray) } else { Err(strays.to_string()) }
    })
    .await;
    let given = json!({ "network_id": network, "ids": [stray["id"]] });
    let given = world.admin.create("/postbacks/strays/assign", given).await;
    until_judged(&world, &given, &["accepted"]).await;
    let expected = json!({ "conversions": "3", "revenue": "12.5" });
    let metrics: Vec<&str> = expected.as_object().unwrap().keys().map(String::as_str).collect();
    until("the report has all of them", WAIT_MAX, || async {
        let totals = world.admin.totals(&metrics).await?;
        let same =
            totals["revenue"].to_string().contains("12.5") && totals["conversions"].to_string().contains('3');
        if same { Ok(()) } else { Err(totals.to_string()) }
    })
    .await;
}

#[tokio::test]
async fn a_page_reports_a_conversion_with_the_visitors_cookie() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let path = format!("/networks/{}", world.destination["network_id"].as_str().unwrap());
    let mut network = world.admin.get(&path).await;
    network["keyless"] = json!(true);
    world.admin.put(&path, &network).await;
    let landing =
        json!({ "name": "Page", "kind": "landing", "url": "https://landing.example/?cid={click_id}" });
    let landing = world.admin.create("/destinations", landing).await;
    let stream = json!({ "name": "All", "kind": "regular",
        "landings": [{ "destination_id": landing["id"], "weight": 100 }],
        "routes": [{ "destination_id": world.destination["id"], "weight": 100 }] });
    world.admin.create("/campaigns", json!({ "name": "L", "slug": "landed", "streams": [stream] })).await;
    let client = browser();
    let url = format!("{}/landed", instance.traffic_url());
    let cookie = until("a visitor lands", WAIT_MAX, || async {
        let answer = client.get(&url).send().await.map_err(|error| error.to_string())?;
        let cookies = answer.headers().get_all("set-cookie").into_iter();
        let mut cookies = cookies.filter_map(|line| line.to_str().ok()?.split(';').next().map(str::to_owned));
        cookies.find(|pair| pair.starts_with("sbx_click=")).ok_or_else(|| answer.status().to_string())
    })
    .await;
    let go_on = format!("{}/click", instance.traffic_url());
    let gone_on = client.get(&go_on).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(gone_on.status(), 302);
    let pixel = format!("{}/conversion.gif?payout=4&tid=page", instance.traffic_url());
    let seen = client.get(&pixel).header("cookie", &cookie).send().await.unwrap();
    assert_eq!(
        (seen.status().as_u16(), &seen.headers()["content-type"]),
        (200, &"image/gif".parse().unwrap())
    );
    let row = until_newest(&world, "tid=page", "accepted").await;
    assert!(row["query"].as_str().unwrap().contains("sbx_click="), "{row}");

    // The addresses of its network bind what comes without its key too.
    let keyed = format!("{}/{}/postback?subid=nobody", instance.postback_url(), world.key);
    let mut network = world.admin.get(&path).await;
    network["allowed_ips"] = json!(["203.0.113.0/24"]);
    world.admin.put(&path, &network).await;
    until_status(&keyed, 403).await;
    let pixel = pixel.replace("tid=page", "tid=bound");
    client.get(&pixel).header("cookie", &cookie).send().await.unwrap();
    let row = until_newest(&world, "tid=bound", "refused").await;
    assert_eq!(row["code"], "address_not_allowed", "{row}");
    let mut network = world.admin.get(&path).await;
    network["allowed_ips"] = json!(["127.0.0.0/8", "::1"]);
    world.admin.put(&path, &network).await;
    until_status(&keyed, 400).await;
    world.admin.create("/postbacks/replay", json!({ "ids": [row["id"]] })).await;
    until_newest(&world, "tid=bound", "accepted").await;
}

/// The request with this in its query, once its verdict is this.
async fn until_newest(world: &World, query: &str, verdict: &str) -> Value {
    until("it is judged", WAIT_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks").await?;
        let rows = log["items"].as_array().unwrap().iter();
        let mut of_query = rows.filter(|row| row["query"].as_str().unwrap_or_default().contains(query));
        let found = of_query.find(|row| row["verdict"] == verdict).cloned();
        found.ok_or_else(|| log.to_string())
    })
    .await
}
