//! The tenant: everything else belongs to exactly one.

use crate::{Currency, Invalid, Money, Validator, WorkspaceId};
use serde::{Deserialize, Serialize};

/// A tenant with its currency and timezone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workspace {
    /// Identity.
    pub id: WorkspaceId,
    /// Shown name.
    pub name: String,
    /// Currency of all reported amounts.
    pub currency: Currency,
    /// IANA name that reports and schedules use when nothing else is asked for.
    pub timezone: String,
    /// What one unit of another currency is worth in the workspace's.
    #[serde(default)]
    pub rates: Vec<CurrencyRate>,
}

/// What one unit of a currency is worth in the workspace's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyRate {
    /// The other currency.
    pub currency: Currency,
    /// Worth of one unit, > 0, nine decimals.
    pub rate: Money,
}

impl Workspace {
    /// Checks name and timezone.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        validate_timezone(&mut v, "timezone", &self.timezone);
        v.require(self.rates.len() <= 200, "rates", "has more than 200 currencies");
        for (index, rate) in self.rates.iter().enumerate() {
            v.within(&format!("rates[{index}]"), |v| {
                v.require(rate.rate > Money::ZERO, "rate", "must be above 0");
                v.require(rate.currency != self.currency, "currency", "is the workspace's own currency");
                v.require(
                    !self.rates[..index].iter().any(|other| other.currency == rate.currency),
                    "currency",
                    "is listed twice",
                );
            });
        }
        v.finish()
    }

    /// `amount` of `currency` in the workspace's currency, rounded at nine decimals; `None` when no rate is known.
    pub fn convert(&self, amount: Money, currency: Currency) -> Option<Money> {
        if currency == self.currency {
            return Some(amount);
        }
        let rate = self.rates.iter().find(|rate| rate.currency == currency)?;
        Some(amount.ratio(rate.rate.nanos(), 1_000_000_000))
    }
}

/// Requires an IANA timezone name known to this build.
pub fn validate_timezone(v: &mut Validator, field: &str, name: &str) {
    v.require(
        jiff::tz::TimeZone::get(name).is_ok(),
        field,
        format!("{name:?} is not an IANA timezone such as Europe/Berlin or UTC"),
    );
}
