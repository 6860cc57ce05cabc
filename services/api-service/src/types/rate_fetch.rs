//! Exchange rates that are fetched, on the wire.

use super::{Currency, Time};
use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

/// What rates are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum RateFeed {
    /// The daily reference rates of the European Central Bank, `eurofxref-daily.xml`.
    Ecb {
        /// Another address of the same file; empty: the bank's own.
        #[serde(default)]
        mirror: String,
    },
    /// A JSON document that says what one unit of a base currency is worth in others.
    Json {
        /// Its address; kept sealed, shown to admins.
        #[schema(example = "https://rates.example.com/latest?app_id=…")]
        url: String,
        /// The base: a currency, or a JSON pointer to one.
        #[schema(example = "/base")]
        base: String,
        /// JSON pointer to the object with a number for each currency; empty: the document itself.
        #[schema(example = "/rates")]
        rates: String,
    },
}

/// How exchange rates are fetched, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RateFetch {
    /// Raised by each write; sent back with a replacement. 0: nothing was ever set, and nothing is fetched.
    pub version: u64,
    /// Whether they are fetched.
    pub active: bool,
    /// From where; absent when nothing was ever set, or this node has not the key it is sealed with.
    pub feed: Option<RateFeed>,
    /// Whose rates are wanted.
    #[schema(value_type = Vec<Currency>)]
    pub currencies: Vec<domain::Currency>,
    /// Time of day in the workspace's timezone from which on the rates of a day are asked for.
    #[schema(example = "17:00")]
    pub time: String,
    /// What became of it; not read back.
    pub outcome: RateFetchOutcome,
}

/// What became of fetching.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RateFetchOutcome {
    /// When rates were last fetched.
    pub succeeded_at: Option<Time>,
    /// The day they were of.
    #[schema(example = "2026-11-20")]
    pub rates_of: Option<String>,
    /// How many of them were new or other than before.
    pub changed: u32,
    /// What was not taken of them and why, a sentence each.
    pub refused: Vec<String>,
    /// Attempts that failed since then.
    pub failures: u32,
    /// Why the last one failed; empty when none did.
    pub error: String,
    /// When it failed.
    pub failed_at: Option<Time>,
    /// When it is tried again.
    pub next_try_at: Option<Time>,
    /// Whether it is about to be tried because somebody asked for it.
    pub wished: bool,
}

/// How exchange rates are to be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateFetchInput {
    /// Version that was read.
    #[serde(default)]
    pub version: Option<u64>,
    /// Whether they are fetched.
    pub active: bool,
    /// From where.
    pub feed: RateFeed,
    /// Whose rates are wanted: at most 30. The workspace's own currency means nothing here.
    #[schema(value_type = Vec<Currency>)]
    pub currencies: Vec<domain::Currency>,
    /// Time of day in the workspace's timezone from which on the rates of a day are asked for. The European Central Bank publishes at
    /// about 16:00 of its time.
    #[schema(example = "17:00")]
    pub time: String,
}

impl From<RateFeed> for domain::RateFeed {
    fn from(feed: RateFeed) -> Self {
        match feed {
            RateFeed::Ecb { mirror } => Self::Ecb { mirror },
            RateFeed::Json { url, base, rates } => Self::Json { url, base, rates },
        }
    }
}

impl From<domain::RateFeed> for RateFeed {
    fn from(feed: domain::RateFeed) -> Self {
        match feed {
            domain::RateFeed::Ecb { mirror } => Self::Ecb { mirror },
            domain::RateFeed::Json { url, base, rates } => Self::Json { url, base, rates },
        }
    }
}
