//! The document and the file that the web admin's client is made of.

use super::app::TestApp;
use http::StatusCode;
use std::{fs, path::Path};

#[test]
fn the_committed_document_is_not_stale() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../web/admin/openapi.json");
    let committed = fs::read_to_string(&path).unwrap();
    assert!(
        committed.trim() == crate::openapi_json().trim(),
        "web/admin/openapi.json is stale: cargo run -p api-service --bin openapi > web/admin/openapi.json"
    );
}

#[tokio::test]
async fn the_service_answers_with_the_same_document() {
    let test = TestApp::fresh().await;
    let served = test.anonymous().get("/api/openapi.json").await.expect(StatusCode::OK);
    let made: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    assert_eq!(served, made);
    assert_eq!(served["openapi"], "3.1.0");
}

#[test]
fn every_operation_says_what_it_needs_and_has_its_own_name() {
    let document: serde_json::Value = serde_json::from_str(&crate::openapi_json()).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let role = operation["x-role"].as_str().unwrap_or_default();
            assert!(["public", "viewer", "editor", "admin"].contains(&role), "{method} {path}");
            assert!(names.insert(operation["operationId"].as_str().unwrap().to_owned()), "{method} {path}");
            assert!(operation["responses"]["default"].is_object(), "{method} {path}");
        }
    }
    let names_used: Vec<String> = references(&document);
    let schemas = document["components"]["schemas"].as_object().unwrap();
    for name in names_used {
        assert!(schemas.contains_key(&name), "{name} is referred to and not there");
    }
}

fn references(value: &serde_json::Value) -> Vec<String> {
    match value {
        serde_json::Value::Object(object) => {
            let own = object
                .get("$ref")
                .and_then(|it| it.as_str())
                .map(|it| it.rsplit('/').next().unwrap().to_owned());
            own.into_iter().chain(object.values().flat_map(references)).collect()
        }
        serde_json::Value::Array(list) => list.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[tokio::test]
async fn the_documentation_loads_nothing_from_elsewhere() {
    let test = TestApp::fresh().await;
    let client = test.anonymous();
    let page = client.get("/api/docs/").await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"));
    let mut sources = Vec::new();
    for attribute in ["src=\"", "href=\""] {
        sources.extend(
            page.text.split(attribute).skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()),
        );
    }
    assert!(sources.len() >= 4, "{}", page.text);
    for source in sources {
        assert!(!source.contains("//"), "{source}");
        let file = client.get(&format!("/api/docs/{}", source.trim_start_matches("./"))).await;
        assert_eq!(file.status, StatusCode::OK, "{source}");
    }
    let script = client.get("/api/docs/swagger-initializer.js").await;
    assert!(
        script.text.contains("/api/openapi.json") && !script.text.contains("petstore"),
        "{}",
        script.text
    );
    // A strict policy forbids scripts in the page itself.
    assert!(!page.text.contains("<script>"), "{}", page.text);
}
