//! An instance of a drill with its load: started, driven, stopped and started again on the same ports and folder.

use super::{Load, START_PATIENCE, compare, environment, prepare, victims};
use crate::{
    Error,
    api::Api,
    drive::{Drive, Ledger, Outcome, Plan, Progress},
    instance::Instance,
};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinHandle;

/// Clicks of one drive at most; it is ended before.
const CLICKS_MAX: u32 = 4_000_000;
/// An answer that takes longer counts as none: far beyond what a visitor waits, so that only real failures count on a slow machine.
const ANSWER_MS_MAX: u64 = 30_000;
/// How long a condition of a drill may take.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long a stop may take until it counts as failed.
const STOP_MAX: Duration = Duration::from_secs(60);

/// A whole instance and everything that was sent to it.
pub(super) struct Rig {
    folder: TempDir,
    signalbox: PathBuf,
    environment: Vec<(String, String)>,
    pub(super) instance: Option<Instance>,
    pub(super) api: Api,
    campaign: String,
    plan: Plan,
    runs: u32,
    ledger: Ledger,
}

/// A drive that runs.
pub(super) struct Driving {
    pub(super) progress: Arc<Progress>,
    task: JoinHandle<Result<Ledger, Error>>,
}

/// A folder for a drill, with a short name.
pub(super) fn folder() -> Result<TempDir, Error> {
    tempfile::Builder::new()
        .prefix("signalbox-drill-")
        .tempdir()
        .map_err(Error::io("cannot make a folder for the drill"))
}

