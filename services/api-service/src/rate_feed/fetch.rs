//! Asks a server for rates.

use super::read::{DAY_OF_ASKING, read_ecb, read_json};
use crate::outgoing::{Outgoing, said};
use jiff::civil::Date;
use reqwest::Method;
use signalbox_chassis::outgoing::Guard;
use signalbox_domain::{Quotes, RateFeed};
use std::time::Duration;

/// Where the European Central Bank publishes its daily reference rates, at about 16:00 of its time on working days.
const ECB_URL: &str = "https://www.ecb.europa.eu/stats/eurofxref/eurofxref-daily.xml";
/// Longest time for a whole answer.
const PATIENCE: Duration = Duration::from_secs(15);
/// Largest answer, bytes: the bank's has two thousand.
const ANSWER_BYTES_MAX: usize = 1_000_000;

/// What rates are asked for with.
#[derive(Clone)]
pub struct Fetcher(Outgoing);

impl Fetcher {
    /// Inside a guard.
    ///
    /// # Errors
    /// When the client cannot be made.
    pub fn new(guard: &Guard) -> reqwest::Result<Self> {
        Outgoing::new(guard, PATIENCE).map(Self)
    }

    /// The rates of a feed and the day they are of, if it says one.
    ///
    /// # Errors
    /// A sentence for whoever set it up, without the address: that may hold a key.
    pub async fn fetch(&self, feed: &RateFeed) -> Result<(Option<Date>, Quotes), String> {
        match feed {
            RateFeed::Ecb { mirror } => {
                let url = if mirror.is_empty() { ECB_URL } else { mirror };
                read_ecb(&self.get(url).await?).map(|(day, quotes)| (Some(day), quotes))
            }
            RateFeed::Json { url, base, rates } => {
                read_json(&self.get(url).await?, base, rates).map(|quotes| (DAY_OF_ASKING, quotes))
            }
        }
        .map_err(|reason| format!("the answer {reason}"))
    }

    async fn get(&self, url: &str) -> Result<String, String> {
        let failed = |error| format!("no answer: {}", said(error));
        let mut answer = self.0.request(Method::GET, url)?.send().await.map_err(failed)?;
        if !answer.status().is_success() {
            return Err(format!("the server answered {}", answer.status()));
        }
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(failed)? {
            if body.len() + part.len() > ANSWER_BYTES_MAX {
                return Err(format!("the answer is larger than {ANSWER_BYTES_MAX} bytes"));
            }
            body.extend_from_slice(&part);
        }
        String::from_utf8(body).map_err(|_| "the answer is no text in UTF-8".to_owned())
    }
}
