//! Everything that routing is configured by, through the API and back.

use super::app::{Client, TestApp};
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_catalog::{
    SystemScope,
    live::{DestinationHealth, HealthReport, TotalsChunk, chunk_of},
};
use signalbox_domain::{DestinationId, Subject, Tally};

const SYSTEM: SystemScope = SystemScope::new("tests");

async fn destination(admin: &Client, name: &str) -> String {
    admin.make("destinations", json!({ "name": name, "url": format!("https://{name}.example/") })).await
}

/// A stream with every field set.
fn full_stream(offer: &str, landing: &str) -> Value {
    json!({
        "name": "Everything", "kind": "forced", "active": false, "weight": 7,
        "rules": { "none": [
            { "test": { "criterion": "user_agent", "op": "not_regex", "values": ["^Mozilla/\\d"] } },
            { "any": [{ "expression": "country == \"DE\"" }, { "test": { "criterion": "ip", "op": "between", "values": ["10.0.0.1-10.0.0.9"] } }] },
        ] },
        "action": { "type": "redirect", "status": 307, "via": "double_meta" },
        "choosing": { "type": "adaptive", "goal": "cr", "clicks_min": 10, "exploration": "12.5", "half_life_hours": 9 },
        "landings": [{ "destination_id": landing, "weight": 3, "active": true }],
        "routes": [{ "destination_id": offer, "weight": 2, "active": false }],
        "offer_choice": "before_landing",
        "no_repeat": { "ttl_hours": 100, "exhausted": "next_stream" },
        "caps": [
            { "measure": "clicks", "period": { "type": "hour" }, "limit": "100", "timezone": "Asia/Tokyo" },
            { "measure": "cost", "period": { "type": "rolling", "hours": 12 }, "limit": "9.99", "timezone": null },
        ],
        "schedule": { "timezone": "Europe/Lisbon", "from": "2026-01-01", "until": "2026-12-31T12:00",
            "weekly": [{ "days": ["sat", "sun"], "time": "22:00-06:00" }] },
        "collect_clicks": false, "trafficback_url": "https://back.example/?c={country}", "notes": "n",
    })
}

#[tokio::test]
async fn every_field_comes_back_as_it_was_sent() {
    let (_test, admin) = TestApp::with_admin().await;
    let (offer, landing) = (destination(&admin, "offer").await, destination(&admin, "landing").await);
    let other = admin.make("campaigns", json!({ "slug": "other" })).await;
    let actions = [
        json!({ "type": "url", "url": "https://u.example/?s={click_id}", "status": 303, "via": "form" }),
        json!({ "type": "campaign", "campaign_id": other }),
        json!({ "type": "show_html", "body": "<p>{country}</p>" }),
        json!({ "type": "show_text", "body": "{ip}" }),
        json!({ "type": "nothing" }),
        json!({ "type": "not_found" }),
    ];
    let mut streams = vec![full_stream(&offer, &landing)];
    streams.extend(actions.iter().map(|action| json!({ "action": action })));
    let body = json!({
        "slug": "full", "sticky_streams_hours": 48, "stream_selection": "weight", "streams": streams,
        "uniqueness": { "key": { "parameter": "uid" }, "ttl_hours": 5 },
        "caps": [{ "measure": "conversions", "period": { "type": "total" }, "limit": "500", "timezone": null }],
        "bots": { "type": "url", "url": "https://bots.example/" }, "forward_query": true, "extra_path": "ignore",
        "lookback_days": 30,
    });
    let made = admin.post("/campaigns", body.clone()).await.expect(StatusCode::CREATED);
    for (field, value) in body.as_object().unwrap().iter().filter(|(field, _)| *field != "streams") {
        assert_eq!(&made[field], value, "{field}");
    }
    for (field, value) in streams[0].as_object().unwrap() {
        assert_eq!(&made["streams"][0][field], value, "{field}");
    }
    for (index, action) in actions.iter().enumerate() {
        assert_eq!(&made["streams"][index + 1]["action"], action);
    }
    // What was read can be sent back as it is.
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    let again = admin.put(&path, made.clone()).await.expect(StatusCode::OK);
    assert_eq!(again["streams"], made["streams"]);
    assert_eq!(again["api_token"], made["api_token"]);

    let body = json!({
        "url": "https://x.example/", "kind": "landing", "hosted": true, "alternative_id": offer,
        "caps": [{ "measure": "revenue", "period": { "type": "day" }, "limit": "100.5", "timezone": "UTC" }],
        "schedule": { "timezone": null, "from": null, "until": null, "weekly": [] },
        "health": { "url": "https://x.example/up", "interval_seconds": 10, "failures": 1 },
        "loss_rule": { "roi_below": "-99.5", "clicks_min": 1, "window_hours": 744 },
    });
    let made = admin.post("/destinations", body.clone()).await.expect(StatusCode::CREATED);
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
}

