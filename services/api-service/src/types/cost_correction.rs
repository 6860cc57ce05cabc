//! Corrections of costs on the wire.

use super::{Condition, Currency, Id, Money, Range, Time, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_catalog::Stored;
use signalbox_domain::{self as domain, CostCorrectionId};
use utoipa::ToSchema;

api_enum! {
    /// Which visits a correction is about.
    #[derive(Default)]
    CostBots from domain::CostBots {
        /// All.
        Include,
        /// People.
        #[default]
        Exclude,
        /// Machines.
        Only,
    }
}

api_enum! {
    /// How an amount is meant.
    #[derive(Default)]
    CostSpread from domain::CostSpread {
        /// Altogether: spread evenly over the clicks, exactly to the nano unit.
        #[default]
        Total,
        /// For each click.
        PerClick,
    }
}

api_enum! {
    /// The way a correction came.
    CostOrigin from domain::CostOrigin {
        /// One request.
        Api,
        /// A row of a file.
        File,
        /// A tool that speaks the language of another tracker.
        Tool,
    }
}

api_enum! {
    /// What became of a correction.
    CostState from domain::CostState {
        /// It is about to be made.
        Waiting,
        /// It is in the reports.
        Applied,
        /// No click matched: nothing was changed, and the amount is in no report.
        Unmatched,
        /// It is about to be taken back.
        Undoing,
        /// It was taken back.
        Undone,
    }
}

/// What becomes of the cost that the clicks have already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CostMode {
    /// It is replaced: afterwards the clicks cost the amount.
    #[default]
    Replace,
    /// The amount comes on top.
    Add,
}

/// A correction of costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostCorrection {
    /// Identity.
    #[schema(value_type = Id)]
    pub id: CostCorrectionId,
    /// When it was asked for.
    pub created_at: Time,
    /// The way it came.
    pub origin: CostOrigin,
    /// First moment of the clicks.
    pub from: Time,
    /// First moment after.
    pub to: Time,
    /// Timezone of days and hours.
    #[schema(value_type = Timezone)]
    pub timezone: String,
    /// What else the clicks had to be.
    pub filters: Vec<Condition>,
    /// Which visits.
    pub bots: CostBots,
    /// Only clicks that were unique on their campaign.
    pub only_unique: bool,
    /// How the amount is meant.
    pub spread: CostSpread,
    /// How much.
    #[schema(value_type = Money)]
    pub amount: domain::Money,
    /// In which currency.
    #[schema(value_type = Currency)]
    pub currency: domain::Currency,
    /// The same in the workspace's currency.
    #[schema(value_type = Money)]
    pub converted: domain::Money,
    /// Whether the cost was replaced or added to.
    pub mode: CostMode,
    /// Free text.
    pub note: String,
    /// What became of it.
    pub state: CostState,
    /// How many clicks it changed.
    pub clicks: u64,
    /// What they cost before.
    #[schema(value_type = Money)]
    pub before: domain::Money,
    /// What they cost after.
    #[schema(value_type = Money)]
    pub after: domain::Money,
    /// When it was made.
    pub applied_at: Option<Time>,
    /// When it was taken back.
    pub undone_at: Option<Time>,
}

impl From<Stored<domain::CostCorrection>> for CostCorrection {
    fn from(stored: Stored<domain::CostCorrection>) -> Self {
        let value = stored.value;
        Self {
            id: value.id,
            created_at: stored.created_at.into(),
            origin: value.origin.into(),
            from: value.from.into(),
            to: value.to.into(),
            timezone: value.timezone,
            filters: serde_json::from_str(&value.filters).unwrap_or_default(),
            bots: value.bots.into(),
            only_unique: value.only_unique,
            spread: value.spread.into(),
            amount: value.amount,
            currency: value.currency,
            converted: value.converted,
            mode: if value.adds { CostMode::Add } else { CostMode::Replace },
            note: value.note,
            state: value.state.into(),
            clicks: value.clicks,
            before: value.before,
            after: value.after,
            applied_at: value.applied_at.map(Into::into),
            undone_at: value.undone_at.map(Into::into),
        }
    }
}

/// A correction to be made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostCorrectionInput {
    /// Which clicks, by their time; at most 400 days.
    pub range: Range,
    /// Timezone of days and hours; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// What else the clicks have to be: any dimension that is known when a click comes in.
    #[serde(default)]
    pub filters: Vec<Condition>,
    /// Which visits.
    #[serde(default)]
    #[schema(default = "exclude")]
    pub bots: CostBots,
    /// Only clicks that were unique on their campaign.
    #[serde(default)]
    pub only_unique: bool,
    /// How the amount is meant.
    #[serde(default)]
    #[schema(default = "total")]
    pub spread: CostSpread,
    /// How much, ≥ 0.
    #[schema(value_type = Money)]
    pub amount: domain::Money,
    /// In which currency; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Whether the cost is replaced or added to.
    #[serde(default)]
    #[schema(default = "replace")]
    pub mode: CostMode,
    /// Free text.
    #[serde(default)]
    pub note: String,
    /// A name for this request of the caller's own: repeated, it answers with the correction that was made and makes no other.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

/// What a correction would change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostPreview {
    /// How many clicks match.
    pub clicks: u64,
    /// What they cost now.
    #[schema(value_type = Money)]
    pub before: domain::Money,
    /// What they would cost.
    #[schema(value_type = Money)]
    pub after: domain::Money,
}

/// A file of corrections.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CostFileInput {
    /// The text: a line of column names, then a correction in each line; separated by comma, semicolon or tab. Columns: `date`, or
    /// `from` and `to`; `cost`; any dimension, such as `campaign` (id, link name or name) or `sub_id_1`; `currency`, `timezone`, `spread`, `mode`,
    /// `bots`, `only_unique`, `note`.
    #[schema(example = "date;campaign;sub_id_1;cost\n2026-05-01;summer;zone-1;12.50")]
    pub text: String,
    /// Timezone of lines that name none; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// Currency of lines that name none; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Currency>)]
    pub currency: Option<domain::Currency>,
    /// Which visits, for lines that do not say.
    #[serde(default)]
    pub bots: CostBots,
    /// A name for this file of the caller's own; needed to import, so that a repeated import makes nothing twice.
    #[serde(default)]
    pub idempotency_key: Option<String>,
}

/// What becomes of a line of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostFileRow {
    /// Number of the line, counted from 1 with the line of names.
    pub line: u32,
    /// What is wrong with it, by column; empty: nothing.
    pub errors: Vec<CostFileError>,
    /// What it would change (preview).
    pub preview: Option<CostPreview>,
    /// The correction that was made of it (import).
    pub correction: Option<CostCorrection>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostFileError {
    /// The column.
    pub field: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

/// What becomes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostFileReport {
    /// Its lines in order.
    pub rows: Vec<CostFileRow>,
    /// Lines that are understood.
    pub good: u32,
    /// Lines that are not.
    pub bad: u32,
}
