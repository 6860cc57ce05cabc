//! A started service, its configuration, its requests and its journal.

use reqwest::{Client, Method, Response, header};
use signalbox_catalog::{Catalog, SystemScope};
use signalbox_chassis::{health::Readiness, settings::Settings, shutdown::Shutdown};
use signalbox_detect::{Detector, DetectorConfig};
use signalbox_domain::{
    Action, Campaign, CampaignId, Currency, Destination, DestinationId, DestinationKind, RedirectStatus,
    Route, Scope, Slug, Stream, StreamId, StreamKind, Via, Workspace, WorkspaceId,
};
use signalbox_events::{
    ReadLimit,
    wire::{ClickV2, LandingClickV2, Record},
};
use std::{net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};
use tempfile::TempDir;

pub const CHROME: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";
pub const OFFER: DestinationId = DestinationId(101);
pub const SECOND: DestinationId = DestinationId(102);
pub const LANDING: DestinationId = DestinationId(103);
const SYSTEM: SystemScope = SystemScope::new("tests");
pub const WORKSPACE: WorkspaceId = WorkspaceId(1);
const PATIENCE: Duration = Duration::from_secs(20);

/// A started service.
pub struct Service {
    pub address: SocketAddr,
    pub catalog: Catalog,
    pub clicks: signalbox_events::Journal,
    events: signalbox_events::Journal,
    shutdown: Shutdown,
    folder: Option<Arc<TempDir>>,
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shutdown.trigger("the test is over");
    }
}

pub fn route(id: DestinationId) -> Route {
    Route { destination_id: id, weight: 100, active: true }
}

/// A stream that lets everybody in.
pub fn stream(action: Action, routes: &[DestinationId]) -> Stream {
    let mut stream = Stream::new(StreamId(11), "Everybody", StreamKind::Regular);
    stream.action = action;
    stream.routes = routes.iter().copied().map(route).collect();
    stream
}

pub fn redirect(via: Via) -> Action {
    Action::Redirect { status: RedirectStatus::Found302, via }
}

pub fn campaign(slug: &str, streams: Vec<Stream>) -> Campaign {
    let id = slug.bytes().fold(7, |id: u64, byte| id * 31 + u64::from(byte));
    let mut campaign = Campaign::new(CampaignId(id), slug, Slug(slug.to_owned()));
    campaign.streams = streams;
    campaign
}

impl Service {
    /// Starts one with the two offers and the landing page, and these campaigns.
    pub async fn start(campaigns: Vec<Campaign>) -> Self {
        Self::start_with(campaigns, &[]).await
    }

