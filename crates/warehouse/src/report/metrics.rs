//! The metrics: which sums they need and how they are computed from them.

mod table;

use super::Value;
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Zero;
use signalbox_domain::Money;
use std::borrow::Cow;
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
    EmptyReferrers,
    RevenueLeads,
    RevenueSales,
    RevenueRebills,
    RevenueRegistrations,
    RevenueDeposits,
    CostConversions,
    CostCorrections,
    /// Of the values of one event, 1–30.
    Event(u8),
}

impl Sum {
    /// Its name: one for each sum.
    pub fn name(self) -> Cow<'static, str> {
        match self {
            Self::Event(number) => Cow::Owned(format!("event_{number}")),
            other => Cow::Borrowed(other.column()),
        }
    }

    /// The column, or a name of its own when only some rows count.
    const fn column(self) -> &'static str {
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
            Self::EmptyReferrers => "empty_referrers",
            Self::RevenueLeads => "revenue_leads",
            Self::RevenueSales => "revenue_sales",
            Self::RevenueRebills => "revenue_rebills",
            Self::RevenueRegistrations => "revenue_registrations",
            Self::RevenueDeposits => "revenue_deposits",
            Self::CostConversions => "cost_conversions",
            Self::CostCorrections => "cost_corrections",
            Self::Event(_) => "event_value",
        }
    }

    /// The column that is summed and the rows of which it is; empty: of all.
    const fn source(self) -> (&'static str, &'static str) {
        match self {
            Self::EmptyReferrers => ("clicks", "facts.referrer_domain = ''"),
            Self::RevenueLeads => ("revenue", "facts.status = 'lead'"),
            Self::RevenueSales => ("revenue", "facts.status = 'sale'"),
            Self::RevenueRebills => ("revenue", "facts.status = 'rebill'"),
            Self::RevenueRegistrations => ("revenue", "facts.status = 'registration'"),
            Self::RevenueDeposits => ("revenue", "facts.status = 'deposit'"),
            Self::CostConversions => ("cost", "facts.kind = 'conversion'"),
            Self::CostCorrections => ("cost", "facts.kind = 'cost'"),
            other => (other.column(), ""),
        }
    }

    /// The sum as SQL over the ledger.
    pub fn sql(self) -> String {
        if let Self::Event(number) = self {
            return format!("sumIf(facts.event_value, facts.event = {number})");
        }
        match self.source() {
            (column, "") => format!("sum(facts.{column})"),
            (column, rows) => format!("sumIf(facts.{column}, {rows})"),
        }
    }

    /// Whether the sum is a decimal number, read as units of 10⁻⁹: money and the values of events.
    pub const fn is_decimal(self) -> bool {
        matches!(
            self,
            Self::Cost
                | Self::Revenue
                | Self::RevenueConfirmed
                | Self::RevenueHold
                | Self::RevenueRejected
                | Self::RevenueLeads
                | Self::RevenueSales
                | Self::RevenueRebills
                | Self::RevenueRegistrations
                | Self::RevenueDeposits
                | Self::CostConversions
                | Self::CostCorrections
                | Self::Event(_)
        )
    }
}

/// All sums but those of events.
#[cfg(test)]
pub(crate) const ALL_SUMS: [Sum; 32] = [
    Sum::Clicks,
    Sum::UniqueCampaign,
    Sum::UniqueStream,
    Sum::UniqueWorkspace,
    Sum::Bots,
    Sum::LandingViews,
    Sum::LandingClicks,
    Sum::LandingHits,
    Sum::Trafficback,
    Sum::Conversions,
    Sum::Leads,
    Sum::Sales,
    Sum::Rejected,
    Sum::Trash,
    Sum::Rebills,
    Sum::Registrations,
    Sum::Deposits,
    Sum::Cost,
    Sum::Revenue,
    Sum::RevenueConfirmed,
    Sum::RevenueHold,
    Sum::RevenueRejected,
    Sum::ConvertMs,
    Sum::LandingMs,
    Sum::EmptyReferrers,
    Sum::RevenueLeads,
    Sum::RevenueSales,
    Sum::RevenueRebills,
    Sum::RevenueRegistrations,
    Sum::RevenueDeposits,
    Sum::CostConversions,
    Sum::CostCorrections,
];

/// Sums with signs, added up.
pub(crate) type Linear = &'static [(i8, Sum)];

