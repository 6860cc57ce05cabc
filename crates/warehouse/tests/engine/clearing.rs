//! Clearing test data: afterwards every table and every report is what it would be if the clicks had never been.

use super::Test;
use super::costs::{Store, model::Model};
use super::data::{Random, Span, WORKSPACE, encode, records};
use super::reports::{Oracle, compare, keys, now, scope};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{
    Actor, CampaignId, ClearedSums, Clearing, ClearingId, ClearingState, Money, Timestamp,
};
use signalbox_events::wire::Record;
use signalbox_warehouse::costs::{CostAction, CostAmount, CostCorrection, CostLedger, CostMode};
use signalbox_warehouse::{Basis, Bots, Detail, Range, RangeToken, ReportQuery, ResolvedRange, Warehouse};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const TESTS: &[Test] = &[
    ("clearing::a_campaign_is_as_if_its_clicks_had_never_been", |env| {
        Box::pin(cleared(env, Some(CampaignId(11))))
    }),
    ("clearing::a_range_is_as_if_its_clicks_had_never_been", |env| Box::pin(cleared(env, None))),
    ("clearing::old_dead_letters_go", |env| Box::pin(dead_letters(env))),
];

const DAY_MS: i64 = 86_400_000;
/// For a machine that is busy with everything else.
const PATIENCE: Duration = Duration::from_secs(180);

/// A week in the middle, over the end of a month.
fn clearing(campaign: Option<CampaignId>) -> Clearing {
    let from = Timestamp(Span::two_months().from + 7 * DAY_MS + 1_234_567);
    Clearing {
        id: ClearingId::new(now(), 4_711),
        campaign,
        from,
        to: from.plus_ms(7 * DAY_MS),
        timezone: "UTC".to_owned(),
        created_by: Actor::System,
        by: String::new(),
        created_at: Timestamp(Span::two_months().to + 90 * DAY_MS),
        sums: ClearedSums::default(),
        state: ClearingState::Requested,
        heads: Vec::new(),
        deleted: std::collections::BTreeMap::new(),
        finished_at: None,
    }
}

/// Records without those of cleared clicks and what followed from them.
fn without(records: &[Record<'static>], clearing: &Clearing) -> Vec<Record<'static>> {
    let of_click = |record: &Record<'static>| {
        let click = record.click()?;
        let (at, dims) = (click.at, &click.dims);
        (dims.workspace == WORKSPACE && clearing.covers(at, Some(dims.campaign))).then_some(click.id)
    };
    let gone: HashSet<_> = records.iter().filter_map(of_click).collect();
    assert!(gone.len() > 10, "{}", gone.len());
    let click_of = |record: &Record<'static>| match record {
        Record::LandingClick(landing) => Some(landing.click),
        Record::LandingClickV2(landing) => Some(landing.landing_click.click),
        Record::Verdict(verdict) => Some(verdict.click),
        Record::Delivery(delivery) => Some(delivery.click),
        Record::ClickEvents(events) => Some(events.conversion.click),
        other => other.click().map(|click| click.id).or_else(|| other.conversion().map(|it| it.click)),
    };
    let stays = |record: &&Record<'static>| click_of(record).is_none_or(|click| !gone.contains(&click));
    records.iter().filter(stays).cloned().collect()
}

