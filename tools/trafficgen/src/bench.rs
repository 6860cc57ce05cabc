//! `trafficgen bench`: what a release build of the product does on this machine, beside nginx `return 302`, in parts that can be run alone.
//!
//! Promises: the traffic is the committed `mix.json`; servers that are compared have the same core and get the same requests, in turns;
//! every answered click is found afterwards, once, or the part fails; each part starts from nothing and leaves nothing behind; everything
//! is bounded in time and on loopback. Never compares figures of different machines, and never replaces full figures by short ones.

mod chart;
mod client;
mod figures;
mod interference;
mod lag;
mod machine;
mod memory;
mod metrics;
mod mix;
mod nginx;
mod parse;
mod place;
pub mod postbacks;
mod process;
mod results;
mod search;
mod side_by_side;
mod whole;

pub use mix::Mix;

use crate::{Error, demo::say};
use clap::{Args, ValueEnum};
use figures::factor;
use machine::{Cores, Machine};
use results::{Entry, Parts};
use side_by_side::Kind;
use std::{
    cell::Cell,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};
use tempfile::TempDir;

/// What can be measured alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Redirects a second of traffic-service alone on one core, durability buffered.
    Redirect,
    /// The same with every click on the disk before its answer.
    Fsync,
    /// The highest rate of the whole instance whose reports stay within five seconds.
    Whole,
    /// Latency at an even rate, half of the highest.
    Latency,
    /// The same while snapshots are swapped, reports run and rows are merged.
    Interference,
    /// Memory of traffic-service under an even load.
    Memory,
}

/// How the benchmark is run.
#[derive(Debug, Clone, Args)]
pub struct Arguments {
    /// The `signalbox` program, a release build; `traffic-service` and `api-service` lie beside it.
    #[arg(long)]
    pub signalbox: PathBuf,
    /// Parts to measure, with commas in between; all when absent.
    #[arg(long = "part", value_delimiter = ',')]
    pub parts: Vec<Part>,
    /// Short rounds, to see that everything works.
    #[arg(long)]
    pub quick: bool,
    /// Rounds; those of mix.json when absent.
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100))]
    pub rounds: Option<u32>,
    /// Minutes over which memory is watched; those of mix.json when absent.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=600))]
    pub minutes: Option<u64>,
    /// Requests a second where they come evenly; half of the highest rate when absent. Of `whole`: where the search begins.
    #[arg(long, value_parser = clap::value_parser!(u64).range(1..=400_000))]
    pub rate: Option<u64>,
    /// Folder that results.json and results.svg are written to; nothing is written when absent.
    #[arg(long, overrides_with = "write")]
    pub write: Option<PathBuf>,
    /// Measure nothing; draw the picture again from the results in the folder of `--write`.
    #[arg(long, requires = "write")]
    pub draw: bool,
    /// Where data go meanwhile; beside the program when absent. It must be on a real disk.
    #[arg(long)]
    pub folder: Option<PathBuf>,
}

/// The programs of the product.
#[derive(Debug)]
pub(crate) struct Programs {
    signalbox: PathBuf,
    traffic_service: PathBuf,
    api_service: PathBuf,
}

/// What every part needs.
#[derive(Debug)]
pub(crate) struct Bench {
    programs: Programs,
    mix: Mix,
    cores: Cores,
    /// Everything below goes away at the end.
    folder: TempDir,
    /// The rate that was asked for.
    rate: Option<u64>,
    /// The highest rate, once it was measured in this run.
    highest: Cell<Option<u64>>,
}

impl Bench {
    /// The even rate: as asked for, or half of the highest one; `None` when it was not measured yet.
    fn half_rate(&self) -> Option<u64> {
        self.rate.or_else(|| Some((self.highest.get()? / 2).max(1)))
    }
}

/// Measures the parts one after the other, tells what was found, and writes it.
///
/// # Errors
/// When a part could not be measured, after the others have been.
pub async fn run(arguments: &Arguments) -> Result<(), Error> {
    if let Some(folder) = arguments.write.as_ref().filter(|_| arguments.draw) {
        return Parts::default().write(folder);
    }
    let bench = prepare(arguments)?;
    let parts = match arguments.parts.as_slice() {
        [] => Part::value_variants(),
        parts => parts,
    };
    let mut failures = Vec::new();
    for part in parts {
        say(format_args!("{}:", name(*part)));
        let machine = Machine::describe();
        if let Some(warning) = machine.warning() {
            say(format_args!("  {warning}"));
        }
        let measured = Box::pin(measure(&bench, *part, &Labels::new(arguments, &bench, machine))).await;
        let written = measured.and_then(|parts| match &arguments.write {
            Some(folder) => parts.write(folder),
            None => Ok(()),
        });
        if let Err(error) = written {
            say(format_args!("  {} failed: {error}", name(*part)));
            failures.push(name(*part));
        }
    }
    if failures.is_empty() {
        return Ok(());
    }
    Err(Error::Mismatch(format!("these parts failed: {}", failures.join(", "))))
}

