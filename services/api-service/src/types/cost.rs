//! Cost models and payouts on the wire.

use super::{ConversionStatus, Money, Percent};
use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

/// How a campaign pays for its traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "model", rename_all = "snake_case", deny_unknown_fields)]
pub enum CostModel {
    /// Nothing is known about cost.
    None,
    /// `amount` for every click.
    Cpc {
        /// Per click, ≥ 0.
        #[schema(value_type = Money)]
        amount: domain::Money,
    },
    /// `amount` for every thousand clicks.
    Cpm {
        /// Per thousand clicks, ≥ 0.
        #[schema(value_type = Money)]
        amount: domain::Money,
    },
    /// `amount` for every counted conversion.
    Cpa {
        /// Per conversion, ≥ 0.
        #[schema(value_type = Money)]
        amount: domain::Money,
    },
    /// `amount` for every lead, also once it is a sale.
    Cpl {
        /// Per lead, ≥ 0.
        #[schema(value_type = Money)]
        amount: domain::Money,
    },
    /// A share of the revenue.
    RevShare {
        /// 0–100 % of the revenue.
        #[schema(value_type = Percent)]
        percent: domain::Percent,
    },
}

/// What a conversion pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Payout {
    /// What the postback says.
    Auto,
    /// Always this amount, whatever the postback says.
    Fixed {
        /// Per conversion, ≥ 0.
        #[schema(value_type = Money)]
        amount: domain::Money,
    },
}

impl Default for CostModel {
    fn default() -> Self {
        domain::CostModel::default().into()
    }
}

/// What conversions of some statuses or countries pay. Of several rules the first that applies counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PayoutRule {
    /// Statuses it is about; empty: all but events.
    #[serde(default)]
    pub statuses: Vec<ConversionStatus>,
    /// Countries of the click it is about, two letters each; empty: all.
    #[serde(default)]
    #[schema(example = json!(["DE", "AT"]))]
    pub countries: Vec<String>,
    /// What such a conversion pays.
    pub payout: Payout,
}

impl From<PayoutRule> for domain::PayoutRule {
    fn from(rule: PayoutRule) -> Self {
        Self {
            statuses: rule.statuses.into_iter().map(Into::into).collect(),
            countries: rule.countries.iter().map(|it| it.trim().to_ascii_uppercase()).collect(),
            payout: rule.payout.into(),
        }
    }
}

impl From<domain::PayoutRule> for PayoutRule {
    fn from(rule: domain::PayoutRule) -> Self {
        Self {
            statuses: rule.statuses.into_iter().map(Into::into).collect(),
            countries: rule.countries,
            payout: rule.payout.into(),
        }
    }
}

impl Default for Payout {
    fn default() -> Self {
        domain::Payout::default().into()
    }
}

impl From<CostModel> for domain::CostModel {
    fn from(model: CostModel) -> Self {
        match model {
            CostModel::None => Self::None,
            CostModel::Cpc { amount } => Self::Cpc { amount },
            CostModel::Cpm { amount } => Self::Cpm { amount },
            CostModel::Cpa { amount } => Self::Cpa { amount },
            CostModel::Cpl { amount } => Self::Cpl { amount },
            CostModel::RevShare { percent } => Self::RevShare { percent },
        }
    }
}

impl From<domain::CostModel> for CostModel {
    fn from(model: domain::CostModel) -> Self {
        match model {
            domain::CostModel::None => Self::None,
            domain::CostModel::Cpc { amount } => Self::Cpc { amount },
            domain::CostModel::Cpm { amount } => Self::Cpm { amount },
            domain::CostModel::Cpa { amount } => Self::Cpa { amount },
            domain::CostModel::Cpl { amount } => Self::Cpl { amount },
            domain::CostModel::RevShare { percent } => Self::RevShare { percent },
        }
    }
}

impl From<Payout> for domain::Payout {
    fn from(payout: Payout) -> Self {
        match payout {
            Payout::Auto => Self::Auto,
            Payout::Fixed { amount } => Self::Fixed { amount },
        }
    }
}

impl From<domain::Payout> for Payout {
    fn from(payout: domain::Payout) -> Self {
        match payout {
            domain::Payout::Auto => Self::Auto,
            domain::Payout::Fixed { amount } => Self::Fixed { amount },
        }
    }
}
