//! A campaign, visitors, and what the health listeners say meanwhile.

use serde_json::{Value, json};
use signalbox_testkit::{Admin, Instance, until};
use std::time::Duration;

/// How long a condition may take on a slow machine.
pub const PATIENCE: Duration = Duration::from_secs(120);

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/// The campaign of these tests.
pub struct Visitors {
    client: reqwest::Client,
    admin: Admin,
    campaign: Value,
    sent: u64,
}

impl Visitors {
    /// Sets a fresh instance up and waits until the campaign routes; nobody has visited it then.
    pub async fn of(instance: &Instance) -> Self {
        let admin = Admin::set_up(instance).await;
        let offer = json!({"name": "Offer", "kind": "offer", "url": "https://offer.example/?cid={click_id}"});
        let offer = admin.create("/destinations", offer).await;
        let streams = json!([{"name": "All", "routes": [{"destination_id": offer["id"], "weight": 100}]}]);
        let campaign =
            admin.create("/campaigns", json!({"name": "Kept", "slug": "kept", "streams": streams})).await;
        // A snapshot that knows the probe, which was saved later, knows the campaign.
        let streams = json!([{"name": "All", "action": {"type": "url", "url": "https://probe.example/"}}]);
        admin.create("/campaigns", json!({"name": "Probe", "slug": "probe", "streams": streams})).await;
        // Everybody comes on a connection of their own.
        let client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .pool_max_idle_per_host(0)
            .user_agent(FIREFOX);
        let visitors = Self { client: client.build().unwrap(), admin, campaign, sent: 0 };
        until("the probe is redirected", PATIENCE, || async {
            match visitors.visit(instance, "probe").await? {
                302 => Ok(()),
                status => Err(format!("answered {status}")),
            }
        })
        .await;
        visitors
    }

    async fn visit(&self, instance: &Instance, slug: &str) -> Result<u16, String> {
        let answer = self.client.get(format!("{}/{slug}", instance.traffic_url())).send().await;
        answer.map(|answer| answer.status().as_u16()).map_err(|error| error.to_string())
    }

    /// So many visitors come one after the other; each is redirected at once.
    pub async fn come(&mut self, instance: &Instance, count: u64) {
        for _ in 0..count {
            assert_eq!(self.visit(instance, "kept").await, Ok(302));
            self.sent += 1;
        }
    }

    /// Waits until the report shows every visit, once.
    pub async fn are_reported(&self) {
        self.admin.about(&self.campaign).until_totals(&json!({"clicks": self.sent}), PATIENCE).await;
    }
}

/// The status of `/health/ready` of a listener, and the names that it lists as `missing` and `without`.
pub async fn readiness(address: &str) -> Result<(u16, Vec<String>, Vec<String>), String> {
    let answer = reqwest::get(format!("http://{address}/health/ready")).await;
    let answer = answer.map_err(|error| error.to_string())?;
    let status = answer.status().as_u16();
    let body: Value = answer.json().await.map_err(|error| error.to_string())?;
    let names = |list: &Value| {
        let items = list.as_array().map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(|item| item["name"].as_str().map(str::to_owned)).collect()
    };
    Ok((status, names(&body["missing"]), names(&body["without"])))
}

/// Waits until a listener says exactly this.
pub async fn until_it_says(address: &str, status: u16, missing: &[&str], without: &[&str]) {
    until("what a health listener says", PATIENCE, || async {
        let found = readiness(address).await?;
        let same = found.0 == status && found.1 == missing && found.2 == without;
        if same { Ok(()) } else { Err(format!("{found:?}, not {status} {missing:?} {without:?}")) }
    })
    .await;
}
