//! Lanes over a real catalog, with receivers on loopback that answer, hang and refuse.

use super::*;
use crate::{
    config::CurrentConfig,
    conversion::tests::{conversion, state},
    counters::tests::until,
    deliver::{Bounds, Breakers, Tokens, guard::Guard},
    judge::keys,
    metrics::Metrics,
};
use axum::{Router, extract::State, routing::any};
use signalbox_catalog::{Catalog, Delivery, DeliveryState, NewDelivery, Stored};
use signalbox_domain::{ConversionStatus, Output, Scope, WorkspaceId};
use signalbox_events::{Journal, JournalOptions, Stream};
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::{TcpListener, TcpSocket};

const FAST: OutputId = OutputId(1);
const BAD: OutputId = OutputId(2);
/// Requests at one time, to one receiver and to all.
const PER_OUTPUT: usize = 4;
const IN_FLIGHT: usize = 9;

fn scope() -> Scope {
    Scope::system(WorkspaceId(1))
}

struct Rig {
    deliverer: Deliverer,
    stop: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Rig {
    async fn new(catalog: Catalog) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let facts = Journal::open(folder.path().join("facts"), JournalOptions::new(Stream::Facts)).unwrap();
        let guard = Guard::new(&["127.0.0.0/8".parse().unwrap()]);
        let timeout = Duration::from_secs(120);
        let bounds = Bounds {
            in_flight_max: IN_FLIGHT,
            per_output_max: PER_OUTPUT,
            timeout,
            attempts_max: 18,
            backoff_min: Duration::from_millis(10),
            backoff_max: Duration::from_millis(10),
            response_bytes_max: 100,
        };
        let stored = conversion(state(1, ConversionStatus::Sale, "1"));
        catalog.conversions().insert(&scope(), stored.id, &keys(&stored), &stored).await.unwrap();
        let deliverer = Deliverer {
            catalog,
            config: CurrentConfig::default(),
            facts,
            warehouse: tokio::sync::watch::channel(None).1,
            client: guard.client(timeout).unwrap(),
            guard,
            tokens: Tokens::default(),
            metrics: Arc::new(Metrics),
            worker: "w".to_owned(),
            bounds,
            breakers: Arc::new(Breakers::new(PER_OUTPUT as u32, 20)),
            bells: Arc::default(),
        };
        Self { deliverer, stop: CancellationToken::new(), _folder: folder }
    }

    async fn output(&self, id: OutputId, base: &str) {
        let fields = serde_json::json!({"id": id.to_string(), "name": "O", "url": base});
        let output: Output = serde_json::from_value(fields).unwrap();
        self.deliverer.catalog.outputs().create(&scope(), output).await.unwrap();
        self.deliverer.config.load(&self.deliverer.catalog).await.unwrap();
    }

    /// Queues so many deliveries, about the one conversion there is.
    async fn queue(&self, output: OutputId, count: usize) {
        let stored = conversion(state(1, ConversionStatus::Sale, "1"));
        for number in 0..count {
            let payload = Parcel { workspace: WorkspaceId(1), conversion: stored.id, revision: 1 };
            let (id, now) = (format!("{output}:{number}"), Timestamp::now());
            let new = NewDelivery { id, output_id: output, due_at: now, payload };
            assert!(self.deliverer.catalog.deliveries().enqueue(&scope(), new, now).await.unwrap());
        }
    }

    async fn deliveries(&self, output: OutputId) -> Vec<Stored<Delivery<Parcel>>> {
        let listed = self.deliverer.catalog.deliveries().list(SYSTEM, None, &PageRequest::largest()).await;
        listed.unwrap().items.into_iter().filter(|it| it.value.output_id == output).collect()
    }

    async fn count(&self, output: OutputId, state: DeliveryState) -> usize {
        self.deliveries(output).await.iter().filter(|it| it.value.state == state).count()
    }

    fn run(&self) -> JoinHandle<()> {
        tokio::spawn(self.deliverer.clone().run(self.stop.clone()))
    }
}

/// Runs a test on each store that is here.
async fn everywhere(test: impl AsyncFn(Rig)) {
    let folder = tempfile::tempdir().unwrap();
    test(Rig::new(crate::testing::catalog(folder.path()).await).await).await;
    if let Some((catalog, database)) = crate::testing::mongodb().await {
        test(Rig::new(catalog).await).await;
        database.drop_database().await.unwrap();
    }
}

fn url(listener: &TcpListener) -> String {
    format!("http://{}/", listener.local_addr().unwrap())
}