#[tokio::test]
async fn a_new_campaign_has_the_defaults_of_the_domain() {
    let (_test, admin) = TestApp::with_admin().await;
    let made = admin.post("/campaigns", json!({ "streams": [{ "action": { "type": "nothing" } }] })).await;
    let made = made.expect(StatusCode::CREATED);
    let expected = json!({ "lookback_days": null, "sticky_streams_hours": null, "caps": [], "bots": { "type": "route" }, "forward_query": false,
        "extra_path": "refuse", "uniqueness": { "key": "ip_user_agent", "ttl_hours": 24 } });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&made[field], value, "{field}");
    }
    let expected = json!({ "choosing": "weighted", "offer_choice": "after_landing", "no_repeat": null, "caps": [],
        "schedule": null, "collect_clicks": true });
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&made["streams"][0][field], value, "{field}");
    }
}

#[tokio::test]
async fn what_only_a_compiler_can_tell_is_refused_with_its_field() {
    let (_test, admin) = TestApp::with_admin().await;
    let nothing = json!({ "type": "nothing" });
    let wrong = json!({ "all": [
        { "test": { "criterion": "user_agent", "op": "regex", "values": ["fine", "(("] } },
        { "any": [{ "expression": "country ==" }, { "expression": "moon_phase > 3" }] },
    ] });
    let body =
        json!({ "streams": [{ "action": nothing }, { "action": nothing, "rules": wrong, "name": " " }] });
    let fields = admin.post("/campaigns", body).await.problem(422, "invalid");
    let expected = [
        "streams[1].name",
        "streams[1].rules.all[0].test.values[1]",
        "streams[1].rules.all[1].any[0].expression",
        "streams[1].rules.all[1].any[1].expression",
    ];
    assert_eq!(fields, expected);
    // One by one, named as it was sent.
    let campaign = admin.make("campaigns", json!({})).await;
    let one = json!({ "stream": { "action": nothing, "rules": { "all": [{ "expression": "1 +" }] } } });
    let fields = admin.post(&format!("/campaigns/{campaign}/streams"), one).await.problem(422, "invalid");
    assert_eq!(fields, ["stream.rules.all[0].expression"]);
}

#[tokio::test]
async fn every_wrong_limit_is_named() {
    let (_test, admin) = TestApp::with_admin().await;
    let nothing = json!({ "type": "nothing" });
    let body = json!({
        "lookback_days": 0, "sticky_streams_hours": 0, "bots": { "type": "url", "url": "javascript:alert(1)" },
        "uniqueness": { "key": { "parameter": " " }, "ttl_hours": 1 },
        "caps": [{ "measure": "clicks", "period": { "type": "rolling", "hours": 0 }, "limit": "1.5" }],
        "streams": [
            { "action": nothing, "schedule": { "from": "soon", "weekly": [{ "days": [], "time": "9-5" }] } },
            { "action": nothing, "choosing": { "type": "sticky", "ttl_hours": 0 }, "no_repeat": { "ttl_hours": 0, "exhausted": "repeat" } },
        ],
    });
    let fields = admin.post("/campaigns", body).await.problem(422, "invalid");
    for field in [
        "lookback_days",
        "sticky_streams_hours",
        "bots.url",
        "uniqueness.key.parameter",
        "caps[0].limit",
        "caps[0].period.hours",
        "streams[0].schedule.from",
        "streams[0].schedule.weekly[0].days",
        "streams[0].schedule.weekly[0].time",
        "streams[1].choosing.ttl_hours",
        "streams[1].no_repeat.ttl_hours",
    ] {
        assert!(fields.iter().any(|it| it == field), "{field} is not among {fields:?}");
    }
    for (body, field) in [
        (
            json!({ "url": "https://a.example/", "health": { "interval_seconds": 1 } }),
            "health.interval_seconds",
        ),
        (
            json!({ "url": "https://a.example/", "loss_rule": { "roi_below": "-200", "clicks_min": 5, "window_hours": 1 } }),
            "loss_rule.roi_below",
        ),
        (json!({ "url": "https://a.example/", "hosted": true }), "hosted"),
        (json!({ "url": "https://a.example/", "alternative_id": "0000000000001" }), "alternative_id"),
    ] {
        assert_eq!(admin.post("/destinations", body).await.problem(422, "invalid"), [field]);
    }
}

