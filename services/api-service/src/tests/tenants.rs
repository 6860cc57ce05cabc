//! Nobody reads or changes another workspace.

use super::app::TestApp;
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_domain::Role;

/// Makes one object of each kind and returns its path and a body that would replace it.
async fn furnish(client: &super::app::Client, slug: &str) -> Vec<(String, Value)> {
    let network = client.make("networks", json!({ "name": "N" })).await;
    let destination =
        client.make("destinations", json!({ "url": "https://a.example/", "network_id": network })).await;
    let source = client.make("sources", json!({ "name": "S" })).await;
    let domain = client.make("domains", json!({ "host": format!("{slug}.example.com") })).await;
    let output = client.make("outputs", json!({ "url": "https://b.example/" })).await;
    let stream = json!({ "routes": [{ "destination_id": destination }] });
    let campaign = client
        .make(
            "campaigns",
            json!({ "slug": slug, "source_id": source, "domain_id": domain, "streams": [stream] }),
        )
        .await;
    vec![
        (format!("/networks/{network}"), json!({ "name": "X", "version": 1 })),
        (format!("/destinations/{destination}"), json!({ "url": "https://x.example/", "version": 1 })),
        (format!("/sources/{source}"), json!({ "name": "X", "version": 1 })),
        (format!("/domains/{domain}"), json!({ "host": "x.example.com", "version": 1 })),
        (format!("/outputs/{output}"), json!({ "url": "https://x.example/", "version": 1 })),
        (format!("/campaigns/{campaign}"), json!({ "name": "X", "version": 1 })),
    ]
}

#[tokio::test]
async fn objects_of_another_workspace_do_not_exist() {
    let test = TestApp::fresh().await;
    let (mine, theirs) = (test.workspace("Mine").await, test.workspace("Theirs").await);
    let owner = test.key(theirs, Role::Admin).await;
    let stranger = test.key(mine, Role::Admin).await;
    for (path, body) in furnish(&owner, "theirs").await {
        stranger.get(&path).await.problem(404, "not_found");
        stranger.put(&path, body).await.problem(404, "not_found");
        stranger.delete(&path).await.problem(404, "not_found");
        owner.get(&path).await.expect(StatusCode::OK);
        if path.starts_with("/campaigns/") {
            for below in ["/link", "/streams", "/streams/0000000000001"] {
                stranger.get(&format!("{path}{below}")).await.problem(404, "not_found");
            }
            stranger.post(&format!("{path}/clone"), json!({})).await.problem(404, "not_found");
            let click = json!({ "campaign_id": path.rsplit('/').next() });
            stranger.post("/simulate", click).await.problem(404, "not_found");
            let stream = json!({ "stream": { "routes": [] } });
            stranger.post(&format!("{path}/streams"), stream).await.problem(404, "not_found");
            let order = json!({ "version": 1, "stream_ids": [] });
            stranger.put(&format!("{path}/stream-order"), order).await.problem(404, "not_found");
        }
        if path.starts_with("/networks/") {
            stranger.get(&format!("{path}/postback-url")).await.problem(404, "not_found");
            stranger.post(&format!("{path}/rotate-key"), json!({})).await.problem(404, "not_found");
        }
    }
    for collection in ["campaigns", "destinations", "sources", "networks", "outputs", "domains"] {
        let list = stranger.get(&format!("/{collection}?state=all")).await.expect(StatusCode::OK);
        assert_eq!(list["items"], json!([]), "{collection}");
    }
}

