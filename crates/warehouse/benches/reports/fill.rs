//! The data: clicks of 30 days, and a conversion of 3 of 100 of them, within a day of the click.

use crate::{clicks::Clicks, engine::Cursors, say};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde::{Deserialize, Serialize};
use serde_json::json;
use signalbox_domain::{
    CampaignId, ClickId, ConversionId, ConversionStatus, Currency, Money, Timestamp, WorkspaceId,
};
use signalbox_events::wire::{ClickV1, ConversionMeasures, ConversionV1, Record};
use signalbox_events::{Journal, JournalOptions, LocalSource, Stream};
use signalbox_warehouse::{Step, Warehouse, Writer, WriterOptions};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

const DAYS: f64 = 30.0;
const CONVERSIONS_PERCENT: u32 = 3;
const HOUR_MS: i64 = 3_600_000;

/// What questions need to know of the data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filled {
    pub clicks: u64,
    pub conversions: u64,
    pub workspace: WorkspaceId,
    pub campaigns: Vec<CampaignId>,
    pub from: Timestamp,
    pub to: Timestamp,
    /// Of a thousand clicks.
    pub ids: Vec<ClickId>,
}

impl Filled {
    pub fn keep(&self, dir: &Path) {
        std::fs::write(dir.join("filled.json"), serde_json::to_vec(self).unwrap()).unwrap();
    }
}

/// Data of so many clicks that a run before kept.
pub fn known(dir: &Path, clicks: u64) -> Option<Filled> {
    let filled: Filled = serde_json::from_slice(&std::fs::read(dir.join("filled.json")).ok()?).ok()?;
    (filled.clicks == clicks).then_some(filled)
}

/// Makes the data and brings it in.
pub async fn fill(dir: &Path, warehouse: &Warehouse, clicks: u64) -> Filled {
    let began = Instant::now();
    let folder = dir.join("journal");
    let _none_yet = std::fs::remove_dir_all(&folder);
    let mut settings = JournalOptions::new(Stream::Clicks);
    settings.bytes_max = settings.bytes_max.max(256 << 30);
    let journal = Journal::open(&folder, settings).unwrap();
    let source = Arc::new(LocalSource::new([journal.clone()]));
    let mut writer = Writer::new(
        warehouse.clone(),
        source,
        journal.id(),
        Arc::new(Cursors::default()),
        WriterOptions::default(),
    );
    let mut made = Clicks::new(clicks as f64 / (DAYS * 86_400.0), false);
    let mut random = StdRng::seed_from_u64(7);
    let (mut ids, mut conversions) = (Vec::new(), 0);
    for number in 0..clicks {
        let mut converted = None;
        let click = made.next_and(|click| {
            if number % (clicks / 1_000).max(1) == 0 {
                ids.push(click.id);
            }
            if random.random_range(0..100) < CONVERSIONS_PERCENT {
                converted = Some(conversion(click, &mut random));
            }
        });
        conversions += u64::from(converted.is_some());
        let records: Vec<Vec<u8>> = std::iter::once(click).chain(converted).collect();
        journal.append_batch(&records).unwrap();
        // What is written is not kept twice.
        if number % 100_000 == 99_999 {
            drain(&mut writer).await;
        }
    }
    drain(&mut writer).await;
    drop(writer);
    std::fs::remove_dir_all(&folder).unwrap();
    let (from, to) = made.range();
    say(&json!({"filled": clicks, "conversions": conversions, "seconds": began.elapsed().as_secs()}));
    Filled {
        clicks,
        conversions,
        workspace: made.workspace(),
        campaigns: made.campaigns().collect(),
        from,
        to: Timestamp(to.0 + 1),
        ids,
    }
}

async fn drain(writer: &mut Writer) {
    while let Step::Advanced { .. } = writer.step().await.unwrap() {}
}

fn conversion(click: &ClickV1<'_>, random: &mut StdRng) -> Vec<u8> {
    let at = Timestamp(click.at.0 + random.random_range(60_000..24 * HOUR_MS));
    let status = [ConversionStatus::Lead, ConversionStatus::Sale, ConversionStatus::Rejected]
        [random.random_range(0..3)];
    let payout: Money =
        format!("{}.{:02}", random.random_range(1..60), random.random_range(0..100)).parse().unwrap();
    let record = ConversionV1 {
        id: ConversionId::new(at, random.random()),
        revision: 1,
        click: click.id,
        clicked_at: click.at,
        converted_at: at,
        at,
        dims: click.dims.clone(),
        before: None,
        after: Some(ConversionMeasures { status, payout, cost: Money::ZERO }),
        original_status: "sale".into(),
        transaction: format!("{:016x}", random.random::<u64>()).into(),
        original_payout: payout,
        original_currency: Currency::USD,
        currency: Currency::USD,
        external_id: "".into(),
        raw_journal: 1,
        raw_seq: 1,
    };
    Record::Conversion(Box::new(record)).encode().unwrap()
}
