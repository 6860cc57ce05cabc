use super::*;
use crate::{
    config::CurrentConfig,
    conversion::tests::{conversion, state},
};
use signalbox_catalog::LeaseRequest;
use signalbox_domain::{ConversionStatus, WorkspaceId};
use signalbox_events::{JournalOptions, LocalSource, Stream};
use std::path::Path;

/// A node: its journals and its outbox over the catalog that all share.
struct Node {
    facts: Journal,
    outbox: Outbox,
}

impl Node {
    /// A node whose event log knows its own journals and those of `others`.
    fn open(folder: &Path, catalog: &Catalog, others: &[&Journal]) -> (Self, Journal) {
        let open =
            |name: &str, stream| Journal::open(folder.join(name), JournalOptions::new(stream)).unwrap();
        let (postbacks, facts) = (open("postbacks", Stream::Postbacks), open("facts", Stream::Facts));
        let known = others.iter().map(|journal| (*journal).clone()).chain([postbacks.clone()]);
        let source = Arc::new(LocalSource::new(known));
        let outbox = Outbox {
            catalog: catalog.clone(),
            facts: facts.clone(),
            node: postbacks.id(),
            source,
            bells: Arc::default(),
        };
        (Self { facts, outbox }, postbacks)
    }

    /// What it told the ledger: revisions in order.
    fn told(&self) -> Vec<u32> {
        let mut reader = self.facts.reader(0);
        let batch = reader.read(BATCH).unwrap();
        let revision = |payload: &[u8]| Record::decode(payload).unwrap().conversion().unwrap().revision;
        batch.records.iter().map(|record| revision(&record.payload)).collect()
    }
}

struct Bench {
    folder: tempfile::TempDir,
    catalog: Catalog,
    config: CurrentConfig,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let catalog = crate::testing::catalog(folder.path()).await;
        let config = CurrentConfig::default();
        config.load(&catalog).await.unwrap();
        Self { folder, catalog, config }
    }

    fn node(&self, name: &str, others: &[&Journal]) -> (Node, Journal) {
        Node::open(&self.folder.path().join(name), &self.catalog, others)
    }

    /// Stores a conversion with a first state of `first` and a second one of `second`, at times `at`, and nothing told.
    async fn store(&self, first: &Journal, second: &Journal, at: Timestamp) -> Stored<Conversion> {
        let of = |journal: &Journal, state: State| State {
            raw: crate::conversion::RawRef { journal: journal.id().get(), ..state.raw },
            at,
            ..state
        };
        let mut it = conversion(of(first, state(1, ConversionStatus::Lead, "1")));
        it.apply(of(second, state(2, ConversionStatus::Sale, "3")));
        let scope = Scope::system(WorkspaceId(1));
        self.catalog.conversions().insert(&scope, it.id, &keys(&it), &it).await.unwrap()
    }

    async fn stored(&self, id: ConversionId) -> Stored<Conversion> {
        let scope = Scope::system(WorkspaceId(1));
        self.catalog.conversions().find(&scope, id).await.unwrap().unwrap()
    }

    async fn recover(&self, node: &Node) {
        node.outbox.recover(&self.config.get().unwrap()).await.unwrap();
    }
}

#[tokio::test]
async fn each_state_is_told_once_by_the_node_that_made_it() {
    let bench = Bench::new().await;
    let (a, a_postbacks) = bench.node("a", &[]);
    let (b, b_postbacks) = bench.node("b", &[&a_postbacks]);
    let stored = bench.store(&a_postbacks, &b_postbacks, Timestamp::now()).await;
    let id = stored.value.id;
    // Both start at the same time, and again and again.
    for _ in 0..3 {
        bench.recover(&b).await;
        bench.recover(&a).await;
    }
    assert_eq!((a.told(), b.told()), (vec![1], vec![2]));
    let done = bench.stored(id).await.value;
    assert_eq!((done.journaled, done.queued, done.has_untold()), (2, 2, false));
    // A document that was read before is told no second time by whoever still holds it.
    a.outbox.flush(&bench.config.get().unwrap(), bench.stored(id).await).await.unwrap();
    assert_eq!((a.told(), b.told()), (vec![1], vec![2]));
}