    pub async fn start_with(campaigns: Vec<Campaign>, settings: &[(&str, &str)]) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let catalog = open(&folder).await;
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
        for (id, name, kind, url) in [
            (
                OFFER,
                "Offer",
                DestinationKind::Offer,
                "https://offer.example/?cid={click_id}&s1={sub_id_1}&k={keyword}",
            ),
            (
                SECOND,
                "Second",
                DestinationKind::Offer,
                "https://second.example/?cid={click_id}&s1={sub_id_1}",
            ),
            (LANDING, "Landing", DestinationKind::Landing, "https://landing.example/?cid={click_id}"),
        ] {
            catalog.destinations().create(&scope, Destination::new(id, name, kind, url)).await.unwrap();
        }
        // Campaigns may pass clicks on to each other, so all of them are there before their streams are.
        let mut made = Vec::new();
        for campaign in campaigns {
            let bare = Campaign { streams: Vec::new(), ..campaign.clone() };
            made.push((catalog.campaigns().create(&scope, bare).await.unwrap().version, campaign));
        }
        for (version, campaign) in made {
            catalog.campaigns().update(&scope, version, campaign).await.unwrap();
        }
        Self::over(folder, catalog, settings).await
    }

    /// Starts one in a process without the postback service.
    pub async fn start_alone(received: signalbox_events::Journal) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        let catalog = open(&folder).await;
        Self::over_with(folder, catalog, &[], (None, Some(received))).await
    }

    async fn over(folder: Arc<TempDir>, catalog: Catalog, settings: &[(&str, &str)]) -> Self {
        Self::over_with(folder, catalog, settings, (Some(crate::compat::postbacks()), None)).await
    }

    async fn over_with(
        folder: Arc<TempDir>,
        catalog: Catalog,
        settings: &[(&str, &str)],
        (postbacks, received): (Option<axum::Router>, Option<signalbox_events::Journal>),
    ) -> Self {
        let data_dir = folder.path().display().to_string();
        let mut loader = Settings::loader()
            .set("instance.data_dir", data_dir)
            .set("traffic.listen", "127.0.0.1:0")
            .set("traffic.snapshot_poll_ms", "20")
            .set("traffic.trace_sample_permille", "0");
        for (key, value) in settings {
            loader = loader.set(*key, *value);
        }
        let settings = loader.load().unwrap();
        let clicks = traffic_service::journal::open_clicks(&settings.journal).unwrap();
        let options = signalbox_events::JournalOptions::new(signalbox_events::Stream::Postbacks);
        let events = signalbox_events::Journal::open(folder.path().join("events"), options).unwrap();
        let deps = traffic_service::Deps {
            catalog: catalog.clone(),
            detector: Arc::new(Detector::new(&DetectorConfig::default())),
            clicks: clicks.clone(),
            durability: signalbox_events::Durability::Buffered,
            postbacks,
            state_dir: folder.path().join("traffic"),
            received,
            events: Some(events.clone()),
            front: tokio::runtime::Handle::current(),
        };
        let shutdown = Shutdown::new(Duration::from_secs(10));
        let readiness = Readiness::new(&shutdown);
        let running = traffic_service::start(&settings.traffic, deps, &readiness, &shutdown).await.unwrap();
        Self { address: running.address, catalog, clicks, events, shutdown, folder: Some(folder) }
    }

    /// Stops it and starts another one on the same folder.
    pub async fn restart(self) -> Self {
        self.restart_with(&[]).await
    }

    /// The same with settings.
    pub async fn restart_with(mut self, settings: &[(&str, &str)]) -> Self {
        let folder = self.folder.take().unwrap();
        let _ended = self.shutdown.stop("restart").await;
        self.clicks.close().unwrap();
        self.events.close().unwrap();
        let catalog = open(&folder).await;
        Self::over(folder, catalog, settings).await
    }

    pub fn landings_dir(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().join("landings")
    }

    pub async fn change(&self, id: DestinationId, change: impl FnOnce(&mut Destination)) {
        let scope = Scope::system(WORKSPACE);
        let mut stored = self.catalog.destinations().get(&scope, id).await.unwrap();
        change(&mut stored.value);
        self.catalog.destinations().update(&scope, stored.version, stored.value).await.unwrap();
    }

    /// A request of a person; redirects are not followed.
    pub fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.request_as(CHROME, method, path)
    }

    /// A request with this user agent.
    pub fn request_as(&self, agent: &str, method: Method, path: &str) -> reqwest::RequestBuilder {
        let client = Client::builder().redirect(reqwest::redirect::Policy::none()).user_agent(agent);
        let request = client.build().unwrap().request(method, format!("http://{}{path}", self.address));
        request.header(header::ACCEPT_LANGUAGE, "de-DE,de;q=0.9")
    }

    pub async fn get(&self, path: &str) -> Response {
        self.request(Method::GET, path).send().await.unwrap()
    }

    /// Asks until the answer is as wanted: configuration arrives shortly after it was stored.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Response) -> bool) -> Response {
        let began = std::time::Instant::now();
        loop {
            let response = self.get(path).await;
            if wanted(&response) {
                return response;
            }
            assert!(began.elapsed() < PATIENCE, "{path}: {response:?}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// What was said about the events of clicks: click, then name and value of each, and how far the clicks had come.
    pub fn events(&self) -> Vec<(String, String, u64)> {
        let of = |bytes: &Vec<u8>| match Record::decode(bytes).unwrap() {
            Record::EventsRaw(raw) => {
                assert_eq!((raw.workspace, raw.heads[0].journal), (WORKSPACE, self.clicks.id().get()));
                let said: Vec<String> =
                    raw.parameters[1..].iter().map(|(name, value)| format!("{name}={value}")).collect();
                (raw.parameters[0].1.to_string(), said.join(" "), raw.heads[0].head)
            }
            other => panic!("{other:?}"),
        };
        records_of(&self.events).iter().map(of).collect()
    }

    /// Every record there is, of clicks and of what was said about them.
    pub fn all_records(&self) -> Vec<Vec<u8>> {
        [records_of(&self.clicks), records_of(&self.events)].concat()
    }

    /// Every record of clicks journaled so far.
    fn records(&self) -> Vec<Vec<u8>> {
        records_of(&self.clicks)
    }

    /// Clicks journaled so far.
    pub fn clicks(&self) -> Vec<ClickV2<'static>> {
        let of = |bytes: &Vec<u8>| match Record::decode(bytes).unwrap() {
            Record::ClickV2(click) => Some(click.to_static()),
            _ => None,
        };
        self.records().iter().filter_map(of).collect()
    }

    /// Clicks that were only counted.
    pub fn counted(&self) -> usize {
        let is = |bytes: &&Vec<u8>| matches!(Record::decode(bytes), Ok(Record::Counted(_)));
        self.records().iter().filter(is).count()
    }

    /// Landing clicks journaled so far.
    pub fn landing_clicks(&self) -> Vec<LandingClickV2<'static>> {
        let of = |bytes: &Vec<u8>| match Record::decode(bytes).unwrap() {
            Record::LandingClickV2(full) => {
                let mut landing_click = full.landing_click.clone();
                landing_click.dims = landing_click.dims.to_static();
                landing_click.target = landing_click.target.into_owned().into();
                let landing_click = signalbox_events::wire::LandingClickV1 {
                    click: landing_click.click,
                    at: landing_click.at,
                    clicked_at: landing_click.clicked_at,
                    dims: landing_click.dims.to_static(),
                    first: landing_click.first,
                    target: landing_click.target.to_string().into(),
                };
                let (counted, cost, passed_to_stream) = (full.counted, full.cost, full.passed_to_stream);
                Some(LandingClickV2 { landing_click, counted, cost, passed_to_stream })
            }
            _ => None,
        };
        self.records().iter().filter_map(of).collect()
    }
}

