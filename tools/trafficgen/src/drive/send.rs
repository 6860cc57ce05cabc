//! Sends the requests of a script, tries again what was not answered, and notes each attempt.

use super::{
    ledger::{ClickEntry, Entry, Outcome, PostbackEntry},
    script::{Conversion, Script},
};
use crate::{Error, demo::visit};
use reqwest::{Client, RequestBuilder, header, redirect};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep},
};

const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);

/// What every worker shares.
pub(super) struct Sender {
    script: Arc<Script>,
    client: Client,
    entries: mpsc::Sender<Entry>,
}

/// An answer, as far as the ledger looks at it.
struct Answer {
    outcome: Outcome,
    location: String,
}

impl Sender {
    pub(super) fn new(script: Arc<Script>, entries: mpsc::Sender<Entry>) -> Result<Self, Error> {
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(script.plan.answer_within())
            .pool_max_idle_per_host(script.plan.concurrency)
            .build()?;
        Ok(Self { script, client, entries })
    }

    pub(super) fn script(&self) -> &Script {
        &self.script
    }

    /// Sends click `number` until it is answered; its id, when the answer has one.
    pub(super) async fn click(&self, number: u32) -> Option<String> {
        let plan = &self.script.plan;
        let click = self.script.click(number);
        let external_id = format!("{}-{number}", plan.run);
        let mut retry = Retry::new(plan.patience());
        for attempt in 0.. {
            let sub_id = format!("{external_id}-{attempt}");
            let cost = click.cost.to_string();
            let parameters = [
                (&click.campaign.sub_id_parameter, &sub_id),
                (&click.campaign.external_id_parameter, &external_id),
                (&click.campaign.cost_parameter, &cost),
            ];
            let url = url(&plan.traffic, &click.campaign.slug, parameters);
            let mut request = self.client.get(url);
            for (name, value) in visit::headers(&click.visitor, None) {
                request = request.header(name, value);
            }
            let Answer { outcome, location } = ask(request).await;
            let click_id = visit::parameter(&location, &click.campaign.click_id_parameter);
            let answered = outcome.is_answered();
            let entry = ClickEntry {
                number,
                attempt,
                sub_id,
                external_id: external_id.clone(),
                campaign: click.campaign.slug.clone(),
                cost: click.cost,
                outcome,
                click_id: click_id.clone(),
            };
            self.note(Entry::Click(entry)).await;
            if answered {
                return click_id;
            }
            if !retry.again().await {
                return None;
            }
        }
        None
    }

    /// Reports the conversion, step by step; a step that is given up ends it.
    pub(super) async fn convert(&self, number: u32, click_id: &str, conversion: &Conversion) {
        let transaction = format!("{}-{number}", self.script.plan.run);
        for (at, (status, payout)) in conversion.steps.iter().enumerate() {
            let times = if at < conversion.repeated { 2 } else { 1 };
            for _ in 0..times {
                let entry = PostbackEntry {
                    number,
                    attempt: 0,
                    click_id: click_id.to_owned(),
                    transaction: transaction.clone(),
                    status: *status,
                    payout: *payout,
                    outcome: Outcome::Unanswered { why: String::new() },
                };
                if !self.postback(conversion.network, entry).await {
                    return;
                }
            }
        }
    }

    async fn postback(&self, network: usize, mut entry: PostbackEntry) -> bool {
        let plan = &self.script.plan;
        let Some(network) = plan.networks.get(network) else { return false };
        let word = network.words.get(&entry.status).map_or(entry.status.as_str(), String::as_str).to_owned();
        let payout = entry.payout.to_string();
        let names = &network.parameters;
        let parameters = [
            (&names.click_id, &entry.click_id),
            (&names.payout, &payout),
            (&names.status, &word),
            (&names.transaction, &entry.transaction),
        ];
        let url = url(&plan.postback, &format!("{}/postback", network.key), parameters);
        let mut retry = Retry::new(plan.patience());
        loop {
            entry.outcome = ask(self.client.get(&url)).await.outcome;
            let answered = entry.outcome.is_answered();
            self.note(Entry::Postback(entry.clone())).await;
            if answered {
                return true;
            }
            entry.attempt += 1;
            if !retry.again().await {
                return false;
            }
        }
    }

    async fn note(&self, entry: Entry) {
        // The ledger is closed only when the whole drive was dropped.
        let _closed = self.entries.send(entry).await;
    }
}

async fn ask(request: RequestBuilder) -> Answer {
    match request.send().await {
        Ok(response) => {
            let status = response.status().as_u16();
            let location = response.headers().get(header::LOCATION).and_then(|value| value.to_str().ok());
            let location = location.unwrap_or_default().to_owned();
            let outcome = if status == 429 || status >= 500 {
                Outcome::Unanswered { why: format!("status {status}") }
            } else {
                Outcome::Answered { status }
            };
            // The connection can be used again only when the body was read.
            let _body = response.bytes().await;
            Answer { outcome, location }
        }
        Err(error) => {
            let why = if error.is_connect() {
                "no connection"
            } else if error.is_timeout() {
                "no answer in time"
            } else {
                "connection lost"
            };
            Answer { outcome: Outcome::Unanswered { why: why.to_owned() }, location: String::new() }
        }
    }
}

fn url<const N: usize>(base: &str, path: &str, parameters: [(&String, &String); N]) -> String {
    let mut url = format!("{}/{path}", base.trim_end_matches('/'));
    let sent = parameters.into_iter().filter(|(name, _)| !name.is_empty());
    for (at, (name, value)) in sent.enumerate() {
        url.push(if at == 0 { '?' } else { '&' });
        url.push_str(name);
        url.push('=');
        url.extend(visit::encode(value));
    }
    url
}

/// Pauses that double up to a second, until patience is over.
struct Retry {
    until: Instant,
    pause: Duration,
}

impl Retry {
    fn new(patience: Duration) -> Self {
        Self { until: Instant::now() + patience, pause: PAUSE_MIN }
    }

    async fn again(&mut self) -> bool {
        if Instant::now() + self.pause > self.until {
            return false;
        }
        sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        true
    }
}
