//! Counting over a real SQLite catalog and real journals.

use super::*;
use signalbox_catalog::live::chunk_of;
use signalbox_domain::{
    Campaign, CampaignId, Cap, CapPeriod, ClickId, Currency, DestinationId, Measure, Money, Scope, Slug,
    Stream as Branch, StreamId, StreamKind, Tally, Workspace, WorkspaceId,
};
use signalbox_events::{Journal, JournalOptions, LocalSource, wire::CountedV1};

pub(crate) const WORKSPACE: WorkspaceId = WorkspaceId(1);

/// A click of a campaign, as small as they come.
pub(crate) fn counted_click(campaign: u64, number: u64) -> Record<'static> {
    Record::Counted(CountedV1 {
        id: ClickId(u128::from(number)),
        at: Timestamp(1_790_000_000_000 + number as i64 * 1_000),
        workspace: WORKSPACE,
        campaign: CampaignId(campaign),
        stream: StreamId(campaign * 100),
        landing: DestinationId::NONE,
        destination: DestinationId::NONE,
        passed_to: CampaignId::NONE,
        passed_to_stream: StreamId::NONE,
        cost: "0.25".parse().unwrap(),
        visitor: number,
        going_on: false,
    })
}

/// What such a click counts for.
pub(crate) fn landing_free_subjects(campaign: u64) -> [Subject; 2] {
    [Subject::Campaign(CampaignId(campaign)), Subject::Stream(StreamId(campaign * 100))]
}

pub(crate) fn clicks_a_day(limit: i64) -> Cap {
    Cap { measure: Measure::Clicks, period: CapPeriod::Day, limit: Money::from_whole(limit), timezone: None }
}

pub(crate) fn capped(campaign: u64) -> Campaign {
    let stream = Branch {
        action: signalbox_domain::Action::Nothing,
        caps: vec![clicks_a_day(5)],
        ..Branch::new(StreamId(campaign * 100), "s", StreamKind::Regular)
    };
    Campaign {
        caps: vec![clicks_a_day(10)],
        streams: vec![stream],
        ..Campaign::new(CampaignId(campaign), format!("c{campaign}"), Slug(format!("c{campaign}")))
    }
}

/// A catalog with a workspace, journals, and what runs over them.
pub(crate) struct Rig {
    _dir: tempfile::TempDir,
    pub(crate) catalog: Catalog,
    pub(crate) clicks: Journal,
    pub(crate) facts: Journal,
    pub(crate) config: CurrentConfig,
}

impl Rig {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let catalog =
            Catalog::open(&format!("sqlite:{}", dir.path().join("catalog.db").display())).await.unwrap();
        let workspace: Workspace = serde_json::from_value(serde_json::json!({
            "id": WORKSPACE.to_string(), "name": "w", "currency": Currency::USD.as_str(), "timezone": "UTC",
        }))
        .unwrap();
        catalog.workspaces().create(SYSTEM, workspace).await.unwrap();
        let open = |name: &str, stream| {
            let options =
                JournalOptions { consumers: vec![CONSUMER.to_owned()], ..JournalOptions::new(stream) };
            Journal::open(dir.path().join(name), options).unwrap()
        };
        let (clicks, facts) = (open("clicks", Stream::Clicks), open("facts", Stream::Facts));
        Self { _dir: dir, catalog, clicks, facts, config: CurrentConfig::default() }
    }

    pub(crate) async fn campaign(&self, campaign: Campaign) {
        self.catalog.campaigns().create(&Scope::system(WORKSPACE), campaign).await.unwrap();
        self.config.load(&self.catalog).await.unwrap();
    }

    pub(crate) fn append(&self, record: &Record<'_>) {
        let journal = if record.conversion().is_some() { &self.facts } else { &self.clicks };
        journal.append(&record.encode().unwrap()).unwrap();
    }

    /// Starts counting; ends when the token is cancelled.
    pub(crate) fn count(&self) -> (CancellationToken, JoinHandle<()>) {
        let stop = CancellationToken::new();
        let counters = Counters {
            catalog: self.catalog.clone(),
            config: self.config.clone(),
            source: Arc::new(LocalSource::new([self.clicks.clone(), self.facts.clone()])),
            warehouse: watch::channel(None).1,
            metrics: Arc::default(),
        };
        (stop.clone(), tokio::spawn(counters.run(stop)))
    }

    pub(crate) async fn published(&self, subject: Subject) -> Option<Tally> {
        let found = self.catalog.live().find_totals(SYSTEM, chunk_of(subject)).await.unwrap()?;
        found.value.series.get(&subject).map(|series| *series.ever())
    }

    pub(crate) async fn until_published(&self, subject: Subject, clicks: i64) {
        until(async || self.published(subject).await.is_some_and(|tally| tally.clicks == clicks)).await;
    }
}

