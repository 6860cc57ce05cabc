//! Reports and logs, as far as they go without the engine; with it: `tests/engine`.

use super::app::TestApp;
use http::StatusCode;
use serde_json::json;

#[tokio::test]
async fn without_the_analytics_database_only_reports_and_logs_wait() {
    let (_test, admin) = TestApp::with_admin().await;
    let answer = admin.post("/reports/query", json!({})).await;
    answer.problem(503, "reports_unavailable");
    assert_eq!(answer.header("retry-after"), "2");
    for log in ["clicks", "conversions", "postbacks", "deliveries", "conversions/00000000000000000000000001"]
    {
        admin.get(&format!("/logs/{log}")).await.problem(503, "reports_unavailable");
    }
    admin.get("/campaigns").await.expect(StatusCode::OK);
    let metadata = admin.get("/reports/metadata").await.expect(StatusCode::OK);
    assert!(
        metadata["metrics"].as_array().unwrap().iter().any(|it| it["key"] == "roi" && it["formula"] != "")
    );
    assert!(metadata["dimensions"].as_array().unwrap().iter().any(|it| it["entity"] == "campaigns"));
    let fields = admin.get("/logs/metadata").await.expect(StatusCode::OK);
    assert!(fields["clicks"].as_array().unwrap().iter().any(|it| it["key"] == "country"));
}

#[tokio::test]
async fn wrong_questions_are_named_before_anybody_is_asked() {
    let (_test, admin) = TestApp::with_admin().await;
    for (query, field) in [
        (json!({ "timezone": "Mars/Olympus" }), "timezone"),
        (json!({ "limit": 0 }), "limit"),
        (json!({ "range": { "from": "2026-05-02", "to": "2026-05-01" } }), "range.to"),
        (json!({ "range": { "from": "2026-05-02" } }), "range.to"),
        (json!({ "range": { "token": "fortnight" } }), "range.token"),
        (json!({ "filters": [{ "field": "country", "op": "resembles" }] }), "filters[0].op"),
    ] {
        assert_eq!(
            admin.post("/reports/query", query.clone()).await.problem(422, "invalid"),
            [field],
            "{query}"
        );
    }
    for name in ["short", "with%20space", "a.b.c.d.e.f"] {
        let asked = admin.post(&format!("/reports/query?asked_as={name}"), json!({})).await;
        assert_eq!(asked.problem(422, "invalid"), ["asked_as"]);
        let told = admin.get(&format!("/reports/progress?asked_as={name}")).await;
        assert_eq!(told.problem(422, "invalid"), ["asked_as"]);
    }
    admin.get("/reports/progress?asked_as=page-12345678").await.problem(503, "reports_unavailable");
    let click = "/logs/clicks?click_id=%7Bclickid%7D";
    assert_eq!(admin.get(click).await.problem(422, "invalid"), ["click_id"]);
    assert_eq!(admin.get("/logs/clicks?from=now&limit=0").await.problem(422, "invalid"), ["from", "limit"]);
    assert_eq!(admin.get("/logs/clicks?filters=x").await.problem(422, "invalid"), ["filters"]);
}
