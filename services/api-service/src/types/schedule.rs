//! Schedules on the wire.

use super::Timezone;
use serde::{Deserialize, Serialize};
use signalbox_domain as domain;
use utoipa::ToSchema;

/// When something takes traffic. Everything is local time of `timezone`; an empty schedule is always open.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Schedule {
    /// Timezone; the workspace's when absent.
    #[serde(default)]
    #[schema(value_type = Option<Timezone>)]
    pub timezone: Option<String>,
    /// First moment, `YYYY-MM-DD` or `YYYY-MM-DDTHH:MM`.
    #[serde(default)]
    #[schema(example = "2026-12-01T09:30")]
    pub from: Option<String>,
    /// First moment that is closed again, in the same form; a date alone means the end of that day.
    #[serde(default)]
    #[schema(example = "2026-12-24")]
    pub until: Option<String>,
    /// Open times of the week; empty: all of it.
    #[serde(default)]
    pub weekly: Vec<WeeklySlot>,
}

/// Open on these days between these times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WeeklySlot {
    /// `mon` to `sun`; the day on which a slot over midnight begins.
    #[schema(example = json!(["mon", "tue"]))]
    pub days: Vec<String>,
    /// `HH:MM-HH:MM`, the second exclusive; may cross midnight.
    #[schema(example = "09:00-17:30")]
    pub time: String,
}

impl From<Schedule> for domain::Schedule {
    fn from(schedule: Schedule) -> Self {
        let Schedule { timezone, from, until, weekly } = schedule;
        let slot = |WeeklySlot { days, time }| domain::WeeklySlot { days, time };
        Self { timezone, from, until, weekly: weekly.into_iter().map(slot).collect() }
    }
}

impl From<domain::Schedule> for Schedule {
    fn from(schedule: domain::Schedule) -> Self {
        let domain::Schedule { timezone, from, until, weekly } = schedule;
        let slot = |domain::WeeklySlot { days, time }| WeeklySlot { days, time };
        Self { timezone, from, until, weekly: weekly.into_iter().map(slot).collect() }
    }
}
