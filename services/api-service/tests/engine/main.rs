//! A started service over real sockets, on the real engine.
//!
//! `cargo test -p api-service --test engine [FILTER]…`

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test says what it found by failing"
)]

mod alerts;
mod costs;
mod dead_letters;
mod exports;
mod facts;
mod instance;
mod reports;
mod retention;
mod scheduled;
mod tenancy;

use clap::Parser;
use instance::Engine;
use std::{future::Future, pin::Pin, process::ExitCode, time::Instant};

/// The engine itself, when this executable is started as its own child.
#[derive(Parser)]
enum Command {
    /// The engine.
    EmbeddedClickhouse(signalbox_embedded_clickhouse::child::ChildArgs),
}

/// A test under way.
pub type Running = Pin<Box<dyn Future<Output = ()> + Send>>;
/// Its name and how to start it.
pub type Test = (&'static str, fn(&'static Engine) -> Running);

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("embedded-clickhouse") {
        let Command::EmbeddedClickhouse(args) = Command::parse();
        return signalbox_embedded_clickhouse::child::run(args);
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let filters: Vec<&str> =
        arguments.iter().map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| filters.is_empty() || filters.iter().any(|filter| name.contains(filter));
    let all = [
        reports::TESTS,
        costs::TESTS,
        exports::TESTS,
        dead_letters::TESTS,
        alerts::TESTS,
        scheduled::TESTS,
        tenancy::TESTS,
        retention::TESTS,
    ];
    let tests: Vec<Test> = all.into_iter().flatten().copied().filter(|(name, _)| wanted(name)).collect();
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

/// Runs the tests one after the other; the names of those that failed.
async fn run(tests: &[Test]) -> Vec<&'static str> {
    let engine: &'static Engine = Box::leak(Box::new(Engine::start().await));
    let mut failed = Vec::new();
    for (name, test) in tests {
        let began = Instant::now();
        let ended = tokio::spawn(test(engine)).await;
        let verdict = if ended.is_ok() { "ok" } else { "FAILED" };
        println!("test {name} ... {verdict} ({:.1} s)", began.elapsed().as_secs_f64());
        if ended.is_err() {
            failed.push(*name);
        }
    }
    engine.stop().await;
    failed
}
