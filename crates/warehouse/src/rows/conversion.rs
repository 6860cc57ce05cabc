//! The states of conversions.

use super::Identity;
use super::dims::{StoredDims, row_with_dims};
use super::words::{self, owned};
use signalbox_domain::{ClickId, ConversionId, EventValues, Money, Timestamp};
use signalbox_events::wire::{ClickEventsV1, ConversionMeasures, ConversionV1};

row_with_dims! {
    /// One state of a conversion, with the one before.
    ConversionRow in 2 by converted_at {
        converted_at: i64,
        conversion_id: u128,
        revision: u32,
        click_id: u128,
        click_at: i64,
        at: i64,
        status_before: i8,
        payout_before: i128,
        cost_before: i128,
        status: i8,
        payout: i128,
        cost: i128,
        currency: &'a str,
        original_status: &'a str,
        transaction: &'a str,
        original_payout: i128,
        original_currency: &'a str,
        external_id: &'a str,
        raw_journal: u64,
        raw_seq: u64,
        events: &'a str,
    }
}

/// Status, payout and cost as columns.
fn columns(measures: Option<&ConversionMeasures>) -> (i8, i128, i128) {
    let amounts = measures.map_or((0, 0), |measures| (measures.payout.nanos(), measures.cost.nanos()));
    (words::status_number(measures), amounts.0, amounts.1)
}

fn measures(status: i8, payout: i128, cost: i128) -> Option<ConversionMeasures> {
    let status = words::status(status)?;
    Some(ConversionMeasures { status, payout: Money::from_nanos(payout), cost: Money::from_nanos(cost) })
}

impl<'r> ConversionRow<'r> {
    /// The row of a record.
    pub fn of(identity: Identity, conversion: &'r ConversionV1<'_>) -> Self {
        let (status_before, payout_before, cost_before) = columns(conversion.before.as_ref());
        let (status, payout, cost) = columns(conversion.after.as_ref());
        let row = Self {
            converted_at: conversion.converted_at.0,
            conversion_id: conversion.id.0,
            revision: conversion.revision,
            click_id: conversion.click.0,
            click_at: conversion.clicked_at.0,
            at: conversion.at.0,
            status_before,
            payout_before,
            cost_before,
            status,
            payout,
            cost,
            currency: conversion.currency.as_str(),
            original_status: &conversion.original_status,
            transaction: &conversion.transaction,
            original_payout: conversion.original_payout.nanos(),
            original_currency: conversion.original_currency.as_str(),
            external_id: &conversion.external_id,
            raw_journal: conversion.raw_journal,
            raw_seq: conversion.raw_seq,
            ..Self::default()
        };
        row.with(identity, &conversion.dims)
    }

    /// The row of a change of a click's events; `values` are what [`words::events`] makes of them.
    pub fn of_events(identity: Identity, events: &'r ClickEventsV1<'_>, values: &'r str) -> Self {
        Self { events: values, ..Self::of(identity, &events.conversion) }
    }

    /// The values of a row of status event; else none.
    pub fn to_events(&self) -> EventValues {
        words::event_values(self.events)
    }

    /// The record of a row.
    pub fn to_conversion(&self) -> ConversionV1<'static> {
        ConversionV1 {
            id: ConversionId(self.conversion_id),
            revision: self.revision,
            click: ClickId(self.click_id),
            clicked_at: Timestamp(self.click_at),
            converted_at: Timestamp(self.converted_at),
            at: Timestamp(self.at),
            dims: self.dims(),
            before: measures(self.status_before, self.payout_before, self.cost_before),
            after: measures(self.status, self.payout, self.cost),
            original_status: owned(self.original_status),
            transaction: owned(self.transaction),
            original_payout: Money::from_nanos(self.original_payout),
            original_currency: words::currency(self.original_currency),
            currency: words::currency(self.currency),
            external_id: owned(self.external_id),
            raw_journal: self.raw_journal,
            raw_seq: self.raw_seq,
        }
    }
}
