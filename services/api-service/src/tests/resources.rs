//! Making, changing and deleting objects.

use super::app::TestApp;
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_domain::Role;

#[tokio::test]
async fn what_is_left_out_has_the_defaults_that_people_expect() {
    let (_test, admin) = TestApp::with_admin().await;
    let destination =
        admin.post("/destinations", json!({ "url": "https://offer.example.com/?s={click_id}" })).await;
    let destination = destination.expect(StatusCode::CREATED);
    assert_eq!(destination["name"], "offer.example.com");
    assert_eq!((&destination["kind"], &destination["payout"]), (&json!("offer"), &json!({ "type": "auto" })));

    let source = admin.make("sources", json!({ "name": "PushNet" })).await;
    let stream = json!({ "routes": [{ "destination_id": destination["id"] }] });
    let campaign = admin.post("/campaigns", json!({ "source_id": source, "streams": [stream] })).await;
    let campaign = campaign.expect(StatusCode::CREATED);
    let slug = campaign["slug"].as_str().unwrap();
    assert_eq!(slug.len(), 8);
    assert_eq!(campaign["name"], format!("PushNet – {slug}"));
    assert_eq!(campaign["state"], "active");
    assert_eq!(campaign["cost"], json!({ "model": "cpc", "amount": "0" }));
    assert_eq!(campaign["uniqueness"], json!({ "key": "ip_user_agent", "ttl_hours": 24 }));
    let stream = &campaign["streams"][0];
    assert_eq!(
        (&stream["name"], &stream["kind"], &stream["weight"]),
        (&json!("Stream 1"), &json!("regular"), &json!(100))
    );
    assert_eq!(stream["action"], json!({ "type": "redirect", "status": 302, "via": "http" }));
    assert_eq!(stream["rules"], json!({ "all": [] }));
    assert_eq!(
        stream["routes"][0],
        json!({ "destination_id": destination["id"], "weight": 100, "active": true })
    );

    let output = admin.post("/outputs", json!({ "url": "https://src.example/cb?cid={external_id}" })).await;
    let output = output.expect(StatusCode::CREATED);
    assert_eq!(
        (&output["name"], &output["method"], &output["payout_percent"]),
        (&json!("src.example"), &json!("GET"), &json!("100"))
    );
    let domain =
        admin.post("/domains", json!({ "host": " Go.Example.COM " })).await.expect(StatusCode::CREATED);
    assert_eq!((&domain["host"], &domain["https"]), (&json!("go.example.com"), &json!(true)));
}

#[tokio::test]
async fn what_looks_like_a_mistake_in_a_target_is_said_with_it() {
    let (_test, admin) = TestApp::with_admin().await;
    let warned = |made: &Value| made["url_warnings"].clone();
    let fine = json!({ "url": "https://a.example/?s={subid}&t={date:Y-m-d}&utm={utm_source}" });
    assert_eq!(warned(&admin.post("/destinations", fine).await.expect(StatusCode::CREATED)), json!([]));
    let made = admin.post("/destinations", json!({ "url": "https://b.example/?s={clikid}" })).await;
    let mut made = made.expect(StatusCode::CREATED);
    let reason = "{clikid} is no macro: it becomes the click's query parameter of that name, or nothing";
    assert_eq!(warned(&made), json!([reason]));
    let path = format!("/destinations/{}", made["id"].as_str().unwrap());
    made["url"] = json!("https://b.example/?s={click_id}");
    assert_eq!(warned(&admin.put(&path, made).await.expect(StatusCode::OK)), json!([]));
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let (_test, admin) = TestApp::with_admin().await;
    let campaign = json!({
        "name": " ", "slug": "click.php", "currency": "EUR", "trafficback_url": "javascript:alert(1)",
        "uniqueness": { "key": "ip", "ttl_hours": 0 }, "cost": { "model": "cpm", "amount": "-1" },
        "streams": [{ "routes": [], "weight": 2_000_000,
            "rules": { "any": [{ "test": { "criterion": "country", "op": "in", "values": ["Germany"] } }] } }],
    });
    let fields = admin.post("/campaigns", campaign).await.problem(422, "invalid");
    let expected = [
        "name",
        "slug",
        "cost.amount",
        "uniqueness.ttl_hours",
        "trafficback_url",
        "streams[0].weight",
        "streams[0].rules.any[0].test.values[0]",
        "streams[0].routes",
        "currency",
    ];
    assert_eq!(fields, expected);
    let source = json!({ "name": "S", "currency": "XTS", "parameters": [
        { "parameter": "a b", "role": "cost" }, { "parameter": "c", "role": "cost" },
    ] });
    let fields = admin.post("/sources", source).await.problem(422, "invalid");
    assert_eq!(fields, ["parameters[0].parameter", "parameters[1].role", "currency"]);
    let network = json!({ "name": "N", "offer_parameters": "a b", "statuses": [{ "word": "x", "status": "sale" }, { "word": "X", "status": "lead" }] });
    let fields = admin.post("/networks", network).await.problem(422, "invalid");
    assert_eq!(fields, ["offer_parameters", "statuses[1].word"]);
    let domain = json!({ "host": "https://go.example.com/" });
    assert_eq!(admin.post("/domains", domain).await.problem(422, "invalid"), ["host"]);
    let output = json!({ "url": "ftp://x", "payout_percent": "120", "body": "{}" });
    assert_eq!(
        admin.post("/outputs", output).await.problem(422, "invalid"),
        ["url", "body", "payout_percent"]
    );
}

