//! Corrections of costs against a model that keeps the cost of every single click: exact sums, each correction once whoever dies.

pub mod model;

use super::Test;
use super::data::{Random, Span, WORKSPACE, encode, records};
use super::reports::scope;
use super::support::{Cursors, Env, Events, drain};
use async_trait::async_trait;
use model::Model;
use signalbox_domain::{CostCorrectionId, Money, Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::costs::*;
use signalbox_warehouse::{
    Bots, Condition, CursorError, Error, Filter, Group, Operator, ResolvedRange, Warehouse,
};
use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, atomic::AtomicUsize, atomic::Ordering};
use std::time::{Duration, Instant};

pub const TESTS: &[Test] = &[
    ("costs::every_click_costs_what_the_model_says", |env| Box::pin(against_the_model(env))),
    ("costs::a_death_between_any_two_steps_changes_nothing", |env| Box::pin(deaths(env))),
    ("costs::several_processes_make_each_correction_once", |env| Box::pin(at_once(env))),
    ("costs::a_move_that_broke_off_is_completed", |env| Box::pin(broken_off(env))),
    ("costs::clicks_that_come_later_are_not_touched", |env| Box::pin(later(env))),
    ("costs::wrong_corrections_are_refused", |env| Box::pin(refusals(env))),
    ("costs::a_million_clicks_at_once", |env| Box::pin(a_million(env))),
];

/// Heads and wishes in memory.
#[derive(Default)]
pub struct Store {
    heads: Mutex<HashMap<WorkspaceId, CostHead>>,
    wanted: Mutex<HashSet<(CostCorrectionId, CostAction)>>,
    done: Mutex<Vec<PendingCosts>>,
}

impl Store {
    pub fn want(&self, id: CostCorrectionId, action: CostAction) {
        self.wanted.lock().unwrap().insert((id, action));
    }
}

#[async_trait]
impl CostStore for Store {
    async fn head(&self, workspace: WorkspaceId) -> Result<CostHead, CursorError> {
        Ok(self.heads.lock().unwrap().get(&workspace).cloned().unwrap_or_default())
    }

    async fn set_head(
        &self,
        workspace: WorkspaceId,
        expected: &CostHead,
        new: CostHead,
    ) -> Result<bool, CursorError> {
        let mut heads = self.heads.lock().unwrap();
        let stored = heads.entry(workspace).or_default();
        if stored.version != expected.version {
            return Ok(false);
        }
        *stored = CostHead { version: expected.version + 1, ..new };
        Ok(true)
    }

    async fn wants(
        &self,
        _: &Scope,
        wish: (CostCorrectionId, CostAction),
        _: &[CostCorrectionId],
    ) -> Result<bool, CursorError> {
        Ok(self.wanted.lock().unwrap().contains(&wish))
    }

    async fn finished(&self, _: &Scope, done: &PendingCosts) -> Result<(), CursorError> {
        if self.wanted.lock().unwrap().remove(&(done.correction, done.action)) {
            self.done.lock().unwrap().push(done.clone());
        }
        Ok(())
    }
}

/// Stops at the n-th point, counted from 0.
struct CrashAt(AtomicUsize);

#[async_trait]
impl CostHook for CrashAt {
    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        match self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)) {
            Ok(_) => Ok(()),
            Err(_) => Err(Error::Stopped { point: format!("{point:?}") }),
        }
    }
}

/// Says when each point was reached.
struct Tell(Instant);

#[async_trait]
impl CostHook for Tell {
    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        println!("  {point:?} after {} ms", self.0.elapsed().as_millis());
        Ok(())
    }
}

struct CrashOn(CostPoint);

#[async_trait]
impl CostHook for CrashOn {
    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        if point == self.0 { Err(Error::Stopped { point: format!("{point:?}") }) } else { Ok(()) }
    }
}

struct Scene {
    warehouse: Warehouse,
    events: Events,
    cursors: Arc<Cursors>,
    store: Arc<Store>,
    model: Model,
}

async fn scene(env: &Env, seed: u64, clicks: u64) -> Scene {
    let (warehouse, events, cursors) = (env.database().await, Events::new(), Cursors::new());
    let records = records(seed, clicks, Span::two_months());
    events.append(&encode(&records));
    drain(&mut events.writer(&warehouse, &cursors, 5_000)).await;
    let model = Model::of(&records, WORKSPACE);
    Scene { warehouse, events, cursors, store: Arc::default(), model }
}

impl Scene {
    fn ledger(&self) -> CostLedger {
        CostLedger::new(self.warehouse.clone(), self.store.clone())
    }

