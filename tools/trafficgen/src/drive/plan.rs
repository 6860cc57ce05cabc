//! What a drive sends: as JSON for the command line, as a value for tests.

use crate::Error;
use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionStatus, Money};
use std::{collections::HashMap, time::Duration};

/// Most clicks of one drive.
const CLICKS_MAX: u32 = 10_000_000;
/// Most requests at one time.
const CONCURRENCY_MAX: usize = 1024;

/// A drive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plan {
    /// Base address for clicks.
    #[serde(default)]
    pub traffic: String,
    /// Base address for postbacks.
    #[serde(default)]
    pub postback: String,
    /// Begins every sub id, external id and transaction, so that several drives of one instance do not meet. 1–40 of `a-z 0-9`.
    #[serde(default = "run")]
    pub run: String,
    /// Clicks, 1 to ten million.
    #[serde(default = "thousand")]
    pub clicks: u32,
    /// Clicks that convert, at most `clicks`.
    #[serde(default)]
    pub conversions: u32,
    /// Requests at one time, 1 to 1024.
    #[serde(default = "concurrency")]
    pub concurrency: usize,
    /// New clicks a second as far as `concurrency` allows; 0: as fast as they are answered.
    #[serde(default)]
    pub clicks_per_second: u32,
    /// The same seed draws the same traffic.
    #[serde(default)]
    pub seed: u64,
    /// How long a request is tried again, seconds.
    #[serde(default = "patience")]
    pub retry_seconds: u64,
    /// How long an answer may take, milliseconds.
    #[serde(default = "timeout")]
    pub answer_ms: u64,
    /// Where clicks go; at least one.
    pub campaigns: Vec<PlanCampaign>,
    /// Who reports conversions.
    #[serde(default)]
    pub networks: Vec<PlanNetwork>,
}

/// A campaign of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanCampaign {
    /// Path of its link.
    pub slug: String,
    /// Ratio against the other campaigns.
    #[serde(default = "one")]
    pub weight: u32,
    /// Link parameter that its source maps to sub id 1.
    #[serde(default = "sub_id")]
    pub sub_id_parameter: String,
    /// Link parameter that its source maps to the external id; empty: none is sent.
    #[serde(default)]
    pub external_id_parameter: String,
    /// Link parameter that its source maps to the cost; empty: none is sent.
    #[serde(default)]
    pub cost_parameter: String,
    /// With a cost parameter: what is sent, drawn. Without: what a click costs by the campaign's model (one value), or nothing.
    #[serde(default)]
    pub costs: Vec<Money>,
    /// Parameter of the destination's URL that carries the click id.
    pub click_id_parameter: String,
    /// Position of the network that pays for its destinations; absent: its clicks never convert.
    #[serde(default)]
    pub network: Option<usize>,
}

/// A network of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanNetwork {
    /// The secret first segment of its postback URL.
    pub key: String,
    /// Names of its parameters.
    #[serde(default)]
    pub parameters: PostbackParameters,
    /// Its word for each status; the status itself when absent.
    #[serde(default)]
    pub words: HashMap<ConversionStatus, String>,
    /// What it pays, drawn; at least one.
    pub payouts: Vec<Money>,
}

/// Names of the parameters of a postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PostbackParameters {
    /// The click.
    pub click_id: String,
    /// The amount.
    pub payout: String,
    /// The status.
    pub status: String,
    /// The transaction.
    pub transaction: String,
}

impl Default for PostbackParameters {
    fn default() -> Self {
        let [click_id, payout, status, transaction] = ["subid", "payout", "status", "tid"].map(str::to_owned);
        Self { click_id, payout, status, transaction }
    }
}

fn run() -> String {
    "run".to_owned()
}

fn thousand() -> u32 {
    1000
}

fn concurrency() -> usize {
    32
}

fn patience() -> u64 {
    60
}

fn timeout() -> u64 {
    5000
}

fn one() -> u32 {
    1
}

fn sub_id() -> String {
    "sub_id_1".to_owned()
}

impl Plan {
    /// Says what is wrong.
    ///
    /// # Errors
    /// With the field at fault and the fix.
    pub fn check(&self) -> Result<(), Error> {
        let refuse = |field: &str, fix: &str| Err(Error::Setup(format!("plan: {field} {fix}")));
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if !self.traffic.starts_with("http") {
            return refuse("traffic", "must be the base address for clicks, such as http://localhost:8081");
        }
        if !self.postback.starts_with("http") && self.conversions > 0 {
            return refuse(
                "postback",
                "must be the base address for postbacks, such as http://localhost:8082",
            );
        }
        if self.run.is_empty() || self.run.len() > 40 || !self.run.bytes().all(plain) {
            return refuse("run", "must have 1 to 40 of a-z 0-9");
        }
        if !(1..=CLICKS_MAX).contains(&self.clicks) {
            return refuse("clicks", "must be 1 to ten million");
        }
        if self.conversions > self.clicks {
            return refuse("conversions", "must not be more than clicks");
        }
        if !(1..=CONCURRENCY_MAX).contains(&self.concurrency) {
            return refuse("concurrency", "must be 1 to 1024");
        }
        if !self.campaigns.iter().any(|campaign| campaign.weight > 0) {
            return refuse("campaigns", "must hold at least one with a weight above 0");
        }
        for (at, campaign) in self.campaigns.iter().enumerate() {
            if campaign.network.is_some_and(|network| network >= self.networks.len()) {
                return refuse(&format!("campaigns[{at}].network"), "must be a position in networks, from 0");
            }
            if !campaign.cost_parameter.is_empty() && campaign.costs.is_empty() {
                return refuse(&format!("campaigns[{at}].costs"), "must hold what the cost parameter sends");
            }
            if campaign.cost_parameter.is_empty() && campaign.costs.len() > 1 {
                return refuse(
                    &format!("campaigns[{at}].costs"),
                    "can hold only one value without a cost_parameter",
                );
            }
        }
        if let Some(at) = self.networks.iter().position(|network| network.payouts.is_empty()) {
            return refuse(&format!("networks[{at}].payouts"), "must hold at least one amount");
        }
        let converts = |campaign: &PlanCampaign| campaign.weight > 0 && campaign.network.is_some();
        if self.conversions > 0 && !self.campaigns.iter().all(|it| it.weight == 0 || converts(it)) {
            return refuse("campaigns", "must all name a network when there are conversions");
        }
        Ok(())
    }

    /// How long a request is tried again.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(self.retry_seconds)
    }

    /// How long an answer may take.
    pub fn answer_within(&self) -> Duration {
        Duration::from_millis(self.answer_ms)
    }
}
