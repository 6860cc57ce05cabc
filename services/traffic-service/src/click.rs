//! The hot path: one click, top to bottom.
//!
//! arrive → read → describe → decide → stamp → record → answer. Nothing here waits for another machine. The one wait is for the journal,
//! which writes the clicks of one turn of the runtime together (with durability `fsync`: for its group commit). Whatever goes wrong, the
//! visitor is sent on: a missing campaign, stream or destination has its named fallback, and a click that cannot be kept is counted by reason.

use crate::{
    app::App,
    beside,
    compat::{self, Asked},
    landing, record,
    respond::{self, SendOn, cookie},
    stamp::{Arrival, By, Stamped, is_fallback, stamp},
    visit::Visit,
};
use axum::{extract::Request, response::Response};
use http::Method;
use signalbox_domain::Timestamp;
use signalbox_engine::{
    CompiledDomain, Found, MacroContext, MappedParams, Query, Request as EngineRequest, Snapshot,
};
use std::{net::SocketAddr, sync::Arc};

/// What to journal and what to answer.
pub(crate) struct Decided {
    pub(crate) kept: record::Kept,
    pub(crate) response: Response,
}

/// Answers one request on the tracking domain.
pub(crate) async fn click(app: Arc<App>, peer: SocketAddr, request: Request) -> Response {
    // Arrive: better to refuse at once than to answer everybody late.
    let Some(_place) = app.in_flight.enter() else {
        app.metrics.shed.increment(1);
        return respond::overloaded();
    };
    let now = Timestamp::now();
    let (parts, body) = request.into_parts();
    let decided = {
        // Read.
        let visit = Visit::read(&parts, peer, &app.proxies);
        let query = Query::parse(visit.query);
        let asked = compat::read(visit.path, &query);
        // Files, scripts, conversions and the like are no clicks: they may wait.
        if !matches!(asked, Asked::Path | Asked::Named(_) | Asked::Landing(_)) {
            None
        } else if !matches!(parts.method, Method::GET | Method::HEAD | Method::POST) {
            return respond::wrong_method();
        } else {
            // One snapshot for the whole request; it never lives across a wait.
            let snapshot = app.snapshot.load();
            Some(decide(&app, &snapshot, &asked, (&visit, &query), now))
        }
    };
    let Some(decided) = decided else { return Box::pin(beside::answer(&app, peer, parts, body, now)).await };
    // Record, then answer: in that order.
    record::keep(&app, &decided.kept).await;
    decided.response
}

/// Describe, decide, stamp.
fn decide(
    app: &App,
    snapshot: &Snapshot,
    asked: &Asked<'_>,
    (visit, query): (&Visit<'_>, &Query<'_>),
    now: Timestamp,
) -> Decided {
    let arrival = match asked {
        Asked::Landing(which) => {
            let gone_on = landing::go_on(app, snapshot, which, (visit, query), now);
            return gone_on.unwrap_or_else(|| not_found(app, snapshot.domain(&visit.host), visit, now));
        }
        Asked::Named(name) => find_named(snapshot, visit, name),
        _ => match snapshot.find(&visit.host, visit.path) {
            Found::Campaign { campaign, domain, extra_path } => {
                Some(Arrival { campaign, domain, extra_path, by: By::Link })
            }
            Found::Nothing { .. } => None,
        },
    };
    let Some(arrival) = arrival else { return not_found(app, snapshot.domain(&visit.host), visit, now) };
    let mut stamped = stamp(app, snapshot, &arrival, (visit, query), now);
    let kept = std::mem::take(&mut stamped.kept);
    let hours = arrival.campaign.uniqueness.ttl_hours;
    Decided { kept, response: answer(app, stamped, visit, (now, hours)) }
}

/// The campaign that a query names by slug or id, where the host may answer for it.
pub(crate) fn find_named<'s>(snapshot: &'s Snapshot, visit: &Visit<'_>, name: &str) -> Option<Arrival<'s>> {
    let domain = snapshot.domain(&visit.host);
    let by_id = name.parse().ok().and_then(|id| snapshot.campaign(id)).filter(|campaign| match domain {
        Some(domain) => {
            campaign.workspace.id == domain.workspace
                && campaign.domain.is_none_or(|bound| bound == domain.id)
        }
        None => campaign.domain.is_none(),
    });
    let campaign = by_id.or_else(|| snapshot.find_slug(&visit.host, name))?;
    Some(Arrival { campaign, domain, extra_path: "", by: By::Link })
}

/// Answer: what the decision says.
fn answer(app: &App, stamped: Stamped<'_>, visit: &Visit<'_>, (now, hours): (Timestamp, u16)) -> Response {
    let Stamped { decision, target, shown, page, token, name, .. } = stamped;
    let mut response = match (page, shown) {
        (Some(html), _) => respond::shown_html(html),
        (None, Some((true, html))) => respond::shown_html(html),
        (None, Some((false, text))) => respond::shown_text(text),
        (None, None) if !target.is_empty() => {
            let send_on = SendOn {
                via: decision.via,
                status: decision.status,
                target: &target,
                method: visit.method,
                now,
            };
            send_on.answer(&app.signer)
        }
        (None, None) if decision.status == 204 => respond::nothing(),
        // A stream that answers 404 means it; a click that nothing took goes where the instance says.
        (None, None) => match app.not_found_url.as_deref().filter(|_| is_fallback(decision.outcome)) {
            Some(url) => respond::redirect(302, url),
            None => respond::not_found(),
        },
    };
    if let Some(token) = token {
        cookie::set_click(&mut response, &token, visit.https);
        if response.headers().contains_key(http::header::LOCATION) {
            respond::with_referrer(&mut response);
        }
    }
    if let Some(name) = name {
        cookie::set_visitor(&mut response, &name, hours, visit.https);
    }
    response
}

/// Nobody answers this host and path: the domain's address for that, the instance's, or a plain 404. Not a click, so nothing is kept.
pub(crate) fn not_found(
    app: &App,
    domain: Option<&CompiledDomain>,
    visit: &Visit<'_>,
    now: Timestamp,
) -> Decided {
    app.metrics.not_found.increment(1);
    let Some(url) = domain.and_then(|domain| domain.not_found.as_ref()) else {
        let url = app.not_found_url.as_deref();
        let response = url.map_or_else(respond::not_found, |url| respond::redirect(302, url));
        return Decided { kept: record::Kept::default(), response };
    };
    let visitor = app.detector.describe(&visit.facts());
    let query = Query::parse(visit.query);
    let params = MappedParams::from_query(&query, None);
    let request = EngineRequest {
        referrer: visit.referrer,
        referrer_domain: &visit.referrer_domain,
        host: &visit.host,
        unique_campaign: false,
        ..EngineRequest::new(&visitor, &query, &params, now)
    };
    let mut target = String::new();
    url.expand(&MacroContext::without_campaign(&request, rand::random()), &mut target);
    Decided { kept: record::Kept::default(), response: respond::redirect(302, &target) }
}
