//! `trafficgen bench`: clicks a second of a release instance on one core, beside nginx `return 302` on the same core.
//!
//! Promises: the mix of requests is the committed `mix.json`; server and load generator have a core each; rounds of both servers
//! alternate; an instance begins a round only when all earlier clicks are in its reports; at the end the number of clicks in the report
//! must equal the number answered. Bounded in time. Never compares figures of different machines.

mod client;
mod machine;
mod mix;
mod nginx;
mod outcome;
mod parse;

pub use mix::Mix;
pub use outcome::Outcome;

use crate::{
    Error,
    api::{Api, FirstUser},
    demo::say,
    instance::{Addresses, Instance, free_ports},
};
use client::{Load, Round};
use machine::{Cores, Machine};
use nginx::Nginx;
use std::{
    net::{Ipv4Addr, SocketAddr},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long the reports may take to show what was answered.
const CATCH_UP: Duration = Duration::from_secs(180);
const RESULT: &str = "docs/benchmarks/latest.json";

/// How the benchmark is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program; a release build, or the figures mean nothing.
    pub signalbox: PathBuf,
    /// Write the result to `docs/benchmarks/latest.json` of the working directory.
    pub write: bool,
    /// Rounds; the mix's when absent.
    pub rounds: Option<u32>,
}

/// Measures and prints a table and one line of JSON.
///
/// # Errors
/// When something cannot be started, or the report does not show what was answered.
pub async fn run(options: &Options) -> Result<Outcome, Error> {
    let mut mix = Mix::committed()?;
    mix.rounds = options.rounds.unwrap_or(mix.rounds);
    let cores = Cores::choose()?;
    let machine = Machine::describe();
    if let Some(warning) = machine.warning() {
        say(format_args!("{warning}"));
    }
    let folder = tempfile::Builder::new()
        .prefix("signalbox-bench-")
        .tempdir()
        .map_err(Error::io("cannot make a folder for the benchmark"))?;
    say(format_args!("Core {} for the server, core {} for the load generator.", cores.server, cores.client));
    // Children inherit the core of the thread that starts them.
    cores.pin_to_server()?;
    let started = start(options, folder.path()).await;
    cores.pin_to_client()?;
    let (mut instance, nginx) = started?;
    let addresses = instance.addresses.clone();
    let measured = tokio::select! {
        measured = measure(&mix, &addresses, nginx.as_ref()) => measured,
        status = instance.ended() => Err(Error::Instance(format!("it ended by itself: {}", status?))),
    };
    if let Some(nginx) = nginx {
        nginx.stop().await?;
    }
    instance.stop(Duration::from_secs(30)).await?;
    let outcome = Outcome::new(measured?, &mix, (cores, machine));
    say(format_args!("{}", outcome.table()));
    let json = serde_json::to_string(&outcome).map_err(Error::json("the result"))?;
    say(format_args!("{json}"));
    if options.write {
        let pretty = serde_json::to_string_pretty(&outcome).map_err(Error::json("the result"))?;
        std::fs::write(RESULT, pretty + "\n").map_err(Error::file("cannot write", Path::new(RESULT)))?;
    }
    outcome.check()?;
    Ok(outcome)
}

async fn start(options: &Options, folder: &Path) -> Result<(Instance, Option<Nginx>), Error> {
    let data_dir = folder.join("data");
    let mut environment = free_ports();
    for (name, value) in [
        ("SIGNALBOX__INSTANCE__DATA_DIR", data_dir.display().to_string()),
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
        ("SIGNALBOX__TELEMETRY__LOG", "warn".to_owned()),
    ] {
        environment.push((name.to_owned(), value));
    }
    let nginx = Nginx::start(folder).await?;
    if nginx.is_none() {
        say(format_args!("nginx is not installed: only Signalbox is measured."));
    }
    let instance = Instance::start(&options.signalbox, &environment, START_PATIENCE).await?;
    Ok((instance, nginx))
}

