//! The data: clicks of 30 days, and a conversion of 3 of 100 of them, within a day of the click.

use crate::{
    clicks::Clicks,
    engine::{Cursors, Engine},
    say,
};
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
/// How much later each copy is than the one before.
const LATER_MS: u64 = 1_137;

/// What questions need to know of the data.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Filled {
    pub clicks: u64,
    /// How many of everything there are.
    pub times: u64,
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

/// Data of so many clicks, this many times, that a run before kept.
pub fn known(dir: &Path, clicks: u64, times: u64) -> Option<Filled> {
    let filled: Filled = serde_json::from_slice(&std::fs::read(dir.join("filled.json")).ok()?).ok()?;
    (filled.clicks == clicks && filled.times == times).then_some(filled)
}

/// Puts copies of everything beside it, `times` as many rows altogether: each a little later, with ids and places in a journal of its own,
/// and else the same. The engine copies ten times as fast as clicks can be made and written.
pub async fn multiply(engine: &Engine, filled: Filled, times: u64) -> Filled {
    let began = Instant::now();
    let client = engine.client();
    for (table, changed) in [
        (
            "facts",
            "at + S AS at, if(kind = 'cost', _journal, _journal + N) AS _journal, \
             if(click_journal = 0, 0, click_journal + N) AS click_journal",
        ),
        ("clicks", "at + S AS at, click_id + I AS click_id, _journal + N AS _journal"),
        (
            "conversions",
            "at + S AS at, converted_at + S AS converted_at, click_id + I AS click_id, \
             conversion_id + I AS conversion_id, _journal + N AS _journal",
        ),
    ] {
        let run = async |sql: String| client.query(&sql).execute().await.unwrap();
        // Copies are made of what is there now, not of copies.
        run(format!("CREATE TABLE copied AS {table} SETTINGS allow_suspicious_low_cardinality_types = 1"))
            .await;
        run(format!("ALTER TABLE copied ATTACH PARTITION ALL FROM {table}")).await;
        for number in 1..times {
            let later_ms = number * LATER_MS;
            let changed = changed
                .replace("+ S", &format!("+ toIntervalMillisecond({later_ms})"))
                .replace("+ I", &format!("+ bitShiftLeft(toUInt128({later_ms}), 80)"))
                .replace("+ N", &format!("+ {number}"));
            run(format!(
                "INSERT INTO {table} SELECT * REPLACE (click_at + toIntervalMillisecond({later_ms}) AS click_at, {changed}) FROM copied \
                 SETTINGS insert_deduplicate = 0, max_insert_threads = 2, max_partitions_per_insert_block = 0"
            ))
            .await;
        }
        run("DROP TABLE copied".to_owned()).await;
    }
    say(&json!({"copied": times - 1, "seconds": began.elapsed().as_secs()}));
    Filled { times, to: Timestamp(filled.to.0 + (times * LATER_MS) as i64), ..filled }
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
        times: 1,
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
