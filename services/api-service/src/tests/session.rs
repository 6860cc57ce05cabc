//! Sessions: how long they last and what ends them.

use super::app::{PASSWORD, TestApp};
use http::StatusCode;
use serde_json::json;

const EMAIL: &str = "admin@example.com";

#[tokio::test]
async fn a_session_lasts_as_long_as_it_is_used() {
    let (test, client) = TestApp::with_admin().await;
    // 336 hours without use end it; use prolongs it.
    for _ in 0..3 {
        test.advance_hours(300);
        client.get("/session").await.expect(StatusCode::OK);
    }
    test.advance_hours(337);
    client.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn logging_out_ends_the_session_on_the_server() {
    let (test, client) = TestApp::with_admin().await;
    let (name, value) = client.cookie("signalbox_session").unwrap();
    let answer = client.delete("/session").await;
    answer.expect(StatusCode::NO_CONTENT);
    assert!(answer.cookies().iter().any(|line| line.contains("Max-Age=0")));
    let thief = test.anonymous();
    thief.set_cookie(&name, &value);
    thief.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn only_digests_of_tokens_are_stored() {
    let (test, client) = TestApp::with_admin().await;
    let (_, secret) = client.cookie("signalbox_session").unwrap();
    let user = test.catalog().users().find_by_email(crate::auth::SYSTEM, EMAIL).await.unwrap().unwrap();
    let sessions = test.catalog().sessions().list_of(crate::auth::SYSTEM, user.value.id).await.unwrap();
    assert_eq!(sessions.len(), 1);
    let text = serde_json::to_string(&sessions[0].value).unwrap();
    assert!(!text.contains(&secret));
    assert!(user.value.password_hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
}

#[tokio::test]
async fn a_new_password_ends_all_other_sessions() {
    let (test, client) = TestApp::with_admin().await;
    let other = test.anonymous();
    other.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);

    let change = |current: &str, new: &str| json!({ "current_password": current, "new_password": new });
    let wrong = client.put("/session/password", change("not this", "another long one")).await;
    assert_eq!(wrong.problem(422, "invalid"), ["current_password"]);
    let weak = client.put("/session/password", change(PASSWORD, "short")).await;
    assert_eq!(weak.problem(422, "invalid"), ["new_password"]);

    let changed = client.put("/session/password", change(PASSWORD, "another long one")).await;
    let session = changed.expect(StatusCode::OK);
    client.set_header("x-csrf-token", session["csrf_token"].as_str().unwrap());
    client.get("/session").await.expect(StatusCode::OK);
    client.post("/destinations", json!({ "url": "https://a.example/" })).await.expect(StatusCode::CREATED);
    other.get("/session").await.problem(401, "unauthorized");
    test.anonymous().log_in(EMAIL, PASSWORD).await.problem(401, "login_failed");
    test.anonymous().log_in(EMAIL, "another long one").await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn guessing_the_password_of_an_open_session_is_limited() {
    let (_test, client) = TestApp::with_admin().await;
    let guess = json!({ "current_password": "guess", "new_password": "another long one" });
    for _ in 0..30 {
        client.put("/session/password", guess.clone()).await.problem(422, "invalid");
    }
    client.put("/session/password", guess).await.problem(429, "too_many_requests");
}

#[tokio::test]
async fn signing_out_everywhere_ends_every_session() {
    let (test, client) = TestApp::with_admin().await;
    let other = test.anonymous();
    other.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
    client.post("/session/sign-out-everywhere", json!({})).await.expect(StatusCode::NO_CONTENT);
    other.get("/session").await.problem(401, "unauthorized");
    client.get("/session").await.problem(401, "unauthorized");
}

#[tokio::test]
async fn a_user_has_a_bounded_number_of_sessions() {
    let (test, client) = TestApp::with_admin().await;
    let user = test.catalog().users().find_by_email(crate::auth::SYSTEM, EMAIL).await.unwrap().unwrap();
    for _ in 0..55 {
        test.advance_hours(1);
        let by = crate::auth::Client::default();
        crate::auth::begin(&test.app, &user.value, &by).await.unwrap();
    }
    let sessions = test.catalog().sessions().list_of(crate::auth::SYSTEM, user.value.id).await.unwrap();
    assert_eq!(sessions.len(), 50);
    client.get("/session").await.problem(401, "unauthorized");
}
