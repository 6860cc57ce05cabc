//! What a test can look at.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::{fmt, str::FromStr};

/// What a test looks at. Text form: `country`, `sub_id.3`, `query.utm_source`, `header.x-requested-with`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[allow(missing_docs)]
pub enum Criterion {
    Country,
    Continent,
    Region,
    City,
    Isp,
    Asn,
    ConnectionType,
    /// The provider, when the connection is cellular.
    Carrier,
    /// The language the visitor prefers most, two letters.
    Language,
    /// Any language the visitor accepts (`de`, `de-at`); `de` also means `de-AT`.
    AcceptsLanguage,
    DeviceType,
    DeviceBrand,
    DeviceModel,
    Os,
    OsVersion,
    Browser,
    BrowserVersion,
    UserAgent,
    /// Client address: an address, a CIDR block or, with `between`, a range.
    Ip,
    /// `4` or `6`.
    IpVersion,
    Referrer,
    ReferrerDomain,
    /// Host the click came to.
    Host,
    /// `true` or `false`.
    Bot,
    /// Why the visit is held to be a machine: `known_bot`, `data_center`, …
    BotReason,
    /// `true` or `false`: a proxy, VPN or exit node, as far as the geo data says.
    Proxy,
    /// `true` or `false`: an address of a hosting provider.
    DataCenter,
    /// `true` or `false`: the visitor's first click on this campaign within its uniqueness period.
    Unique,
    /// `true` or `false`: the visitor's first click on this stream within the campaign's uniqueness period.
    UniqueStream,
    /// `true` or `false`: the visitor's first click in the workspace within the campaign's uniqueness period.
    UniqueWorkspace,
    /// `true` or `false`: the visitor has converted in this campaign before.
    Converted,
    /// `true` or `false`: the visitor has converted in this workspace before.
    ConvertedWorkspace,
    /// Clicks this stream has taken in the running hour of the workspace's timezone.
    StreamClicksHour,
    /// Clicks this stream has taken today in the workspace's timezone.
    StreamClicksDay,
    /// Clicks this stream has ever taken.
    StreamClicksTotal,
    /// Where the visitor falls in a fixed split of this stream, from 0 to below 100: `less_than 30` is the same 30 % of visitors each time.
    Percent,
    /// Local time of day, `HH:MM`.
    TimeOfDay,
    /// Local weekday, `mon` to `sun`.
    Weekday,
    /// Local date, `YYYY-MM-DD`.
    Date,
    /// Id of the campaign's traffic source.
    Source,
    Keyword,
    AdCampaignId,
    CreativeId,
    Site,
    ExternalId,
    /// A query parameter by name.
    Query(String),
    /// A request header by name, lower case.
    Header(String),
    /// A sub id, 1 to 30.
    SubId(u8),
}

const PLAIN: &[(&str, Criterion)] = &[
    ("country", Criterion::Country),
    ("continent", Criterion::Continent),
    ("region", Criterion::Region),
    ("city", Criterion::City),
    ("isp", Criterion::Isp),
    ("asn", Criterion::Asn),
    ("connection_type", Criterion::ConnectionType),
    ("carrier", Criterion::Carrier),
    ("language", Criterion::Language),
    ("accepts_language", Criterion::AcceptsLanguage),
    ("device_type", Criterion::DeviceType),
    ("device_brand", Criterion::DeviceBrand),
    ("device_model", Criterion::DeviceModel),
    ("os", Criterion::Os),
    ("os_version", Criterion::OsVersion),
    ("browser", Criterion::Browser),
    ("browser_version", Criterion::BrowserVersion),
    ("user_agent", Criterion::UserAgent),
    ("ip", Criterion::Ip),
    ("ip_version", Criterion::IpVersion),
    ("referrer", Criterion::Referrer),
    ("referrer_domain", Criterion::ReferrerDomain),
    ("host", Criterion::Host),
    ("bot", Criterion::Bot),
    ("bot_reason", Criterion::BotReason),
    ("proxy", Criterion::Proxy),
    ("data_center", Criterion::DataCenter),
    ("unique", Criterion::Unique),
    ("unique_stream", Criterion::UniqueStream),
    ("unique_workspace", Criterion::UniqueWorkspace),
    ("converted", Criterion::Converted),
    ("converted_workspace", Criterion::ConvertedWorkspace),
    ("stream_clicks_hour", Criterion::StreamClicksHour),
    ("stream_clicks_day", Criterion::StreamClicksDay),
    ("stream_clicks_total", Criterion::StreamClicksTotal),
    ("percent", Criterion::Percent),
    ("time_of_day", Criterion::TimeOfDay),
    ("weekday", Criterion::Weekday),
    ("date", Criterion::Date),
    ("source", Criterion::Source),
    ("keyword", Criterion::Keyword),
    ("ad_campaign_id", Criterion::AdCampaignId),
    ("creative_id", Criterion::CreativeId),
    ("site", Criterion::Site),
    ("external_id", Criterion::ExternalId),
];

