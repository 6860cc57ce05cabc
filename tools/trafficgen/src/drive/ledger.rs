//! What was sent and answered, and the exact sums that reports must show.

use crate::Error;
use serde::{Deserialize, Serialize};
use signalbox_domain::{ConversionStatus, Money};
use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, Write},
};

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The server answered.
    Answered {
        /// Status of the answer; below 500 and not 429.
        status: u16,
    },
    /// Nobody knows whether the server took it.
    Unanswered {
        /// What happened instead.
        why: String,
    },
}

impl Outcome {
    /// Whether the server answered.
    pub fn is_answered(&self) -> bool {
        matches!(self, Self::Answered { .. })
    }
}

/// One attempt of a click.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClickEntry {
    /// Number of the click in the plan, from 0.
    pub number: u32,
    /// 0 for the first, raised by each retry.
    pub attempt: u32,
    /// Sub id 1 as sent: unique for each attempt.
    pub sub_id: String,
    /// External id: the same for all attempts of a click.
    pub external_id: String,
    /// Slug of the campaign.
    pub campaign: String,
    /// What the click costs.
    pub cost: Money,
    /// What became of it.
    pub outcome: Outcome,
    /// Click id in the redirect.
    pub click_id: Option<String>,
}

/// One attempt of a postback.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PostbackEntry {
    /// Number of the click in the plan.
    pub number: u32,
    /// 0 for the first, raised by each retry.
    pub attempt: u32,
    /// The click.
    pub click_id: String,
    /// The transaction: the same for every step and attempt of a conversion.
    pub transaction: String,
    /// What happened.
    pub status: ConversionStatus,
    /// The amount.
    pub payout: Money,
    /// What became of it.
    pub outcome: Outcome,
}

/// A line of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Entry {
    /// A click.
    Click(ClickEntry),
    /// A postback.
    Postback(PostbackEntry),
}

/// The state in which the postbacks that were answered leave a conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConversionState {
    /// Its last status.
    pub status: ConversionStatus,
    /// Its last amount.
    pub payout: Money,
    /// A later step was sent and never answered: the server may be ahead of this.
    pub in_doubt: bool,
}

/// Everything that was sent, in the order in which it ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ledger {
    /// Attempts of clicks.
    pub clicks: Vec<ClickEntry>,
    /// Attempts of postbacks.
    pub postbacks: Vec<PostbackEntry>,
}

/// The sums of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Attempts of clicks.
    pub clicks_attempted: u64,
    /// Clicks that were answered with a click id.
    pub clicks_answered: u64,
    /// Clicks that were answered without one.
    pub clicks_refused: u64,
    /// Cost of the answered clicks.
    pub cost: Money,
    /// Conversions by their last status.
    pub conversions: BTreeMap<&'static str, u64>,
    /// Amounts by last status.
    pub payouts: BTreeMap<&'static str, Money>,
    /// What of it is revenue.
    pub revenue: Money,
    /// Postbacks that were answered with another status than 200.
    pub postbacks_refused: u64,
    /// Conversions of which a step was never answered.
    pub in_doubt: u64,
}

impl Ledger {
    /// Adds a line.
    pub fn push(&mut self, entry: Entry) {
        match entry {
            Entry::Click(click) => self.clicks.push(click),
            Entry::Postback(postback) => self.postbacks.push(postback),
        }
    }

    /// Reads lines as [`Drive::run`](super::Drive::run) writes them.
    ///
    /// # Errors
    /// When a line cannot be read.
    pub fn read(lines: impl BufRead) -> Result<Self, Error> {
        let mut ledger = Self::default();
        for line in lines.lines() {
            let line = line.map_err(Error::io("cannot read the ledger"))?;
            ledger.push(serde_json::from_str(&line).map_err(Error::json("a line of the ledger"))?);
        }
        Ok(ledger)
    }

    /// Answered clicks that were sent on with a click id.
    pub fn answered(&self) -> impl Iterator<Item = &ClickEntry> {
        self.clicks.iter().filter(|click| click.outcome.is_answered() && click.click_id.is_some())
    }

    /// Sub ids of every attempt: what may be stored.
    pub fn attempted_sub_ids(&self) -> BTreeSet<&str> {
        self.clicks.iter().map(|click| click.sub_id.as_str()).collect()
    }

    /// Sub ids of answered clicks: what must be stored.
    pub fn answered_sub_ids(&self) -> BTreeSet<&str> {
        self.answered().map(|click| click.sub_id.as_str()).collect()
    }

    /// Cost of the attempts with these sub ids.
    pub fn cost_of(&self, sub_ids: &BTreeSet<&str>) -> Money {
        self.clicks
            .iter()
            .filter(|click| sub_ids.contains(click.sub_id.as_str()))
            .map(|click| click.cost)
            .sum()
    }

    /// Each transaction as its answered postbacks leave it; transactions without an answered postback are not in it.
    pub fn conversions(&self) -> BTreeMap<&str, ConversionState> {
        let mut states = BTreeMap::new();
        for postback in &self.postbacks {
            let answered = matches!(postback.outcome, Outcome::Answered { status: 200 });
            if answered {
                let state =
                    ConversionState { status: postback.status, payout: postback.payout, in_doubt: false };
                states.insert(postback.transaction.as_str(), state);
            } else if let Some(state) = states.get_mut(postback.transaction.as_str()) {
                // Undone by the answer to a retry, which comes later.
                state.in_doubt |= (state.status, state.payout) != (postback.status, postback.payout);
            }
        }
        states
    }

    /// All sums.
    pub fn summary(&self) -> Summary {
        let clicks_answered: BTreeSet<_> = self.answered().map(|click| click.number).collect();
        let refused =
            self.clicks.iter().filter(|click| click.outcome.is_answered() && click.click_id.is_none());
        let mut summary = Summary {
            clicks_attempted: self.clicks.len() as u64,
            clicks_answered: clicks_answered.len() as u64,
            clicks_refused: refused.count() as u64,
            cost: self.answered().map(|click| click.cost).sum(),
            conversions: BTreeMap::new(),
            payouts: BTreeMap::new(),
            revenue: Money::ZERO,
            postbacks_refused: 0,
            in_doubt: 0,
        };
        for state in self.conversions().values() {
            *summary.conversions.entry(state.status.as_str()).or_default() += 1;
            *summary.payouts.entry(state.status.as_str()).or_default() += state.payout;
            if state.status.class().earns {
                summary.revenue += state.payout;
            }
            summary.in_doubt += u64::from(state.in_doubt);
        }
        let refused = |postback: &&PostbackEntry| matches!(postback.outcome, Outcome::Answered { status } if status != 200);
        summary.postbacks_refused = self.postbacks.iter().filter(refused).count() as u64;
        summary
    }
}

/// Writes one line.
pub(super) fn write_line(sink: &mut dyn Write, entry: &Entry) -> Result<(), Error> {
    let mut line = serde_json::to_vec(entry).map_err(Error::json("a line of the ledger"))?;
    line.push(b'\n');
    sink.write_all(&line).map_err(Error::io("cannot write the ledger"))
}
