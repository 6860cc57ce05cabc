//! The tenant: everything else belongs to exactly one.

use crate::{
    AddressPolicy, ConversionStatus, ConversionType, Currency, Invalid, Money, RateSource, RepeatPolicy,
    Timestamp, Validator, WorkspaceId, conversion_type::validate_types,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashSet};

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
    /// What one unit of another currency is worth in the workspace's now: one rate for each currency.
    #[serde(default)]
    pub rates: Vec<CurrencyRate>,
    /// What it was worth before the rates of now began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_rates: Vec<CurrencyRate>,
    /// Types of conversions of its own, and what is special about built-in ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conversion_types: Vec<ConversionType>,
    /// How much of visitors' addresses is kept.
    #[serde(default, skip_serializing_if = "keeps_all")]
    pub addresses: AddressPolicy,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's signature")]
const fn keeps_all(addresses: &AddressPolicy) -> bool {
    addresses.keeps_all()
}

/// Most rates of a workspace, over all currencies and times.
pub const RATES_MAX: usize = 5_000;

/// What one unit of a currency is worth in the workspace's currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct CurrencyRate {
    /// The other currency.
    pub currency: Currency,
    /// Worth of one unit, > 0, nine decimals.
    pub rate: Money,
    /// From when on it is in force, until the next one of the currency; absent: from the beginning.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Where it came from.
    #[serde(default, skip_serializing_if = "RateSource::is_manual")]
    pub source: RateSource,
}

impl Workspace {
    /// Checks name and timezone.
    pub fn validate(&self) -> Result<(), Invalid> {
        let mut v = Validator::new();
        v.name("name", &self.name, 100);
        validate_timezone(&mut v, "timezone", &self.timezone);
        self.validate_rates(&mut v);
        validate_types(&mut v, &self.conversion_types);
        v.finish()
    }

    fn validate_rates(&self, v: &mut Validator) {
        let count = self.rates.len() + self.earlier_rates.len();
        v.require(count <= RATES_MAX, "rates", format!("has {count} rates; {RATES_MAX} are allowed"));
        let mut seen = HashSet::with_capacity(count);
        for (field, rates) in [("rates", &self.rates), ("earlier_rates", &self.earlier_rates)] {
            v.each(field, rates, |v, rate| {
                v.require(rate.rate > Money::ZERO, "rate", "must be above 0");
                v.require(rate.currency != self.currency, "currency", "is the workspace's own currency");
                let now = self.rates.iter().find(|now| now.currency == rate.currency);
                let sound = match field {
                    "rates" => seen.insert((rate.currency, None)),
                    _ => {
                        now.is_some_and(|now| rate.since < now.since)
                            && seen.insert((rate.currency, Some(rate.since)))
                    }
                };
                v.require(sound, "currency", format!("{} is listed twice for one time", rate.currency));
            });
        }
    }

    /// `amount` of `currency` in the workspace's currency at the rate in force at a time, rounded at nine decimals; `None` when none is.
    pub fn convert(&self, amount: Money, currency: Currency, at: Timestamp) -> Option<Money> {
        if currency == self.currency {
            return Some(amount);
        }
        let rate = self.rate_at(currency, at)?;
        Some(amount.ratio(rate.rate.nanos(), 1_000_000_000))
    }

    /// The rate of a currency that is in force at a time: the last one that began by then.
    pub fn rate_at(&self, currency: Currency, at: Timestamp) -> Option<&CurrencyRate> {
        let begun =
            |rate: &&CurrencyRate| rate.currency == currency && rate.since.is_none_or(|since| since <= at);
        self.rates.iter().chain(&self.earlier_rates).filter(begun).max_by_key(|rate| rate.since)
    }

    /// Whether there is a rate of a currency, or none is needed.
    pub fn knows_currency(&self, currency: Currency) -> bool {
        currency == self.currency || self.rates.iter().any(|rate| rate.currency == currency)
    }

    /// Puts rates of any time in place of all there are: the newest of each currency is that of now. Of two for one time the last is taken.
    pub fn set_rates(&mut self, rates: impl IntoIterator<Item = CurrencyRate>) {
        let by_time: BTreeMap<(Currency, Option<Timestamp>), CurrencyRate> =
            rates.into_iter().map(|rate| ((rate.currency, rate.since), rate)).collect();
        (self.rates, self.earlier_rates) = (Vec::new(), Vec::new());
        let mut rates = by_time.into_values().peekable();
        while let Some(rate) = rates.next() {
            let newest = rates.peek().is_none_or(|next| next.currency != rate.currency);
            if newest { self.rates.push(rate) } else { self.earlier_rates.push(rate) }
        }
    }

    /// Every rate, by currency and time.
    pub fn all_rates(&self) -> Vec<CurrencyRate> {
        let mut all: Vec<CurrencyRate> = self.rates.iter().chain(&self.earlier_rates).copied().collect();
        all.sort_by_key(|rate| (rate.currency, rate.since));
        all
    }

    /// The type of the workspace's own that a network's word means.
    pub fn status_of_word(&self, word: &str) -> Option<ConversionStatus> {
        self.conversion_types.iter().find(|kind| kind.is_meant_by(word)).map(|kind| kind.status)
    }

    /// What a further postback of a type does.
    pub fn repeat_of(&self, status: ConversionStatus) -> RepeatPolicy {
        let kept = status.of_policy();
        self.conversion_types
            .iter()
            .find(|kind| kind.status == kept)
            .map_or_else(Default::default, |kind| kind.repeat)
    }

    /// What a status is called here: the name of a type of the workspace's own, else its word.
    pub fn status_name(&self, status: ConversionStatus) -> &str {
        let own = self.conversion_types.iter().find(|kind| kind.status == status);
        own.map(|kind| kind.name.as_str()).filter(|name| !name.is_empty()).unwrap_or(status.as_str())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(currency: &str, rate: &str, since: Option<i64>) -> CurrencyRate {
        let (currency, rate) = (currency.parse().unwrap(), rate.parse().unwrap());
        CurrencyRate { currency, rate, since: since.map(Timestamp), source: RateSource::Manual }
    }

    #[test]
    fn the_rate_in_force_at_the_time_counts() {
        let fields =
            serde_json::json!({ "id": "0000000000001", "name": "W", "currency": "USD", "timezone": "UTC" });
        let mut workspace: Workspace = serde_json::from_value(fields).unwrap();
        workspace.set_rates([
            rate("EUR", "1.2", Some(200)),
            rate("EUR", "1", None),
            rate("EUR", "9", Some(100)),
            rate("EUR", "1.1", Some(100)),
            rate("JPY", "2", Some(100)),
        ]);
        workspace.validate().unwrap();
        assert_eq!(workspace.rates, [rate("EUR", "1.2", Some(200)), rate("JPY", "2", Some(100))]);
        assert_eq!(workspace.all_rates().len(), 4);
        let worth = |currency: &str, at| {
            let amount = workspace.convert("10".parse().unwrap(), currency.parse().unwrap(), Timestamp(at));
            amount.map(|it| it.to_string())
        };
        for (at, expected) in [(0, "10"), (99, "10"), (100, "11"), (199, "11"), (200, "12"), (9_999, "12")] {
            assert_eq!(worth("EUR", at).as_deref(), Some(expected), "{at}");
        }
        assert_eq!(worth("JPY", 99), None, "none was in force");
        assert_eq!(worth("USD", 0).as_deref(), Some("10"));
        let mut twice = workspace;
        twice.earlier_rates.push(twice.rates[0]);
        assert_eq!(twice.validate().unwrap_err().0[0].field, "earlier_rates[2].currency");
    }
}
