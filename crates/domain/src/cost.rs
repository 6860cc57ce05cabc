//! What traffic costs: the models media buyers pay by.

use crate::{Money, Validator};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// How a campaign pays for its traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum CostModel {
    /// Nothing is known about cost.
    None,
    /// `amount` for every click.
    Cpc {
        /// Per click, ≥ 0.
        amount: Money,
    },
    /// `amount` for every thousand clicks.
    Cpm {
        /// Per thousand clicks, ≥ 0.
        amount: Money,
    },
    /// `amount` for every counted conversion.
    Cpa {
        /// Per conversion, ≥ 0.
        amount: Money,
    },
    /// `amount` for every lead, also once it is a sale.
    Cpl {
        /// Per lead, ≥ 0.
        amount: Money,
    },
    /// A share of the revenue.
    RevShare {
        /// 0–100 % of the revenue.
        percent: Percent,
    },
}

impl Default for CostModel {
    /// The default every tracker user expects: CPC with value 0.
    fn default() -> Self {
        Self::Cpc { amount: Money::ZERO }
    }
}

impl CostModel {
    /// Cost of one click, before a cost parameter overrides it.
    pub const fn per_click(&self) -> Money {
        match self {
            Self::Cpc { amount } => *amount,
            Self::Cpm { amount } => amount.div_round(1000),
            Self::None | Self::Cpa { .. } | Self::Cpl { .. } | Self::RevShare { .. } => Money::ZERO,
        }
    }

    /// Notes negative amounts and shares above 100 %.
    pub fn validate(&self, v: &mut Validator) {
        match self {
            Self::Cpc { amount } | Self::Cpm { amount } | Self::Cpa { amount } | Self::Cpl { amount } => {
                v.require(!amount.is_negative(), "amount", "must not be negative");
            }
            Self::RevShare { percent } => {
                v.require(percent.0 <= 1_000_000, "percent", "must be between 0 and 100")
            }
            Self::None => {}
        }
    }
}

/// A share in parts per million (`12.5` % is 125 000); text form is the percentage as a decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Percent(pub u32);

impl Percent {
    /// All of it.
    pub const HUNDRED: Self = Self(1_000_000);

    /// So many percent.
    pub const fn from_whole(percent: u16) -> Self {
        Self(percent as u32 * 10_000)
    }

    /// This share of `amount`, rounded half away from zero at nine decimals.
    pub const fn of(self, amount: Money) -> Money {
        amount.ratio(self.0 as i128, 1_000_000)
    }
}

impl fmt::Display for Percent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", Money::from_nanos(i128::from(self.0) * 100_000))
    }
}

impl FromStr for Percent {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let amount: Money = text.parse().map_err(|error| format!("{error}"))?;
        let nanos = amount.nanos();
        if nanos < 0 || nanos % 100_000 != 0 || nanos / 100_000 > i128::from(u32::MAX) {
            return Err("must be a percentage with at most four decimals, such as 12.5".to_owned());
        }
        Ok(Self((nanos / 100_000) as u32))
    }
}

impl Serialize for Percent {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            self.0.serialize(serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Percent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
        } else {
            u32::deserialize(deserializer).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_model_prices_a_click() {
        let money = |text: &str| text.parse::<Money>().unwrap();
        assert_eq!(CostModel::Cpm { amount: money("1.2345") }.per_click(), money("0.0012345"));
        assert_eq!(CostModel::Cpc { amount: money("0.05") }.per_click(), money("0.05"));
        let share = CostModel::RevShare { percent: "12.5".parse().unwrap() };
        for later in [CostModel::Cpa { amount: money("3") }, CostModel::Cpl { amount: money("3") }, share] {
            assert_eq!(later.per_click(), Money::ZERO);
        }
        assert_eq!("12.5".parse::<Percent>().unwrap().to_string(), "12.5");
    }
}
