//! What the instance says about itself.

use super::app::TestApp;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn the_instance_names_its_addresses_and_parts() {
    let (_test, admin) = TestApp::with_admin().await;
    let instance = admin.get("/instance").await.expect(StatusCode::OK);
    assert_eq!(
        instance["urls"],
        json!({
            "admin": "http://localhost:8080", "traffic": "http://localhost:8081", "postback": "https://pb.example.com",
        })
    );
    let states: Vec<(&str, &str)> = instance["parts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (part["name"].as_str().unwrap(), part["state"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("catalog", "ready"), ("warehouse", "unavailable"), ("geo", "absent")]);
    assert_eq!(instance["geo"], json!({ "available": false, "attribution": null }));
}

#[tokio::test]
async fn a_catalog_that_is_away_is_a_problem_of_its_own() {
    let (test, admin) = TestApp::with_admin().await;
    test.catalog().store().close().await;
    let answer = admin.get("/campaigns").await;
    answer.problem(503, "catalog_unavailable");
    assert!(!answer.header("retry-after").is_empty());
}

#[tokio::test]
async fn the_vocabulary_offers_words() {
    let (_test, admin) = TestApp::with_admin().await;
    let vocabulary = admin.get("/vocabulary").await.expect(StatusCode::OK);
    for list in ["criteria", "parameter_roles", "conversion_statuses", "macros", "timezones"] {
        assert!(vocabulary[list].as_array().unwrap().len() > 5, "{list}");
    }
}
