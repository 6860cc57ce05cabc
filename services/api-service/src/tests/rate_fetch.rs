//! Exchange rates that are fetched: from a server on this machine.

use super::app::{Client, TestApp};
use crate::{rate_feed::Fetching, recurring::Recurring as _};
use axum::{
    Router,
    body::Body,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::net::TcpListener;

/// A server that answers what it is told to.
#[derive(Clone)]
struct Bank {
    answer: Arc<Mutex<(StatusCode, String)>>,
    asked: Arc<AtomicUsize>,
    url: String,
}

impl Bank {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let bank = Self {
            answer: Arc::new(Mutex::new((StatusCode::OK, String::new()))),
            asked: Arc::default(),
            url: format!("http://{}", listener.local_addr().unwrap()),
        };
        let router = Router::new().fallback(answer).with_state(bank.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        bank
    }

    fn answers(&self, status: StatusCode, text: impl Into<String>) {
        *self.answer.lock().unwrap() = (status, text.into());
    }

    /// The file of a day.
    fn publishes(&self, day: &str, rates: &[(&str, &str)]) {
        let row = |(name, rate): &(&str, &str)| format!("<Cube currency='{name}' rate='{rate}'/>");
        let rows: String = rates.iter().map(row).collect();
        self.answers(StatusCode::OK, format!("<Cube><Cube time='{day}'>{rows}</Cube></Cube>"));
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }
}

async fn answer(State(bank): State<Bank>) -> Response {
    bank.asked.fetch_add(1, Ordering::SeqCst);
    let (status, text) = bank.answer.lock().unwrap().clone();
    let elsewhere = format!("{}/elsewhere", bank.url);
    if text == "endless" {
        let parts = futures::stream::repeat_with(|| Ok::<_, std::io::Error>("<Cube>".repeat(1_000)));
        return Body::from_stream(parts).into_response();
    }
    (status, [(header::LOCATION, elsewhere)], text).into_response()
}

/// What the node that does it does at each look.
async fn look(test: &TestApp) {
    for thing in Fetching::list(&test.app).await.unwrap() {
        Fetching::look(&test.app, &thing).await.unwrap();
    }
}

async fn outcome(admin: &Client) -> Value {
    admin.get("/rate-fetch").await.expect(StatusCode::OK)["outcome"].clone()
}

/// The rates of the only workspace: currency, rate, since, source.
async fn rates(admin: &Client) -> Vec<String> {
    let page = admin.get("/workspaces").await.expect(StatusCode::OK);
    let rates = page["items"][0]["rates"].as_array().unwrap().clone();
    let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
    let row =
        |rate: &Value| ["currency", "rate", "since", "source"].map(|field| text(&rate[field])).join(" ");
    rates.iter().map(row).collect()
}

fn from_bank(bank: &Bank, version: u64) -> Value {
    json!({
        "version": version, "active": true, "feed": { "type": "ecb", "mirror": bank.url },
        "currencies": ["EUR", "GBP"], "time": "17:00",
    })
}

#[tokio::test]
async fn rates_are_fetched_once_a_day_and_marked() {
    // It is 22:26 of 2026-05-28 in Berlin.
    let (test, admin) = TestApp::with_admin().await;
    let bank = Bank::start().await;
    let fresh = admin.get("/rate-fetch").await.expect(StatusCode::OK);
    assert_eq!(
        (&fresh["version"], &fresh["active"], &fresh["feed"]),
        (&json!(0), &json!(false), &Value::Null)
    );
    admin.post("/rate-fetch/run", json!({})).await.problem(409, "paused");
    look(&test).await;
    assert_eq!(bank.asked(), 0, "nothing is fetched unless it was asked for");

    bank.publishes("2026-05-28", &[("USD", "1.25"), ("GBP", "0.8")]);
    let set = admin.put("/rate-fetch", from_bank(&bank, 0)).await.expect(StatusCode::OK);
    assert_eq!(set["version"], 1);
    admin.put("/rate-fetch", from_bank(&bank, 0)).await.problem(409, "stale");
    look(&test).await;
    let first = ["EUR 1.25 2026-05-27T22:00:00.000Z ecb", "GBP 1.5625 2026-05-27T22:00:00.000Z ecb"];
    assert_eq!(rates(&admin).await, first);
    let said = outcome(&admin).await;
    assert_eq!(
        (&said["rates_of"], &said["changed"], &said["failures"]),
        (&json!("2026-05-28"), &json!(2), &json!(0))
    );

    // Until 17:00 of the next day nobody is asked; then once, although nothing new was published, and again when somebody wishes it.
    test.advance_hours(18);
    look(&test).await;
    assert_eq!(bank.asked(), 1);
    test.advance_hours(1);
    look(&test).await;
    look(&test).await;
    assert_eq!((bank.asked(), rates(&admin).await), (2, first.map(str::to_owned).to_vec()));
    bank.publishes("2026-05-29", &[("USD", "1.26")]);
    assert_eq!(
        admin.post("/rate-fetch/run", json!({})).await.expect(StatusCode::ACCEPTED)["outcome"]["wished"],
        true
    );
    look(&test).await;
    let all = rates(&admin).await;
    assert_eq!(all[1], "EUR 1.26 2026-05-28T22:00:00.000Z ecb");
    let said = outcome(&admin).await;
    assert_eq!(said["refused"], json!(["the source has no rate from GBP to USD"]), "{said}");
    assert_eq!(all.len(), 3, "what is missing in the answer stays as it is: {all:?}");

    // What was read can be sent back; paused, nobody is asked.
    let mut read = admin.get("/rate-fetch").await.expect(StatusCode::OK);
    read["active"] = json!(false);
    admin.put("/rate-fetch", read).await.expect(StatusCode::OK);
    test.advance_hours(48);
    look(&test).await;
    assert_eq!(bank.asked(), 3);
}

#[tokio::test]
async fn what_somebody_gave_stays_and_absurd_rates_are_refused() {
    let (test, admin) = TestApp::with_admin().await;
    let bank = Bank::start().await;
    let mut workspace = admin.get("/workspaces").await.expect(StatusCode::OK)["items"][0].clone();
    let path = format!("/workspaces/{}", workspace["id"].as_str().unwrap());
    workspace["rates"] = json!([
        { "currency": "GBP", "rate": "1.3", "since": "2026-05-28T05:00:00Z", "source": "ecb" },
        { "currency": "EUR", "rate": "0.7" },
    ]);
    let mut workspace = admin.put(&path, workspace).await.expect(StatusCode::OK);
    assert_eq!(
        workspace["rates"][1]["source"], "manual",
        "nobody but the server says where a rate came from"
    );
    bank.publishes("2026-05-28", &[("USD", "1.25"), ("GBP", "0.8")]);
    admin.put("/rate-fetch", from_bank(&bank, 0)).await.expect(StatusCode::OK);
    look(&test).await;
    let by_hand = ["EUR 0.7 - manual", "GBP 1.3 2026-05-28T05:00:00.000Z manual"];
    assert_eq!(rates(&admin).await, by_hand);
    let refused = outcome(&admin).await["refused"].to_string();
    assert!(refused.contains("EUR would go from 0.7 to 1.25"), "{refused}");

    // By hand it is right, and from then on it is fetched; a fetched one that is edited is somebody's.
    workspace["rates"].as_array_mut().unwrap().push(json!({
        "currency": "EUR", "rate": "1.2", "since": "2026-05-26T22:00:00Z",
    }));
    admin.put(&path, workspace).await.expect(StatusCode::OK);
    admin.post("/rate-fetch/run", json!({})).await.expect(StatusCode::ACCEPTED);
    look(&test).await;
    assert_eq!(rates(&admin).await[2], "EUR 1.25 2026-05-27T22:00:00.000Z ecb");
    let mut workspace = admin.get(&path).await.expect(StatusCode::OK);
    workspace["rates"][2]["rate"] = json!("1.24");
    admin.put(&path, workspace).await.expect(StatusCode::OK);
    admin.post("/rate-fetch/run", json!({})).await.expect(StatusCode::ACCEPTED);
    look(&test).await;
    assert_eq!(rates(&admin).await[2], "EUR 1.24 2026-05-27T22:00:00.000Z manual");
}

#[tokio::test]
async fn failures_are_said_and_tried_again_and_rates_stay() {
    let (test, admin) = TestApp::with_admin().await;
    let bank = Bank::start().await;
    bank.publishes("2026-05-28", &[("USD", "1.25"), ("GBP", "0.8")]);
    admin.put("/rate-fetch", from_bank(&bank, 0)).await.expect(StatusCode::OK);
    look(&test).await;
    let standing = rates(&admin).await;

    test.advance_hours(24);
    for (status, text, reason) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "", "answered 500"),
        (StatusCode::FOUND, "", "answered 302"),
        (StatusCode::OK, "<html>", "no <Cube time"),
        (StatusCode::OK, "endless", "larger than"),
        (StatusCode::OK, "<Cube time='2026-06-28'><Cube currency='USD' rate='1'/>", "in the future"),
    ] {
        let asked = bank.asked();
        bank.answers(status, text);
        look(&test).await;
        assert_eq!(bank.asked(), asked + 1, "{reason}");
        let said = outcome(&admin).await;
        assert!(said["error"].as_str().unwrap().contains(reason), "{said}");
        look(&test).await;
        assert_eq!(bank.asked(), asked + 1, "not at once again");
        assert_eq!(rates(&admin).await, standing);
        test.advance_hours(1);
    }
    let said = outcome(&admin).await;
    assert_eq!(
        (&said["failures"], &said["succeeded_at"]),
        (&json!(5), &json!("2026-05-28T20:26:40.000Z")),
        "{said}"
    );
    bank.publishes("2026-05-29", &[("USD", "1.26"), ("GBP", "0.8")]);
    look(&test).await;
    let said = outcome(&admin).await;
    assert_eq!(
        (&said["failures"], &said["error"], &said["next_try_at"]),
        (&json!(0), &json!(""), &Value::Null)
    );
    assert_eq!(rates(&admin).await.len(), 4);
}

