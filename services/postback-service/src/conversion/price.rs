//! What a conversion is worth and what it costs.

use super::ConversionKind;
use crate::reading::Reading;
use signalbox_domain::{ConversionStatus, Currency, Money, Payout, Workspace};
use signalbox_events::wire::CostOnConversion;

/// Everything that decides the price.
#[derive(Debug, Clone, Copy)]
pub struct Pricing<'a> {
    /// Tenant, for its currency and rates.
    pub workspace: &'a Workspace,
    /// Payout of the destination; automatic when the click has none.
    pub payout: Payout,
    /// Currency of a payout that names none: the network's, else the destination's, else the workspace's.
    pub currency: Currency,
    /// What a conversion of this click costs.
    pub cost: CostOnConversion,
    /// Amount and currency of the state before, which a postback without an amount keeps.
    pub before: Option<(Money, Currency)>,
}

/// A price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Priced {
    /// Money in the workspace's currency.
    pub payout: Money,
    /// Cost in the workspace's currency.
    pub cost: Money,
    /// Amount as reported (or fixed).
    pub original_payout: Money,
    /// Its currency.
    pub original_currency: Currency,
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No rate is known.
    #[error(
        "the amount is in {from}, but the workspace reports in {to} and no rate from {from} is known: add one under Settings → Currencies; it counts from the next postback on"
    )]
    NoRate {
        /// Reported currency.
        from: Currency,
        /// Reporting currency.
        to: Currency,
    },
}

impl Pricing<'_> {
    /// Prices what a postback says. A fixed payout overrides the postback's amount for leads and sales; registrations, deposits and
    /// rebills are worth what the postback says.
    pub fn price(&self, reading: &Reading) -> Result<Priced, PriceError> {
        let (original_payout, original_currency) = match self.payout {
            Payout::Fixed { amount } if ConversionKind::from(reading.status) == ConversionKind::Main => {
                (amount, self.currency)
            }
            _ => match (reading.payout, self.before) {
                (Some(amount), _) => (amount, reading.currency.unwrap_or(self.currency)),
                (None, Some((amount, currency))) => (amount, currency),
                (None, None) => (Money::ZERO, reading.currency.unwrap_or(self.currency)),
            },
        };
        let no_rate = PriceError::NoRate { from: original_currency, to: self.workspace.currency };
        let payout = self.workspace.convert(original_payout, original_currency).ok_or(no_rate)?;
        Ok(Priced { payout, cost: self.cost_of(reading.status, payout), original_payout, original_currency })
    }

    /// CPA is paid for conversions that stand; RevShare is a part of what is earned. Both go away with a rejection.
    const fn cost_of(&self, status: ConversionStatus, payout: Money) -> Money {
        let class = status.class();
        if class.earns { self.cost.of(class.counts, payout) } else { Money::ZERO }
    }
}
