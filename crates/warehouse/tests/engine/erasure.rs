//! Erasure: detail tables are as if the clicks had never been, the ledger as if nothing had described them; nobody else's row is touched.

use super::Test;
use super::costs::Store;
use super::data::{Random, Span, WORKSPACE, encode, records};
use super::reports::{Oracle, compare, keys, now, scope};
use super::support::{Cursors, Env, Events, drain};
use signalbox_domain::{
    Actor, ClickId, ErasedCounts, Erasure, ErasureId, ErasureState, ErasureSubject, Money, Timestamp,
};
use signalbox_events::wire::{ClickDims, ClickV1, Record};
use signalbox_warehouse::costs::{CostAction, CostAmount, CostCorrection, CostLedger, CostMode};
use signalbox_warehouse::{
    Basis, Bots, Detail, Range, RangeToken, ReportQuery, ResolvedRange, VisitorSource, Warehouse, visitor_key,
};
use std::collections::{HashMap, HashSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub const TESTS: &[Test] = &[
    ("erasure::an_address_of_some_days", |env| Box::pin(by_address(env))),
    ("erasure::a_visitor_and_an_external_id_and_a_click", |env| Box::pin(by_others(env))),
    ("erasure::conversions_whose_details_are_gone_already", |env| Box::pin(after_retention(env))),
    ("erasure::what_was_refused_leaves_only_its_verdict", |env| Box::pin(refused(env))),
];

const DAY_MS: i64 = 86_400_000;
/// For a machine that is busy with everything else.
const PATIENCE: Duration = Duration::from_secs(180);

fn erasure(number: u64, subject: ErasureSubject) -> Erasure {
    Erasure {
        id: ErasureId::new(now(), number),
        by: subject.by(),
        subject: Some(subject),
        from: None,
        to: None,
        note: String::new(),
        created_by: Actor::System,
        asked_by: String::new(),
        created_at: Timestamp(Span::two_months().to + 90 * DAY_MS),
        counts: ErasedCounts::default(),
        state: ErasureState::Requested,
        marked_at: None,
        heads: Vec::new(),
        erased: std::collections::BTreeMap::new(),
        finished_at: None,
    }
}

fn clicks<'r>(records: &'r [Record<'static>]) -> impl Iterator<Item = &'r ClickV1<'static>> {
    records.iter().filter_map(Record::click).filter(|click| click.dims.workspace == WORKSPACE)
}

fn click_of(record: &Record<'static>) -> Option<ClickId> {
    match record {
        Record::LandingClick(landing) => Some(landing.click),
        Record::LandingClickV2(landing) => Some(landing.landing_click.click),
        Record::Verdict(verdict) => Some(verdict.click),
        Record::Delivery(delivery) => Some(delivery.click),
        Record::ClickEvents(events) => Some(events.conversion.click),
        other => other.click().map(|click| click.id).or_else(|| other.conversion().map(|it| it.click)),
    }
}

/// The clicks that an erasure means, found without SQL.
fn meant(records: &[Record<'static>], erasure: &Erasure) -> HashSet<ClickId> {
    let key = |record: &Record<'static>| match (record.click(), record.visitor()) {
        (Some(_), 0) | (None, _) => None,
        (Some(click), key) => Some((click.id, key)),
    };
    let keys: HashMap<ClickId, u64> = records.iter().filter_map(key).collect();
    let is_meant = |click: &&ClickV1<'static>| {
        let in_range =
            erasure.from.is_none_or(|from| click.at >= from) && erasure.to.is_none_or(|to| click.at < to);
        in_range
            && match erasure.subject.as_ref().unwrap() {
                ErasureSubject::Click { click: id } => click.id == *id,
                ErasureSubject::Visitor { click: id } => {
                    click.id == *id || (keys.contains_key(id) && keys.get(&click.id) == keys.get(id))
                }
                ErasureSubject::Address { address } => click.ip == *address,
                ErasureSubject::ExternalId { external_id } => click.external_id == external_id.as_str(),
            }
    };
    clicks(records).filter(is_meant).map(|click| click.id).collect()
}