impl Criterion {
    /// Every criterion without an argument, by name: what a rule builder offers.
    pub fn plain() -> impl Iterator<Item = (&'static str, &'static Criterion)> {
        PLAIN.iter().map(|(name, criterion)| (*name, criterion))
    }

    /// Whether the criterion depends on a timezone of its own.
    pub const fn is_time(&self) -> bool {
        matches!(self, Self::TimeOfDay | Self::Weekday | Self::Date)
    }

    /// Whether the value is `true` or `false`.
    pub const fn is_flag(&self) -> bool {
        matches!(
            self,
            Self::Bot
                | Self::Proxy
                | Self::DataCenter
                | Self::Unique
                | Self::UniqueStream
                | Self::UniqueWorkspace
                | Self::Converted
                | Self::ConvertedWorkspace
        )
    }

    /// Whether the value counts the clicks of the stream.
    pub const fn is_stream_count(&self) -> bool {
        matches!(self, Self::StreamClicksHour | Self::StreamClicksDay | Self::StreamClicksTotal)
    }
}

impl fmt::Display for Criterion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Query(name) => write!(f, "query.{name}"),
            Self::Header(name) => write!(f, "header.{name}"),
            Self::SubId(number) => write!(f, "sub_id.{number}"),
            plain => f.write_str(PLAIN.iter().find(|(_, c)| c == plain).map_or("unknown", |(name, _)| name)),
        }
    }
}

impl FromStr for Criterion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(name) = text.strip_prefix("query.") {
            let fits = !name.is_empty() && name.len() <= 100 && !name.contains(char::is_control);
            return if fits {
                Ok(Self::Query(name.to_owned()))
            } else {
                Err("query. needs a parameter name of 1 to 100 bytes".to_owned())
            };
        }
        if let Some(name) = text.strip_prefix("header.") {
            let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
            let fits = (1..=100).contains(&name.len()) && name.bytes().all(token);
            return if fits {
                Ok(Self::Header(name.to_ascii_lowercase()))
            } else {
                Err("header. needs the name of a header, such as header.x-requested-with".to_owned())
            };
        }
        if let Some(number) = text.strip_prefix("sub_id.") {
            return match number.parse() {
                Ok(number @ 1..=30) => Ok(Self::SubId(number)),
                _ => Err("sub_id. needs a number from 1 to 30".to_owned()),
            };
        }
        PLAIN.iter().find(|(name, _)| *name == text).map(|(_, criterion)| criterion.clone()).ok_or_else(
            || {
                let names: Vec<_> = PLAIN.iter().map(|(name, _)| *name).collect();
                format!(
                    "unknown criterion {text:?}; known are {}, query.NAME, header.NAME and sub_id.N",
                    names.join(", ")
                )
            },
        )
    }
}

impl Serialize for Criterion {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Criterion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}
