//! Campaigns with everything they refer to resolved.

use super::{CompiledDestination, CompiledStream, RoutingInput, stream};
use crate::{CompiledUrl, Problem, caps::CompiledCaps, choose::Weights, problem::Report, rules::Shared};
use jiff::tz::TimeZone;
use rustc_hash::FxHashMap;
use signalbox_domain::{
    AddressPolicy, BotPolicy, Campaign, CampaignId, CampaignState, CostModel, Currency, CurrencyRate,
    DestinationId, DomainId, ExtraPath, Money, ParameterRole, Slug, StreamKind, StreamSelection,
    TrafficSourceId, Uniqueness, WorkspaceId, url_template,
};
use std::{cell::RefCell, fmt, sync::Arc};

/// What keys of addresses are made with where addresses are not kept; a secret, so it is not shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct AddressSalt(pub [u8; 16]);

impl fmt::Debug for AddressSalt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressSalt")
    }
}

/// A tenant.
#[derive(Debug)]
pub struct CompiledWorkspace {
    /// Identity.
    pub id: WorkspaceId,
    /// Currency of reported amounts.
    pub currency: Currency,
    /// Timezone of rules and dates that name none.
    pub timezone: TimeZone,
    /// How much of visitors' addresses is kept.
    pub addresses: AddressPolicy,
    /// What keys of its visitors are made with, unless it keeps whole addresses.
    pub address_salt: Option<AddressSalt>,
    rates: Box<[CurrencyRate]>,
}

impl CompiledWorkspace {
    /// `amount` of `currency` in the workspace's currency; `None` when no rate is known and it is not nothing.
    pub fn convert(&self, amount: Money, currency: Currency) -> Option<Money> {
        if currency == self.currency || amount.is_zero() {
            return Some(amount);
        }
        let rate = self.rates.iter().find(|rate| rate.currency == currency)?;
        Some(amount.ratio(rate.rate.nanos(), Money::from_whole(1).nanos()))
    }
}

/// A traffic source.
#[derive(Debug)]
pub struct CompiledSource {
    /// Identity.
    pub id: TrafficSourceId,
    /// Shown name.
    pub name: Box<str>,
    /// Currency of its cost parameter; the campaign's when absent.
    pub currency: Option<Currency>,
    parameters: Box<[(Box<str>, ParameterRole)]>,
}

impl CompiledSource {
    /// What the query parameter `name` means, in any case.
    pub fn role_of(&self, name: &str) -> Option<ParameterRole> {
        let known = self.parameters.iter().find(|(parameter, _)| parameter.eq_ignore_ascii_case(name));
        known.map(|(_, role)| *role)
    }
}

/// What becomes of machines.
#[derive(Debug)]
pub(crate) enum Bots {
    Route,
    Url(Box<CompiledUrl>),
    NotFound,
    Ignore,
}

/// A campaign.
#[derive(Debug)]
pub struct CompiledCampaign {
    /// Identity.
    pub id: CampaignId,
    /// Shown name.
    pub name: Box<str>,
    /// Path segment.
    pub slug: Slug,
    /// Tenant.
    pub workspace: Arc<CompiledWorkspace>,
    /// The only domain that answers, if any.
    pub domain: Option<DomainId>,
    /// Whether it takes traffic.
    pub state: CampaignState,
    /// Where its traffic is bought.
    pub source: Option<Arc<CompiledSource>>,
    /// What its traffic costs.
    pub cost: CostModel,
    /// Whether the cost parameter overrides the cost per click.
    pub cost_from_parameter: bool,
    /// Currency of `cost`.
    pub currency: Currency,
    /// When a visitor counts as unique.
    pub uniqueness: Uniqueness,
    /// How a regular stream is picked.
    pub selection: StreamSelection,
    /// Whether query parameters of the click are added to the target.
    pub forward_query: bool,
    /// What more path segments behind the slug mean.
    pub extra_path: ExtraPath,
    /// Where a click goes that no stream takes.
    pub trafficback: Option<CompiledUrl>,
    /// Valid streams in order, also those that are switched off.
    pub streams: Box<[CompiledStream]>,
    pub(crate) bots: Bots,
    pub(crate) caps: CompiledCaps,
    /// For how many hours a visitor keeps the regular stream drawn by weight.
    pub(crate) sticky_hours: Option<u16>,
    pub(crate) forced: Box<[usize]>,
    pub(crate) regular: Box<[usize]>,
    pub(crate) regular_weights: Weights,
    pub(crate) default: Box<[usize]>,
}

impl CompiledCampaign {
    /// Its traffic source.
    pub fn source(&self) -> Option<&CompiledSource> {
        self.source.as_deref()
    }