fn emptied(dims: &ClickDims<'static>) -> ClickDims<'static> {
    ClickDims {
        region: "".into(),
        city: "".into(),
        isp: "".into(),
        asn: 0,
        device_model: "".into(),
        os_version: "".into(),
        browser_version: "".into(),
        language: "".into(),
        keyword: "".into(),
        ad_campaign_id: "".into(),
        creative_id: "".into(),
        site: "".into(),
        sub_ids: Vec::new(),
        ..dims.clone()
    }
}

/// The records as they would be had nothing described the visitors of these clicks.
fn described_by_nothing(records: &[Record<'static>], of: &HashSet<ClickId>) -> Vec<Record<'static>> {
    let mut all = records.to_vec();
    for record in &mut all {
        if !click_of(record).is_some_and(|click| of.contains(&click)) {
            continue;
        }
        let dims = match record {
            Record::Click(click) => &mut click.dims,
            Record::ClickV2(click) => &mut click.click.dims,
            Record::LandingClick(landing) => &mut landing.dims,
            Record::LandingClickV2(landing) => &mut landing.landing_click.dims,
            Record::Conversion(conversion) => &mut conversion.dims,
            Record::ConversionV2(conversion) => &mut conversion.conversion.dims,
            Record::ClickEvents(events) => &mut events.conversion.dims,
            _ => continue,
        };
        *dims = emptied(dims);
    }
    all
}

async fn append(warehouse: &Warehouse, records: &[Record<'static>]) {
    let events = Events::new();
    events.append(&encode(records));
    drain(&mut events.writer(warehouse, &Cursors::new(), 5_000)).await;
}

/// A database with these records, and five cents more of cost for every click.
async fn filled(env: &Env, records: &[Record<'static>]) -> Warehouse {
    let warehouse = env.database().await;
    append(&warehouse, records).await;
    let span = Span::two_months();
    let correction = CostCorrection {
        id: signalbox_domain::CostCorrectionId::new(now(), 1),
        range: ResolvedRange { from: Some(Timestamp(span.from)), to: Some(Timestamp(span.to)) },
        timezone: "UTC".to_owned(),
        filters: Vec::new(),
        bots: Bots::Include,
        only_unique: false,
        amount: CostAmount::PerClick("0.05".parse::<Money>().unwrap()),
        mode: CostMode::Add,
    };
    let store: Arc<Store> = Arc::default();
    store.want(correction.id, CostAction::Apply);
    CostLedger::new(warehouse.clone(), store).apply(&scope(), &correction, now()).await.unwrap();
    warehouse
}

/// Rows of a table and the sum of what stands in each, but for the records that they came from.
async fn table(env: &Env, warehouse: &Warehouse, name: &str) -> (u64, u64) {
    let (except, which) = match name {
        "facts" => ("_journal, _seq, click_journal, click_seq", "1"),
        // What was received is of nobody before it is judged.
        "postbacks" => ("_journal, _seq", "raw_journal = 5"),
        _ => ("_journal, _seq", "1"),
    };
    let sql = format!("SELECT count(), sum(cityHash64(* EXCEPT ({except}))) FROM {name} WHERE {which}");
    env.client(warehouse).query(&sql).fetch_one().await.unwrap()
}

async fn same_tables(env: &Env, found: &Warehouse, expected: &Warehouse, names: &[&str]) {
    for name in names {
        assert_eq!(table(env, found, name).await, table(env, expected, name).await, "{name}");
    }
}

const DETAILS: &[&str] = &["clicks", "conversions", "postbacks", "deliveries"];

async fn rewrite(warehouse: &Warehouse, erasure: &Erasure) -> HashSet<&'static str> {
    // A node that died after it had noted which rows are meant notes them again.
    warehouse.stage_erasure_rows(&scope(), erasure).await.unwrap();
    warehouse.stage_erasure_rows(&scope(), erasure).await.unwrap();
    let (begun, mut tables) = (Instant::now(), HashSet::new());
    loop {
        let step = warehouse.erase(&scope(), erasure).await.unwrap();
        tables.extend(step.begun.iter().map(|(table, _)| *table));
        if step.done {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "{tables:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    warehouse.end_erasure(erasure).await.unwrap();
    tables
}

async fn erase(warehouse: &Warehouse, erasure: &Erasure, expected: &HashSet<ClickId>) {
    warehouse.stage_erasure(&scope(), erasure).await.unwrap();
    warehouse.stage_erasure(&scope(), erasure).await.unwrap();
    let found: HashSet<ClickId> = warehouse.erasure_clicks(erasure).await.unwrap().into_iter().collect();
    assert_eq!(found, *expected);
    let tables = rewrite(warehouse, erasure).await;
    assert!(tables.contains("facts") && tables.contains("clicks"), "{tables:?}");
    let nothing = warehouse.preview_erasure(&scope(), erasure).await.unwrap();
    assert_eq!(nothing.counts, ErasedCounts::default());
}

/// Every report says what it would say had nothing described those visitors; sums stay what they were.
async fn same_reports(warehouse: &Warehouse, all: &[Record<'static>], of: &HashSet<ClickId>) {
    let (before, after) = (Oracle::of(all, WORKSPACE), Oracle::of(&described_by_nothing(all, of), WORKSPACE));
    let mut random = Random(77);
    let finer = ["sub_id_1", "sub_id_7", "city", "keyword", "isp", "device_model", "language"];
    for round in 0..24 {
        // By what stays, reports are what they were: those by campaign and hour are answered by the sums beside the ledger.
        let stays = random.pick(&["campaign", "day", "hour_of_day", "country", "browser", "referrer_domain"]);
        let (dimension, oracle) =
            if round % 2 == 0 { (stays, &before) } else { (random.pick(&finer), &after) };
        let query = ReportQuery {
            dimensions: keys(&[dimension]),
            metrics: keys(&[
                "clicks",
                "unique_clicks",
                "conversions",
                "sales",
                "revenue",
                "bots",
                "landing_clicks",
                "event_3",
            ]),
            range: Range::Token(RangeToken::AllTime),
            timezone: random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]).to_owned(),
            basis: random.pick(&[Basis::Click, Basis::Conversion]),
            bots: random.pick(&[Bots::Include, Bots::Exclude]),
            limit: 10_000,
            ..ReportQuery::default()
        };
        assert!(!compare(warehouse, oracle, &query).await.rows.is_empty(), "{round}");
    }
}

/// What the sums beside the ledger say by campaign, and what the ledger says.
async fn sums(env: &Env, warehouse: &Warehouse, by_sums: bool) -> Vec<(u64, i64, i128)> {
    let setting = if by_sums { "force_optimize_projection = 1" } else { "optimize_use_projections = 0" };
    let sql = format!(
        "SELECT campaign, toInt64(sum(clicks)), CAST(sum(cost), 'Decimal(38, 9)') FROM facts \
         WHERE workspace = {} GROUP BY campaign ORDER BY campaign SETTINGS {setting}",
        WORKSPACE.0
    );
    env.client(warehouse).query(&sql).fetch_all().await.unwrap()
}

/// The address with the most clicks.
fn busiest(records: &[Record<'static>]) -> IpAddr {
    let mut counts: HashMap<IpAddr, usize> = HashMap::new();
    clicks(records).for_each(|click| *counts.entry(click.ip).or_default() += 1);
    counts.into_iter().max_by_key(|(address, count)| (*count, *address)).unwrap().0
}

async fn by_address(env: &Env) {
    let all = records(920, 2_500, Span::two_months());
    let span = Span::two_months();
    let erasure = Erasure {
        from: Some(Timestamp(span.from + DAY_MS)),
        to: Some(Timestamp(span.to - DAY_MS)),
        ..erasure(1, ErasureSubject::Address { address: busiest(&all) })
    };
    let gone = meant(&all, &erasure);
    assert!(gone.len() > 5, "{}", gone.len());
    let of_gone = |record: &&Record<'static>| click_of(record).is_some_and(|click| gone.contains(&click));
    let mut late = Vec::new();
    let is_late = |record: &&Record<'static>| {
        of_gone(record) && matches!(record, Record::LandingClick(_) | Record::LandingClickV2(_))
    };
    late.extend(all.iter().filter(is_late).take(2).cloned());
    assert!(!late.is_empty());
    let early: Vec<Record<'static>> = all.iter().filter(|record| !late.contains(record)).cloned().collect();
    let kept: Vec<Record<'static>> = all.iter().filter(|record| !of_gone(record)).cloned().collect();
    let (warehouse, details) = (filled(env, &early).await, filled(env, &kept).await);
    let ledger = filled(env, &described_by_nothing(&all, &gone)).await;
    let before = sums(env, &warehouse, true).await;

    let preview = warehouse.preview_erasure(&scope(), &erasure).await.unwrap();
    let ids = |of: fn(&Record<'static>) -> Option<u128>| {
        early.iter().filter(of_gone).filter_map(of).collect::<HashSet<u128>>().len() as u64
    };
    let expected = ErasedCounts {
        clicks: gone.len() as u64,
        conversions: ids(|record| match record {
            Record::ClickEvents(events) => Some(events.conversion.id.0),
            other => other.conversion().map(|it| it.id.0),
        }),
        postbacks: ids(|record| match record {
            Record::Verdict(verdict) => Some(verdict.raw_seq.into()),
            _ => None,
        }),
        deliveries: early.iter().filter(of_gone).filter(|it| matches!(it, Record::Delivery(_))).count()
            as u64,
    };
    assert!(expected.conversions > 0 && expected.deliveries > 0, "{expected:?}");
    assert_eq!(preview.counts, expected);
    let times = || clicks(&all).filter(|click| gone.contains(&click.id)).map(|click| click.at);
    assert_eq!((preview.first, preview.last), (times().min(), times().max()));

    erase(&warehouse, &erasure, &gone).await;
    same_tables(env, &warehouse, &details, DETAILS).await;
    assert_eq!(sums(env, &warehouse, true).await, before);
    assert_eq!(sums(env, &warehouse, false).await, before);

    // Somebody was still on the landing page of a click that is gone.
    assert!(warehouse.lone_landing_clicks(&scope(), Timestamp(span.from)).await.unwrap().is_empty());
    append(&warehouse, &late).await;
    let alone = warehouse.lone_landing_clicks(&scope(), Timestamp(span.from)).await.unwrap();
    let of_late: HashSet<ClickId> = late.iter().filter_map(click_of).collect();
    assert_eq!(alone.iter().copied().collect::<HashSet<_>>(), of_late);
    warehouse.stage_erasure_of(&erasure, &alone).await.unwrap();
    rewrite(&warehouse, &erasure).await;
    same_tables(env, &warehouse, &details, DETAILS).await;
    same_tables(env, &warehouse, &ledger, &["facts"]).await;
    same_reports(&warehouse, &all, &gone).await;
}

async fn by_others(env: &Env) {
    let all = records(921, 1_500, Span::two_months());
    let of_key = |derived: bool| {
        let found = all.iter().find_map(|record| {
            let (click, key) = (record.click()?, record.visitor());
            let own = visitor_key(VisitorSource::IpUserAgent(click.ip, &click.user_agent));
            (click.dims.workspace == WORKSPACE && key != 0 && (key == own) == derived).then_some(click.id)
        });
        found.unwrap()
    };
    let converted = all.iter().filter_map(Record::conversion).find(|it| it.dims.workspace == WORKSPACE);
    let external_id = converted.unwrap().external_id.to_string();
    let alone = clicks(&all).last().unwrap().id;
    let warehouse = filled(env, &all).await;
    let mut gone = HashSet::new();
    for (number, subject) in [
        ErasureSubject::Visitor { click: of_key(true) },
        ErasureSubject::Visitor { click: of_key(false) },
        ErasureSubject::ExternalId { external_id },
        ErasureSubject::Click { click: alone },
    ]
    .into_iter()
    .enumerate()
    {
        let erasure = erasure(10 + number as u64, subject);
        let meant = meant(&all, &erasure);
        assert!(!meant.is_empty() && meant.is_disjoint(&gone), "{number}");
        erase(&warehouse, &erasure, &meant).await;
        gone.extend(meant);
    }
    let kept: Vec<Record<'static>> =
        all.iter().filter(|it| click_of(it).is_none_or(|click| !gone.contains(&click))).cloned().collect();
    same_tables(env, &warehouse, &filled(env, &kept).await, DETAILS).await;
    let ledger = filled(env, &described_by_nothing(&all, &gone)).await;
    same_tables(env, &warehouse, &ledger, &["facts"]).await;
}

/// Retention may delete a conversion's details before those of its click.
async fn after_retention(env: &Env) {
    let all = records(922, 1_500, Span::two_months());
    let erasure = erasure(20, ErasureSubject::Address { address: busiest(&all) });
    let gone = meant(&all, &erasure);
    assert!(all.iter().any(|it| it.conversion().is_some_and(|it| gone.contains(&it.click))));
    let warehouse = filled(env, &all).await;
    let begun = Instant::now();
    while warehouse
        .forget(&scope(), Detail::Conversions, Timestamp(Span::two_months().to + 90 * DAY_MS))
        .await
        .unwrap()
        != Some(0)
    {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    erase(&warehouse, &erasure, &gone).await;
    let ledger = filled(env, &described_by_nothing(&all, &gone)).await;
    same_tables(env, &warehouse, &ledger, &["facts"]).await;
}

async fn refused(env: &Env) {
    let warehouse = env.database().await;
    let client = env.client(&warehouse);
    let row = |workspace: u64, seq: u64, verdict: &str, code: &str, query: &str| {
        format!("({workspace}, '2026-02-01 00:00:00', 5, {seq}, '{verdict}', '{code}', '{query}')")
    };
    let rows = [
        row(0, 1, "received", "", "cid=gone"),
        row(WORKSPACE.0, 1, "held", "click_not_yet_visible", "cid=gone"),
        row(WORKSPACE.0, 1, "refused", "click_erased", ""),
        row(WORKSPACE.0, 2, "received", "", "cid=other"),
        row(WORKSPACE.0, 2, "accepted", "", "cid=other"),
        row(WORKSPACE.0 + 1, 1, "received", "", "cid=elsewhere"),
    ];
    let sql = format!(
        "INSERT INTO postbacks (workspace, received_at, raw_journal, raw_seq, verdict, code, query) VALUES {}",
        rows.join(", ")
    );
    client.query(&sql).execute().await.unwrap();
    let begun = Instant::now();
    while !warehouse.erase_refused(&scope(), Timestamp(Span::two_months().from)).await.unwrap().done {
        assert!(begun.elapsed() < PATIENCE);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left: Vec<String> = client
        .query(
            "SELECT concat(toString(raw_seq), ' ', toString(verdict), ' ', query) FROM postbacks ORDER BY 1",
        )
        .fetch_all()
        .await
        .unwrap();
    assert_eq!(
        left,
        ["1 received cid=elsewhere", "1 refused ", "2 accepted cid=other", "2 received cid=other"]
    );
}
