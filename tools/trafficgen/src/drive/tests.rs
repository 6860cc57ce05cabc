//! The driver against a small server that fails on purpose.

use super::*;
use axum::{
    Router,
    extract::{Query, State},
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use signalbox_domain::{ConversionStatus as Status, Money};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::Duration,
};

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn plan(base: &str) -> Plan {
    let text = serde_json::json!({
        "traffic": base, "postback": base, "run": "t1", "clicks": 300, "conversions": 60, "concurrency": 8,
        "seed": 7, "retry_seconds": 20, "answer_ms": 2000,
        "campaigns": [
            {"slug": "one", "sub_id_parameter": "s", "external_id_parameter": "e", "cost_parameter": "c",
             "costs": ["0.1", "0.000000001", "0.35"], "click_id_parameter": "cid", "network": 0},
            {"slug": "two", "weight": 3, "sub_id_parameter": "s", "costs": ["0.07"], "click_id_parameter": "cid", "network": 0}
        ],
        "networks": [{"key": "key1", "words": {"lead": "hold"}, "payouts": ["1.1", "2.25"]}]
    });
    serde_json::from_value(text).unwrap()
}

#[derive(Default)]
struct Stored {
    requests: u64,
    clicks: BTreeMap<String, String>,
    postbacks: Vec<BTreeMap<String, String>>,
}

type Shared = Arc<Mutex<Stored>>;
type Parameters = Query<BTreeMap<String, String>>;

/// Every seventh request is not answered: half of these are stored before.
fn fails(stored: &mut Stored) -> Option<bool> {
    stored.requests += 1;
    stored.requests.is_multiple_of(7).then(|| stored.requests.is_multiple_of(2))
}

async fn click(State(shared): State<Shared>, Query(parameters): Parameters) -> Response {
    let mut stored = shared.lock().unwrap();
    let failure = fails(&mut stored);
    let id = format!("click{}", stored.requests);
    if failure != Some(false) {
        stored.clicks.insert(parameters["s"].clone(), parameters.get("c").cloned().unwrap_or_default());
    }
    match failure {
        Some(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
        None => {
            (StatusCode::FOUND, [(header::LOCATION, format!("https://o.example/?cid={id}"))]).into_response()
        }
    }
}

async fn postback(State(shared): State<Shared>, Query(parameters): Parameters) -> StatusCode {
    let mut stored = shared.lock().unwrap();
    let failure = fails(&mut stored);
    if failure != Some(false) {
        stored.postbacks.push(parameters);
    }
    failure.map_or(StatusCode::OK, |_| StatusCode::BAD_GATEWAY)
}

async fn server(listener: tokio::net::TcpListener, shared: Shared) {
    let app = Router::new()
        .route("/one", get(click))
        .route("/two", get(click))
        .route("/key1/postback", get(postback))
        .with_state(shared);
    axum::serve(listener, app).await.unwrap();
}

#[tokio::test]
async fn answered_is_stored_and_stored_was_attempted() {
    let shared = Shared::default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(server(listener, Arc::clone(&shared)));
    let mut lines = Vec::new();
    let drive = Drive::new(plan(&base)).unwrap();
    let progress = drive.progress();
    let ledger = drive.run(Some(&mut lines)).await.unwrap();
    task.abort();

    assert_eq!((progress.clicks(), progress.conversions()), (300, 60));
    assert_eq!(Ledger::read(lines.as_slice()).unwrap(), ledger);
    let stored = shared.lock().unwrap();
    let kept: BTreeSet<&str> = stored.clicks.keys().map(String::as_str).collect();
    let (answered, attempted) = (ledger.answered_sub_ids(), ledger.attempted_sub_ids());
    assert!(answered.is_subset(&kept) && kept.is_subset(&attempted));
    assert_eq!(answered.len(), 300);
    assert!(attempted.len() > 300, "something was tried again");
    assert_eq!(attempted.len(), ledger.clicks.len(), "every attempt has its own sub id");

    let summary = ledger.summary();
    let by_model = ledger.answered().filter(|click| click.campaign == "two").count() as i128;
    let sent: Money = ledger
        .answered()
        .filter(|click| click.campaign == "one")
        .map(|click| money(&stored.clicks[&click.sub_id]))
        .sum();
    assert_eq!(summary.cost, sent + Money::from_nanos(by_model * 70_000_000));
    assert_eq!(ledger.cost_of(&answered), summary.cost);
    assert!(by_model > 150, "weights are kept: {by_model}");

    // The last stored postback of each transaction is the ledger's state.
    let mut last = BTreeMap::new();
    for parameters in &stored.postbacks {
        last.insert(parameters["tid"].as_str(), parameters);
    }
    let conversions = ledger.conversions();
    assert_eq!((conversions.len(), last.len()), (60, 60));
    for (transaction, state) in &conversions {
        let parameters = last[transaction];
        let word = if state.status == Status::Lead { "hold" } else { state.status.as_str() };
        assert_eq!((parameters["status"].as_str(), money(&parameters["payout"])), (word, state.payout));
        assert!(!state.in_doubt);
    }
    assert!(conversions.values().any(|state| state.status == Status::Rejected));
    let earned = |state: &&ConversionState| state.status != Status::Rejected;
    assert_eq!(summary.revenue, conversions.values().filter(earned).map(|state| state.payout).sum());
    assert!(stored.postbacks.len() > ledger.conversions().len());
}

#[tokio::test]
async fn a_server_that_comes_late_is_waited_for() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let small = Plan { clicks: 5, conversions: 5, ..plan(&format!("http://{address}")) };
    let (sent, first) = tokio::sync::oneshot::channel();
    let running = tokio::spawn(async move {
        let mut sink = Notice(Some(sent));
        Drive::new(small).unwrap().run(Some(&mut sink)).await.unwrap()
    });
    // The server is started only after the first attempt has failed.
    first.await.unwrap();
    let listener = tokio::net::TcpListener::bind(address).await.unwrap();
    let task = tokio::spawn(server(listener, Shared::default()));
    let ledger = tokio::time::timeout(Duration::from_secs(20), running).await.unwrap().unwrap();
    task.abort();
    assert_eq!(ledger.summary().clicks_answered, 5);
    assert_eq!(ledger.conversions().len(), 5);
    let refused = Outcome::Unanswered { why: "no connection".to_owned() };
    assert!(ledger.clicks.iter().any(|click| click.outcome == refused));
}

