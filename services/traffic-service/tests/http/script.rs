//! Tracking without a redirect, as the script speaks it.

use crate::support::*;
use reqwest::{Method, Response};
use serde_json::Value;
use signalbox_domain::{Uniqueness, UniquenessKey, Via};

async fn tell(service: &Service, path: &str, body: &str) -> Response {
    let request = service.request(Method::POST, path).header("origin", "https://shop.example");
    let request = request.header("content-type", "application/x-www-form-urlencoded;charset=UTF-8");
    request.body(body.to_owned()).send().await.unwrap()
}

const VIEW: &str = "u=https%3A%2F%2FShop.example%2Fland%3Fsub_id_1%3Da%2526b%26keyword%3Dk%23top&r=https%3A%2F%2Fnews.example%2F&v=visitor1";

#[tokio::test]
async fn a_page_view_is_a_click_and_a_link_followed_a_landing_click() {
    let mut paged = campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])]);
    paged.uniqueness = Uniqueness { key: UniquenessKey::Cookie, ttl_hours: 24 };
    let service = Service::start(vec![paged]).await;
    let response = tell(&service, "/t/cc", VIEW).await;
    assert_eq!(
        (response.status().as_u16(), header_of(&response, "access-control-allow-origin").as_str()),
        (200, "*")
    );
    assert_eq!(header_of(&response, "access-control-allow-credentials"), "");
    assert!(response.headers().get("set-cookie").is_none(), "no cookie of another site");
    let said: Value = response.json().await.unwrap();
    let click = service.clicks().pop().unwrap();
    assert_eq!(said["click_id"], click.click.id.to_string());
    assert!(click.by_script && click.shows_landing() && click.click.target.is_empty());
    assert_eq!(
        (&*click.click.host, &*click.click.path_and_query),
        ("shop.example", "/land?sub_id_1=a%26b&keyword=k")
    );
    assert_eq!((&*click.click.dims.keyword, &*click.click.dims.referrer_domain), ("k", "news.example"));
    assert_eq!(&*click.click.dims.sub_ids[0].1, "a&b");

    let token = said["token"].as_str().unwrap();
    let gone =
        tell(&service, "/t/go", &format!("t={token}&u=https%3A%2F%2Foffer.example%2F%3Fclick_id%3Dx")).await;
    assert_eq!(
        (gone.status().as_u16(), header_of(&gone, "access-control-allow-origin").as_str()),
        (204, "*")
    );
    let landing = service.landing_clicks().pop().unwrap();
    assert_eq!((landing.landing_click.click, landing.landing_click.first), (click.click.id, true));
    assert_eq!(&*landing.landing_click.target, "https://offer.example/?click_id=x");
    assert_eq!(landing.landing_click.dims.destination, OFFER);
    tell(&service, "/t/go", &format!("t={token}")).await;
    assert!(!service.landing_clicks().pop().unwrap().landing_click.first);
    // A link of the page may also lead through the tracker.
    let through = location(&service.get(&format!("/click?_token={token}")).await);
    assert!(through.starts_with("https://offer.example/?cid="), "{through}");

    let again: Value = tell(&service, "/t/cc", VIEW).await.json().await.unwrap();
    assert_eq!(again["is_unique"], false, "the site's own name tells its visitors apart");
    let by_get = service.get(&format!("/t/cc?{}", VIEW.replace("visitor1", "visitor2"))).await;
    assert_eq!(by_get.json::<Value>().await.unwrap()["is_unique"], true);
}

#[tokio::test]
async fn what_the_script_cannot_say_is_answered_plainly() {
    let service = Service::start(vec![campaign("cc", vec![stream(redirect(Via::Http), &[OFFER])])]).await;
    let unknown = tell(&service, "/t/other", VIEW).await;
    assert_eq!(
        (unknown.status().as_u16(), header_of(&unknown, "access-control-allow-origin").as_str()),
        (404, "*")
    );
    assert_eq!(tell(&service, "/t/go", "t=forged").await.status().as_u16(), 204);
    assert_eq!(tell(&service, "/t/cc", &"x".repeat(100_000)).await.status().as_u16(), 413);
    assert!(service.landing_clicks().is_empty() && service.clicks().is_empty());
    let nothing: Value = tell(&service, "/t/cc", "").await.json().await.unwrap();
    assert!(nothing["click_id"].is_string(), "a page that says nothing is a visit too");
    let preflight = service
        .request(Method::OPTIONS, "/t/cc")
        .header("origin", "https://shop.example")
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status().as_u16(), 204);
    assert_eq!(header_of(&preflight, "access-control-allow-methods"), "GET, POST");
    let script = service.get("/track.js").await;
    assert_eq!(header_of(&script, "content-type"), "text/javascript; charset=utf-8");
    assert_eq!(header_of(&script, "cross-origin-resource-policy"), "cross-origin");
    assert_eq!(service.request(Method::POST, "/track.js").send().await.unwrap().status().as_u16(), 405);
}
