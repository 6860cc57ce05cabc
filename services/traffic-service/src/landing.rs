//! From the landing page on to the destination.
//!
//! The click is named by a signed token (parameter `_token`, or the cookie of the landing visit) or by its id (`cid`, `clickid`, `click_id`,
//! `subid`, `lp_click`). What the click was is remembered in memory, bounded in number and for a day, and restored from the journal at the
//! start. A token says enough to go on without that memory: on another node, or later (for a week); such a landing click has the
//! dimensions of its own request and no cost. An id that is not remembered, or a token that was not signed here, goes where unknown paths
//! go and is counted.

mod known;
mod memory;

pub(crate) use known::{Known, held};
pub(crate) use memory::{Landings, REMEMBERED};

use crate::{
    app::App,
    click::Decided,
    compat::{Landing, Which},
    dice::Seeded,
    privacy,
    record::{self, Kept},
    respond,
    said::Said,
    visit::{Named, Visit},
};
use signalbox_domain::{
    AffiliateNetworkId, DestinationState, Device, Geo, OfferChoice, Software, Timestamp, Visitor,
};
use signalbox_engine::{
    CompiledCampaign, CompiledDestination, CompiledStream, MacroContext, MappedParams, Query, Request,
    Snapshot, choose_after_landing,
};
use signalbox_events::wire::{ClickV1, ClickV2, LandingClickV1, LandingClickV2, Record};
use std::{borrow::Cow, net::IpAddr, sync::Arc};

/// A landing click that has its destination.
struct GoneOn<'s> {
    campaign: &'s CompiledCampaign,
    /// The stream that chooses, which another campaign may own.
    chooser: &'s CompiledStream,
    destination: &'s CompiledDestination,
}

/// Chooses the destination and builds record and answer; `None` when the click or its stream is not known any more, or nothing is
/// available.
pub(crate) fn go_on(
    app: &App,
    snapshot: &Snapshot,
    landing: &Landing,
    (visit, query): (&Visit<'_>, &Query<'_>),
    now: Timestamp,
) -> Option<Decided> {
    let decided = known::find(app, snapshot, visit, query, now)
        .and_then(|known| send_on(app, snapshot, &known, landing, query, (visit, now)));
    if decided.is_none() {
        app.metrics.landing_unknown.increment(1);
    }
    decided
}

/// The destination of a landing click, and the answer that sends the visitor there.
fn send_on(
    app: &App,
    snapshot: &Snapshot,
    known: &Known,
    landing: &Landing,
    query: &Query<'_>,
    (visit, now): (&Visit<'_>, Timestamp),
) -> Option<Decided> {
    let full = known.click();
    let click = &full.click;
    // The macros of the destination mean the click, not this request: its parameters, its visitor. Sub ids said now replace those.
    let raw_query = click.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let click_query = Query::parse(raw_query);
    let campaign = snapshot.campaign(click.dims.campaign)?;
    let mut params = MappedParams::from_query(&click_query, campaign.source());
    let updated = MappedParams::from_query(query, None);
    overwrite(&mut params, &click.dims.sub_ids, &updated);
    let kept = visitor_of(click);
    let policy = campaign.workspace.addresses;
    // Where the click does not have the whole address, this request has it.
    let ip = if policy.keeps_all() { kept.ip } else { visit.ip };
    let visitor = Visitor { ip, ..kept.clone() };
    let live = app.live_of(campaign, full.visitor, now);
    let headers = Named(visit.headers);
    let request = Request {
        referrer: &click.referrer,
        referrer_domain: &click.dims.referrer_domain,
        host: &click.host,
        headers: &headers,
        unique_campaign: click.unique.campaign,
        visitor_key: full.visitor,
        live: &live,
        ..Request::new(&visitor, &click_query, &params, now)
    };
    let gone_on = choose(snapshot, campaign, full, landing.which, &request)?;
    let GoneOn { chooser, destination, .. } = gone_on;
    let random = rand::random();
    let expand = |visitor: &Visitor| {
        let context = MacroContext {
            click_id: click.id,
            request: &Request { visitor, ..request },
            campaign: Some(campaign),
            stream: campaign.stream(click.dims.stream).or(Some(chooser)),
            landing: snapshot.destination(click.dims.landing),
            destination: Some(destination),
            cost: click.cost,
            currency: click.currency,
            random,
        };
        let mut target = String::new();
        destination.url.expand(&context, &mut target);
        target
    };
    let target = expand(&visitor);
    let cut = (!policy.keeps_all()).then(|| expand(&kept));
    let kept_target = cut.as_ref().unwrap_or(&target);
    let mut kept = note(app, known, &gone_on, landing, &params, (kept_target, ip, now));
    kept.events = said_on_landing(full, campaign, query, (visit, now));
    Some(Decided { kept, response: respond::redirect(302, &target) })
}

/// The way on as the tracking script tells it: the visitor follows a link of the page by itself.
pub(crate) fn told(
    app: &App,
    snapshot: &Snapshot,
    landing: &Landing,
    visit: &Visit<'_>,
    (target, now): (&str, Timestamp),
) -> Option<Kept> {
    let query = Query::parse(visit.query);
    let known = known::find(app, snapshot, visit, &query, now)?;
    let full = known.click();
    let campaign = snapshot.campaign(full.click.dims.campaign)?;
    let raw_query = full.click.path_and_query.split_once('?').map_or("", |(_, query)| query);
    let click_query = Query::parse(raw_query);
    let mut params = MappedParams::from_query(&click_query, campaign.source());
    overwrite(&mut params, &full.click.dims.sub_ids, &MappedParams::from_query(&query, None));
    let visitor = visitor_of(&full.click);
    let live = app.live_of(campaign, full.visitor, now);
    let request = Request {
        visitor_key: full.visitor,
        live: &live,
        unique_campaign: full.click.unique.campaign,
        ..Request::new(&visitor, &click_query, &params, now)
    };
    let gone_on = choose(snapshot, campaign, full, landing.which, &request)?;
    Some(note(app, &known, &gone_on, landing, &params, (target, visit.ip, now)))
}

/// Sub ids as the click had them in the end, then as the landing click says them.
fn overwrite<'a>(params: &mut MappedParams<'a>, had: &'a [(u8, Cow<'a, str>)], said: &MappedParams<'a>) {
    let had = had.iter().map(|(number, value)| (*number, value.as_ref()));
    for (number, value) in had.chain(said.sub_ids_sent()) {
        if let Some(slot) = params.sub_ids.get_mut(usize::from(number).wrapping_sub(1)) {
            *slot = value;
        }
    }
}

