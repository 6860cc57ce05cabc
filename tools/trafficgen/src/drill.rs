//! `trafficgen drill`: disturbs an instance under load, and then holds the generator's ledger against the report.
//!
//! The drills: crash (here: `kill -9` at random moments), [`outage`], [`disk`], [`overload`] and [`restart`]. Promises: the whole instance or its analytics engine alone is killed, by process id, at moments drawn from the seed; every click that
//! was answered is in the report exactly once, every postback that was answered has its effect exactly once, and cost and revenue are
//! equal to the last digit (answered ⊆ stored ⊆ attempted). Bounded: so many kills, so many clicks, so much patience.

mod compare;
pub mod disk;
mod grip;
pub mod outage;
pub mod overload;
pub(crate) mod ports;
pub mod restart;
mod rig;
mod sink;
mod victims;

use crate::{
    Error,
    api::{Api, FirstUser, text},
    demo::say,
    drive::{Drive, Ledger, Plan, Progress},
    instance::{Addresses, Instance},
};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use serde::Serialize;
use serde_json::{Value, json};
use std::{
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use victims::Victim;

/// How long a start may take under load.
const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long one request is tried again.
const RETRY_SECONDS: u64 = 180;
/// Share of the clicks that convert: 50 postbacks a second at 2,000 clicks.
const CONVERSIONS_PER_THOUSAND: u32 = 25;
/// Clicks planned for each kill, in seconds of the rate; the drive is ended after the last kill.
const SECONDS_PER_KILL: u32 = 12;

/// How the drill is done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The `signalbox` program.
    pub signalbox: PathBuf,
    /// How often something is killed.
    pub kills: u32,
    /// New clicks a second.
    pub rate: u32,
    /// Draws traffic and moments.
    pub seed: u64,
}

/// What was proved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Kills of the whole instance.
    pub instance_kills: u32,
    /// Kills of the analytics engine alone.
    pub engine_kills: u32,
    /// Clicks that were answered.
    pub clicks_answered: u64,
    /// Attempts of clicks, answered or not.
    pub clicks_attempted: u64,
    /// Clicks in the report.
    pub clicks_stored: u64,
    /// Conversions in ledger and report.
    pub conversions: u64,
    /// Cost in ledger and report.
    pub cost: String,
    /// Revenue in ledger and report.
    pub revenue: String,
    /// How long the whole drill took, seconds.
    pub seconds: u64,
}

/// Drills and prints what was proved, as a line of JSON.
///
/// # Errors
/// When something cannot be started, or the report differs from the ledger: the error says in what.
pub async fn run(options: &Options) -> Result<Outcome, Error> {
    let began = Instant::now();
    let folder = tempfile::Builder::new()
        .prefix("signalbox-drill-")
        .tempdir()
        .map_err(Error::io("cannot make a folder for the drill"))?;
    let environment = environment(folder.path())?;
    let mut instance = Instance::start(&options.signalbox, &environment, START_PATIENCE).await?;
    let addresses = instance.addresses.clone();
    let clicks = options.rate.saturating_mul(options.kills).saturating_mul(SECONDS_PER_KILL).min(10_000_000);
    let load =
        Load { rate: options.rate, clicks, per_thousand: CONVERSIONS_PER_THOUSAND, seed: options.seed };
    let (api, campaign, plan) = prepare(&addresses, load).await?;
    let drive = Drive::new(plan)?;
    let progress = drive.progress();
    let driving = tokio::spawn(drive.run(None));
    let mut kills = (0, 0);
    let mut dice = StdRng::seed_from_u64(options.seed);
    for number in 1..=options.kills {
        let pause = Duration::from_millis(dice.random_range(200..3_000));
        await_traffic(&progress, pause).await?;
        let victim = if dice.random_bool(0.7) { Victim::Instance } else { Victim::Engine };
        let victim = victim.kill(&mut instance).await?;
        match victim {
            Victim::Instance => {
                kills.0 += 1;
                instance = Instance::start(&options.signalbox, &environment, START_PATIENCE).await?;
            }
            Victim::Engine => kills.1 += 1,
        }
        say(format_args!("Kill {number} of {}: {victim}, after {} clicks", options.kills, progress.clicks()));
    }
    progress.enough();
    let ledger =
        driving.await.map_err(|error| Error::Mismatch(format!("the drive ended badly: {error}")))??;
    let report = compare::Report { api: &api, campaign: &campaign };
    let outcome = judge(&report, &ledger, kills, began).await;
    instance.stop(Duration::from_secs(60)).await?;
    let outcome = outcome?;
    say(format_args!("{}", serde_json::to_string(&outcome).map_err(Error::json("the result"))?));
    Ok(outcome)
}