    async fn apply(&mut self, correction: &CostCorrection) {
        self.store.want(correction.id, CostAction::Apply);
        let expected = self.model.apply(correction);
        let preview = self.ledger().preview(&scope(), correction, now()).await.unwrap();
        assert_eq!(preview, expected, "{correction:?}");
        let done = self.ledger().apply(&scope(), correction, now()).await.unwrap();
        let found = done.map_or_else(CostPreview::default, |done| CostPreview {
            clicks: done.clicks,
            before: done.before,
            after: done.after,
        });
        assert_eq!(found, expected, "{correction:?}");
    }

    async fn undo(&mut self, correction: &CostCorrection) {
        self.store.want(correction.id, CostAction::Undo);
        self.model.undo(correction.id);
        self.ledger().undo(&scope(), (correction.id, correction.mode)).await.unwrap();
    }
}

fn now() -> Timestamp {
    super::reports::now()
}

fn id(number: u64) -> CostCorrectionId {
    CostCorrectionId::new(now(), number)
}

fn filter(field: &str, op: Operator, values: &[&str]) -> Condition {
    Filter { field: field.to_owned(), op, values: values.iter().map(|value| (*value).to_owned()).collect() }
        .into()
}

fn everything(number: u64, amount: CostAmount) -> CostCorrection {
    let span = Span::two_months();
    CostCorrection {
        id: id(number),
        range: ResolvedRange { from: Some(Timestamp(span.from)), to: Some(Timestamp(span.to)) },
        timezone: "UTC".to_owned(),
        filters: Vec::new(),
        bots: Bots::Include,
        only_unique: false,
        amount,
        mode: CostMode::Replace,
    }
}

fn money(text: &str) -> Money {
    text.parse().unwrap()
}

fn generated(random: &mut Random, number: u64) -> CostCorrection {
    let span = Span::two_months();
    let from = span.from + random.below(12 * 86_400_000) as i64;
    let to = from + 1 + random.below(10 * 86_400_000) as i64;
    let nanos = i128::from(random.below(50_000_000_000));
    let amount = Money::from_nanos(nanos);
    let filters = match random.below(6) {
        0 => vec![filter("country", Operator::Equals, &["DE", "BR"])],
        1 => vec![filter("sub_id_7", Operator::IsSet, &[]), filter("is_bot", Operator::IsFalse, &[])],
        2 => vec![
            Group::Any(vec![
                filter("hour_of_day", Operator::LessThan, &["6"]),
                filter("device_type", Operator::Equals, &["mobile"]),
            ])
            .into(),
        ],
        3 => vec![filter("is_unique", Operator::Equals, &["false"])],
        _ => Vec::new(),
    };
    CostCorrection {
        id: id(number),
        range: ResolvedRange { from: Some(Timestamp(from)), to: Some(Timestamp(to)) },
        timezone: random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]).to_owned(),
        filters,
        bots: random.pick(&[Bots::Include, Bots::Exclude, Bots::Only]),
        only_unique: random.one_in(4),
        amount: if random.one_in(3) {
            CostAmount::PerClick(Money::from_nanos(nanos / 1_000_003))
        } else {
            CostAmount::Total(amount)
        },
        mode: random.pick(&[CostMode::Replace, CostMode::Replace, CostMode::Add]),
    }
}

async fn against_the_model(env: &Env) {
    let mut scene = scene(env, 700, 900).await;
    let mut random = Random(701);
    let mut made: Vec<CostCorrection> = Vec::new();
    for number in 0..24 {
        let correction = generated(&mut random, number);
        scene.apply(&correction).await;
        made.push(correction);
        if random.one_in(3) {
            let last = made.pop().unwrap();
            scene.undo(&last).await;
            // Nobody wants it: nothing happens again.
            let again = scene.ledger().undo(&scope(), (last.id, last.mode)).await.unwrap();
            assert_eq!(again, None);
        }
        scene.model.check(&scene.warehouse).await;
    }
    let (whole, part) = (everything(900, CostAmount::Total(money("0.000000007"))), &made[0]);
    scene.apply(&whole).await;
    scene.model.check(&scene.warehouse).await;
    let over = scene.ledger().overlapping(&scope(), (part.id, part.mode)).await.unwrap();
    assert!(over.contains(&whole.id) && !over.contains(&part.id));
    let nothing = CostCorrection {
        filters: vec![filter("country", Operator::Equals, &["XX"])],
        ..everything(901, CostAmount::Total(money("5")))
    };
    scene.apply(&nothing).await;
    let stranger = Scope::system(WorkspaceId(77));
    let of_others = scene.ledger().preview(&stranger, &whole, now()).await.unwrap();
    assert_eq!(of_others, CostPreview::default(), "another workspace has none of these clicks");
    assert_eq!(leftovers(env, &scene.warehouse).await, 0);
}

