//! What every answer has in common, and the files of the admin.

use super::app::{Options, TestApp, settings};
use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use serde_json::json;
use std::fs;

#[tokio::test]
async fn every_error_is_a_problem_with_a_request_id() {
    let (_test, admin) = TestApp::with_admin().await;
    admin.get("/nothing").await.problem(404, "not_found");
    admin.get("/api/v2/campaigns").await.problem(404, "not_found");
    admin.get("/campaigns/not-an-id").await.problem(404, "not_found");
    admin.call(Method::PATCH, "/campaigns", None).await.problem(405, "method_not_allowed");
    admin.call(Method::POST, "/app", None).await.problem(405, "method_not_allowed");
    let answer = admin.post("/campaigns", json!({ "x": 1 })).await;
    answer.problem(422, "invalid");
    assert_eq!(answer.json()["request_id"], answer.header("x-request-id"));
    assert_eq!(answer.json()["type"], "urn:signalbox:problem:invalid");
}

#[tokio::test]
async fn bodies_must_be_json_of_a_bounded_size() {
    let (_test, admin) = TestApp::with_admin().await;
    let csrf = admin.get("/session").await.json()["csrf_token"].as_str().unwrap().to_owned();
    let (name, value) = admin.cookie("signalbox_session").unwrap();
    let request = |content_type: &str, body: Body| {
        Request::post("/api/v1/sources")
            .header("host", "localhost:8080")
            .header("cookie", format!("{name}={value}"))
            .header("x-csrf-token", &csrf)
            .header("content-type", content_type)
            .body(body)
            .unwrap()
    };
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        admin.send(request(kind, Body::from("{}"))).await.problem(415, "unsupported_media_type");
    }
    admin.send(request("application/json", Body::from("{"))).await.problem(400, "malformed_json");
    admin.send(request("application/json", Body::empty())).await.problem(400, "malformed_json");
    let large = format!(r#"{{"name":"{}"}}"#, "x".repeat(settings().body_bytes_max));
    admin.send(request("application/json", Body::from(large))).await.problem(413, "payload_too_large");
    let accepted =
        admin.send(request("application/json; charset=utf-8", Body::from(r#"{"name":"S"}"#))).await;
    accepted.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn answers_are_not_kept_and_not_framed() {
    let (_test, admin) = TestApp::with_admin().await;
    for path in ["/campaigns", "/session", "/nothing"] {
        let answer = admin.get(path).await;
        assert_eq!(answer.header("cache-control"), "no-store", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"));
    }
}

#[tokio::test]
async fn lists_are_compressed_and_answers_with_tokens_are_not() {
    let (_test, admin) = TestApp::with_admin().await;
    admin.set_header("accept-encoding", "gzip");
    let vocabulary = admin.get("/vocabulary").await;
    assert_eq!(vocabulary.header("content-encoding"), "gzip");
    assert_eq!(admin.get("/session").await.header("content-encoding"), "");
}

fn built() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("index.html"), "<!doctype html><title>Signalbox</title>").unwrap();
    fs::write(folder.path().join("favicon.svg"), "<svg/>").unwrap();
    fs::create_dir(folder.path().join("assets")).unwrap();
    fs::write(folder.path().join("assets/app-1a2b3c.js"), "let plain = 1").unwrap();
    fs::write(folder.path().join("assets/app-1a2b3c.js.br"), "brotli").unwrap();
    fs::write(folder.path().join("assets/app-1a2b3c.js.gz"), "gzip").unwrap();
    folder
}

#[tokio::test]
async fn the_admin_is_one_page_with_files_beside_it() {
    let folder = built();
    let test =
        TestApp::with(Options { admin_folder: Some(folder.path().to_owned()), ..Options::default() }).await;
    let client = test.anonymous();
    for path in ["/", "/index.html", "/app/campaigns/0000000000001", "/app"] {
        let page = client.get(path).await;
        assert_eq!((page.status, page.header("cache-control")), (StatusCode::OK, "no-cache"), "{path}");
        assert!(page.text.contains("<title>Signalbox"), "{path}");
        assert!(page.header("content-type").starts_with("text/html"));
        let policy = page.header("content-security-policy");
        assert!(
            policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"),
            "{policy}"
        );
    }
    let script = client.get("/assets/app-1a2b3c.js").await;
    assert_eq!(script.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(script.text, "let plain = 1");
    client.set_header("accept-encoding", "br, gzip");
    assert_eq!(client.get("/assets/app-1a2b3c.js").await.header("content-encoding"), "br");
    client.set_header("accept-encoding", "gzip");
    let script = client.get("/assets/app-1a2b3c.js").await;
    assert_eq!(
        (script.header("content-encoding"), script.header("content-type")),
        ("gzip", "text/javascript")
    );
    // The page in place of a missing script would be run as one.
    client.get("/assets/gone.js").await.problem(404, "not_found");
    client.get("/api/nothing").await.problem(404, "not_found");
}

#[tokio::test]
async fn nothing_outside_the_folder_is_served() {
    let folder = built();
    let secret = folder.path().parent().unwrap().join("signalbox-secret.txt");
    fs::write(&secret, "secret").unwrap();
    let test =
        TestApp::with(Options { admin_folder: Some(folder.path().to_owned()), ..Options::default() }).await;
    let client = test.anonymous();
    for path in [
        "/assets/../../signalbox-secret.txt",
        "/app/../../signalbox-secret.txt",
        "/app/..%2f..%2fsignalbox-secret.txt",
        "/assets/%2e%2e/%2e%2e/signalbox-secret.txt",
    ] {
        assert!(!client.get(path).await.text.contains("secret"), "{path}");
    }
    fs::remove_file(secret).unwrap();
}

#[tokio::test]
async fn without_built_pages_there_is_a_hint() {
    let test = TestApp::fresh().await;
    let page = test.anonymous().get("/").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("api.admin_dir"));
}