#[tokio::test]
async fn other_documents_are_read_and_private_addresses_are_not() {
    let (test, admin) = TestApp::with_admin().await;
    let bank = Bank::start().await;
    bank.answers(StatusCode::OK, r#"{"data":{"from":"USD","quotes":{"EUR":0.8,"GBP":"0.64"}}}"#);
    let feed =
        |url: &str| json!({ "type": "json", "url": url, "base": "/data/from", "rates": "/data/quotes" });
    let mut wish = from_bank(&bank, 0);
    wish["feed"] = feed(&format!("{}/latest?app_id=t0p", bank.url));
    wish["time"] = json!("24:00");
    assert_eq!(admin.put("/rate-fetch", wish.clone()).await.problem(422, "invalid"), ["time"]);
    wish["time"] = json!("06:30");
    admin.put("/rate-fetch", wish.clone()).await.expect(StatusCode::OK);
    look(&test).await;
    let today = ["EUR 1.25 2026-05-27T22:00:00.000Z json", "GBP 1.5625 2026-05-27T22:00:00.000Z json"];
    assert_eq!(
        rates(&admin).await,
        today,
        "a document without a date is of the day on which it was asked for"
    );

    wish["version"] = json!(1);
    wish["feed"] = feed("http://10.0.0.1/latest?app_id=t0p");
    admin.put("/rate-fetch", wish).await.expect(StatusCode::OK);
    look(&test).await;
    let error = outcome(&admin).await["error"].to_string();
    assert!(error.contains("not a public address") && !error.contains("t0p"), "{error}");
    assert_eq!(rates(&admin).await, today);
}
