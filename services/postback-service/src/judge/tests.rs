//! Many nodes at once over one catalog: one suite for every adapter, SQLite and (with `TEST_MONGODB_URI`) MongoDB.

mod order;

use super::*;
use crate::{
    conversion::Conversion, deliver::Parcel, heads::ClickHeads, recent::RecentClicks, write::WriterProgress,
};
use order::{
    a_click_that_was_looked_up_for_one_report_is_there_for_those_before_it,
    the_first_report_is_the_first_when_its_click_comes_while_others_are_judged,
};
use signalbox_catalog::{LeaseRequest, PageRequest, SystemScope};
use signalbox_domain::{
    Actor, AffiliateNetwork, AffiliateNetworkId, ClickId, ErasedCounts, Erasure, ErasureId, ErasureState,
    ErasureSubject, Money, Output, Scope, WorkspaceId,
};
use signalbox_events::{
    JournalOptions, LocalSource, Stream,
    wire::{ClickV1, ClickV2, CostOnConversion, KEY_CAMPAIGN, Outcome as ClickOutcome, UniqueFlags},
};
use std::{borrow::Cow, path::Path, time::Instant};
use tokio::sync::watch;

const SYSTEM: SystemScope = SystemScope::new("tests of nodes");
const WORKSPACE: WorkspaceId = WorkspaceId(1);
const NETWORK: AffiliateNetworkId = AffiliateNetworkId(9);
const NODES: usize = 4;
const WAIT_MAX: Duration = Duration::from_secs(900);

/// Several nodes over one catalog, and a click that all of them have seen.
struct Nodes {
    _folder: tempfile::TempDir,
    catalog: Catalog,
    clicks: Journal,
    nodes: Vec<Node>,
    click: ClickId,
    stop: CancellationToken,
    judging: Vec<tokio::task::JoinHandle<()>>,
}

struct Node {
    postbacks: Journal,
    facts: Journal,
}

fn open(folder: &Path, name: &str, stream: Stream) -> Journal {
    Journal::open(folder.join(name), JournalOptions::new(stream)).unwrap()
}

impl Nodes {
    async fn start(catalog: &Catalog) -> Self {
        let scope = Scope::system(WORKSPACE);
        let network: AffiliateNetwork = serde_json::from_value(serde_json::json!({
            "id": NETWORK, "name": "Net", "postback_key": "0123456789abcdef"
        }))
        .unwrap();
        catalog.affiliate_networks().create(&scope, network).await.unwrap();
        let output =
            serde_json::json!({"id": "0000000000009", "name": "All", "url": "https://source.example/"});
        let output: Output = serde_json::from_value(output).unwrap();
        catalog.outputs().create(&scope, output).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        let clicks = open(folder.path(), "clicks", Stream::Clicks);
        let click = ClickId::new(Timestamp::now(), 5);
        clicks.append(&click_record(click)).unwrap();
        let stop = CancellationToken::new();
        let (mut nodes, mut judging) = (Vec::new(), Vec::new());
        for number in 0..NODES {
            let postbacks = open(folder.path(), &format!("postbacks{number}"), Stream::Postbacks);
            let facts = open(folder.path(), &format!("facts{number}"), Stream::Facts);
            let node = Node { postbacks, facts };
            judging.push(node.judge(catalog, &clicks, &stop).await);
            nodes.push(node);
        }
        Self { _folder: folder, catalog: catalog.clone(), clicks, nodes, click, stop, judging }
    }

