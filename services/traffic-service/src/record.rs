//! The click as it is kept: built once, encoded once, appended before the visitor is answered.

use crate::{app::App, privacy, said::Said, visit::Visit};
use signalbox_chassis::warn_limited;
use signalbox_domain::{
    AffiliateNetworkId, CampaignId, ClickId, DestinationId, DomainId, StreamId, Timestamp, TrafficSourceId,
    Visitor,
};
use signalbox_engine::{
    ClickCost, CompiledCampaign, CompiledDomain, CostOnConversion as EngineCost, Decision, MappedParams,
    Outcome as EngineOutcome,
};
use signalbox_events::wire::{
    ClickDims, ClickV1, ClickV2, CostOnConversion, CountedV1, DecodeError, LandingClickV2, Outcome, Record,
    UniqueFlags,
};
use std::borrow::Cow;

/// What is to be kept of a request before it is answered.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    /// The wire record; empty: nothing.
    pub(crate) record: Vec<u8>,
    /// What the request said about the events of its click.
    pub(crate) events: Option<Box<Said>>,
}

/// Everything known about a decided click.
pub(crate) struct Facts<'a> {
    pub(crate) id: ClickId,
    pub(crate) now: Timestamp,
    pub(crate) visit: &'a Visit<'a>,
    pub(crate) visitor: &'a Visitor,
    /// Key of the visitor by the campaign's uniqueness.
    pub(crate) visitor_key: u64,
    pub(crate) params: &'a MappedParams<'a>,
    pub(crate) campaign: &'a CompiledCampaign,
    pub(crate) domain: Option<&'a CompiledDomain>,
    pub(crate) decision: &'a Decision<'a>,
    pub(crate) unique: UniqueFlags,
    pub(crate) cost: &'a ClickCost,
    pub(crate) target: &'a str,
    /// Why, as JSON; empty when it is not kept.
    pub(crate) trace: &'a str,
    /// The visitor is on its landing page already.
    pub(crate) on_page: bool,
}

/// The wire record; remembered as well when a landing was shown, so that the landing click finds it. Empty when nothing is to be kept or
/// counted: machines that the campaign ignores.
pub(crate) fn encode(app: &App, facts: &Facts<'_>) -> Vec<u8> {
    let mut click = click_record(facts);
    privacy::cut_click(&mut click, facts.campaign.workspace.addresses, facts.visitor.ip);
    if click.shows_landing() {
        app.landings.remember(&click);
    }
    if facts.decision.collect {
        return encoded(app, Record::encode_click(&click));
    }
    app.metrics.not_collected.increment(1);
    if facts.visitor.bot.is_bot() {
        return Vec::new();
    }
    encoded(app, Record::Counted(counted(&click)).encode())
}

/// The bytes of a record; empty, and counted, should it not encode.
pub(crate) fn encoded(app: &App, record: Result<Vec<u8>, DecodeError>) -> Vec<u8> {
    record.unwrap_or_else(|error| {
        app.metrics.lost("encode").increment(1);
        warn_limited!(6, %error, "a click could not be encoded");
        Vec::new()
    })
}

/// Appends the record. The visitor is sent on whatever happens; what cannot be kept is counted by reason.
pub(crate) async fn keep(app: &App, kept: &Kept) {
    if !kept.record.is_empty()
        && let Err(error) = app.clicks.append_with(&kept.record, app.durability).await
    {
        app.metrics.lost(error.label()).increment(1);
        warn_limited!(6, %error, "a click was redirected but could not be journaled");
    }
    if let Some(events) = &kept.events {
        Box::pin(events.keep(app)).await;
    }
}

fn click_record<'a>(facts: &Facts<'a>) -> ClickV2<'a> {
    let Facts { visit, visitor, params, decision, cost, .. } = facts;
    let (passed_to, passed_to_stream) = passed_to(decision);
    let click = ClickV1 {
        id: facts.id,
        at: facts.now,
        dims: dims(facts),
        outcome: outcome(decision.outcome),
        status: decision.status,
        unique: facts.unique,
        cost: cost.amount,
        currency: cost.currency,
        cost_on_conversion: match cost.on_conversion {
            EngineCost::None => CostOnConversion::None,
            EngineCost::PerConversion(amount) => CostOnConversion::PerConversion(amount),
            EngineCost::RevenueShare(percent) => CostOnConversion::RevenueShare(percent),
            EngineCost::PerLead(amount) => CostOnConversion::PerLead(amount),
        },
        external_id: params.external_id.into(),
        ip: visitor.ip,
        user_agent: visit.user_agent.into(),
        referrer: visit.referrer.into(),
        host: Cow::Borrowed(&visit.host),
        path_and_query: visit.path_and_query.into(),
        target: facts.target.into(),
    };
    ClickV2 {
        click,
        visitor: facts.visitor_key,
        passed_to,
        passed_to_stream,
        trace: facts.trace.into(),
        by_script: facts.on_page,
    }
}

