//! Addresses and clearing of test data, as far as they go without the engine; with it: the stories of the whole program.

use super::app::TestApp;
use http::StatusCode;
use serde_json::json;
use signalbox_domain::{ClickId, Role, Timestamp};

#[tokio::test]
async fn how_much_of_addresses_is_kept_is_changed_by_those_who_say_it() {
    let (_test, admin) = TestApp::with_admin().await;
    let workspace = admin.get("/workspaces").await.json()["items"][0].clone();
    assert_eq!(workspace["addresses"], "keep");
    let path = format!("/workspaces/{}", workspace["id"].as_str().unwrap());
    let mut wish = workspace.clone();
    wish["addresses"] = json!("truncate");
    let stored = admin.put(&path, wish).await.expect(StatusCode::OK);
    assert_eq!(stored["addresses"], "truncate");
    let mut unknowing = stored.clone();
    unknowing.as_object_mut().unwrap().remove("addresses");
    let stored = admin.put(&path, unknowing).await.expect(StatusCode::OK);
    assert_eq!(stored["addresses"], "truncate", "who does not know of it does not lift it");
    let mut wrong = stored;
    wrong["addresses"] = json!("hash");
    assert!(!admin.put(&path, wrong).await.status.is_success());
}

#[tokio::test]
async fn only_admins_clear_and_only_what_has_come() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let admin = test.member("ana@example.com", workspace, Role::Admin).await;
    let editor = test.member("ben@example.com", workspace, Role::Editor).await;
    let today = json!({ "range": { "token": "today" } });
    for path in ["/clearings", "/clearings/preview"] {
        editor.post(path, today.clone()).await.problem(403, "forbidden");
        for (wish, field) in [
            (json!({ "range": { "token": "today" }, "campaign_id": "0d3k5v8t2m9b1" }), "campaign_id"),
            (json!({ "range": { "token": "today" }, "timezone": "Mars/Olympus" }), "timezone"),
            (json!({ "range": { "from": "2100-01-01", "to": "2100-01-02" } }), "range.from"),
            (json!({ "range": { "from": "2026-01-02", "to": "2026-01-01" } }), "range.to"),
        ] {
            assert_eq!(admin.post(path, wish).await.problem(422, "invalid"), [field]);
        }
        // Nothing is promised that nobody can count.
        admin.post(path, today.clone()).await.problem(503, "reports_unavailable");
    }
    assert_eq!(editor.get("/clearings").await.json()["items"], json!([]));
}

#[tokio::test]
async fn only_admins_erase_and_whom_is_understood() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let admin = test.member("ana@example.com", workspace, Role::Admin).await;
    let editor = test.member("ben@example.com", workspace, Role::Editor).await;
    let address = json!({ "by": "address", "value": "203.0.113.7" });
    let click = ClickId::new(Timestamp(1_790_000_000_000), 7).to_string();
    for path in ["/erasures", "/erasures/preview"] {
        editor.post(path, address.clone()).await.problem(403, "forbidden");
        for (wish, field) in [
            (json!({ "by": "address", "value": "nobody" }), "value"),
            (json!({ "by": "address", "value": "::" }), "value"),
            (json!({ "by": "visitor", "value": "203.0.113.7" }), "value"),
            (json!({ "by": "external_id", "value": "  " }), "value"),
            (json!({ "by": "click", "value": click, "range": { "token": "today" } }), "range"),
            (json!({ "by": "address", "value": "203.0.113.7", "note": "n".repeat(201) }), "note"),
            (
                json!({ "by": "address", "value": "203.0.113.7", "range": { "token": "today" }, "timezone": "Mars" }),
                "timezone",
            ),
        ] {
            assert_eq!(admin.post(path, wish.clone()).await.problem(422, "invalid"), [field], "{wish}");
        }
        // Nothing is promised that nobody can count.
        admin.post(path, address.clone()).await.problem(503, "reports_unavailable");
    }
    assert_eq!(editor.get("/erasures").await.json()["items"], json!([]));
}