    /// Posts the queries at every node by turns, each as often as it stands there, all at the same time.
    async fn post(&self, queries: &[String]) {
        let mut posting = tokio::task::JoinSet::new();
        for (number, query) in queries.iter().enumerate() {
            let node = &self.nodes[number % NODES];
            let (postbacks, query, clicks) = (node.postbacks.clone(), query.clone(), self.clicks.clone());
            let subid = self.click.to_string();
            posting.spawn(async move {
                let heads =
                    ClickHeads { clicks: Arc::new(LocalSource::new([clicks.clone()])), own: Some(clicks) };
                let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
                let pairs = pairs.map(|(name, value)| (name.to_owned().into(), value.to_owned().into()));
                let subid: (Cow<'static, str>, Cow<'static, str>) = ("subid".into(), subid.into());
                let raw = PostbackRawV1 {
                    at: Timestamp::now(),
                    workspace: WORKSPACE,
                    network: NETWORK,
                    method: Cow::Borrowed("GET"),
                    parameters: pairs.chain([subid]).collect(),
                    ip: std::net::Ipv4Addr::LOCALHOST.into(),
                    user_agent: Cow::Borrowed(""),
                    heads: heads.now().await,
                };
                postbacks.append_durable(&Record::PostbackRaw(raw).encode().unwrap()).await.unwrap();
            });
        }
        while let Some(posted) = posting.join_next().await {
            posted.unwrap();
        }
    }

