//! Facts, written as the product writes them: journal, then writer.

use async_trait::async_trait;
use signalbox_domain::{
    AffiliateNetworkId, BotReason, CampaignId, ClickId, ConnectionType, ConversionId, ConversionStatus,
    Currency, DestinationId, DeviceType, DomainId, Money, StreamId, Timestamp, TrafficSourceId, WorkspaceId,
};
use signalbox_events::{
    Journal, JournalId, JournalOptions, LocalSource, Stream,
    wire::{
        ClickDims, ClickV1, ConversionMeasures, ConversionV1, CostOnConversion, Outcome, Record, UniqueFlags,
    },
};
use signalbox_warehouse::{Cursor, CursorError, CursorStore, Step, Warehouse, Writer, WriterOptions};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

/// 2026-05-20, noon.
pub const NOON: Timestamp = Timestamp(1_779_278_400_000);

#[derive(Default)]
struct Cursors(Mutex<HashMap<JournalId, Cursor>>);

#[async_trait]
impl CursorStore for Cursors {
    async fn load(&self, journal: JournalId) -> Result<Option<Cursor>, CursorError> {
        Ok(self.0.lock().unwrap().get(&journal).cloned())
    }

    async fn compare_and_set(&self, expected: Option<&Cursor>, new: &Cursor) -> Result<bool, CursorError> {
        let mut stored = self.0.lock().unwrap();
        if stored.get(&new.journal) != expected {
            return Ok(false);
        }
        stored.insert(new.journal, new.clone());
        Ok(true)
    }
}

/// Writes records.
pub async fn write(warehouse: &Warehouse, stream: Stream, records: &[Record<'_>]) {
    let folder = tempfile::tempdir().unwrap();
    let journal = Journal::open(folder.path().join("journal"), JournalOptions::new(stream)).unwrap();
    let payloads: Vec<Vec<u8>> = records.iter().map(|record| record.encode().unwrap()).collect();
    journal.append_batch(&payloads).unwrap();
    let source = Arc::new(LocalSource::new([journal.clone()]));
    let options =
        WriterOptions { read_wait: Duration::ZERO, linger: Duration::ZERO, ..WriterOptions::default() };
    let cursors = Arc::new(Cursors::default());
    let mut writer = Writer::new(warehouse.clone(), source, journal.id(), cursors, options);
    let deadline = tokio::time::Instant::now() + Duration::from_secs(120);
    loop {
        match writer.step().await {
            Ok(Step::Idle) => return,
            Ok(_) => {}
            // As in the product: what the engine cannot do now is done again.
            Err(error) if error.is_retryable() && tokio::time::Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

fn dims(workspace: WorkspaceId) -> ClickDims<'static> {
    ClickDims {
        workspace,
        campaign: CampaignId::NONE,
        stream: StreamId::NONE,
        landing: DestinationId::NONE,
        destination: DestinationId::NONE,
        source: TrafficSourceId::NONE,
        network: AffiliateNetworkId::NONE,
        domain: DomainId::NONE,
        country: "DE".into(),
        region: "".into(),
        city: "".into(),
        isp: "".into(),
        asn: 3320,
        connection: ConnectionType::Cable,
        device_type: DeviceType::Mobile,
        device_brand: "".into(),
        device_model: "".into(),
        os: "Android".into(),
        os_version: "14".into(),
        browser: "Chrome".into(),
        browser_version: "130".into(),
        language: "de".into(),
        referrer_domain: "".into(),
        keyword: "".into(),
        ad_campaign_id: "".into(),
        creative_id: "".into(),
        site: "".into(),
        sub_ids: vec![(1, "zone-1".into())],
        bot: BotReason::None,
    }
}

/// A click of nobody in particular at noon; tests change what they look at.
pub fn click(workspace: WorkspaceId) -> ClickV1<'static> {
    ClickV1 {
        id: ClickId::new(NOON, rand::random()),
        at: NOON,
        dims: dims(workspace),
        outcome: Outcome::Routed,
        status: 302,
        unique: UniqueFlags { campaign: true, stream: true, workspace: true },
        cost: "0.05".parse().unwrap(),
        currency: Currency::USD,
        cost_on_conversion: CostOnConversion::None,
        external_id: "ext-1".into(),
        ip: "203.0.113.7".parse().unwrap(),
        user_agent: "Mozilla/5.0".into(),
        referrer: "".into(),
        host: "go.example.com".into(),
        path_and_query: "/summer?zone=1".into(),
        target: "https://offer.example/".into(),
    }
}

/// A sale of a click a minute later.
pub fn sale(click: &ClickV1<'static>, payout: &str) -> ConversionV1<'static> {
    let at = click.at.plus_ms(60_000);
    let payout: Money = payout.parse().unwrap();
    ConversionV1 {
        id: ConversionId::new(at, rand::random()),
        revision: 1,
        click: click.id,
        clicked_at: click.at,
        converted_at: at,
        at,
        dims: click.dims.clone(),
        before: None,
        after: Some(ConversionMeasures { status: ConversionStatus::Sale, payout, cost: Money::ZERO }),
        original_status: "approved".into(),
        transaction: "t-1".into(),
        original_payout: payout,
        original_currency: Currency::USD,
        currency: Currency::USD,
        external_id: "ext-1".into(),
        raw_journal: 1,
        raw_seq: 1,
    }
}