/// Tells of the first line.
struct Notice(Option<tokio::sync::oneshot::Sender<()>>);

impl Write for Notice {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        if let Some(sender) = self.0.take() {
            sender.send(()).unwrap();
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn the_same_seed_draws_the_same_traffic() {
    let script = |seed| Script::new(Plan { seed, ..plan("http://x") }).unwrap();
    let facts = |script: &Script| -> Vec<_> {
        let numbers = 0..script.plan.clicks;
        let click = |number| {
            let click = script.click(number);
            (click.campaign.slug.clone(), click.cost, click.visitor.ip, script.conversion(number))
        };
        numbers.map(click).collect()
    };
    let (first, again, other) = (facts(&script(7)), facts(&script(7)), facts(&script(8)));
    assert_eq!(first, again);
    assert_ne!(first, other);
    assert_eq!(first.iter().filter(|(.., conversion)| conversion.is_some()).count(), 60);
}

#[test]
fn an_unanswered_last_step_leaves_a_conversion_in_doubt() {
    let postback = |status, outcome| {
        Entry::Postback(PostbackEntry {
            number: 0,
            attempt: 0,
            click_id: "c".into(),
            transaction: "t".into(),
            status,
            payout: money("2.5"),
            outcome,
        })
    };
    let mut ledger = Ledger::default();
    ledger.push(postback(Status::Lead, Outcome::Answered { status: 200 }));
    ledger.push(postback(Status::Sale, Outcome::Unanswered { why: "no connection".into() }));
    let summary = ledger.summary();
    assert_eq!((summary.in_doubt, summary.revenue), (1, money("2.5")));
    assert_eq!(summary.conversions, BTreeMap::from([("lead", 1)]));
    ledger.push(postback(Status::Sale, Outcome::Answered { status: 200 }));
    let summary = ledger.summary();
    assert_eq!((summary.in_doubt, summary.conversions), (0, BTreeMap::from([("sale", 1)])));
    ledger.push(postback(Status::Sale, Outcome::Answered { status: 400 }));
    assert_eq!(ledger.summary().postbacks_refused, 1);
}

#[test]
fn plans_say_what_is_wrong() {
    let wrong = |change: fn(&mut Plan)| {
        let mut plan = plan("http://x");
        change(&mut plan);
        Drive::new(plan).unwrap_err().to_string()
    };
    assert!(wrong(|plan| plan.conversions = 301).contains("conversions must not be more than clicks"));
    assert!(wrong(|plan| plan.traffic.clear()).contains("traffic must be the base address"));
    assert!(wrong(|plan| plan.run = "A b".into()).contains("run must have"));
    assert!(wrong(|plan| plan.concurrency = 0).contains("concurrency must be"));
    assert!(wrong(|plan| plan.campaigns[1].network = Some(9)).contains("campaigns[1].network"));
    assert!(wrong(|plan| plan.campaigns[0].costs.clear()).contains("campaigns[0].costs"));
    assert!(wrong(|plan| plan.networks[0].payouts.clear()).contains("networks[0].payouts"));
}