/// What was measured.
#[derive(Debug)]
pub(crate) struct Measured {
    /// Rounds of the instance.
    pub(crate) signalbox: Vec<Round>,
    /// Rounds of nginx, as many or none.
    pub(crate) nginx: Vec<Round>,
    /// Clicks answered in all rounds and while warming up.
    pub(crate) answered: u64,
    /// Requests without an answer: these may or may not be clicks.
    pub(crate) unanswered: u64,
    /// Clicks in the report at the end.
    pub(crate) in_report: u64,
    /// Version of the instance.
    pub(crate) version: String,
}

async fn measure(mix: &Mix, addresses: &Addresses, nginx: Option<&Nginx>) -> Result<Measured, Error> {
    let admin = Api::new(&addresses.admin)?;
    let link = addresses.setup_url.as_deref().unwrap_or_default();
    let user = FirstUser {
        email: "bench@signalbox.invalid",
        password: "only-for-this-run",
        name: "Bench",
        workspace: "Bench",
    };
    let api = admin.set_up(link, user).await?;
    say(format_args!("Making {} campaigns through the API …", mix.campaigns));
    let slugs = mix::seed(&api, mix).await?;
    let address = loopback(&addresses.traffic)?;
    let load = Load::new(mix.requests(&slugs, address)?, mix.connections)?;
    let mut tally = Tally { answered: 0, unanswered: 0 };
    wait_until_routed(&load, address, &mut tally).await?;
    let warm_up = load.round(address, Duration::from_secs(mix.warm_up_seconds))?;
    tally.add(&warm_up);
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let length = Duration::from_secs(mix.round_seconds);
    for number in 1..=mix.rounds {
        let waited = wait_until_reported(&api, &tally).await?;
        let round = load.round(address, length)?;
        tally.add(&round);
        say(format_args!(
            "Round {number}: {:>7} clicks/s   (reports had caught up after {} ms)",
            round.per_second(),
            waited.as_millis()
        ));
        ours.push(round);
        if let Some(nginx) = nginx {
            wait_until_reported(&api, &tally).await?;
            let round = load.round(nginx.address, length)?;
            say(format_args!("   nginx: {:>7} redirects/s", round.per_second()));
            theirs.push(round);
        }
    }
    wait_until_reported(&api, &tally).await?;
    let version = api.get("/instance").await?["version"].as_str().unwrap_or_default().to_owned();
    Ok(Measured {
        signalbox: ours,
        nginx: theirs,
        answered: tally.answered,
        unanswered: tally.unanswered,
        in_report: api.clicks().await?,
        version,
    })
}

/// Clicks that reports must show.
struct Tally {
    answered: u64,
    unanswered: u64,
}

impl Tally {
    fn add(&mut self, round: &Round) {
        self.answered += round.redirected;
        self.unanswered += round.failed;
    }
}

/// The snapshot of the routes follows the last edit within a second: probes until every campaign redirects.
async fn wait_until_routed(load: &Load, address: SocketAddr, tally: &mut Tally) -> Result<(), Error> {
    let deadline = Instant::now() + Duration::from_secs(30);
    loop {
        let round = load.each_once(address)?;
        tally.add(&round);
        if round.other == 0 && round.failed == 0 {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(Error::Mismatch(format!(
                "{} of {} requests are not redirected",
                round.other, round.redirected
            )));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

async fn wait_until_reported(api: &Api, tally: &Tally) -> Result<Duration, Error> {
    let begun = Instant::now();
    loop {
        let found = match api.clicks().await {
            Ok(found) => found,
            Err(error) if error.is_retryable() => 0,
            Err(error) => return Err(error),
        };
        if found >= tally.answered {
            return Ok(begun.elapsed());
        }
        if begun.elapsed() > CATCH_UP {
            return Err(Error::Mismatch(format!(
                "the report shows {found} of {} answered clicks after {} s",
                tally.answered,
                CATCH_UP.as_secs()
            )));
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The IPv4 loopback address behind a base URL such as `http://localhost:8081`.
fn loopback(base: &str) -> Result<SocketAddr, Error> {
    let port = base.trim_end_matches('/').rsplit(':').next().and_then(|port| port.parse().ok());
    let port = port.ok_or_else(|| Error::Instance(format!("its address {base} has no port")))?;
    Ok(SocketAddr::from((Ipv4Addr::LOCALHOST, port)))
}