async fn listen() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// Answers every request; how many there were.
fn answer(listener: TcpListener) -> Arc<AtomicUsize> {
    let asked = Arc::new(AtomicUsize::new(0));
    let note = async |State(asked): State<Arc<AtomicUsize>>| {
        asked.fetch_add(1, Ordering::Relaxed);
    };
    let router = Router::new().fallback(any(note)).with_state(Arc::clone(&asked));
    tokio::spawn(async move { axum::serve(listener, router).await });
    asked
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_receiver_that_hangs_holds_its_own_slots_and_no_more() {
    everywhere(async |rig: Rig| {
        let (hangs, answers) = (listen().await, listen().await);
        rig.output(BAD, &url(&hangs)).await;
        rig.output(FAST, &url(&answers)).await;
        answer(answers);
        rig.queue(BAD, 20).await;
        let running = rig.run();
        let tried = async || rig.deliveries(BAD).await.iter().filter(|it| it.value.attempts > 0).count();
        until(async || tried().await == PER_OUTPUT).await;
        rig.queue(FAST, 40).await;
        until(async || rig.count(FAST, DeliveryState::Done).await == 40).await;
        assert_eq!(tried().await, PER_OUTPUT);
        let untouched = rig.deliveries(BAD).await.iter().filter(|it| it.version == 1).count();
        assert_eq!(untouched, 20 - PER_OUTPUT, "what waits for a slot is not written");
        rig.stop.cancel();
        running.abort();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_behind_an_open_circuit_is_not_written_and_goes_out_when_the_receiver_is_back() {
    everywhere(async |rig: Rig| {
        // Bound and not listening: connections are refused.
        let refuses = TcpSocket::new_v4().unwrap();
        refuses.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let answers = listen().await;
        rig.output(BAD, &format!("http://{}/", refuses.local_addr().unwrap())).await;
        rig.output(FAST, &url(&answers)).await;
        answer(answers);
        rig.queue(BAD, 30).await;
        let running = rig.run();
        // Pauses double: once it has failed three trials the circuit stands open most of the time.
        let open = async || {
            let report = rig.deliverer.catalog.live().circuits(SYSTEM).await.unwrap().value;
            report.nodes.get("w").is_some_and(|node| {
                node.open.get(&BAD).is_some_and(|open| open.failures >= PER_OUTPUT as u32 + 3)
            })
        };
        until(open).await;
        rig.queue(FAST, 20).await;
        until(async || rig.count(FAST, DeliveryState::Done).await == 20).await;
        let touched = |all: &[Stored<Delivery<Parcel>>]| all.iter().filter(|it| it.version > 1).count();
        let waiting = rig.deliveries(BAD).await;
        assert!(touched(&waiting) < 25, "{} of 30 written", touched(&waiting));
        let asked = answer(refuses.listen(64).unwrap());
        until(async || rig.count(BAD, DeliveryState::Done).await == 30).await;
        assert_eq!(asked.load(Ordering::Relaxed), 30, "each once");
        rig.stop.cancel();
        running.await.unwrap();
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_due_for_outputs_that_no_longer_exist_is_given_up_and_nothing_else_is_touched() {
    everywhere(async |rig: Rig| {
        rig.output(BAD, "http://127.0.0.1:9/").await;
        rig.queue(BAD, 10).await;
        rig.queue(OutputId(77), 120).await;
        // One that this node does not know yet is not gone.
        let fields = serde_json::json!({"id": FAST.to_string(), "name": "New", "url": "http://127.0.0.1:9/"});
        let made = serde_json::from_value(fields).unwrap();
        rig.deliverer.catalog.outputs().create(&scope(), made).await.unwrap();
        rig.queue(FAST, 3).await;
        let place = rig.deliverer.clone().sweep(None, rig.stop.clone()).await;
        assert_eq!(place, None, "it came to the end");
        let gone = rig.deliveries(OutputId(77)).await;
        assert!(gone.len() == 120 && gone.iter().all(|it| it.value.state == DeliveryState::Dead));
        assert_eq!(gone[0].value.last_error, "the output or the conversion was deleted");
        for output in [BAD, FAST] {
            assert!(rig.deliveries(output).await.iter().all(|it| it.version == 1), "{output}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lane_hears_of_what_is_queued_without_asking() {
    everywhere(async |rig: Rig| {
        let answers = listen().await;
        rig.output(FAST, &url(&answers)).await;
        answer(answers);
        let lane = Lane {
            slots: Slots::new(IN_FLIGHT, PER_OUTPUT),
            deliverer: rig.deliverer.clone(),
            output: FAST,
            queued: rig.deliverer.bells.of(FAST),
            freed: Arc::default(),
            // It never asks by itself.
            poll: Duration::from_secs(86_400),
        };
        let running = tokio::spawn(lane.run(rig.stop.clone()));
        // More than there are slots, too: a slot that is free again is used at once.
        for count in [1, 5 * PER_OUTPUT] {
            rig.queue(FAST, count).await;
            rig.deliverer.bells.ring(FAST);
            until(async || rig.count(FAST, DeliveryState::Done).await == count).await;
            for done in rig.deliveries(FAST).await {
                let store = rig.deliverer.catalog.deliveries();
                let before = done.value.changed_at.plus_ms(1);
                store.purge(SYSTEM, DeliveryState::Done, before).await.unwrap();
            }
        }
        rig.stop.cancel();
        running.await.unwrap();
    })
    .await;
}