/// The last campaign a click was passed on to, and the stream there.
pub(crate) fn passed_to(decision: &Decision<'_>) -> (CampaignId, StreamId) {
    let last = decision.passed_through.iter().last();
    last.map_or((CampaignId::NONE, StreamId::NONE), |(campaign, stream)| {
        (campaign.id, stream.map_or(StreamId::NONE, |stream| stream.id))
    })
}

fn counted(click: &ClickV2<'_>) -> CountedV1 {
    let dims = &click.click.dims;
    // What ended in a fallback was taken by no stream.
    let stream = if click.click.outcome.is_trafficback() { StreamId::NONE } else { dims.stream };
    CountedV1 {
        id: click.click.id,
        at: click.click.at,
        workspace: dims.workspace,
        campaign: dims.campaign,
        stream,
        landing: dims.landing,
        destination: dims.destination,
        passed_to: click.passed_to,
        passed_to_stream: click.passed_to_stream,
        cost: click.click.cost,
        visitor: click.visitor,
        going_on: false,
    }
}

/// A landing click that is only counted.
pub(crate) fn going_on(click: &ClickV2<'_>, landing: &LandingClickV2<'_>) -> CountedV1 {
    CountedV1 {
        at: landing.landing_click.at,
        destination: landing.landing_click.dims.destination,
        going_on: true,
        ..counted(click)
    }
}

fn dims<'a>(facts: &Facts<'a>) -> ClickDims<'a> {
    let Facts { visit, visitor, params, campaign, decision, .. } = facts;
    ClickDims {
        stream: decision.stream.map_or(StreamId::NONE, |stream| stream.id),
        landing: decision.landing.map_or(DestinationId::NONE, |landing| landing.id),
        destination: decision.destination.map_or(DestinationId::NONE, |destination| destination.id),
        source: campaign.source().map_or(TrafficSourceId::NONE, |source| source.id),
        network: decision
            .destination
            .and_then(|destination| destination.network.as_ref())
            .map_or(AffiliateNetworkId::NONE, |network| network.id),
        domain: facts.domain.map_or(DomainId::NONE, |domain| domain.id),
        keyword: params.keyword.into(),
        ad_campaign_id: params.ad_campaign_id.into(),
        creative_id: params.creative_id.into(),
        site: params.site.into(),
        sub_ids: params.sub_ids_sent().map(|(number, value)| (number, Cow::Borrowed(value))).collect(),
        ..of_visitor(campaign, visitor, &visit.referrer_domain)
    }
}

/// Dimensions of a visitor in a campaign, and nothing else.
pub(crate) fn of_visitor<'a>(
    campaign: &CompiledCampaign,
    visitor: &'a Visitor,
    referrer_domain: &'a str,
) -> ClickDims<'a> {
    let (geo, device) = (&visitor.geo, &visitor.device);
    ClickDims {
        workspace: campaign.workspace.id,
        campaign: campaign.id,
        stream: StreamId::NONE,
        landing: DestinationId::NONE,
        destination: DestinationId::NONE,
        source: TrafficSourceId::NONE,
        network: AffiliateNetworkId::NONE,
        domain: DomainId::NONE,
        country: Cow::Borrowed(&geo.country),
        region: Cow::Borrowed(&geo.region),
        city: Cow::Borrowed(&geo.city),
        isp: Cow::Borrowed(&geo.isp),
        asn: geo.asn,
        connection: geo.connection,
        device_type: device.kind,
        device_brand: Cow::Borrowed(&device.brand),
        device_model: Cow::Borrowed(&device.model),
        os: Cow::Borrowed(&device.os.name),
        os_version: Cow::Borrowed(&device.os.version),
        browser: Cow::Borrowed(&device.browser.name),
        browser_version: Cow::Borrowed(&device.browser.version),
        language: Cow::Borrowed(&visitor.language),
        referrer_domain: Cow::Borrowed(referrer_domain),
        keyword: Cow::Borrowed(""),
        ad_campaign_id: Cow::Borrowed(""),
        creative_id: Cow::Borrowed(""),
        site: Cow::Borrowed(""),
        sub_ids: Vec::new(),
        bot: visitor.bot,
    }
}

const fn outcome(outcome: EngineOutcome) -> Outcome {
    match outcome {
        EngineOutcome::Routed => Outcome::Routed,
        EngineOutcome::NoStream => Outcome::NoStream,
        EngineOutcome::NoDestination => Outcome::NoDestination,
        EngineOutcome::CampaignPaused => Outcome::CampaignPaused,
        EngineOutcome::NotFound => Outcome::NotFound,
        EngineOutcome::Answered => Outcome::Answered,
        EngineOutcome::CapReached => Outcome::CapReached,
        EngineOutcome::Exhausted => Outcome::Exhausted,
        EngineOutcome::Loop => Outcome::Loop,
        EngineOutcome::Bot => Outcome::Bot,
    }
}
