//! How much of a visitor's address is kept: what goes into a record is cut to what the workspace allows.
//!
//! Promises: no record of a workspace with a policy holds more of the address than it allows – neither in its own field nor in a text that
//! names the address or, made by a macro, its hash. Never: costs anything where everything is kept.

use crate::{app::App, landing, visit::Visit};
use signalbox_chassis::embed::Form;
use signalbox_domain::{AddressPolicy, Timestamp};
use signalbox_engine::Snapshot;
use signalbox_events::wire::{ClickDims, ClickV2, LandingClickV2};
use std::{borrow::Cow, net::IpAddr};

/// Cuts an address in a click that is to be kept: field and texts.
pub(crate) fn cut_click(click: &mut ClickV2<'_>, policy: AddressPolicy, ip: IpAddr) {
    if policy.keeps_all() {
        return;
    }
    let full = &mut click.click;
    full.ip = policy.cut(full.ip);
    let texts = [&mut full.external_id, &mut full.user_agent, &mut full.referrer, &mut full.host];
    texts.into_iter().for_each(|text| cut_text(text, policy, ip));
    let texts = [&mut full.path_and_query, &mut full.target, &mut click.trace];
    texts.into_iter().for_each(|text| cut_text(text, policy, ip));
    cut_dims(&mut full.dims, policy, ip);
}

/// The same of a landing click, which has no field for the address.
pub(crate) fn cut_landing_click(click: &mut LandingClickV2<'_>, policy: AddressPolicy, ip: IpAddr) {
    if policy.keeps_all() {
        return;
    }
    cut_text(&mut click.landing_click.target, policy, ip);
    cut_dims(&mut click.landing_click.dims, policy, ip);
}

fn cut_dims(dims: &mut ClickDims<'_>, policy: AddressPolicy, ip: IpAddr) {
    let said = [&mut dims.keyword, &mut dims.ad_campaign_id, &mut dims.creative_id, &mut dims.site];
    let said = said.into_iter().chain([&mut dims.referrer_domain, &mut dims.isp]);
    said.chain(dims.sub_ids.iter_mut().map(|(_, value)| value)).for_each(|text| cut_text(text, policy, ip));
}

fn cut_text(text: &mut Cow<'_, str>, policy: AddressPolicy, ip: IpAddr) {
    let cut = match policy.cut_in(text, ip) {
        Cow::Owned(cut) => Some(cut),
        Cow::Borrowed(_) => None,
    };
    if let Some(cut) = cut {
        *text = Cow::Owned(cut);
    }
}

/// Of a conversion whose sender is a visitor's browser: the policy for its address. That of the click which the browser's cookie names, else
/// the strictest there is, because whose it is stands in the click alone. Servers of networks are no visitors.
pub(crate) fn of_sender(
    app: &App,
    snapshot: &Snapshot,
    visit: &Visit<'_>,
    now: Timestamp,
) -> Option<AddressPolicy> {
    let held = landing::held(app, visit, now).and_then(|token| snapshot.campaign(token.campaign));
    if let Some(campaign) = held {
        return Some(campaign.workspace.addresses);
    }
    let embedded = Form::of(visit.path) != Form::Text;
    embedded.then(|| snapshot.strictest_addresses())
}
