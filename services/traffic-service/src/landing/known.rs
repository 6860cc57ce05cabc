//! Which click a landing click belongs to.

use super::memory::Landed;
use crate::{app::App, record, respond::cookie, token::LandingToken, visit::Visit};
use signalbox_domain::{ClickId, Timestamp};
use signalbox_engine::{Query, Snapshot};
use signalbox_events::wire::{ClickV1, ClickV2, CostOnConversion, Outcome, UniqueFlags};
use std::sync::Arc;

const ID_PARAMETERS: &[&str] = &["cid", "clickid", "click_id", "subid", "lp_click", "_subid"];
const TOKEN_PARAMETERS: &[&str] = &["_token", "lpkey", "lp_key"];

/// A click, as it is remembered or as its token says.
pub(crate) enum Known {
    Whole(Arc<Landed>),
    ByToken(Box<ClickV2<'static>>),
}

impl Known {
    pub(crate) fn click(&self) -> &ClickV2<'static> {
        match self {
            Self::Whole(landed) => landed.click(),
            Self::ByToken(click) => click,
        }
    }

    /// Notes that the visitor goes on; true the first time that this node knows of.
    pub(super) fn go_on(&self, app: &App) -> bool {
        match self {
            Self::Whole(landed) => landed.go_on(),
            Self::ByToken(click) => app.landings.gone_on_unknown(click.click.id),
        }
    }
}

/// The click that a request names: by token, by id, or by the cookie of its landing visit, whichever is there first and good.
pub(super) fn find(
    app: &App,
    snapshot: &Snapshot,
    visit: &Visit<'_>,
    query: &Query<'_>,
    now: Timestamp,
) -> Option<Known> {
    let said =
        |names: &[&str]| names.iter().find_map(|name| query.get(name).filter(|value| !value.is_empty()));
    let by_token = said(TOKEN_PARAMETERS).and_then(|text| app.signer.read_landing(text, now));
    if let Some(token) = by_token {
        return of_token(app, snapshot, visit, &token);
    }
    let held = || held(app, visit, now);
    let Some(id) = said(ID_PARAMETERS) else { return of_token(app, snapshot, visit, &held()?) };
    let id: ClickId = id.trim().parse().ok()?;
    if let Some(landed) = app.landings.find(id) {
        return Some(Known::Whole(landed));
    }
    // An id alone proves nothing; the visitor's own cookie about the same click does.
    of_token(app, snapshot, visit, &held().filter(|token| token.click == id)?)
}

/// The landing visit that a browser's cookie tells of.
pub(crate) fn held(app: &App, visit: &Visit<'_>, now: Timestamp) -> Option<LandingToken> {
    let text = cookie::read(visit.headers, cookie::CLICK)?;
    app.signer.read_landing(text, now)
}

fn of_token(app: &App, snapshot: &Snapshot, visit: &Visit<'_>, token: &LandingToken) -> Option<Known> {
    if let Some(landed) = app.landings.find(token.click) {
        return Some(Known::Whole(landed));
    }
    app.metrics.landing_by_token.increment(1);
    let campaign = snapshot.campaign(token.campaign)?;
    let visitor = app.detector.describe(&visit.facts());
    let mut dims = record::of_visitor(campaign, &visitor, "").to_static();
    dims.stream = token.stream;
    dims.landing = token.landing;
    dims.domain = snapshot.domain(&visit.host).map_or(dims.domain, |domain| domain.id);
    dims.source = campaign.source().map_or(dims.source, |source| source.id);
    let click = ClickV1 {
        id: token.click,
        at: token.click.timestamp(),
        dims,
        outcome: Outcome::Routed,
        status: 302,
        unique: UniqueFlags::default(),
        cost: signalbox_domain::Money::ZERO,
        currency: campaign.currency,
        cost_on_conversion: CostOnConversion::None,
        external_id: "".into(),
        ip: visitor.ip,
        user_agent: visit.user_agent.to_owned().into(),
        referrer: "".into(),
        host: visit.host.to_string().into(),
        path_and_query: "".into(),
        target: "".into(),
    };
    let click = ClickV2 {
        passed_to: token.passed_to,
        passed_to_stream: token.passed_to_stream,
        ..ClickV2::of(click)
    };
    Some(Known::ByToken(Box::new(click)))
}
