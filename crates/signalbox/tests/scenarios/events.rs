//! Events of clicks: what links, landing pages, holders of a key and networks say together, over kills.

use crate::world::{EXE, VISIBLE_MAX, World, browser};
use serde_json::json;
use signalbox_testkit::{Instance, until};

#[tokio::test]
async fn events_of_a_click_come_from_everywhere_and_count_once() {
    let mut instance = Instance::start(EXE, &[]).await;
    let world = World::create(&instance).await;
    let admin = &world.admin;
    let landing = json!({"name": "Page", "kind": "landing", "url": "https://page.example/?cid={click_id}"});
    let landing = admin.create("/destinations", landing).await;
    let stream = json!({"name": "All", "kind": "default", "landings": [{"destination_id": landing["id"]}],
        "routes": [{"destination_id": world.destination["id"]}]});
    let campaign = json!({"name": "Shop", "slug": "shop", "streams": [stream]});
    let campaign = admin.create("/campaigns", campaign).await;
    let key = campaign["api_token"].as_str().unwrap();
    let sink = format!("{}/events?e1={{event1}}&e2={{event2:none}}&s={{status}}", world.receiver.url());
    let output = json!({"name": "Events", "url": sink, "statuses": ["event"]});
    admin.create("/outputs", output).await;
    let shop = World { slug: "shop".to_owned(), ..world };

    let (_, id) = shop.click(&instance, "event1=10&event30=1").await;
    let get = |path: String| {
        let url = format!("{}{path}", instance.traffic_url());
        async move { browser().get(url).send().await.unwrap().status().as_u16() }
    };
    assert_eq!(get(format!("/click?lp=1&cid={id}&add_event1=5")).await, 302);
    assert_eq!(get(format!("/click?cid={id}&add_event2=-0.5")).await, 200);
    assert_eq!(get(format!("/click?upd_clickid={id}&upd_key={key}&add_event2=3")).await, 200);
    instance.kill_and_run().await;
    assert_eq!(
        shop.postback(&instance, &format!("subid={id}&payout=4&add_event1=1&event3=nine")).await.0,
        200
    );
    assert_eq!(shop.postback(&instance, &format!("subid={id}&event3=7")).await.0, 200);

    let expected = json!({"clicks": 1, "landing_clicks": 1, "conversions": 1, "revenue": "4",
        "event_1": "16", "event_2": "2.5", "event_3": "7", "event_30": "1", "event_4": "0"});
    shop.admin.until_totals(&expected, VISIBLE_MAX).await;
    instance.kill_and_run().await;
    shop.admin.until_totals(&expected, VISIBLE_MAX).await;

    let log = shop.admin.try_get("/logs/conversions?limit=10").await.unwrap();
    let of = |status: &str| {
        let rows = log["items"].as_array().unwrap();
        rows.iter().find(|row| row["status"] == status).unwrap_or_else(|| panic!("{status} in {log}")).clone()
    };
    assert_eq!(of("sale")["events"], json!([]));
    let values = json!([{"number": 1, "value": "16"}, {"number": 2, "value": "2.5"}, {"number": 3, "value": "7"},
        {"number": 30, "value": "1"}]);
    assert_eq!(of("event")["events"], values);
    let postbacks = shop.admin.try_get("/logs/postbacks?limit=10").await.unwrap();
    let reasons: Vec<&str> =
        postbacks["items"].as_array().unwrap().iter().filter_map(|row| row["reason"].as_str()).collect();
    assert_eq!(reasons.len(), 2, "what the tracking domain was told is in no log of postbacks: {postbacks}");
    assert!(
        reasons.iter().any(|reason| reason.contains("event3") && reason.contains("left out")),
        "{reasons:?}"
    );
    until("the last word of the events at the output", VISIBLE_MAX, || async {
        let told: Vec<String> = shop.receiver.received().into_iter().map(|request| request.uri).collect();
        let last = told.iter().any(|uri| uri == "/events?e1=16&e2=2.5&s=event");
        if last { Ok(()) } else { Err(format!("{told:?}")) }
    })
    .await;
}
