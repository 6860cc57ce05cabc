//! One decision with its trace, in the words of the API.

use super::{Click, Configuration};
use crate::{
    error::ApiError,
    types::{ClickOrigin, EntityRef, RouteTrace, SimulatedCost, Simulation, VisitorInfo},
};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use signalbox_detect::{Detector, RequestFacts};
use signalbox_domain::{ClickId, FieldError, Invalid, Visitor};
use signalbox_engine::{
    CompiledCampaign, Decision, Dice, MacroContext, MappedParams, Outcome, Problem, Query, Request, Snapshot,
    Trace, decide_traced,
};

struct Seeded(StdRng);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        // 64 bits over a few hundred outcomes: the bias is far below anything that can be seen.
        if below == 0 { 0 } else { self.0.next_u64() % below }
    }
}

/// Decides about a made-up click.
///
/// # Errors
/// 422 when the campaign cannot be routed at all as it is saved.
pub fn run(
    configuration: &Configuration,
    detector: &Detector,
    click: &Click,
) -> Result<Simulation, ApiError> {
    let compiled = Snapshot::compile(&configuration.input);
    let snapshot = compiled.snapshot;
    let Some(campaign) = snapshot.campaign(configuration.campaign) else {
        return Err(unroutable(compiled.problems));
    };
    let facts =
        RequestFacts { accept_language: &click.language, ..RequestFacts::new(click.ip, &click.user_agent) };
    let visitor = detector.describe(&facts);
    let query = Query::parse(&click.query);
    let params = MappedParams::from_query(&query, campaign.source());
    let request = Request {
        visitor: &visitor,
        query: &query,
        referrer: &click.referrer,
        referrer_domain: &click.referrer_domain,
        host: &click.host,
        params: &params,
        unique_campaign: click.unique,
        now: click.at,
    };
    let mut dice = Seeded(StdRng::seed_from_u64(click.seed));
    let (decision, trace) = decide_traced(campaign, &snapshot, &request, &mut dice);
    let cost = campaign.click_cost(&params);
    let random = dice.0.next_u64();
    let id = ClickId::new(click.at, u128::from(random));
    let context = MacroContext::new(id, &request, campaign, &decision, (&cost, random));
    let target = decision.target.map(|target| {
        let mut text = String::new();
        target.expand(&context, &mut text);
        text
    });
    let domain = snapshot.domain(&click.host).and_then(|domain| entity(&domain.id, &domain.host));
    let routes = |routes: &[signalbox_engine::RouteTrace]| {
        routes.iter().map(|route| describe_route(&snapshot, route)).collect()
    };
    let Trace { streams, landings, routes: destinations, trafficback, .. } = trace;
    Ok(Simulation {
        outcome: outcome(decision.outcome).to_owned(),
        status: decision.status,
        target,
        origin: ClickOrigin { domain, ..origin(campaign, &decision, &params) },
        visitor: describe_visitor(&visitor),
        cost: SimulatedCost {
            amount: cost.amount,
            currency: cost.currency,
            rejected_parameter: cost.rejected_parameter,
            unconverted: cost.unconverted,
        },
        collected: decision.collect,
        streams: streams.into_iter().map(Into::into).collect(),
        landings: routes(&landings),
        routes: routes(&destinations),
        trafficback: trafficback.map(Into::into),
        problems: compiled.problems.into_iter().map(Into::into).collect(),
    })
}

fn unroutable(problems: Vec<Problem>) -> ApiError {
    let errors: Vec<FieldError> = problems
        .into_iter()
        .map(|problem| FieldError { field: problem.field, reason: problem.reason })
        .collect();
    if errors.is_empty() {
        return signalbox_chassis::problem::Problem::internal("a campaign was left out without a reason")
            .into();
    }
    Invalid(errors).into()
}

const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Routed => "routed",
        Outcome::NoStream => "no_stream",
        Outcome::NoDestination => "no_destination",
        Outcome::CampaignPaused => "campaign_paused",
        Outcome::NotFound => "not_found",
    }
}

fn describe_route(snapshot: &Snapshot, route: &signalbox_engine::RouteTrace) -> RouteTrace {
    let id = route.destination.to_string();
    let found = snapshot.destination(route.destination);
    let name = found.map_or_else(|| format!("deleted ({id})"), |destination| destination.name.to_string());
    RouteTrace {
        destination: EntityRef { id, name },
        weight: route.weight,
        state: route.state.into(),
        chosen: route.chosen,
    }
}

fn entity(id: &impl ToString, name: &str) -> Option<EntityRef> {
    Some(EntityRef { id: id.to_string(), name: name.to_owned() })
}

fn origin(campaign: &CompiledCampaign, decision: &Decision<'_>, params: &MappedParams<'_>) -> ClickOrigin {
    let network = decision.destination.and_then(|destination| destination.network.as_ref());
    ClickOrigin {
        campaign: entity(&campaign.id, &campaign.name),
        stream: decision.stream.and_then(|it| entity(&it.id, &it.name)),
        landing: decision.landing.and_then(|it| entity(&it.id, &it.name)),
        destination: decision.destination.and_then(|it| entity(&it.id, &it.name)),
        source: campaign.source().and_then(|it| entity(&it.id, &it.name)),
        network: network.and_then(|it| entity(&it.id, &it.name)),
        domain: None,
        external_id: params.external_id.to_owned(),
        keyword: params.keyword.to_owned(),
        ad_campaign_id: params.ad_campaign_id.to_owned(),
        creative_id: params.creative_id.to_owned(),
        site: params.site.to_owned(),
        sub_ids: params
            .sub_ids_sent()
            .map(|(number, value)| (number.to_string(), value.to_owned()))
            .collect(),
    }
}

fn describe_visitor(visitor: &Visitor) -> VisitorInfo {
    let (geo, device) = (&visitor.geo, &visitor.device);
    VisitorInfo {
        country: geo.country.to_string(),
        region: geo.region.to_string(),
        city: geo.city.to_string(),
        isp: geo.isp.to_string(),
        asn: geo.asn,
        connection_type: geo.connection.as_str().to_owned(),
        device_type: device.kind.as_str().to_owned(),
        device_brand: device.brand.to_string(),
        device_model: device.model.to_string(),
        os: device.os.name.to_string(),
        os_version: device.os.version.to_string(),
        browser: device.browser.name.to_string(),
        browser_version: device.browser.version.to_string(),
        language: visitor.language.to_string(),
        bot: visitor.bot.is_bot(),
        bot_reason: visitor.bot.as_str().to_owned(),
    }
}
