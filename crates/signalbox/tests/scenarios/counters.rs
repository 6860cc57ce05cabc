//! Shared counters on a whole instance: conversions reach limits and rules, and a limit set at noon knows of the morning.

use crate::world::EXE;
use crate::world::{VISIBLE_MAX, World, browser};
use serde_json::{Value, json};
use signalbox_testkit::{Instance, until};
use std::time::Duration;

/// Where a visitor from this address is sent, and the click's id.
async fn visit(instance: &Instance, address: u8) -> (String, String) {
    let url = format!("{}/story?zone=z", instance.traffic_url());
    let request = browser().get(url).header("x-forwarded-for", format!("198.51.100.{address}"));
    let response = request.send().await.unwrap();
    let location = response.headers().get("location").map_or("", |value| value.to_str().unwrap());
    let host = location.trim_start_matches("https://").split('.').next().unwrap_or_default();
    let id = location.split_once("cid=").map_or("", |(_, rest)| &rest[..rest.len().min(26)]);
    (host.to_owned(), id.to_owned())
}

/// A thing with further fields, saved.
async fn change(world: &World, kind: &str, thing: &Value, fields: Value) -> Value {
    let path = format!("/{kind}/{}", thing["id"].as_str().unwrap());
    let mut body = world.admin.get(&path).await;
    body.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    world.admin.put(&path, &body).await
}

/// Visitors come until one is sent to `wanted`; how many came.
async fn until_sent(instance: &Instance, first: u8, most: u8, wanted: &str) -> u8 {
    for number in 0..most {
        if visit(instance, first + number).await.0 == wanted {
            return number + 1;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    panic!("none of {most} visitors is sent to {wanted:?}");
}

#[tokio::test]
async fn conversions_reach_the_limits_and_rules_of_traffic() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let second = world
        .admin
        .create("/destinations", json!({"name": "Second", "url": "https://second.example/"}))
        .await;
    let caps = json!([{"measure": "conversions", "period": {"type": "day"}, "limit": "2"}]);
    change(&world, "destinations", &world.destination, json!({"caps": caps, "alternative_id": second["id"]}))
        .await;
    let (_, first_click) = world.click(&instance, "zone=a").await;
    let (_, second_click) = world.click(&instance, "zone=b").await;
    let sale = |id: &str| format!("subid={id}&payout=3&status=sale&tid={id}");
    assert_eq!(world.postback(&instance, &sale(&first_click)).await.0, 200);
    assert_eq!(world.postback(&instance, &sale(&second_click)).await.0, 200);
    until_sent(&instance, 1, 60, "second").await;
    // Over `kill -9` as well, once a second has passed since it was told.
    tokio::time::sleep(Duration::from_secs(3)).await;
    instance.kill_and_run().await;
    assert_eq!(visit(&instance, 100).await.0, "second");

    // The two that converted came from this machine's address; they are kept out by a rule now, others are not.
    let streams =
        world.admin.get(&format!("/campaigns/{}", world.campaign["id"].as_str().unwrap())).await["streams"]
            .clone();
    let mut streams = streams;
    streams[0]["rules"] =
        json!({"none": [{"test": {"criterion": "converted", "op": "in", "values": ["true"]}}]});
    change(&world, "campaigns", &world.campaign, json!({"streams": streams})).await;
    let client = browser();
    until("a visitor that converted is kept out", VISIBLE_MAX, || async {
        let response = client.get(format!("{}/story", instance.traffic_url())).send().await.unwrap();
        let location =
            response.headers().get("location").map_or("", |value| value.to_str().unwrap()).to_owned();
        if location.starts_with("https://back.example") { Ok(()) } else { Err(location) }
    })
    .await;
    assert_eq!(visit(&instance, 101).await.0, "second");
}

#[tokio::test]
async fn a_limit_set_later_knows_what_was_before_it() {
    let instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    world.click(&instance, "zone=a").await;
    for address in 0..40 {
        assert_eq!(visit(&instance, address).await.0, "offer");
    }
    let caps = json!([{"measure": "clicks", "period": {"type": "day"}, "limit": "41"}]);
    change(&world, "campaigns", &world.campaign, json!({"caps": caps})).await;
    // Had it begun at noon, forty more would get through.
    let came = until_sent(&instance, 60, 35, "back").await;
    assert!(came < 35, "{came}");
    assert_eq!(visit(&instance, 200).await.0, "back");
}
