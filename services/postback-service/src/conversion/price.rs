//! What a conversion is worth and what it costs.

use super::ConversionKind;
use crate::reading::Reading;
use signalbox_domain::{ConversionStatus, Currency, Money, Payout, PayoutRule, Timestamp, Workspace};
use signalbox_events::wire::CostOnConversion;

/// Everything that decides the price.
#[derive(Debug, Clone, Copy)]
pub struct Pricing<'a> {
    /// Tenant, for its currency and rates.
    pub workspace: &'a Workspace,
    /// Payout of the destination; automatic when the click has none.
    pub payout: Payout,
    /// What its conversions of some statuses or countries pay instead.
    pub rules: &'a [PayoutRule],
    /// Country of the click.
    pub country: &'a str,
    /// When the conversion was first reported: the rate of that time counts for all its states.
    pub at: Timestamp,
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
    /// Nobody named an amount: it is that of the state before, or none.
    pub unpriced: bool,
}

/// Why there is no price.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PriceError {
    /// No rate is known.
    #[error(
        "the amount is in {from}, but the workspace reports in {to} and no rate from {from} was in force at {at}: add one under Settings → Workspace and judge the postback again"
    )]
    NoRate {
        /// Reported currency.
        from: Currency,
        /// Reporting currency.
        to: Currency,
        /// When the conversion was first reported.
        at: String,
    },
}

impl Pricing<'_> {
    /// Prices what a postback says. The first rule that applies overrides everything; without one a fixed payout overrides the postback's
    /// amount for leads and sales, and all other statuses are worth what the postback says.
    pub fn price(&self, reading: &Reading) -> Result<Priced, PriceError> {
        let rule = self.rules.iter().find(|rule| rule.applies(reading.status, self.country));
        let main = ConversionKind::from(reading.status) == ConversionKind::MAIN;
        let payout_rule = rule.map_or(if main { self.payout } else { Payout::Auto }, |rule| rule.payout);
        let (original_payout, original_currency) = match (payout_rule, reading.payout, self.before) {
            (Payout::Fixed { amount }, ..) => (amount, self.currency),
            (Payout::Auto, Some(amount), _) => (amount, reading.currency.unwrap_or(self.currency)),
            (Payout::Auto, None, Some((amount, currency))) => (amount, currency),
            (Payout::Auto, None, None) => (Money::ZERO, reading.currency.unwrap_or(self.currency)),
        };
        let no_rate = PriceError::NoRate {
            from: original_currency,
            to: self.workspace.currency,
            at: self.at.to_rfc3339(),
        };
        let payout = self.workspace.convert(original_payout, original_currency, self.at).ok_or(no_rate)?;
        let cost = self.cost_of(reading.status, payout);
        let unpriced = payout_rule == Payout::Auto && reading.payout.is_none();
        Ok(Priced { payout, cost, original_payout, original_currency, unpriced })
    }

    /// CPA is paid for conversions that stand, CPL for leads that stand; RevShare is a part of what is earned. All of it goes away with a rejection.
    const fn cost_of(&self, status: ConversionStatus, payout: Money) -> Money {
        self.cost.of(status, payout)
    }
}