    /// A stream by id; `None` when it was deleted or is invalid.
    pub fn stream(&self, id: signalbox_domain::StreamId) -> Option<&CompiledStream> {
        self.streams.iter().find(|stream| stream.id == id)
    }

    /// Sorts the streams that take part by when they are considered.
    pub(super) fn sort_streams(&mut self) {
        let of_kind = |kind: StreamKind| -> Box<[usize]> {
            let wanted = |(_, stream): &(usize, &CompiledStream)| stream.active && stream.kind == kind;
            self.streams.iter().enumerate().filter(wanted).map(|(index, _)| index).collect()
        };
        let (forced, regular, default) =
            (of_kind(StreamKind::Forced), of_kind(StreamKind::Regular), of_kind(StreamKind::Default));
        self.regular_weights = Weights::new(regular.iter().map(|&index| self.streams[index].weight));
        (self.forced, self.regular, self.default) = (forced, regular, default);
    }
}

pub(super) type Workspaces = FxHashMap<WorkspaceId, Arc<CompiledWorkspace>>;
pub(super) type Sources = FxHashMap<TrafficSourceId, (WorkspaceId, Arc<CompiledSource>)>;

/// What campaigns can refer to.
pub(super) struct Known<'a> {
    pub(super) workspaces: &'a Workspaces,
    pub(super) sources: &'a Sources,
    pub(super) destinations: &'a [CompiledDestination],
    pub(super) index: &'a FxHashMap<DestinationId, u32>,
    /// Tests of rules compiled so far.
    pub(super) tests: RefCell<Shared<'a>>,
}

pub(super) fn compile_workspaces(
    input: &RoutingInput,
    salt_of: &dyn Fn(WorkspaceId) -> Option<AddressSalt>,
    problems: &mut Vec<Problem>,
) -> Workspaces {
    let compile = |workspace: &signalbox_domain::Workspace| {
        let mut report = Report { problems, workspace: workspace.id, campaign: None, stream: None };
        let timezone = TimeZone::get(&workspace.timezone).unwrap_or_else(|_| {
            report.warn("timezone", format!("{:?} is unknown: UTC is used", workspace.timezone));
            TimeZone::UTC
        });
        let compiled = CompiledWorkspace {
            id: workspace.id,
            currency: workspace.currency,
            timezone,
            addresses: workspace.addresses,
            address_salt: if workspace.addresses.keeps_all() { None } else { salt_of(workspace.id) },
            rates: workspace.rates.as_slice().into(),
        };
        (workspace.id, Arc::new(compiled))
    };
    input.workspaces.iter().map(compile).collect()
}

pub(super) fn compile_sources(input: &RoutingInput, problems: &mut Vec<Problem>) -> Sources {
    let compile = |(workspace, source): &(WorkspaceId, signalbox_domain::TrafficSource)| {
        let mut report = Report { problems, workspace: *workspace, campaign: None, stream: None };
        for error in source.validate().err().into_iter().flat_map(|invalid| invalid.0) {
            report.warn(format!("source {}: {}", source.id, error.field), error.reason);
        }
        let parameters =
            source.parameters.iter().map(|mapping| (mapping.parameter.as_str().into(), mapping.role));
        let compiled = CompiledSource {
            id: source.id,
            name: source.name.as_str().into(),
            currency: source.currency,
            parameters: parameters.collect(),
        };
        (source.id, (*workspace, Arc::new(compiled)))
    };
    input.sources.iter().map(compile).collect()
}

pub(super) fn compile_all<'a>(
    input: &'a RoutingInput,
    known: &Known<'a>,
    problems: &mut Vec<Problem>,
) -> Vec<CompiledCampaign> {
    let mut seen = FxHashMap::default();
    let compile = |(workspace, campaign): &'a (WorkspaceId, Campaign)| {
        let mut report = Report {
            problems: &mut *problems,
            workspace: *workspace,
            campaign: Some(campaign.id),
            stream: None,
        };
        if seen.insert(campaign.id, ()).is_some() {
            report.left_out("id", "is used by two campaigns; the first one is routed");
            return None;
        }
        compile_campaign(campaign, known, &mut report)
    };
    let mut campaigns: Vec<_> = input.campaigns.iter().filter_map(compile).collect();
    campaigns.shrink_to_fit();
    campaigns
}

