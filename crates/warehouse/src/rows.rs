//! From wire records to rows: pure functions, one file a table.
//!
//! A record becomes rows of one or more tables, every row with the record's identity. What cannot become rows says why and goes to
//! `dead_letters`.

mod click;
mod conversion;
mod converting;
mod dead_letter;
mod delivery;
mod dims;
mod fact;
mod postback;
pub(crate) mod words;

pub(crate) use click::ClickRow;
pub(crate) use conversion::ConversionRow;
pub(crate) use converting::{ConvertingRow, columns};
pub(crate) use dead_letter::DeadLetterRow;
pub(crate) use delivery::DeliveryRow;
pub(crate) use fact::FactRow;
pub(crate) use postback::PostbackRow;

use serde::{Deserialize, Serialize, Serializer};
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

/// The tables that records are written to, in the order in which they are filled: what cannot be written at all first, details before
/// the ledger, so that a record which a detail table refuses never reaches a report.
pub(crate) const TABLES: [&str; 6] =
    ["dead_letters", "clicks", "conversions", "postbacks", "deliveries", "facts"];

/// What the writer must know of any row.
pub(crate) trait Keyed {
    /// Which of [`TABLES`].
    const PLACE: usize;
    /// The column that leads the order key after the workspace; empty when it is not the same each time a row is made.
    const TIME: &'static str;
    /// Sequence number of the record.
    fn seq(&self) -> u64;
    /// The value of [`Keyed::TIME`], unix milliseconds.
    fn time_ms(&self) -> i64;
}

/// Where the rows of a record go.
pub(crate) trait Rows {
    /// A click or a landing click.
    fn click(&mut self, row: &ClickRow<'_>);
    /// A state of a conversion.
    fn conversion(&mut self, row: &ConversionRow<'_>);
    /// An inbound postback or a verdict.
    fn postback(&mut self, row: &PostbackRow<'_>);
    /// An attempt to deliver.
    fn delivery(&mut self, row: &DeliveryRow<'_>);
    /// A fact of the ledger.
    fn fact(&mut self, row: &FactRow<'_>);

    /// Adds the rows of one record; all or none.
    ///
    /// # Errors
    /// The reason why the record cannot become rows.
    fn add(&mut self, identity: Identity, record: &Record<'_>) -> Result<(), String> {
        match record {
            Record::Click(click) => {
                plausible("time of the click", click.at)?;
                self.click(&ClickRow::of_click(identity, click));
                self.fact(&FactRow::of_click(identity, click, !click.dims.landing.is_none()));
            }
            Record::ClickV2(click) => {
                plausible("time of the click", click.click.at)?;
                self.click(&ClickRow::of_click_v2(identity, click));
                self.fact(&FactRow::of_click(identity, &click.click, click.shows_landing()));
            }
            Record::LandingClick(landing) => self.add_landing_click(identity, landing, true)?,
            Record::LandingClickV2(landing) => {
                self.add_landing_click(identity, &landing.landing_click, landing.counted)?;
            }
            // Counters read it; reports have no row for it.
            // Not matched to a network or judged yet: what comes of it is a record of its own.
            Record::Counted(_) | Record::PostbackUnmatched(_) | Record::EventsRaw(_) => {}
            Record::PostbackRaw(postback) => {
                plausible("time of the postback", postback.at)?;
                self.postback(&PostbackRow::of_raw(identity, postback));
            }
            Record::Verdict(verdict) => {
                plausible("time of the postback", verdict.received_at)?;
                plausible("time of the verdict", verdict.at)?;
                self.postback(&PostbackRow::of_verdict(identity, verdict));
            }
            Record::Conversion(conversion) => self.add_conversion(identity, conversion)?,
            Record::ConversionV2(full) => self.add_conversion(identity, &full.conversion)?,
            Record::ClickEvents(events) => {
                plausible_conversion(&events.conversion)?;
                let values = words::events(&events.after);
                self.conversion(&ConversionRow::of_events(identity, events, &values));
                FactRow::of_events(identity, events).for_each(|row| self.fact(&row));
            }
            Record::Delivery(delivery) => {
                plausible("time of the delivery", delivery.at)?;
                self.delivery(&DeliveryRow::of(identity, delivery));
            }
        }
        Ok(())
    }

    /// The rows of a conversion.
    fn add_conversion(&mut self, identity: Identity, conversion: &ConversionV1<'_>) -> Result<(), String> {
        plausible_conversion(conversion)?;
        self.conversion(&ConversionRow::of(identity, conversion));
        FactRow::of_conversion(identity, conversion).for_each(|row| self.fact(&row));
        Ok(())
    }

    /// One that does not count is only kept beside its click, for the dimensions of what follows.
    fn add_landing_click(
        &mut self,
        identity: Identity,
        landing: &LandingClickV1<'_>,
        counted: bool,
    ) -> Result<(), String> {
        plausible("time of the click", landing.clicked_at)?;
        plausible("time of the landing click", landing.at)?;
        self.click(&ClickRow::of_landing_click(identity, landing));
        if counted {
            self.fact(&FactRow::of_landing_click(identity, landing));
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

fn plausible_conversion(conversion: &ConversionV1<'_>) -> Result<(), String> {
    plausible("time of the click", conversion.clicked_at)?;
    plausible("time of the conversion", conversion.converted_at)?;
    plausible("time of the change", conversion.at)
}

/// An address as ClickHouse's `IPv6` holds it: IPv4 is mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub(crate) struct Address(Ipv6Addr);

impl Serialize for Address {
    /// Its octets as they stand, as one number.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u128(u128::from_le_bytes(self.0.octets()))
    }
}

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
