//! API keys.

use super::app::TestApp;
use http::StatusCode;
use serde_json::json;
use signalbox_domain::Role;

#[tokio::test]
async fn a_key_is_shown_once_and_works_in_both_headers() {
    let (test, admin) = TestApp::with_admin().await;
    let made = admin.post("/api-keys", json!({ "name": "Robot", "role": "editor" })).await;
    let made = made.expect(StatusCode::CREATED);
    let key = made["key"].as_str().unwrap();
    let id = made["api_key"]["id"].as_str().unwrap();
    assert!(key.starts_with(&format!("sbx_{id}_")) && key.len() == 4 + 13 + 1 + 52, "{key}");
    let shown = admin.get(&format!("/api-keys/{id}")).await;
    assert!(!shown.text.contains(&key[20..]), "{}", shown.text);
    assert_eq!(shown.json()["prefix"], key[..22]);

    for (header, value) in [("authorization", format!("bearer {key}")), ("api-key", key.to_owned())] {
        let program = test.anonymous();
        program.set_header(header, &value);
        let session = program.get("/session").await.expect(StatusCode::OK);
        assert_eq!((&session["user"], &session["csrf_token"]), (&json!(null), &json!(null)));
        assert_eq!(session["api_key"]["name"], "Robot");
        program.post("/sources", json!({ "name": "A" })).await.expect(StatusCode::CREATED);
        program.get("/users").await.problem(403, "forbidden");
        program.delete("/session").await.problem(403, "forbidden");
    }
}

#[tokio::test]
async fn a_wrong_expired_or_deleted_key_is_refused() {
    let (test, admin) = TestApp::with_admin().await;
    let expires = (test.app.now().plus_ms(3_600_000)).to_rfc3339();
    let past = test.app.now().plus_ms(-1).to_rfc3339();
    let refused = admin.post("/api-keys", json!({ "name": "x", "role": "viewer", "expires_at": past })).await;
    assert_eq!(refused.problem(422, "invalid"), ["expires_at"]);

    let made = admin.post("/api-keys", json!({ "name": "x", "role": "viewer", "expires_at": expires })).await;
    let made = made.expect(StatusCode::CREATED);
    let key = made["key"].as_str().unwrap().to_owned();
    let program = test.anonymous();
    program.set_header("api-key", &key);
    program.get("/campaigns").await.expect(StatusCode::OK);

    let (head, secret) = key.rsplit_once('_').unwrap();
    let mangled = [
        format!("{head}_{}", secret.replace(&secret[..1], "!")),
        format!("sbx_0000000000001_{secret}"),
        "sbx_".to_owned(),
        String::new(),
    ];
    for wrong in mangled {
        let thief = test.anonymous();
        thief.set_header("api-key", &wrong);
        thief.get("/campaigns").await.problem(401, "unauthorized");
    }
    test.advance_hours(2);
    program.get("/campaigns").await.problem(401, "unauthorized");

    let forever =
        admin.post("/api-keys", json!({ "name": "y", "role": "viewer" })).await.expect(StatusCode::CREATED);
    program.set_header("api-key", forever["key"].as_str().unwrap());
    program.get("/campaigns").await.expect(StatusCode::OK);
    let id = forever["api_key"]["id"].as_str().unwrap();
    admin.delete(&format!("/api-keys/{id}")).await.expect(StatusCode::NO_CONTENT);
    program.get("/campaigns").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_key_can_be_renamed_and_demoted() {
    let (test, admin) = TestApp::with_admin().await;
    let made =
        admin.post("/api-keys", json!({ "name": "x", "role": "admin" })).await.expect(StatusCode::CREATED);
    let mut description = made["api_key"].clone();
    description["role"] = json!("viewer");
    let path = format!("/api-keys/{}", description["id"].as_str().unwrap());
    admin.put(&path, description).await.expect(StatusCode::OK);
    let program = test.anonymous();
    program.set_header("api-key", made["key"].as_str().unwrap());
    program.get("/campaigns").await.expect(StatusCode::OK);
    program.post("/sources", json!({ "name": "A" })).await.problem(403, "forbidden");
}

#[tokio::test]
async fn a_key_acts_only_in_its_own_workspace() {
    let test = TestApp::fresh().await;
    let (mine, theirs) = (test.workspace("Mine").await, test.workspace("Theirs").await);
    let key = test.key(mine, Role::Admin).await;
    key.set_header("x-workspace", &theirs.to_string());
    key.get("/campaigns").await.problem(403, "no_workspace");
    key.set_header("x-workspace", &mine.to_string());
    key.get("/campaigns").await.expect(StatusCode::OK);
    key.set_header("x-workspace", "nonsense");
    assert_eq!(key.get("/campaigns").await.problem(422, "invalid"), ["X-Workspace"]);
}
