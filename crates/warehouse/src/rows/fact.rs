//! The ledger: what each record adds to reports.

use super::{Identity, dims::row_with_dims, words};
use signalbox_domain::{ConversionStatus, EVENTS, EventValue, EventValues, Money};
use signalbox_events::wire::{ClickEventsV1, ClickV1, ConversionMeasures, ConversionV1, LandingClickV1};

row_with_dims! {
    /// One signed fact.
    FactRow in 5 by click_at {
        click_at: i64,
        at: i64,
        kind: i8,
        status: i8,
        clicks: i8,
        unique_campaign: i8,
        unique_stream: i8,
        unique_workspace: i8,
        bots: i8,
        landing_views: i8,
        landing_clicks: i8,
        landing_hits: i8,
        trafficback: i8,
        conversions: i8,
        leads: i8,
        sales: i8,
        rejected: i8,
        trash: i8,
        rebills: i8,
        registrations: i8,
        deposits: i8,
        cost: i128,
        revenue: i128,
        revenue_confirmed: i128,
        revenue_hold: i128,
        revenue_rejected: i128,
        convert_ms: i64,
        landing_ms: i64,
        event: u8,
        event_value: i128,
    }
}

/// Values of `kind`.
pub(crate) mod kind {
    pub const CLICK: i8 = 1;
    pub const LANDING_CLICK: i8 = 2;
    pub const CONVERSION: i8 = 3;
    pub const EVENT: i8 = 6;
}

impl<'r> FactRow<'r> {
    /// A click: itself, its uniqueness, its cost, and whether its visitor saw a landing page.
    pub fn of_click(identity: Identity, click: &'r ClickV1<'_>, landing_view: bool) -> Self {
        let row = Self {
            click_at: click.at.0,
            at: click.at.0,
            kind: kind::CLICK,
            clicks: 1,
            unique_campaign: click.unique.campaign.into(),
            unique_stream: click.unique.stream.into(),
            unique_workspace: click.unique.workspace.into(),
            bots: click.dims.bot.is_bot().into(),
            landing_views: landing_view.into(),
            trafficback: click.outcome.is_trafficback().into(),
            cost: click.cost.nanos(),
            ..Self::default()
        };
        row.with(identity, &click.dims)
    }

    /// A landing click: the first of its click counts in the click-through rate and the time on the page, every one as a hit.
    pub fn of_landing_click(identity: Identity, landing: &'r LandingClickV1<'_>) -> Self {
        let on_page = landing.at.since_ms(landing.clicked_at).max(0);
        let row = Self {
            click_at: landing.clicked_at.0,
            at: landing.at.0,
            kind: kind::LANDING_CLICK,
            landing_clicks: landing.first.into(),
            landing_hits: 1,
            landing_ms: if landing.first { on_page } else { 0 },
            ..Self::default()
        };
        row.with(identity, &landing.dims)
    }

    /// A conversion that came to be or changed: the old state with the opposite sign, then the new one.
    pub fn of_conversion(identity: Identity, conversion: &'r ConversionV1<'_>) -> impl Iterator<Item = Self> {
        let state = move |measures: Option<ConversionMeasures>, sign: i8| {
            measures
                .map(|measures| Self::of_state(conversion, &measures, sign).with(identity, &conversion.dims))
        };
        state(conversion.before, -1).into_iter().chain(state(conversion.after, 1))
    }

    /// Events that changed: a row for each, with the difference, at the time of the change.
    pub fn of_events(identity: Identity, events: &'r ClickEventsV1<'_>) -> impl Iterator<Item = Self> {
        let said = &events.conversion;
        differences(&events.before, &events.after).map(move |(number, difference)| {
            let row = Self {
                click_at: said.clicked_at.0,
                at: said.at.0,
                kind: kind::EVENT,
                event: number,
                event_value: difference,
                ..Self::default()
            };
            row.with(identity, &said.dims)
        })
    }

    fn of_state(conversion: &ConversionV1<'_>, measures: &ConversionMeasures, sign: i8) -> Self {
        let class = measures.status.class();
        let is = |status: ConversionStatus| if measures.status == status { sign } else { 0 };
        let money = |wanted: bool, amount: Money| if wanted { amount.nanos() * i128::from(sign) } else { 0 };
        let counts = if class.counts { sign } else { 0 };
        let to_convert = conversion.converted_at.since_ms(conversion.clicked_at).max(0);
        Self {
            click_at: conversion.clicked_at.0,
            at: conversion.converted_at.0,
            kind: kind::CONVERSION,
            status: words::status_number(Some(measures)),
            conversions: counts,
            leads: is(ConversionStatus::Lead),
            sales: is(ConversionStatus::Sale),
            rejected: is(ConversionStatus::Rejected),
            trash: is(ConversionStatus::Trash),
            rebills: is(ConversionStatus::Rebill),
            registrations: is(ConversionStatus::Registration),
            deposits: is(ConversionStatus::Deposit),
            cost: money(true, measures.cost),
            revenue: money(class.earns, measures.payout),
            revenue_confirmed: money(class.earns && class.confirmed, measures.payout),
            revenue_hold: money(class.earns && !class.confirmed, measures.payout),
            revenue_rejected: money(measures.status == ConversionStatus::Rejected, measures.payout),
            convert_ms: to_convert * i64::from(counts),
            ..Self::default()
        }
    }
}

/// What each event changed by, in units of 10⁻⁹; events that did not change are left out.
fn differences(before: &EventValues, after: &EventValues) -> impl Iterator<Item = (u8, i128)> {
    let value_in = |values: &[(u8, EventValue)], wanted: u8| {
        values.iter().find(|(number, _)| *number == wanted).map_or(0, |(_, value)| value.nanos())
    };
    (1..=EVENTS)
        .map(move |number| (number, value_in(after, number).saturating_sub(value_in(before, number))))
        .filter(|(_, difference)| *difference != 0)
}
