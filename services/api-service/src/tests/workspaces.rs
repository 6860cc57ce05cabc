//! Workspaces.

use super::app::{PASSWORD, TestApp};
use http::StatusCode;
use serde_json::json;
use signalbox_domain::Role;

#[tokio::test]
async fn a_new_workspace_belongs_to_whoever_made_it() {
    let (_test, admin) = TestApp::with_admin().await;
    let made = admin
        .post("/workspaces", json!({ "name": "Second", "currency": "eur", "timezone": "Asia/Tokyo" }))
        .await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!((&made["role"], &made["currency"]), (&json!("admin"), &json!("EUR")));
    let list = admin.get("/workspaces").await.expect(StatusCode::OK);
    assert_eq!(list["items"].as_array().unwrap().len(), 2);
    admin.set_header("x-workspace", made["id"].as_str().unwrap());
    admin.make("sources", json!({ "name": "S" })).await;
    admin.remove_header("x-workspace");
    assert_eq!(admin.get("/sources").await.json()["items"], json!([]));
    let wrong = json!({ "name": "", "timezone": "Mars", "rates": [{ "currency": "USD", "rate": "0" }] });
    let fields = admin.post("/workspaces", wrong).await.problem(422, "invalid");
    assert_eq!(fields, ["name", "timezone", "rates[0].rate", "rates[0].currency"]);
}

#[tokio::test]
async fn the_currency_stays() {
    let (_test, admin) = TestApp::with_admin().await;
    let workspace = admin.get("/workspaces").await.json()["items"][0].clone();
    let path = format!("/workspaces/{}", workspace["id"].as_str().unwrap());
    let mut renamed = workspace.clone();
    renamed["name"] = json!("Renamed");
    let renamed = admin.put(&path, renamed).await.expect(StatusCode::OK);
    assert_eq!(renamed["name"], "Renamed");
    admin.put(&path, workspace).await.problem(409, "stale");
    let mut other = renamed.clone();
    other["currency"] = json!("EUR");
    assert_eq!(admin.put(&path, other).await.problem(422, "invalid"), ["currency"]);
}

#[tokio::test]
async fn only_an_empty_workspace_can_go_and_never_the_last() {
    let (test, admin) = TestApp::with_admin().await;
    let first = admin.get("/workspaces").await.json()["items"][0]["id"].as_str().unwrap().to_owned();
    admin.delete(&format!("/workspaces/{first}")).await.problem(409, "last_workspace");

    let second = admin.make("workspaces", json!({ "name": "Second" })).await;
    let path = format!("/workspaces/{second}");
    admin.set_header("x-workspace", &second);
    let source = admin.make("sources", json!({ "name": "S" })).await;
    test.user("other@example.com", &[(second.parse().unwrap(), Role::Viewer)]).await;
    let answer = admin.delete(&path).await;
    answer.problem(409, "in_use");
    let kinds: Vec<String> = answer.json()["used_by"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["users", "sources"]);

    admin.delete(&format!("/sources/{source}")).await.expect(StatusCode::NO_CONTENT);
    let members = admin.get("/users?q=other").await.json();
    let other = members["items"][0]["id"].as_str().unwrap();
    admin.delete(&format!("/users/{other}")).await.expect(StatusCode::NO_CONTENT);
    admin.delete(&format!("{path}?version=9")).await.problem(409, "stale");
    admin.delete(&path).await.expect(StatusCode::NO_CONTENT);
    admin.remove_header("x-workspace");
    assert_eq!(admin.get("/workspaces").await.json()["items"].as_array().unwrap().len(), 1);
    admin.get(&path).await.problem(404, "not_found");
    admin.log_in("admin@example.com", PASSWORD).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn the_role_in_the_workspace_of_the_path_counts() {
    let test = TestApp::fresh().await;
    let (admin_here, viewer_there) = (test.workspace("A").await, test.workspace("B").await);
    test.user("ana@example.com", &[(admin_here, Role::Admin), (viewer_there, Role::Viewer)]).await;
    let client = test.anonymous();
    client.log_in("ana@example.com", PASSWORD).await.expect(StatusCode::CREATED);
    let path = format!("/workspaces/{viewer_there}");
    client.get(&path).await.expect(StatusCode::OK);
    client.put(&path, json!({ "name": "Mine now", "version": 1 })).await.problem(403, "forbidden");
    client.delete(&path).await.problem(403, "forbidden");
}
