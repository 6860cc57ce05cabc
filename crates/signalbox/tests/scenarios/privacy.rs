//! What a workspace does not want to keep: whole addresses, and clicks that were only tests.

use crate::world::{EXE, VISIBLE_MAX, World, browser};
use reqwest::Method;
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::{fs, path::Path, time::Duration};

const WHOLE: &str = "203.0.113.77";

/// One click from this address.
async fn click_from(instance: &Instance, slug: &str, query: &str) -> String {
    let url = format!("{}/{slug}?{query}", instance.traffic_url());
    until("a click is redirected", Duration::from_secs(60), || async {
        let request = browser().get(&url).header("x-forwarded-for", WHOLE);
        let answer = request.send().await.map_err(|error| error.to_string())?;
        let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
        let location = location.ok_or_else(|| answer.status().to_string())?;
        let id = location.split_once("cid=").ok_or_else(|| location.to_owned())?.1;
        Ok::<String, String>(id[..26].to_owned())
    })
    .await
}

/// Every file below a folder that holds these bytes.
fn files_with(folder: &Path, needle: &[u8], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_with(&path, needle, found);
        } else if fs::read(&path)
            .is_ok_and(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
        {
            found.push(path.display().to_string());
        }
    }
}

/// A log, once ClickHouse answers.
async fn log(world: &World, kind: &str) -> Result<String, String> {
    let path = format!("/logs/{kind}?limit=100&from=2000-01-01T00:00:00Z");
    world.admin.try_get(&path).await.map(|log| log.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_whole_address_reaches_no_file_and_no_table() {
    let instance = Instance::start(EXE, &[("traffic.trusted_proxies", "127.0.0.1")]).await;
    let world = World::create(&instance).await;
    let workspace = world.admin.get("/workspaces").await["items"][0].clone();
    let path = format!("/workspaces/{}", workspace["id"].as_str().unwrap());
    let mut wish = workspace.clone();
    for field in ["id", "created_at", "updated_at"] {
        wish.as_object_mut().unwrap().remove(field);
    }
    wish["addresses"] = json!("truncate");
    assert_eq!(world.admin.put(&path, &wish).await["addresses"], "truncate");
    // Whoever does not know of it leaves it as it is.
    let mut unknowing = wish.clone();
    unknowing.as_object_mut().unwrap().remove("addresses");
    unknowing["version"] = json!(wish["version"].as_u64().unwrap() + 1);
    assert_eq!(world.admin.put(&path, &unknowing).await["addresses"], "truncate");
    // The configuration arrives within a moment of this; a click before that is not looked at.
    let nets = |log: &str| log.matches("\"203.0.113.0\"").count();
    until("the policy is in force", VISIBLE_MAX * 4, || async {
        world.click(&instance, "ext=warm").await;
        click_from(&instance, "story", &format!("ext=e1&zone={WHOLE}")).await;
        let log = log(&world, "clicks").await?;
        if nets(&log) > 0 { Ok(()) } else { Err(log) }
    })
    .await;
    let since = signalbox_domain::Timestamp::now();
    let id = click_from(&instance, "story", &format!("ext=after&zone=z{WHOLE}")).await;
    assert_eq!(world.postback(&instance, &format!("subid={id}&payout=5")).await.0, 200);
    let rows = until("the click is in the log", VISIBLE_MAX * 4, || async {
        let path = format!("/logs/clicks?limit=100&from={}", since.to_rfc3339());
        let log = world.admin.try_get(&path).await?;
        if log.to_string().contains(&id) { Ok(log) } else { Err(log.to_string()) }
    })
    .await;
    let row = rows["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["click_id"] == json!(id) || row["id"] == json!(id));
    let row = row.unwrap_or_else(|| panic!("{rows}")).to_string();
    assert!(row.contains("203.0.113.0") && row.contains("z203.0.113.0") && !row.contains(WHOLE), "{row}");
    until("the conversion is in the log", VISIBLE_MAX * 4, || async {
        let log = log(&world, "conversions").await?;
        if log.contains(&id) { Ok(()) } else { Err(log) }
    })
    .await;
    // The click's own mark in the files of the journal is there; its address is not. Those of before are, so the search finds addresses.
    let (mut of_click, mut whole) = (Vec::new(), Vec::new());
    files_with(instance.data_dir(), b"z203.0.113.0", &mut of_click);
    files_with(instance.data_dir(), format!("z{WHOLE}").as_bytes(), &mut whole);
    assert!(of_click.iter().any(|path| path.contains("journal")), "{of_click:?}");
    assert!(whole.is_empty(), "{whole:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cleared_test_data_never_was_and_never_comes_back() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let destination = &world.destination["id"];
    let tests = world
        .admin
        .create(
            "/campaigns",
            json!({"name": "Tests", "slug": "tests", "cost": {"model": "cpc", "amount": "0.5"},
                "streams": [{"name": "All", "kind": "regular", "routes": [{"destination_id": destination, "weight": 100}]}]}),
        )
        .await;
    let (_, real) = world.click(&instance, "ext=1&bid=0.07").await;
    let mut of_tests = Vec::new();
    for number in 0..3 {
        of_tests.push(click_from(&instance, "tests", &format!("sub_id_1={number}")).await);
    }
    for (click, payout) in [(&real, "5"), (&of_tests[0], "7"), (&of_tests[1], "11")] {
        assert_eq!(world.postback(&instance, &format!("subid={click}&payout={payout}")).await.0, 200);
    }
    world
        .admin
        .until_totals(
            &json!({"clicks": 4, "conversions": 3, "revenue": "23", "cost": "1.57"}),
            VISIBLE_MAX * 4,
        )
        .await;
    let now = signalbox_domain::Timestamp::now();
    let (from, to) = (now.plus_ms(-86_400_000), now.plus_ms(86_400_000));
    let today = json!({"from": from.to_rfc3339(), "to": to.to_rfc3339()});
    let correction = json!({"range": today, "filters": [], "bots": "include", "spread": "per_click", "amount": "0.1", "mode": "add"});
    world.admin.create("/costs", correction).await;

    let wish = json!({"campaign_id": tests["id"], "range": today});
    let preview = world.admin.must(Method::POST, "/clearings/preview", Some(&wish)).await;
    let sums = json!([preview["clicks"], preview["conversions"], preview["revenue"], preview["cost"]]);
    assert_eq!(sums, json!([3, 2, "18", "1.8"]), "{preview}");
    let made = world.admin.create("/clearings", wish).await;
    assert_eq!((&made["state"], &made["clicks"]), (&json!("requested"), &json!(3)), "{made}");
    // It goes on where it was, whoever is killed.
    instance.kill_and_run().await;
    let world = World { admin: world.admin.at(&instance), ..world };
    let done = until("it is cleared", VISIBLE_MAX * 6, || async {
        let list = world.admin.try_get("/clearings").await?;
        let first = list["items"][0].clone();
        if first["state"] == "done" { Ok(first) } else { Err(first.to_string()) }
    })
    .await;
    for table in ["clicks", "facts", "conversions", "postbacks"] {
        assert!(done["deleted"][table].as_u64() > Some(0), "{table}: {done}");
    }
    assert!(done["by"].as_str().is_some_and(|by| !by.is_empty()), "{done}");
    let left = json!({"clicks": 1, "conversions": 1, "revenue": "5", "cost": "0.17"});
    world.admin.until_totals(&left, VISIBLE_MAX * 4).await;
    for kind in ["clicks", "conversions", "postbacks"] {
        let log = log(&world, kind).await.unwrap();
        assert!(log.contains(&real), "{kind}: {log}");
        assert!(of_tests.iter().all(|click| !log.contains(click)), "{kind}: {log}");
    }

    // What comes later about such a click makes nothing, and is told why; about another one it counts.
    for click in [&of_tests[0], &of_tests[2]] {
        assert_eq!(world.postback(&instance, &format!("subid={click}&payout=9&tid=late")).await.0, 200);
        let row = until("the verdict", VISIBLE_MAX * 4, || async {
            let log = world.admin.try_get("/logs/postbacks?limit=100&from=2000-01-01T00:00:00Z").await?;
            let rows = log["items"].as_array().cloned().unwrap_or_default();
            let of_click = |row: &&Value| row["click_id"] == json!(click) && row["verdict"] != "held";
            rows.iter().find(of_click).cloned().ok_or_else(|| log.to_string())
        })
        .await;
        assert_eq!(row["code"], "click_cleared", "{row}");
        assert!(row["reason"].as_str().unwrap().contains("cleared as test data"), "{row}");
    }
    assert_eq!(world.postback(&instance, &format!("subid={real}&payout=2&tid=second")).await.0, 200);
    world
        .admin
        .until_totals(
            &json!({"clicks": 1, "conversions": 2, "revenue": "7", "cost": "0.17"}),
            VISIBLE_MAX * 4,
        )
        .await;
}