/// Sorts what `validate` finds: `None` when the campaign cannot be routed at all, else the positions of streams that cannot.
fn unusable_streams(campaign: &Campaign, report: &mut Report<'_>) -> Option<Vec<usize>> {
    let mut usable = true;
    let mut streams = Vec::new();
    for error in campaign.validate().err().into_iter().flat_map(|invalid| invalid.0) {
        let of_stream = error.field.strip_prefix("streams[").and_then(|rest| rest.split_once("]."));
        let of_stream = of_stream.and_then(|(index, field)| Some((index.parse::<usize>().ok()?, field)));
        if let Some((index, field)) = of_stream {
            let id = campaign.streams.get(index).map_or_else(Default::default, |stream| stream.id);
            match field {
                "name" | "notes" => {}
                "trafficback_url" => report.of_stream(id).left_out(field, error.reason),
                // Read part by part, and reported where they are compiled.
                field if field.starts_with("caps") || field.starts_with("schedule") => {}
                field if field.starts_with("choosing.") || field.starts_with("no_repeat.") => {
                    let reason = format!("{}: the nearest value in range is used", error.reason);
                    report.of_stream(id).warn(field, reason);
                }
                _ => {
                    report.of_stream(id).left_out(field, error.reason);
                    streams.push(index);
                }
            }
            continue;
        }
        match error.field.as_str() {
            "slug" | "streams" => {
                usable = false;
                report.left_out(error.field, error.reason);
            }
            "trafficback_url" => report.left_out(error.field, error.reason),
            field if field.starts_with("cost") => {
                report.left_out(field, format!("{}: cost is not counted", error.reason));
            }
            _ => {}
        }
    }
    usable.then_some(streams)
}

fn compile_campaign<'a>(
    campaign: &'a Campaign,
    known: &Known<'a>,
    report: &mut Report<'_>,
) -> Option<CompiledCampaign> {
    let unusable = unusable_streams(campaign, report)?;
    let Some(workspace) = known.workspaces.get(&report.workspace) else {
        report.left_out("workspace", "does not exist");
        return None;
    };
    let source = campaign.source_id.and_then(|id| {
        let found = known.sources.get(&id).filter(|(owner, _)| *owner == report.workspace);
        if found.is_none() {
            report.warn(
                "source_id",
                format!("source {id} does not exist: parameters are mapped by their usual names"),
            );
        }
        found.map(|(_, source)| Arc::clone(source))
    });
    let mut v = signalbox_domain::Validator::new();
    campaign.cost.validate(&mut v);
    let cost = if v.finish().is_ok() { campaign.cost } else { CostModel::None };
    let trafficback = compile_url("trafficback_url", campaign.trafficback_url.as_deref(), workspace, report);
    let streams: Box<[_]> = campaign
        .streams
        .iter()
        .enumerate()
        .filter(|(index, _)| !unusable.contains(index))
        .filter_map(|(_, stream)| stream::compile(stream, known, workspace, &mut report.of_stream(stream.id)))
        .collect();
    Some(CompiledCampaign {
        id: campaign.id,
        name: campaign.name.as_str().into(),
        slug: campaign.slug.clone(),
        workspace: Arc::clone(workspace),
        domain: campaign.domain_id,
        state: campaign.state,
        source,
        cost,
        cost_from_parameter: campaign.cost_from_parameter,
        currency: campaign.currency.unwrap_or(workspace.currency),
        uniqueness: campaign.uniqueness.clone(),
        selection: campaign.stream_selection,
        forward_query: campaign.forward_query,
        extra_path: campaign.extra_path,
        trafficback,
        streams,
        bots: compile_bots(&campaign.bots, workspace, report),
        caps: CompiledCaps::compile(&campaign.caps, &workspace.timezone, "caps", report),
        sticky_hours: campaign.sticky_streams_hours,
        forced: Box::default(),
        regular: Box::default(),
        regular_weights: Weights::default(),
        default: Box::default(),
    })
}

fn compile_bots(bots: &BotPolicy, workspace: &CompiledWorkspace, report: &mut Report<'_>) -> Bots {
    match bots {
        BotPolicy::Route => Bots::Route,
        BotPolicy::NotFound => Bots::NotFound,
        BotPolicy::Ignore => Bots::Ignore,
        BotPolicy::Url { url } => CompiledUrl::compile_reported(url, workspace, "bots.url", report)
            .map_or(Bots::Route, |url| Bots::Url(Box::new(url))),
    }
}

/// Compiles an optional URL; one that is invalid was reported by validation.
pub(super) fn compile_url(
    field: &str,
    url: Option<&str>,
    workspace: &CompiledWorkspace,
    report: &mut Report<'_>,
) -> Option<CompiledUrl> {
    let url = url.filter(|url| url_template::check(url).is_ok())?;
    CompiledUrl::compile_reported(url, workspace, field, report)
}
