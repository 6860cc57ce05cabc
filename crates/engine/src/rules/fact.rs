//! What a criterion finds in a request.

use super::{Scope, percent, time};
use crate::{Population, Request, snapshot::normalise_host};
use jiff::tz::TimeZone;
use signalbox_domain::{ConnectionType, Criterion, DeviceType, Measure, Money, StreamId, Subject};
use std::{fmt::Write as _, net::IpAddr};

/// A criterion with everything it needs beside the request.
#[derive(Debug)]
pub(super) enum Lens {
    /// As it is.
    Of(Criterion),
    /// Whether the visitor is new in a population.
    Unique(Population),
    /// Whether the visitor has converted in a population.
    Converted(Population),
    /// Clicks of a stream since a moment.
    Clicks { stream: StreamId, since: Since, timezone: TimeZone },
    /// Where the visitor falls in the split of a stream.
    Percent(StreamId),
}

/// Since when clicks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    Hour,
    Day,
    Ever,
}

impl Lens {
    pub(super) fn new(criterion: &Criterion, scope: &Scope<'_>) -> Self {
        let clicks = |since| Self::Clicks { stream: scope.stream, since, timezone: scope.timezone.clone() };
        match criterion {
            Criterion::UniqueStream => Self::Unique(Population::Stream(scope.stream)),
            Criterion::UniqueWorkspace => Self::Unique(Population::Workspace(scope.workspace)),
            Criterion::Converted => Self::Converted(Population::Campaign(scope.campaign)),
            Criterion::ConvertedWorkspace => Self::Converted(Population::Workspace(scope.workspace)),
            Criterion::StreamClicksHour => clicks(Since::Hour),
            Criterion::StreamClicksDay => clicks(Since::Day),
            Criterion::StreamClicksTotal => clicks(Since::Ever),
            Criterion::Percent => Self::Percent(scope.stream),
            other => Self::Of(other.clone()),
        }
    }

    /// The criterion it was made of.
    pub(super) fn criterion(&self) -> Criterion {
        match self {
            Self::Of(criterion) => criterion.clone(),
            Self::Unique(Population::Workspace(_)) => Criterion::UniqueWorkspace,
            Self::Unique(_) => Criterion::UniqueStream,
            Self::Converted(Population::Workspace(_)) => Criterion::ConvertedWorkspace,
            Self::Converted(_) => Criterion::Converted,
            Self::Clicks { since: Since::Hour, .. } => Criterion::StreamClicksHour,
            Self::Clicks { since: Since::Day, .. } => Criterion::StreamClicksDay,
            Self::Clicks { since: Since::Ever, .. } => Criterion::StreamClicksTotal,
            Self::Percent(_) => Criterion::Percent,
        }
    }

    /// What the request has, as text, and whether anything is known. Unknown is empty, but for kinds whose word for it is `unknown`.
    /// Criteria of time have no text, those that are numbers have [`Self::number`].
    pub(super) fn text<T>(&self, request: &Request<'_>, read: impl FnOnce(&str, bool) -> T) -> T {
        let mut room = Room::default();
        let criterion = match self {
            Self::Of(criterion) => criterion,
            Self::Unique(population) => return read(truth(!request.live.seen(*population)), true),
            Self::Converted(population) => return read(truth(request.live.converted(*population)), true),
            Self::Clicks { .. } | Self::Percent(_) => {
                if let Some(number) = self.number(request) {
                    let nanos = number.nanos();
                    // Writing to the room cannot fail: it is large enough for both.
                    let _ = match nanos % 1_000_000_000 {
                        0 => write!(room, "{}", nanos / 1_000_000_000),
                        rest => write!(room, "{}.{:04}", nanos / 1_000_000_000, rest / 100_000),
                    };
                }
                return read(room.text(), true);
            }
        };
        let visitor = request.visitor;
        match criterion {
            Criterion::ConnectionType => {
                let connection = visitor.geo.connection;
                read(connection.as_str(), connection != ConnectionType::Unknown)
            }
            Criterion::DeviceType => {
                read(visitor.device.kind.as_str(), visitor.device.kind != DeviceType::Unknown)
            }
            Criterion::Host => {
                let mut buffer = [0; _];
                let host = normalise_host(request.host, &mut buffer).unwrap_or("");
                read(host, !host.is_empty())
            }
            other => {
                let text = plain(other, request, &mut room);
                read(text, !text.is_empty())
            }
        }
    }