#[tokio::test]
async fn outputs_are_not_told_of_what_asks_for_that() {
    let bench = Bench::new().await;
    let output: signalbox_domain::Output = serde_json::from_value(serde_json::json!({
        "id": "0000000000009", "name": "All", "url": "https://source.example/"
    }))
    .unwrap();
    let scope = Scope::system(WorkspaceId(1));
    bench.catalog.outputs().create(&scope, output).await.unwrap();
    bench.config.load(&bench.catalog).await.unwrap();
    let (a, postbacks) = bench.node("a", &[]);
    let stored = bench.store(&postbacks, &postbacks, Timestamp::now()).await;
    let mut quiet = stored.value.clone();
    quiet.history[1].quiet = true;
    let at = (quiet.id, stored.version);
    bench.catalog.conversions().replace(&scope, at, &keys(&quiet), &quiet).await.unwrap();
    bench.recover(&a).await;
    assert_eq!(a.told(), [1, 2], "the ledger is told of everything");
    let request =
        LeaseRequest { worker: "w", output: None, now: Timestamp::now(), lease_ms: 1_000, limit: 10 };
    let leased = bench.catalog.deliveries().lease::<Parcel>(SYSTEM, &request).await.unwrap();
    assert_eq!(leased.iter().map(|it| it.value.payload.revision).collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn outputs_are_told_of_the_second_statuses_they_name() {
    let bench = Bench::new().await;
    let scope = Scope::system(WorkspaceId(1));
    for (id, words) in
        [("0000000000009", vec!["Called"]), ("000000000000a", vec![]), ("000000000000b", vec!["shipped"])]
    {
        let output: signalbox_domain::Output = serde_json::from_value(serde_json::json!({
            "id": id, "name": "One", "url": "https://source.example/", "second_statuses": words,
        }))
        .unwrap();
        bench.catalog.outputs().create(&scope, output).await.unwrap();
    }
    bench.config.load(&bench.catalog).await.unwrap();
    let (a, postbacks) = bench.node("a", &[]);
    let stored = bench.store(&postbacks, &postbacks, Timestamp::now()).await;
    let mut called = stored.value.clone();
    called.history[1].second_status = "called".to_owned();
    let at = (called.id, stored.version);
    bench.catalog.conversions().replace(&scope, at, &keys(&called), &called).await.unwrap();
    bench.recover(&a).await;
    let request =
        LeaseRequest { worker: "w", output: None, now: Timestamp::now(), lease_ms: 1_000, limit: 10 };
    let leased = bench.catalog.deliveries().lease::<Parcel>(SYSTEM, &request).await.unwrap();
    let mut told: Vec<(String, u32)> =
        leased.iter().map(|it| (it.value.output_id.to_string(), it.value.payload.revision)).collect();
    told.sort();
    let of = |id: &str, revision| (id.to_owned(), revision);
    assert_eq!(told, [of("0000000000009", 2), of("000000000000a", 1), of("000000000000a", 2)]);
}

#[tokio::test]
async fn a_crash_between_journal_and_note_tells_nothing_twice() {
    let bench = Bench::new().await;
    let (a, postbacks) = bench.node("a", &[]);
    bench.recover(&a).await;
    let stored = bench.store(&postbacks, &postbacks, Timestamp::now()).await;
    let fact = stored.value.fact(1).unwrap().encode().unwrap();
    a.facts.append_durable(&fact).await.unwrap();
    bench.recover(&a).await;
    bench.recover(&a).await;
    assert_eq!(a.told(), [1, 2]);
    assert!(!bench.stored(stored.value.id).await.value.has_untold());
}

#[tokio::test]
async fn what_a_node_left_that_is_gone_for_a_day_is_told_by_another() {
    let bench = Bench::new().await;
    let (_gone, gone_postbacks) = bench.node("gone", &[]);
    let (b, b_postbacks) = bench.node("b", &[]);
    let lately = bench.store(&gone_postbacks, &b_postbacks, Timestamp::now()).await;
    bench.recover(&b).await;
    assert_eq!(b.told(), [2], "it may come back");
    let scope = Scope::system(WorkspaceId(1));
    let version = bench.stored(lately.value.id).await.version;
    bench.catalog.conversions().delete(&scope, lately.value.id, version).await.unwrap();
    bench.store(&gone_postbacks, &b_postbacks, Timestamp::now().plus_ms(-LOST_AFTER_MS - 1_000)).await;
    bench.recover(&b).await;
    bench.recover(&b).await;
    assert_eq!(b.told(), [2, 1], "the second state of the same conversion is told already");
}
