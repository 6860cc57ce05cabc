//! Routing on a whole instance: caps, sticky choices and memory of visitors over `kill -9`, every action, landing pages, bots.

use crate::world::{EXE, VISIBLE_MAX, browser};
use reqwest::{Response, header};
use serde_json::{Value, json};
use signalbox_testkit::{Admin, Instance, until};
use std::{collections::BTreeMap, time::Duration};

const ARRIVES_MAX: Duration = Duration::from_secs(10);

/// A visitor at an address of its own.
async fn visit(instance: &Instance, path: &str, address: &str) -> Response {
    let url = format!("{}{path}", instance.traffic_url());
    let request = browser().get(url).header("x-forwarded-for", address);
    request.send().await.unwrap()
}

fn location(response: &Response) -> String {
    let location = response.headers().get(header::LOCATION);
    location.and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
}

/// Waits until a campaign is known to routing, without making a click of it.
async fn arrived(admin: &Admin, instance: &Instance, campaign: &Value) {
    // A marker campaign saved after it: the snapshot that knows the marker knows the campaign.
    let marker = format!("marker-{}", campaign["slug"].as_str().unwrap());
    let streams = json!([{"name": "m", "action": {"type": "show_text", "body": "here"}}]);
    admin.create("/campaigns", json!({"name": marker, "slug": marker, "streams": streams})).await;
    until("the configuration arrives", ARRIVES_MAX, || async {
        let response = visit(instance, &format!("/{marker}"), "192.0.2.250").await;
        if response.status() == 200 { Ok(()) } else { Err(response.status().to_string()) }
    })
    .await;
}

async fn destination(admin: &Admin, name: &str, more: Value) -> Value {
    let mut body = json!({"name": name, "url": format!("https://{name}.example/?cid={{click_id}}")});
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    admin.create("/destinations", body).await
}

async fn campaign(admin: &Admin, instance: &Instance, slug: &str, mut body: Value) -> Value {
    let object = body.as_object_mut().unwrap();
    object.insert("name".to_owned(), json!(slug));
    object.insert("slug".to_owned(), json!(slug));
    let campaign = admin.create("/campaigns", body).await;
    arrived(admin, instance, &campaign).await;
    campaign
}

fn to(destination: &Value) -> Value {
    json!({"destination_id": destination["id"], "weight": 100})
}

