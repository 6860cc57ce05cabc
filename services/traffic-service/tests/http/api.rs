//! The Click API as existing clients use it.

use crate::support::*;
use reqwest::Method;
use serde_json::Value;
use signalbox_domain::{Action, Uniqueness, UniquenessKey, Via};

const TOKEN: &str = "click-api-token-1";
const UA: &str = "Mozilla%2F5.0+%28Windows+NT+10.0%3B+Win64%3B+x64%29+AppleWebKit%2F537.36+%28KHTML%2C+like+Gecko%29+Chrome%2F130.0.0.0+Safari%2F537.36";

/// A request as the PHP client makes it: a form with everything, cookies of the visitor as header.
async fn ask(service: &Service, more: &str, cookie: &str) -> (u16, Value) {
    let body = format!(
        "token={TOKEN}&version=3&info=1&ip=198.51.100.7&ua={UA}&language=de&se_referrer=https%3A%2F%2Fr.example%2Fp&referrer=https%3A%2F%2Fr.example%2Fp&original_headers%5BAccept%5D=text%2Fhtml&original_host=shop.example&kversion=3.4{more}"
    );
    let request = service.request_as("KHttpClient", Method::POST, "/click_api/v3?");
    let request =
        request.header("content-type", "application/x-www-form-urlencoded").header("cookie", cookie);
    let response = request.body(body).send().await.unwrap();
    let status = response.status().as_u16();
    assert_eq!(header_of(&response, "content-type"), "application/json");
    (status, response.json().await.unwrap())
}

async fn service(streams: Vec<signalbox_domain::Stream>) -> Service {
    let mut asked = campaign("server", streams);
    asked.api_token = Some(TOKEN.to_owned());
    asked.uniqueness = Uniqueness { key: UniquenessKey::Cookie, ttl_hours: 24 };
    Service::start(vec![asked]).await
}

#[tokio::test]
async fn the_answer_has_exactly_the_fields_that_clients_read() {
    let service = service(vec![stream(redirect(Via::Http), &[OFFER])]).await;
    let (status, answer) = ask(&service, "&log=1&sub_id_1=a%26b&keyword=%D0%BA", "").await;
    assert_eq!(status, 200);
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    let mut fields = keys(&answer);
    fields.sort_unstable();
    let expected = [
        "body",
        "contentType",
        "cookies",
        "cookies_ttl",
        "headers",
        "info",
        "log",
        "status",
        "uniqueness_cookie",
    ];
    assert_eq!(fields, expected);
    let mut fields = keys(&answer["info"]);
    fields.sort_unstable();
    let expected = [
        "campaign_id",
        "is_bot",
        "landing_id",
        "offer_id",
        "stream_id",
        "sub_id",
        "token",
        "type",
        "uniqueness",
        "url",
    ];
    assert_eq!(fields, expected);
    let info = &answer["info"];
    assert_eq!(info["offer_id"], OFFER.to_string());
    assert_eq!(info["landing_id"], Value::Null);
    assert_eq!(info["uniqueness"], serde_json::json!({"campaign": true, "stream": true, "global": true}));
    assert_eq!((info["type"].as_str(), info["is_bot"].as_bool()), (Some("http"), Some(false)));
    assert!(info["url"].as_str().unwrap().contains("&s1=a%26b&k=%D0%BA"), "{info}");
    // An offer without force_redirect_offer: the asking page is the landing page and stays.
    assert_eq!(
        (answer["status"].as_u64(), &answer["body"], &answer["headers"]),
        (Some(200), &Value::Null, &serde_json::json!([]))
    );
    assert_eq!(answer["cookies_ttl"], 24);
    let name = answer["uniqueness_cookie"].as_str().unwrap();
    assert_eq!(answer["cookies"]["sbx_visitor"], name);
    assert!(answer["log"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains("Offer")));

    let click = service.clicks().pop().unwrap();
    assert_eq!(click.click.id.to_string(), info["sub_id"].as_str().unwrap());
    assert_eq!((click.click.ip.to_string().as_str(), &*click.click.host), ("198.51.100.7", "shop.example"));
    assert_eq!((&*click.click.dims.referrer_domain, &*click.click.dims.language), ("r.example", "de"));
    assert!(click.by_script && !click.click.path_and_query.contains(TOKEN), "{}", click.click.path_and_query);
    // The visitor comes back with the cookie, and goes on from the page.
    let (_, again) = ask(&service, "", &format!("a=b; sbx_visitor={name}")).await;
    assert_eq!(again["info"]["uniqueness"]["campaign"], false);
    assert!(again.get("log").is_none());
    let link = format!("/?_lp=1&_token={}", info["token"].as_str().unwrap());
    let target = location(&service.get(&link).await);
    assert!(target.starts_with("https://offer.example/?cid=") && target.contains("s1=a%26b"), "{target}");
    let landing = service.landing_clicks().pop().unwrap();
    assert_eq!(landing.landing_click.click, click.click.id);
}

