//! Judging past postbacks again: after a mapping was corrected, with fresh postbacks in between, and across a kill in the middle.

use crate::world::{EXE, VISIBLE_MAX, World};
use reqwest::Method;
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::{collections::BTreeMap, time::Duration};

const ALL: &str = "2020-01-01T00:00:00Z";

/// The log of received postbacks, once `count` of them have this verdict.
async fn until_verdicts(world: &World, expected: &[(&str, usize)]) -> Vec<Value> {
    until("verdicts", VISIBLE_MAX * 2, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=500").await?;
        let rows = log["items"].as_array().cloned().unwrap_or_default();
        let mut found: BTreeMap<String, usize> = BTreeMap::new();
        rows.iter()
            .for_each(|row| *found.entry(row["verdict"].as_str().unwrap().to_owned()).or_default() += 1);
        let same = expected.iter().all(|(word, count)| found.get(*word) == Some(count));
        if same && found.len() == expected.len() { Ok(rows) } else { Err(format!("{found:?}")) }
    })
    .await
}

/// Maps words of the network and waits until the receiver and the judge, who share what they know, have it.
async fn map(world: &World, instance: &Instance, words: &[(&str, &str)]) {
    let path = format!("/networks/{}", world.destination["network_id"].as_str().unwrap());
    let mut network = world.admin.get(&path).await;
    network["name"] = json!("Corrected");
    network["statuses"] =
        words.iter().map(|(word, status)| json!({"word": word, "status": status})).collect();
    world.admin.put(&path, &network).await;
    until("the corrected network is known", VISIBLE_MAX, || async {
        let (_, text) = world.postback(instance, "payout=1").await;
        if text.contains("Networks → Corrected") { Ok(()) } else { Err(text) }
    })
    .await;
}

async fn replay(world: &World, input: Value) -> String {
    let made = world.admin.create("/postbacks/replay", input).await;
    made["id"].as_str().unwrap().to_owned()
}

async fn until_done(world: &World, id: &str) -> Value {
    until("the replay is done", VISIBLE_MAX * 2, || async {
        let replay = world.admin.try_get(&format!("/postbacks/replays/{id}")).await?;
        if replay["state"] == "done" { Ok(replay) } else { Err(replay.to_string()) }
    })
    .await
}