#[tokio::test]
async fn people_and_keys_of_another_workspace_do_not_exist() {
    let test = TestApp::fresh().await;
    let (mine, theirs) = (test.workspace("Mine").await, test.workspace("Theirs").await);
    let stranger = test.key(mine, Role::Admin).await;
    let victim = test.user("victim@example.com", &[(theirs, Role::Viewer)]).await;
    let owner = test.key(theirs, Role::Admin).await;
    let key = owner.post("/api-keys", json!({ "name": "k", "role": "viewer" })).await.json()["api_key"]["id"]
        .clone();
    let body =
        json!({ "email": "victim@example.com", "role": "admin", "password": "taken over now", "version": 1 });
    for path in [format!("/users/{victim}"), format!("/api-keys/{}", key.as_str().unwrap())] {
        stranger.get(&path).await.problem(404, "not_found");
        stranger.delete(&path).await.problem(404, "not_found");
    }
    stranger.put(&format!("/users/{victim}"), body).await.problem(404, "not_found");
    assert_eq!(stranger.get("/users").await.json()["items"], json!([]));
    assert_eq!(stranger.get("/api-keys").await.json()["items"].as_array().unwrap().len(), 1);
    for method in ["get", "put", "delete"] {
        let path = format!("/workspaces/{theirs}");
        let body = Some(json!({ "name": "x", "version": 1 })).filter(|_| method == "put");
        stranger.call(method.to_uppercase().parse().unwrap(), &path, body).await.problem(404, "not_found");
    }
}

#[tokio::test]
async fn references_into_another_workspace_are_refused_by_field() {
    let test = TestApp::fresh().await;
    let (mine, theirs) = (test.workspace("Mine").await, test.workspace("Theirs").await);
    let owner = test.key(theirs, Role::Admin).await;
    let stranger = test.key(mine, Role::Admin).await;
    let paths = furnish(&owner, "theirs").await;
    let id = |kind: &str| {
        let (path, _) = paths.iter().find(|(path, _)| path.starts_with(&format!("/{kind}/"))).unwrap();
        path.rsplit('/').next().unwrap().to_owned()
    };
    let campaign = json!({
        "source_id": id("sources"), "domain_id": id("domains"),
        "streams": [{ "routes": [{ "destination_id": id("destinations") }], "landings": [{ "destination_id": id("destinations") }] }],
    });
    let mut fields = stranger.post("/campaigns", campaign).await.problem(422, "invalid");
    fields.sort();
    let expected = [
        "domain_id",
        "source_id",
        "streams[0].landings[0].destination_id",
        "streams[0].routes[0].destination_id",
    ];
    assert_eq!(fields, expected);
    let destination = json!({ "url": "https://a.example/", "network_id": id("networks") });
    assert_eq!(stranger.post("/destinations", destination).await.problem(422, "invalid"), ["network_id"]);
    let domain = json!({ "host": "mine.example.com", "default_campaign_id": id("campaigns") });
    assert_eq!(stranger.post("/domains", domain).await.problem(422, "invalid"), ["default_campaign_id"]);
    for kind in ["campaigns", "sources", "networks"] {
        let scope = json!({ "type": kind.trim_end_matches('s'), "id": id(kind) });
        let output = json!({ "url": "https://a.example/", "scope": scope });
        assert_eq!(stranger.post("/outputs", output).await.problem(422, "invalid"), ["scope.id"]);
    }
}

#[tokio::test]
async fn a_person_chooses_among_their_own_workspaces() {
    let test = TestApp::fresh().await;
    let workspaces = [test.workspace("A").await, test.workspace("B").await, test.workspace("C").await];
    test.user("ana@example.com", &[(workspaces[0], Role::Viewer), (workspaces[1], Role::Editor)]).await;
    let client = test.anonymous();
    let session = client.log_in("ana@example.com", super::app::PASSWORD).await.expect(StatusCode::CREATED);
    assert_eq!(session["workspaces"].as_array().unwrap().len(), 2);
    let body = json!({ "name": "S" });
    client.post("/sources", body.clone()).await.problem(403, "forbidden");
    client.set_header("x-workspace", &workspaces[1].to_string());
    client.post("/sources", body.clone()).await.expect(StatusCode::CREATED);
    client.set_header("x-workspace", &workspaces[2].to_string());
    client.post("/sources", body).await.problem(403, "no_workspace");
    client.set_header("x-workspace", &workspaces[0].to_string());
    assert_eq!(client.get("/sources").await.json()["items"], json!([]));
}