    /// Everything that the ledgers of all nodes were told, once each of `count` postbacks has its verdict.
    async fn told(&self, count: usize) -> Told {
        let begun = Instant::now();
        loop {
            let mut told = Told::default();
            for node in &self.nodes {
                let mut reader = node.facts.reader(0);
                let limit = ReadLimit { records: 100_000, bytes: 64 << 20, wait: Duration::ZERO };
                for stored in reader.read(limit).unwrap().records {
                    told.note(&Record::decode(&stored.payload).unwrap());
                }
            }
            let verdicts: usize = told.verdicts.values().sum();
            if verdicts == count {
                return told;
            }
            assert!(begun.elapsed() < WAIT_MAX, "{verdicts} verdicts of {count}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    async fn conversions(&self) -> Vec<Conversion> {
        let page = PageRequest::largest();
        let scope = Scope::system(WORKSPACE);
        let listed = self.catalog.conversions().list::<Conversion>(&scope, &page).await.unwrap();
        listed.items.into_iter().map(|stored| stored.value).collect()
    }

    async fn stop(self) {
        self.stop.cancel();
        for judging in self.judging {
            judging.await.unwrap();
        }
    }
}

/// What ledgers were told.
#[derive(Default)]
struct Told {
    verdicts: BTreeMap<&'static str, usize>,
    conversions: i64,
    payout: Money,
}

impl Told {
    fn note(&mut self, record: &Record<'_>) {
        match record {
            Record::Verdict(verdict) if verdict.verdict != Verdict::Held => {
                *self.verdicts.entry(verdict.verdict.as_str()).or_default() += 1;
            }
            Record::ConversionV2(told) => {
                let conversion = &told.conversion;
                self.conversions += i64::from(conversion.before.is_none());
                let before = conversion.before.map_or(Money::ZERO, |before| before.payout);
                let after = conversion.after.map_or(Money::ZERO, |after| after.payout);
                self.payout = Money::from_nanos(self.payout.nanos() + after.nanos() - before.nanos());
            }
            _ => {}
        }
    }
}

impl Node {
    async fn judge(
        &self,
        catalog: &Catalog,
        clicks: &Journal,
        stop: &CancellationToken,
    ) -> tokio::task::JoinHandle<()> {
        tokio::spawn(self.judge_of(catalog, clicks, stop).await.run(stop.clone()))
    }

    /// Its judge, which sees clicks as they come.
    async fn judge_of(&self, catalog: &Catalog, clicks: &Journal, stop: &CancellationToken) -> Judge {
        let journals = [clicks.clone(), self.postbacks.clone(), self.facts.clone()];
        let source: Arc<dyn EventSource> = Arc::new(LocalSource::new(journals));
        let config = CurrentConfig::default();
        config.load(catalog).await.unwrap();
        let recent = Arc::new(RecentClicks::new(1_000));
        tokio::spawn(Arc::clone(&recent).follow(Arc::clone(&source), stop.clone()));
        Judge {
            catalog: catalog.clone(),
            config,
            source: Arc::clone(&source),
            postbacks: self.postbacks.id(),
            facts: self.facts.clone(),
            attributor: Attributor {
                recent,
                warehouse: watch::channel(None).1,
                progress: WriterProgress::default(),
                ahead: Default::default(),
            },
            outbox: Outbox {
                catalog: catalog.clone(),
                facts: self.facts.clone(),
                node: self.postbacks.id(),
                source,
                bells: Arc::default(),
            },
            metrics: Arc::new(Metrics),
            again: again::queue().1,
        }
    }
}

fn click_record(id: ClickId) -> Vec<u8> {
    let like = crate::conversion::tests::conversion(crate::conversion::tests::state(
        1,
        signalbox_domain::ConversionStatus::Sale,
        "1",
    ));
    let click = ClickV1 {
        id,
        at: id.timestamp(),
        dims: signalbox_events::wire::ClickDims { sub_ids: vec![(1, "zone".into())], ..like.click.dims },
        outcome: ClickOutcome::Routed,
        status: 302,
        unique: UniqueFlags::default(),
        cost: Money::ZERO,
        currency: signalbox_domain::Currency::USD,
        cost_on_conversion: CostOnConversion::None,
        external_id: Cow::Borrowed(""),
        ip: std::net::Ipv4Addr::LOCALHOST.into(),
        user_agent: Cow::Borrowed(""),
        referrer: Cow::Borrowed(""),
        host: Cow::Borrowed("go.example"),
        path_and_query: Cow::Borrowed("/"),
        target: Cow::Borrowed("https://offer.example/"),
    };
    Record::ClickV2(Box::new(ClickV2::of(click))).encode().unwrap()
}

async fn two_hundred_identical_posts_are_one_conversion(catalog: &Catalog) {
    let nodes = Nodes::start(catalog).await;
    nodes.post(&vec!["payout=3.5&tid=same&status=sale".to_owned(); 200]).await;
    let told = nodes.told(200).await;
    assert_eq!(told.verdicts, BTreeMap::from([("accepted", 1), ("duplicate", 199)]));
    assert_eq!((told.conversions, told.payout), (1, "3.5".parse().unwrap()));
    let found = nodes.conversions().await;
    assert_eq!((found.len(), found[0].history.len()), (1, 1));
    let queued = catalog.deliveries().stats(SYSTEM).await.unwrap().queued;
    assert_eq!(queued, 1, "it is told once");
    nodes.stop().await;
}

async fn amounts_that_are_added_at_every_node_are_all_there(catalog: &Catalog) {
    let workspaces = catalog.workspaces().list_all(SYSTEM).await.unwrap();
    let mut workspace = workspaces.items[0].clone();
    workspace.value.conversion_types = serde_json::from_value(serde_json::json!([
        {"status": "custom1", "name": "Solid", "repeat": "add"}]))
    .unwrap();
    catalog.workspaces().update(SYSTEM, workspace.version, workspace.value).await.unwrap();
    let nodes = Nodes::start(catalog).await;
    let posts: Vec<String> = (0..40).map(|number| format!("payout=2.5&status=solid&tid=t{number}")).collect();
    nodes.post(&posts).await;
    let told = nodes.told(posts.len()).await;
    assert_eq!(told.verdicts.keys().copied().collect::<Vec<_>>(), ["accepted", "updated"]);
    assert_eq!((told.conversions, told.payout), (1, "100".parse().unwrap()));
    let found = nodes.conversions().await;
    assert_eq!((found.len(), found[0].current().payout), (1, "100".parse().unwrap()));
    assert!(!found[0].has_untold());
    nodes.stop().await;
}

async fn events_need_the_key_of_the_campaign_of_their_click(catalog: &Catalog) {
    let nodes = Nodes::start(catalog).await;
    let node = &nodes.nodes[0];
    let known = crate::conversion::tests::state(1, signalbox_domain::ConversionStatus::Sale, "1");
    let campaign = crate::conversion::tests::conversion(known).click.dims.campaign;
    let other = signalbox_domain::CampaignId(campaign.0 + 1);
    let heads = ClickHeads {
        clicks: Arc::new(LocalSource::new([nodes.clicks.clone()])),
        own: Some(nodes.clicks.clone()),
    };
    let said = [("5", other.to_string()), ("6", "nonsense".to_owned()), ("7", campaign.to_string())];
    for (value, key) in said {
        let parameters =
            [("click_id", nodes.click.to_string()), ("add_event1", value.to_owned()), (KEY_CAMPAIGN, key)];
        let raw = PostbackRawV1 {
            at: Timestamp::now(),
            workspace: WORKSPACE,
            network: AffiliateNetworkId::NONE,
            method: Cow::Borrowed("GET"),
            parameters: parameters.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            ip: std::net::Ipv4Addr::LOCALHOST.into(),
            user_agent: Cow::Borrowed(""),
            heads: heads.now().await,
        };
        node.postbacks.append_durable(&Record::EventsRaw(raw).encode().unwrap()).await.unwrap();
    }
    // What is said of one click is judged in the order in which it came.
    let begun = Instant::now();
    let told = loop {
        let mut reader = node.facts.reader(0);
        let batch = reader.read(ReadLimit { records: 100, bytes: 1 << 20, wait: Duration::ZERO }).unwrap();
        let changes = |payload: &[u8]| match Record::decode(payload).unwrap() {
            Record::ClickEvents(events) => Some(events.conversion.revision),
            _ => None,
        };
        let told: Vec<u32> = batch.records.iter().filter_map(|stored| changes(&stored.payload)).collect();
        if !told.is_empty() {
            break told;
        }
        assert!(begun.elapsed() < WAIT_MAX, "events are not told");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    assert_eq!(told, [1]);
    let found = nodes.conversions().await;
    assert_eq!((found.len(), found[0].history.len()), (1, 1));
    let values = serde_json::to_string(&found[0]).unwrap();
    assert!(values.contains("\"7\""), "{values}");
    nodes.stop().await;
}

async fn what_comes_about_an_erased_click_is_refused_and_not_kept(catalog: &Catalog) {
    let scope = Scope::system(WORKSPACE);
    let subject = ErasureSubject::ExternalId { external_id: "somebody".to_owned() };
    let now = Timestamp::now();
    let erasure = Erasure {
        id: ErasureId(3),
        by: subject.by(),
        subject: Some(subject),
        from: None,
        to: None,
        note: String::new(),
        created_by: Actor::System,
        asked_by: String::new(),
        created_at: now,
        counts: ErasedCounts::default(),
        state: ErasureState::Requested,
        marked_at: None,
        heads: Vec::new(),
        erased: BTreeMap::new(),
        finished_at: None,
    };
    catalog.erasures().create(&scope, erasure).await.unwrap();
    let nodes = Nodes::start(catalog).await;
    nodes.post(&["payout=1&tid=before".to_owned()]).await;
    assert_eq!(nodes.told(1).await.verdicts, BTreeMap::from([("accepted", 1)]), "it is not marked yet");

    let key = catalog.erased_key(SYSTEM).await.unwrap();
    catalog.erased_clicks(key).mark(&scope, &[nodes.click], now).await.unwrap();
    nodes.post(&["payout=2&tid=after".to_owned()]).await;
    let told = nodes.told(2).await;
    assert_eq!(told.verdicts, BTreeMap::from([("accepted", 1), ("refused", 1)]));
    assert_eq!((told.conversions, told.payout), (1, "1".parse().unwrap()));
    let mut reader = nodes.nodes[0].facts.reader(0);
    let batch = reader.read(ReadLimit { records: 100, bytes: 1 << 20, wait: Duration::ZERO }).unwrap();
    let refusals: Vec<_> = batch
        .records
        .iter()
        .filter_map(|stored| match Record::decode(&stored.payload).unwrap() {
            Record::Verdict(verdict) if verdict.verdict == Verdict::Refused => {
                Some((verdict.code.into_owned(), verdict.click, verdict.query.into_owned(), verdict.ip))
            }
            _ => None,
        })
        .collect();
    let nobody = std::net::Ipv6Addr::UNSPECIFIED.into();
    assert_eq!(refusals, [("click_erased".to_owned(), nodes.click, String::new(), nobody)]);
    nodes.stop().await;
}

async fn every_job_is_handed_out_once(catalog: &Catalog) {
    let nodes = Nodes::start(catalog).await;
    let posts: Vec<String> = (0..40).map(|number| format!("payout=1&tid=t{number}")).collect();
    nodes.post(&posts).await;
    nodes.told(posts.len()).await;
    let mut workers = tokio::task::JoinSet::new();
    for worker in 0..5 {
        let catalog = catalog.clone();
        workers.spawn(async move {
            let name = format!("worker-{worker}");
            let mut held = Vec::new();
            // What another one takes at the same moment is not handed out: the queue is empty only when nothing is due.
            let begun = Instant::now();
            while catalog
                .deliveries()
                .stats(SYSTEM)
                .await
                .unwrap()
                .oldest_due
                .is_some_and(|due| due <= Timestamp::now())
            {
                let now = Timestamp::now();
                let request =
                    LeaseRequest { worker: &name, output: None, now, lease_ms: 3_600_000, limit: 7 };
                held.extend(catalog.deliveries().lease::<Parcel>(SYSTEM, &request).await.unwrap());
                assert!(begun.elapsed() < WAIT_MAX);
            }
            let ids: Vec<String> = held.iter().map(|leased| leased.id.clone()).collect();
            for leased in held {
                catalog.deliveries().complete(SYSTEM, leased, Timestamp::now()).await.unwrap();
            }
            ids
        });
    }
    let mut all: Vec<String> = workers.join_all().await.into_iter().flatten().collect();
    all.sort();
    let handed_out = all.len();
    all.dedup();
    assert_eq!((handed_out, all.len()), (40, 40));
    assert_eq!(catalog.deliveries().stats(SYSTEM).await.unwrap().queued, 0);
    nodes.stop().await;
}

async fn positions_that_many_move_lose_no_step(catalog: &Catalog) {
    const STEPS: u64 = 25;
    let mut movers = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let catalog = catalog.clone();
        movers.spawn(async move {
            let mut done = 0;
            while done < STEPS {
                let mut position = Position::named(&catalog, "test".to_owned()).await.unwrap();
                match position.advance(&catalog, position.next() + 1).await {
                    Ok(()) => done += 1,
                    Err(CatalogError::VersionMismatch { .. } | CatalogError::Conflict { .. }) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        });
    }
    movers.join_all().await;
    assert_eq!(Position::named(catalog, "test".to_owned()).await.unwrap().next(), 8 * STEPS);
}

macro_rules! on_every_store {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let folder = tempfile::tempdir().unwrap();
                    let catalog = crate::testing::catalog(folder.path()).await;
                    super::$name(&catalog).await;
                    catalog.store().close().await;
                }
            )+
        }
        mod mongodb {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
                async fn $name() {
                    let Some((catalog, database)) = crate::testing::mongodb().await else { return };
                    super::$name(&catalog).await;
                    database.drop_database().await.unwrap();
                    catalog.store().close().await;
                }
            )+
        }
    };
}

on_every_store!(
    two_hundred_identical_posts_are_one_conversion,
    amounts_that_are_added_at_every_node_are_all_there,
    events_need_the_key_of_the_campaign_of_their_click,
    what_comes_about_an_erased_click_is_refused_and_not_kept,
    the_first_report_is_the_first_when_its_click_comes_while_others_are_judged,
    a_click_that_was_looked_up_for_one_report_is_there_for_those_before_it,
    every_job_is_handed_out_once,
    positions_that_many_move_lose_no_step,
);
