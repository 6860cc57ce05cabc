//! The hot path: one click, top to bottom.
//!
//! arrive → read → describe → decide → stamp → record → answer. Nothing here waits for another machine or for another request; with
//! durability `fsync` the one wait is the group commit of the journal. Whatever goes wrong, the visitor is sent on: a missing campaign,
//! stream or destination has its named fallback, and a click that cannot be kept is counted by reason.

use crate::{
    app::App,
    landing, record, respond,
    unique::{Population, VisitorKey},
    visit::Visit,
};
use axum::{
    extract::{ConnectInfo, Request, State},
    response::Response,
};
use signalbox_domain::{BotReason, ClickId, Timestamp};
use signalbox_engine::{
    CompiledCampaign, CompiledDomain, Decision, Found, MacroContext, MappedParams, Outcome, Query,
    Request as EngineRequest, Snapshot, decide,
};
use std::{net::SocketAddr, sync::Arc};

/// A decided click: what to journal and what to answer.
pub(crate) struct Decided {
    pub(crate) record: Vec<u8>,
    pub(crate) response: Response,
}

/// Answers one request on the tracking domain.
pub(crate) async fn click(
    State(app): State<Arc<App>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response {
    // Arrive: better to refuse at once than to answer everybody late.
    let Some(_place) = app.in_flight.enter() else {
        app.metrics.shed.increment(1);
        return respond::overloaded();
    };
    let now = Timestamp::now();
    let decided = {
        // One snapshot for the whole request; it never lives across a wait.
        let snapshot = app.snapshot.load();
        // Read.
        let visit = Visit::read(&request, peer, &app.proxies);
        match (landing::asked(&visit), snapshot.find(&visit.host, visit.path)) {
            (Some(asked), found) => match landing::go_on(&app, &snapshot, &asked, now) {
                Some(decided) => decided,
                None => return not_found(&app, domain_of(&found), &visit, now),
            },
            (None, Found::Campaign { campaign, domain }) => {
                route(&app, &snapshot, (campaign, domain), &visit, now)
            }
            (None, Found::Nothing { domain }) => return not_found(&app, domain, &visit, now),
        }
    };
    // Record, then answer: in that order.
    record::keep(&app, &decided.record).await;
    decided.response
}

/// Describe, decide, stamp.
fn route(
    app: &App,
    snapshot: &Snapshot,
    (campaign, domain): (&CompiledCampaign, Option<&CompiledDomain>),
    visit: &Visit<'_>,
    now: Timestamp,
) -> Decided {
    let visitor = app.detector.describe(&visit.facts());
    let query = Query::parse(visit.query);
    let params = MappedParams::from_query(&query, campaign.source());
    let uniqueness = campaign.uniqueness;
    let first_time = |population| {
        let key = VisitorKey::new(&app.salt, population, uniqueness.key, visitor.ip, &visitor.user_agent);
        // A machine is never a unique visitor, and never makes a person one of the crowd.
        visitor.bot == BotReason::None && app.seen.mark(key, now, uniqueness.ttl_hours)
    };
    let unique_campaign = first_time(Population::Campaign(campaign.id));
    let request = EngineRequest {
        visitor: &visitor,
        query: &query,
        referrer: visit.referrer,
        referrer_domain: &visit.referrer_domain,
        host: &visit.host,
        params: &params,
        unique_campaign,
        now,
    };

    let mut dice = Rng;
    let decision = decide(campaign, snapshot, &request, &mut dice);
    let unique = signalbox_events::wire::UniqueFlags {
        campaign: unique_campaign,
        stream: decision.stream.is_some_and(|stream| first_time(Population::Stream(stream.id))),
        workspace: first_time(Population::Workspace(campaign.workspace.id)),
    };

    let id = ClickId::new(now, rand::random());
    let cost = campaign.click_cost(&params);
    let mut target = String::new();
    if let Some(url) = decision.target {
        url.expand(
            &MacroContext::new(id, &request, campaign, &decision, (&cost, rand::random())),
            &mut target,
        );
    }
    app.metrics.clicks(decision.outcome).increment(1);
    if cost.rejected_parameter {
        app.metrics.cost_refused.increment(1);
    }

    let facts = record::Facts {
        id,
        now,
        visit,
        visitor: &visitor,
        params: &params,
        campaign,
        domain,
        decision: &decision,
        unique,
        cost: &cost,
        target: &target,
    };
    let record = record::encode(app, &facts);
    Decided { record, response: answer(app, &decision, &target, id) }
}

/// Answer: where the decision sends the visitor.
fn answer(app: &App, decision: &Decision<'_>, target: &str, id: ClickId) -> Response {
    // A stream that answers 404 means it; in every other case the instance may still know where to send the visitor.
    let fallback = app.not_found_url.as_deref().filter(|_| decision.outcome != Outcome::NotFound);
    match (target, fallback) {
        ("", Some(url)) => respond::redirect(302, url, None),
        ("", None) => respond::not_found(),
        (target, _) => respond::redirect(decision.status, target, decision.landing.map(|_| id)),
    }
}

/// Nobody answers this host and path: the domain's address for that, the instance's, or a plain 404. Not a click, so nothing is kept.
fn not_found(app: &App, domain: Option<&CompiledDomain>, visit: &Visit<'_>, now: Timestamp) -> Response {
    app.metrics.not_found.increment(1);
    let Some(url) = domain.and_then(|domain| domain.not_found.as_ref()) else {
        return app
            .not_found_url
            .as_deref()
            .map_or_else(respond::not_found, |url| respond::redirect(302, url, None));
    };
    let visitor = app.detector.describe(&visit.facts());
    let query = Query::parse(visit.query);
    let params = MappedParams::from_query(&query, None);
    let request = EngineRequest {
        visitor: &visitor,
        query: &query,
        referrer: visit.referrer,
        referrer_domain: &visit.referrer_domain,
        host: &visit.host,
        params: &params,
        unique_campaign: false,
        now,
    };
    let mut target = String::new();
    url.expand(&MacroContext::without_campaign(&request, rand::random()), &mut target);
    respond::redirect(302, &target, None)
}

fn domain_of<'s>(found: &Found<'s>) -> Option<&'s CompiledDomain> {
    match found {
        Found::Campaign { domain, .. } | Found::Nothing { domain } => *domain,
    }
}

/// The engine's dice: the thread's random generator.
pub(crate) struct Rng;

impl signalbox_engine::Dice for Rng {
    fn roll(&mut self, below: u64) -> u64 {
        rand::random_range(0..below.max(1))
    }
}
