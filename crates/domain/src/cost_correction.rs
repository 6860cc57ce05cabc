//! A correction of what clicks cost: what was asked for, and what became of it.

use crate::{Actor, CostCorrectionId, Currency, Invalid, Money, Timestamp, Validator};
use serde::{Deserialize, Serialize};

/// A correction as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CostCorrection {
    /// Identity.
    pub id: CostCorrectionId,
    /// Who asked for it.
    pub created_by: Actor,
    /// The way it came.
    pub origin: CostOrigin,
    /// First moment of the clicks.
    pub from: Timestamp,
    /// First moment after.
    pub to: Timestamp,
    /// IANA name; days and hours of filters are those of this zone.
    pub timezone: String,
    /// Filters, JSON in the words of the API.
    pub filters: String,
    /// Which visits.
    pub bots: CostBots,
    /// Only clicks that were unique on their campaign.
    pub only_unique: bool,
    /// How the amount is meant.
    pub spread: CostSpread,
    /// What was asked for, ≥ 0.
    pub amount: Money,
    /// Its currency.
    pub currency: Currency,
    /// The same in the workspace's currency, at the rate that was in force in the last moment of the range.
    pub converted: Money,
    /// Whether what the clicks cost before stays.
    pub adds: bool,
    /// Free text.
    #[serde(default)]
    pub note: String,
    /// What the caller calls this request, so that it is not made twice; unique in the workspace.
    #[serde(default)]
    pub idempotency_key: Option<String>,
    /// What became of it.
    pub state: CostState,
    /// How many clicks it changed.
    #[serde(default)]
    pub clicks: u64,
    /// What they cost before.
    #[serde(default)]
    pub before: Money,
    /// What they cost after.
    #[serde(default)]
    pub after: Money,
    /// Its place among all corrections of the workspace; 0 while it waits.
    #[serde(default)]
    pub order: u64,
    /// When it was made.
    #[serde(default)]
    pub applied_at: Option<Timestamp>,
    /// When it was taken back.
    #[serde(default)]
    pub undone_at: Option<Timestamp>,
}

/// The way a correction came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostOrigin {
    /// One request.
    Api,
    /// A row of a file.
    File,
    /// A tool that speaks the language of another tracker.
    Tool,
}

/// Which visits a correction is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostBots {
    /// All.
    #[default]
    Include,
    /// People.
    Exclude,
    /// Machines.
    Only,
}

/// How an amount is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostSpread {
    /// Altogether.
    #[default]
    Total,
    /// For each click.
    PerClick,
}

/// What became of a correction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CostState {
    /// It is to be made.
    Waiting,
    /// It is in the reports.
    Applied,
    /// No click matched: nothing was changed, and the amount is in no report.
    Unmatched,
    /// It is to be taken back.
    Undoing,
    /// It was taken back.
    Undone,
}

impl CostState {
    /// Whether work is left.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Waiting | Self::Undoing)
    }
}

impl CostCorrection {
    /// Checks all but the filters, which only the report engine understands.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.require(self.from < self.to, "range.to", "must be after range.from");
        v.require(!self.amount.is_negative(), "amount", "must not be below 0");
        v.at_most("note", &self.note, 500);
        if let Some(key) = &self.idempotency_key {
            let fine = (1..=200).contains(&key.len()) && key.chars().all(|c| !c.is_control());
            v.require(fine, "idempotency_key", "must be 1 to 200 bytes without control characters");
        }
        v.finish()
    }
}
