//! The first start.

use super::app::{PASSWORD, TestApp};
use futures::future::join_all;
use http::StatusCode;
use serde_json::{Value, json};

fn input(token: &str) -> Value {
    json!({
        "token": token,
        "email": " Ana@Example.com ",
        "password": PASSWORD,
        "name": "Ana",
        "workspace": { "name": "Main", "currency": "EUR", "timezone": "Europe/Berlin" },
    })
}

#[tokio::test]
async fn the_link_makes_the_first_workspace_and_admin_and_works_once() {
    let test = TestApp::fresh().await;
    let token = test.setup_token().await.unwrap();
    let client = test.anonymous();
    assert_eq!(client.get("/setup").await.expect(StatusCode::OK), json!({ "needed": true }));
    client.get("/session").await.problem(401, "unauthorized");

    let session = client.post("/setup", input(&token)).await.expect(StatusCode::CREATED);
    assert_eq!(session["user"]["email"], "ana@example.com");
    assert_eq!(session["workspaces"][0]["role"], "admin");
    assert_eq!(session["workspaces"][0]["currency"], "EUR");
    assert_eq!(client.get("/session").await.expect(StatusCode::OK), session);

    assert_eq!(client.get("/setup").await.expect(StatusCode::OK), json!({ "needed": false }));
    test.anonymous().post("/setup", input(&token)).await.problem(410, "setup_done");
    assert_eq!(test.setup_token().await, None, "no token is made for an instance with users");
}

#[tokio::test]
async fn of_many_at_once_exactly_one_wins() {
    let test = TestApp::fresh().await;
    let token = test.setup_token().await.unwrap();
    let clients: Vec<_> = (0..6).map(|_| test.anonymous()).collect();
    let answers = join_all(clients.iter().map(|client| client.post("/setup", input(&token)))).await;
    let won = answers.iter().filter(|answer| answer.status == StatusCode::CREATED).count();
    assert_eq!(won, 1);
    for lost in answers.iter().filter(|answer| answer.status != StatusCode::CREATED) {
        lost.problem(410, "setup_done");
    }
    let workspaces = test.catalog().workspaces().list_all(crate::auth::SYSTEM).await.unwrap();
    assert_eq!(workspaces.items.len(), 1, "losers leave nothing behind");
}

#[tokio::test]
async fn only_the_link_printed_last_works() {
    let test = TestApp::fresh().await;
    let first = test.setup_token().await.unwrap();
    let second = test.setup_token().await.unwrap();
    let client = test.anonymous();
    client.post("/setup", input(&first)).await.problem(403, "setup_token");
    client.post("/setup", input("guess")).await.problem(403, "setup_token");
    client.post("/setup", input(&second)).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_wrong_form_names_every_field_and_leaves_the_link_usable() {
    let test = TestApp::fresh().await;
    let token = test.setup_token().await.unwrap();
    let client = test.anonymous();
    let wrong = json!({
        "token": token, "email": "nobody", "password": "short",
        "workspace": { "name": " ", "timezone": "Mars/Olympus" },
    });
    let fields = client.post("/setup", wrong).await.problem(422, "invalid");
    assert_eq!(fields, ["email", "password", "workspace.name", "workspace.timezone"]);
    let mut same = input(&token);
    same["password"] = json!("ana@example.com");
    assert_eq!(client.post("/setup", same).await.problem(422, "invalid"), ["password"]);
    client.post("/setup", input(&token)).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn guessing_the_token_is_limited_by_address() {
    let test = TestApp::fresh().await;
    test.setup_token().await.unwrap();
    let client = test.anonymous();
    for _ in 0..10 {
        client.post("/setup", input("guess")).await.problem(403, "setup_token");
    }
    client.post("/setup", input("guess")).await.problem(429, "too_many_requests");
    test.anonymous().post("/setup", input("guess")).await.problem(403, "setup_token");
}
