//! Requests that another site makes a browser send.

use super::app::{PASSWORD, TestApp};
use http::StatusCode;
use serde_json::json;
use signalbox_domain::Role;

#[tokio::test]
async fn a_changing_request_of_a_session_needs_its_token() {
    let (test, client) = TestApp::with_admin().await;
    let body = json!({ "url": "https://a.example/" });
    client.remove_header("x-csrf-token");
    client.get("/destinations").await.expect(StatusCode::OK);
    client.post("/destinations", body.clone()).await.problem(403, "csrf");
    client.set_header("x-csrf-token", "guess");
    client.post("/destinations", body.clone()).await.problem(403, "csrf");
    client.delete("/session").await.problem(403, "csrf");

    // The token of another session of the same user does not fit.
    let other = test.anonymous();
    let token =
        other.log_in("admin@example.com", PASSWORD).await.json()["csrf_token"].as_str().unwrap().to_owned();
    client.set_header("x-csrf-token", &token);
    client.post("/destinations", body).await.problem(403, "csrf");
}

#[tokio::test]
async fn another_origin_is_refused_whatever_it_sends() {
    let (_test, client) = TestApp::with_admin().await;
    let body = json!({ "url": "https://a.example/" });
    for origin in
        ["https://evil.example", "http://localhost:8081", "null", "http://localhost:8080.evil.example", ""]
    {
        client.set_header("origin", origin);
        client.post("/destinations", body.clone()).await.problem(403, "csrf");
    }
    client.set_header("origin", "http://localhost:8080");
    client.post("/destinations", body.clone()).await.expect(StatusCode::CREATED);
    client.remove_header("origin");
    client.set_header("sec-fetch-site", "cross-site");
    client.post("/destinations", body.clone()).await.problem(403, "csrf");
    client.set_header("sec-fetch-site", "same-origin");
    client.post("/destinations", body).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn another_site_cannot_log_a_browser_in() {
    let (test, _) = TestApp::with_admin().await;
    let victim = test.anonymous();
    victim.set_header("origin", "https://evil.example");
    victim.log_in("admin@example.com", PASSWORD).await.problem(403, "csrf");
}

#[tokio::test]
async fn a_program_needs_no_token() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let key = test.key(workspace, Role::Editor).await;
    key.post("/destinations", json!({ "url": "https://a.example/" })).await.expect(StatusCode::CREATED);
}
