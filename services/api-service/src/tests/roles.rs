//! Every operation of the OpenAPI document against every role.

use super::app::{Client, TestApp};
use http::{Method, StatusCode};
use serde_json::{Value, json};
use signalbox_domain::{Role, WorkspaceId};

/// Unsafe methods that a viewer may use: they change nothing of the workspace.
const HARMLESS: [&str; 14] = [
    "change_password",
    "check_formula",
    "create_view",
    "delete_session",
    "delete_view",
    "export_log",
    "export_report",
    "preview_cost_correction",
    "preview_cost_file",
    "preview_replay",
    "query_report",
    "replace_view",
    "sign_out_everywhere",
    "simulate_click",
];

struct Operation {
    name: String,
    method: Method,
    path: String,
    role: String,
    body: Option<Value>,
}

fn operations(workspace: WorkspaceId) -> Vec<Operation> {
    let document: Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let id =
            if path.contains("/workspaces/") { workspace.to_string() } else { "0000000000001".to_owned() };
        let path = path.replace("/conversions/{id}", "/conversions/00000000000000000000000001");
        let path = path.replace("{id}", &id).replace("{stream_id}", "0000000000002").replace("/api/v1", "");
        for (method, operation) in item.as_object().unwrap() {
            let body = operation["requestBody"].is_object().then(|| match () {
                () if path.ends_with("/rates") => json!({ "text": "x", "version": 1 }),
                () if path.contains("/workspaces/") => json!({ "name": "x", "version": 1 }),
                () => json!({}),
            });
            all.push(Operation {
                name: operation["operationId"].as_str().unwrap().to_owned(),
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                role: operation["x-role"].as_str().unwrap().to_owned(),
                body,
            });
        }
    }
    assert!(all.len() > 50, "{}", all.len());
    all
}

async fn status(client: &Client, operation: &Operation) -> StatusCode {
    client.call(operation.method.clone(), &operation.path, operation.body.clone()).await.status
}

#[tokio::test]
async fn nobody_without_proof_gets_anywhere() {
    let (test, _) = TestApp::with_admin().await;
    let anonymous = test.anonymous();
    let stale = test.anonymous();
    stale.set_cookie("signalbox_session", &"0".repeat(52));
    for operation in operations(WorkspaceId(1)) {
        let expected_to_refuse = operation.role != "public";
        for client in [&anonymous, &stale] {
            let refused = status(client, &operation).await == StatusCode::UNAUTHORIZED;
            assert_eq!(refused, expected_to_refuse, "{}", operation.name);
        }
    }
}

#[tokio::test]
async fn each_role_may_do_what_its_operations_say_and_nothing_more() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let clients = [
        ("viewer", test.key(workspace, Role::Viewer).await),
        ("editor", test.key(workspace, Role::Editor).await),
        ("admin", test.key(workspace, Role::Admin).await),
    ];
    let rank =
        |role: &str| ["public", "viewer", "editor", "admin"].iter().position(|it| *it == role).unwrap();
    let mut harmless = Vec::new();
    for operation in operations(workspace) {
        let changes = !matches!(operation.method, Method::GET);
        if changes && operation.role == "viewer" {
            harmless.push(operation.name.clone());
        }
        // Only people have passwords and sessions.
        let for_people = operation.path.starts_with("/session") && changes;
        if for_people || operation.role == "public" || operation.name == "create_workspace" {
            continue;
        }
        for (role, client) in &clients {
            let status = status(client, &operation).await;
            let forbidden = status == StatusCode::FORBIDDEN;
            let should_be = rank(role) < rank(&operation.role);
            // An admin's key is no person, whom a workspace needs to be deleted by.
            if operation.name == "delete_workspace" && *role == "admin" {
                continue;
            }
            assert_eq!(forbidden, should_be, "{role}: {} answered {status}", operation.name);
        }
    }
    harmless.sort();
    assert_eq!(harmless, HARMLESS, "a new operation that a viewer may use must be harmless");
}

#[tokio::test]
async fn people_are_held_to_their_role_too() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let viewer = test.member("viewer@example.com", workspace, Role::Viewer).await;
    for operation in operations(workspace) {
        if matches!(operation.role.as_str(), "editor" | "admin") {
            assert_eq!(status(&viewer, &operation).await, StatusCode::FORBIDDEN, "{}", operation.name);
        }
    }
    viewer.get("/campaigns").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn a_viewer_does_not_see_postback_keys() {
    let (test, admin) = TestApp::with_admin().await;
    let made = admin.post("/networks", json!({ "name": "N" })).await.expect(StatusCode::CREATED);
    let key = made["postback_key"].as_str().unwrap().to_owned();
    assert_eq!(key.len(), 24);
    let session = admin.get("/session").await.json();
    let workspace: WorkspaceId = session["workspaces"][0]["id"].as_str().unwrap().parse().unwrap();
    let viewer = test.key(workspace, Role::Viewer).await;
    let path = format!("/networks/{}", made["id"].as_str().unwrap());
    for path in [path.as_str(), "/networks"] {
        let seen = viewer.get(path).await;
        assert_eq!(seen.status, StatusCode::OK);
        assert!(!seen.text.contains(&key));
    }
    let editor = test.key(workspace, Role::Editor).await;
    assert_eq!(editor.get(&path).await.json()["postback_key"], json!(key));
}
