//! What a click costs: the campaign's model, or the cost parameter of the source.

use crate::{CompiledCampaign, MappedParams};
use signalbox_domain::{CostModel, Currency, Money, Percent};

/// What a conversion of the click will cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CostOnConversion {
    /// Nothing.
    #[default]
    None,
    /// CPA: this much for each counted conversion, in the currency of the click's cost.
    PerConversion(Money),
    /// RevShare: this part of its revenue.
    RevenueShare(Percent),
    /// CPL: this much for each lead, in the currency of the click's cost.
    PerLead(Money),
}

/// Cost of one click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickCost {
    /// Cost of the click, ≥ 0, in `currency`.
    pub amount: Money,
    /// The workspace's currency; the original one when the workspace has no rate for it.
    pub currency: Currency,
    /// What a conversion will cost, in `currency`.
    pub on_conversion: CostOnConversion,
    /// A cost parameter came that is no amount (or negative, or a token the source did not replace): the model's cost was taken.
    pub rejected_parameter: bool,
    /// The workspace has no rate for the original currency.
    pub unconverted: bool,
}

impl CompiledCampaign {
    /// Cost of a click with these parameters.
    pub fn click_cost(&self, params: &MappedParams<'_>) -> ClickCost {
        let sent = if self.cost_from_parameter { params.cost } else { "" };
        let parsed = parse_amount(sent);
        let (amount, currency) = match parsed {
            Some(amount) => (amount, self.parameter_currency(params)),
            None => (self.cost.per_click(), self.currency),
        };
        let per_conversion = match self.cost {
            CostModel::Cpa { amount } | CostModel::Cpl { amount } => amount,
            _ => Money::ZERO,
        };
        let converted = self.workspace.convert(amount, currency);
        let converted_later = self.workspace.convert(per_conversion, self.currency);
        let (amount, per_conversion, currency, unconverted) = match (converted, converted_later) {
            (Some(now), Some(later)) => (now, later, self.workspace.currency, false),
            // One record has one currency: what cannot be converted keeps its own, and what is nothing has none.
            (None, _) if per_conversion.is_zero() || currency == self.currency => {
                (amount, per_conversion, currency, true)
            }
            (_, None) if amount.is_zero() => (amount, per_conversion, self.currency, true),
            (now, later) => {
                (now.unwrap_or_default(), later.unwrap_or_default(), self.workspace.currency, true)
            }
        };
        let on_conversion = match self.cost {
            CostModel::Cpa { .. } => CostOnConversion::PerConversion(per_conversion),
            CostModel::Cpl { .. } => CostOnConversion::PerLead(per_conversion),
            CostModel::RevShare { percent } => CostOnConversion::RevenueShare(percent),
            CostModel::None | CostModel::Cpc { .. } | CostModel::Cpm { .. } => CostOnConversion::None,
        };
        let rejected_parameter = !sent.is_empty() && parsed.is_none();
        ClickCost { amount, currency, on_conversion, rejected_parameter, unconverted }
    }

    fn parameter_currency(&self, params: &MappedParams<'_>) -> Currency {
        let of_source = self.source.as_ref().and_then(|source| source.currency);
        of_source.or_else(|| params.currency.parse().ok()).unwrap_or(self.currency)
    }
}

/// Reads an amount as sources send it: a decimal with a point or a comma, perhaps with a currency sign (`$0.05`) or an exponent (`5e-7`).
/// Decimals beyond the ninth are rounded. `None`: not an amount of at least zero.
fn parse_amount(text: &str) -> Option<Money> {
    let text = text.trim().trim_matches(['$', '€', '£', '₽', '₹', '¥']).trim();
    if text.is_empty() || text.len() > 40 {
        return None;
    }
    let (mantissa, exponent) = match text.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let whole = whole.strip_prefix('+').unwrap_or(whole);
    let mut digits = whole.bytes().chain(fraction.bytes());
    if whole.len() + fraction.len() == 0 || !digits.all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Value = digits × 10^(exponent − decimals), wanted in units of 10^-9.
    let digits = whole.bytes().chain(fraction.bytes());
    let mut value: i128 = 0;
    for byte in digits {
        value = value.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
    }
    let shift = exponent.checked_sub(fraction.len() as i32)?.checked_add(9)?;
    let nanos = if shift >= 0 {
        value.checked_mul(10_i128.checked_pow(shift.unsigned_abs())?)?
    } else {
        let divisor = 10_i128.checked_pow(shift.unsigned_abs())?;
        Money::from_nanos(value).div_round(divisor).nanos()
    };
    let limit = Money::from_whole(signalbox_domain::money::WHOLE_UNITS_MAX as i64);
    (nanos <= limit.nanos()).then(|| Money::from_nanos(nanos))
}

#[cfg(test)]
mod tests;