impl Rig {
    /// Starts an instance with further settings (as environment variables), its data in `folder`/data.
    pub(super) async fn start(
        signalbox: &Path,
        folder: TempDir,
        further: &[(&str, String)],
    ) -> Result<Self, Error> {
        let mut environment = environment(folder.path())?;
        environment.extend(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        let instance = Instance::start(signalbox, &environment, START_PATIENCE).await?;
        Self::with(signalbox, folder, environment, instance).await
    }

    /// Sets an instance up that runs already.
    pub(super) async fn with(
        signalbox: &Path,
        folder: TempDir,
        environment: Vec<(String, String)>,
        instance: Instance,
    ) -> Result<Self, Error> {
        let addresses = instance.addresses.clone();
        let load = Load { rate: 0, clicks: CLICKS_MAX, per_thousand: 0, seed: 1 };
        let (api, campaign, mut plan) = prepare(&addresses, load).await?;
        plan.answer_ms = ANSWER_MS_MAX;
        let signalbox = signalbox.to_owned();
        Ok(Self {
            folder,
            signalbox,
            environment,
            instance: Some(instance),
            api,
            campaign,
            plan,
            runs: 0,
            ledger: Ledger::default(),
        })
    }

    /// The data directory of the instance.
    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// Settings of the instance.
    pub(super) fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// The program.
    pub(super) fn signalbox(&self) -> &Path {
        &self.signalbox
    }

    /// Begins to send clicks, `rate` a second (0: as fast as they are answered) by `concurrency` workers; of a thousand `per_thousand` convert.
    pub(super) fn drive(
        &mut self,
        rate: u32,
        concurrency: usize,
        per_thousand: u32,
    ) -> Result<Driving, Error> {
        self.runs += 1;
        let mut plan = self.plan.clone();
        plan.run = format!("run{}", self.runs);
        plan.seed = u64::from(self.runs);
        plan.clicks_per_second = rate;
        plan.concurrency = concurrency;
        // As many as are drawn from; with a rate no more than ten minutes of it.
        plan.clicks = if rate == 0 { 200_000 } else { rate.saturating_mul(600).min(CLICKS_MAX) };
        plan.conversions = plan.clicks / 1000 * per_thousand;
        let drive = Drive::new(plan)?;
        let progress = drive.progress();
        Ok(Driving { progress, task: tokio::spawn(drive.run(None)) })
    }

    /// Ends a drive and adds it to the ledger; gives it back as well.
    pub(super) async fn finish(&mut self, driving: Driving) -> Result<Ledger, Error> {
        driving.progress.enough();
        let ledger = driving
            .task
            .await
            .map_err(|error| Error::Mismatch(format!("the drive ended badly: {error}")))??;
        self.ledger.clicks.extend(ledger.clicks.iter().cloned());
        self.ledger.postbacks.extend(ledger.postbacks.iter().cloned());
        Ok(ledger)
    }

    /// Everything sent until now against the report, `lost` answered clicks being counted as lost.
    pub(super) async fn agree(&self, lost: u64) -> Result<compare::Agreed, Error> {
        compare::Report { api: &self.api, campaign: &self.campaign }.compare_without(&self.ledger, lost).await
    }

    /// Attempts of clicks until now.
    pub(super) fn clicks(&self) -> u64 {
        self.ledger.clicks.len() as u64
    }

    /// Click ids of every answered click.
    pub(super) fn answered_click_ids(&self) -> Vec<String> {
        self.ledger.answered().filter_map(|click| click.click_id.clone()).collect()
    }

    /// Waits until the report of the drill's campaign shows `expected` clicks, for drills that send without the ledger.
    pub(super) async fn await_clicks(&self, expected: u64) -> Result<u64, Error> {
        compare::Report { api: &self.api, campaign: &self.campaign }.await_clicks(expected).await
    }

    /// Asks the instance to stop; how long that took.
    pub(super) async fn stop(&mut self) -> Result<Duration, Error> {
        let Some(instance) = self.instance.take() else { return Ok(Duration::ZERO) };
        let begun = Instant::now();
        instance.stop(STOP_MAX).await?;
        Ok(begun.elapsed())
    }

    /// `kill -9`.
    pub(super) async fn kill(&mut self) -> Result<(), Error> {
        if let Some(mut instance) = self.instance.take() {
            victims::Victim::Instance.kill(&mut instance).await?;
        }
        Ok(())
    }

    /// Starts it again, with `further` settings for this run alone.
    pub(super) async fn start_again(&mut self, further: &[(&str, String)]) -> Result<Duration, Error> {
        let begun = Instant::now();
        let mut environment = self.environment.clone();
        environment.extend(further.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
        self.instance = Some(Instance::start(&self.signalbox, &environment, START_PATIENCE).await?);
        Ok(begun.elapsed())
    }

    /// Address of the health listener of the traffic part.
    pub(super) fn health(&self) -> String {
        let found = self.environment.iter().find(|(name, _)| name == "SIGNALBOX__TRAFFIC__HEALTH_LISTEN");
        found.map(|(_, address)| format!("http://{address}")).unwrap_or_default()
    }

    /// Whether the traffic part says that it is ready.
    pub(super) async fn is_ready(&self) -> Result<bool, Error> {
        Ok(reqwest::get(format!("{}/health/ready", self.health())).await?.status().is_success())
    }

    /// Sum of a metric over the lines that contain `labels`; 0 when it has not counted yet.
    pub(super) async fn metric(&self, name: &str, labels: &str) -> Result<u64, Error> {
        let text = reqwest::get(format!("{}/metrics", self.health())).await?.text().await?;
        Ok(sum_of(&text, name, labels))
    }

    /// Waits until a metric is as wanted.
    pub(super) async fn until(
        &self,
        (name, labels): (&str, &str),
        wanted: impl Fn(u64) -> bool,
    ) -> Result<u64, Error> {
        let begun = Instant::now();
        loop {
            let found = self.metric(name, labels).await?;
            if wanted(found) {
                return Ok(found);
            }
            if begun.elapsed() > PATIENCE {
                return Err(Error::Mismatch(format!(
                    "{name}{{{labels}}} is {found} after {} s",
                    PATIENCE.as_secs()
                )));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn sum_of(text: &str, name: &str, labels: &str) -> u64 {
    let lines = text.lines().filter(|line| {
        line.strip_prefix(name).is_some_and(|rest| rest.starts_with(['{', ' '])) && line.contains(labels)
    });
    // Counters and the gauges that drills look at are whole numbers.
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<u64>().ok()).sum()
}

/// Attempts of clicks that were not answered with a redirect to the offer, by what happened instead.
pub(super) fn failures(ledger: &Ledger) -> BTreeMap<String, u64> {
    let mut failures = BTreeMap::new();
    for click in &ledger.clicks {
        let why = match (&click.outcome, &click.click_id) {
            (Outcome::Unanswered { why }, _) => why.clone(),
            (Outcome::Answered { .. }, Some(_)) => continue,
            (Outcome::Answered { status }, None) => format!("answered {status} without a click id"),
        };
        *failures.entry(why).or_default() += 1;
    }
    failures
}

/// No redirect failed, at the first attempt of each.
pub(super) fn none_failed(ledger: &Ledger, when: &str) -> Result<u64, Error> {
    let failures = failures(ledger);
    if failures.is_empty() {
        return Ok(ledger.clicks.len() as u64);
    }
    Err(Error::Mismatch(format!("{when}: of {} redirects these failed: {failures:?}", ledger.clicks.len())))
}

/// Lets a drive go on for a while, and says when no click was answered in it.
pub(super) async fn let_run(progress: &Progress, time: Duration, when: &str) -> Result<u64, Error> {
    let before = progress.clicks();
    let begun = Instant::now();
    tokio::time::sleep(time).await;
    while progress.clicks() == before {
        if begun.elapsed() > time + PATIENCE {
            return Err(Error::Mismatch(format!("{when}: no click was answered")));
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Ok(progress.clicks() - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_are_summed_by_their_labels() {
        let text = "# TYPE lost counter\nlost_total{reason=\"quota\"} 3\nlost_total{reason=\"disk_full\"} 4\nlost_totally 9\nplain 5\n";
        assert_eq!(sum_of(text, "lost_total", ""), 7);
        assert_eq!(sum_of(text, "lost_total", "quota"), 3);
        assert_eq!(sum_of(text, "plain", ""), 5);
        assert_eq!(sum_of(text, "absent", ""), 0);
    }
}
