//! What a macro says about a click.

use super::{
    MacroContext, country,
    name::{Macro, Plain},
};
use crate::{CompiledRoute, snapshot::normalise_host};
use signalbox_domain::{ConnectionType, DestinationId, DeviceType};
use std::fmt::{self, Display};

/// Where values go; writing there cannot fail.
pub(super) type Out<'a> = dyn fmt::Write + 'a;

/// Writes the value of a macro; nothing when it is unknown.
pub(super) fn write(what: &Macro, context: &MacroContext<'_>, serial: u64, out: &mut Out<'_>) {
    match what {
        Macro::Nothing => {}
        Macro::Plain(plain) => write_plain(*plain, context, out),
        Macro::SubId(number) => push(out, context.request.params.sub_id(*number)),
        Macro::Query(name) => push(out, context.request.query.get(name).unwrap_or("")),
        Macro::Date(format) => format.write(context.request.now, out),
        Macro::Random { min, max } => {
            let span = max.abs_diff(*min);
            let offset = (u128::from(mix(context.random, serial)) * (u128::from(span) + 1)) >> 64;
            show(out, i128::from(*min) + offset as i128);
        }
        Macro::Sample(choices) => {
            let index = (u128::from(mix(context.random, serial)) * choices.len() as u128) >> 64;
            push(out, choices.get(index as usize).map_or("", |choice| choice));
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

fn push(out: &mut Out<'_>, text: &str) {
    let _ = out.write_str(text);
}

fn show(out: &mut Out<'_>, value: impl Display) {
    let _ = write!(out, "{value}");
}

fn show_some(out: &mut Out<'_>, value: Option<impl Display>) {
    if let Some(value) = value {
        show(out, value);
    }
}

fn write_plain(plain: Plain, context: &MacroContext<'_>, out: &mut Out<'_>) {
    let params = context.request.params;
    match plain {
        Plain::ClickId => show_some(out, (!context.click_id.is_none()).then_some(context.click_id)),
        Plain::ExternalId => push(out, params.external_id),
        Plain::Keyword => push(out, params.keyword),
        Plain::AdCampaignId => push(out, params.ad_campaign_id),
        Plain::CreativeId => push(out, params.creative_id),
        Plain::Site => push(out, params.site),
        Plain::Cost => show(out, context.cost),
        Plain::Currency => show(out, context.currency),
        Plain::WorkspaceId
        | Plain::CampaignId
        | Plain::CampaignName
        | Plain::CampaignSlug
        | Plain::StreamId
        | Plain::StreamName
        | Plain::StreamNumber
        | Plain::LandingId
        | Plain::LandingName
        | Plain::LandingNumber
        | Plain::DestinationId
        | Plain::DestinationName
        | Plain::DestinationNumber
        | Plain::SourceId
        | Plain::SourceName
        | Plain::NetworkId
        | Plain::NetworkName => write_configured(plain, context, out),
        _ => write_observed(plain, context, out),
    }
}

/// What the operator named.
fn write_configured(plain: Plain, context: &MacroContext<'_>, out: &mut Out<'_>) {
    let (source, network) = (context.source(), context.network());
    match plain {
        Plain::WorkspaceId => show_some(out, context.campaign.map(|campaign| campaign.workspace.id)),
        Plain::CampaignId => show_some(out, context.campaign.map(|campaign| campaign.id)),
        Plain::CampaignName => push(out, context.campaign.map_or("", |campaign| &campaign.name)),
        Plain::CampaignSlug => push(out, context.campaign.map_or("", |campaign| campaign.slug.as_str())),
        Plain::StreamId => show_some(out, context.stream.map(|stream| stream.id)),
        Plain::StreamName => push(out, context.stream.map_or("", |stream| &stream.name)),
        Plain::StreamNumber => {
            let streams = context.campaign.map(|campaign| &*campaign.streams).unwrap_or_default();
            let id = context.stream.map(|stream| stream.id);
            show_some(out, number(streams.iter().position(|stream| Some(stream.id) == id)));
        }
        Plain::LandingId => show_some(out, context.landing.map(|landing| landing.id)),
        Plain::LandingName => push(out, context.landing.map_or("", |landing| &landing.name)),
        Plain::LandingNumber => {
            let routes = context.stream.map(|stream| stream.landings()).unwrap_or_default();
            show_some(out, route_number(routes, context.landing.map(|landing| landing.id)));
        }
        Plain::DestinationId => show_some(out, context.destination.map(|destination| destination.id)),
        Plain::DestinationName => push(out, context.destination.map_or("", |destination| &destination.name)),
        Plain::DestinationNumber => {
            let routes = context.stream.map(|stream| stream.routes()).unwrap_or_default();
            show_some(out, route_number(routes, context.destination.map(|destination| destination.id)));
        }
        Plain::SourceId => show_some(out, source.map(|source| source.id)),
        Plain::SourceName => push(out, source.map_or("", |source| &source.name)),
        Plain::NetworkId => show_some(out, network.map(|network| network.id)),
        Plain::NetworkName => push(out, network.map_or("", |network| &network.name)),
        _ => {}
    }
}

/// From 1, as people count.
fn number(position: Option<usize>) -> Option<usize> {
    position.map(|position| position + 1)
}

fn route_number(routes: &[CompiledRoute], id: Option<DestinationId>) -> Option<usize> {
    number(routes.iter().position(|route| Some(route.destination) == id))
}

/// The search engine that a host belongs to; empty for others.
fn search_engine(host: &str) -> &'static str {
    const ENGINES: &[&str] = &[
        "google",
        "bing",
        "yahoo",
        "yandex",
        "baidu",
        "duckduckgo",
        "ecosia",
        "naver",
        "seznam",
        "sogou",
        "qwant",
        "startpage",
        "rambler",
        "daum",
        "coccoc",
        "aol",
        "ask",
        "so",
        "brave",
        "petalsearch",
    ];
    let labels = || host.rsplit('.').skip(1).take(2);
    ENGINES
        .iter()
        .find(|engine| labels().any(|label| label.eq_ignore_ascii_case(engine)))
        .copied()
        .unwrap_or("")
}

/// What was seen of the visitor.
fn write_observed(plain: Plain, context: &MacroContext<'_>, out: &mut Out<'_>) {
    let request = context.request;
    let (visitor, geo, device) = (request.visitor, &request.visitor.geo, &request.visitor.device);
    let flag = |value: bool| if value { "1" } else { "0" };
    match plain {
        Plain::Country => push(out, &geo.country),
        Plain::CountryName => push(out, country::name(&geo.country)),
        Plain::Continent => push(out, &geo.continent),
        Plain::Region => push(out, &geo.region),
        Plain::City => push(out, &geo.city),
        Plain::Isp => push(out, &geo.isp),
        Plain::Carrier if geo.connection == ConnectionType::Cellular => push(out, &geo.isp),
        Plain::Asn => show_some(out, (geo.asn != 0).then_some(geo.asn)),
        Plain::ConnectionType if geo.connection == ConnectionType::Unknown => {}
        Plain::ConnectionType => push(out, geo.connection.as_str()),
        Plain::Language => push(out, &visitor.language),
        Plain::Languages => push(out, &visitor.languages),
        Plain::Ip => show(out, visitor.ip),
        Plain::DeviceType if device.kind == DeviceType::Unknown => {}
        Plain::DeviceType => push(out, device.kind.as_str()),
        Plain::DeviceBrand => push(out, &device.brand),
        Plain::DeviceModel => push(out, &device.model),
        Plain::Os => push(out, &device.os.name),
        Plain::OsVersion => push(out, &device.os.version),
        Plain::Browser => push(out, &device.browser.name),
        Plain::BrowserVersion => push(out, &device.browser.version),
        Plain::UserAgent => push(out, &visitor.user_agent),
        Plain::Referrer => push(out, request.referrer),
        Plain::ReferrerDomain => push(out, request.referrer_domain),
        Plain::SearchEngine => push(out, search_engine(request.referrer_domain)),
        Plain::UnixTime => show(out, request.now.0.div_euclid(1000)),
        Plain::IsBot => push(out, flag(visitor.bot.is_bot())),
        Plain::BotReason => push(out, visitor.bot.as_str()),
        Plain::IsProxy => push(out, flag(geo.proxy)),
        Plain::IsDataCenter => push(out, flag(geo.data_center)),
        Plain::VisitorCode => show(out, format_args!("{:016x}", request.visitor_key)),
        Plain::IsUnique => push(out, flag(request.unique_campaign)),
        Plain::Domain => push(out, normalise_host(request.host, &mut [0; _]).unwrap_or("")),
        _ => {}
    }
}