#[tokio::test]
async fn an_offer_is_gone_to_when_the_client_forces_it() {
    let service = service(vec![stream(redirect(Via::Http), &[OFFER])]).await;
    let (_, answer) = ask(&service, "&force_redirect_offer=1", "").await;
    assert_eq!(answer["status"], 302);
    let headers: Vec<_> =
        answer["headers"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
    assert!(
        headers.iter().any(|line| line.starts_with("Location: https://offer.example/?cid=")),
        "{headers:?}"
    );
    assert!(headers.iter().all(|line| !line.to_lowercase().starts_with("set-cookie")));
    assert!(!service.clicks()[0].by_script);
}

#[tokio::test]
async fn pages_texts_landings_and_nothing_are_told() {
    let mut landed = stream(redirect(Via::Http), &[OFFER]);
    landed.landings = vec![route(LANDING)];
    for (action, kind, status, body) in [
        (stream(Action::ShowHtml { body: "<p>{keyword}</p>".to_owned() }, &[]), "show_html", 200, "<p>&lt;"),
        (stream(Action::ShowText { body: "hi".to_owned() }, &[]), "show_text", 200, "hi"),
        (stream(Action::Nothing, &[]), "do_nothing", 200, ""),
        (stream(Action::NotFound, &[]), "status404", 404, ""),
        (stream(redirect(Via::Meta), &[OFFER]), "meta", 200, "http-equiv"),
        (landed, "http", 302, ""),
    ] {
        let service = service(vec![action]).await;
        let (_, answer) = ask(&service, "&force_redirect_offer=1&keyword=%3C", "").await;
        assert_eq!(
            (answer["info"]["type"].as_str(), answer["status"].as_u64()),
            (Some(kind), Some(status)),
            "{answer}"
        );
        let text = answer["body"].as_str().unwrap_or_default();
        assert!(text.contains(body) || kind == "show_html" && text.starts_with("<p>&"), "{answer}");
        let is_landing = status == 302;
        assert_eq!(answer["info"]["landing_id"].is_string(), is_landing, "{answer}");
    }
}

#[tokio::test]
async fn without_the_token_nothing_is_told_or_kept() {
    let service = service(vec![stream(redirect(Via::Http), &[OFFER])]).await;
    for (query, status) in
        [("", 400), ("?token=", 400), ("?token=wrong", 401), ("?token=click-api-token-2", 401)]
    {
        let response = service.get(&format!("/click_api/v3{query}")).await;
        assert_eq!(response.status().as_u16(), status, "{query}");
        assert!(response.json::<Value>().await.unwrap()["error"].is_string());
    }
    assert!(service.clicks().is_empty());
    let get = service.get(&format!("/click_api/v3?token={TOKEN}&ua={UA}&ip=198.51.100.9")).await;
    let answer: Value = get.json().await.unwrap();
    assert!(answer.get("info").is_none() && answer["status"] == 200, "{answer}");
    let old = service.get(&format!("/api.php?token={TOKEN}&ua={UA}")).await;
    assert_eq!(old.status().as_u16(), 200);
    assert_eq!(service.clicks().len(), 2);
    let stored =
        std::fs::read(service.landings_dir().parent().unwrap().join("traffic/snapshot.bin")).unwrap();
    assert!(!String::from_utf8_lossy(&stored).contains(TOKEN), "the configuration on disk has no tokens");
}
