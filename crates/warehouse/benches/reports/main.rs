//! How long reports, logs and corrections of costs take at size, beside hand-written minimal SQL for the same answer, as one JSON object a line.
//!
//! `cargo bench -p signalbox-warehouse --bench reports [-- --clicks 10000000 --rounds 20 --keep DIR --write FILE]`
//!
//! A journal is filled with realistic clicks of 30 days and conversions (seeded: the same every time), the real writer brings it into the
//! embedded engine in a process of its own, costs are corrected, tables are merged. Then each question is asked in turns with its minimal
//! SQL, over the same tables, on a warm engine. With `--keep` the data is used again by the next run.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench that cannot run has nothing to say"
)]

#[path = "../shared/clicks.rs"]
#[allow(dead_code, reason = "each bench uses its part")]
mod clicks;
mod costs;
#[path = "../shared/engine.rs"]
#[allow(dead_code, reason = "each bench uses its part")]
mod engine;
mod exported;
mod fill;
mod fresh;
mod questions;

use clap::Parser;
use engine::Engine;
use serde_json::{Value, json};
use signalbox_warehouse::Warehouse;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[derive(Parser)]
enum Command {
    /// The engine, when this executable is started as its own child.
    EmbeddedClickhouse(signalbox_embedded_clickhouse::child::ChildArgs),
}

#[derive(Parser)]
struct Options {
    /// Clicks; 3 of 100 have a conversion.
    #[arg(long, default_value_t = 10_000_000)]
    clicks: u64,
    /// Everything this many times, as copies that differ in time and identity.
    #[arg(long, default_value_t = 1)]
    times: u64,
    /// Corrections of costs, each of the clicks of one campaign on one day.
    #[arg(long, default_value_t = 200)]
    corrections: u64,
    /// How often each question is asked.
    #[arg(long, default_value_t = 20)]
    rounds: usize,
    /// Keeps the data here, or uses what is kept.
    #[arg(long)]
    keep: Option<PathBuf>,
    /// Where the results are written as JSON, too.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Leaves the parts of the tables as they are, and keeps the engine from merging them meanwhile: merging a hundred million clicks
    /// takes hours on two cores.
    #[arg(long)]
    unmerged: bool,
    /// Does not export every click, which takes a minute and a half for ten million.
    #[arg(long)]
    no_export: bool,
    /// Given by cargo.
    #[arg(long, hide = true)]
    bench: bool,
}

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("embedded-clickhouse") {
        let Command::EmbeddedClickhouse(args) = Command::parse();
        return signalbox_embedded_clickhouse::child::run(args);
    }
    let options = Options::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(&options));
    ExitCode::SUCCESS
}

fn say(value: &Value) {
    println!("{value}");
}

async fn run(options: &Options) {
    let temporary = tempfile::tempdir().unwrap();
    let dir = options.keep.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let times = options.times.max(1);
    let (known, once) = (fill::known(&dir, options.clicks, times), fill::known(&dir, options.clicks, 1));
    let engine = Engine::start(&dir.join("clickhouse"), known.is_some() || once.is_some()).await;
    let warehouse = Warehouse::connect(&engine.url, "bench", "default", &engine.password).await.unwrap();
    warehouse.migrate().await.unwrap();
    let filled = match (known, once) {
        (Some(known), _) => known,
        (None, once) => {
            let mut filled = match once {
                Some(once) => once,
                None => filled_once(&dir, &warehouse, options).await,
            };
            if times > 1 {
                filled = fill::multiply(&engine, filled, times).await;
            }
            if !options.unmerged {
                merge(&engine).await;
            }
            filled.keep(&dir);
            filled
        }
    };
    if options.unmerged {
        engine.client().query("SYSTEM STOP MERGES").execute().await.unwrap();
    }
    let mut results = questions::ask(&warehouse, &engine, &filled, options.rounds).await;
    results.iter().for_each(say);
    let correction = costs::a_million(&engine, &warehouse, &filled).await;
    let fresh = fresh::fresh(&dir, &warehouse, &filled).await;
    let mut more = vec![correction, fresh];
    more.iter().for_each(say);
    if !options.no_export {
        let exported = exported::every_click(&warehouse, &engine, &filled).await;
        say(&exported);
        more.push(exported);
    }
    results.extend(more);
    if let Some(file) = &options.write {
        let all = json!({"clicks": options.clicks * options.times, "corrections": options.corrections, "rounds": options.rounds, "results": results});
        std::fs::write(file, serde_json::to_vec_pretty(&all).unwrap()).unwrap();
    }
    engine.stop().await;
}

async fn filled_once(dir: &Path, warehouse: &Warehouse, options: &Options) -> fill::Filled {
    let filled = fill::fill(dir, warehouse, options.clicks).await;
    costs::correct(warehouse, &filled, options.corrections).await;
    filled
}

async fn merge(engine: &Engine) {
    for table in ["facts", "clicks", "conversions"] {
        engine.client().query(&format!("OPTIMIZE TABLE {table} FINAL")).execute().await.unwrap();
    }
}
