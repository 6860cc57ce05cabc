//! Members of a workspace.

use super::app::{PASSWORD, TestApp};
use http::StatusCode;
use serde_json::json;
use signalbox_domain::Role;

#[tokio::test]
async fn an_admin_adds_changes_and_removes_people() {
    let (test, admin) = TestApp::with_admin().await;
    let weak = json!({ "email": "Bo@example.com", "role": "viewer", "password": "bo@example.com" });
    assert_eq!(admin.post("/users", weak).await.problem(422, "invalid"), ["password"]);
    let none = json!({ "email": "nobody", "role": "viewer" });
    assert_eq!(admin.post("/users", none).await.problem(422, "invalid"), ["email", "password"]);

    let body = json!({ "email": "Bo@example.com", "name": "Bo", "role": "viewer", "password": PASSWORD });
    let made = admin.post("/users", body.clone()).await.expect(StatusCode::CREATED);
    assert_eq!((&made["email"], &made["shared"]), (&json!("bo@example.com"), &json!(false)));
    assert!(!made.to_string().contains("argon2"));
    assert_eq!(admin.post("/users", body).await.problem(409, "conflict"), ["email"]);

    let bo = test.anonymous();
    bo.log_in("bo@example.com", PASSWORD).await.expect(StatusCode::CREATED);
    bo.post("/sources", json!({ "name": "S" })).await.problem(403, "forbidden");
    let path = format!("/users/{}", made["id"].as_str().unwrap());
    let mut edited = made.clone();
    edited["role"] = json!("editor");
    let edited = admin.put(&path, edited).await.expect(StatusCode::OK);
    bo.post("/sources", json!({ "name": "S" })).await.expect(StatusCode::CREATED);

    let mut reset = edited.clone();
    reset["password"] = json!("set by the admin");
    let reset = admin.put(&path, reset).await.expect(StatusCode::OK);
    bo.get("/session").await.problem(401, "unauthorized");
    bo.log_in("bo@example.com", "set by the admin").await.expect(StatusCode::CREATED);

    let mut disabled = reset.clone();
    disabled["state"] = json!("disabled");
    admin.put(&path, disabled).await.expect(StatusCode::OK);
    bo.get("/session").await.problem(401, "unauthorized");
    bo.log_in("bo@example.com", "set by the admin").await.problem(403, "user_disabled");
    assert_eq!(admin.get("/users?state=disabled").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/users?q=BO@").await.json()["items"].as_array().unwrap().len(), 1);

    admin.delete(&path).await.expect(StatusCode::NO_CONTENT);
    admin.get(&path).await.problem(404, "not_found");
    bo.log_in("bo@example.com", "set by the admin").await.problem(401, "login_failed");
}

#[tokio::test]
async fn a_workspace_keeps_an_admin() {
    let (test, admin) = TestApp::with_admin().await;
    let me = admin.get("/users").await.json()["items"][0].clone();
    let path = format!("/users/{}", me["id"].as_str().unwrap());
    admin.delete(&path).await.problem(409, "last_admin");
    for (field, value) in [("role", json!("editor")), ("state", json!("disabled"))] {
        let mut edited = me.clone();
        edited[field] = value;
        admin.put(&path, edited).await.problem(409, "last_admin");
    }
    let body = json!({ "email": "second@example.com", "role": "admin", "password": PASSWORD });
    admin.post("/users", body).await.expect(StatusCode::CREATED);
    let second = test.anonymous();
    second.log_in("second@example.com", PASSWORD).await.expect(StatusCode::CREATED);
    second.delete(&path).await.expect(StatusCode::NO_CONTENT);
    admin.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn an_admin_of_one_workspace_cannot_take_over_a_person_of_another() {
    let test = TestApp::fresh().await;
    let (mine, theirs) = (test.workspace("Mine").await, test.workspace("Theirs").await);
    test.user("ana@example.com", &[(theirs, Role::Admin)]).await;
    let attacker = test.key(mine, Role::Admin).await;

    // With a password somebody would think that a new account is made.
    let body = json!({ "email": "ana@example.com", "role": "viewer", "password": "taken over now" });
    assert_eq!(attacker.post("/users", body).await.problem(409, "conflict"), ["email"]);
    let body = json!({ "email": "ana@example.com", "role": "viewer" });
    let added = attacker.post("/users", body).await.expect(StatusCode::CREATED);
    assert_eq!(added["shared"], true);

    let path = format!("/users/{}", added["id"].as_str().unwrap());
    let mut edited = added.clone();
    edited["password"] = json!("taken over now");
    edited["email"] = json!("mallory@example.com");
    edited["state"] = json!("disabled");
    assert_eq!(attacker.put(&path, edited).await.problem(422, "invalid"), ["email", "state", "password"]);
    let mut promoted = added.clone();
    promoted["role"] = json!("editor");
    attacker.put(&path, promoted).await.expect(StatusCode::OK);

    let ana = test.anonymous();
    let session = ana.log_in("ana@example.com", PASSWORD).await.expect(StatusCode::CREATED);
    assert_eq!(session["workspaces"][0]["role"], "admin");
    attacker.delete(&path).await.expect(StatusCode::NO_CONTENT);
    let session = ana.get("/session").await.expect(StatusCode::OK);
    assert_eq!(session["workspaces"].as_array().unwrap().len(), 1, "only the membership is gone");
}
