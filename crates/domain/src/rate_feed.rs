//! Exchange rates that are fetched from somewhere, for workspaces that wish it.
//!
//! Promises: a rate that is fetched is marked with where it came from, and takes the place of none that somebody gave by hand. Never:
//! asked for unless a workspace says so.

use crate::{
    Currency, CurrencyRate, Invalid, Money, Timestamp, Validator, Workspace, WorkspaceId, alert::check_url,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Most currencies that are fetched: at one rate a day each, the history of a workspace holds half a year of this many.
pub const FETCHED_CURRENCIES_MAX: usize = 30;
/// The longest pointer into a JSON document, bytes.
const POINTER_BYTES_MAX: usize = 200;

/// Where a rate came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RateSource {
    /// Somebody gave it.
    #[default]
    Manual,
    /// The daily reference rates of the European Central Bank.
    Ecb,
    /// A JSON document of the operator's choice.
    Json,
}

impl RateSource {
    /// Whether somebody gave it.
    pub const fn is_manual(&self) -> bool {
        matches!(self, Self::Manual)
    }
}

/// What rates are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RateFeed {
    /// The daily reference rates of the European Central Bank, `eurofxref-daily.xml`.
    Ecb {
        /// Another address of the same file; empty: the bank's own.
        #[serde(default)]
        mirror: String,
    },
    /// A JSON document that says what one unit of a base currency is worth in others.
    Json {
        /// Its address.
        url: String,
        /// The base: a currency code, or a JSON pointer to one.
        base: String,
        /// JSON pointer to the object with a number for each currency; empty: the document itself.
        rates: String,
    },
}

impl RateFeed {
    /// The mark of its rates.
    pub const fn source(&self) -> RateSource {
        match self {
            Self::Ecb { .. } => RateSource::Ecb,
            Self::Json { .. } => RateSource::Json,
        }
    }

    fn check(&self, v: &mut Validator) {
        let pointer =
            |text: &str| (text.is_empty() || text.starts_with('/')) && text.len() <= POINTER_BYTES_MAX;
        match self {
            Self::Ecb { mirror } if mirror.is_empty() => {}
            Self::Ecb { mirror } => check_url(v, "mirror", mirror),
            Self::Json { url, base, rates } => {
                check_url(v, "url", url);
                v.require(
                    base.parse::<Currency>().is_ok() || !base.is_empty() && pointer(base),
                    "base",
                    "must be a currency such as USD, or a JSON pointer such as /base",
                );
                v.require(pointer(rates), "rates", "must be a JSON pointer such as /rates, or empty");
            }
        }
    }
}

/// How a workspace has its rates fetched: one such document for each that ever said so.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RateFetch {
    /// The workspace whose rates these are.
    pub id: WorkspaceId,
    /// Whether they are fetched.
    pub active: bool,
    /// From where; absent when this node has not the key that the address is sealed with.
    #[serde(default)]
    pub feed: Option<RateFeed>,
    /// Whose rates are wanted.
    pub currencies: Vec<Currency>,
    /// Minute of the day in the workspace's timezone from which on the rates of a day are asked for.
    pub minute: u16,
}

impl RateFetch {
    /// Checks everything.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        self.check(&mut v);
        v.require(self.feed.is_some(), "feed", "is needed");
        v.finish()
    }

    /// Checks what is stored, whose address may not be readable here.
    ///
    /// # Errors
    /// Every field that is wrong.
    pub fn validate_stored(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        self.check(&mut v);
        v.finish()
    }

    fn check(&self, v: &mut Validator) {
        if let Some(feed) = &self.feed {
            v.within("feed", |v| feed.check(v));
        }
        let count = self.currencies.len();
        v.require(
            (1..=FETCHED_CURRENCIES_MAX).contains(&count),
            "currencies",
            format!("must be from 1 to {FETCHED_CURRENCIES_MAX}, not {count}"),
        );
        let different = self.currencies.iter().collect::<BTreeSet<_>>().len();
        v.require(different == count, "currencies", "must differ");
        v.require(self.minute < 1_440, "minute", "must be below 1440");
    }
}

/// Rates of one day, each what one unit of `base` is worth in another currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quotes {
    /// The currency of one unit.
    pub base: Currency,
    /// Worth of one unit, > 0, by currency.
    pub of: Vec<(Currency, Money)>,
}

impl Quotes {
    /// What one unit of `currency` is worth in `unit`, at nine decimals; `None` when one of the two is not there or it is less than that.
    pub fn rate(&self, currency: Currency, unit: Currency) -> Option<Money> {
        const ONE: i128 = 1_000_000_000;
        let of_base = |wanted: Currency| match wanted == self.base {
            true => Some(Money::from_nanos(ONE)),
            false => self.of.iter().find(|(currency, _)| *currency == wanted).map(|(_, worth)| *worth),
        };
        let (theirs, ours) = (of_base(currency)?, of_base(unit)?);
        let rate = (theirs > Money::ZERO).then(|| ours.ratio(ONE, theirs.nanos()))?;
        (rate > Money::ZERO).then_some(rate)
    }
}

/// What became of fetched rates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Taken {
    /// Rates that are new or another than before.
    pub changed: u32,
    /// What was not taken and why, a sentence each.
    pub refused: Vec<String>,
}

impl Workspace {
    /// Puts fetched rates of the day from `since` to `until` into the history: never in the place of a rate that somebody gave for a time
    /// of that day, and none that differs from the one before by more than half of it.
    pub fn take_fetched(
        &mut self,
        (quotes, source): (&Quotes, RateSource),
        currencies: &[Currency],
        (since, until): (Timestamp, Timestamp),
    ) -> Taken {
        let mut taken = Taken::default();
        let mut all = self.all_rates();
        for &currency in currencies.iter().filter(|currency| **currency != self.currency) {
            let given = |rate: &&CurrencyRate| {
                let of_day = rate.since.is_some_and(|at| at >= since && at < until);
                rate.currency == currency && of_day && rate.source.is_manual()
            };
            if all.iter().any(|rate| given(&rate)) {
                continue;
            }
            let Some(rate) = quotes.rate(currency, self.currency) else {
                taken.refused.push(format!("the source has no rate from {currency} to {}", self.currency));
                continue;
            };
            // The one of this day itself may be corrected.
            let before = self.rate_at(currency, since.plus_ms(-1));
            if let Some(before) = before.filter(|before| is_absurd(before.rate, rate)) {
                taken.refused.push(format!(
                    "{currency} would go from {} to {rate}, by more than half, and was not taken: if it is right, add it by hand",
                    before.rate
                ));
                continue;
            }
            let fetched = CurrencyRate { currency, rate, since: Some(since), source };
            if !all.contains(&fetched) {
                all.retain(|rate| (rate.currency, rate.since) != (currency, Some(since)));
                all.push(fetched);
                taken.changed += 1;
            }
        }
        self.set_rates(all);
        taken
    }

    /// Marks rates that are the same as before with where they came from then; whatever else is here somebody gave.
    pub fn keep_sources(&mut self, before: &Self) {
        for rate in self.rates.iter_mut().chain(&mut self.earlier_rates) {
            let key = |it: &CurrencyRate| (it.currency, it.rate, it.since);
            let same = before.rates.iter().chain(&before.earlier_rates).find(|it| key(it) == key(rate));
            rate.source = same.map(|it| it.source).unwrap_or_default();
        }
    }
}

fn is_absurd(before: Money, now: Money) -> bool {
    let change = (now.nanos() - before.nanos()).saturating_abs();
    change.saturating_mul(2) > before.nanos()
}

#[cfg(test)]
mod tests;