pub(crate) async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !holds().await {
        assert!(Instant::now() < deadline, "it does not come true");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clicks_are_counted_once_across_restarts_and_by_two_nodes_at_once() {
    let rig = Rig::new().await;
    for campaign in 1..=5 {
        rig.campaign(capped(campaign)).await;
    }
    let [campaign, stream] = landing_free_subjects(3);
    let (mut appended, mut of_three) = (0, 0);
    for life in 0..4_u64 {
        // Two that count the same journals, one of which is killed without an end.
        let (first, second) = (rig.count(), rig.count());
        // A click before counting began would belong to the past.
        rig.until_published(campaign, of_three).await;
        for _ in 0..300 {
            let number = 1 + appended % 5;
            rig.append(&counted_click(number, appended));
            of_three += i64::from(number == 3);
            appended += 1;
        }
        rig.until_published(campaign, of_three).await;
        first.1.abort();
        if life % 2 == 0 {
            second.0.cancel();
            second.1.await.unwrap();
        } else {
            second.1.abort();
        }
    }
    let (stop, counting) = rig.count();
    rig.append(&counted_click(3, appended));
    // Two documents: one may be there before the other.
    rig.until_published(stream, of_three + 1).await;
    rig.until_published(campaign, of_three + 1).await;
    let tally = rig.published(campaign).await.unwrap();
    assert_eq!(tally.cost, Money::from_nanos(250_000_000 * i128::from(of_three + 1)));
    // What is counted in the store need not be kept for this any more.
    stop.cancel();
    counting.await.unwrap();
    let lag = rig.clicks.lag().into_iter().find(|lag| lag.consumer == CONSUMER).unwrap();
    assert_eq!(lag.records, 0, "{lag:?}");
    let versions = rig.catalog.live().totals_versions(SYSTEM).await.unwrap();
    let version = rig.catalog.live().find_totals(SYSTEM, chunk_of(stream)).await.unwrap().unwrap().version;
    assert_eq!(versions[&chunk_of(stream)], version, "the nodes were told");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_with_a_past_is_not_published_before_it_is_known() {
    let rig = Rig::new().await;
    let (stop, counting) = rig.count();
    rig.campaign(capped(1)).await;
    let [campaign, _] = landing_free_subjects(1);
    rig.until_published(campaign, 0).await;
    rig.append(&counted_click(1, 0));
    rig.until_published(campaign, 1).await;
    // Its clicks lie before the cap, and there is no warehouse that could tell of them.
    rig.append(&counted_click(2, 1));
    rig.append(&counted_click(1, 2));
    rig.until_published(campaign, 2).await;
    rig.campaign(capped(2)).await;
    rig.append(&counted_click(2, 3));
    rig.append(&counted_click(1, 4));
    rig.until_published(campaign, 3).await;
    let [late, _] = landing_free_subjects(2);
    assert_eq!(rig.published(late).await, None);
    stop.cancel();
    counting.await.unwrap();
}
