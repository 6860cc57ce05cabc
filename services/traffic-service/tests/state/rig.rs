//! A node that can be killed: the service on its own runtime, over a real catalog and a real journal.

use signalbox_catalog::{Catalog, SystemScope};
use signalbox_chassis::{health::Readiness, settings::Settings, shutdown::Shutdown};
use signalbox_detect::{Detector, DetectorConfig};
use signalbox_domain::{
    Campaign, CampaignId, Currency, Destination, DestinationId, DestinationKind, Route, Scope, Slug, Stream,
    StreamId, StreamKind, Workspace, WorkspaceId,
};
use signalbox_events::{
    Journal, ReadLimit,
    wire::{ClickV2, Record},
};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

pub const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
pub const SYSTEM: SystemScope = SystemScope::new("tests");
pub const WORKSPACE: WorkspaceId = WorkspaceId(1);
pub const CAMPAIGN: CampaignId = CampaignId(50);
pub const STREAM: StreamId = StreamId(60);
pub const FIRST: DestinationId = DestinationId(101);
pub const SECOND: DestinationId = DestinationId(102);
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A node and where its data lies.
pub struct Node {
    pub folder: Arc<TempDir>,
    pub catalog: Catalog,
    pub clicks: Journal,
    address: SocketAddr,
    runtime: Option<Runtime>,
    client: reqwest::Client,
}

pub fn route(id: DestinationId) -> Route {
    Route { destination_id: id, weight: 100, active: true }
}

/// The campaign of these tests, with one stream to both destinations.
pub fn campaign() -> Campaign {
    let stream = Stream {
        routes: vec![route(FIRST), route(SECOND)],
        ..Stream::new(STREAM, "Everybody", StreamKind::Regular)
    };
    Campaign { streams: vec![stream], ..Campaign::new(CAMPAIGN, "Campaign", Slug("camp".to_owned())) }
}

pub fn destination(id: DestinationId, host: &str) -> Destination {
    Destination::new(id, host, DestinationKind::Offer, format!("https://{host}.example/"))
}

async fn open_catalog(folder: &TempDir) -> Catalog {
    Catalog::open(&format!("sqlite:{}", folder.path().join("catalog.db").display())).await.unwrap()
}

impl Node {
    /// A node with this campaign and these destinations.
    pub fn start(campaign: Campaign, destinations: Vec<Destination>) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let runtime = runtime();
        let catalog = runtime.block_on(async {
            let catalog = open_catalog(&folder).await;
            let workspace = Workspace {
                id: WORKSPACE,
                name: "Test".to_owned(),
                currency: Currency::USD,
                timezone: "UTC".to_owned(),
                rates: Vec::new(),
                earlier_rates: Vec::new(),
                conversion_types: Vec::new(),
                addresses: Default::default(),
            };
            catalog.workspaces().create(SYSTEM, workspace).await.unwrap();
            let scope = Scope::system(WORKSPACE);
            for destination in destinations {
                catalog.destinations().create(&scope, destination).await.unwrap();
            }
            catalog.campaigns().create(&scope, campaign).await.unwrap();
            catalog
        });
        Self::run(folder, catalog, runtime)
    }

    fn run(folder: Arc<TempDir>, catalog: Catalog, runtime: Runtime) -> Self {
        let settings = Settings::loader()
            .set("instance.data_dir", folder.path().display().to_string())
            .set("traffic.listen", "127.0.0.1:0")
            .set("traffic.snapshot_poll_ms", "20")
            .set("traffic.trusted_proxies", "127.0.0.0/8")
            .set("traffic.trace_sample_permille", "0")
            .load()
            .unwrap();
        let clicks = traffic_service::journal::open_clicks(&settings.journal).unwrap();
        let deps = traffic_service::Deps {
            catalog: catalog.clone(),
            detector: Arc::new(Detector::new(&DetectorConfig::default())),
            clicks: clicks.clone(),
            durability: signalbox_events::Durability::Buffered,
            postbacks: None,
            state_dir: folder.path().join("traffic"),
            received: None,
            events: None,
            front: runtime.handle().clone(),
        };
        let address = runtime.block_on(async {
            let shutdown = Shutdown::new(Duration::from_secs(10));
            let readiness = Readiness::new(&shutdown);
            traffic_service::start(&settings.traffic, deps, &readiness, &shutdown).await.unwrap().address
        });
        let client =
            reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent(BROWSER);
        Self { folder, catalog, clicks, address, runtime: Some(runtime), client: client.build().unwrap() }
    }

    /// Ends it at once, without a word to anybody: no checkpoint, no end of its work.
    fn kill(&mut self) -> Arc<TempDir> {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
        self.clicks.close().unwrap();
        Arc::clone(&self.folder)
    }

    /// Kills it and starts it again; the catalog does not answer any more.
    pub fn restart_without_catalog(mut self) -> Self {
        let folder = self.kill();
        let runtime = runtime();
        let catalog = runtime.block_on(async {
            let catalog = open_catalog(&folder).await;
            catalog.store().close().await;
            catalog
        });
        Self::run(folder, catalog, runtime)
    }

    pub fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.as_ref().unwrap().block_on(work)
    }

    /// Where a visitor from this address is sent; empty: nowhere.
    pub async fn visit(&self, visitor: u32) -> String {
        let request = self.client.get(format!("http://{}/camp", self.address));
        let address = std::net::Ipv4Addr::from(0x5000_0000 + visitor);
        let request = request.header("x-forwarded-for", address.to_string()).header("accept-language", "de");
        let response = request.send().await.unwrap();
        let location = response.headers().get("location").map_or("", |value| value.to_str().unwrap());
        location.trim_start_matches("https://").split('.').next().unwrap_or_default().to_owned()
    }

    /// How many of these visitors were sent where, all of them coming at once.
    pub fn visits(&self, visitors: std::ops::Range<u32>) -> BTreeMap<String, usize> {
        let gone = self.block_on(futures::future::join_all(visitors.map(|visitor| self.visit(visitor))));
        let mut counted = BTreeMap::new();
        gone.into_iter().for_each(|host| *counted.entry(host).or_default() += 1);
        counted
    }

    /// Visitors come one after the other until one is sent where it should be.
    pub fn until(&self, first: u32, wanted: &str) {
        let deadline = Instant::now() + PATIENCE;
        let mut visitor = first;
        while self.block_on(self.visit(visitor)) != wanted {
            assert!(Instant::now() < deadline, "nobody is sent to {wanted:?}");
            visitor += 1;
            self.pause();
        }
    }

    /// A moment, before a condition is looked at again.
    pub fn pause(&self) {
        self.block_on(async { tokio::time::sleep(Duration::from_millis(20)).await });
    }

    /// Clicks journaled so far.
    pub fn journaled(&self) -> Vec<ClickV2<'static>> {
        let mut reader = self.clicks.reader(self.clicks.tail());
        let mut found = Vec::new();
        loop {
            let batch = reader.read(ReadLimit { wait: Duration::ZERO, ..ReadLimit::default() }).unwrap();
            if batch.is_empty() {
                return found;
            }
            for record in &batch.records {
                if let Ok(Record::ClickV2(click)) = Record::decode(&record.payload) {
                    found.push(click.to_static());
                }
            }
        }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build().unwrap()
}
