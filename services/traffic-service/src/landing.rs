//! From the landing page on to the destination: `/click`, `/click/{n}`.
//!
//! The click is named by a parameter (`cid`, `clickid`, `click_id`, `subid`, `lp_click`) or by the cookie of the landing visit. What the
//! click was is remembered in memory, bounded in number and for a day, and restored from the journal at the start; a landing click whose
//! click is not known any more goes where unknown paths go and is counted.

use crate::{app::App, click::Decided, click::Rng, record, respond, visit::Visit};
use axum::http::header;
use moka::sync::Cache;
use signalbox_domain::{ClickId, DestinationId, Device, Geo, Software, Timestamp, Visitor};
use signalbox_engine::{
    Decision, MacroContext, MappedParams, Outcome, Query, Request, Snapshot, choose_after_landing,
};
use signalbox_events::wire::{ClickV1, LandingClickV1, Record};
use std::{
    borrow::Cow,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How long a landing click finds its click.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(24 * 3600);
/// Clicks remembered at most; beyond it those least recently used are forgotten.
const REMEMBERED_MAX: u64 = 200_000;
const ID_PARAMETERS: &[&str] = &["cid", "clickid", "click_id", "subid", "lp_click"];

/// A click that showed a landing page.
pub(crate) struct Landed {
    click: ClickV1<'static>,
    gone_on: AtomicBool,
}

/// Clicks that showed a landing page, by id.
pub(crate) struct Landings(Cache<ClickId, Arc<Landed>>);

/// A landing click: which click, and which destination by number.
pub(crate) struct Asked {
    id: Option<ClickId>,
    number: Option<usize>,
}

impl Landings {
    pub(crate) fn new() -> Self {
        Self(Cache::builder().max_capacity(REMEMBERED_MAX).time_to_live(REMEMBERED).build())
    }

    /// Keeps a click whose visitor was shown a landing page.
    pub(crate) fn remember(&self, click: &ClickV1<'_>) {
        let landed = Landed { click: click.to_static(), gone_on: AtomicBool::new(false) };
        self.0.insert(click.id, Arc::new(landed));
    }

    /// Notes that the visitor went on; true the first time.
    pub(crate) fn gone_on(&self, id: ClickId) -> bool {
        self.0.get(&id).is_some_and(|landed| !landed.gone_on.swap(true, Ordering::Relaxed))
    }
}

/// Whether the request is a landing click.
pub(crate) fn asked(visit: &Visit<'_>) -> Option<Asked> {
    let rest = visit.path.strip_prefix("/click")?;
    let number = match rest {
        "" | "/" | ".php" => None,
        numbered => Some(numbered.strip_prefix('/')?.trim_end_matches('/').parse().ok()?),
    };
    let query = Query::parse(visit.query);
    let named = ID_PARAMETERS.iter().find_map(|name| query.get(name)).and_then(|value| value.parse().ok());
    Some(Asked { id: named.or_else(|| cookie(visit)), number })
}

fn cookie(visit: &Visit<'_>) -> Option<ClickId> {
    let lines = visit.headers.get_all(header::COOKIE).into_iter().filter_map(|value| value.to_str().ok());
    let mut pairs = lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == respond::CLICK_COOKIE).and_then(|(_, value)| value.parse().ok())
}

/// Chooses the destination and builds record and answer; `None` when the click or its stream is not known any more, or nothing is
/// available.
pub(crate) fn go_on(app: &App, snapshot: &Snapshot, asked: &Asked, now: Timestamp) -> Option<Decided> {
    let decided = asked
        .id
        .and_then(|id| app.landings.0.get(&id))
        .and_then(|landed| destination_of(app, snapshot, &landed, asked, now));
    if decided.is_none() {
        app.metrics.landing_unknown.increment(1);
    }
    decided
}

fn destination_of(
    app: &App,
    snapshot: &Snapshot,
    landed: &Landed,
    asked: &Asked,
    now: Timestamp,
) -> Option<Decided> {
    let click = &landed.click;
    let campaign = snapshot.campaign(click.dims.campaign)?;
    let stream = campaign.stream(click.dims.stream)?;
    let mut dice = Rng;
    let destination = choose_after_landing(stream, snapshot, asked.number, &mut dice)?;

    // The macros of the destination mean the click, not this request: its parameters, its visitor.
    let raw_query = click.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let query = Query::parse(raw_query);
    let params = MappedParams::from_query(&query, campaign.source());
    let visitor = visitor_of(click);
    let request = Request {
        visitor: &visitor,
        query: &query,
        referrer: &click.referrer,
        referrer_domain: &click.dims.referrer_domain,
        host: &click.host,
        params: &params,
        unique_campaign: click.unique.campaign,
        now,
    };
    let decision = Decision {
        stream: Some(stream),
        landing: snapshot.destination(click.dims.landing),
        destination: Some(destination),
        outcome: Outcome::Routed,
        status: 302,
        target: Some(&destination.url),
        collect: true,
    };
    let cost = campaign.click_cost(&params);
    let mut target = String::new();
    destination.url.expand(
        &MacroContext::new(click.id, &request, campaign, &decision, (&cost, rand::random())),
        &mut target,
    );

    let first = !landed.gone_on.swap(true, Ordering::Relaxed);
    app.metrics.landing_clicks.increment(1);
    let mut dims = click.dims.clone();
    dims.destination = destination.id;
    dims.network =
        destination.network.as_ref().map_or(signalbox_domain::AffiliateNetworkId::NONE, |network| network.id);
    let record = LandingClickV1 {
        click: click.id,
        at: now,
        clicked_at: click.at,
        dims,
        first,
        target: Cow::Borrowed(&target),
    };
    let record = record::encoded(app, &Record::LandingClick(Box::new(record)));
    Some(Decided { record, response: respond::redirect(302, &target, None) })
}

/// The visitor as the click's record has it.
fn visitor_of(click: &ClickV1<'_>) -> Visitor {
    let dims = &click.dims;
    let text = |value: &str| Arc::from(value);
    Visitor {
        ip: click.ip,
        geo: Geo {
            country: text(&dims.country),
            continent: Arc::default(),
            region: text(&dims.region),
            city: text(&dims.city),
            isp: text(&dims.isp),
            asn: dims.asn,
            connection: dims.connection,
        },
        device: Device {
            kind: dims.device_type,
            brand: text(&dims.device_brand),
            model: text(&dims.device_model),
            os: Software { name: text(&dims.os), version: text(&dims.os_version) },
            browser: Software { name: text(&dims.browser), version: text(&dims.browser_version) },
        },
        language: text(&dims.language),
        user_agent: text(&click.user_agent),
        bot: dims.bot,
    }
}

/// Whether a click showed a landing page.
pub(crate) fn shows_landing(click: &ClickV1<'_>) -> bool {
    click.dims.landing != DestinationId::NONE
}