fn prepare(arguments: &Arguments) -> Result<Bench, Error> {
    let mut mix = Mix::committed()?;
    if arguments.quick {
        mix = mix.quick();
    }
    mix.rounds = arguments.rounds.unwrap_or(mix.rounds);
    mix.memory_seconds = arguments.minutes.map_or(mix.memory_seconds, |minutes| minutes * 60);
    let signalbox =
        fs::canonicalize(&arguments.signalbox).map_err(Error::file("cannot find", &arguments.signalbox))?;
    let beside = signalbox.parent().unwrap_or(Path::new("/"));
    let programs = Programs {
        traffic_service: program(beside, "traffic-service")?,
        api_service: program(beside, "api-service")?,
        signalbox: signalbox.clone(),
    };
    let cores = Cores::choose()?;
    let within = arguments.folder.as_deref().unwrap_or(beside);
    let folder = tempfile::Builder::new().prefix("signalbox-bench-").tempdir_in(within);
    let folder = folder.map_err(Error::file("cannot make a folder in", within))?;
    say(format_args!("Core {} for the server, core {} for the load generator.", cores.server, cores.client));
    Ok(Bench { programs, mix, cores, folder, rate: arguments.rate, highest: Cell::new(None) })
}

fn program(folder: &Path, name: &str) -> Result<PathBuf, Error> {
    let path = folder.join(name);
    if path.is_file() {
        return Ok(path);
    }
    let text = format!(
        "{} is missing: cargo build --release -p signalbox -p traffic-service -p api-service",
        path.display()
    );
    Err(Error::Setup(text))
}

/// What stands beside every result.
struct Labels {
    begun: Instant,
    quick: bool,
    commit: String,
    machine: Machine,
    cores: Cores,
    mix: Mix,
}

impl Labels {
    fn new(arguments: &Arguments, bench: &Bench, machine: Machine) -> Self {
        let (quick, commit) = (arguments.quick, commit());
        Self { begun: Instant::now(), quick, commit, machine, cores: bench.cores, mix: bench.mix.clone() }
    }

    fn on<T>(&self, result: T) -> Option<Entry<T>> {
        Some(Entry {
            at: jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
            commit: self.commit.clone(),
            quick: self.quick,
            seconds: self.begun.elapsed().as_secs(),
            machine: self.machine.clone(),
            cores: self.cores,
            mix: self.mix.clone(),
            result,
        })
    }
}

async fn measure(bench: &Bench, part: Part, labels: &Labels) -> Result<Parts, Error> {
    let mut parts = Parts::default();
    match part {
        Part::Redirect => {
            let result = side_by_side::measure(bench, Kind::Buffered).await?;
            bench.highest.set(Some(result.comparison.signalbox.per_second));
            tell(&result.comparison.table(), result.comparison.per_second_permille_of_nginx);
            parts.redirect = labels.on(result);
        }
        Part::Fsync => {
            let result = side_by_side::measure(bench, Kind::Fsync).await?;
            tell(&result.comparison.table(), result.comparison.per_second_permille_of_nginx);
            parts.fsync = labels.on(result);
        }
        Part::Latency => {
            let result = side_by_side::measure(bench, Kind::Even(bench.half_rate())).await?;
            tell(&result.comparison.table(), None);
            parts.latency = labels.on(result);
        }
        Part::Whole => {
            let result = whole::measure(bench).await?;
            tell(&result.table(), None);
            parts.whole = labels.on(result);
        }
        Part::Interference => {
            let result = interference::measure(bench).await?;
            tell(&result.table(), result.comparison.p99_permille_of_nginx);
            parts.interference = labels.on(result);
        }
        Part::Memory => {
            let result = memory::measure(bench).await?;
            tell(&result.table(), None);
            parts.memory = labels.on(result);
        }
    }
    Ok(parts)
}

fn tell(table: &str, permille_of_nginx: Option<u64>) {
    say(format_args!("{}", table.trim_end_matches('\n')));
    if let Some(permille) = permille_of_nginx {
        say(format_args!("  {} × nginx", factor(permille)));
    }
}

fn name(part: Part) -> String {
    part.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// Of the working tree that this runs in.
fn commit() -> String {
    let git = |arguments: &[&str]| {
        let output = std::process::Command::new("git").args(arguments).output().ok()?;
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    let Some(commit) = git(&["rev-parse", "--short=12", "HEAD"]) else { return "unknown".to_owned() };
    let code = ["status", "--porcelain", "--untracked-files=no", "--", ":/crates", ":/services", ":/tools"];
    let changed = git(&code).is_none_or(|changes| !changes.is_empty());
    if changed { commit + "+" } else { commit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        bench: Arguments,
    }

    #[test]
    fn parts_are_named_with_commas() {
        let line =
            Line::try_parse_from(["bench", "--signalbox", "x", "--part", "redirect,memory", "--quick"]);
        let bench = line.unwrap().bench;
        assert_eq!(bench.parts, [Part::Redirect, Part::Memory]);
        assert!(bench.quick && bench.write.is_none());
        assert!(Line::try_parse_from(["bench", "--signalbox", "x", "--part", "all"]).is_err());
        let twice = ["bench", "--signalbox", "x", "--write", "docs", "--write", "/tmp/figures"];
        assert_eq!(Line::try_parse_from(twice).unwrap().bench.write, Some("/tmp/figures".into()));
        let names: Vec<_> = Part::value_variants().iter().copied().map(name).collect();
        assert_eq!(names, ["redirect", "fsync", "whole", "latency", "interference", "memory"]);
    }

    #[test]
    fn a_missing_program_is_named_with_the_remedy() {
        let folder = tempfile::tempdir().unwrap();
        let error = program(folder.path(), "traffic-service").unwrap_err().to_string();
        assert!(error.contains("traffic-service is missing: cargo build --release"), "{error}");
    }
}