/// Waits until the pause is over and at least one more click has been answered: a kill hits an instance at work.
async fn await_traffic(progress: &Progress, pause: Duration) -> Result<(), Error> {
    let (before, begun) = (progress.clicks(), Instant::now());
    tokio::time::sleep(pause).await;
    while progress.clicks() == before {
        if begun.elapsed() > START_PATIENCE {
            return Err(Error::Mismatch(format!("no click was answered for {} s", START_PATIENCE.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

async fn judge(
    report: &compare::Report<'_>,
    ledger: &Ledger,
    kills: (u32, u32),
    began: Instant,
) -> Result<Outcome, Error> {
    let agreed = report.compare(ledger).await?;
    let summary = ledger.summary();
    Ok(Outcome {
        instance_kills: kills.0,
        engine_kills: kills.1,
        clicks_answered: summary.clicks_answered,
        clicks_attempted: summary.clicks_attempted,
        clicks_stored: agreed.clicks,
        conversions: agreed.conversions,
        cost: agreed.cost,
        revenue: agreed.revenue,
        seconds: began.elapsed().as_secs(),
    })
}

/// Ports stay the same over restarts, as those of a real instance do.
fn environment(folder: &Path) -> Result<Vec<(String, String)>, Error> {
    let mut environment = ports::reserve()?;
    for (name, value) in [
        ("SIGNALBOX__INSTANCE__DATA_DIR", folder.join("data").display().to_string()),
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
        ("SIGNALBOX__POSTBACK__REQUESTS_PER_MINUTE_MAX", "1000000".to_owned()),
        ("SIGNALBOX__TELEMETRY__LOG", "error".to_owned()),
    ] {
        environment.push((name.to_owned(), value));
    }
    Ok(environment)
}

/// What is sent.
#[derive(Debug, Clone, Copy)]
struct Load {
    /// New clicks a second; 0: as fast as they are answered.
    rate: u32,
    /// Clicks at most.
    clicks: u32,
    /// Of how many clicks in a thousand conversions are reported.
    per_thousand: u32,
    seed: u64,
}

async fn prepare(addresses: &Addresses, load: Load) -> Result<(Api, String, Plan), Error> {
    let user = FirstUser {
        email: "drill@signalbox.invalid",
        password: "only-for-this-run",
        name: "Drill",
        workspace: "Drill",
    };
    let link = addresses.setup_url.as_deref().unwrap_or_default();
    let session = Api::new(&addresses.admin)?.set_up(link, user).await?;
    let key = session.make_key("drill").await?;
    let api = Api::new(&addresses.admin)?.with_key(&key);
    let network = api.post("/networks", &json!({"name": "Drill network"})).await?;
    let url = "https://offer.example/?cid={click_id}";
    let offer = json!({"name": "Offer", "kind": "offer", "network_id": network["id"], "url": url});
    let offer = api.post("/destinations", &offer).await?;
    let parameter =
        |name: &str, role: &str| json!({"parameter": name, "token": "", "role": role, "label": ""});
    let parameters =
        [parameter("zone", "sub_id_1"), parameter("ext", "external_id"), parameter("bid", "cost")];
    let source = api.post("/sources", &json!({"name": "Drill source", "parameters": parameters})).await?;
    let streams = json!([{"name": "All", "routes": [{"destination_id": offer["id"]}]}]);
    let campaign = json!({"name": "Drill", "slug": "drill", "source_id": source["id"], "cost_from_parameter": true,
        "cost": {"model": "cpc", "amount": "0"}, "streams": streams});
    let campaign = api.post("/campaigns", &campaign).await?;
    // A snapshot that knows the probe, which was saved later, knows the campaign; and the campaign's report begins empty.
    let streams = json!([{"name": "All", "action": {"type": "url", "url": "https://probe.example/"}}]);
    api.post("/campaigns", &json!({"name": "Probe", "slug": "probe", "streams": streams})).await?;
    await_route(&format!("{}/probe", addresses.traffic)).await?;
    let plan = json!({
        "traffic": addresses.traffic, "postback": addresses.postback, "clicks": load.clicks, "seed": load.seed,
        "conversions": load.clicks / 1000 * load.per_thousand, "concurrency": 128, "clicks_per_second": load.rate,
        "retry_seconds": RETRY_SECONDS,
        "campaigns": [{"slug": "drill", "sub_id_parameter": "zone", "external_id_parameter": "ext", "cost_parameter": "bid",
            "costs": ["0.01", "0.0123", "0.000000001", "1.5"], "click_id_parameter": "cid", "network": 0}],
        "networks": [{"key": text(&network, "postback_key")?, "payouts": ["1.10", "0.333333333", "25", "7.77"]}],
    });
    let plan = serde_json::from_value(plan).map_err(Error::json("the plan of the drill"))?;
    Ok((api, text(&campaign, "id")?.to_owned(), plan))
}

/// A saved campaign takes traffic within a second.
async fn await_route(url: &str) -> Result<(), Error> {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let begun = Instant::now();
    while client.get(url).send().await?.status() != reqwest::StatusCode::FOUND {
        if begun.elapsed() > Duration::from_secs(30) {
            return Err(Error::Mismatch("the campaign of the drill does not route".to_owned()));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

/// A whole number in a report, as number or text.
fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
