//! Custom metrics, saved views, share links and cost corrections, as far as they go without the engine; with it: `tests/engine`.

use super::app::TestApp;
use crate::auth::digest;
use http::{Method, StatusCode};
use serde_json::json;
use signalbox_domain::{Actor, Role, Scope, ShareLink, ShareLinkId};

#[tokio::test]
async fn custom_metrics_are_kept_and_described() {
    let (_test, admin) = TestApp::with_admin().await;
    let body = json!({ "key": "net", "title": "Net", "formula": "(revenue − cost) ÷ unique_clicks", "format": "money", "decimals": 5 });
    let made = admin.post("/metrics", body.clone()).await.expect(StatusCode::CREATED);
    assert_eq!((&made["key"], &made["version"]), (&json!("custom_net"), &json!(1)));
    assert_eq!(admin.post("/metrics", body).await.problem(409, "conflict"), ["key"]);
    for (formula, part) in
        [("revenue +", "character 10"), ("clickz * 2", "did you mean clicks?"), ("1; DROP", "character 2")]
    {
        let answer = admin.post("/metrics", json!({ "key": "x", "formula": formula })).await;
        assert_eq!(answer.problem(422, "invalid"), ["formula"]);
        assert!(answer.text.contains(part), "{}", answer.text);
    }
    let check = |formula: &str| admin.post("/metrics/check", json!({ "formula": formula }));
    assert_eq!(check("revenue ÷ clicks").await.expect(StatusCode::OK), json!({ "error": null }));
    let mistake = check("revenue ÷ clickz").await.expect(StatusCode::OK);
    assert_eq!(mistake["error"]["position"], json!(11));
    assert!(mistake["error"]["reason"].as_str().unwrap().contains("did you mean clicks?"), "{mistake}");
    assert_eq!(
        admin.post("/metrics", json!({ "key": "Net 2", "formula": "1" })).await.problem(422, "invalid"),
        ["key"]
    );
    let metadata = admin.get("/reports/metadata").await.expect(StatusCode::OK);
    let listed = metadata["metrics"].as_array().unwrap().iter().find(|it| it["key"] == "custom_net").unwrap();
    assert_eq!((&listed["value_type"], &listed["decimals"]), (&json!("money"), &json!(5)));
    let path = format!("/metrics/{}", made["id"].as_str().unwrap());
    let mut changed = made.clone();
    changed["formula"] = json!("profit");
    admin.put(&path, changed.clone()).await.expect(StatusCode::OK);
    admin.put(&path, changed).await.problem(409, "stale");
    admin.delete(&path).await.expect(StatusCode::NO_CONTENT);
    admin.get(&path).await.problem(404, "not_found");
}

#[tokio::test]
async fn views_are_of_one_person_or_of_all() {
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let ana = test.member("ana@example.com", workspace, Role::Editor).await;
    let ben = test.member("ben@example.com", workspace, Role::Viewer).await;
    let view = |name: &str, everybody: bool| {
        json!({
            "name": name, "everybody": everybody, "page": "campaigns", "display": { "columns": ["clicks", "roi"] },
            "query": {
                "dimensions": ["campaign", "country"], "metrics": ["clicks"], "range": { "token": "last_7_days" },
                "filters": [{ "any": [{ "field": "country", "op": "equals", "values": ["DE"] }] }],
            },
        })
    };
    let own = ana.post("/views", view("B own", false)).await.expect(StatusCode::CREATED);
    let all = ana.post("/views", view("a all", true)).await.expect(StatusCode::CREATED);
    ben.post("/views", view("Ben", true)).await.problem(403, "forbidden");
    let bens = ben.post("/views", view("Ben", false)).await.expect(StatusCode::CREATED);
    let names = |answer: serde_json::Value| -> Vec<String> {
        answer["items"].as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(ana.get("/views?page=campaigns").await.expect(StatusCode::OK)), ["a all", "B own"]);
    assert_eq!(names(ben.get("/views").await.expect(StatusCode::OK)), ["a all", "Ben"]);
    assert_eq!(names(ben.get("/views?page=logs").await.expect(StatusCode::OK)), Vec::<String>::new());

    let path = |view: &serde_json::Value| format!("/views/{}", view["id"].as_str().unwrap());
    ben.get(&path(&own)).await.problem(404, "not_found");
    ana.get(&path(&bens)).await.problem(404, "not_found");
    ben.put(&path(&all), all.clone()).await.problem(403, "forbidden");
    ben.delete(&path(&all)).await.problem(403, "forbidden");
    assert_eq!(ana.put(&path(&all), all.clone()).await.expect(StatusCode::OK)["version"], 2);
    ana.put(&path(&all), all.clone()).await.problem(409, "stale");
    let mut wrong = view("x", false);
    wrong["query"]["mood"] = json!("good");
    assert_eq!(ana.post("/views", wrong).await.problem(422, "invalid"), ["query.mood"]);
    ben.delete(&path(&bens)).await.expect(StatusCode::NO_CONTENT);

    let stranger = test.key(test.workspace("Other").await, Role::Admin).await;
    stranger.get(&path(&all)).await.problem(404, "not_found");
    assert_eq!(stranger.post("/views", view("k", false)).await.problem(422, "invalid"), ["everybody"]);
    stranger.post("/views", view("k", true)).await.expect(StatusCode::CREATED);
    assert_eq!(names(stranger.get("/views").await.expect(StatusCode::OK)), ["k"]);
}