async fn leftovers(env: &Env, warehouse: &Warehouse) -> u64 {
    let sql = "SELECT count() FROM system.tables WHERE database = currentDatabase() AND name LIKE 'costs_%'";
    env.client(warehouse).query(sql).fetch_one().await.unwrap()
}

async fn deaths(env: &Env) {
    let mut scene = scene(env, 710, 300).await;
    let mut points = HashSet::new();
    for death in 0.. {
        let correction =
            everything(death, CostAmount::Total(money("123.456789012") + Money::from_whole(death as i64)));
        scene.store.want(correction.id, CostAction::Apply);
        scene.model.apply(&correction);
        let ledger = scene.ledger();
        let hooked = || ledger.clone().with_hook(Arc::new(CrashAt(AtomicUsize::new(death as usize))));
        let made = hooked().apply(&scope(), &correction, now()).await;
        let died = made.is_err();
        if let Err(Error::Stopped { point }) = &made {
            points.insert(format!("apply {point}"));
            // Whoever comes next finishes it; then it is asked for again, as a client or the recovery would.
            scene.ledger().recover(&scope()).await.unwrap();
            scene.ledger().apply(&scope(), &correction, now()).await.unwrap();
        }
        scene.model.check(&scene.warehouse).await;

        scene.store.want(correction.id, CostAction::Undo);
        scene.model.undo(correction.id);
        let undone = hooked().undo(&scope(), (correction.id, correction.mode)).await;
        if let Err(Error::Stopped { point }) = &undone {
            points.insert(format!("undo {point}"));
            scene.ledger().undo(&scope(), (correction.id, correction.mode)).await.unwrap();
        }
        scene.model.check(&scene.warehouse).await;
        if !died && undone.is_ok() {
            break;
        }
    }
    println!("died at {points:?}");
    assert!(points.len() >= 12, "{points:?}");
    let dropped = scene.ledger().drop_leftovers(&[], 0).await.unwrap();
    assert!(dropped > 0, "dead attempts leave their tables behind");
    assert_eq!(leftovers(env, &scene.warehouse).await, 0);
    scene.model.check(&scene.warehouse).await;
}

async fn at_once(env: &Env) {
    let mut scene = scene(env, 720, 200).await;
    let corrections: Vec<CostCorrection> = (0..4)
        .map(|number| everything(number, CostAmount::Total(money("10") + Money::from_whole(number as i64))))
        .collect();
    let mut running = tokio::task::JoinSet::new();
    for correction in &corrections {
        scene.store.want(correction.id, CostAction::Apply);
        for _ in 0..2 {
            let (ledger, correction) = (scene.ledger(), correction.clone());
            running.spawn(async move {
                // Too many coming first is no failure of the correction: it stays wanted.
                loop {
                    match ledger.apply(&scope(), &correction, now()).await {
                        Ok(_) => return,
                        Err(error) if error.is_retryable() => {}
                        Err(error) => panic!("{error}"),
                    }
                }
            });
        }
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
    let mut done = scene.store.done.lock().unwrap().clone();
    done.sort_by_key(|done| done.order);
    assert_eq!(done.len(), corrections.len(), "each once");
    for done in &done {
        let correction = corrections.iter().find(|correction| correction.id == done.correction).unwrap();
        let expected = scene.model.apply(correction);
        assert_eq!(
            (done.before, done.after),
            (expected.before, expected.after),
            "computed from what was left before"
        );
    }
    scene.model.check(&scene.warehouse).await;
}

async fn broken_off(env: &Env) {
    let mut scene = scene(env, 730, 300).await;
    let correction = everything(1, CostAmount::Total(money("77.7")));
    scene.store.want(correction.id, CostAction::Apply);
    scene.model.apply(&correction);
    let hooked = scene.ledger().with_hook(Arc::new(CrashOn(CostPoint::HeadSet)));
    hooked.apply(&scope(), &correction, now()).await.unwrap_err();
    let pending = scene.store.head(WORKSPACE).await.unwrap().pending.unwrap();
    let some = format!("INSERT INTO facts SELECT * FROM {} WHERE click_seq % 3 = 0", pending.staging);
    env.client(&scene.warehouse).query(&some).execute().await.unwrap();
    assert!(scene.ledger().recover(&scope()).await.unwrap());
    scene.model.check(&scene.warehouse).await;
    assert_eq!(leftovers(env, &scene.warehouse).await, 0);
    assert!(!scene.ledger().recover(&scope()).await.unwrap(), "nothing is left to do");
}

/// Writes more clicks into the same time, once.
struct MoreClicks {
    payloads: Mutex<Vec<Vec<u8>>>,
    warehouse: Warehouse,
    cursors: Arc<Cursors>,
    events: Events,
}

#[async_trait]
impl CostHook for MoreClicks {
    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        if point == CostPoint::Frozen {
            let payloads = std::mem::take(&mut *self.payloads.lock().unwrap());
            self.events.append(&payloads);
            drain(&mut self.events.writer(&self.warehouse, &self.cursors, 5_000)).await;
        }
        Ok(())
    }
}

