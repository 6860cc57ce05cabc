//! The instance under test, its clicks, and what it says about itself.

use super::Arguments;
use crate::{
    Error,
    api::{Api, FirstUser, text},
    demo::say,
    drill::ports,
    instance::Instance,
};
use reqwest::redirect::Policy;
use serde_json::{Value, json};
use std::{
    fs,
    net::SocketAddr,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::task::JoinSet;

const START_PATIENCE: Duration = Duration::from_secs(120);
/// How long a condition may take.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);
const CLICKERS: usize = 32;
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36";

/// Clicks that memory holds.
pub(super) const fn in_memory(arguments: &Arguments) -> u32 {
    arguments.clicks / 2
}

/// A whole instance with clicks.
pub(super) struct Rig {
    instance: Instance,
    pub(super) api: Api,
    pub(super) postback: SocketAddr,
    health: String,
    pub(super) key: String,
    /// Ids of the clicks in the order of their coming.
    pub(super) clicks: Vec<String>,
    _folder: TempDir,
}

impl Rig {
    /// Starts an instance and gives it clicks, all of them in its reports.
    pub(super) async fn start(arguments: &Arguments) -> Result<Self, Error> {
        let signalbox = fs::canonicalize(&arguments.signalbox)
            .map_err(Error::file("cannot find", &arguments.signalbox))?;
        let beside = signalbox.parent().unwrap_or(Path::new("/"));
        let within = arguments.folder.as_deref().unwrap_or(beside);
        let folder = tempfile::Builder::new().prefix("signalbox-bench-").tempdir_in(within);
        let folder = folder.map_err(Error::file("cannot make a folder in", within))?;
        let mut environment = ports::reserve()?;
        let listen = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == name);
            found.map(|(_, address)| address.clone()).unwrap_or_default()
        };
        let health = listen("SIGNALBOX__POSTBACK__HEALTH_LISTEN");
        let postback = listen("SIGNALBOX__POSTBACK__LISTEN");
        let postback = postback.parse().map_err(|error| Error::Setup(format!("{postback}: {error}")))?;
        for (name, value) in [
            ("SIGNALBOX__INSTANCE__DATA_DIR", folder.path().join("data").display().to_string()),
            ("SIGNALBOX__POSTBACK__REQUESTS_PER_MINUTE_MAX", "1000000".to_owned()),
            // All of them come from one address.
            ("SIGNALBOX__TRAFFIC__REQUESTS_PER_ADDRESS_MAX", "0".to_owned()),
            ("SIGNALBOX__POSTBACK__RECENT_CLICKS_MAX", in_memory(arguments).to_string()),
            ("SIGNALBOX__POSTBACK__DELIVERY_ALLOW_PRIVATE", "127.0.0.0/8".to_owned()),
            // A receiver that hangs is given up, paused and tried again within one round.
            ("SIGNALBOX__POSTBACK__DELIVERY_TIMEOUT_MS", "3000".to_owned()),
            ("SIGNALBOX__POSTBACK__DELIVERY_CIRCUIT_MS_MIN", "1000".to_owned()),
            ("SIGNALBOX__TELEMETRY__LOG", "error".to_owned()),
        ] {
            environment.push((name.to_owned(), value));
        }
        let instance = Instance::start(&signalbox, &environment, START_PATIENCE).await?;
        let (api, key) = set_up(&instance).await?;
        let clicks = click(&instance.addresses.traffic, arguments.clicks as usize).await?;
        say(format_args!("{} clicks, of which memory holds {}", clicks.len(), in_memory(arguments)));
        let rig = Self { instance, api, postback, health, key, clicks, _folder: folder };
        let expected = rig.clicks.len() as u64;
        until("the clicks are in the reports", || async {
            Ok(rig.api.clicks().await.is_ok_and(|found| found >= expected))
        })
        .await?;
        Ok(rig)
    }

    pub(super) async fn stop(self) -> Result<(), Error> {
        self.instance.stop(Duration::from_secs(120)).await
    }

    /// The metrics of the postback part.
    pub(super) async fn metrics(&self) -> Result<Metrics, Error> {
        Ok(Metrics(reqwest::get(format!("http://{}/metrics", self.health)).await?.text().await?))
    }

    /// Conversions and revenue of the report, once they are as many as expected.
    pub(super) async fn await_report(&self, conversions: u64, revenue: &str) -> Result<(), Error> {
        let query = json!({"metrics": ["conversions", "revenue"], "range": {"token": "all_time"}, "bots": "include", "limit": 1});
        let begun = Instant::now();
        loop {
            let found = self.api.post("/reports/query", &query).await;
            let metrics =
                found.as_ref().map(|report| report["totals"]["metrics"].clone()).unwrap_or_default();
            if metrics["conversions"].as_u64() == Some(conversions)
                && metrics["revenue"].as_str() == Some(revenue)
            {
                return Ok(());
            }
            if begun.elapsed() > PATIENCE {
                let text =
                    format!("the report says {metrics}, expected {conversions} conversions worth {revenue}");
                return Err(Error::Mismatch(text));
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// A postback about a click, ready to be sent.
    pub(super) fn request(&self, click: &str, parameters: &str) -> super::super::client::Prepared {
        let (key, address) = (&self.key, self.postback);
        let text = format!(
            "GET /{key}/postback?subid={click}&{parameters} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: network\r\n\r\n"
        );
        super::super::client::Prepared { bytes: text.into_bytes(), unseen: None }
    }
}

/// What a process says about itself, in the text format of Prometheus.
pub(super) struct Metrics(String);

impl Metrics {
    /// The sum of the samples of a metric of whose labels `keeps` says yes.
    pub(super) fn sum(&self, name: &str, keeps: impl Fn(&str) -> bool) -> f64 {
        let samples = self.0.lines().filter_map(|line| {
            let rest = line.strip_prefix(name).filter(|rest| rest.starts_with(['{', ' ']))?;
            let (labels, value) = rest.rsplit_once(' ')?;
            keeps(labels).then(|| value.parse::<f64>().ok()).flatten()
        });
        samples.fold(0.0, |sum, sample| sum + sample)
    }

    /// The finite upper bounds of a histogram's buckets in their order, each with the label that it stands in.
    pub(super) fn bounds_of(&self, buckets: &str) -> Vec<(f64, String)> {
        let labelled = self.0.lines().filter_map(|line| {
            let (_, rest) = line.strip_prefix(buckets)?.split_once("le=\"")?;
            let (bound, _) = rest.split_once('"')?;
            let value = bound.parse::<f64>().ok().filter(|value| value.is_finite())?;
            Some((value, format!("le=\"{bound}\"")))
        });
        let mut bounds: Vec<(f64, String)> = labelled.collect();
        bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        bounds.dedup_by(|a, b| a.1 == b.1);
        bounds
    }

    /// Postbacks that have their verdict.
    pub(super) fn judged(&self) -> u64 {
        // Counters are whole numbers.
        self.sum("postback_verdicts_total", |labels| !labels.contains("held")) as u64
    }
}

/// Waits until something is so.
pub(super) async fn until<F>(what: &str, is_so: impl Fn() -> F) -> Result<(), Error>
where
    F: Future<Output = Result<bool, Error>>,
{
    let begun = Instant::now();
    while !is_so().await? {
        if begun.elapsed() > PATIENCE {
            return Err(Error::Mismatch(format!("not within {} s: {what}", PATIENCE.as_secs())));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    Ok(())
}

async fn set_up(instance: &Instance) -> Result<(Api, String), Error> {
    let addresses = &instance.addresses;
    let user = FirstUser {
        email: "bench@signalbox.invalid",
        password: "only-for-this-run",
        name: "Bench",
        workspace: "Bench",
    };
    let link = addresses.setup_url.as_deref().unwrap_or_default();
    let key = Api::new(&addresses.admin)?.set_up(link, user).await?.make_key("bench").await?;
    let api = Api::new(&addresses.admin)?.with_key(&key);
    let network: Value = api.post("/networks", &json!({"name": "Bench network"})).await?;
    let offer = json!({"name": "Offer", "kind": "offer", "network_id": network["id"],
        "url": "https://offer.example/?cid={click_id}"});
    let offer = api.post("/destinations", &offer).await?;
    let streams = json!([{"name": "All", "routes": [{"destination_id": offer["id"]}]}]);
    api.post("/campaigns", &json!({"name": "Bench", "slug": "bench", "streams": streams})).await?;
    let key = text(&network, "postback_key")?.to_owned();
    Ok((api, key))
}

/// Sends so many clicks; their ids in about the order of their coming.
async fn click(traffic: &str, count: usize) -> Result<Vec<String>, Error> {
    let client = reqwest::Client::builder().redirect(Policy::none()).user_agent(BROWSER).build()?;
    let url: Arc<str> = format!("{traffic}/bench").into();
    until("the campaign routes", || async { Ok(client.get(&*url).send().await?.status() == 302) }).await?;
    let mut clickers = JoinSet::new();
    for number in 0..CLICKERS {
        let share = count / CLICKERS + usize::from(number < count % CLICKERS);
        let (client, url) = (client.clone(), Arc::clone(&url));
        clickers.spawn(async move {
            let mut ids = Vec::with_capacity(share);
            while ids.len() < share {
                let answer = client.get(&*url).send().await?;
                let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
                let id =
                    location.and_then(|location| location.split_once("cid=")).map(|(_, id)| id.to_owned());
                ids.push(
                    id.ok_or_else(|| Error::Mismatch(format!("a click is answered {}", answer.status())))?,
                );
            }
            Ok::<_, Error>(ids)
        });
    }
    let mut ids = Vec::with_capacity(count);
    while let Some(ended) = clickers.join_next().await {
        ids.extend(ended.map_err(|error| Error::Mismatch(error.to_string()))??);
    }
    // They begin with the moment of their click.
    ids.sort_unstable();
    Ok(ids)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_a_histogram_are_read_from_the_metrics_themselves() {
        let text = "seconds_bucket{le=\"0.5\"} 3\nseconds_bucket{part=\"a\",le=\"0.0005\"} 1\nseconds_bucket{le=\"0.5\"} 3\n\
            seconds_bucket{le=\"+Inf\"} 4\nseconds_bucket_total 7\nother_bucket{le=\"9\"} 1\n";
        let labels: Vec<String> = Metrics(text.to_owned())
            .bounds_of("seconds_bucket")
            .into_iter()
            .map(|(_, label)| label)
            .collect();
        assert_eq!(labels, ["le=\"0.0005\"", "le=\"0.5\""]);
    }
}
