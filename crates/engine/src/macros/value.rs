//! What a macro says about a click.

use super::{
    MacroContext,
    encode::Encoder,
    name::{Macro, Plain},
};
use crate::snapshot::normalise_host;
use signalbox_domain::{ConnectionType, DeviceType};
use std::fmt::{Display, Write as _};

/// Writes the value of a macro; nothing when it is unknown.
pub(super) fn write(what: &Macro, context: &MacroContext<'_>, serial: u64, out: &mut Encoder<'_>) {
    match what {
        Macro::Plain(plain) => write_plain(*plain, context, out),
        Macro::SubId(number) => out.push(context.request.params.sub_id(*number)),
        Macro::Query(name) => out.push(context.request.query.get(name).unwrap_or("")),
        Macro::Date(format) => format.write(context.request.now, out),
        Macro::Random { min, max } => {
            let span = max.abs_diff(*min);
            let offset = (u128::from(mix(context.random, serial)) * (u128::from(span) + 1)) >> 64;
            show(out, i128::from(*min) + offset as i128);
        }
        Macro::Sample(choices) => {
            let index = (u128::from(mix(context.random, serial)) * choices.len() as u128) >> 64;
            out.push(choices.get(index as usize).map_or("", |choice| choice));
        }
    }
}

/// A number for one place of one click (`SplitMix64`).
const fn mix(random: u64, serial: u64) -> u64 {
    let mut z = random.wrapping_add(0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(serial + 1));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

fn show(out: &mut Encoder<'_>, value: impl Display) {
    // Writing to a string cannot fail.
    let _ = write!(out, "{value}");
}

fn show_some(out: &mut Encoder<'_>, value: Option<impl Display>) {
    if let Some(value) = value {
        show(out, value);
    }
}

fn write_plain(plain: Plain, context: &MacroContext<'_>, out: &mut Encoder<'_>) {
    let params = context.request.params;
    match plain {
        Plain::ClickId => show_some(out, (!context.click_id.is_none()).then_some(context.click_id)),
        Plain::ExternalId => out.push(params.external_id),
        Plain::Keyword => out.push(params.keyword),
        Plain::AdCampaignId => out.push(params.ad_campaign_id),
        Plain::CreativeId => out.push(params.creative_id),
        Plain::Site => out.push(params.site),
        Plain::Cost => show(out, context.cost),
        Plain::Currency => show(out, context.currency),
        Plain::CampaignId
        | Plain::CampaignName
        | Plain::CampaignSlug
        | Plain::StreamId
        | Plain::StreamName
        | Plain::LandingId
        | Plain::LandingName
        | Plain::DestinationId
        | Plain::DestinationName
        | Plain::SourceId
        | Plain::SourceName
        | Plain::NetworkId
        | Plain::NetworkName => write_configured(plain, context, out),
        _ => write_observed(plain, context, out),
    }
}

/// What the operator named.
fn write_configured(plain: Plain, context: &MacroContext<'_>, out: &mut Encoder<'_>) {
    let (source, network) = (context.source(), context.network());
    match plain {
        Plain::CampaignId => show_some(out, context.campaign.map(|campaign| campaign.id)),
        Plain::CampaignName => out.push(context.campaign.map_or("", |campaign| &campaign.name)),
        Plain::CampaignSlug => out.push(context.campaign.map_or("", |campaign| campaign.slug.as_str())),
        Plain::StreamId => show_some(out, context.stream.map(|stream| stream.id)),
        Plain::StreamName => out.push(context.stream.map_or("", |stream| &stream.name)),
        Plain::LandingId => show_some(out, context.landing.map(|landing| landing.id)),
        Plain::LandingName => out.push(context.landing.map_or("", |landing| &landing.name)),
        Plain::DestinationId => show_some(out, context.destination.map(|destination| destination.id)),
        Plain::DestinationName => out.push(context.destination.map_or("", |destination| &destination.name)),
        Plain::SourceId => show_some(out, source.map(|source| source.id)),
        Plain::SourceName => out.push(source.map_or("", |source| &source.name)),
        Plain::NetworkId => show_some(out, network.map(|network| network.id)),
        Plain::NetworkName => out.push(network.map_or("", |network| &network.name)),
        _ => {}
    }
}

/// What was seen of the visitor.
fn write_observed(plain: Plain, context: &MacroContext<'_>, out: &mut Encoder<'_>) {
    let request = context.request;
    let (visitor, geo, device) = (request.visitor, &request.visitor.geo, &request.visitor.device);
    let flag = |value: bool| if value { "1" } else { "0" };
    match plain {
        Plain::Country => out.push(&geo.country),
        Plain::Continent => out.push(&geo.continent),
        Plain::Region => out.push(&geo.region),
        Plain::City => out.push(&geo.city),
        Plain::Isp => out.push(&geo.isp),
        Plain::Asn => show_some(out, (geo.asn != 0).then_some(geo.asn)),
        Plain::ConnectionType if geo.connection == ConnectionType::Unknown => {}
        Plain::ConnectionType => out.push(geo.connection.as_str()),
        Plain::Language => out.push(&visitor.language),
        Plain::Ip => show(out, visitor.ip),
        Plain::DeviceType if device.kind == DeviceType::Unknown => {}
        Plain::DeviceType => out.push(device.kind.as_str()),
        Plain::DeviceBrand => out.push(&device.brand),
        Plain::DeviceModel => out.push(&device.model),
        Plain::Os => out.push(&device.os.name),
        Plain::OsVersion => out.push(&device.os.version),
        Plain::Browser => out.push(&device.browser.name),
        Plain::BrowserVersion => out.push(&device.browser.version),
        Plain::UserAgent => out.push(&visitor.user_agent),
        Plain::Referrer => out.push(request.referrer),
        Plain::ReferrerDomain => out.push(request.referrer_domain),
        Plain::UnixTime => show(out, request.now.0.div_euclid(1000)),
        Plain::IsBot => out.push(flag(visitor.bot.is_bot())),
        Plain::IsUnique => out.push(flag(request.unique_campaign)),
        Plain::Domain => out.push(normalise_host(request.host, &mut [0; _]).unwrap_or("")),
        _ => {}
    }
}
