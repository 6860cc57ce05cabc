//! How long decisions and compiling take and how large a snapshot is, against the budgets: a decision of 20 streams of 5 rules 2 µs, of one
//! stream 300 ns; compiling 10,000 campaigns 1 s; 100,000 campaigns 300 MB.
//!
//! `cargo bench -p signalbox-engine` prints Criterion's figures and then medians and the fastest tenth beside the budgets, measured in turns so
//! that a slow moment of the machine hits all alike.
#![allow(
    clippy::print_stdout,
    clippy::panic,
    clippy::expect_used,
    reason = "a bench talks to a person and stops at the first surprise"
)]

#[path = "worlds/worlds.rs"]
mod worlds;

use criterion::Criterion;
use signalbox_domain::{ClickId, Timestamp, Visitor};
use signalbox_engine::{
    Dice, Found, Live, MacroContext, MappedParams, Query, Request, Snapshot, decide, decide_traced,
};
use std::{
    cell::{Cell, RefCell},
    fs,
    hint::black_box,
    time::{Duration, Instant},
};
use worlds::{Kind, many, one};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

struct Seeded(u64);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        ((u128::from(self.0) * u128::from(below)) >> 64) as u64
    }
}

/// Counters that answer at once.
struct Busy(Cell<u64>);

impl Live for Busy {
    fn turn(&self, _stream: signalbox_domain::StreamId) -> u64 {
        self.0.set(self.0.get() + 1);
        self.0.get()
    }
}

/// Something that is measured, with its budget if it has one.
struct Case<'a> {
    name: &'static str,
    budget: Option<Duration>,
    run: Box<dyn Fn() + 'a>,
}

impl<'a> Case<'a> {
    fn new(name: &'static str, budget_ns: Option<u64>, run: impl Fn() + 'a) -> Self {
        Self { name, budget: budget_ns.map(Duration::from_nanos), run: Box::new(run) }
    }
}

/// Resident memory of this process in megabytes, where the system tells.
fn resident_mb() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn verdict(within: bool) -> &'static str {
    if within { "within budget" } else { "OVER BUDGET" }
}

fn visitor() -> Visitor {
    let mut visitor = Visitor::unknown([203, 0, 113, 7].into());
    visitor.geo_mut().country = "DE".into();
    visitor.device_mut().kind = signalbox_domain::DeviceType::Mobile;
    visitor.device_mut().os.version = "17.4.1".into();
    visitor.user_agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4.1 Mobile/15E148 Safari/604.1".into();
    visitor
}

const SENT: &str = "sub_id_1=a&sub_id_2=b%20c&external_id=0123456789&cost=0.0123&zone=c";

fn main() {
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    decisions(&mut criterion);
    compiling(&mut criterion);
}

/// Everything on the way of a click.
fn decisions(criterion: &mut Criterion) {
    let snapshots: Vec<(Kind, Snapshot)> = Kind::ALL.into_iter().map(|kind| (kind, one(kind))).collect();
    let (visitor, query, live) = (visitor(), Query::parse(SENT), Busy(Cell::new(0)));
    let params = MappedParams::from_query(&query, None);
    let request = Request {
        referrer: "https://news.example/article",
        referrer_domain: "news.example",
        host: "trk.example.com",
        visitor_key: 0x1234_5678_9abc_def0,
        live: &live,
        ..Request::new(&visitor, &query, &params, Timestamp(1_790_000_000_000))
    };
    let dice = RefCell::new(Seeded(1));
    let snapshot = &snapshots[0].1;
    let Found::Campaign { campaign, .. } = snapshot.find("trk.example.com", "/go") else {
        panic!("not found")
    };
    let decision = decide(campaign, snapshot, &request, &mut *dice.borrow_mut());
    let cost = campaign.click_cost(&params);
    let context = MacroContext::new(ClickId(7), &request, campaign, &decision, (&cost, 1));
    let out = RefCell::new(String::new());
    let mut cases: Vec<Case<'_>> =
        snapshots.iter().map(|(kind, snapshot)| deciding(*kind, snapshot, &request, &dice)).collect();
    cases.push(Case::new("traced, 20 streams of 5 rules", None, || {
        black_box(decide_traced(campaign, snapshot, black_box(&request), &mut *dice.borrow_mut()));
    }));
    cases.push(Case::new("find", None, || {
        black_box(snapshot.find(black_box("trk.example.com:8081"), black_box("/go")));
    }));
    cases.push(Case::new("query and parameters", None, || {
        let query = Query::parse(black_box(SENT));
        black_box(MappedParams::from_query(&query, None));
    }));
    cases.push(Case::new("cost", None, || {
        black_box(campaign.click_cost(black_box(&params)));
    }));
    cases.push(Case::new("expand", None, || {
        let mut out = out.borrow_mut();
        out.clear();
        if let Some(url) = decision.target {
            url.expand(black_box(&context), &mut out);
        }
        black_box(&*out);
    }));
    for case in &cases {
        criterion.bench_function(case.name, |bencher| bencher.iter(|| (case.run)()));
    }
    print_medians(&cases);
}

