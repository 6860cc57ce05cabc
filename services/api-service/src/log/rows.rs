//! Facts as rows of a log.

use crate::{
    handlers::names::{Kind, Names, Wanted},
    types::{
        ClickOrigin, ClickRow, ConversionRow, DeliveryRow, EntityRef, EventRow, LandingClickRow, PostbackRow,
        Trace, TraceNames, VisitorInfo,
    },
};
use signalbox_domain::{CampaignId, DestinationId, Workspace, shown_address};
use signalbox_engine as engine;
use signalbox_warehouse::{
    log::{ConversionEntry, PostbackEntry},
    wire::{ClickDims, ClickV2, DeliveryV1, LandingClickV1, SECOND_STATUS_AFTER},
};

/// The objects that a click refers to, by kind; ids that are none are left out.
fn references(dims: &ClickDims<'_>) -> Vec<(Kind, String)> {
    let all = [
        (Kind::Campaign, (!dims.campaign.is_none()).then(|| dims.campaign.to_string())),
        (Kind::Stream, (!dims.stream.is_none()).then(|| dims.stream.to_string())),
        (Kind::Destination, (!dims.landing.is_none()).then(|| dims.landing.to_string())),
        (Kind::Destination, (!dims.destination.is_none()).then(|| dims.destination.to_string())),
        (Kind::Source, (!dims.source.is_none()).then(|| dims.source.to_string())),
        (Kind::Network, (!dims.network.is_none()).then(|| dims.network.to_string())),
        (Kind::Domain, (!dims.domain.is_none()).then(|| dims.domain.to_string())),
    ];
    all.into_iter().filter_map(|(kind, id)| Some((kind, id?))).collect()
}

/// Adds the objects that a click refers to.
pub fn wanted_of_click(dims: &ClickDims<'_>, wanted: &mut Wanted) {
    references(dims).into_iter().for_each(|(kind, id)| wanted.add(kind, id));
}

/// Adds the objects that an inbound postback refers to.
pub fn wanted_of_postback(entry: &PostbackEntry, wanted: &mut Wanted) {
    if !entry.network.is_none() {
        wanted.add(Kind::Network, entry.network.to_string());
    }
}

/// Adds the objects that a delivery refers to.
pub fn wanted_of_delivery(delivery: &DeliveryV1<'_>, wanted: &mut Wanted) {
    wanted.add(Kind::Output, delivery.output.to_string());
    wanted.add(Kind::Campaign, delivery.campaign.to_string());
    if !delivery.source.is_none() {
        wanted.add(Kind::Source, delivery.source.to_string());
    }
}

fn entity(names: &Names, kind: Kind, is_none: bool, id: &impl ToString) -> Option<EntityRef> {
    (!is_none).then(|| names.reference(kind, id.to_string()))
}

fn origin(names: &Names, dims: &ClickDims<'_>, external_id: &str) -> ClickOrigin {
    ClickOrigin {
        campaign: entity(names, Kind::Campaign, dims.campaign.is_none(), &dims.campaign),
        stream: entity(names, Kind::Stream, dims.stream.is_none(), &dims.stream),
        landing: entity(names, Kind::Destination, dims.landing.is_none(), &dims.landing),
        destination: entity(names, Kind::Destination, dims.destination.is_none(), &dims.destination),
        source: entity(names, Kind::Source, dims.source.is_none(), &dims.source),
        network: entity(names, Kind::Network, dims.network.is_none(), &dims.network),
        domain: entity(names, Kind::Domain, dims.domain.is_none(), &dims.domain),
        external_id: external_id.to_owned(),
        keyword: dims.keyword.to_string(),
        ad_campaign_id: dims.ad_campaign_id.to_string(),
        creative_id: dims.creative_id.to_string(),
        site: dims.site.to_string(),
        sub_ids: dims.sub_ids.iter().map(|(number, value)| (number.to_string(), value.to_string())).collect(),
    }
}

fn visitor(dims: &ClickDims<'_>) -> VisitorInfo {
    VisitorInfo {
        country: dims.country.to_string(),
        region: dims.region.to_string(),
        city: dims.city.to_string(),
        isp: dims.isp.to_string(),
        asn: dims.asn,
        connection_type: dims.connection.as_str().to_owned(),
        device_type: dims.device_type.as_str().to_owned(),
        device_brand: dims.device_brand.to_string(),
        device_model: dims.device_model.to_string(),
        os: dims.os.to_string(),
        os_version: dims.os_version.to_string(),
        browser: dims.browser.to_string(),
        browser_version: dims.browser_version.to_string(),
        language: dims.language.to_string(),
        bot: dims.bot.is_bot(),
        bot_reason: dims.bot.as_str().to_owned(),
    }
}

/// The trace that was kept with a click. One of a version that is not understood any more is no reason to hide the click.
fn trace_of(recorded: &ClickV2<'_>) -> Option<engine::Trace> {
    Some(&recorded.trace).filter(|text| !text.is_empty()).and_then(|text| serde_json::from_str(text).ok())
}

/// Adds the objects that a recorded click and its trace refer to.
pub fn wanted_of_recorded(recorded: &ClickV2<'_>, wanted: &mut Wanted) {
    wanted_of_click(&recorded.click.dims, wanted);
    if !recorded.passed_to.is_none() {
        wanted.add(Kind::Campaign, recorded.passed_to.to_string());
    }
    let Some(trace) = trace_of(recorded) else { return };
    let hops = trace.passed_through.iter().map(|hop| hop.campaign);
    hops.chain([trace.campaign]).for_each(|id| wanted.add(Kind::Campaign, id.to_string()));
    for route in trace.landings.iter().chain(&trace.routes) {
        let alternatives = route.alternatives.iter().map(|alternative| alternative.destination);
        let all = alternatives.chain([route.destination]);
        all.for_each(|id| wanted.add(Kind::Destination, id.to_string()));
    }
}