/// How many of the visits went to which host.
async fn hosts(instance: &Instance, path: &str, visitors: std::ops::Range<u32>) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for visitor in visitors {
        let response = visit(instance, path, &format!("198.51.100.{visitor}")).await;
        let location = location(&response);
        let host = location.trim_start_matches("https://").split(['.', '/']).next().unwrap_or_default();
        *counts.entry(host.to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn a_cap_is_exact_over_kill_nine_and_its_alternative_gets_the_rest() {
    let mut instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let second = destination(&admin, "second", json!({})).await;
    let caps = json!([{"measure": "clicks", "period": {"type": "day"}, "limit": "5"}]);
    let first = destination(&admin, "first", json!({"caps": caps, "alternative_id": second["id"]})).await;
    let capped =
        campaign(&admin, &instance, "capped", json!({"streams": [{"name": "s", "routes": [to(&first)]}]}))
            .await;

    assert_eq!(hosts(&instance, "/capped", 1..4).await, BTreeMap::from([("first".to_owned(), 3)]));
    instance.kill_and_run().await;
    let after = hosts(&instance, "/capped", 4..10).await;
    assert_eq!(after, BTreeMap::from([("first".to_owned(), 2), ("second".to_owned(), 4)]));
    instance.kill_and_run().await;
    assert_eq!(hosts(&instance, "/capped", 10..12).await, BTreeMap::from([("second".to_owned(), 2)]));
    admin.about(&capped).until_totals(&json!({"clicks": 11}), VISIBLE_MAX).await;
}

#[tokio::test]
async fn sticky_visitors_and_cookies_keep_their_place_over_kill_nine() {
    let mut instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let (a, b) = (destination(&admin, "a", json!({})).await, destination(&admin, "b", json!({})).await);
    let sticky = json!({"streams": [{"name": "s", "choosing": {"type": "sticky", "ttl_hours": 24}, "routes": [to(&a), to(&b)]}],
        "uniqueness": {"key": "cookie", "ttl_hours": 24}});
    campaign(&admin, &instance, "sticky", sticky).await;

    let mut before = Vec::new();
    for visitor in 1..=20 {
        let response = visit(&instance, "/sticky", &format!("203.0.113.{visitor}")).await;
        let cookie = response.headers().get(header::SET_COOKIE).expect("a visitor cookie").to_str().unwrap();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        let pair = cookie.split(';').next().unwrap().to_owned();
        // The first click has no cookie yet; what counts is where the cookie goes from now on.
        let again = revisit(&instance, &pair, visitor).await;
        before.push((pair, again));
    }
    let hosts = |visits: &[(String, String)]| -> Vec<String> {
        visits.iter().map(|(_, location)| location[..10].to_owned()).collect()
    };
    let kinds: std::collections::BTreeSet<String> = hosts(&before).into_iter().collect();
    assert_eq!(kinds.len(), 2, "both destinations are used: {kinds:?}");
    instance.kill_and_run().await;
    let mut after = Vec::new();
    for (number, (pair, _)) in before.iter().enumerate() {
        // Another address, the same cookie: the same visitor.
        after.push((pair.clone(), revisit(&instance, pair, 100 + number as u32).await));
    }
    assert_eq!(hosts(&after), hosts(&before));
}

async fn revisit(instance: &Instance, cookie: &str, address: u32) -> String {
    let request = browser().get(format!("{}/sticky", instance.traffic_url()));
    let request = request.header("x-forwarded-for", format!("203.0.113.{address}")).header("cookie", cookie);
    location(&request.send().await.unwrap())
}

#[tokio::test]
async fn every_action_answers_as_it_says() {
    let instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let offer = destination(&admin, "offer", json!({})).await;
    let other =
        campaign(&admin, &instance, "other", json!({"streams": [{"name": "s", "routes": [to(&offer)]}]}))
            .await;
    let on = |value: &str, action: Value| {
        json!({"name": value, "action": action, "routes": [to(&offer)],
            "rules": {"all": [{"test": {"criterion": "query.do", "op": "in", "values": [value]}}]}})
    };
    let streams = json!([
        on("permanent", json!({"type": "redirect", "status": 308})),
        on("meta", json!({"type": "redirect", "via": "meta"})),
        on("double", json!({"type": "redirect", "via": "double_meta"})),
        on("js", json!({"type": "redirect", "via": "js"})),
        on("form", json!({"type": "redirect", "via": "form"})),
        on("frame", json!({"type": "redirect", "via": "iframe"})),
        on("html", json!({"type": "show_html", "body": "<p title=\"{query.x}\">{query.x}</p>"})),
        on("text", json!({"type": "show_text", "body": "hello {country}"})),
        on("hop", json!({"type": "campaign", "campaign_id": other["id"]})),
        on("nothing", json!({"type": "nothing"})),
        on("missing", json!({"type": "not_found"})),
    ]);
    campaign(&admin, &instance, "act", json!({"streams": streams})).await;
    let ask = |what: &'static str| visit(&instance, what, "192.0.2.7");

    let permanent = ask("/act?do=permanent").await;
    assert_eq!(
        (permanent.status().as_u16(), location(&permanent).starts_with("https://offer.example/?cid=")),
        (308, true)
    );
    let hop = ask("/act?do=hop").await;
    assert!(location(&hop).starts_with("https://offer.example/"), "{}", location(&hop));
    assert_eq!(ask("/act?do=nothing").await.status(), 204);
    assert_eq!(ask("/act?do=missing").await.status(), 404);

    for page in ["meta", "double", "js", "form", "frame"] {
        let response = visit(&instance, &format!("/act?do={page}"), "192.0.2.8").await;
        assert_eq!(response.status(), 200, "{page}");
        let header =
            |name: &str| response.headers().get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(header("cache-control"), "no-store", "{page}");
        assert_eq!(header("x-content-type-options"), "nosniff", "{page}");
        assert!(header("content-type").starts_with("text/html"), "{page}");
        assert!(
            header("content-security-policy").contains("default-src 'none'"),
            "{page}: {}",
            header("content-security-policy")
        );
        let body = response.text().await.unwrap();
        assert!(page == "double" || body.contains("https://offer.example/"), "{page}: {body}");
    }
    let html = visit(&instance, "/act?do=html&x=%22%3E%3Cscript%3Ealert(1)%3C/script%3E", "192.0.2.9")
        .await
        .text()
        .await
        .unwrap();
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "{html}");
    let text = ask("/act?do=text").await;
    assert!(text.headers()[header::CONTENT_TYPE].to_str().unwrap().starts_with("text/plain"));
    assert!(text.text().await.unwrap().starts_with("hello "));
}

#[tokio::test]
async fn machines_go_where_the_campaign_sends_them_and_stay_visible() {
    let instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let offer = destination(&admin, "offer", json!({})).await;
    let streams = json!([{"name": "s", "routes": [to(&offer)]}]);
    let bots = json!({"type": "url", "url": "https://machines.example/"});
    let apart = campaign(&admin, &instance, "apart", json!({"streams": streams, "bots": bots})).await;
    let ignored =
        campaign(&admin, &instance, "ignored", json!({"streams": streams, "bots": {"type": "ignore"}})).await;

    for slug in ["apart", "ignored"] {
        let person = visit(&instance, &format!("/{slug}"), "192.0.2.20").await;
        assert!(location(&person).starts_with("https://offer.example/"), "{slug}");
        let crawler = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .user_agent("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)")
            .build()
            .unwrap();
        let machine = crawler.get(format!("{}/{slug}", instance.traffic_url())).send().await.unwrap();
        let expected = if slug == "apart" { "https://machines.example/" } else { "https://offer.example/" };
        assert!(location(&machine).starts_with(expected), "{slug}: {}", location(&machine));
    }
    admin.about(&apart).until_totals(&json!({"clicks": 2}), VISIBLE_MAX).await;
    admin.about(&ignored).until_totals(&json!({"clicks": 1}), VISIBLE_MAX).await;
}

#[tokio::test]
async fn a_landing_leads_on_by_cookie_and_by_token_also_after_kill_nine() {
    let mut instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let landing = destination(&admin, "landing", json!({"kind": "landing"})).await;
    let (one, two) =
        (destination(&admin, "one", json!({})).await, destination(&admin, "two", json!({})).await);
    let streams = json!([{"name": "s", "landings": [to(&landing)], "routes": [to(&one), to(&two)]}]);
    let land = campaign(&admin, &instance, "land", json!({"streams": streams})).await;

    let first = visit(&instance, "/land?sub_id_1=a", "192.0.2.30").await;
    let at = location(&first);
    assert!(at.starts_with("https://landing.example/?cid="), "{at}");
    let id = at.split_once("cid=").unwrap().1[..26].to_owned();
    let cookie = first.headers()[header::SET_COOKIE].to_str().unwrap().split(';').next().unwrap().to_owned();
    instance.kill_and_run().await;

    let second = visit(&instance, &format!("/click/2?cid={id}"), "192.0.2.30").await;
    assert!(
        location(&second).starts_with(&format!("https://two.example/?cid={id}")),
        "{}",
        location(&second)
    );
    let request = browser().get(format!("{}/click.php?lp=1&to_offer=1", instance.traffic_url()));
    let by_cookie = request.header("cookie", cookie).send().await.unwrap();
    assert!(location(&by_cookie).starts_with("https://one.example/"), "{}", location(&by_cookie));
    admin.about(&land).until_totals(&json!({"clicks": 1, "landing_clicks": 1}), VISIBLE_MAX).await;
}

#[tokio::test]
async fn conversions_in_the_shapes_of_other_trackers_count_once_on_the_tracking_domain() {
    let instance = Instance::start(EXE, &[]).await;
    let admin = Admin::set_up(&instance).await;
    let network = admin.create("/networks", json!({"name": "Net", "keyless": true})).await;
    let offer = destination(&admin, "offer", json!({"network_id": network["id"]})).await;
    let shapes_campaign =
        campaign(&admin, &instance, "shapes", json!({"streams": [{"name": "s", "routes": [to(&offer)]}]}))
            .await;
    let shapes = [
        "/postback?cid={id}&payout=1&txid=a&et=sale",
        "/postback?clickid={id}&sum=1&type=sale",
        "/click.php?cnv_id={id}&payout=1&cnv_status=sale",
        "/click?cnv_id={id}&payout=1",
        "/cf/cv?click_id={id}&payout=1&txid=b",
        "/adclick.php?subid={id}&revenue=1",
        "/tracking202/static/gpb.php?subid={id}&amount=1",
    ];
    for (number, shape) in shapes.iter().enumerate() {
        let click = visit(&instance, "/shapes", &format!("192.0.2.{}", 50 + number)).await;
        let id = location(&click).split_once("cid=").unwrap().1[..26].to_owned();
        for _ in 0..2 {
            let answer = visit(&instance, &shape.replace("{id}", &id), "192.0.2.99").await;
            assert_eq!(answer.status(), 200, "{shape}");
        }
    }
    let expected =
        json!({"clicks": shapes.len(), "conversions": shapes.len(), "revenue": shapes.len().to_string()});
    admin.about(&shapes_campaign).until_totals(&expected, VISIBLE_MAX).await;
}
