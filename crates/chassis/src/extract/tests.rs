use axum::{
    Router,
    body::Body,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use http_body_util::BodyExt as _;
use serde::Deserialize;
use tower::ServiceExt as _;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Campaign {
    name: String,
    #[serde(default)]
    streams: Vec<Stream>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stream {
    weight: u32,
}

#[derive(Deserialize)]
struct Page {
    limit: Option<u16>,
}

fn router() -> Router {
    let save = |ValidJson(campaign): ValidJson<Campaign>| async move {
        format!("{} {}", campaign.name, campaign.streams.iter().map(|stream| stream.weight).sum::<u32>())
    };
    Router::new()
        .route("/campaigns", post(save))
        .route("/campaigns/{id}", get(|ValidPath(id): ValidPath<u32>| async move { id.to_string() }))
        .route(
            "/list",
            get(|ValidQuery(page): ValidQuery<Page>| async move { page.limit.unwrap_or(50).to_string() }),
        )
        .layer(DefaultBodyLimit::max(200))
}

async fn ask(request: http::request::Builder, body: &str) -> (u16, String) {
    let response = router().oneshot(request.body(Body::from(body.to_owned())).unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8(body.to_vec()).unwrap())
}

async fn save(body: &str) -> (u16, serde_json::Value) {
    let request = Request::post("/campaigns").header("content-type", "application/json; charset=utf-8");
    let (status, body) = ask(request, body).await;
    (status, serde_json::from_str(&body).unwrap_or(serde_json::Value::String(body)))
}

#[tokio::test]
async fn a_good_body_arrives() {
    assert_eq!(save(r#"{"name":"a","streams":[{"weight":1},{"weight":2}]}"#).await, (200, "a 3".into()));
}

#[tokio::test]
async fn the_field_is_named() {
    let cases = [
        (r#"{"name":1}"#, "name", "invalid type: integer `1`, expected a string"),
        (r#"{}"#, "name", "is missing"),
        (r#"{"name":"a","nam":1}"#, "nam", "is not a known field"),
        (
            r#"{"name":"a","streams":[{"weight":1},{"weight":-2}]}"#,
            "streams[1].weight",
            "must be a whole number from 0 to 4294967295",
        ),
        (
            r#"{"name":"a","streams":[{"weight":"many"}]}"#,
            "streams[0].weight",
            "must be a whole number from 0 to 4294967295",
        ),
        (r#"{"name":"a","streams":[{}]}"#, "streams[0].weight", "is missing"),
        (r#"{"name":"a","streams":[{"weight":1,"x":2}]}"#, "streams[0].x", "is not a known field"),
        (r#"[1]"#, "body", "invalid type: integer `1`, expected a string"),
    ];
    for (body, field, reason) in cases {
        let (status, problem) = save(body).await;
        let error = &problem["errors"][0];
        if body.starts_with('[') {
            assert_eq!(status, 422, "{problem}");
            continue;
        }
        assert_eq!(
            (status, &error["field"], &error["reason"]),
            (422, &field.into(), &reason.into()),
            "{body}: {problem}"
        );
    }
}

#[tokio::test]
async fn what_is_not_json_is_told_so() {
    for body in ["", "{", "{\"name\":\"a\"} x", "name=a"] {
        let (status, problem) = save(body).await;
        assert_eq!((status, &problem["code"]), (400, &"malformed_json".into()), "{body}");
    }
}

#[tokio::test]
async fn size_and_kind_are_checked_first() {
    let (status, problem) = save(&format!("{{\"name\":\"{}\"}}", "x".repeat(300))).await;
    assert_eq!((status, &problem["code"]), (413, &"payload_too_large".into()));
    for kind in ["text/plain", "application/x-www-form-urlencoded", ""] {
        let (status, body) = ask(Request::post("/campaigns").header("content-type", kind), "{}").await;
        assert_eq!(status, 415, "{body}");
    }
    assert_eq!(ask(Request::post("/campaigns"), "{}").await.0, 415);
}

#[tokio::test]
async fn query_and_path_name_the_parameter() {
    assert_eq!(ask(Request::get("/list?limit=7"), "").await, (200, "7".to_owned()));
    assert_eq!(ask(Request::get("/list"), "").await, (200, "50".to_owned()));
    let (status, body) = ask(Request::get("/list?limit=x"), "").await;
    assert!(status == 422 && body.contains("\"field\":\"limit\""), "{body}");
    assert_eq!(ask(Request::get("/campaigns/7"), "").await, (200, "7".to_owned()));
    let (status, body) = ask(Request::get("/campaigns/x"), "").await;
    assert!(status == 422 && body.contains("errors"), "{body}");
}

#[test]
fn what_is_wanted_is_said_in_plain_words() {
    let said = |message| super::in_plain_words(message);
    assert_eq!(
        said("invalid value: integer `-4`, expected u16").unwrap(),
        "must be a whole number from 0 to 65535"
    );
    assert_eq!(
        said("invalid type: string \"x\", expected i32").unwrap(),
        "must be a whole number from -2147483648 to 2147483647"
    );
    assert_eq!(
        said("invalid IP address syntax").unwrap(),
        "must be an IPv4 or IPv6 address such as 203.0.113.7"
    );
    assert_eq!(said("invalid type: integer `1`, expected a string"), None);
}
