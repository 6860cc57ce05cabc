//! The whole loop: create, click, convert, be told, read the report; repeat, update, kill, restart.

use crate::world::{EXE, VISIBLE_MAX, World};
use serde_json::json;
use signalbox_testkit::{Instance, until};
use std::time::{Duration, Instant};

#[tokio::test]
async fn a_click_becomes_money_in_the_report_exactly_once() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;

    let (location, id) = world.click(&instance, "zone=z%261&ext=src-1&bid=0.07").await;
    assert!(location.starts_with("https://offer.example/land?a=1&cid="), "{location}");
    assert!(
        location.ends_with("#top") && location.contains("&zone=z%261&"),
        "encoded for its place: {location}"
    );
    assert_eq!(id.len(), 26, "{location}");

    tokio::time::sleep(Duration::from_millis(50)).await;
    let (status, text) =
        world.postback(&instance, &format!("subid={id}&payout=1.25&status=sale&tid=t1")).await;
    assert_eq!((status, text.as_str()), (200, "OK\n"));

    let received = until("the outgoing postback", VISIBLE_MAX, || async {
        world.receiver.received().first().cloned().ok_or_else(|| "nothing yet".to_owned())
    })
    .await;
    assert_eq!(received.uri, "/pb?ext=src-1&sum=1.25&s=sale&tid=t1");
    let expected =
        json!({"clicks": 1, "conversions": 1, "revenue": "1.25", "cost": "0.07", "profit": "1.18"});
    world.admin.until_totals(&expected, VISIBLE_MAX).await;

    // The same again, in parallel, changes nothing.
    let query = format!("subid={id}&payout=1.25&status=sale&tid=t1");
    let repeats = (0..20).map(|_| world.postback(&instance, &query));
    for task in repeats {
        assert_eq!(task.await.0, 200);
    }
    until("twenty duplicates in the log", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/postbacks?limit=100").await?;
        let duplicates = log["items"]
            .as_array()
            .map_or(0, |rows| rows.iter().filter(|row| row["verdict"] == "duplicate").count());
        if duplicates == 20 { Ok(()) } else { Err(format!("{duplicates} duplicates")) }
    })
    .await;
    world.admin.until_totals(&expected, VISIBLE_MAX).await;

    // Killed and restarted: nothing is lost, nothing counts twice.
    instance.kill_and_run().await;
    world.admin.until_totals(&expected, VISIBLE_MAX).await;

    // A later status and payout update the one conversion; rejection takes the money away.
    assert_eq!(world.postback(&instance, &format!("subid={id}&payout=2.00&status=sale&tid=t1")).await.0, 200);
    let updated =
        json!({"clicks": 1, "conversions": 1, "sales": 1, "revenue": "2", "cost": "0.07", "profit": "1.93"});
    world.admin.until_totals(&updated, VISIBLE_MAX).await;
    assert_eq!(world.postback(&instance, &format!("subid={id}&status=rejected&tid=t1")).await.0, 200);
    instance.kill_and_run().await;
    let rejected = json!({"clicks": 1, "conversions": 1, "sales": 0, "rejected": 1, "revenue": "0", "cost": "0.07", "profit": "-0.07"});
    world.admin.until_totals(&rejected, VISIBLE_MAX).await;
    let (clean, took) = instance.stop().await;
    assert!(clean && took < Duration::from_secs(10), "an orderly stop: clean {clean}, {took:?}");
}

#[tokio::test]
async fn kill_nine_between_any_two_steps_changes_nothing() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let mut expected_clicks = 0;
    for round in 0..3_u32 {
        let (_, id) = world.click(&instance, &format!("zone=a&ext=k{round}")).await;
        expected_clicks += 1;
        if round == 0 {
            instance.kill_and_run().await;
        }
        let query = format!("subid={id}&payout=3&status=sale&tid=k{round}");
        assert_eq!(world.postback(&instance, &query).await.0, 200);
        // At once after the answer: the postback is on disk and nothing else has happened to it yet.
        instance.kill_and_run().await;
        let revenue = format!("{}", 3 * (round + 1));
        let cost = ["0.05", "0.1", "0.15"][round as usize];
        let expected =
            json!({"clicks": expected_clicks, "conversions": round + 1, "revenue": revenue, "cost": cost});
        world.admin.until_totals(&expected, VISIBLE_MAX).await;
        until("the outgoing postback arrives at least once", VISIBLE_MAX, || async {
            let seen = world
                .receiver
                .received()
                .iter()
                .any(|received| received.uri.contains(&format!("ext=k{round}")));
            if seen { Ok(()) } else { Err("not yet".to_owned()) }
        })
        .await;
    }
    let keys: Vec<String> =
        world.receiver.received().into_iter().map(|received| received.idempotency_key).collect();
    assert!(keys.iter().all(|key| !key.is_empty()));
}