#[tokio::test]
async fn what_cannot_be_read_is_named_by_its_path() {
    let (_test, admin) = TestApp::with_admin().await;
    for (body, field) in [
        (json!({ "trafficbak_url": "https://a.example/" }), "trafficbak_url"),
        (json!({ "cost": { "model": "cpc", "amount": 0.5 } }), "cost.amount"),
        (json!({ "cost": { "model": "cpc", "amount": "one" } }), "cost.amount"),
        (
            json!({ "streams": [{ "routes": [{ "destination_id": "x" }] }] }),
            "streams[0].routes[0].destination_id",
        ),
        (
            json!({ "streams": [{ "action": { "type": "redirect", "status": 418 } }] }),
            "streams[0].action.status",
        ),
        (json!({ "state": "asleep" }), "state"),
        (
            json!({ "streams": [{ "rules": { "all": [{ "test": { "criterion": "mood", "op": "in" } }] } }] }),
            "streams[0].rules.all[0].test.criterion",
        ),
        (json!([]), "body"),
    ] {
        let answer = admin.post("/campaigns", body.clone()).await;
        let fields = answer.problem(422, "invalid");
        // Serde reads tagged values in two steps and then knows only the outer part.
        assert!(field.starts_with(&fields[0]) && !fields[0].is_empty(), "{body}: {fields:?} {}", answer.text);
    }
    assert_eq!(admin.post("/destinations", json!({})).await.problem(422, "invalid"), ["url"]);
}

