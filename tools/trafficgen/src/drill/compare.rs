//! The ledger against the report: click by click, and the money to the last digit.

use super::whole;
use crate::{Error, api::Api, drive::Ledger};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

/// Until everything that was sent is in the report.
const SETTLED_MAX: Duration = Duration::from_secs(300);
/// Rows of one page.
const PAGE: usize = 10_000;

/// What ledger and report agree on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Agreed {
    pub(super) clicks: u64,
    pub(super) conversions: u64,
    pub(super) cost: String,
    pub(super) revenue: String,
}

/// The report of the drill's campaign.
pub(super) struct Report<'a> {
    pub(super) api: &'a Api,
    pub(super) campaign: &'a str,
}

impl Report<'_> {
    /// Waits until every answered click is in the report, then compares everything.
    pub(super) async fn compare(&self, ledger: &Ledger) -> Result<Agreed, Error> {
        self.compare_without(ledger, 0).await
    }

    /// As [`Report::compare`], where the instance has counted `lost` answered clicks as lost: exactly so many are missing.
    pub(super) async fn compare_without(&self, ledger: &Ledger, lost: u64) -> Result<Agreed, Error> {
        let summary = ledger.summary();
        if (summary.clicks_refused, summary.postbacks_refused, summary.in_doubt) != (0, 0, 0) {
            return Err(Error::Mismatch(format!("requests were refused or are in doubt: {summary:?}")));
        }
        let answered = ledger.answered_sub_ids();
        let begun = Instant::now();
        let stored = loop {
            let stored = self.stored().await?;
            let missing = answered.iter().filter(|sub_id| !stored.contains_key(**sub_id)).count() as u64;
            if missing == lost {
                break stored;
            }
            if missing < lost {
                return Err(Error::Mismatch(format!(
                    "{lost} clicks were counted as lost and {missing} are missing"
                )));
            }
            if begun.elapsed() > SETTLED_MAX {
                let example = answered.iter().find(|sub_id| !stored.contains_key(**sub_id));
                return Err(Error::Mismatch(format!(
                    "{missing} of {} answered clicks are not in the report ({lost} were counted as lost), such as {example:?}",
                    answered.len()
                )));
            }
            tokio::time::sleep(Duration::from_secs(1)).await;
        };
        let attempted = ledger.attempted_sub_ids();
        if let Some(unknown) = stored.keys().find(|sub_id| !attempted.contains(sub_id.as_str())) {
            return Err(Error::Mismatch(format!("{unknown} is in the report and was never sent")));
        }
        if let Some((sub_id, clicks)) = stored.iter().find(|(_, clicks)| **clicks != 1) {
            return Err(Error::Mismatch(format!("{sub_id} is in the report {clicks} times")));
        }
        let names: BTreeSet<&str> = stored.keys().map(String::as_str).collect();
        let expected = Agreed {
            clicks: names.len() as u64,
            conversions: summary.conversions.values().sum(),
            cost: ledger.cost_of(&names).to_string(),
            revenue: summary.revenue.to_string(),
        };
        self.await_totals(expected).await
    }

    /// Waits until the report shows so many clicks.
    pub(super) async fn await_clicks(&self, expected: u64) -> Result<u64, Error> {
        let begun = Instant::now();
        loop {
            let found = self.totals().await?.map_or(0, |totals| totals.clicks);
            if found == expected {
                return Ok(found);
            }
            if begun.elapsed() > SETTLED_MAX || found > expected {
                return Err(Error::Mismatch(format!(
                    "{expected} clicks were answered, the report shows {found}"
                )));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn await_totals(&self, expected: Agreed) -> Result<Agreed, Error> {
        let begun = Instant::now();
        loop {
            let found = self.totals().await?;
            if found.as_ref() == Some(&expected) {
                return Ok(expected);
            }
            if begun.elapsed() > SETTLED_MAX {
                return Err(Error::Mismatch(format!("the ledger says {expected:?}, the report {found:?}")));
            }
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn totals(&self) -> Result<Option<Agreed>, Error> {
        let query = json!({"metrics": ["clicks", "conversions", "cost", "revenue"], "range": {"token": "all_time"},
        "bots": "include", "limit": 1, "filters": self.filters()});
        let Some(report) = self.ask(&query).await? else { return Ok(None) };
        let metrics = &report["totals"]["metrics"];
        let money = |name: &str| metrics[name].as_str().unwrap_or_default().to_owned();
        Ok(Some(Agreed {
            clicks: whole(&metrics["clicks"]).unwrap_or(0),
            conversions: whole(&metrics["conversions"]).unwrap_or(0),
            cost: money("cost"),
            revenue: money("revenue"),
        }))
    }

    /// Every sub id of the report with its clicks; each attempt of the drive has a sub id of its own.
    async fn stored(&self) -> Result<BTreeMap<String, u64>, Error> {
        let mut found = BTreeMap::new();
        let mut offset = 0;
        loop {
            let query = json!({"dimensions": ["sub_id_1"], "metrics": ["clicks"], "range": {"token": "all_time"},
            "bots": "include", "limit": PAGE, "offset": offset, "sort": [{"key": "sub_id_1", "dir": "asc"}], "filters": self.filters()});
            let Some(report) = self.ask(&query).await? else { continue };
            let rows = report["rows"].as_array().map_or(&[][..], Vec::as_slice);
            for row in rows {
                let key = &row["keys"]["sub_id_1"];
                let sub_id = key["id"].as_str().or_else(|| key["name"].as_str()).unwrap_or_default();
                *found.entry(sub_id.to_owned()).or_default() += whole(&row["metrics"]["clicks"]).unwrap_or(0);
            }
            offset += rows.len();
            if rows.len() < PAGE {
                return Ok(found);
            }
        }
    }

    fn filters(&self) -> Value {
        json!([{"field": "campaign", "op": "equals", "values": [self.campaign]}])
    }

    /// A report; `None` when the engine is just coming back.
    async fn ask(&self, query: &Value) -> Result<Option<Value>, Error> {
        match self.api.post("/reports/query", query).await {
            Ok(report) => Ok(Some(report)),
            Err(error) if error.is_retryable() => {
                tokio::time::sleep(Duration::from_millis(200)).await;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}
