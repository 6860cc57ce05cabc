//! Streams with their rules, routes, limits and targets compiled.

use super::{
    campaign::{CompiledWorkspace, Known, compile_url},
    routes::{self, CompiledRoute, CompiledRoutes},
};
use crate::{
    CompiledText, CompiledUrl,
    caps::CompiledCaps,
    problem::Report,
    rules::{self, CompiledRule, Scope},
    schedule::CompiledSchedule,
};
use signalbox_domain::{
    Action, CampaignId, Choosing, NoRepeat, OfferChoice, Stream, StreamId, StreamKind, Via,
};

/// What a stream does.
#[derive(Debug)]
pub(crate) enum Act {
    Redirect { status: u16, via: Via },
    Url { url: Box<CompiledUrl>, status: u16, via: Via },
    Campaign(CampaignId),
    Show(Box<CompiledText>),
    Nothing,
    NotFound,
}

/// An ordered branch of a campaign.
#[derive(Debug)]
pub struct CompiledStream {
    /// Identity.
    pub id: StreamId,
    /// Shown name.
    pub name: Box<str>,
    /// When it is considered.
    pub kind: StreamKind,
    /// Whether it takes part.
    pub active: bool,
    /// Ratio against the other regular streams.
    pub weight: u32,
    /// When the destination behind a landing page is chosen.
    pub offer_choice: OfferChoice,
    /// Never the same destination twice for a visitor.
    pub no_repeat: Option<NoRepeat>,
    /// Whether its clicks are kept; clicks that are not are only counted.
    pub collect_clicks: bool,
    /// Whether a rule asks how many clicks it has taken.
    pub(crate) counted: bool,
    pub(crate) caps: CompiledCaps,
    pub(crate) schedule: Option<Box<CompiledSchedule>>,
    pub(crate) rules: CompiledRule,
    pub(crate) act: Act,
    /// Absent: there are none.
    pub(crate) landings: Option<Box<CompiledRoutes>>,
    pub(crate) routes: CompiledRoutes,
    pub(crate) trafficback: Option<Box<CompiledUrl>>,
}

impl CompiledStream {
    /// Its routes to destinations, in order.
    pub fn routes(&self) -> &[CompiledRoute] {
        &self.routes.entries
    }

    /// Its landing pages, in order.
    pub fn landings(&self) -> &[CompiledRoute] {
        self.landings.as_ref().map_or(&[], |landings| &landings.entries)
    }
}

/// `None`: its rules cannot be asked; why is reported.
pub(super) fn compile<'a>(
    stream: &'a Stream,
    known: &Known<'a>,
    workspace: &CompiledWorkspace,
    report: &mut Report<'_>,
) -> Option<CompiledStream> {
    let scope = Scope {
        workspace: report.workspace,
        campaign: report.campaign.unwrap_or_default(),
        stream: stream.id,
        timezone: &workspace.timezone,
    };
    let rules = rules::compile(&stream.rules, &scope, &mut known.tests.borrow_mut(), report)?;
    let act = compile_action(&stream.action, workspace, report);
    let routes = routes::compile("routes", &stream.routes, stream.choosing.clone(), known, report);
    if stream.active && matches!(act, Some(Act::Redirect { .. })) && !routes.lead_anywhere() {
        report
            .warn("routes", "has no destination that takes traffic: clicks of this stream go to trafficback");
    }
    // Landings take no part in a waterfall, a rotation or what is learned about routes.
    let choosing_landings = match stream.choosing {
        Choosing::Sticky { ttl_hours } => Choosing::Sticky { ttl_hours },
        _ => Choosing::Weighted,
    };
    let landings = (!stream.landings.is_empty())
        .then(|| Box::new(routes::compile("landings", &stream.landings, choosing_landings, known, report)));
    let schedule = stream.schedule.as_ref().map(|schedule| {
        Box::new(CompiledSchedule::compile(schedule, &workspace.timezone, "schedule", report))
    });
    Some(CompiledStream {
        id: stream.id,
        name: stream.name.as_str().into(),
        kind: stream.kind,
        active: stream.active && act.is_some(),
        weight: stream.weight,
        offer_choice: stream.offer_choice,
        no_repeat: stream.no_repeat,
        collect_clicks: stream.collect_clicks,
        counted: rules.counts_clicks(),
        caps: CompiledCaps::compile(&stream.caps, &workspace.timezone, "caps", report),
        schedule,
        rules,
        act: act.unwrap_or(Act::NotFound),
        landings,
        routes,
        trafficback: compile_url("trafficback_url", stream.trafficback_url.as_deref(), workspace, report)
            .map(Box::new),
    })
}

/// `None`: what it should do cannot be done.
fn compile_action(action: &Action, workspace: &CompiledWorkspace, report: &mut Report<'_>) -> Option<Act> {
    Some(match action {
        Action::Redirect { status, via } => Act::Redirect { status: status.code(), via: *via },
        Action::Url { url, status, via } => {
            let url = CompiledUrl::compile_reported(url, workspace, "action.url", report)?;
            Act::Url { url: Box::new(url), status: status.code(), via: *via }
        }
        Action::Campaign { campaign_id } => Act::Campaign(*campaign_id),
        Action::ShowHtml { body } | Action::ShowText { body } => {
            let html = matches!(action, Action::ShowHtml { .. });
            Act::Show(Box::new(CompiledText::compile_reported(body, html, workspace, report)))
        }
        Action::Nothing => Act::Nothing,
        Action::NotFound => Act::NotFound,
    })
}
