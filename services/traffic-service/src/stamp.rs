//! Describe, decide, stamp: what happens to every click, whatever way it came by and is answered.

use crate::{
    app::App,
    dice::{OnceOver, Seeded},
    live::VisitorIdentity,
    record::{self, Kept},
    respond::cookie,
    said::Said,
    token::LandingToken,
    visit::{Named, Visit},
};
use signalbox_domain::{ClickId, DestinationId, ExtraPath, StreamId, Timestamp, UniquenessKey, Visitor};
use signalbox_engine::{
    CompiledCampaign, CompiledDestination, CompiledDomain, CompiledUrl, Decision, MacroContext, MappedParams,
    Outcome, Query, Request, Snapshot, decide, decide_traced,
};
use signalbox_events::wire::UniqueFlags;

/// How often a click is decided when others are counted at the same moment; each time means that another one got through.
const TRIES_MAX: u32 = 1_000;
/// Largest trace that is kept, bytes.
const TRACE_BYTES_MAX: usize = 16 * 1024;

/// A visit to a campaign, and how it came.
#[derive(Clone, Copy)]
pub(crate) struct Arrival<'a> {
    pub(crate) campaign: &'a CompiledCampaign,
    pub(crate) domain: Option<&'a CompiledDomain>,
    /// What follows the campaign's slug in the path.
    pub(crate) extra_path: &'a str,
    pub(crate) by: By<'a>,
}

/// How a visit comes to the tracker.
#[derive(Clone, Copy)]
pub(crate) enum By<'a> {
    /// The visitor followed the campaign's link.
    Link,
    /// The tracking script says that the visitor is on its landing page, whose own name for the visitor this is.
    Script(&'a str),
    /// A server asks what to do with its visitor, whose cookie this is. Whether it sends the visitor on to a destination.
    Server(Option<&'a str>, bool),
}

/// A decided click.
pub(crate) struct Stamped<'s> {
    pub(crate) id: ClickId,
    pub(crate) decision: Decision<'s>,
    pub(crate) visitor: Visitor,
    pub(crate) unique: UniqueFlags,
    /// Where the visitor is sent; empty: nowhere.
    pub(crate) target: String,
    /// The page or text that is answered, and whether it is a page.
    pub(crate) shown: Option<(bool, String)>,
    /// The landing page of our own that is answered.
    pub(crate) page: Option<String>,
    /// Of visitors that are on a landing page or are shown one: what their landing click is known by.
    pub(crate) token: Option<String>,
    /// The visitor's name, when it has to be given one.
    pub(crate) name: Option<String>,
    pub(crate) kept: Kept,
}

/// What is known about a visitor when the macros of its click are written.
struct Expansion<'e> {
    context: MacroContext<'e>,
    query: &'e Query<'e>,
    arrival: &'e Arrival<'e>,
}

impl Expansion<'_> {
    fn expand(&self, url: &CompiledUrl) -> String {
        let mut target = String::new();
        let campaign = self.arrival.campaign;
        let forward = campaign.forward_query.then_some(self.query);
        let append = campaign.extra_path == ExtraPath::Append;
        let extra = if append { self.arrival.extra_path } else { "" };
        if forward.is_none() && extra.is_empty() {
            url.expand(&self.context, &mut target);
        } else {
            url.expand_forwarding(&self.context, forward, extra, &mut target);
        }
        target
    }

    /// The same with what is kept of the visitor's address; `None`: all of it is.
    fn expand_kept(&self, url: &CompiledUrl) -> Option<String> {
        let policy = self.arrival.campaign.workspace.addresses;
        if policy.keeps_all() {
            return None;
        }
        let visitor = self.context.request.visitor;
        let visitor = Visitor { ip: policy.cut(visitor.ip), ..visitor.clone() };
        let request = Request { visitor: &visitor, ..*self.context.request };
        let context = MacroContext { request: &request, ..self.context };
        Some(Expansion { context, query: self.query, arrival: self.arrival }.expand(url))
    }
}