#[tokio::test]
async fn every_request_is_in_the_log_as_it_was_received() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let (_, id) = world.click(&instance, "ext=1").await;
    let url = format!("{}/{}/postback?subid={id}&payout=2&note=a%26b", instance.postback_url(), world.key);
    let client = reqwest::Client::builder().user_agent("network/1").build().unwrap();
    let form = client.post(&url).header("content-type", "application/x-www-form-urlencoded").body("tid=t-1");
    assert_eq!(form.send().await.unwrap().status(), 200);
    let wrong = format!("{}/a-key-that-nobody-has/postback?subid={id}", instance.postback_url());
    for _ in 0..3 {
        assert_eq!(client.get(&wrong).send().await.unwrap().status(), 404);
    }
    let rows = until_verdicts(&world, &[("accepted", 1)]).await;
    until("the row as received", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks").await?;
        let row = &log["items"][0];
        if row["user_agent"] == "network/1" { Ok(()) } else { Err(row.to_string()) }
    })
    .await;
    let row = &rows[0];
    assert_eq!((&row["method"], &row["ip"]), (&json!("POST"), &json!("127.0.0.1")), "{row}");
    let shown = format!("http://log.example/?{}", row["query"].as_str().unwrap());
    let parameters: Vec<(String, String)> =
        reqwest::Url::parse(&shown).unwrap().query_pairs().into_owned().collect();
    let sent = [("subid", id.as_str()), ("payout", "2"), ("note", "a&b"), ("tid", "t-1")];
    assert_eq!(parameters, sent.map(|(name, value)| (name.to_owned(), value.to_owned())));

    // What carries no key of anybody is kept apart, without the key.
    let strays = until("the wrong key is shown", VISIBLE_MAX, || async {
        let strays = world.admin.try_get("/postbacks/strays").await?;
        if strays["items"][0]["times"] == 3 { Ok(strays) } else { Err(strays.to_string()) }
    })
    .await;
    let stray = &strays["items"][0];
    assert_eq!((&stray["code"], &stray["method"]), (&json!("key_unknown"), &json!("GET")), "{stray}");
    assert_eq!(stray["key_fingerprint"].as_str().unwrap().len(), 16);
    assert!(stray["query"].as_str().unwrap().contains(&id) && !strays.to_string().contains("a-key-that"));
    assert_eq!(strays["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_corrected_mapping_is_applied_to_what_came_before() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let mut ids = Vec::new();
    for number in 0..3 {
        ids.push(world.click(&instance, &format!("ext=e{number}")).await.1);
    }
    // A word that nobody knows, a word that is mapped wrongly, and both about one click, with the final word last.
    for (click, query) in [
        (0, "payout=10&status=bought&tid=a"),
        (1, "payout=3&status=qualified&tid=b"),
        (2, "payout=5&status=bought&tid=c"),
        (2, "payout=5&status=rejected&tid=c"),
    ] {
        world.postback(&instance, &format!("subid={}&{query}", ids[click])).await;
    }
    until_verdicts(&world, &[("refused", 2), ("accepted", 2)]).await;
    let totals = json!({"conversions": 2, "leads": 1, "sales": 0, "rejected": 1, "revenue": "3"});
    world.admin.until_totals(&totals, VISIBLE_MAX).await;

    let rows = world.admin.get("/logs/postbacks").await;
    let of_lead = |log: &Value| {
        let rows = log["items"].as_array().unwrap();
        rows.iter().find(|row| row["query"].as_str().unwrap().contains("tid=b")).unwrap()["conversion_id"]
            .clone()
    };
    let lead = of_lead(&rows);

    map(&world, &instance, &[("bought", "sale"), ("qualified", "registration")]).await;
    let network = &world.destination["network_id"];
    let refused = json!({"network_id": network, "from": ALL, "codes": ["status_unknown"]});
    assert_eq!(world.admin.create("/postbacks/replay/preview", refused.clone()).await["total"], 2);
    let done = until_done(&world, &replay(&world, refused.clone()).await).await;
    assert_eq!(
        done["outcomes"],
        json!({"accepted": 1, "duplicate": 1}),
        "the refusal that came later has the last word: {done}"
    );
    // What counted already follows the mapping too, when asked to: the lead becomes a registration.
    let counted =
        json!({"network_id": network, "from": ALL, "verdicts": ["accepted", "updated", "duplicate"]});
    let again = until_done(&world, &replay(&world, counted.clone()).await).await;
    assert_eq!(again["outcomes"]["accepted"], 1, "{again}");
    let totals =
        json!({"conversions": 3, "leads": 0, "registrations": 1, "sales": 1, "rejected": 1, "revenue": "13"});
    world.admin.until_totals(&totals, VISIBLE_MAX).await;
    until("the log has the new verdicts", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=500").await?;
        let refused = log.to_string().contains("status_unknown");
        if !refused && of_lead(&log) != lead { Ok(()) } else { Err(log.to_string()) }
    })
    .await;
    // And again changes nothing.
    for (input, total) in [(refused, 0), (counted, 4)] {
        let repeated = until_done(&world, &replay(&world, input).await).await;
        assert_eq!((&repeated["total"], &repeated["judged"]), (&json!(total), &json!(total)), "{repeated}");
        assert_eq!(repeated["outcomes"]["unchanged"].as_u64().unwrap_or(0), total, "{repeated}");
    }
    world.admin.until_totals(&totals, VISIBLE_MAX).await;
    let listed = world.admin.get("/postbacks/replays").await;
    assert_eq!(listed["items"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_replay_that_is_killed_goes_on_and_counts_once() {
    const CLICKS: usize = 60;
    const EACH: usize = 20;
    let mut instance = Instance::start(EXE, &[("postback.requests_per_minute_max", "1000000")]).await;
    let world = World::create(&instance).await;
    let mut ids = Vec::new();
    for number in 0..CLICKS {
        ids.push(world.click(&instance, &format!("ext=k{number}")).await.1);
    }
    let client = reqwest::Client::new();
    for (number, id) in ids.iter().enumerate() {
        let sends: Vec<_> = (0..EACH)
            .map(|tid| {
                let (base, key) = (instance.postback_url(), &world.key);
                let url =
                    format!("{base}/{key}/postback?subid={id}&payout=1.5&status=bought&tid={number}-{tid}");
                tokio::spawn(client.get(url).send())
            })
            .collect();
        for send in sends {
            assert_eq!(send.await.unwrap().unwrap().status(), 400);
        }
    }
    let all = CLICKS * EACH;
    let input = json!({"from": ALL, "codes": ["status_unknown"]});
    until("every refusal is in the log", VISIBLE_MAX * 4, || async {
        let (status, preview) =
            world.admin.ask(Method::POST, "/postbacks/replay/preview", Some(&input)).await?;
        if preview["total"] == all { Ok(()) } else { Err(format!("{status} {preview}")) }
    })
    .await;
    map(&world, &instance, &[("bought", "sale")]).await;
    let id = replay(&world, input).await;
    until("the replay is under way", VISIBLE_MAX, || async {
        let replay = world.admin.try_get(&format!("/postbacks/replays/{id}")).await?;
        if replay["judged"].as_u64() > Some(0) { Ok(()) } else { Err(replay.to_string()) }
    })
    .await;
    instance.kill_and_run().await;
    let world = World { admin: world.admin.at(&instance), ..world };
    // Fresh postbacks about the same conversions race with it: each says what is known already, or will be.
    for (number, id) in ids.iter().enumerate() {
        let query = format!("subid={id}&payout=1.5&status=sale&tid={number}-1");
        let (status, text) = world.postback(&instance, &query).await;
        assert_eq!(status, 200, "{text}");
    }
    let done = until_done(&world, &id).await;
    assert_eq!(done["judged"], all, "{done}");
    let revenue = format!("{}", all as f64 * 1.5);
    let totals = json!({"conversions": all, "sales": all, "revenue": revenue});
    world.admin.until_totals(&totals, Duration::from_secs(90)).await;
}
