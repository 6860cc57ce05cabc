//! How long it takes to describe a visitor, against the budgets: 60 µs for a user agent never seen before, 1 µs for a known one.
//!
//! `cargo bench -p signalbox-detect` prints Criterion's figures and then the medians beside the budgets, measured in turns so that a slow
//! moment of the machine hits all alike. The real databases of the cache are used when they are there.
#![allow(clippy::print_stdout, reason = "a bench talks to a person")]

use criterion::Criterion;
use signalbox_detect::{ClientHints, Detector, DetectorConfig, RequestFacts, cache};
use std::{
    cell::Cell,
    env, fs,
    hint::black_box,
    net::{IpAddr, Ipv4Addr},
    time::{Duration, Instant},
};

/// Describes a visitor in one of the ways that have a budget.
struct Case<'a> {
    name: &'static str,
    /// None for what is shown to be compared with.
    budget: Option<Duration>,
    run: Box<dyn Fn() + 'a>,
}

/// Resident memory of this process in megabytes, where the system tells.
fn resident_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// User agents of people and machines: those of the tests, and the sample of real ones when the cache has it.
fn user_agents() -> Vec<String> {
    let read = |text: &str, field: &str| {
        let samples: Vec<serde_json::Value> = serde_json::from_str(text).unwrap_or_default();
        samples.iter().filter_map(|sample| Some(sample[field].as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let mut all = read(include_str!("../tests/data/user-agents.json"), "user_agent");
    let real =
        cache::newest(&cache::root(), "user-agents").map(|folder| folder.join("dist/user-agents.json"));
    let real = real.and_then(|file| fs::read_to_string(file).ok()).unwrap_or_default();
    all.extend(read(&real, "userAgent"));
    all.sort_unstable();
    all.dedup();
    all
}

const HINTS: ClientHints<'static> = ClientHints {
    brands: r#""Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126""#,
    full_version_list: r#""Not/A)Brand";v="8.0.0.0", "Chromium";v="126.0.6478.71", "Google Chrome";v="126.0.6478.71""#,
    mobile: "?1",
    platform: r#""Android""#,
    platform_version: r#""14.0.0""#,
    model: r#""SM-S918B""#,
    form_factors: r#""Mobile""#,
};
const LANGUAGE: &str = "de-DE,de;q=0.9,en;q=0.8";

fn main() {
    let start = Instant::now();
    let config = DetectorConfig { cache: Some(cache::root()), ..DetectorConfig::default() };
    let detector = Detector::new(&config);
    println!("opened in {:?} with {} geo files", start.elapsed(), detector.geo_files().len());
    let start = Instant::now();
    detector.warm_up();
    println!("warm in {:?}, {} MB held", start.elapsed(), resident_mb());
    let agents = user_agents();
    let count = Cell::new(0_u32);
    let next = || count.replace(count.get().wrapping_add(1));
    let agent = |number: u32| agents[number as usize % agents.len()].as_str();
    // Addresses of all over the world, never the same.
    let ip = |number: u32| IpAddr::V4(Ipv4Addr::from(number.wrapping_mul(2_654_435_761)));
    // Of its own, so that new user agents do not push the known ones out.
    let other = Detector::new(&config);
    let described = |detector: &Detector, facts: RequestFacts<'_>| {
        black_box(detector.describe(&RequestFacts { accept_language: LANGUAGE, ..facts }));
    };
    let describe = |facts: RequestFacts<'_>| described(&detector, facts);
    let describe_new = |facts: RequestFacts<'_>| described(&other, facts);
    let cases = [
        Case {
            name: "never-seen user agent",
            budget: Some(Duration::from_micros(60)),
            run: Box::new(|| {
                let number = next();
                describe_new(RequestFacts::new(ip(7), &format!("{} x/{number}", agent(number))));
            }),
        },
        Case {
            name: "never-seen user agent with hints",
            budget: Some(Duration::from_micros(60)),
            run: Box::new(|| {
                let number = next();
                let facts = RequestFacts::new(
                    ip(7),
                    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Mobile Safari/537.36",
                );
                let model = format!("\"SM-{number}\"");
                describe_new(RequestFacts { hints: ClientHints { model: &model, ..HINTS }, ..facts });
            }),
        },
        Case {
            name: "known user agent, known address",
            budget: Some(Duration::from_micros(1)),
            run: Box::new(|| describe(RequestFacts::new(ip(7), agent(next() % 16)))),
        },
        Case {
            name: "known user agent with hints",
            budget: Some(Duration::from_micros(1)),
            run: Box::new(|| describe(RequestFacts { hints: HINTS, ..RequestFacts::new(ip(7), agent(3)) })),
        },
        Case {
            name: "known user agent, other address",
            budget: None,
            run: Box::new(|| {
                let number = next() % 5_000;
                describe(RequestFacts::new(ip(number), agent(number % 16)));
            }),
        },
    ];
    let mut criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .configure_from_args();
    for case in &cases {
        criterion.bench_function(case.name, |bencher| bencher.iter(&case.run));
    }
    criterion.final_summary();
    if env::args().any(|argument| argument == "--bench") {
        budgets(&cases);
        println!("{} MB held", resident_mb());
    }
}

/// Medians of many short turns, each case once in every turn.
fn budgets(cases: &[Case<'_>]) {
    const TURNS: usize = 401;
    const RUNS: u32 = 100;
    let mut times = vec![Vec::with_capacity(TURNS); cases.len()];
    for _ in 0..TURNS {
        for (case, times) in cases.iter().zip(&mut times) {
            let start = Instant::now();
            (0..RUNS).for_each(|_| (case.run)());
            times.push(start.elapsed() / RUNS);
        }
    }
    for (case, times) in cases.iter().zip(&mut times) {
        times.sort_unstable();
        let (median, slow) = (times[TURNS / 2], times[TURNS * 99 / 100]);
        let verdict = match case.budget {
            Some(budget) if median <= budget => format!("within {budget:?}"),
            Some(budget) => format!("OVER {budget:?}"),
            None => "no budget".to_owned(),
        };
        println!("{:<36} median {median:>10?}  p99 of turns {slow:>10?}  {verdict}", case.name);
    }
}
