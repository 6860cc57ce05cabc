//! Streams one by one.

use super::app::{Client, TestApp};
use http::StatusCode;
use serde_json::{Value, json};

async fn campaign(admin: &Client) -> (String, Value) {
    let destination = admin.make("destinations", json!({ "url": "https://a.example/" })).await;
    let stream = |name: &str| json!({ "name": name, "routes": [{ "destination_id": destination }] });
    let made =
        admin.post("/campaigns", json!({ "streams": [stream("A"), stream("B"), stream("C")] })).await.json();
    (format!("/campaigns/{}", made["id"].as_str().unwrap()), made)
}

fn names(streams: &Value) -> Vec<&str> {
    streams.as_array().unwrap().iter().map(|stream| stream["name"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn streams_are_added_replaced_moved_and_deleted() {
    let (_test, admin) = TestApp::with_admin().await;
    let (path, made) = campaign(&admin).await;
    let routes = made["streams"][0]["routes"].clone();

    let added =
        admin.post(&format!("{path}/streams"), json!({ "stream": { "name": "D", "routes": routes } })).await;
    let added = added.expect(StatusCode::CREATED);
    assert_eq!(added["version"], 2);
    let one = format!("{path}/streams/{}", added["stream"]["id"].as_str().unwrap());
    assert_eq!(admin.get(&one).await.expect(StatusCode::OK), added);

    let mut stream = added["stream"].clone();
    stream["name"] = json!("D2");
    let replaced = admin.put(&one, json!({ "version": 2, "stream": stream })).await.expect(StatusCode::OK);
    assert_eq!((&replaced["version"], &replaced["stream"]["name"]), (&json!(3), &json!("D2")));
    assert_eq!(replaced["stream"]["id"], added["stream"]["id"]);
    admin.put(&one, json!({ "version": 2, "stream": stream })).await.problem(409, "stale");
    assert_eq!(admin.put(&one, json!({ "stream": stream })).await.problem(422, "invalid"), ["version"]);

    let list = admin.get(&format!("{path}/streams")).await.expect(StatusCode::OK);
    assert_eq!(names(&list["streams"]), ["A", "B", "C", "D2"]);
    let mut ids: Vec<Value> = list["streams"].as_array().unwrap().iter().map(|it| it["id"].clone()).collect();
    ids.reverse();
    let order = admin.put(&format!("{path}/stream-order"), json!({ "version": 3, "stream_ids": ids })).await;
    assert_eq!(names(&order.expect(StatusCode::OK)["streams"]), ["D2", "C", "B", "A"]);
    ids.pop();
    let short = admin.put(&format!("{path}/stream-order"), json!({ "version": 4, "stream_ids": ids })).await;
    assert_eq!(short.problem(422, "invalid"), ["stream_ids"]);

    admin.delete(&format!("{one}?version=3")).await.problem(409, "stale");
    admin.delete(&one).await.expect(StatusCode::NO_CONTENT);
    admin.delete(&one).await.problem(404, "not_found");
    assert_eq!(names(&admin.get(&path).await.json()["streams"]), ["C", "B", "A"]);
}

#[tokio::test]
async fn wrong_fields_are_named_as_they_were_sent() {
    let (_test, admin) = TestApp::with_admin().await;
    let (path, made) = campaign(&admin).await;
    let second = made["streams"][1]["id"].as_str().unwrap();
    let wrong = json!({ "version": 1, "stream": { "name": " ", "routes": [] } });
    let answer = admin.put(&format!("{path}/streams/{second}"), wrong).await;
    assert_eq!(answer.problem(422, "invalid"), ["stream.name", "stream.routes"]);
    let lost = json!({ "stream": { "routes": [{ "destination_id": "0000000000001" }] } });
    let answer = admin.post(&format!("{path}/streams"), lost).await;
    assert_eq!(answer.problem(422, "invalid"), ["stream.routes[0].destination_id"]);
}

#[tokio::test]
async fn a_campaign_keeps_the_ids_of_its_streams() {
    let (_test, admin) = TestApp::with_admin().await;
    let (path, made) = campaign(&admin).await;
    let mut edited = made.clone();
    edited["streams"].as_array_mut().unwrap().swap(0, 2);
    let stored = admin.put(&path, edited).await.expect(StatusCode::OK);
    assert_eq!(stored["streams"][0]["id"], made["streams"][2]["id"]);

    let mut forged = stored.clone();
    forged["streams"][0]["id"] = json!("0000000000001");
    forged["streams"][2]["id"] = forged["streams"][1]["id"].clone();
    assert_eq!(admin.put(&path, forged).await.problem(422, "invalid"), ["streams[0].id", "streams[2].id"]);

    // A campaign sent anew with the ids of another one gets its own.
    let mut copy = stored.clone();
    copy["slug"] = json!("other");
    let copy = admin.post("/campaigns", copy).await.expect(StatusCode::CREATED);
    assert_ne!(copy["streams"][0]["id"], stored["streams"][0]["id"]);
}

#[tokio::test]
async fn streams_added_at_the_same_time_all_stay() {
    let (_test, admin) = TestApp::with_admin().await;
    let (path, made) = campaign(&admin).await;
    let routes = made["streams"][0]["routes"].clone();
    let body = json!({ "stream": { "routes": routes } });
    let path_streams = format!("{path}/streams");
    let adds = (0..4).map(|_| admin.post(&path_streams, body.clone()));
    let answers = futures::future::join_all(adds).await;
    let added = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    for refused in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        refused.problem(409, "stale");
    }
    assert_eq!(admin.get(&path).await.json()["streams"].as_array().unwrap().len(), 3 + added);
}