async fn filled(env: &Env, records: &[Record<'static>]) -> Warehouse {
    let (warehouse, events) = (env.database().await, Events::new());
    events.append(&encode(records));
    drain(&mut events.writer(&warehouse, &Cursors::new(), 5_000)).await;
    warehouse
}

/// Five cents more for every click.
fn correction() -> CostCorrection {
    let span = Span::two_months();
    CostCorrection {
        id: signalbox_domain::CostCorrectionId::new(now(), 1),
        range: ResolvedRange { from: Some(Timestamp(span.from)), to: Some(Timestamp(span.to)) },
        timezone: "UTC".to_owned(),
        filters: Vec::new(),
        bots: Bots::Include,
        only_unique: false,
        amount: CostAmount::PerClick("0.05".parse::<Money>().unwrap()),
        mode: CostMode::Add,
    }
}

/// What stands in each table, of whatever workspace, as one number a row.
async fn fingerprints(env: &Env, warehouse: &Warehouse) -> Vec<(&'static str, u64, u64)> {
    let client = env.client(warehouse);
    let mut found = Vec::new();
    for (table, row, which) in [
        ("clicks", "workspace, click_id, kind, at, campaign, ip, user_agent, external_id, cost", "1"),
        ("conversions", "workspace, conversion_id, revision, click_id, at, payout", "1"),
        ("deliveries", "workspace, conversion_id, output, attempt, click_id", "1"),
        ("postbacks", "workspace, raw_seq, verdict, click_id", "raw_journal = 5"),
        (
            "facts",
            "workspace, click_at, at, kind, campaign, clicks, revenue, event, event_value",
            "kind != 'cost'",
        ),
    ] {
        let sql = format!("SELECT count(), groupBitXor(cityHash64({row})) FROM {table} WHERE {which}");
        let (rows, hash): (u64, u64) = client.query(&sql).fetch_one().await.unwrap();
        found.push((table, rows, hash));
    }
    found
}

async fn clear(warehouse: &Warehouse, clearing: &Clearing) {
    let begun = Instant::now();
    // A node that died after it had noted which rows are meant notes them again.
    warehouse.stage_clearing(&scope(), clearing).await.unwrap();
    warehouse.stage_clearing(&scope(), clearing).await.unwrap();
    let mut tables = HashSet::new();
    loop {
        let step = warehouse.clear(&scope(), clearing).await.unwrap();
        tables.extend(step.begun.iter().map(|(table, _)| *table));
        if step.done {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{tables:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(tables.len(), 5, "{tables:?}");
    warehouse.end_clearing(clearing).await.unwrap();
    let nothing = warehouse.clearing_sums(&scope(), clearing).await.unwrap();
    assert_eq!(nothing, ClearedSums::default());
}

/// Somebody was still on the landing page of a click that is gone.
async fn goes_on_late(warehouse: &Warehouse, all: &[Record<'static>], kept: &[Record<'static>]) {
    let late = |record: &&Record<'static>| match record {
        Record::LandingClick(_) | Record::LandingClickV2(_) => !kept.contains(record),
        _ => false,
    };
    let late: Vec<Record<'static>> = all.iter().filter(late).take(3).cloned().collect();
    assert!(!late.is_empty());
    let events = Events::new();
    events.append(&encode(&late));
    drain(&mut events.writer(warehouse, &Cursors::new(), 5_000)).await;
}

async fn cleared(env: &Env, campaign: Option<CampaignId>) {
    let all = records(910, 1_200, Span::two_months());
    let clearing = clearing(campaign);
    let kept = without(&all, &clearing);
    let (warehouse, expected) = (filled(env, &all).await, filled(env, &kept).await);
    let store: Arc<Store> = Arc::default();
    store.want(correction().id, CostAction::Apply);
    CostLedger::new(warehouse.clone(), store).apply(&scope(), &correction(), now()).await.unwrap();

    let sums = warehouse.clearing_sums(&scope(), &clearing).await.unwrap();
    let before = Oracle::of(&all, WORKSPACE);
    let range = Range::Custom { from: clearing.from, to: clearing.to };
    let query = ReportQuery {
        dimensions: keys(&["campaign"]),
        metrics: keys(&["clicks", "conversions"]),
        range,
        limit: 10_000,
        ..ReportQuery::default()
    };
    let gone = all.len() - kept.len();
    assert!(sums.clicks > 10 && sums.conversions > 0 && sums.revenue > Money::ZERO, "{sums:?} of {gone}");
    assert!(sums.cost.nanos() > 50_000_000 * i128::from(sums.clicks), "{sums:?}");
    // The filled tables are as always before.
    let uncorrected = ReportQuery { metrics: keys(&["clicks", "conversions", "revenue"]), ..query };
    compare(&warehouse, &before, &uncorrected).await;

    clear(&warehouse, &clearing).await;
    goes_on_late(&warehouse, &all, &kept).await;
    let begun = Instant::now();
    while !warehouse.clear_late(&scope(), &clearing).await.unwrap().done {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(fingerprints(env, &warehouse).await, fingerprints(env, &expected).await);
    let after = Oracle::of(&kept, WORKSPACE);
    let mut random = Random(911);
    for round in 0..24 {
        // By campaign and hour the sums beside the ledger answer.
        let dimensions = random.pick(&["campaign", "day", "hour_of_day", "country", "sub_id_7", "is_bot"]);
        let query = ReportQuery {
            dimensions: keys(&[dimensions]),
            metrics: keys(&[
                "clicks",
                "unique_clicks",
                "conversions",
                "sales",
                "revenue",
                "bots",
                "landing_clicks",
                "time_to_convert",
                "event_3",
            ]),
            range: Range::Token(RangeToken::AllTime),
            timezone: random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]).to_owned(),
            basis: random.pick(&[Basis::Click, Basis::Conversion]),
            bots: random.pick(&[Bots::Include, Bots::Exclude]),
            limit: 10_000,
            ..ReportQuery::default()
        };
        let found = compare(&warehouse, &after, &query).await;
        assert!(!found.rows.is_empty(), "{round}");
    }
    let mut model = Model::of(&kept, WORKSPACE);
    model.apply(&correction());
    model.check(&warehouse).await;
}

async fn dead_letters(env: &Env) {
    let warehouse = env.database().await;
    let client = env.client(&warehouse);
    let sql = format!(
        "INSERT INTO dead_letters (workspace, at, reason, payload_hex) SELECT w, now64(3) - INTERVAL d DAY, 'x', 'ff' \
         FROM (SELECT arrayJoin([{}, 0, 77]) AS w, arrayJoin([1, 20]) AS d)",
        WORKSPACE.0
    );
    client.query(&sql).execute().await.unwrap();
    let before = Timestamp::now().plus_ms(-7 * DAY_MS);
    let nobody = signalbox_domain::Scope::system(signalbox_domain::WorkspaceId::NONE);
    let begun = Instant::now();
    for (scope, expected) in [(scope(), 5_u64), (nobody, 4)] {
        loop {
            let forgotten = warehouse.forget(&scope, Detail::DeadLetters, before).await.unwrap();
            let left: u64 = client.query("SELECT count() FROM dead_letters").fetch_one().await.unwrap();
            if forgotten == Some(0) && left == expected {
                break;
            }
            assert!(begun.elapsed() < PATIENCE, "{forgotten:?}, {left} left");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let of: Vec<u64> = client
        .query("SELECT workspace FROM dead_letters WHERE at < now64(3) - INTERVAL 7 DAY")
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(of, [77], "nobody else's");
}
