//! Outgoing deliveries that are sent again by hand.

use super::app::TestApp;
use http::StatusCode;
use serde_json::{Value, json};
use signalbox_catalog::{
    DeliveryState, LeaseRequest, NewDelivery, SystemScope, delivery_id, live::CircuitReport,
};
use signalbox_domain::{ConversionId, OutputId, Role, Scope, Timestamp};

const SYSTEM: SystemScope = SystemScope::new("tests");

/// What is known of a delivery: its state and attempts.
async fn known(test: &TestApp, scope: &Scope, id: &str) -> (DeliveryState, u32) {
    let found = test.catalog().deliveries().find::<Value>(scope, id).await.unwrap().unwrap();
    (found.value.state, found.value.attempts)
}

#[tokio::test]
async fn deliveries_are_sent_again_by_name_or_all_that_an_output_gave_up() {
    let (test, admin) = TestApp::with_admin().await;
    let workspace = test.workspace("Main").await;
    let client = test.member("editor@example.com", workspace, Role::Editor).await;
    let scope = Scope::system(workspace);
    let mut outputs = Vec::new();
    for name in ["first", "second"] {
        let body = json!({ "name": name, "url": "https://source.example/" });
        let made = client.post("/outputs", body).await.expect(StatusCode::CREATED);
        let id: OutputId = made["id"].as_str().unwrap().parse().unwrap();
        outputs.push(id);
    }
    let now = Timestamp::now();
    let conversion = |number: u128| ConversionId::new(now, number);
    let deliveries = test.catalog().deliveries();
    for (number, output) in
        [(1, outputs[0]), (2, outputs[0]), (3, outputs[0]), (4, outputs[1]), (5, outputs[0])]
    {
        let id = delivery_id(conversion(number), output, 1);
        let new = NewDelivery {
            id,
            output_id: output,
            due_at: now,
            payload: json!({ "number": number.to_string() }),
        };
        deliveries.enqueue(&scope, new, now).await.unwrap();
    }
    let request = LeaseRequest { worker: "w", output: None, now, lease_ms: 60_000, limit: 100 };
    for leased in deliveries.lease::<Value>(SYSTEM, &request).await.unwrap() {
        match leased.value.payload["number"].as_str().unwrap() {
            "3" => deliveries.complete(SYSTEM, leased, now).await.unwrap(),
            "5" => {}
            _ => deliveries.bury(SYSTEM, leased, (now, "gone")).await.unwrap(),
        }
    }

    let one = |number: u128, output: OutputId| json!({ "output_id": output.to_string(), "conversion_id": conversion(number).to_string(), "revision": 1 });
    let named = json!({ "deliveries": [one(1, outputs[0]), one(3, outputs[0]), one(5, outputs[0]), one(1, outputs[1])] });
    let resent = client.post("/deliveries/resend", named).await.expect(StatusCode::OK);
    assert_eq!(resent, json!({ "queued": 2, "waiting": 1, "unknown": 1, "more": false }));
    for number in [1, 3] {
        let id = delivery_id(conversion(number), outputs[0], 1);
        assert_eq!(known(&test, &scope, &id).await, (DeliveryState::Queued, 0), "{number}");
    }

    let dead = json!({ "dead_of": outputs[0].to_string() });
    let resent = client.post("/deliveries/resend", dead.clone()).await.expect(StatusCode::OK);
    assert_eq!(resent, json!({ "queued": 1, "waiting": 0, "unknown": 0, "more": false }));
    let of_other = delivery_id(conversion(4), outputs[1], 1);
    assert_eq!(known(&test, &scope, &of_other).await.0, DeliveryState::Dead, "another output's");

    for body in [json!({}), json!({ "deliveries": [one(1, outputs[0])], "dead_of": outputs[0].to_string() })]
    {
        assert_eq!(client.post("/deliveries/resend", body).await.problem(422, "invalid"), ["deliveries"]);
    }
    let many: Vec<Value> = (0..1_001).map(|_| one(1, outputs[0])).collect();
    let fields =
        client.post("/deliveries/resend", json!({ "deliveries": many })).await.problem(422, "invalid");
    assert_eq!(fields, ["deliveries"]);
    // Another tenant knows none of it.
    admin.post("/deliveries/resend", dead).await.problem(404, "not_found");
    let foreign = json!({ "deliveries": [one(4, outputs[1])] });
    assert_eq!(admin.post("/deliveries/resend", foreign).await.expect(StatusCode::OK)["unknown"], 1);
}

#[tokio::test]
async fn outputs_that_get_nothing_are_listed_to_those_whose_they_are() {
    let (test, admin) = TestApp::with_admin().await;
    let mut made = Vec::new();
    for name in ["One", "Two"] {
        let url = "https://s.example/?c={external_id}";
        made.push(admin.make("outputs", json!({ "name": name, "url": url })).await);
    }
    let none = admin.get("/outputs/circuits").await.expect(StatusCode::OK);
    assert_eq!(none["items"], json!([]));
    let open = |failures: u32| json!({ "since": 1_000, "retry_at": 2_000, "failures": failures, "last_error": "503" });
    let node = |valid_until: i64, open: Value| json!({ "valid_until": valid_until, "open": open });
    let (one, two, other) = (&made[0], &made[1], "0000000000009");
    let report: CircuitReport = serde_json::from_value(json!({ "nodes": {
        "a": node(i64::MAX, json!({ one: open(3), other: open(9) })),
        "b": node(i64::MAX, json!({ one: open(5) })),
        "gone": node(1, json!({ two: open(7) })),
    } }))
    .unwrap();
    test.catalog().live().put_circuits(SYSTEM, 0, &report).await.unwrap();
    let listed = admin.get("/outputs/circuits").await.expect(StatusCode::OK);
    let expected = json!([{
        "output_id": one, "since": "1970-01-01T00:00:01.000Z", "retry_at": "1970-01-01T00:00:02.000Z", "failures": 5,
        "last_error": "503",
    }]);
    assert_eq!(listed["items"], expected);
}
