//! A place to measure in: a data directory with the campaigns of the mix, and the roles of the product that are started on it, one after
//! the other and always on the same ports.
//!
//! Promises: what was answered is counted, and [`Place::verify`] finds it in the reports, each click once, or fails. The folder goes with
//! the place.

use super::{
    Bench,
    client::{Course, Load, Round, drive},
    metrics,
    mix::{self, Mix, Seeded},
    process::{Service, Start},
};
use crate::{
    Error,
    api::{Api, FirstUser, text},
    demo::say,
    instance::{Instance, LISTENERS},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;

const START_PATIENCE: Duration = Duration::from_secs(120);
const STOP_PATIENCE: Duration = Duration::from_secs(60);
/// How long the reports may take to show what was answered.
const CATCH_UP: Duration = Duration::from_secs(1800);
/// How long the routes may take to follow the last edit.
const ROUTED: Duration = Duration::from_secs(120);
/// Share of the addresses, in thousandths, that must resolve to a country.
const RESOLVED_MIN: u64 = 950;

/// Whether every answered click was found in ClickHouse.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Check {
    /// Clicks that were answered.
    pub(super) answered: u64,
    /// Requests without an answer: these may or may not be clicks.
    pub(super) unanswered: u64,
    /// Clicks in the reports.
    pub(super) found: u64,
}

impl Check {
    pub(super) fn add(&mut self, round: &Round) {
        self.answered += round.redirected;
        self.unanswered += round.failed;
    }

    /// Fails when an answered click is not there, or one is there that was never sent.
    pub(super) fn hold(&self) -> Result<(), Error> {
        let Self { answered, unanswered, found } = *self;
        if (answered..=answered + unanswered).contains(&found) {
            return Ok(());
        }
        Err(Error::Mismatch(format!(
            "{answered} clicks were answered ({unanswered} more were sent), and the reports show {found}"
        )))
    }
}

/// What was true while it was measured.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Conditions {
    /// Of a thousand clicks, how many were given a country: geography is on.
    pub(super) geo_resolved_permille: u64,
    /// Of a thousand first clicks, how many counted as unique: uniqueness is on.
    pub(super) unique_permille: u64,
    /// Where the journal was.
    pub(super) file_system: String,
    /// Version of the product.
    pub(super) version: String,
}

/// A data directory and who works on it.
#[derive(Debug)]
pub(super) struct Place<'a> {
    pub(super) bench: &'a Bench,
    /// The mix that was seeded.
    pub(super) mix: Mix,
    /// The campaigns that were made.
    pub(super) seeded: Seeded,
    /// What was sent until now.
    pub(super) check: Check,
    /// What is true here.
    pub(super) conditions: Conditions,
    /// The workspace of the campaigns.
    pub(super) workspace: String,
    folder: TempDir,
    ports: Vec<SocketAddr>,
    key: String,
}

/// `traffic-service` alone, on the server's core: nobody writes the clicks away meanwhile.
#[derive(Debug)]
pub(super) struct Alone {
    /// The process.
    pub(super) service: Service,
    /// Where it answers.
    pub(super) address: SocketAddr,
    /// Where it tells its health.
    pub(super) health: SocketAddr,
}

impl<'a> Place<'a> {
    /// Makes the campaigns through the API of a whole instance, sends each request once, and looks whether geography and uniqueness are on.
    ///
    /// # Errors
    /// When something does not start, or the mix is not what it should be.
    pub(super) async fn make(bench: &'a Bench, mix: Mix) -> Result<Self, Error> {
        let folder = tempfile::Builder::new().prefix("place-").tempdir_in(bench.folder.path());
        let folder = folder.map_err(Error::io("cannot make a folder for the benchmark"))?;
        let conditions = Conditions {
            geo_resolved_permille: 0,
            unique_permille: 0,
            file_system: super::machine::file_system(folder.path()),
            version: String::new(),
        };
        let ports = free_ports()?;
        // Reading the configuration again after each edit would be most of the work of seeding.
        let calm = [("SIGNALBOX__TRAFFIC__SNAPSHOT_POLL_MS", "60000".to_owned())];
        let environment = environment(&folder, &ports, &calm);
        let instance = Instance::start(&bench.programs.signalbox, &environment, START_PATIENCE).await?;
        say(format_args!("  {} campaigns are made through the API …", mix.campaigns));
        let made = set_up(&instance, &mix).await;
        instance.stop(STOP_PATIENCE).await?;
        let (key, workspace, seeded) = made?;
        let check = Check::default();
        let mut place = Self { bench, mix, seeded, check, conditions, workspace, folder, ports, key };
        let instance = place.whole().await?;
        let looked = place.look().await;
        instance.stop(STOP_PATIENCE).await?;
        looked?;
        Ok(place)
    }

