//! Conversions that people bring in, and requests of nobody that are given to a network.

use super::app::TestApp;
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_catalog::{
    SystemScope,
    live::{StrayPostback, Strays},
};
use signalbox_domain::{Role, Timestamp};

const SYSTEM: SystemScope = SystemScope::new("tests");

fn codes(rows: &Value) -> Vec<(u64, &str)> {
    let rows = rows["items"].as_array().unwrap();
    rows.iter().map(|row| (row["line"].as_u64().unwrap(), row["code"].as_str().unwrap_or_default())).collect()
}

#[tokio::test]
async fn an_upload_is_kept_for_the_postback_service_and_taken_once_somebody_says_so() {
    let (_test, admin) = TestApp::with_admin().await;
    let network = admin.make("networks", json!({ "name": "N" })).await;
    let text = "subid;payout\na1;1\nb2;2;7;8\n";
    let made = admin.post("/postbacks/uploads", json!({ "network_id": network, "text": text })).await;
    let made = made.expect(StatusCode::CREATED);
    assert_eq!(
        (&made["state"], &made["total"], &made["origin"]),
        (&json!("checking"), &json!(2), &json!("text"))
    );
    let path = format!("/postbacks/uploads/{}", made["id"].as_str().unwrap());
    let rows = admin.get(&format!("{path}/rows")).await.expect(StatusCode::OK);
    assert_eq!(codes(&rows), [(2, ""), (3, "row_malformed")]);
    assert_eq!(rows["items"][0]["query"], "subid=a1&payout=1");
    let bad = admin.get(&format!("{path}/rows?bad=true&limit=1")).await.expect(StatusCode::OK);
    assert_eq!((codes(&bad), &bad["total"]), (vec![(3, "row_malformed")], &json!(1)));
    for _ in 0..2 {
        let taking = admin.post(&format!("{path}/take"), json!({})).await.expect(StatusCode::OK);
        assert_eq!(taking["state"], "taking");
    }
    let listed = admin.get("/postbacks/uploads").await.expect(StatusCode::OK);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);

    let rows = json!([{ "subid": "a1", "payout": 1.5, "tid": "7" }, { "subid": "b2", "payout": "2" }]);
    let body = json!({ "network_id": network, "rows": rows, "take": true });
    let made = admin.post("/postbacks/uploads", body).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&made["state"], &made["origin"], &made["total"]),
        (&json!("taking"), &json!("rows"), &json!(2))
    );
}

#[tokio::test]
async fn what_is_no_upload_is_refused_by_field() {
    let (_test, admin) = TestApp::with_admin().await;
    let network = admin.make("networks", json!({ "name": "N" })).await;
    let columns: Vec<String> = (0..51).map(|number| format!("c{number}")).collect();
    for (body, field) in [
        (json!({ "network_id": network }), "text"),
        (json!({ "network_id": network, "text": "a", "rows": [{}] }), "text"),
        (json!({ "network_id": network, "text": "  \n" }), "text"),
        (json!({ "network_id": network, "rows": [] }), "rows"),
        (json!({ "network_id": network, "text": "a", "columns": columns }), "columns"),
        (json!({ "network_id": "0000000000001", "text": "a" }), "network_id"),
    ] {
        let refused = admin.post("/postbacks/uploads", body).await;
        assert_eq!(refused.problem(422, "invalid"), [field]);
    }
    for _ in 0..10 {
        let body = json!({ "network_id": network, "text": "a1" });
        admin.post("/postbacks/uploads", body).await.expect(StatusCode::CREATED);
    }
    let one_more = admin.post("/postbacks/uploads", json!({ "network_id": network, "text": "a1" })).await;
    one_more.problem(409, "too_many_running");
    admin.get("/postbacks/uploads/00000000000000000000000001").await.problem(404, "not_found");
}

fn stray(code: &str, fingerprint: &str, query: &str) -> StrayPostback {
    StrayPostback {
        at: Timestamp(1_790_000_000_000),
        times: 3,
        code: code.to_owned(),
        reason: "why".to_owned(),
        key_fingerprint: fingerprint.to_owned(),
        method: "GET".to_owned(),
        query: query.to_owned(),
        ip: "192.0.2.7".to_owned(),
        user_agent: "network/1".to_owned(),
    }
}

#[tokio::test]
async fn requests_of_nobody_are_given_to_a_network() {
    let (test, admin) = TestApp::with_admin().await;
    let network = admin.make("networks", json!({ "name": "N" })).await;
    let ring = Strays {
        requests: vec![
            stray("key_unknown", "f1", "subid=a1"),
            stray("address_not_allowed", "f1", "subid=b2"),
            stray("parameters_unreadable", "", "x"),
            stray("key_unknown", "f1", &"x".repeat(1_000)),
        ],
    };
    test.catalog().live().put_strays(SYSTEM, ("node", 0), &ring).await.unwrap();
    let seen = admin.get("/postbacks/strays").await.expect(StatusCode::OK);
    let items = seen["items"].as_array().unwrap();
    let assignable: Vec<bool> = items.iter().map(|it| it["assignable"].as_bool().unwrap()).collect();
    assert_eq!(assignable, [true, true, false, false]);
    let ids: Vec<&str> = items.iter().map(|it| it["id"].as_str().unwrap()).collect();
    let assign = |ids: Vec<&str>| json!({ "network_id": network, "ids": ids });
    let path = "/postbacks/strays/assign";
    assert_eq!(admin.post(path, assign(vec![])).await.problem(422, "invalid"), ["ids"]);
    assert_eq!(admin.post(path, assign(vec![ids[0], "gone"])).await.problem(422, "invalid"), ["ids[1]"]);
    assert_eq!(admin.post(path, assign(vec![ids[2]])).await.problem(422, "invalid"), ["ids[0]"]);
    let other = json!({ "network_id": "0000000000001", "ids": [ids[0]] });
    assert_eq!(admin.post(path, other).await.problem(422, "invalid"), ["network_id"]);

    let given = admin.post(path, assign(ids[..2].to_vec())).await.expect(StatusCode::CREATED);
    assert_eq!(
        (&given["origin"], &given["state"], &given["total"]),
        (&json!("strays"), &json!("taking"), &json!(2))
    );
    let seen = admin.get("/postbacks/strays").await.expect(StatusCode::OK);
    let given_to: Vec<&Value> =
        seen["items"].as_array().unwrap().iter().map(|it| &it["assigned_to"]).collect();
    assert_eq!(given_to, [&json!(network), &json!(network), &Value::Null, &Value::Null]);

    // They are of no workspace: only admins of the first one see them and give them away.
    test.advance_hours(1);
    let elsewhere = test.workspace("Other").await;
    let stranger = test.key(elsewhere, Role::Admin).await;
    stranger.post(path, assign(vec![ids[0]])).await.problem(403, "forbidden");
}