/// Decides where a visit goes and makes its record. Nothing is answered or journaled yet.
pub(crate) fn stamp<'s>(
    app: &App,
    snapshot: &'s Snapshot,
    arrival: &Arrival<'s>,
    (visit, query): (&Visit<'_>, &Query<'_>),
    now: Timestamp,
) -> Stamped<'s> {
    let campaign = arrival.campaign;
    let visitor = app.detector.describe(&visit.facts());
    let params = MappedParams::from_query(query, campaign.source());
    let identity = identity_of(arrival, (visit, query), &visitor);
    let live = app.live(campaign, &identity, now);
    let live_once = OnceOver::new(&live);
    let headers = Named(visit.headers);
    let request = Request {
        visitor: &visitor,
        query,
        referrer: visit.referrer,
        referrer_domain: &visit.referrer_domain,
        host: &visit.host,
        extra_path: arrival.extra_path,
        headers: &headers,
        params: &params,
        unique_campaign: live.unique_campaign(),
        visitor_key: live.key(),
        live: &live_once,
        now,
    };
    let id = ClickId::new(now, rand::random());
    let cost = campaign.click_cost(&params);
    let mut tries = 0;
    let (decision, trace, unique, on_page) = loop {
        let (decision, trace) = decide_and_explain(app, campaign, snapshot, &request);
        tries += 1;
        // Another click may have used up what this decision counted on.
        let on_page = stays_on_page(arrival, &decision);
        if let Some(unique) = live.settle(&decision, (id, cost.amount), on_page, tries >= TRIES_MAX) {
            break (decision, trace, unique, on_page);
        }
    };
    let context = MacroContext::new(id, &request, campaign, &decision, (&cost, rand::random()));
    let expansion = Expansion { context, query, arrival };
    let token = (on_page || decision.landing.is_some()).then(|| token_of(app, id, campaign, &decision));
    let Written { target, kept, shown, page } = write(app, &decision, &expansion, token.as_deref(), visit);
    app.metrics.clicks(decision.outcome).increment(1);
    app.metrics.cost_refused.increment(cost.rejected_parameter.into());
    let facts = record::Facts {
        id,
        now,
        visit,
        visitor: &visitor,
        visitor_key: live.key(),
        params: &params,
        campaign,
        domain: arrival.domain,
        decision: &decision,
        unique,
        cost: &cost,
        target: if on_page { "" } else { kept.as_deref().unwrap_or(&target) },
        trace: &trace,
        on_page,
    };
    let kept_ip = campaign.workspace.addresses.cut(visitor.ip);
    let events = decision.collect.then(|| Said::of(query, (id, campaign.workspace.id), (kept_ip, now)));
    let kept = Kept { record: record::encode(app, &facts), events: events.flatten() };
    let nameless = campaign.uniqueness.key == UniquenessKey::Cookie && identity.cookie.is_none();
    let name = nameless.then(|| format!("{:016x}", live.key()));
    Stamped { id, decision, unique, target, shown, page, token, name, kept, visitor }
}

/// What the visitor gets: one of them.
struct Written {
    target: String,
    /// The target as it is kept, where that is not the same.
    kept: Option<String>,
    shown: Option<(bool, String)>,
    page: Option<String>,
}

/// Writes out target, text or page of a decision.
fn write(
    app: &App,
    decision: &Decision<'_>,
    expansion: &Expansion<'_>,
    token: Option<&str>,
    visit: &Visit<'_>,
) -> Written {
    let page = decision
        .landing
        .and_then(|landing| hosted_page(app, landing, expansion, token.unwrap_or_default(), visit));
    let target = match decision.target {
        Some(url) if page.is_none() => expansion.expand(url),
        _ => String::new(),
    };
    let shown = decision.body.map(|body| {
        let mut text = String::new();
        body.expand(&expansion.context, &mut text);
        (body.html(), text)
    });
    let kept = decision.target.filter(|_| !target.is_empty()).and_then(|url| expansion.expand_kept(url));
    Written { target, kept, shown, page }
}