fn deciding<'a>(
    kind: Kind,
    snapshot: &'a Snapshot,
    request: &'a Request<'a>,
    dice: &'a RefCell<Seeded>,
) -> Case<'a> {
    let campaign = &snapshot.campaigns()[0];
    let decision = decide(campaign, snapshot, request, &mut *dice.borrow_mut());
    assert!(decision.target.is_some(), "{kind:?}: {decision:?}");
    Case::new(kind.name(), kind.budget_ns(), move || {
        black_box(decide(campaign, snapshot, black_box(request), &mut *dice.borrow_mut()));
    })
}

/// Runs all cases in turns and prints the median and the best round. Rounds are short, so that most of them are not interrupted by what
/// else the machine does.
fn print_medians(cases: &[Case<'_>]) {
    const ROUNDS: usize = 201;
    const ROUND: Duration = Duration::from_micros(200);
    let timed = |case: &Case<'_>, runs: u32| {
        let start = Instant::now();
        (0..runs).for_each(|_| (case.run)());
        start.elapsed().as_nanos() as u64 / u64::from(runs)
    };
    let runs: Vec<u32> =
        cases.iter().map(|case| (ROUND.as_nanos() as u64 / timed(case, 1000).max(1)).max(1) as u32).collect();
    let mut rounds: Vec<Vec<u64>> = vec![Vec::with_capacity(ROUNDS); cases.len()];
    for _ in 0..ROUNDS {
        for ((case, runs), rounds) in cases.iter().zip(&runs).zip(&mut rounds) {
            rounds.push(timed(case, *runs));
        }
    }
    println!();
    for (case, rounds) in cases.iter().zip(&mut rounds) {
        rounds.sort_unstable();
        // On a busy machine the median tells about the neighbours: budgets are held against the fastest tenth.
        let (median, tenth, best) = (rounds[ROUNDS / 2], rounds[ROUNDS / 10], rounds[0]);
        let budget = case.budget.map(|budget| {
            let budget = budget.as_nanos() as u64;
            format!("   budget {budget} ns: {}", verdict(tenth <= budget))
        });
        println!(
            "{:<40} median {median:>6} ns   fastest tenth {tenth:>6} ns   best {best:>6} ns{}",
            case.name,
            budget.unwrap_or_default()
        );
    }
}

fn compiling(criterion: &mut Criterion) {
    let input = many(10_000);
    let mut group = criterion.benchmark_group("compile");
    group.sample_size(10);
    group.bench_function("10,000 campaigns", |bencher| bencher.iter(|| Snapshot::compile(black_box(&input))));
    group.finish();
    let mut times: Vec<u128> = (0..5)
        .map(|_| {
            let start = Instant::now();
            let compiled = Snapshot::compile(&input);
            let took = start.elapsed().as_millis();
            assert_eq!((compiled.snapshot.campaigns().len(), compiled.problems.len()), (10_000, 0));
            took
        })
        .collect();
    times.sort_unstable();
    let (median, within) = (times[2], verdict(times[2] <= 1000));
    println!("\n{:<40} median {median:>6} ms   budget 1000 ms: {within}", "compile 10,000 campaigns");
    drop(input);
    let input = many(100_000);
    let before = resident_mb();
    let compiled = Snapshot::compile(&input);
    let size = resident_mb().saturating_sub(before);
    let within = verdict(size <= 300);
    println!("{:<40}        {size:>6} MB   budget 300 MB: {within}", "100,000 campaigns");
    assert_eq!(compiled.snapshot.campaigns().len(), 100_000);
}
