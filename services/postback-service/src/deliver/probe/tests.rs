use super::*;
use crate::counters::tests::{WORKSPACE, until};
use axum::{Router, extract::State, http::StatusCode, routing::get};
use signalbox_domain::{Currency, DestinationKind, Scope, Workspace};
use std::sync::atomic::{AtomicU16, AtomicUsize, Ordering};

fn check(failures: u8) -> HealthCheck {
    HealthCheck { url: None, interval_seconds: 60, failures }
}

#[test]
fn down_after_so_many_failures_in_a_row_and_up_after_one_success() {
    let at = |second: i64| Timestamp(1_000 * second);
    let fail = || Some("answered 503".to_owned());
    let one = settle(None, &check(3), fail(), at(1));
    let two = settle(Some(one), &check(3), fail(), at(2));
    assert!(two.up && two.since == at(1) && two.failures == 2);
    let reset = settle(Some(two.clone()), &check(3), None, at(3));
    assert_eq!((reset.up, reset.failures), (true, 0));
    let three = settle(Some(two), &check(3), fail(), at(3));
    assert_eq!((three.up, three.since, three.last_error.as_deref()), (false, at(3), Some("answered 503")));
    assert_eq!(three.valid_until, at(3).plus_ms(600_000));
    let four = settle(Some(three), &check(3), fail(), at(4));
    assert_eq!((four.up, four.since, four.failures), (false, at(3), 4));
    let back = settle(Some(four), &check(3), None, at(5));
    assert_eq!((back.up, back.since), (true, at(5)));
}

#[test]
fn macros_are_left_empty() {
    assert_eq!(without_macros("https://a.example/{x}?s={click_id}&b=1{"), "https://a.example/?s=&b=1");
    assert_eq!(without_macros("https://a.example/"), "https://a.example/");
}

/// A page whose answer can be changed.
async fn page(status: Arc<AtomicU16>, asked: Arc<AtomicUsize>) -> String {
    let answer = |State((status, asked)): State<(Arc<AtomicU16>, Arc<AtomicUsize>)>| async move {
        asked.fetch_add(1, Ordering::Relaxed);
        StatusCode::from_u16(status.load(Ordering::Relaxed)).unwrap()
    };
    let router = Router::new().fallback(get(answer)).with_state((status, asked));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/offer?sub=", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

struct Rig {
    _dir: tempfile::TempDir,
    catalog: Catalog,
    config: CurrentConfig,
}

impl Rig {
    async fn new(url: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog = Catalog::open(&format!("sqlite:{}", dir.path().join("c.db").display())).await.unwrap();
        let workspace: Workspace = serde_json::from_value(serde_json::json!({
            "id": WORKSPACE.to_string(), "name": "w", "currency": Currency::USD.as_str(), "timezone": "UTC",
        }))
        .unwrap();
        catalog.workspaces().create(SYSTEM, workspace).await.unwrap();
        let mut destination =
            Destination::new(DestinationId(7), "d", DestinationKind::Offer, format!("{url}{{click_id}}"));
        destination.health = Some(HealthCheck { url: None, interval_seconds: 10, failures: 1 });
        catalog.destinations().create(&Scope::system(WORKSPACE), destination).await.unwrap();
        let config = CurrentConfig::default();
        config.load(&catalog).await.unwrap();
        Self { _dir: dir, catalog, config }
    }

    fn probe(&self, node: &str, guard: &Guard) -> CancellationToken {
        let stop = CancellationToken::new();
        let prober = Prober {
            catalog: self.catalog.clone(),
            config: self.config.clone(),
            guard: guard.clone(),
            client: guard.client(Duration::from_secs(5)).unwrap(),
            metrics: Arc::default(),
            node: node.to_owned(),
        };
        tokio::spawn(prober.run(stop.clone()));
        stop
    }

    async fn health(&self) -> Option<DestinationHealth> {
        self.catalog.live().health(SYSTEM).await.unwrap().value.destinations.get(&DestinationId(7)).cloned()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_destination_that_fails_is_told_and_only_one_node_asks() {
    let (status, asked) = (Arc::new(AtomicU16::new(503)), Arc::new(AtomicUsize::new(0)));
    let rig = Rig::new(&page(Arc::clone(&status), Arc::clone(&asked)).await).await;
    let allowed = Guard::new(&["127.0.0.0/8".parse().unwrap()]);
    let stop = rig.probe("a", &allowed);
    until(async || rig.health().await.is_some_and(|health| !health.up)).await;
    let report = rig.catalog.live().health(SYSTEM).await.unwrap().value;
    assert!(report.is_down(DestinationId(7), Timestamp::now()));
    assert_eq!(report.destinations[&DestinationId(7)].last_error.as_deref(), Some("answered 503"));

    // Another node does not ask while the first one holds the lease; when that ends it takes over, and one success is enough.
    status.store(403, Ordering::Relaxed);
    let before = asked.load(Ordering::Relaxed);
    let other = rig.probe("b", &allowed);
    stop.cancel();
    until(async || rig.health().await.is_some_and(|health| health.up)).await;
    assert_eq!(rig.catalog.live().health(SYSTEM).await.unwrap().value.node, "b");
    assert_eq!(asked.load(Ordering::Relaxed), before + 1);
    other.cancel();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_private_address_is_not_asked() {
    let asked = Arc::new(AtomicUsize::new(0));
    let rig = Rig::new(&page(Arc::new(AtomicU16::new(200)), Arc::clone(&asked)).await).await;
    let stop = rig.probe("a", &Guard::default());
    until(async || rig.health().await.is_some_and(|health| !health.up)).await;
    let error = rig.health().await.unwrap().last_error.unwrap();
    assert!(error.contains("delivery_allow_private"), "{error}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
    stop.cancel();
}
