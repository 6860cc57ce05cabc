//! Logging in, and how often somebody may try.

use super::app::{Options, PASSWORD, TestApp, settings};
use http::StatusCode;
use signalbox_domain::{Role, UserState};

const EMAIL: &str = "owner@example.com";

async fn with_owner() -> TestApp {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    test.user(EMAIL, &[(workspace, Role::Admin)]).await;
    test
}

#[tokio::test]
async fn the_session_cookie_is_for_this_site_and_not_for_scripts() {
    let test = with_owner().await;
    let client = test.anonymous();
    let answer = client.log_in(" OWNER@example.com ", PASSWORD).await;
    answer.expect(StatusCode::CREATED);
    let cookies = answer.cookies();
    let session = cookies.iter().find(|line| line.starts_with("signalbox_session=")).unwrap();
    for part in ["; Path=/;", "; HttpOnly", "; SameSite=Lax"] {
        assert!(session.contains(part), "{session}");
    }
    assert!(!session.contains("Secure"), "plain http on this machine");
    assert_eq!(answer.header("cache-control"), "no-store");
    client.get("/session").await.expect(StatusCode::OK);
}

#[tokio::test]
async fn over_https_cookies_are_secure() {
    let public_url = Some(url::Url::parse("https://admin.example.com").unwrap());
    let settings = signalbox_chassis::settings::ApiSettings { public_url, ..settings() };
    let test = TestApp::with(Options { settings: Some(settings), ..Options::default() }).await;
    let workspace = test.workspace("Main").await;
    test.user(EMAIL, &[(workspace, Role::Admin)]).await;
    let answer = test.anonymous().log_in(EMAIL, PASSWORD).await;
    assert!(answer.cookies().iter().all(|line| line.ends_with("; Secure")), "{:?}", answer.cookies());
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_address_look_the_same() {
    let test = with_owner().await;
    let wrong = test.anonymous().log_in(EMAIL, "wrong password").await;
    let unknown = test.anonymous().log_in("nobody@example.com", PASSWORD).await;
    wrong.problem(401, "login_failed");
    unknown.problem(401, "login_failed");
    assert_eq!(wrong.json()["detail"], unknown.json()["detail"]);
    assert!(wrong.cookies().is_empty() && unknown.cookies().is_empty());
}

#[tokio::test]
async fn failures_are_limited_by_address_over_all_accounts() {
    let test = with_owner().await;
    let attacker = test.client("203.0.113.5");
    for number in 0..10 {
        attacker.log_in(&format!("user{number}@example.com"), "guess").await.problem(401, "login_failed");
    }
    let refused = attacker.log_in(EMAIL, PASSWORD).await;
    refused.problem(429, "too_many_requests");
    assert!(refused.header("retry-after").parse::<u32>().unwrap() > 0);
    test.client("203.0.113.6").log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn an_ipv6_network_is_one_address() {
    let test = with_owner().await;
    for number in 0..10 {
        let client = test.client(&format!("2001:db8:1:2::{number:x}"));
        client.log_in("x@example.com", "guess").await.problem(401, "login_failed");
    }
    test.client("2001:db8:1:2:ffff::1").log_in("y@example.com", "g").await.problem(429, "too_many_requests");
    test.client("2001:db8:1:3::1").log_in("y@example.com", "g").await.problem(401, "login_failed");
}

/// The limits of this test are small so that it needs few password checks: 2 an hour for address and account, so 40 for an account.
#[tokio::test]
async fn an_attack_from_many_addresses_does_not_lock_the_owner_out() {
    let settings = signalbox_chassis::settings::ApiSettings { login_account_per_hour_max: 2, ..settings() };
    let test = TestApp::with(Options { settings: Some(settings), ..Options::default() }).await;
    let workspace = test.workspace("Main").await;
    test.user(EMAIL, &[(workspace, Role::Admin)]).await;

    let owner = test.client("192.0.2.1");
    owner.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);

    let mut refused = 0;
    for number in 0..45 {
        let attacker = test.client(&format!("203.0.113.{number}"));
        let answer = attacker.log_in(EMAIL, "guess").await;
        refused += usize::from(answer.status == StatusCode::TOO_MANY_REQUESTS);
    }
    assert_eq!(refused, 5, "forty guesses from all addresses together");

    // Somebody at a new browser has to wait, whoever it is, and is told why.
    test.client("198.51.100.7").log_in(EMAIL, PASSWORD).await.problem(429, "account_under_attack");
    // The session goes on, and a browser that has logged in before can log in again, even from another address.
    owner.get("/session").await.expect(StatusCode::OK);
    let known = test.client("192.0.2.200");
    let (name, value) = owner.cookie("signalbox_device_").unwrap();
    known.set_cookie(&name, &value);
    known.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn a_known_browser_is_not_a_free_pass() {
    let settings = signalbox_chassis::settings::ApiSettings { login_account_per_hour_max: 2, ..settings() };
    let test = TestApp::with(Options { settings: Some(settings), ..Options::default() }).await;
    let workspace = test.workspace("Main").await;
    test.user(EMAIL, &[(workspace, Role::Admin)]).await;
    test.user("other@example.com", &[(workspace, Role::Viewer)]).await;
    let browser = test.client("192.0.2.1");
    browser.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
    for _ in 0..2 {
        browser.log_in(EMAIL, "guess").await.problem(401, "login_failed");
    }
    browser.log_in(EMAIL, "guess").await.problem(429, "too_many_requests");

    // A made-up cookie makes nobody known.
    let (name, value) = browser.cookie("signalbox_device_").unwrap();
    let forger = test.client("203.0.113.9");
    forger.set_cookie(&name, &value.replace(|c: char| c.is_ascii_digit(), "0"));
    for _ in 0..2 {
        forger.log_in(EMAIL, "guess").await.problem(401, "login_failed");
    }
    forger.log_in(EMAIL, PASSWORD).await.problem(429, "too_many_requests");
}

#[tokio::test]
async fn a_success_clears_the_mistakes_before_it() {
    let settings = signalbox_chassis::settings::ApiSettings { login_account_per_hour_max: 3, ..settings() };
    let test = TestApp::with(Options { settings: Some(settings), ..Options::default() }).await;
    let workspace = test.workspace("Main").await;
    test.user(EMAIL, &[(workspace, Role::Admin)]).await;
    let client = test.anonymous();
    for _ in 0..2 {
        client.log_in(EMAIL, "typo").await.problem(401, "login_failed");
        client.log_in(EMAIL, "typo").await.problem(401, "login_failed");
        client.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
        client.forget_cookie("signalbox_device_");
    }
}

#[tokio::test]
async fn a_disabled_user_stays_out() {
    let test = with_owner().await;
    let client = test.anonymous();
    client.log_in(EMAIL, PASSWORD).await.expect(StatusCode::CREATED);
    let users = test.catalog().users();
    let stored = users.find_by_email(crate::auth::SYSTEM, EMAIL).await.unwrap().unwrap();
    let disabled = signalbox_domain::User { state: UserState::Disabled, ..stored.value };
    users.update(crate::auth::SYSTEM, stored.version, disabled).await.unwrap();
    client.get("/session").await.problem(401, "unauthorized");
    client.log_in(EMAIL, PASSWORD).await.problem(403, "user_disabled");
    client.log_in(EMAIL, "wrong").await.problem(401, "login_failed");
}