/// How a metric comes out of the sums.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Compute {
    /// A count.
    Count(Linear),
    /// An amount.
    Amount(Linear),
    /// A decimal number that is no money.
    Number(Linear),
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
/// Units of a stored decimal number in one.
const NANOS: i128 = 1_000_000_000;

impl Metric {
    /// Whether its value is a count.
    pub const fn is_count(&self) -> bool {
        matches!(self.compute, Compute::Count(_))
    }

    /// Whether its value is money.
    pub const fn is_money(&self) -> bool {
        matches!(self.compute, Compute::Amount(_) | Compute::MoneyPer(..))
    }

    /// Whether nothing is divided.
    pub const fn is_sum(&self) -> bool {
        matches!(self.compute, Compute::Count(_) | Compute::Amount(_) | Compute::Number(_))
    }

    /// The sums it needs.
    pub fn sums(&self) -> impl Iterator<Item = Sum> {
        let (first, second): (Linear, Linear) = match self.compute {
            Compute::Count(sums) | Compute::Amount(sums) | Compute::Number(sums) => (sums, &[]),
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
            Compute::Number(of) => number(divide(add(of), ONE, NANOS)),
            Compute::Percent(num, den) => number(divide(add(num), 100 * ONE, add(den))),
            Compute::Ratio(num, den) => number(divide(add(num), ONE, add(den))),
            Compute::Seconds(num, den) => number(divide(add(num), ONE / 1_000, add(den))),
            Compute::MoneyPer(num, den, factor) => match divide(add(num), factor, add(den)) {
                Some(nanos) => Value::Money(Money::from_nanos(nanos)),
                None => Value::Null,
            },
        }
    }

    /// Its exact value in plain units: whole units of money, seconds, per cent. `None` when the denominator is zero.
    pub fn fraction(&self, sum: &dyn Fn(Sum) -> i128) -> Option<BigRational> {
        let add = |linear: Linear| -> BigInt {
            linear.iter().map(|(sign, of)| BigInt::from(*sign) * BigInt::from(sum(*of))).sum()
        };
        let nanos = BigInt::from(NANOS);
        let (numerator, denominator) = match self.compute {
            Compute::Count(of) => (add(of), BigInt::from(1)),
            Compute::Amount(of) | Compute::Number(of) => (add(of), nanos),
            Compute::Percent(num, den) => (add(num) * 100, add(den)),
            Compute::Ratio(num, den) => (add(num), add(den)),
            Compute::Seconds(num, den) => (add(num), add(den) * 1_000),
            Compute::MoneyPer(num, den, factor) => (add(num) * BigInt::from(factor), add(den) * nanos),
        };
        (!denominator.is_zero()).then(|| BigRational::new(numerator, denominator))
    }

    /// SQL of about the same value; null where there is none.
    pub fn units_sql(&self, alias: impl Fn(Sum) -> String) -> String {
        let (times, by) = match self.compute {
            Compute::Percent(..) => (100, 1),
            Compute::Seconds(..) => (1, 1_000),
            Compute::MoneyPer(_, _, factor) => (factor, 1),
            Compute::Count(_) | Compute::Amount(_) | Compute::Number(_) | Compute::Ratio(..) => {
                return self.order_sql(alias);
            }
        };
        format!("({} * {times} / {by})", self.order_sql(alias))
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
            Compute::Count(of) | Compute::Amount(of) | Compute::Number(of) => add(of),
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

/// A fraction as a decimal number with at most six decimals, rounded half away from zero.
pub(crate) fn decimal(value: &BigRational) -> Value {
    let rounded = (value * BigInt::from(ONE)).round().to_integer();
    let digits = format!("{:0>7}", rounded.magnitude().to_string());
    let (whole, fraction) = digits.split_at(digits.len() - DECIMALS as usize);
    let sign = if rounded < BigInt::zero() { "-" } else { "" };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Value::Number(format!("{sign}{whole}{point}{fraction}"))
}

/// A fraction as money, rounded half away from zero at nine decimals; null beyond what money can hold.
pub(crate) fn money(value: &BigRational) -> Value {
    let nanos = (value * BigInt::from(NANOS)).round().to_integer();
    i128::try_from(nanos).map_or(Value::Null, |nanos| Value::Money(Money::from_nanos(nanos)))
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