    /// The whole instance, on all cores.
    pub(super) async fn whole(&self) -> Result<Instance, Error> {
        Instance::start(&self.bench.programs.signalbox, &self.environment(&[]), START_PATIENCE).await
    }

    /// Stops a whole instance.
    pub(super) async fn stop(&self, instance: Instance) -> Result<(), Error> {
        instance.stop(STOP_PATIENCE).await
    }

    /// `traffic-service` alone, with these settings on top.
    pub(super) async fn alone(&self, settings: &[(&str, String)]) -> Result<Alone, Error> {
        let (address, health) = (self.ports[1], self.ports[4]);
        let mut service = Service::start(Start {
            program: &self.bench.programs.traffic_service,
            arguments: &[],
            environment: &self.environment(settings),
            core: self.bench.cores.server,
            log: &self.folder.path().join("traffic-service.log"),
        })?;
        service.until_ready(address, health).await?;
        Ok(Alone { service, address, health })
    }

    /// `api-service` alone, on the server's core, with these settings on top.
    pub(super) async fn api_service(&self, settings: &[(&str, String)]) -> Result<Service, Error> {
        let mut service = Service::start(Start {
            program: &self.bench.programs.api_service,
            arguments: &[],
            environment: &self.environment(settings),
            core: self.bench.cores.server,
            log: &self.folder.path().join("api-service.log"),
        })?;
        service.until_ready(self.ports[0], self.ports[3]).await?;
        Ok(service)
    }

    /// A client of the API, whoever serves it now.
    pub(super) fn api(&self) -> Result<Api, Error> {
        Ok(Api::new(&format!("http://{}", self.ports[0]))?.with_key(&self.key))
    }

    /// Where clicks are answered.
    pub(super) fn traffic(&self) -> SocketAddr {
        self.ports[1]
    }

    /// Where everything is kept.
    pub(super) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Where logs may be written.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The requests of the mix over so many connections.
    pub(super) fn load(&self, connections: usize) -> Result<Arc<Load>, Error> {
        let requests = self.mix.requests(&self.seeded.slugs(), self.traffic())?;
        Load::new(requests, connections).map(Arc::new)
    }

    /// Sends a course to the product from the core of the load generator, and counts it.
    pub(super) async fn send(&mut self, load: &Arc<Load>, course: Course) -> Result<Round, Error> {
        let round = drive(load, course, Some(self.bench.cores.client)).await?;
        self.check.add(&round);
        Ok(round)
    }

    /// Starts a whole instance, on all cores, that writes everything away, and finds each answered click in its reports. `others`: clicks
    /// there that this benchmark did not send as requests.
    ///
    /// # Errors
    /// When a click is missing or there twice.
    pub(super) async fn verify(&mut self, others: u64) -> Result<(), Error> {
        let instance = self.whole().await?;
        let found = self.caught_up(others).await;
        instance.stop(STOP_PATIENCE).await?;
        self.check.found = found?;
        let Check { answered, found, .. } = self.check;
        say(format_args!("  {answered} clicks were answered in all; ClickHouse has {found}."));
        self.check.hold()
    }