#[tokio::test]
async fn a_replacement_carries_the_version_that_was_read() {
    let (_test, admin) = TestApp::with_admin().await;
    let made = admin.post("/sources", json!({ "name": "A" })).await.expect(StatusCode::CREATED);
    let path = format!("/sources/{}", made["id"].as_str().unwrap());
    // What was read can be sent back as it is.
    let mut edited: Value = made.clone();
    edited["name"] = json!("B");
    let second = admin.put(&path, edited.clone()).await.expect(StatusCode::OK);
    assert_eq!((&second["name"], &second["version"]), (&json!("B"), &json!(2)));
    assert_eq!(second["created_at"], made["created_at"]);
    admin.put(&path, edited.clone()).await.problem(409, "stale");
    edited.as_object_mut().unwrap().remove("version");
    assert_eq!(admin.put(&path, edited).await.problem(422, "invalid"), ["version"]);
    admin.delete(&format!("{path}?version=1")).await.problem(409, "stale");
    admin.delete(&format!("{path}?version=2")).await.expect(StatusCode::NO_CONTENT);
    admin.get(&path).await.problem(404, "not_found");
    admin.delete(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn every_kind_can_be_sent_back_as_it_was_read() {
    let (_test, admin) = TestApp::with_admin().await;
    let destination = admin.make("destinations", json!({ "url": "https://a.example/" })).await;
    let stream = json!({ "routes": [{ "destination_id": destination }], "action": { "type": "redirect", "status": 307 } });
    for (collection, body) in [
        (
            "sources",
            json!({ "name": "S", "parameters": [{ "parameter": "z", "role": "sub_id_3", "token": "[Z]" }] }),
        ),
        ("networks", json!({ "name": "N", "statuses": [{ "word": "ok", "status": "sale" }] })),
        (
            "destinations",
            json!({ "url": "https://b.example/", "payout": { "type": "fixed", "amount": "1.5" } }),
        ),
        ("outputs", json!({ "url": "https://c.example/", "statuses": ["sale"] })),
        ("domains", json!({ "host": "go.example.com" })),
        ("campaigns", json!({ "streams": [stream], "cost": { "model": "rev_share", "percent": "12.5" } })),
        ("users", json!({ "email": "b@example.com", "password": super::app::PASSWORD, "role": "viewer" })),
    ] {
        let made = admin.post(&format!("/{collection}"), body).await.expect(StatusCode::CREATED);
        let path = format!("/{collection}/{}", made["id"].as_str().unwrap());
        let again = admin.put(&path, made.clone()).await.expect(StatusCode::OK);
        for (field, value) in made.as_object().unwrap() {
            if !matches!(field.as_str(), "version" | "updated_at") {
                assert_eq!(&again[field], value, "{collection} {field}");
            }
        }
    }
}

#[tokio::test]
async fn unique_values_conflict_by_field() {
    let (test, admin) = TestApp::with_admin().await;
    admin.make("campaigns", json!({ "slug": "summer" })).await;
    assert_eq!(
        admin.post("/campaigns", json!({ "slug": "summer" })).await.problem(409, "conflict"),
        ["slug"]
    );
    let domain = admin.make("domains", json!({ "host": "go.example.com" })).await;
    admin.make("campaigns", json!({ "slug": "summer", "domain_id": domain })).await;
    assert_eq!(
        admin.post("/domains", json!({ "host": "GO.example.com" })).await.problem(409, "conflict"),
        ["host"]
    );
    // Hosts belong to the instance: another workspace cannot take one over.
    let other = test.workspace("Other").await;
    let stranger = test.key(other, signalbox_domain::Role::Admin).await;
    let answer = stranger.post("/domains", json!({ "host": "go.example.com" })).await;
    assert_eq!(answer.problem(409, "conflict"), ["host"]);
}

#[tokio::test]
async fn what_is_in_use_says_where_and_stays() {
    let (_test, admin) = TestApp::with_admin().await;
    let network = admin.make("networks", json!({ "name": "Net" })).await;
    let destination =
        admin.make("destinations", json!({ "url": "https://a.example/", "network_id": network })).await;
    let source = admin.make("sources", json!({ "name": "Src" })).await;
    let stream = json!({ "routes": [{ "destination_id": destination }] });
    let campaign =
        admin.make("campaigns", json!({ "name": "Summer", "source_id": source, "streams": [stream] })).await;
    admin.make("outputs", json!({ "name": "Back", "url": "https://b.example/", "scope": { "type": "campaign", "id": campaign } })).await;
    for (path, user) in [
        (format!("/networks/{network}"), ("destinations", "a.example")),
        (format!("/destinations/{destination}"), ("campaigns", "Summer")),
        (format!("/sources/{source}"), ("campaigns", "Summer")),
        (format!("/campaigns/{campaign}"), ("outputs", "Back")),
    ] {
        let answer = admin.delete(&path).await;
        answer.problem(409, "in_use");
        let problem = answer.json();
        assert_eq!(
            (&problem["used_by"][0]["kind"], &problem["used_by"][0]["name"]),
            (&json!(user.0), &json!(user.1))
        );
        assert!(problem["detail"].as_str().unwrap().contains(user.1) && problem["request_id"].is_string());
        admin.get(&path).await.expect(StatusCode::OK);
    }
    let answer = admin.delete(&format!("/destinations/{destination}")).await.json();
    assert_eq!(answer["used_by"][0]["within"], json!(["stream Stream 1"]));
    let detail = answer["detail"].as_str().unwrap();
    assert!(detail.contains("campaign Summer (stream Stream 1)"), "{detail}");
    // Archiving instead takes it out of lists.
    let mut archived = admin.get(&format!("/destinations/{destination}")).await.json();
    archived["state"] = json!("archived");
    admin.put(&format!("/destinations/{destination}"), archived).await.expect(StatusCode::OK);
    assert_eq!(admin.get("/destinations").await.json()["items"], json!([]));
    assert_eq!(admin.get("/destinations?state=all").await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(admin.get("/destinations?state=archived").await.json()["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn links_carry_the_tokens_of_the_source_untouched() {
    let (test, admin) = TestApp::with_admin().await;
    let parameters = json!([
        { "parameter": "zone", "token": "{zoneid}", "role": "sub_id_1" },
        { "parameter": "bid", "token": "[BID PRICE]&x=${y}", "role": "cost" },
        { "parameter": "hand", "role": "sub_id_2" },
    ]);
    let source = admin.make("sources", json!({ "name": "S", "parameters": parameters })).await;
    let campaign = admin.make("campaigns", json!({ "slug": "summer", "source_id": source })).await;
    let path = format!("/campaigns/{campaign}/link");
    let links = admin.get(&path).await.expect(StatusCode::OK);
    let query = "zone={zoneid}&bid=[BID PRICE]&x=${y}";
    assert_eq!(links["links"].as_array().unwrap().len(), 1);
    assert_eq!(links["links"][0]["url"], format!("http://localhost:8081/summer?{query}"));
    assert_eq!(links["links"][0]["domain_id"], json!(null));

    admin.make("domains", json!({ "host": "go.example.com" })).await;
    test.advance_hours(1);
    admin.make("domains", json!({ "host": "plain.example.com", "https": false })).await;
    let links = admin.get(&path).await.json();
    let urls: Vec<&str> =
        links["links"].as_array().unwrap().iter().map(|link| link["url"].as_str().unwrap()).collect();
    assert_eq!(
        urls,
        [
            format!("https://go.example.com/summer?{query}"),
            format!("http://plain.example.com/summer?{query}")
        ]
    );
    let bare = admin.make("campaigns", json!({ "slug": "bare" })).await;
    let links = admin.get(&format!("/campaigns/{bare}/link")).await.json();
    assert_eq!(links["links"][0]["url"], "https://go.example.com/bare");
}

#[tokio::test]
async fn postback_urls_are_ready_to_paste_and_keys_rotate() {
    let (_test, admin) = TestApp::with_admin().await;
    let made = admin
        .post("/networks", json!({ "name": "N", "click_id_token": "{aff_sub}", "payout_token": "{payout}" }))
        .await;
    let made = made.expect(StatusCode::CREATED);
    let (id, key) = (made["id"].as_str().unwrap(), made["postback_key"].as_str().unwrap());
    let ready = admin.get(&format!("/networks/{id}/postback-url")).await.expect(StatusCode::OK);
    assert_eq!(
        ready["url"],
        format!("https://pb.example.com/{key}/postback?subid={{aff_sub}}&payout={{payout}}")
    );
    let missing: Vec<&str> =
        ready["missing_tokens"].as_array().unwrap().iter().map(|it| it["field"].as_str().unwrap()).collect();
    assert_eq!(missing, ["status_token", "transaction_token"]);

    admin.post(&format!("/networks/{id}/rotate-key"), json!({ "version": 7 })).await.problem(409, "stale");
    let rotated = admin.post(&format!("/networks/{id}/rotate-key"), json!({})).await.expect(StatusCode::OK);
    assert_ne!(rotated["postback_key"], made["postback_key"]);
    assert_eq!(rotated["click_id_token"], made["click_id_token"]);
    // A replacement cannot set the key.
    let mut forged = rotated.clone();
    forged["postback_key"] = json!("0123456789abcdef");
    let stored = admin.put(&format!("/networks/{id}"), forged).await.expect(StatusCode::OK);
    assert_eq!(stored["postback_key"], rotated["postback_key"]);
}

#[tokio::test]
async fn a_replaced_key_works_on_as_long_as_was_said_and_is_never_stored_in_the_open() {
    let (test, admin) = TestApp::with_admin().await;
    let made = admin.post("/networks", json!({ "name": "N" })).await.expect(StatusCode::CREATED);
    let (id, key) = (made["id"].as_str().unwrap(), made["postback_key"].as_str().unwrap());
    let rotate = format!("/networks/{id}/rotate-key");
    let long = admin.post(&rotate, json!({ "overlap_hours": 2161 })).await;
    assert_eq!(long.problem(422, "invalid"), ["overlap_hours"]);
    let rotated = admin.post(&rotate, json!({ "overlap_hours": 48 })).await.expect(StatusCode::OK);
    let retired = rotated["retired_keys"].as_array().unwrap();
    assert_eq!((retired.len(), &retired[0]["begins"]), (1, &json!(key[..4])));
    assert!(!rotated.to_string().contains(key), "a replaced key is not shown");
    // Saving keeps it; ending it at once does not.
    let kept = admin.put(&format!("/networks/{id}"), rotated.clone()).await.expect(StatusCode::OK);
    assert_eq!(kept["retired_keys"], rotated["retired_keys"]);
    let session = admin.get("/session").await.json();
    let workspace = session["workspaces"][0]["id"].as_str().unwrap().parse().unwrap();
    let viewer = test.key(workspace, Role::Viewer).await;
    let seen = viewer.get(&format!("/networks/{id}")).await.expect(StatusCode::OK);
    assert_eq!((&seen["postback_key"], &seen["retired_keys"][0]["begins"]), (&json!(""), &json!("")));
    let ended = admin.post(&rotate, json!({})).await.expect(StatusCode::OK);
    assert_eq!(ended["retired_keys"], json!([]));
}

#[tokio::test]
async fn addresses_that_postbacks_may_come_from_are_checked_by_place() {
    let (_test, admin) = TestApp::with_admin().await;
    let wrong = json!({ "name": "N", "allowed_ips": ["192.0.2.0/24", "10.0.0.0/99"] });
    assert_eq!(admin.post("/networks", wrong).await.problem(422, "invalid"), ["allowed_ips[1]"]);
    let right = json!({ "name": "N", "allowed_ips": [" 192.0.2.0/24 ", "2001:db8::7"] });
    let made = admin.post("/networks", right).await.expect(StatusCode::CREATED);
    assert_eq!(made["allowed_ips"], json!(["192.0.2.0/24", "2001:db8::7"]));
}

#[tokio::test]
async fn a_copy_has_its_own_identity() {
    let (_test, admin) = TestApp::with_admin().await;
    let destination = admin.make("destinations", json!({ "url": "https://a.example/" })).await;
    let streams = json!([{ "name": "One", "routes": [{ "destination_id": destination }] }]);
    let made = admin
        .post(
            "/campaigns",
            json!({ "name": "Summer", "slug": "summer", "state": "paused", "streams": streams }),
        )
        .await
        .json();
    let path = format!("/campaigns/{}/clone", made["id"].as_str().unwrap());
    let copy = admin.post(&path, json!({})).await.expect(StatusCode::CREATED);
    assert_eq!((&copy["name"], &copy["state"]), (&json!("Summer (copy)"), &json!("active")));
    assert_ne!(copy["slug"], made["slug"]);
    assert_ne!(copy["streams"][0]["id"], made["streams"][0]["id"]);
    assert_eq!(copy["streams"][0]["routes"], made["streams"][0]["routes"]);
    let named =
        admin.post(&path, json!({ "name": "Winter", "slug": "winter" })).await.expect(StatusCode::CREATED);
    assert_eq!((&named["name"], &named["slug"]), (&json!("Winter"), &json!("winter")));
    assert_eq!(admin.post(&path, json!({ "slug": "winter" })).await.problem(409, "conflict"), ["slug"]);
}

#[tokio::test]
async fn a_currency_needs_a_rate() {
    let (_test, admin) = TestApp::with_admin().await;
    let session = admin.get("/session").await.json();
    let path = format!("/workspaces/{}", session["workspaces"][0]["id"].as_str().unwrap());
    let body = json!({ "url": "https://a.example/", "currency": "EUR" });
    assert_eq!(admin.post("/destinations", body.clone()).await.problem(422, "invalid"), ["currency"]);
    let mut workspace = admin.get(&path).await.expect(StatusCode::OK);
    workspace["rates"] = json!([{ "currency": "EUR", "rate": "1.08" }]);
    admin.put(&path, workspace).await.expect(StatusCode::OK);
    admin.post("/destinations", body).await.expect(StatusCode::CREATED);
}

#[tokio::test]
async fn credentials_of_a_conversion_api_come_in_and_never_go_out() {
    let (_test, admin) = TestApp::with_admin().await;
    let api = |token: &str| {
        json!({ "platform": "meta", "account": "123", "events": [{ "status": "sale", "event": "Purchase" }],
            "credentials": { "access_token": token } })
    };
    let made = admin.post("/outputs", json!({ "conversion_api": api("secret-token") })).await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!(made["url"], signalbox_domain::Platform::Meta.base_url());
    assert_eq!((&made["method"], &made["name"]), (&json!("POST"), &json!("graph.facebook.com")));
    assert_eq!(made["conversion_api"]["credentials_set"], json!(["access_token"]));
    let path = format!("/outputs/{}", made["id"].as_str().unwrap());
    for text in [made.to_string(), admin.get(&path).await.text, admin.get("/outputs").await.text] {
        assert!(!text.contains("secret-token"), "{text}");
    }
    // What was read is sent back: the token stays, also with another version of the API.
    let mut again = made.clone();
    again["url"] = json!("https://graph.facebook.com/v99.0");
    let again = admin.put(&path, again).await.expect(StatusCode::OK);
    assert_eq!(again["conversion_api"]["credentials_set"], json!(["access_token"]));
    // To another host it is not sent along.
    let mut elsewhere = again.clone();
    elsewhere["url"] = json!("https://elsewhere.example/v99.0");
    let token = "conversion_api.credentials.access_token";
    assert_eq!(admin.put(&path, elsewhere.clone()).await.problem(422, "invalid"), [token]);
    elsewhere["conversion_api"] = api("another-token");
    admin.put(&path, elsewhere).await.expect(StatusCode::OK);
    let plain = json!({ "url": "http://graph.example/v1", "conversion_api": api("t") });
    assert_eq!(admin.post("/outputs", plain).await.problem(422, "invalid"), ["url"]);
}