#[tokio::test]
async fn what_is_deleted_keeps_its_name() {
    use crate::handlers::names::{Kind, Names, Wanted};
    let test = TestApp::fresh().await;
    let workspace = test.workspace("Main").await;
    let editor = test.key(workspace, Role::Editor).await;
    let destination =
        editor.make("destinations", json!({ "name": "Offer", "url": "https://a.example/" })).await;
    let stream = |name: &str| json!({ "name": name, "routes": [{ "destination_id": destination }] });
    let made = editor
        .post("/campaigns", json!({ "name": "Summer", "streams": [stream("One"), stream("Two")] }))
        .await
        .expect(StatusCode::CREATED);
    let (campaign, first) = (made["id"].as_str().unwrap(), made["streams"][0]["id"].as_str().unwrap());
    let second = made["streams"][1]["id"].as_str().unwrap();
    editor.delete(&format!("/campaigns/{campaign}/streams/{first}")).await.expect(StatusCode::NO_CONTENT);
    editor.delete(&format!("/campaigns/{campaign}")).await.expect(StatusCode::NO_CONTENT);
    editor.delete(&format!("/destinations/{destination}")).await.expect(StatusCode::NO_CONTENT);

    let names = async |workspace| {
        let mut wanted = Wanted::default();
        wanted.add(Kind::Campaign, campaign);
        wanted.add(Kind::Stream, first);
        wanted.add(Kind::Stream, second);
        wanted.add(Kind::Destination, destination.as_str());
        let scope = signalbox_domain::Scope::system(workspace);
        let names = Names::look_up(&test.app, &scope, wanted).await.unwrap();
        [
            names.of(Kind::Campaign, campaign),
            names.of(Kind::Stream, first),
            names.of(Kind::Stream, second),
            names.of(Kind::Destination, &destination),
        ]
    };
    assert_eq!(
        names(workspace).await,
        ["Summer (deleted)", "One (deleted)", "Two (deleted)", "Offer (deleted)"]
    );
    let elsewhere = names(test.workspace("Other").await).await;
    assert_eq!(elsewhere[0], format!("deleted ({campaign})"), "another workspace learns no names");
}

#[tokio::test]
async fn costs_wait_for_the_analytics_database_and_wrong_ones_are_named_first() {
    let (test, admin) = TestApp::with_admin().await;
    let good = json!({ "range": { "from": "2026-05-01", "to": "2026-05-02" }, "amount": "5" });
    admin.post("/costs", good.clone()).await.problem(503, "reports_unavailable");
    admin.post("/costs/preview", good.clone()).await.problem(503, "reports_unavailable");
    assert_eq!(admin.get("/costs").await.expect(StatusCode::OK)["items"], json!([]));
    for (key, value, field) in [
        ("amount", json!("x"), "amount"),
        ("currency", json!("EUR"), "currency"),
        ("timezone", json!("Mars"), "timezone"),
        ("range", json!({ "token": "all_time" }), "range.token"),
        ("range", json!({ "from": "2026-05-02" }), "range.to"),
    ] {
        let mut body = good.clone();
        body[key] = value;
        assert_eq!(admin.post("/costs", body).await.problem(422, "invalid"), [field]);
    }
    admin.get("/costs/0000000000001").await.problem(404, "not_found");
    admin.post("/costs/0000000000001/undo", json!({})).await.problem(404, "not_found");
    assert_eq!(
        admin.post("/costs/import", json!({ "text": "date,cost\n" })).await.problem(422, "invalid"),
        ["idempotency_key"]
    );
    let preview = admin.post("/costs/import/preview", json!({ "text": "date,mood,cost\n" })).await;
    assert_eq!(preview.problem(422, "invalid"), ["text"]);

    // The address of another tracker, which nobody without a key reaches.
    let tool = |client: &super::app::Client, body: serde_json::Value| {
        let request = client.request(Method::POST, "/admin_api/v1/clicks/update_costs");
        request.header("content-type", "application/json").body(body.to_string().into()).unwrap()
    };
    let anonymous = test.anonymous();
    anonymous.send(tool(&anonymous, json!({}))).await.problem(401, "unauthorized");
    let workspace = test.workspace("Tools").await;
    let viewer = test.key(workspace, Role::Viewer).await;
    viewer.send(tool(&viewer, json!({}))).await.problem(403, "forbidden");
    let editor = test.key(workspace, Role::Editor).await;
    assert_eq!(editor.send(tool(&editor, json!({}))).await.problem(422, "invalid"), ["start_date"]);
}