/// Where the visitor goes: to the destination that was chosen with the click, or to one that is chosen now.
fn choose<'s>(
    snapshot: &'s Snapshot,
    campaign: &'s CompiledCampaign,
    full: &ClickV2<'_>,
    which: Which,
    request: &Request<'_>,
) -> Option<GoneOn<'s>> {
    let deciding = if full.passed_to.is_none() { Some(campaign) } else { snapshot.campaign(full.passed_to) };
    let deciding = deciding.filter(|deciding| deciding.workspace.id == campaign.workspace.id)?;
    let stream = if full.passed_to_stream.is_none() { full.click.dims.stream } else { full.passed_to_stream };
    let chooser = deciding.stream(stream)?;
    let before = snapshot.destination(full.click.dims.destination);
    let before = before.filter(|destination| destination.state == DestinationState::Active);
    let fixed = chooser.offer_choice == OfferChoice::BeforeLanding && !full.by_script;
    let destination = before.filter(|_| fixed || which == Which::Any).or_else(|| {
        let number = match which {
            Which::Any => None,
            Which::Number(number) => Some(number),
            Which::Id(id) => {
                chooser.routes().iter().position(|route| route.destination == id).map(|at| at + 1)
            }
        };
        choose_after_landing(chooser, snapshot, number, request, &mut Seeded(rand::random()))
    })?;
    Some(GoneOn { campaign, chooser, destination })
}

/// Counts the landing click and makes its record; empty when clicks of the stream are not kept.
fn note(
    app: &App,
    known: &Known,
    gone_on: &GoneOn<'_>,
    landing: &Landing,
    params: &MappedParams<'_>,
    (target, ip, now): (&str, IpAddr, Timestamp),
) -> Kept {
    let full = known.click();
    let click = &full.click;
    let counted = !landing.uncounted;
    let first = counted && known.go_on(app);
    let GoneOn { chooser, destination, campaign } = gone_on;
    let mut dims = click.dims.clone();
    dims.destination = destination.id;
    dims.network = destination.network.as_ref().map_or(AffiliateNetworkId::NONE, |network| network.id);
    let sub_ids = params.sub_ids_sent().map(|(number, value)| (number, Cow::Owned(value.to_owned())));
    dims.sub_ids = sub_ids.collect();
    let landing_click =
        LandingClickV1 { click: click.id, at: now, clicked_at: click.at, dims, first, target: target.into() };
    let mut record = LandingClickV2 {
        counted,
        cost: click.cost,
        passed_to_stream: full.passed_to_stream,
        ..LandingClickV2::of(landing_click)
    };
    privacy::cut_landing_click(&mut record, campaign.workspace.addresses, ip);
    if counted {
        app.metrics.landing_clicks.increment(1);
        app.count_landing_click(&record, full.visitor, chooser, destination.id);
    }
    let stored = campaign.stream(click.dims.stream).is_none_or(|stream| stream.collect_clicks);
    let record = match (stored, first) {
        (true, _) => record::encoded(app, Record::LandingClickV2(Box::new(record)).encode()),
        // Not kept, but its destination may have a cap.
        (false, true) if !click.dims.bot.is_bot() => {
            let counted = record::going_on(full, &record);
            record::encoded(app, Record::Counted(counted).encode())
        }
        (false, _) => Vec::new(),
    };
    Kept { record, events: None }
}