#[tokio::test]
async fn targets_and_alternatives_must_exist_here_and_stay() {
    let (test, admin) = TestApp::with_admin().await;
    let other = test.workspace("Other").await;
    let stranger = test.key(other, signalbox_domain::Role::Admin).await;
    let foreign = stranger.make("campaigns", json!({ "slug": "theirs" })).await;
    let body = json!({ "streams": [{ "action": { "type": "campaign", "campaign_id": foreign } }] });
    let fields = admin.post("/campaigns", body).await.problem(422, "invalid");
    assert_eq!(fields, ["streams[0].action.campaign_id"]);

    let target = admin.make("campaigns", json!({ "slug": "target" })).await;
    let stream = json!({ "name": "Hand over", "action": { "type": "campaign", "campaign_id": target } });
    admin.make("campaigns", json!({ "name": "Entry", "slug": "entry", "streams": [stream] })).await;
    let refused = admin.delete(&format!("/campaigns/{target}")).await;
    refused.problem(409, "in_use");
    assert_eq!(refused.json()["used_by"][0]["within"], json!(["stream Hand over"]));

    let spare = destination(&admin, "spare").await;
    let body = json!({ "name": "Main", "url": "https://m.example/", "alternative_id": spare });
    let main = admin.post("/destinations", body).await.expect(StatusCode::CREATED);
    let refused = admin.delete(&format!("/destinations/{spare}")).await;
    refused.problem(409, "in_use");
    assert!(refused.text.contains("destination Main (as its alternative)"), "{}", refused.text);
    let mut own = main.clone();
    own["alternative_id"] = main["id"].clone();
    let path = format!("/destinations/{}", main["id"].as_str().unwrap());
    assert_eq!(admin.put(&path, own).await.problem(422, "invalid"), ["alternative_id"]);
    // A campaign whose stream comes back to itself can go.
    let made = admin.post("/campaigns", json!({ "slug": "round" })).await.json();
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    let mut round = made.clone();
    round["streams"] = json!([{ "action": { "type": "campaign", "campaign_id": made["id"] } }]);
    admin.put(&path, round).await.expect(StatusCode::OK);
    admin.delete(&path).await.expect(StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn tokens_of_campaigns_rotate_and_viewers_do_not_see_them() {
    let (test, admin) = TestApp::with_admin().await;
    let made = admin.post("/campaigns", json!({ "slug": "tokens" })).await.expect(StatusCode::CREATED);
    let path = format!("/campaigns/{}", made["id"].as_str().unwrap());
    assert!(made["api_token"].as_str().unwrap().len() >= 16);
    admin.post(&format!("{path}/rotate-token"), json!({ "version": 9 })).await.problem(409, "stale");
    let rotated = admin.post(&format!("{path}/rotate-token"), json!({})).await.expect(StatusCode::OK);
    assert_ne!(rotated["api_token"], made["api_token"]);
    let mut forged = rotated.clone();
    forged["api_token"] = json!("0123456789abcdef0123");
    let stored = admin.put(&path, forged).await.expect(StatusCode::OK);
    assert_eq!(stored["api_token"], rotated["api_token"]);
    let session = admin.get("/session").await.json();
    let home = session["workspaces"][0]["id"].as_str().unwrap().parse().unwrap();
    let viewer = test.member("v@example.com", home, signalbox_domain::Role::Viewer).await;
    let seen = viewer.get(&path).await.expect(StatusCode::OK);
    assert_eq!(seen["api_token"], "");
}

#[tokio::test]
async fn the_status_of_a_destination_is_what_services_told() {
    let (test, admin) = TestApp::with_admin().await;
    let plain = destination(&admin, "plain").await;
    let status = admin.get(&format!("/destinations/{plain}/status")).await.expect(StatusCode::OK);
    let expected = json!({ "destination_id": plain, "takes_traffic": true, "out": null, "open": true, "health": null,
        "caps": [], "loss": null, "ever": null });
    assert_eq!(status, expected);

    let body = json!({ "url": "https://w.example/", "health": {},
        "caps": [{ "measure": "clicks", "period": { "type": "rolling", "hours": 2 }, "limit": "5" },
            { "measure": "revenue", "period": { "type": "total" }, "limit": "100" }],
        "loss_rule": { "roi_below": "-50", "clicks_min": 3, "window_hours": 24 } });
    let id = admin.make("destinations", body).await;
    let parsed: DestinationId = id.parse().unwrap();
    let subject = Subject::Destination(parsed);
    let mut totals = TotalsChunk::default();
    let tally =
        Tally { clicks: 6, conversions: 1, cost: "10".parse().unwrap(), revenue: "1.5".parse().unwrap() };
    totals.series.entry(subject).or_default().add(test.app.now(), &tally);
    test.catalog().live().put_totals(SYSTEM, (chunk_of(subject), 0), &totals).await.unwrap();
    let mut report = HealthReport::default();
    let health = DestinationHealth {
        up: false,
        since: test.app.now(),
        checked_at: test.app.now(),
        failures: 4,
        valid_until: test.app.now().plus_ms(60_000),
        last_error: Some("connection refused".to_owned()),
    };
    report.destinations.insert(parsed, health);
    test.catalog().live().put_health(SYSTEM, 0, &report).await.unwrap();

    let status = admin.get(&format!("/destinations/{id}/status")).await.expect(StatusCode::OK);
    assert_eq!((&status["takes_traffic"], &status["out"]), (&json!(false), &json!("unhealthy")));
    assert_eq!(
        (&status["health"]["up"], &status["health"]["last_error"]),
        (&json!(false), &json!("connection refused"))
    );
    assert_eq!((&status["caps"][0]["counted"], &status["caps"][0]["reached"]), (&json!("6"), &json!(true)));
    assert_eq!((&status["caps"][1]["counted"], &status["caps"][1]["since"]), (&json!("1.5"), &json!(null)));
    assert_eq!((&status["loss"]["out"], &status["loss"]["counts"]["clicks"]), (&json!(true), &json!(6)));
    // A check that stopped keeps nothing out, and old clicks leave their windows.
    test.advance_hours(30);
    let later = admin.get(&format!("/destinations/{id}/status")).await.expect(StatusCode::OK);
    assert_eq!((&later["takes_traffic"], &later["out"]), (&json!(true), &json!(null)));
    assert_eq!(later["caps"][0]["counted"], "0");

    // The simulator sees the same moment, unless it is told to look away.
    let campaign =
        admin.make("campaigns", json!({ "streams": [{ "routes": [{ "destination_id": id }] }] })).await;
    let click = |at: &str, live: bool| json!({ "campaign_id": campaign, "at": at, "live": live });
    let at = signalbox_domain::Timestamp(test.app.now().0 - 30 * 3_600_000).to_rfc3339();
    let now = admin.post("/simulate", click(&at, true)).await.expect(StatusCode::OK);
    assert_eq!(
        (&now["outcome"], &now["trace"]["routes"][0]["state"]),
        (&json!("no_destination"), &json!("cap_reached"))
    );
    let blind = admin.post("/simulate", click(&at, false)).await.expect(StatusCode::OK);
    assert_eq!(blind["outcome"], "routed");
}