    /// Waits until the running instance shows everything; how many clicks it shows, without the others.
    pub(super) async fn caught_up(&self, others: u64) -> Result<u64, Error> {
        let (api, begun) = (self.api()?, Instant::now());
        loop {
            let found = clicks(&api).await?.saturating_sub(others);
            if found >= self.check.answered {
                return Ok(found);
            }
            if begun.elapsed() > CATCH_UP {
                let (answered, waited) = (self.check.answered, CATCH_UP.as_secs());
                let text = format!("the reports show {found} of {answered} answered clicks after {waited} s");
                return Err(Error::Mismatch(text));
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Sends each request once, until all are redirected; then looks at what the reports say about them.
    async fn look(&mut self) -> Result<(), Error> {
        let load = self.load(self.mix.connections)?;
        let begun = Instant::now();
        loop {
            let round = self.send(&load, load.each_once(self.traffic())).await?;
            if round.other == 0 && round.failed == 0 {
                break;
            }
            if begun.elapsed() > ROUTED {
                let (other, redirected) = (round.other, round.redirected);
                let text = format!("{other} requests are not redirected, {redirected} are");
                return Err(Error::Mismatch(text));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
        let found = self.caught_up(0).await?;
        let api = self.api()?;
        let by = async |dimension: &str, none: &str| {
            let query = json!({"dimensions": [dimension], "metrics": ["clicks"], "range": {"token": "all_time"}, "limit": 1000});
            let report = api.post("/reports/query", &query).await?;
            let rows = report["rows"].as_array().map_or(&[][..], Vec::as_slice);
            let some = rows.iter().filter(|row| {
                let id = row["keys"][dimension]["id"].as_str().unwrap_or_default();
                !id.is_empty() && id != none
            });
            let sum: u64 = some.filter_map(|row| row["metrics"]["clicks"].as_u64()).sum();
            Ok::<_, Error>(sum * 1000 / found.max(1))
        };
        self.conditions.geo_resolved_permille = by("country", "unknown").await?;
        self.conditions.unique_permille = by("is_unique", "false").await?;
        let version = api.get("/instance").await?["version"].as_str().unwrap_or_default().to_owned();
        self.conditions.version = version;
        self.conditions.hold()
    }

    fn environment(&self, settings: &[(&str, String)]) -> Vec<(String, String)> {
        environment(&self.folder, &self.ports, settings)
    }
}

impl Conditions {
    fn hold(&self) -> Result<(), Error> {
        if self.geo_resolved_permille < RESOLVED_MIN {
            return Err(Error::Setup(format!(
                "geography must be on, and only {} of 1000 clicks were given a country: run `make assets`",
                self.geo_resolved_permille
            )));
        }
        if self.unique_permille == 0 {
            return Err(Error::Mismatch("uniqueness must be on, and no click counted as unique".to_owned()));
        }
        Ok(())
    }
}

impl Alone {
    /// A figure of its metrics, summed over labels.
    pub(super) async fn metric(&self, name: &str) -> Result<f64, Error> {
        metrics::read(self.health, name).await
    }

    /// Stops it.
    pub(super) async fn stop(self) -> Result<(), Error> {
        self.service.stop().await
    }
}

/// Clicks in the reports; what cannot be answered now counts as nothing.
pub(super) async fn clicks(api: &Api) -> Result<u64, Error> {
    match api.clicks().await {
        Ok(found) => Ok(found),
        // Nobody listens any more: that does not get better.
        Err(Error::Http(error)) if error.is_connect() => Err(error.into()),
        Err(error) if error.is_retryable() => Ok(0),
        Err(error) => Err(error),
    }
}

async fn set_up(instance: &Instance, mix: &Mix) -> Result<(String, String, Seeded), Error> {
    let user = FirstUser {
        email: "bench@signalbox.invalid",
        password: "only-for-this-run",
        name: "Bench",
        workspace: "Bench",
    };
    let link = instance.addresses.setup_url.as_deref().unwrap_or_default();
    let session = Api::new(&instance.addresses.admin)?.set_up(link, user).await?;
    let key = session.make_key("bench").await?;
    let workspace = text(&session.get("/session").await?["workspaces"][0], "id")?.to_owned();
    let seeded = mix::seed(&session, mix).await?;
    Ok((key, workspace, seeded))
}

fn environment(folder: &TempDir, ports: &[SocketAddr], more: &[(&str, String)]) -> Vec<(String, String)> {
    let data = folder.path().join("data").display().to_string();
    let settings = [
        ("SIGNALBOX__INSTANCE__DATA_DIR", data),
        ("SIGNALBOX__TRAFFIC__TRUSTED_PROXIES", "127.0.0.0/8".to_owned()),
        ("SIGNALBOX__TELEMETRY__LOG", "warn".to_owned()),
    ];
    let listeners =
        LISTENERS.iter().zip(ports).map(|((name, _), address)| ((*name).to_owned(), address.to_string()));
    let settings = settings.iter().chain(more).map(|(name, value)| ((*name).to_owned(), value.clone()));
    listeners.chain(settings).collect()
}

/// Ports that were free a moment ago, all different, in the order of [`LISTENERS`].
fn free_ports() -> Result<Vec<SocketAddr>, Error> {
    let free = || Error::io("no free port");
    let held: Result<Vec<_>, _> =
        LISTENERS.iter().map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0))).collect();
    held.map_err(free())?.iter().map(|listener| listener.local_addr().map_err(free())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_and_doubled_clicks_fail_the_check() {
        let check = |found| Check { answered: 100, unanswered: 2, found }.hold();
        assert!(check(99).is_err() && check(103).is_err());
        assert!(check(100).is_ok() && check(102).is_ok());
    }

    #[test]
    fn geography_and_uniqueness_must_be_on() {
        let conditions = |geo_resolved_permille, unique_permille| Conditions {
            geo_resolved_permille,
            unique_permille,
            file_system: "ext4".into(),
            version: "0".into(),
        };
        assert!(conditions(990, 400).hold().is_ok());
        assert!(conditions(0, 400).hold().unwrap_err().to_string().contains("make assets"));
        assert!(conditions(990, 0).hold().is_err());
    }

    #[test]
    fn every_listener_has_a_port_of_its_own() {
        let ports = free_ports().unwrap();
        let different: std::collections::BTreeSet<_> = ports.iter().map(SocketAddr::port).collect();
        assert_eq!((ports.len(), different.len()), (6, 6));
    }
}
