//! Corrections of costs, as the API makes them.

use crate::engine::Engine;
use crate::fill::Filled;
use crate::questions::{at, ms};
use async_trait::async_trait;
use serde_json::{Value, json};
use signalbox_domain::{CostCorrectionId, Scope, Timestamp, WorkspaceId};
use signalbox_warehouse::costs::{
    CostAction, CostAmount, CostCorrection, CostHead, CostHook, CostLedger, CostMode, CostPoint, CostStore,
    PendingCosts,
};
use signalbox_warehouse::{Bots, Condition, CursorError, Error, ReportQuery, ResolvedRange, Warehouse};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const DAY_MS: i64 = 86_400_000;

/// Heads in memory; everything is wanted.
#[derive(Default)]
struct Heads(Mutex<HashMap<WorkspaceId, CostHead>>);

#[async_trait]
impl CostStore for Heads {
    async fn head(&self, workspace: WorkspaceId) -> Result<CostHead, CursorError> {
        Ok(self.0.lock().unwrap().get(&workspace).cloned().unwrap_or_default())
    }

    async fn set_head(
        &self,
        workspace: WorkspaceId,
        expected: &CostHead,
        new: CostHead,
    ) -> Result<bool, CursorError> {
        let mut heads = self.0.lock().unwrap();
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
        _: (CostCorrectionId, CostAction),
        _: &[CostCorrectionId],
    ) -> Result<bool, CursorError> {
        Ok(true)
    }

    async fn finished(&self, _: &Scope, _: &PendingCosts) -> Result<(), CursorError> {
        Ok(())
    }
}

/// When each step was done.
#[derive(Default)]
struct Steps(Mutex<Vec<(String, Instant)>>);

#[async_trait]
impl CostHook for Steps {
    async fn at(&self, point: CostPoint) -> Result<(), Error> {
        self.0.lock().unwrap().push((format!("{point:?}"), Instant::now()));
        Ok(())
    }
}

impl Steps {
    /// Milliseconds of each step.
    fn told(&self, began: Instant) -> Value {
        let mut last = began;
        let steps = self.0.lock().unwrap();
        let told = steps.iter().map(|(point, at)| {
            let took = at.duration_since(std::mem::replace(&mut last, *at));
            json!([point, ms(took)])
        });
        told.collect()
    }
}

/// Each of the clicks of one campaign on one day.
pub async fn correct(warehouse: &Warehouse, filled: &Filled, corrections: u64) {
    let ledger = CostLedger::new(warehouse.clone(), Arc::new(Heads::default()));
    for number in 0..corrections {
        let campaign = filled.campaigns[number as usize % filled.campaigns.len()];
        let from = Timestamp(filled.from.0 + (number % 30) as i64 * DAY_MS);
        let filter = json!([{"field": "campaign", "op": "in", "values": [campaign.to_string()]}]);
        let range = (from, Timestamp(from.0 + DAY_MS));
        let correction = correction(number + 1, range, serde_json::from_value(filter).unwrap());
        ledger.apply(&scope(filled), &correction, filled.to).await.unwrap();
    }
}

/// How often a tenth of a month is corrected; the first time warms up.
const CORRECTIONS: i64 = 6;

/// A million clicks (of a tenth of the month, with ten million), others each time: how long until a report has the new costs. Like everything
/// here, of rows that were read before, by an engine that does not merge meanwhile.
pub async fn a_million(engine: &Engine, warehouse: &Warehouse, filled: &Filled) -> Value {
    let mut taken = Vec::new();
    let mut clicks = 0;
    let mut steps = Value::Null;
    for number in 0..CORRECTIONS {
        let from = Timestamp(filled.from.0 + 3 * number * DAY_MS);
        let to = Timestamp(from.0 + 3 * DAY_MS / filled.times as i64);
        let read = format!(
            "SELECT sum(cityHash64(*)) FROM facts WHERE click_at >= fromUnixTimestamp64Milli({}) AND click_at < fromUnixTimestamp64Milli({})",
            from.0, to.0
        );
        engine.client().query(&read).execute().await.unwrap();
        engine.merged().await;
        let (one, there, how) = corrected(warehouse, filled, (from, to)).await;
        if number > 0 {
            taken.push(one);
            (clicks, steps) = (there, how);
        }
    }
    json!({
        "question": "cost correction", "clicks": clicks, "p50_ms": ms(at(&mut taken, 0.5)), "p95_ms": ms(at(&mut taken, 0.95)),
        "limit_ms": 1_000, "last_in_steps_ms": steps,
    })
}

/// From the wish to a report that has it, how many clicks were corrected, and how long each step took.
async fn corrected(
    warehouse: &Warehouse,
    filled: &Filled,
    range: (Timestamp, Timestamp),
) -> (Duration, u64, Value) {
    let steps = Arc::new(Steps::default());
    let ledger = CostLedger::new(warehouse.clone(), Arc::new(Heads::default())).with_hook(steps.clone());
    let number = u64::try_from(Timestamp::now().0).unwrap();
    let correction = correction(number, range, Vec::new());
    let query: ReportQuery = serde_json::from_value(json!({
        "metrics": ["cost"], "range": {"from": range.0, "to": range.1},
    }))
    .unwrap();
    let before = warehouse.report(&scope(filled), &query, filled.to).await.unwrap();
    let began = Instant::now();
    let done = ledger.apply(&scope(filled), &correction, filled.to).await.unwrap().unwrap();
    let after = warehouse.report(&scope(filled), &query, filled.to).await.unwrap();
    let taken = began.elapsed();
    assert_ne!(before.totals, after.totals, "the correction changed nothing");
    (taken, done.clicks, steps.told(began))
}

fn correction(number: u64, (from, to): (Timestamp, Timestamp), filters: Vec<Condition>) -> CostCorrection {
    CostCorrection {
        id: CostCorrectionId(number),
        range: ResolvedRange { from: Some(from), to: Some(to) },
        timezone: "UTC".to_owned(),
        filters,
        bots: Bots::Include,
        only_unique: false,
        // Another one each time, also over data that was kept.
        amount: CostAmount::Total(format!("{}.45", 100 + number % 100_000).parse().unwrap()),
        mode: CostMode::Replace,
    }
}

fn scope(filled: &Filled) -> Scope {
    crate::questions::scope(filled)
}
