//! Caps on the wire.

use super::{Money, Timezone};
use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

api_enum! {
    /// What a cap counts. Clicks of machines are never counted; refunds and rejections take conversions and revenue back.
    Measure from domain::Measure {
        /// Clicks that were sent there; for a destination behind a landing page, visitors that went on to it.
        Clicks,
        /// Conversions that count, by the time they were reported.
        Conversions,
        /// Cost in the workspace's currency.
        Cost,
        /// Revenue in the workspace's currency, by the time it was reported.
        Revenue,
    }
}

/// Over which time a cap counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum CapPeriod {
    /// The running hour of the clock in the cap's timezone.
    Hour,
    /// The running day in the cap's timezone, 23 to 25 hours where clocks change.
    Day,
    /// For ever.
    Total,
    /// The last hours up to now, to the quarter of an hour.
    Rolling {
        /// 1–744.
        #[schema(minimum = 1, maximum = 744)]
        hours: u16,
    },
}

/// A limit. Reached when what was counted is at least the limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// What is counted.
    pub measure: Measure,
    /// Over which time.
    pub period: CapPeriod,
    /// A whole number of clicks or conversions, or an amount in the workspace's currency; more than 0.
    #[schema(value_type = Money)]
    pub limit: domain::Money,
    /// Timezone of hour and day; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
}

impl From<CapPeriod> for domain::CapPeriod {
    fn from(period: CapPeriod) -> Self {
        match period {
            CapPeriod::Hour => Self::Hour,
            CapPeriod::Day => Self::Day,
            CapPeriod::Total => Self::Total,
            CapPeriod::Rolling { hours } => Self::Rolling { hours },
        }
    }
}

impl From<domain::CapPeriod> for CapPeriod {
    fn from(period: domain::CapPeriod) -> Self {
        match period {
            domain::CapPeriod::Hour => Self::Hour,
            domain::CapPeriod::Day => Self::Day,
            domain::CapPeriod::Total => Self::Total,
            domain::CapPeriod::Rolling { hours } => Self::Rolling { hours },
        }
    }
}

impl From<Cap> for domain::Cap {
    fn from(cap: Cap) -> Self {
        let Cap { measure, period, limit, timezone } = cap;
        Self { measure: measure.into(), period: period.into(), limit, timezone }
    }
}

impl From<domain::Cap> for Cap {
    fn from(cap: domain::Cap) -> Self {
        let domain::Cap { measure, period, limit, timezone } = cap;
        Self { measure: measure.into(), period: period.into(), limit, timezone }
    }
}

/// The domain's caps.
pub(super) fn caps_in(caps: Vec<Cap>) -> Vec<domain::Cap> {
    caps.into_iter().map(Into::into).collect()
}

/// The caps that are shown.
pub(super) fn caps_out(caps: Vec<domain::Cap>) -> Vec<Cap> {
    caps.into_iter().map(Into::into).collect()
}