/// The visitor as the campaign's uniqueness may know it.
fn identity_of<'v>(
    arrival: &Arrival<'v>,
    (visit, query): (&'v Visit<'_>, &'v Query<'_>),
    visitor: &'v Visitor,
) -> VisitorIdentity<'v> {
    let cookie = match arrival.by {
        _ if arrival.campaign.uniqueness.key != UniquenessKey::Cookie => None,
        By::Link => cookie::read(visit.headers, cookie::VISITOR),
        By::Script(name) => Some(name),
        By::Server(cookie, _) => cookie,
    };
    VisitorIdentity {
        ip: visitor.ip,
        user_agent: &visitor.user_agent,
        cookie: cookie.filter(|value| !value.is_empty()),
        parameter: match &arrival.campaign.uniqueness.key {
            UniquenessKey::Parameter(name) => query.get(name).filter(|value| !value.is_empty()),
            _ => None,
        },
        machine: visitor.bot.is_bot(),
        salt: arrival.campaign.workspace.address_salt,
    }
}

/// The decision; with its reasons as JSON for sampled clicks and for those that ended in a fallback. A decision that turns out to need its
/// reasons is made again, with the same dice and the same turns, so that it comes out the same.
fn decide_and_explain<'s>(
    app: &App,
    campaign: &'s CompiledCampaign,
    snapshot: &'s Snapshot,
    request: &Request<'_>,
) -> (Decision<'s>, String) {
    let seed: u64 = rand::random();
    let sampled = u64::from(app.trace_sample_permille) > seed % 1_000;
    if !sampled {
        let decision = decide(campaign, snapshot, request, &mut Seeded(seed));
        if !is_fallback(decision.outcome) || !decision.collect {
            return (decision, String::new());
        }
    }
    let (decision, trace) = decide_traced(campaign, snapshot, request, &mut Seeded(seed));
    let json = if decision.collect { trace.to_json_within(TRACE_BYTES_MAX) } else { None };
    (decision, json.unwrap_or_default())
}

/// Nothing that was configured for the click took it.
pub(crate) const fn is_fallback(outcome: Outcome) -> bool {
    match outcome {
        Outcome::NoStream
        | Outcome::NoDestination
        | Outcome::CampaignPaused
        | Outcome::CapReached
        | Outcome::Exhausted
        | Outcome::Loop => true,
        Outcome::Routed | Outcome::NotFound | Outcome::Answered | Outcome::Bot => false,
    }
}

/// Whether the visitor stays on the page from which its click was told.
fn stays_on_page(arrival: &Arrival<'_>, decision: &Decision<'_>) -> bool {
    match arrival.by {
        By::Link => false,
        By::Script(_) => true,
        By::Server(_, sends_on) => !sends_on && decision.landing.is_none() && decision.destination.is_some(),
    }
}

fn token_of(app: &App, id: ClickId, campaign: &CompiledCampaign, decision: &Decision<'_>) -> String {
    let (passed_to, passed_to_stream) = record::passed_to(decision);
    app.signer.landing(&LandingToken {
        click: id,
        campaign: campaign.id,
        stream: decision.stream.map_or(StreamId::NONE, |stream| stream.id),
        landing: decision.landing.map_or(DestinationId::NONE, |landing| landing.id),
        passed_to,
        passed_to_stream,
    })
}

/// The page of a landing that was uploaded; `None`: the visitor is sent to the landing's URL.
fn hosted_page(
    app: &App,
    landing: &CompiledDestination,
    expansion: &Expansion<'_>,
    token: &str,
    visit: &Visit<'_>,
) -> Option<String> {
    if !landing.hosted || !matches!(expansion.arrival.by, By::Link | By::Server(..)) {
        return None;
    }
    let Some(page) = app.hosted.page(landing.id) else {
        app.metrics.hosted_missing.increment(1);
        return None;
    };
    let links = crate::hosted::Links { token, here: visit.path_and_query };
    Some(page.template.fill(&expansion.context, &links))
}

/// A site's own name for its visitor, as long as it can be one; else empty.
pub(crate) fn name_of(text: &str) -> &str {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    if plain && text.len() <= 64 { text } else { "" }
}
