//! The metrics: which sums they need and how they are computed from them.

mod table;

use super::Value;
use signalbox_domain::Money;
pub(crate) use table::{METRICS, find};

/// A column of the ledger that is summed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Sum {
    Clicks,
    UniqueCampaign,
    UniqueStream,
    UniqueWorkspace,
    Bots,
    LandingViews,
    LandingClicks,
    LandingHits,
    Trafficback,
    Conversions,
    Leads,
    Sales,
    Rejected,
    Trash,
    Rebills,
    Registrations,
    Deposits,
    Cost,
    Revenue,
    RevenueConfirmed,
    RevenueHold,
    RevenueRejected,
    ConvertMs,
    LandingMs,
}

impl Sum {
    /// The column.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Clicks => "clicks",
            Self::UniqueCampaign => "unique_campaign",
            Self::UniqueStream => "unique_stream",
            Self::UniqueWorkspace => "unique_workspace",
            Self::Bots => "bots",
            Self::LandingViews => "landing_views",
            Self::LandingClicks => "landing_clicks",
            Self::LandingHits => "landing_hits",
            Self::Trafficback => "trafficback",
            Self::Conversions => "conversions",
            Self::Leads => "leads",
            Self::Sales => "sales",
            Self::Rejected => "rejected",
            Self::Trash => "trash",
            Self::Rebills => "rebills",
            Self::Registrations => "registrations",
            Self::Deposits => "deposits",
            Self::Cost => "cost",
            Self::Revenue => "revenue",
            Self::RevenueConfirmed => "revenue_confirmed",
            Self::RevenueHold => "revenue_hold",
            Self::RevenueRejected => "revenue_rejected",
            Self::ConvertMs => "convert_ms",
            Self::LandingMs => "landing_ms",
        }
    }

    /// Whether the sum is money (read as units of 10⁻⁹).
    pub const fn is_money(self) -> bool {
        matches!(
            self,
            Self::Cost | Self::Revenue | Self::RevenueConfirmed | Self::RevenueHold | Self::RevenueRejected
        )
    }
}

/// Sums with signs, added up.
pub(crate) type Linear = &'static [(i8, Sum)];

/// How a metric comes out of the sums.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Compute {
    /// A count.
    Count(Linear),
    /// An amount.
    Amount(Linear),
    /// `100 × numerator / denominator`.
    Percent(Linear, Linear),
    /// `numerator / denominator`.
    Ratio(Linear, Linear),
    /// `factor × numerator (money) / denominator (count)`.
    MoneyPer(Linear, Linear, i128),
    /// `numerator (milliseconds) / denominator (count)` in seconds.
    Seconds(Linear, Linear),
}

/// A metric.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Metric {
    pub key: &'static str,
    pub title: &'static str,
    pub description: &'static str,
    pub formula: &'static str,
    pub decimals: u8,
    pub compute: Compute,
}

/// Decimals a quotient that is not money keeps.
const DECIMALS: u32 = 6;
const ONE: i128 = 10_i128.pow(DECIMALS);

impl Metric {
    /// The sums it needs.
    pub fn sums(&self) -> impl Iterator<Item = Sum> {
        let (first, second): (Linear, Linear) = match self.compute {
            Compute::Count(sums) | Compute::Amount(sums) => (sums, &[]),
            Compute::Percent(num, den) | Compute::Ratio(num, den) | Compute::Seconds(num, den) => (num, den),
            Compute::MoneyPer(num, den, _) => (num, den),
        };
        first.iter().chain(second).map(|(_, sum)| *sum)
    }

    /// Its value; `sum` gives a sum, money in units of 10⁻⁹.
    pub fn value(&self, sum: impl Fn(Sum) -> i128) -> Value {
        let add = |linear: Linear| linear.iter().map(|(sign, of)| i128::from(*sign) * sum(*of)).sum::<i128>();
        match self.compute {
            Compute::Count(of) => Value::Count(i64::try_from(add(of)).unwrap_or(i64::MAX)),
            Compute::Amount(of) => Value::Money(Money::from_nanos(add(of))),
            Compute::Percent(num, den) => number(divide(add(num), 100 * ONE, add(den))),
            Compute::Ratio(num, den) => number(divide(add(num), ONE, add(den))),
            Compute::Seconds(num, den) => number(divide(add(num), ONE / 1_000, add(den))),
            Compute::MoneyPer(num, den, factor) => match divide(add(num), factor, add(den)) {
                Some(nanos) => Value::Money(Money::from_nanos(nanos)),
                None => Value::Null,
            },
        }
    }

    /// An SQL expression that orders rows as the value does; `alias` names the sum. Null where the value is null.
    pub fn order_sql(&self, alias: impl Fn(Sum) -> String) -> String {
        let add = |linear: Linear| {
            let terms: Vec<String> = linear
                .iter()
                .map(|(sign, of)| format!("{} {}", if *sign < 0 { '-' } else { '+' }, alias(*of)))
                .collect();
            format!("(0 {})", terms.join(" "))
        };
        match self.compute {
            Compute::Count(of) | Compute::Amount(of) => add(of),
            Compute::Percent(num, den)
            | Compute::Ratio(num, den)
            | Compute::Seconds(num, den)
            | Compute::MoneyPer(num, den, _) => {
                let (num, den) = (add(num), add(den));
                format!("if({den} = 0, NULL, toFloat64({num}) / toFloat64({den}))")
            }
        }
    }
}

/// `numerator × factor / denominator`, rounded half away from zero; `None` when there is no such number.
fn divide(numerator: i128, factor: i128, denominator: i128) -> Option<i128> {
    if denominator == 0 {
        return None;
    }
    let product = numerator.saturating_mul(factor);
    let (quotient, rest) = (product / denominator, product % denominator);
    let away = if (product < 0) == (denominator < 0) { 1 } else { -1 };
    let round = rest.unsigned_abs() >= denominator.unsigned_abs() - rest.unsigned_abs();
    Some(if rest != 0 && round { quotient + away } else { quotient })
}

/// A decimal number of units of 10⁻⁶, without trailing zeros.
fn number(units: Option<i128>) -> Value {
    let Some(units) = units else { return Value::Null };
    let sign = if units < 0 { "-" } else { "" };
    let (whole, fraction) = (units.unsigned_abs() / ONE as u128, units.unsigned_abs() % ONE as u128);
    let fraction = format!("{fraction:06}");
    let fraction = fraction.trim_end_matches('0');
    Value::Number(if fraction.is_empty() {
        format!("{sign}{whole}")
    } else {
        format!("{sign}{whole}.{fraction}")
    })
}

#[cfg(test)]
mod tests;