/// What a landing click, or a page that only tells, says about the events of its click; nothing of clicks that are not kept.
fn said_on_landing(
    full: &ClickV2<'_>,
    campaign: &CompiledCampaign,
    query: &Query<'_>,
    (visit, now): (&Visit<'_>, Timestamp),
) -> Option<Box<Said>> {
    let dims = &full.click.dims;
    let collected = campaign.stream(dims.stream).is_none_or(|stream| stream.collect_clicks);
    let ip = campaign.workspace.addresses.cut(visit.ip);
    collected.then(|| Said::of(query, (full.click.id, dims.workspace), (ip, now))).flatten()
}

/// Events that a page says about the click of its visitor, without going on: `None` when the click is not known here.
pub(crate) fn told_events(app: &App, visit: &Visit<'_>, now: Timestamp) -> Option<Kept> {
    let query = Query::parse(visit.query);
    let snapshot = app.snapshot.load();
    let known = known::find(app, &snapshot, visit, &query, now)?;
    let campaign = snapshot.campaign(known.click().click.dims.campaign)?;
    let events = said_on_landing(known.click(), campaign, &query, (visit, now));
    Some(Kept { record: Vec::new(), events })
}

/// New sub ids and events for a click, by whoever has the key of its campaign. Sub ids go into a record from which everything that follows
/// takes them, so their click must be remembered here; events need only its id, and whoever judges them sees whether it is of the key's
/// campaign. `None`: it is not known here, or the key is not that of its
/// campaign.
pub(crate) fn update(app: &App, visit: &Visit<'_>, now: Timestamp) -> Option<Kept> {
    let query = Query::parse(visit.query);
    let id = query.get("upd_clickid")?.trim().parse().ok()?;
    let campaign = app.api_tokens.load().campaign(query.get("upd_key").unwrap_or_default())?;
    let snapshot = app.snapshot.load();
    let campaign = snapshot.campaign(campaign)?;
    let landed = app.landings.find(id);
    if landed.as_ref().is_some_and(|landed| landed.click().click.dims.campaign != campaign.id) {
        return None;
    }
    let said = MappedParams::from_query(&query, None);
    let Some(landed) = landed.filter(|_| said.sub_ids_sent().next().is_some()) else {
        let ip = campaign.workspace.addresses.cut(visit.ip);
        let events = Said::of(&query, (id, campaign.workspace.id), (ip, now))?;
        return Some(Kept { record: Vec::new(), events: Some(events.with_key_of(campaign.id)) });
    };
    let full = landed.click();
    let events = said_on_landing(full, campaign, &query, (visit, now));
    let mut params = MappedParams::default();
    overwrite(&mut params, &full.click.dims.sub_ids, &said);
    let mut click = full.clone();
    click.click.dims.sub_ids =
        params.sub_ids_sent().map(|(number, value)| (number, Cow::Owned(value.to_owned()))).collect();
    let landing_click = LandingClickV1 {
        click: id,
        at: now,
        clicked_at: click.click.at,
        dims: click.click.dims.clone(),
        first: false,
        target: Cow::Borrowed(""),
    };
    let record = LandingClickV2 {
        counted: false,
        passed_to_stream: click.passed_to_stream,
        ..LandingClickV2::of(landing_click)
    };
    let record = record::encoded(app, Record::LandingClickV2(Box::new(record)).encode());
    app.landings.replace(&landed, click);
    Some(Kept { record, events })
}

/// The visitor as the click's record has it.
fn visitor_of(click: &ClickV1<'_>) -> Visitor {
    let dims = &click.dims;
    let text = |value: &str| Arc::from(value);
    Visitor {
        geo: Arc::new(Geo {
            country: text(&dims.country),
            region: text(&dims.region),
            city: text(&dims.city),
            isp: text(&dims.isp),
            asn: dims.asn,
            connection: dims.connection,
            ..Geo::default()
        }),
        device: Arc::new(Device {
            kind: dims.device_type,
            brand: text(&dims.device_brand),
            model: text(&dims.device_model),
            os: Software { name: text(&dims.os), version: text(&dims.os_version) },
            browser: Software { name: text(&dims.browser), version: text(&dims.browser_version) },
        }),
        language: text(&dims.language),
        languages: text(&dims.language),
        user_agent: text(&click.user_agent),
        bot: dims.bot,
        ..Visitor::unknown(click.ip)
    }
}
