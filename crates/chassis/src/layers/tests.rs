use std::time::Duration;

use axum::{body::Body, routing::get};
use http_body_util::BodyExt as _;
use tokio::sync::Notify;
use tower::ServiceExt as _;

use super::*;
use crate::{request_id::HEADER, security_headers::DATA_CSP};

fn layers(in_flight_max: usize) -> Layers {
    Layers { service: "test", log_successes: true, in_flight_max, body_bytes_max: 1000, csp: DATA_CSP }
}

async fn ask(router: &Router, path: &str) -> (u16, axum::http::HeaderMap, serde_json::Value) {
    let request = Request::get(path).header(HEADER, "abc-1").body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status.as_u16(), parts.headers, serde_json::from_slice(&body).unwrap_or_default())
}

#[tokio::test]
async fn every_answer_has_its_id_and_its_headers() {
    let router = layers(10).around(Router::new().route("/ok", get(|| async { "ok" })).fallback(not_found));
    for (path, status) in [("/ok", 200), ("/nothing", 404)] {
        let (got, headers, _) = ask(&router, path).await;
        assert_eq!(got, status);
        assert_eq!(headers[HEADER], "abc-1");
        assert_eq!(headers["content-security-policy"], DATA_CSP);
    }
}

#[tokio::test]
async fn problems_carry_the_id_of_the_request() {
    let router =
        Router::new().route("/broken", get(|| async { Problem::internal("database is gone") })).route(
            "/panic",
            get(|| async {
                if true {
                    panic!("a defect")
                }
            }),
        );
    let router = layers(10).around(router.fallback(not_found));
    for (path, status, code) in
        [("/broken", 500, "internal"), ("/panic", 500, "internal"), ("/none", 404, "not_found")]
    {
        let (got, _, problem) = ask(&router, path).await;
        assert_eq!(
            (got, &problem["code"], &problem["request_id"]),
            (status, &code.into(), &"abc-1".into()),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_wrong_method_is_a_problem() {
    let router = layers(10).around(Router::new().route("/ok", get(|| async { "ok" })));
    let request = Request::post("/ok").body(Body::empty()).unwrap();
    let response = router.oneshot(request).await.unwrap();
    assert_eq!(response.status(), 405);
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    assert!(response.headers()["allow"].to_str().unwrap().contains("GET"));
}

#[tokio::test]
async fn one_too_many_is_shed_at_once() {
    let (entered, leave) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let slow = {
        let (entered, leave) = (entered.clone(), leave.clone());
        move || async move {
            entered.notify_one();
            leave.notified().await;
        }
    };
    let router = layers(1).around(Router::new().route("/slow", get(slow)));
    let first = tokio::spawn({
        let router = router.clone();
        async move { ask(&router, "/slow").await.0 }
    });
    entered.notified().await;
    let (status, headers, problem) = ask(&router, "/slow").await;
    assert_eq!((status, &problem["code"]), (503, &"overloaded".into()));
    assert_eq!(headers["retry-after"], "1");
    leave.notify_one();
    let first = tokio::time::timeout(Duration::from_secs(10), first).await.unwrap();
    assert_eq!(first.unwrap(), 200);
}

#[tokio::test]
async fn requests_are_counted_by_route_not_by_path() {
    let metrics = crate::metrics::install();
    let router = layers(10).around(Router::new().route("/things/{id}", get(|| async { "ok" })));
    ask(&router, "/things/12345").await;
    let text = metrics.render();
    assert!(text.contains("route=\"/things/{id}\""), "{text}");
    assert!(!text.contains("12345"));
}
