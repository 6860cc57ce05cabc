//! One decision with its trace, in the words of the API.

use super::{Assumed, Click, Configuration, configuration::nobody};
use crate::{
    error::ApiError,
    types::{
        ClickOrigin, EntityRef, RoutingProblem, SimulatedCost, Simulation, Trace, TraceNames, VisitorInfo,
    },
};
use rand::{RngCore as _, SeedableRng as _, rngs::StdRng};
use signalbox_detect::Detector;
use signalbox_domain::{CampaignId, ClickId, DestinationId, FieldError, Invalid, Visitor};
use signalbox_engine::{
    Compiled, CompiledCampaign, Decision, Dice, Found, MacroContext, MappedParams, Problem, Query, Request,
    Severity, Snapshot, decide_traced,
};

struct Seeded(StdRng);

impl Dice for Seeded {
    fn roll(&mut self, below: u64) -> u64 {
        // 64 bits over a few hundred outcomes: the bias is far below anything that can be seen.
        if below == 0 { 0 } else { self.0.next_u64() % below }
    }
}

/// A configuration, compiled.
pub struct Prepared {
    campaign: Option<CampaignId>,
    compiled: Compiled,
}

impl Prepared {
    /// Compiles; takes a while of computing.
    pub fn new(configuration: &Configuration) -> Self {
        let salt_of = |_| configuration.address_salt;
        let compiled = Snapshot::compile_salted(&configuration.input, &salt_of);
        Self { campaign: configuration.campaign, compiled }
    }

    /// What can be routed.
    pub const fn snapshot(&self) -> &Snapshot {
        &self.compiled.snapshot
    }

    /// The campaign that a click is for, and what follows its slug in the link.
    fn entry<'s>(&'s self, click: &'s Click) -> Result<(&'s CompiledCampaign, &'s str), ApiError> {
        let snapshot = self.snapshot();
        let found = match snapshot.find(&click.host, &click.path) {
            Found::Campaign { campaign, extra_path, .. } => Some((campaign, extra_path)),
            Found::Nothing { .. } => None,
        };
        let Some(id) = self.campaign else { return found.ok_or_else(nobody) };
        let extra = found.filter(|(campaign, _)| campaign.id == id).map_or("", |(_, extra)| extra);
        let campaign = snapshot.campaign(id).ok_or_else(|| unroutable(&self.compiled.problems))?;
        Ok((campaign, extra))
    }
}

/// Decides about a made-up click.
///
/// # Errors
/// 422 when the campaign cannot be routed at all as it is saved, or nobody answers the link.
pub fn run(
    prepared: &Prepared,
    detector: &Detector,
    click: &Click,
    assumed: &Assumed,
) -> Result<Simulation, ApiError> {
    let snapshot = prepared.snapshot();
    let (campaign, extra_path) = prepared.entry(click)?;
    let visitor = detector.describe(&click.facts());
    let query = Query::parse(&click.query);
    let params = MappedParams::from_query(&query, campaign.source());
    let key = click.key(&campaign.uniqueness.key, &query, campaign.workspace.address_salt);
    let request = Request {
        visitor: &visitor,
        query: &query,
        referrer: &click.referrer,
        referrer_domain: &click.referrer_domain,
        host: &click.host,
        extra_path,
        headers: click,
        params: &params,
        unique_campaign: !visitor.bot.is_bot() && !assumed.seen_in_campaign(),
        visitor_key: key,
        live: assumed,
        now: click.at,
    };
    let mut dice = Seeded(StdRng::seed_from_u64(click.seed));
    let (decision, trace) = decide_traced(campaign, snapshot, &request, &mut dice);
    let cost = campaign.click_cost(&params);
    let random = dice.0.next_u64();
    let id = ClickId::new(click.at, u128::from(random));
    let context = MacroContext::new(id, &request, campaign, &decision, (&cost, random));
    let domain = snapshot.domain(&click.host).and_then(|domain| entity(&domain.id, &domain.host));
    Ok(Simulation {
        outcome: word(&decision.outcome),
        status: decision.status,
        via: decision.via.into(),
        target: target(campaign, &decision, &request, &context),
        body: decision.body.map(|body| {
            let mut text = String::new();
            body.expand(&context, &mut text);
            text
        }),
        origin: ClickOrigin { domain, ..origin(campaign, &decision, &params) },
        visitor: describe_visitor(&visitor),
        visitor_key: format!("{key:016x}"),
        cost: SimulatedCost {
            amount: cost.amount,
            currency: cost.currency,
            rejected_parameter: cost.rejected_parameter,
            unconverted: cost.unconverted,
        },
        collected: decision.collect,
        trace: Trace::new(trace, snapshot),
        problems: prepared.compiled.problems.iter().map(|it| describe_problem(snapshot, it)).collect(),
    })
}

/// Where the visitor is sent, with what the campaign passes on.
fn target(
    campaign: &CompiledCampaign,
    decision: &Decision<'_>,
    request: &Request<'_>,
    context: &MacroContext<'_>,
) -> Option<String> {
    let mut text = String::new();
    let forward = campaign.forward_query.then_some(request.query);
    let extra = match campaign.extra_path {
        signalbox_domain::ExtraPath::Append => request.extra_path,
        _ => "",
    };
    decision.target?.expand_forwarding(context, forward, extra, &mut text);
    Some(text)
}

/// The word of an outcome, as it is stored with clicks.
fn word(outcome: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(outcome).unwrap_or_default();
    value.as_str().unwrap_or("unknown").to_owned()
}

fn unroutable(problems: &[Problem]) -> ApiError {
    let errors: Vec<FieldError> = problems
        .iter()
        .map(|problem| FieldError { field: problem.field.clone(), reason: problem.reason.clone() })
        .collect();
    if errors.is_empty() {
        return signalbox_chassis::problem::Problem::internal("a campaign was left out without a reason")
            .into();
    }
    Invalid(errors).into()
}

impl TraceNames for Snapshot {
    fn campaign(&self, id: CampaignId) -> EntityRef {
        let found = Self::campaign(self, id).and_then(|campaign| entity(&id, &campaign.name));
        found.unwrap_or_else(|| deleted(&id))
    }

    fn destination(&self, id: DestinationId) -> EntityRef {
        let found = Self::destination(self, id).and_then(|destination| entity(&id, &destination.name));
        found.unwrap_or_else(|| deleted(&id))
    }
}

fn deleted(id: &impl ToString) -> EntityRef {
    let id = id.to_string();
    EntityRef { name: format!("deleted ({id})"), id }
}

fn describe_problem(snapshot: &Snapshot, problem: &Problem) -> RoutingProblem {
    RoutingProblem {
        campaign: problem.campaign.map(|id| TraceNames::campaign(snapshot, id)),
        stream_id: problem.stream,
        field: with_name(snapshot, &problem.field),
        reason: problem.reason.clone(),
        left_out: problem.severity == Severity::LeftOut,
    }
}

/// `destination ID: field` with the name that people gave it.
fn with_name(snapshot: &Snapshot, field: &str) -> String {
    let named = || {
        let (id, rest) = field.strip_prefix("destination ")?.split_once(": ")?;
        let destination = snapshot.destination(id.parse().ok()?)?;
        Some(format!("destination “{}”: {rest}", destination.name))
    };
    named().unwrap_or_else(|| field.to_owned())
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
