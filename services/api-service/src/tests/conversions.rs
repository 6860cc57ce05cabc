//! Conversions deleted and restored by hand, types of conversions, rates and payout rules.

use super::app::TestApp;
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_catalog::{PageRequest, RecordKeys};
use signalbox_domain::{ConversionId, PostbackUpload, Role, Scope, Timestamp, WorkspaceId};

/// A conversion as postback-service keeps it, as far as it is read here.
async fn a_conversion(test: &TestApp, workspace: WorkspaceId, hands: Value) -> ConversionId {
    let id = ConversionId::new(Timestamp(1_790_000_000_000), 7);
    let document = json!({
        "id": id, "network": "0000000000009", "transaction": "t1", "repeat": "add", "deleted": true,
        "click": { "id": "01jzzzzzzzzzzzzzzzzzzzzzzz" },
        "history": [{ "status": "custom2" }, { "status": "custom2", "by_hand": hands }],
    });
    let keys = RecordKeys { click: None, at: Timestamp(1), pending: None };
    let scope = Scope::system(workspace);
    test.catalog().conversions().insert(&scope, id, &keys, &document).await.unwrap();
    id
}

#[tokio::test]
async fn conversions_are_left_to_be_deleted_and_restored() {
    let (test, admin) = TestApp::with_admin().await;
    let session = admin.get("/session").await.expect(StatusCode::OK);
    let (user, name) = (session["user"]["id"].as_str().unwrap(), &session["user"]["name"]);
    let workspace: WorkspaceId = session["workspaces"][0]["id"].as_str().unwrap().parse().unwrap();
    let hand = json!({ "action": "delete", "at": 5_000, "who": format!("user:{user}"), "note": "a test" });
    let id = a_conversion(&test, workspace, hand).await;
    let record = admin.get(&format!("/conversions/{id}")).await.expect(StatusCode::OK);
    assert_eq!((&record["repeat"], &record["deleted"]), (&json!("add"), &json!(true)));
    assert_eq!(
        record["hands"],
        json!([{ "action": "delete", "at": "1970-01-01T00:00:05.000Z", "who": name, "note": "a test", "revision": 2 }])
    );
    let body = json!({ "ids": [id], "note": " wrong & gone " });
    let taken = admin.post("/conversions/restore", body).await.expect(StatusCode::ACCEPTED);
    assert_eq!(taken["conversions"], 1);
    let scope = Scope::system(workspace);
    let uploads = test.catalog().uploads();
    let left = uploads.list::<PostbackUpload>(&scope, &PageRequest::largest()).await.unwrap();
    let expected = format!("conversion={id}&action=restore&by=user%3A{user}&note=wrong+%26+gone");
    assert_eq!(left.items[0].value.rows[0].query, expected);

    for (body, field) in [
        (json!({ "ids": [] }), "ids"),
        (json!({ "ids": [id, "01jzzzzzzzzzzzzzzzzzzzzzz0"] }), "ids[1]"),
        (json!({ "ids": [id], "note": "x".repeat(201) }), "note"),
    ] {
        assert_eq!(admin.post("/conversions/delete", body).await.problem(422, "invalid"), [field]);
    }
    let viewer = test.member("v@example.com", workspace, Role::Viewer).await;
    viewer.post("/conversions/delete", json!({ "ids": [id] })).await.expect(StatusCode::FORBIDDEN);
    viewer.get(&format!("/conversions/{id}")).await.expect(StatusCode::OK);
    admin.get("/conversions/01jzzzzzzzzzzzzzzzzzzzzzz0").await.expect(StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_workspace_has_types_of_its_own_and_rates_with_a_history() {
    let (_test, admin) = TestApp::with_admin().await;
    let session = admin.get("/session").await.expect(StatusCode::OK);
    let path = format!("/workspaces/{}", session["workspaces"][0]["id"].as_str().unwrap());
    let mut workspace = admin.get(&path).await.expect(StatusCode::OK);
    let types = json!([
        { "status": "custom9", "name": "Qualified", "words": ["ql"], "repeat": "keep" },
        { "status": "sale", "name": "", "words": [], "repeat": "add" },
    ]);
    let rate = |rate: &str, since: Value| json!({ "currency": "JPY", "rate": rate, "since": since });
    let rates = [
        rate("0.0068", json!("2026-03-01T00:00:00.000Z")),
        rate("0.0065", Value::Null),
        rate("0.0069", json!("2026-05-01T00:00:00+02:00")),
    ];
    let body = |workspace: &Value, types: &Value| {
        json!({
            "version": workspace["version"], "name": workspace["name"], "currency": workspace["currency"],
            "timezone": workspace["timezone"], "rates": rates, "conversion_types": types,
        })
    };
    workspace = admin.put(&path, body(&workspace, &types)).await.expect(StatusCode::OK);
    assert_eq!(workspace["conversion_types"], types);
    let since: Vec<&Value> =
        workspace["rates"].as_array().unwrap().iter().map(|rate| &rate["since"]).collect();
    let expected = [json!(null), json!("2026-03-01T00:00:00.000Z"), json!("2026-04-30T22:00:00.000Z")];
    assert_eq!(since, expected.iter().collect::<Vec<_>>());
    let network = json!({ "name": "N", "statuses": [{ "word": "Q", "status": "custom9" }] });
    admin.make("networks", network).await;

    let wrong = json!([{ "status": "lead", "name": "", "words": [], "repeat": "add" }]);
    let fields = admin.put(&path, body(&workspace, &wrong)).await.problem(422, "invalid");
    assert!(fields.contains(&"conversion_types[0].status".to_owned()), "{fields:?}");
}

#[tokio::test]
async fn payout_rules_are_kept_and_checked() {
    let (_test, admin) = TestApp::with_admin().await;
    let rules = json!([
        { "statuses": ["sale", "custom1"], "countries": ["DE"], "payout": { "type": "fixed", "amount": "5" } },
        { "statuses": [], "countries": ["US"], "payout": { "type": "auto" } },
    ]);
    let destination =
        |rules: &Value| json!({ "name": "D", "url": "https://d.example/", "payout_rules": rules });
    let made = admin.post("/destinations", destination(&rules)).await.expect(StatusCode::CREATED);
    assert_eq!(made["payout_rules"], rules);
    for (rule, field) in [
        (json!({ "payout": { "type": "auto" } }), "payout_rules[0].statuses"),
        (json!({ "countries": ["DEU"], "payout": { "type": "auto" } }), "payout_rules[0].countries[0]"),
        (
            json!({ "statuses": ["sale"], "payout": { "type": "fixed", "amount": "-1" } }),
            "payout_rules[0].payout.amount",
        ),
    ] {
        let answer = admin.post("/destinations", destination(&json!([rule]))).await;
        assert_eq!(answer.problem(422, "invalid"), [field]);
    }
}

#[tokio::test]
async fn a_table_of_rates_is_looked_at_before_it_is_taken() {
    let (_test, admin) = TestApp::with_admin().await;
    let session = admin.get("/session").await.expect(StatusCode::OK);
    let path = format!("/workspaces/{}", session["workspaces"][0]["id"].as_str().unwrap());
    let rates = format!("{path}/rates");
    let version = admin.get(&path).await.expect(StatusCode::OK)["version"].clone();
    let send = |text: &str, take: bool| json!({ "version": version, "text": text, "take": take });
    let seen = admin.post(&rates, send("JPY;0.0068;2026-03-01\nGBP;x", true)).await.expect(StatusCode::OK);
    assert_eq!((&seen["added"], &seen["bad"], &seen["taken"]), (&json!(1), &json!(1), &json!(false)));
    assert!(seen["lines"][1]["reason"].as_str().unwrap().contains("above 0"), "{seen}");
    let text = "JPY;0.0068;2026-03-01\nJPY;0.0067\nJPY;0.0066";
    let seen = admin.post(&rates, send(text, false)).await.expect(StatusCode::OK);
    assert_eq!((&seen["added"], &seen["taken"]), (&json!(2), &json!(false)), "of two for one time the last");
    assert_eq!(admin.get(&path).await.expect(StatusCode::OK)["rates"], json!([]));
    admin.post(&rates, send(text, true)).await.expect(StatusCode::OK);
    let kept = admin.get(&path).await.expect(StatusCode::OK)["rates"].clone();
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["rate"]), (2, &json!("0.0066")));
    assert_eq!(
        admin.post(&rates, send(text, true)).await.status,
        StatusCode::CONFLICT,
        "it has changed since"
    );
    assert_eq!(admin.post(&rates, send(" ", true)).await.problem(422, "invalid"), ["text"]);
}