    /// What the request has, as a number; `None` when it is unknown or no number.
    pub(super) fn number(&self, request: &Request<'_>) -> Option<Money> {
        match self {
            Self::Clicks { stream, since, timezone } => {
                let since = match since {
                    Since::Hour => Some(time::start_of_hour(request.now, timezone)?),
                    Since::Day => Some(time::start_of_day(request.now, timezone)?),
                    Since::Ever => None,
                };
                Some(request.live.counted(Subject::Stream(*stream), Measure::Clicks, since))
            }
            Self::Percent(stream) => Some(percent::of(request.visitor_key, *stream)),
            Self::Of(Criterion::Asn) => {
                let asn = request.visitor.geo.asn;
                (asn != 0).then(|| Money::from_whole(i64::from(asn)))
            }
            _ => self.text(request, |text, _| text.parse().ok()),
        }
    }

    /// The visitor's address; an IPv4 address in IPv6 form is the IPv4 address.
    pub(super) fn address(request: &Request<'_>) -> IpAddr {
        request.visitor.ip.to_canonical()
    }
}

/// Criteria that are empty when unknown.
fn plain<'a>(criterion: &Criterion, request: &Request<'a>, room: &'a mut Room) -> &'a str {
    let visitor = request.visitor;
    let (geo, device, params) = (&visitor.geo, &visitor.device, request.params);
    match criterion {
        Criterion::Country => &geo.country,
        Criterion::Continent => &geo.continent,
        Criterion::Region => &geo.region,
        Criterion::City => &geo.city,
        Criterion::Isp => &geo.isp,
        Criterion::Carrier if geo.connection == ConnectionType::Cellular => &geo.isp,
        Criterion::Asn if geo.asn != 0 => room.show(geo.asn),
        Criterion::Language => &visitor.language,
        Criterion::AcceptsLanguage if visitor.languages.is_empty() => &visitor.language,
        Criterion::AcceptsLanguage => &visitor.languages,
        Criterion::DeviceBrand => &device.brand,
        Criterion::DeviceModel => &device.model,
        Criterion::Os => &device.os.name,
        Criterion::OsVersion => &device.os.version,
        Criterion::Browser => &device.browser.name,
        Criterion::BrowserVersion => &device.browser.version,
        Criterion::UserAgent => &visitor.user_agent,
        Criterion::Ip => room.show(Lens::address(request)),
        Criterion::IpVersion if Lens::address(request).is_ipv4() => "4",
        Criterion::IpVersion => "6",
        Criterion::Referrer => request.referrer,
        Criterion::ReferrerDomain => request.referrer_domain,
        Criterion::Bot => truth(visitor.bot.is_bot()),
        Criterion::BotReason => visitor.bot.as_str(),
        Criterion::Proxy => truth(geo.proxy),
        Criterion::DataCenter => truth(geo.data_center),
        Criterion::Unique => truth(request.unique_campaign),
        Criterion::Source => params.source.map_or("", |source| room.show(source)),
        Criterion::Keyword => params.keyword,
        Criterion::AdCampaignId => params.ad_campaign_id,
        Criterion::CreativeId => params.creative_id,
        Criterion::Site => params.site,
        Criterion::ExternalId => params.external_id,
        Criterion::Query(name) => request.query.get(name).unwrap_or(""),
        Criterion::Header(name) => request.headers.header(name).unwrap_or(""),
        Criterion::SubId(number) => params.sub_id(*number),
        _ => "",
    }
}

const fn truth(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// Room for a number, an id or an address as text. What does not fit is cut.
struct Room {
    bytes: [u8; 48],
    length: usize,
}

impl Default for Room {
    fn default() -> Self {
        Self { bytes: [0; 48], length: 0 }
    }
}

impl Room {
    fn show(&mut self, value: impl std::fmt::Display) -> &str {
        // Writing here cannot fail.
        let _ = write!(self, "{value}");
        self.text()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.bytes[..self.length]).unwrap_or_default()
    }
}

impl std::fmt::Write for Room {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        let length = text.len().min(self.bytes.len() - self.length);
        self.bytes[self.length..self.length + length].copy_from_slice(&text.as_bytes()[..length]);
        self.length += length;
        Ok(())
    }
}