#[tokio::test]
async fn tools_find_campaigns_by_number() {
    let test = TestApp::fresh().await;
    let (workspace, other) = (test.workspace("Tools").await, test.workspace("Other").await);
    let (editor, stranger) = (test.key(workspace, Role::Editor).await, test.key(other, Role::Editor).await);
    let body = json!({ "name": "Summer", "slug": "summer", "cost": { "model": "cpm", "amount": "2.5" }, "cost_from_parameter": true });
    let made = editor.post("/campaigns", body).await.expect(StatusCode::CREATED);
    let paused = json!({ "name": "Winter", "slug": "winter", "state": "paused" });
    editor.post("/campaigns", paused).await.expect(StatusCode::CREATED);
    let list = async |client: &super::app::Client, part: &str| {
        let request = client.request(Method::GET, &format!("/admin_api/v1/campaigns{part}"));
        client.send(request.body("".into()).unwrap()).await.expect(StatusCode::OK)
    };
    let all = list(&editor, "").await;
    let of = |alias: &str| all.as_array().unwrap().iter().find(|it| it["alias"] == alias).unwrap();
    let number = of("summer")["id"].as_u64().unwrap();
    assert!(number < 1 << 53, "every language reads it as it was written");
    let summer = json!({
        "id": number, "alias": "summer", "name": "Summer", "state": "active", "type": "position", "cost_type": "CPM",
        "cost_value": "2.5", "cost_currency": "USD", "cost_auto": true, "traffic_source_id": null, "domain_id": null,
    });
    assert_eq!(*of("summer"), summer);
    assert_eq!(of("winter")["state"], "disabled");
    assert_eq!(list(&editor, "?limit=1&offset=1").await, json!([all[1]]));
    assert_eq!(list(&stranger, "").await, json!([]));

    // Known by that number, by its id and by its link name, up to where the reports are needed; another number is nobody's.
    let send = async |client: &super::app::Client, campaign: serde_json::Value| {
        let cost = json!({ "start_date": "2026-05-01", "end_date": "2026-05-01", "cost": 1 });
        let body = json!({ "campaign_ids": [campaign], "costs": [cost] });
        let request = client.request(Method::POST, "/admin_api/v1/clicks/update_costs");
        let request = request.header("content-type", "application/json");
        client.send(request.body(body.to_string().into()).unwrap()).await
    };
    for known in [json!(number), json!(number.to_string()), made["id"].clone(), json!("summer")] {
        send(&editor, known).await.problem(503, "reports_unavailable");
    }
    assert_eq!(send(&editor, json!(1)).await.problem(422, "invalid"), ["campaign_ids"]);
    assert_eq!(send(&stranger, json!(number)).await.problem(422, "invalid"), ["campaign_ids"]);
}

#[tokio::test]
async fn shared_reports_open_with_their_token_alone() {
    let (_test, admin) = TestApp::with_admin().await;
    let link = json!({ "name": "For the client", "query": { "dimensions": ["day"] } });
    // A link is tried once when it is made.
    admin.post("/share-links", link).await.problem(503, "reports_unavailable");
    assert_eq!(
        admin
            .post("/share-links", json!({ "name": "x", "query": {}, "password": "short" }))
            .await
            .problem(422, "invalid"),
        ["password"]
    );
    let past = json!({ "name": "x", "query": {}, "expires_at": "2020-01-01T00:00:00Z" });
    assert_eq!(admin.post("/share-links", past).await.problem(422, "invalid"), ["expires_at"]);
    admin.post("/shared/nonsense/query", json!({})).await.problem(404, "not_found");
}

#[tokio::test]
async fn a_shared_report_ends_when_its_link_says() {
    let test = TestApp::fresh().await;
    let scope = Scope::system(test.workspace("Main").await);
    let password_hash = Some(test.app.passwords().hash("correct horse".to_owned()).await.unwrap());
    let hour = |hours: i64| Some(test.app.now().plus_ms(hours * 3_600_000));
    for (token, expires_at, password_hash) in
        [("ends", hour(2), None), ("sealed", hour(2), password_hash), ("stays", None, None)]
    {
        let link = ShareLink {
            id: ShareLinkId::random(test.app.now()),
            name: "Client".to_owned(),
            created_by: Actor::System,
            token_sha256: digest(token),
            prefix: token.to_owned(),
            query: json!({ "dimensions": ["day"] }).to_string(),
            range_open: false,
            password_hash,
            expires_at,
        };
        test.catalog().share_links().create(&scope, link).await.unwrap();
    }
    let visitor = test.anonymous();
    let ask = async |token: &str| {
        let body = json!({ "password": "correct horse" });
        visitor.post(&format!("/shared/{token}/query"), body).await
    };
    // As far as it goes without the engine: the link is good.
    for token in ["ends", "sealed", "stays"] {
        ask(token).await.problem(503, "reports_unavailable");
    }
    test.advance_hours(1);
    ask("ends").await.problem(503, "reports_unavailable");
    test.advance_hours(1);
    // To the moment; and nothing tells it from a link that never was, the right password or not.
    for token in ["ends", "sealed"] {
        ask(token).await.problem(404, "not_found");
        visitor.post(&format!("/shared/{token}/query"), json!({})).await.problem(404, "not_found");
    }
    ask("stays").await.problem(503, "reports_unavailable");
}