impl TraceNames for Names {
    fn campaign(&self, id: CampaignId) -> EntityRef {
        self.reference(Kind::Campaign, id.to_string())
    }

    fn destination(&self, id: DestinationId) -> EntityRef {
        self.reference(Kind::Destination, id.to_string())
    }
}

/// A click.
pub fn click(names: &Names, recorded: ClickV2<'static>) -> ClickRow {
    let trace = trace_of(&recorded).map(|trace| Trace::new(trace, names));
    let ClickV2 { click, passed_to, by_script, visitor: key, .. } = recorded;
    ClickRow {
        id: click.id,
        at: click.at.into(),
        outcome: click.outcome.as_str().to_owned(),
        status: click.status,
        unique_campaign: click.unique.campaign,
        unique_stream: click.unique.stream,
        unique_workspace: click.unique.workspace,
        cost: click.cost,
        currency: click.currency,
        origin: origin(names, &click.dims, &click.external_id),
        visitor: visitor(&click.dims),
        ip: shown_address(click.ip),
        user_agent: click.user_agent.into_owned(),
        referrer: click.referrer.into_owned(),
        referrer_domain: click.dims.referrer_domain.into_owned(),
        host: click.host.into_owned(),
        path_and_query: click.path_and_query.into_owned(),
        target: click.target.into_owned(),
        passed_to: entity(names, Kind::Campaign, passed_to.is_none(), &passed_to),
        by_script,
        visitor_key: (key != 0).then(|| format!("{key:016x}")),
        trace,
    }
}

/// A visitor who went on from a landing page.
pub fn landing_click(names: &Names, landing: LandingClickV1<'static>) -> LandingClickRow {
    LandingClickRow {
        click_id: landing.click,
        at: landing.at.into(),
        clicked_at: landing.clicked_at.into(),
        on_landing_ms: u64::try_from(landing.at.since_ms(landing.clicked_at)).unwrap_or(0),
        first: landing.first,
        origin: origin(names, &landing.dims, ""),
        visitor: visitor(&landing.dims),
        target: landing.target.into_owned(),
    }
}

/// A state of a conversion.
pub fn conversion(names: &Names, workspace: &Workspace, entry: ConversionEntry) -> ConversionRow {
    let conversion = entry.conversion;
    let after = conversion.after;
    let words = conversion.original_status.into_owned();
    let (word, second) = words.split_once(SECOND_STATUS_AFTER).unwrap_or((&words, ""));
    ConversionRow {
        id: conversion.id,
        revision: conversion.revision,
        click_id: conversion.click,
        clicked_at: conversion.clicked_at.into(),
        converted_at: conversion.converted_at.into(),
        at: conversion.at.into(),
        status: after.map(|state| state.status.into()),
        status_name: after.map(|state| workspace.status_name(state.status).to_owned()).unwrap_or_default(),
        previous_status: conversion.before.map(|state| state.status.into()),
        original_status: word.to_owned(),
        second_status: second.to_owned(),
        payout: after.map(|state| state.payout).unwrap_or_default(),
        cost: after.map(|state| state.cost).unwrap_or_default(),
        currency: conversion.currency,
        original_payout: conversion.original_payout,
        original_currency: conversion.original_currency,
        transaction: conversion.transaction.into_owned(),
        events: entry.events.into_iter().map(|(number, value)| EventRow { number, value }).collect(),
        origin: origin(names, &conversion.dims, &conversion.external_id),
        visitor: visitor(&conversion.dims),
    }
}

/// An inbound postback.
pub fn postback(names: &Names, entry: PostbackEntry) -> PostbackRow {
    let verdict = entry.verdict;
    let word = verdict.as_ref().map_or("received", |verdict| verdict.verdict.as_str());
    let click = verdict.as_ref().map(|verdict| verdict.click).filter(|click| !click.is_none());
    let made = verdict.as_ref().map(|verdict| verdict.conversion).filter(|id| !id.is_none());
    PostbackRow {
        id: format!("{}-{}", entry.raw.journal, entry.raw.seq),
        at: entry.received_at.into(),
        network: entity(names, Kind::Network, entry.network.is_none(), &entry.network),
        verdict: word.to_owned(),
        code: verdict.as_ref().map(|verdict| verdict.code.clone()).unwrap_or_default(),
        reason: verdict.as_ref().map(|verdict| verdict.reason.clone()).unwrap_or_default(),
        judged_at: verdict.as_ref().map(|verdict| verdict.at.into()),
        click_id: click,
        conversion_id: made,
        method: entry.method,
        query: entry.query,
        ip: shown_address(entry.ip),
        user_agent: entry.user_agent,
    }
}

/// An attempt to deliver an outgoing postback.
pub fn delivery(names: &Names, delivery: DeliveryV1<'static>) -> DeliveryRow {
    DeliveryRow {
        at: delivery.at.into(),
        output: entity(names, Kind::Output, delivery.output.is_none(), &delivery.output),
        conversion_id: delivery.conversion,
        revision: delivery.revision,
        click_id: delivery.click,
        campaign: entity(names, Kind::Campaign, delivery.campaign.is_none(), &delivery.campaign),
        source: entity(names, Kind::Source, delivery.source.is_none(), &delivery.source),
        attempt: delivery.attempt,
        outcome: delivery.outcome.as_str().to_owned(),
        method: delivery.method.into_owned(),
        url: delivery.url.into_owned(),
        status: (delivery.status > 0).then_some(delivery.status),
        response: delivery.response.into_owned(),
        duration_ms: delivery.duration_ms,
    }
}