fn records_of(journal: &signalbox_events::Journal) -> Vec<Vec<u8>> {
    let mut reader = journal.reader(journal.tail());
    let mut records = Vec::new();
    loop {
        let limit = ReadLimit { records: 1_000, bytes: 1 << 20, wait: Duration::ZERO };
        let batch = reader.read(limit).unwrap();
        if batch.is_empty() {
            return records;
        }
        records.extend(batch.records.into_iter().map(|record| record.payload.to_vec()));
    }
}

async fn open(folder: &TempDir) -> Catalog {
    Catalog::open(&format!("sqlite:{}", folder.path().join("catalog.db").display())).await.unwrap()
}

pub fn header_of(response: &Response, name: &str) -> String {
    response.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
}

pub fn location(response: &Response) -> String {
    header_of(response, "location")
}

/// A cookie that an answer sets: its value and the whole line.
pub fn cookie(response: &Response, name: &str) -> Option<(String, String)> {
    let lines = response.headers().get_all("set-cookie").iter().map(|line| line.to_str().unwrap().to_owned());
    let mut found = lines.filter(|line| line.starts_with(&format!("{name}=")));
    found.next().map(|line| (line[name.len() + 1..].split(';').next().unwrap().to_owned(), line))
}

/// The value of a query parameter in an address.
pub fn parameter(address: &str, name: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, _)| *key == name).map_or_else(String::new, |(_, value)| value.to_owned())
}

impl Service {
    /// Stops it and starts one that shares only the catalog.
    pub async fn forget_clicks(mut self) -> Self {
        let folder = self.folder.take().unwrap();
        let _ended = self.shutdown.stop("another node").await;
        self.clicks.close().unwrap();
        self.events.close().unwrap();
        let other = Arc::new(tempfile::tempdir().unwrap());
        self.catalog.store().close().await;
        std::fs::copy(folder.path().join("catalog.db"), other.path().join("catalog.db")).unwrap();
        let catalog = open(&other).await;
        Self::over(other, catalog, &[]).await
    }
}
