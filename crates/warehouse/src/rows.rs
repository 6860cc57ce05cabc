//! From wire records to rows: pure functions, one file a table.
//!
//! A record becomes rows of one or more tables, every row with the record's identity. What cannot become rows says why and goes to
//! `dead_letters`.

mod click;
mod conversion;
mod dead_letter;
mod delivery;
mod dims;
mod fact;
mod postback;
pub(crate) mod words;

pub(crate) use click::ClickRow;
pub(crate) use conversion::ConversionRow;
pub(crate) use dead_letter::DeadLetterRow;
pub(crate) use delivery::DeliveryRow;
pub(crate) use fact::FactRow;
pub(crate) use postback::PostbackRow;

use serde::{Deserialize, Serialize};
use signalbox_domain::Timestamp;
use signalbox_events::wire::{ConversionV1, LandingClickV1, Record};
use std::net::{IpAddr, Ipv6Addr};

/// The record a row comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity {
    /// Raw journal id.
    pub journal: u64,
    /// Sequence number.
    pub seq: u64,
}

/// What the writer must know of any row.
pub(crate) trait Keyed {
    /// The table.
    const TABLE: &'static str;
    /// The column that leads the order key after the workspace; empty when it is not the same each time a row is made.
    const TIME: &'static str;
    /// Sequence number of the record.
    fn seq(&self) -> u64;
    /// The value of [`Keyed::TIME`], unix milliseconds.
    fn time_ms(&self) -> i64;
}

/// The rows of a batch, by table.
#[derive(Debug, Default)]
pub(crate) struct Tables<'r> {
    /// Records that cannot be written.
    pub dead_letters: Vec<DeadLetterRow>,
    /// Clicks and landing clicks.
    pub clicks: Vec<ClickRow<'r>>,
    /// States of conversions.
    pub conversions: Vec<ConversionRow<'r>>,
    /// Inbound postbacks and verdicts.
    pub postbacks: Vec<PostbackRow<'r>>,
    /// Attempts to deliver.
    pub deliveries: Vec<DeliveryRow<'r>>,
    /// The ledger.
    pub facts: Vec<FactRow<'r>>,
}

impl<'r> Tables<'r> {
    /// Adds the rows of one record; all or none.
    ///
    /// # Errors
    /// The reason why the record cannot become rows.
    pub fn add(&mut self, identity: Identity, record: &'r Record<'r>) -> Result<(), String> {
        match record {
            Record::Click(click) => {
                plausible("time of the click", click.at)?;
                self.clicks.push(ClickRow::of_click(identity, click));
                self.facts.push(FactRow::of_click(identity, click, !click.dims.landing.is_none()));
            }
            Record::ClickV2(click) => {
                plausible("time of the click", click.click.at)?;
                self.clicks.push(ClickRow::of_click_v2(identity, click));
                self.facts.push(FactRow::of_click(identity, &click.click, click.shows_landing()));
            }
            Record::LandingClick(landing) => self.add_landing_click(identity, landing, true)?,
            Record::LandingClickV2(landing) => {
                self.add_landing_click(identity, &landing.landing_click, landing.counted)?;
            }
            // Counters read it; reports have no row for it.
            // Not matched to a network yet: what comes of it is a record of its own.
            Record::Counted(_) | Record::PostbackUnmatched(_) => {}
            Record::PostbackRaw(postback) => {
                plausible("time of the postback", postback.at)?;
                self.postbacks.push(PostbackRow::of_raw(identity, postback));
            }
            Record::Verdict(verdict) => {
                plausible("time of the postback", verdict.received_at)?;
                plausible("time of the verdict", verdict.at)?;
                self.postbacks.push(PostbackRow::of_verdict(identity, verdict));
            }
            Record::Conversion(conversion) => self.add_conversion(identity, conversion)?,
            Record::ConversionV2(full) => self.add_conversion(identity, &full.conversion)?,
            Record::Delivery(delivery) => {
                plausible("time of the delivery", delivery.at)?;
                self.deliveries.push(DeliveryRow::of(identity, delivery));
            }
        }
        Ok(())
    }

    fn add_conversion(&mut self, identity: Identity, conversion: &'r ConversionV1<'r>) -> Result<(), String> {
        plausible("time of the click", conversion.clicked_at)?;
        plausible("time of the conversion", conversion.converted_at)?;
        plausible("time of the change", conversion.at)?;
        self.conversions.push(ConversionRow::of(identity, conversion));
        self.facts.extend(FactRow::of_conversion(identity, conversion));
        Ok(())
    }

    /// One that does not count is only kept beside its click, for the dimensions of what follows.
    fn add_landing_click(
        &mut self,
        identity: Identity,
        landing: &'r LandingClickV1<'r>,
        counted: bool,
    ) -> Result<(), String> {
        plausible("time of the click", landing.clicked_at)?;
        plausible("time of the landing click", landing.at)?;
        self.clicks.push(ClickRow::of_landing_click(identity, landing));
        if counted {
            self.facts.push(FactRow::of_landing_click(identity, landing));
        }
        Ok(())
    }
}

/// 2200-01-01: well inside what ClickHouse's date types hold.
const TIME_MS_MAX: i64 = 7_258_118_400_000;

/// Refuses times that would make partitions nobody asked for.
fn plausible(what: &str, time: Timestamp) -> Result<(), String> {
    if (0..TIME_MS_MAX).contains(&time.0) {
        return Ok(());
    }
    Err(format!("the {what}, {} ms, is not between the years 1970 and 2200", time.0))
}

/// An address as ClickHouse's `IPv6` holds it: IPv4 is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(Ipv6Addr);

impl Default for Address {
    fn default() -> Self {
        Self(Ipv6Addr::UNSPECIFIED)
    }
}

impl From<IpAddr> for Address {
    fn from(ip: IpAddr) -> Self {
        Self(match ip {
            IpAddr::V4(v4) => v4.to_ipv6_mapped(),
            IpAddr::V6(v6) => v6,
        })
    }
}

impl From<Address> for IpAddr {
    fn from(address: Address) -> Self {
        address.0.to_canonical()
    }
}

#[cfg(test)]
mod tests;