async fn later(env: &Env) {
    let mut scene = scene(env, 740, 200).await;
    let correction = everything(1, CostAmount::Total(money("50")));
    scene.store.want(correction.id, CostAction::Apply);
    scene.model.apply(&correction);
    let more = records(741, 80, Span::two_months());
    scene.model.add(&more, WORKSPACE);
    let hook = MoreClicks {
        payloads: Mutex::new(encode(&more)),
        warehouse: scene.warehouse.clone(),
        cursors: scene.cursors.clone(),
        events: std::mem::replace(&mut scene.events, Events::new()),
    };
    scene.ledger().with_hook(Arc::new(hook)).apply(&scope(), &correction, now()).await.unwrap();
    scene.model.check(&scene.warehouse).await;
}

async fn refusals(env: &Env) {
    let scene = scene(env, 750, 20).await;
    let good = everything(1, CostAmount::Total(money("1")));
    let half_open = ResolvedRange { from: good.range.from, to: None };
    for (correction, wanted) in [
        (CostCorrection { range: half_open, ..good.clone() }, "range"),
        (CostCorrection { amount: CostAmount::Total(money("-1")), ..good.clone() }, "amount"),
        (CostCorrection { timezone: "Mars".to_owned(), ..good.clone() }, "timezone"),
        (
            CostCorrection { filters: vec![filter("event", Operator::IsSet, &[])], ..good.clone() },
            "filters[0].field",
        ),
        (
            CostCorrection { filters: vec![filter("mood", Operator::IsSet, &[])], ..good.clone() },
            "filters[0].field",
        ),
    ] {
        scene.store.want(correction.id, CostAction::Apply);
        let refused = scene.ledger().apply(&scope(), &correction, now()).await;
        assert!(matches!(&refused, Err(Error::Invalid { field, .. }) if field == wanted), "{refused:?}");
    }
}

async fn a_million(env: &Env) {
    let scene = scene(env, 760, 0).await;
    let rows = "INSERT INTO facts (workspace, click_at, at, kind, campaign, country, os, browser, sub_id_1, keyword, clicks, cost, _journal, _seq) \
         SELECT 1000001, toDateTime64('2026-01-25 00:00:00', 3, 'UTC') + number / 20 AS t, t, 'click', 10 + number % 50, \
         ['DE','US','BR','IN'][1 + rand(1) % 4], ['Android','iOS','Windows'][1 + rand(2) % 3], toString(rand(3) % 20), \
         toString(rand(4) % 3000), toString(rand(5) % 500), 1, 0.01, 9, number FROM numbers(1000000)";
    let client = env.client(&scene.warehouse);
    client.query(rows).execute().await.unwrap();
    client.query("OPTIMIZE TABLE facts FINAL").execute().await.unwrap();
    let mut slowest = Duration::ZERO;
    for number in 0..3 {
        let correction = everything(number, CostAmount::Total(money("12345.678901234")));
        scene.store.want(correction.id, CostAction::Apply);
        let began = Instant::now();
        let ledger = scene.ledger().with_hook(Arc::new(Tell(began)));
        let done = ledger.apply(&scope(), &correction, now()).await.unwrap().unwrap();
        let took = began.elapsed();
        println!("correction {number} of {} clicks: visible after {} ms", done.clicks, took.as_millis());
        slowest = slowest.max(took);
        let sum: i128 = client.query("SELECT sum(cost) FROM facts").fetch_one().await.unwrap();
        assert_eq!(Money::from_nanos(sum), money("12345.678901234"));
    }
    assert!(slowest < Duration::from_secs(30), "{slowest:?}");
}
