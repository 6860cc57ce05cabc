//! Every event of the log of clicks, as an export reads it: how fast, how many rows, and how much memory this process takes meanwhile.

use crate::{engine::Engine, fill::Filled, questions::scope};
use serde_json::{Value, json};
use signalbox_warehouse::{LogQuery, Warehouse, log::Log};
use std::time::Instant;

/// Memory is looked at after this many rows.
const LOOK_EVERY: u64 = 100_000;
/// An export may take this much beyond what the process has, whatever its size, MB.
const MEMORY_MB_MAX: u64 = 64;

/// Resident memory of this process, MB.
fn resident_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or_default() / 1024
}

/// Reads everything once, as cells, and holds none of it.
pub async fn every_click(warehouse: &Warehouse, engine: &Engine, filled: &Filled) -> Value {
    let workspace = filled.workspace.0;
    let count = format!("SELECT count() FROM clicks WHERE workspace = {workspace}");
    let expected = engine.client().query(&count).fetch_one::<u64>().await.unwrap();
    let query = LogQuery { from: None, to: None, ..LogQuery::default() };
    let (before, began) = (resident_mb(), Instant::now());
    let mut stream = warehouse.export_log(&scope(filled), Log::Clicks, &query).unwrap();
    let (mut rows, mut most, mut looked) = (0, before, 0);
    while let Some(part) = stream.next().await.unwrap() {
        rows += part.len() as u64;
        if rows - looked >= LOOK_EVERY {
            looked = rows;
            most = most.max(resident_mb());
        }
    }
    assert_eq!(rows, expected, "every row, and each once");
    let seconds = began.elapsed().as_secs_f64();
    let more = most.saturating_sub(before);
    json!({
        "name": "export of every click",
        "rows": rows,
        "seconds": (seconds * 10.0).round() / 10.0,
        "rows_per_s": (rows as f64 / seconds).round(),
        "memory_mb_more": more,
        "limit_memory_mb": MEMORY_MB_MAX,
        "met": more <= MEMORY_MB_MAX,
    })
}
