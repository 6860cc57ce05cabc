//! Everything that needs the real engine. One child process serves all tests; each test has a database of its own.
//!
//! `cargo test -p signalbox-warehouse --test engine [FILTER]…`

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test fails where something is not as expected, and says what it measured"
)]

mod chaos;
mod clearing;
mod costs;
mod data;
mod dead_letters;
mod erasure;
mod exports;
mod history;
mod log_fields;
mod logs;
mod lookup;
mod migrate;
mod oracle;
mod poison;
mod replay;
mod reports;
mod support;
mod take_over;
mod views;
mod writer;

use clap::Parser;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Instant;
use support::Env;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The engine itself, when this executable is started as its own child.
#[derive(Parser)]
enum Command {
    /// The engine.
    EmbeddedClickhouse(signalbox_embedded_clickhouse::child::ChildArgs),
}

type Test = (&'static str, fn(&Env) -> support::Running<'_>);

const TESTS: &[&[Test]] = &[
    migrate::TESTS,
    writer::TESTS,
    take_over::TESTS,
    poison::TESTS,
    dead_letters::TESTS,
    views::TESTS,
    chaos::TESTS,
    lookup::TESTS,
    history::TESTS,
    logs::TESTS,
    log_fields::TESTS,
    replay::TESTS,
    reports::TESTS,
    costs::TESTS,
    clearing::TESTS,
    erasure::TESTS,
    exports::TESTS,
];

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("embedded-clickhouse") {
        let Command::EmbeddedClickhouse(args) = Command::parse();
        return signalbox_embedded_clickhouse::child::run(args);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let tests: Vec<Test> =
        TESTS.iter().copied().flatten().copied().filter(|(name, _)| wanted(name)).collect();
    if arguments.iter().any(|word| word == "--list") {
        tests.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    if tests.is_empty() {
        return ExitCode::SUCCESS;
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let failed = runtime.block_on(run(&tests));
    if failed.is_empty() {
        println!("\ntest result: ok. {} passed", tests.len());
        return ExitCode::SUCCESS;
    }
    println!("\ntest result: FAILED. {} failed: {}", failed.len(), failed.join(", "));
    ExitCode::FAILURE
}

/// Tests that measure time: they run alone, before the others.
const ALONE: [&str; 5] = [
    "writer::a_click_is_in_the_ledger_within_two_seconds",
    "lookup::one_of_many_is_found_fast",
    "costs::a_million_clicks_at_once",
    "exports::millions_of_rows_in_constant_memory",
    "exports::a_report_of_many_rows_in_constant_memory",
];
/// How many of the others run at the same time.
const AT_ONCE: usize = 3;

/// Runs the tests; the names of those that failed.
async fn run(tests: &[Test]) -> Vec<&'static str> {
    let env: &'static Env = Box::leak(Box::new(Env::start().await));
    let (alone, others): (Vec<Test>, Vec<Test>) = tests.iter().partition(|(name, _)| ALONE.contains(name));
    let mut failed = Vec::new();
    for test in alone {
        failed.extend(run_one(env, test).await);
    }
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for test in others {
        let place = Arc::clone(&places).acquire_owned().await.unwrap();
        running.spawn(async move {
            let failed = run_one(env, test).await;
            drop(place);
            failed
        });
    }
    while let Some(ended) = running.join_next().await {
        failed.extend(ended.unwrap());
    }
    env.stop().await;
    failed
}

/// Runs one test; its name when it failed.
async fn run_one(env: &'static Env, (name, test): Test) -> Option<&'static str> {
    let began = Instant::now();
    let ended = tokio::spawn(test(env)).await;
    let verdict = if ended.is_ok() { "ok" } else { "FAILED" };
    println!("test {name} ... {verdict} ({:.1} s)", began.elapsed().as_secs_f64());
    ended.is_err().then_some(name)
}
