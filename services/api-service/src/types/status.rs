//! How a destination stands at this moment, on the wire.

use super::{Cap, Id, Money, OutReason, Time};
use serde::Serialize;
use signalbox_domain::{self as domain, DestinationId};
use utoipa::ToSchema;

/// How a destination stands at this moment, as far as services have told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DestinationStatus {
    /// The destination.
    #[schema(value_type = Id)]
    pub destination_id: DestinationId,
    /// Whether it takes traffic now: its state, schedule, caps, health and loss rule together.
    pub takes_traffic: bool,
    /// Why it is out of rotation by itself; absent when it is not.
    pub out: Option<OutReason>,
    /// Whether its schedule is open now.
    pub open: bool,
    /// What its health check found; absent when it has none, or was not asked yet.
    pub health: Option<HealthStatus>,
    /// Its caps, in order, and how much of each is used.
    pub caps: Vec<CapUsage>,
    /// What its loss rule sees; absent when it has none.
    pub loss: Option<LossStatus>,
    /// What was counted for it at all; absent when nothing has to be counted.
    pub ever: Option<Counts>,
}

/// What a health check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct HealthStatus {
    /// Whether it answers.
    pub up: bool,
    /// Since when that is so.
    pub since: Time,
    /// When it was asked last.
    pub checked_at: Time,
    /// Failures in a row.
    pub failures: u32,
    /// What was wrong at the last failure; absent when there was none.
    pub last_error: Option<String>,
}

/// A cap and how much of it is used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CapUsage {
    /// The cap.
    pub cap: Cap,
    /// What was counted since then.
    #[schema(value_type = Money)]
    pub counted: domain::Money,
    /// Since when; absent: since ever.
    pub since: Option<Time>,
    /// Whether it is reached.
    pub reached: bool,
}

/// What a loss rule sees.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LossStatus {
    /// What was counted in its window.
    pub counts: Counts,
    /// Whether it takes the destination out of rotation.
    pub out: bool,
}

/// What was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Counts {
    /// Clicks.
    pub clicks: i64,
    /// Conversions that count.
    pub conversions: i64,
    /// Cost in the workspace's currency.
    #[schema(value_type = Money)]
    pub cost: domain::Money,
    /// Revenue in the workspace's currency.
    #[schema(value_type = Money)]
    pub revenue: domain::Money,
}

impl From<&domain::Tally> for Counts {
    fn from(tally: &domain::Tally) -> Self {
        Self {
            clicks: tally.clicks,
            conversions: tally.conversions,
            cost: tally.cost,
            revenue: tally.revenue,
        }
    }
}
