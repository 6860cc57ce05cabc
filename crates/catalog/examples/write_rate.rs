//! How many documents a second the SQLite store takes, as the postback service writes them.
//!
//! `cargo run --release -p signalbox-catalog --example write_rate [folder] [seconds]`: conversions inserted and
//! changed, and deliveries through their whole life, by 1, 16, 64 and 256 callers at once; every write is on
//! the disk (`synchronous=FULL`) before it counts.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a measurement, not a service")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use signalbox_catalog::{
    Catalog, LeaseRequest, NewDelivery, RecordKeys, SqliteOptions, SqliteStore, SystemScope, delivery_id,
};
use signalbox_domain::{ClickId, ConversionId, OutputId, Scope, Timestamp, WorkspaceId};

const SYSTEM: SystemScope = SystemScope::new("write_rate");

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let parent = arguments.next().map_or_else(std::env::temp_dir, Into::into);
    let seconds = arguments.next().map_or(3, |text| text.parse().unwrap());
    let home = tempfile::tempdir_in(parent).unwrap();
    let store = SqliteStore::open(home.path().join("catalog.db"), SqliteOptions::default()).await.unwrap();
    let catalog = Catalog::new(Arc::new(store));
    catalog.prepare().await.unwrap();
    println!("{:<28}{:>8}{:>12}{:>12}{:>12}", "work", "callers", "writes/s", "p50 ms", "p99 ms");
    for callers in [1, 16, 64, 256] {
        let time = Duration::from_secs(seconds);
        measure("conversions (insert, change)", callers, time, &catalog, conversion).await;
    }
    deliveries(&catalog).await;
}

/// One conversion: inserted with an outbox, then told on. Two writes.
async fn conversion(catalog: Catalog, number: u64) -> u64 {
    let scope = Scope::system(WorkspaceId(1 << 22));
    let id = ConversionId(u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835));
    let at = Timestamp(i64::try_from(number).unwrap());
    let mut keys = RecordKeys { click: Some(ClickId(u128::from(number) + 1)), at, pending: Some(at) };
    let body = json!({"history": [{"status": "sale", "payout": "12.5"}], "click": "x".repeat(900)});
    catalog.conversions().insert(&scope, id, &keys, &body).await.unwrap();
    keys.pending = None;
    catalog.conversions().replace(&scope, (id, 1), &keys, &body).await.unwrap();
    2
}

async fn measure<F>(name: &str, callers: u64, time: Duration, catalog: &Catalog, work: fn(Catalog, u64) -> F)
where
    F: Future<Output = u64> + Send + 'static,
{
    static NEXT: AtomicU64 = AtomicU64::new(1);
    let started = Instant::now();
    let tasks: Vec<_> = (0..callers)
        .map(|_| {
            let catalog = catalog.clone();
            tokio::spawn(async move {
                let (mut writes, mut waits) = (0, Vec::new());
                while started.elapsed() < time {
                    let began = Instant::now();
                    let done = work(catalog.clone(), NEXT.fetch_add(1, Ordering::Relaxed)).await;
                    writes += done;
                    waits.push(began.elapsed() / u32::try_from(done).unwrap());
                }
                (writes, waits)
            })
        })
        .collect();
    let (mut writes, mut waits) = (0, Vec::new());
    for task in tasks {
        let (done, waited) = task.await.unwrap();
        writes += done;
        waits.extend(waited);
    }
    waits.sort();
    let at = |share: usize| waits[(waits.len() - 1) * share / 100].as_secs_f64() * 1000.0;
    let rate = writes as f64 / started.elapsed().as_secs_f64();
    println!("{name:<28}{callers:>8}{rate:>12.0}{:>12.2}{:>12.2}", at(50), at(99));
}

/// Deliveries queued, leased and completed: three writes each.
async fn deliveries(catalog: &Catalog) {
    const COUNT: u32 = 10_000;
    let scope = Scope::system(WorkspaceId(1 << 22));
    let started = Instant::now();
    let queued = (0..COUNT).map(|number| {
        let catalog = catalog.clone();
        tokio::spawn(async move {
            let output_id = OutputId(7);
            let id = delivery_id(ConversionId(u128::from(number)), output_id, 1);
            let payload = json!({"url": "https://source.example/postback?id=1", "n": number});
            let new = NewDelivery { id, output_id, due_at: Timestamp(1), payload };
            assert!(catalog.deliveries().enqueue(&scope, new, Timestamp(1)).await.unwrap());
        })
    });
    for one in queued.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let mut completed = 0;
    while completed < COUNT {
        let request =
            LeaseRequest { worker: "a", output: None, now: Timestamp(2), lease_ms: 1_000_000, limit: 500 };
        let leased = catalog.deliveries().lease::<Value>(SYSTEM, &request).await.unwrap();
        completed += u32::try_from(leased.len()).unwrap();
        let done = leased.into_iter().map(|one| async move {
            catalog.deliveries().complete(SYSTEM, one, Timestamp(3)).await.unwrap();
        });
        futures::future::join_all(done).await;
    }
    let rate = f64::from(COUNT) * 3.0 / started.elapsed().as_secs_f64();
    println!("{:<28}{:>8}{rate:>12.0}", "deliveries (queue to done)", "many");
}