#[tokio::test]
async fn outgoing_postbacks_are_tried_again_and_logged() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    world.receiver.answer_next(&[500, 503]);
    let (_, id) = world.click(&instance, "ext=r1").await;
    assert_eq!(world.postback(&instance, &format!("subid={id}&payout=1")).await.0, 200);
    until("three attempts", VISIBLE_MAX, || async {
        let count = world.receiver.received().len();
        if count == 3 { Ok(()) } else { Err(format!("{count} attempts")) }
    })
    .await;
    until("the delivery log", VISIBLE_MAX, || async {
        let log = world.admin.try_get("/logs/deliveries").await?;
        let outcomes: Vec<String> = log["items"].as_array().map_or(Vec::new(), |rows| {
            rows.iter().map(|row| row["outcome"].as_str().unwrap_or("").to_owned()).collect()
        });
        if outcomes == ["delivered", "retry", "retry"] { Ok(()) } else { Err(format!("{outcomes:?}")) }
    })
    .await;
    let keys: Vec<String> =
        world.receiver.received().into_iter().map(|received| received.idempotency_key).collect();
    assert!(keys.windows(2).all(|pair| pair[0] == pair[1]), "one key for all attempts: {keys:?}");
}

#[tokio::test]
async fn edits_reach_routing_and_clicks_reach_reports_in_time() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    world.click(&instance, "ext=first").await;
    world.admin.until_totals(&json!({"clicks": 1}), VISIBLE_MAX).await;

    let began = Instant::now();
    world.click(&instance, "ext=second").await;
    world.admin.until_totals(&json!({"clicks": 2}), VISIBLE_MAX).await;
    let visible = began.elapsed();

    let mut edited =
        world.admin.get(&format!("/destinations/{}", world.destination["id"].as_str().unwrap())).await;
    edited["url"] = json!("https://new.example/?cid={click_id}");
    let path = format!("/destinations/{}", world.destination["id"].as_str().unwrap());
    world.admin.put(&path, &edited).await;
    let began = Instant::now();
    until("the new target", Duration::from_secs(10), || async {
        let (location, _) = world.click(&instance, "ext=third").await;
        if location.starts_with("https://new.example/") { Ok(()) } else { Err(location) }
    })
    .await;
    let routed = began.elapsed();
    println!("click to report {visible:?}, edit to routing {routed:?}");
    assert!(visible <= Duration::from_secs(2), "click to report took {visible:?}");
    assert!(routed <= Duration::from_secs(1), "edit to routing took {routed:?}");
}

#[tokio::test]
async fn landing_clicks_go_on_to_the_offer_and_conversions_follow() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let landing = world
        .admin
        .create(
            "/destinations",
            json!({"name": "Page", "kind": "landing", "url": "https://page.example/?cid={click_id}"}),
        )
        .await;
    world
        .admin
        .create("/campaigns", json!({"name": "With landing", "slug": "land", "streams": [{"name": "All", "kind": "default",
            "landings": [{"destination_id": landing["id"]}], "routes": [{"destination_id": world.destination["id"]}]}]}))
        .await;
    let story = World { slug: "land".to_owned(), ..world };
    let (location, id) = story.click(&instance, "sub1=q").await;
    assert!(location.starts_with("https://page.example/?cid="), "{location}");
    // The memory of landing visits survives a kill.
    instance.kill_and_run().await;
    let response = crate::world::browser()
        .get(format!("{}/click?cid={id}", instance.traffic_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 302);
    let target = response.headers()["location"].to_str().unwrap();
    assert!(target.starts_with(&format!("https://offer.example/land?a=1&cid={id}&zone=q")), "{target}");
    assert_eq!(story.postback(&instance, &format!("subid={id}&payout=4")).await.0, 200);
    let expected =
        json!({"clicks": 1, "landing_views": 1, "landing_clicks": 1, "conversions": 1, "revenue": "4"});
    story.admin.until_totals(&expected, VISIBLE_MAX).await;
}
