//! Names of macros: ours, and the aliases that users of other trackers know.

use super::date::DateFormat;
use crate::params::sub_id_number;
use signalbox_domain::EVENTS;

/// What a macro stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Macro {
    /// One of [`NAMES`].
    Plain(Plain),
    SubId(u8),
    Date(DateFormat),
    /// Inclusive ends.
    Random {
        min: i64,
        max: i64,
    },
    Sample(Box<[Box<str>]>),
    /// The query parameter of that name.
    Query(Box<str>),
    /// Understood, and never known where a click is sent.
    Nothing,
}

/// Macros without an argument of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    ClickId,
    ExternalId,
    WorkspaceId,
    CampaignId,
    CampaignName,
    CampaignSlug,
    StreamId,
    StreamName,
    StreamNumber,
    LandingId,
    LandingName,
    LandingNumber,
    DestinationId,
    DestinationName,
    DestinationNumber,
    SourceId,
    SourceName,
    NetworkId,
    NetworkName,
    Country,
    CountryName,
    Continent,
    Region,
    City,
    Isp,
    Carrier,
    Asn,
    ConnectionType,
    Language,
    Languages,
    Ip,
    DeviceType,
    DeviceBrand,
    DeviceModel,
    Os,
    OsVersion,
    Browser,
    BrowserVersion,
    UserAgent,
    Referrer,
    ReferrerDomain,
    SearchEngine,
    Keyword,
    AdCampaignId,
    CreativeId,
    Site,
    Cost,
    Currency,
    UnixTime,
    IsBot,
    BotReason,
    IsProxy,
    IsDataCenter,
    IsUnique,
    VisitorCode,
    Domain,
}

/// Every name in lower case; the first of each line is ours.
const NAMES: &[(&[&str], Plain)] = &[
    (&["click_id", "clickid", "subid", "sub_id", "cid", "uclick", "cf_click_id"], Plain::ClickId),
    (&["external_id", "externalid", "ref_id", "tscode"], Plain::ExternalId),
    (&["workspace_id", "owner_id", "user_id"], Plain::WorkspaceId),
    (&["campaign_id", "keitaro_campaign_id", "campaign.id", "parent_campaign_id"], Plain::CampaignId),
    (&["campaign_name", "campaign.name", "campaign"], Plain::CampaignName),
    (&["campaign_slug", "campaign_key"], Plain::CampaignSlug),
    (&["stream_id", "path_id"], Plain::StreamId),
    (&["stream_name", "path_name", "rule_name"], Plain::StreamName),
    (&["stream_num", "path_num"], Plain::StreamNumber),
    (&["landing_id", "lander.id"], Plain::LandingId),
    (&["landing_name", "lander.name", "lander"], Plain::LandingName),
    (&["landing_num", "lander_num"], Plain::LandingNumber),
    (&["destination_id", "offer_id", "offer.id"], Plain::DestinationId),
    (&["destination_name", "offer_name", "offer.name"], Plain::DestinationName),
    (&["destination_num", "offer_num"], Plain::DestinationNumber),
    (&["source_id", "ts_id", "traffic_source_id", "trafficsource.id", "sourceid"], Plain::SourceId),
    (&["source_name", "traffic_source_name", "trafficsource", "trafficsource.name"], Plain::SourceName),
    (&["network_id", "affiliate_network_id"], Plain::NetworkId),
    (&["network_name", "affiliate_network_name"], Plain::NetworkName),
    (&["country", "country_code"], Plain::Country),
    (&["country_name", "countryname"], Plain::CountryName),
    (&["continent", "continent_code"], Plain::Continent),
    (&["region", "state"], Plain::Region),
    (&["city"], Plain::City),
    (&["isp"], Plain::Isp),
    (&["carrier", "operator"], Plain::Carrier),
    (&["asn"], Plain::Asn),
    (&["connection_type", "connection.type"], Plain::ConnectionType),
    (&["language"], Plain::Language),
    (&["languages"], Plain::Languages),
    (&["ip"], Plain::Ip),
    (&["device_type", "device"], Plain::DeviceType),
    (&["device_brand", "brand"], Plain::DeviceBrand),
    (&["device_model", "model", "device_name"], Plain::DeviceModel),
    (&["os", "os_name"], Plain::Os),
    (&["os_version", "osversion"], Plain::OsVersion),
    (&["browser", "browser_name"], Plain::Browser),
    (&["browser_version", "browserversion"], Plain::BrowserVersion),
    (&["user_agent", "useragent", "ua"], Plain::UserAgent),
    (&["referrer", "referer"], Plain::Referrer),
    (&["referrer_domain", "referrerdomain", "ref_domain", "domain_referrer"], Plain::ReferrerDomain),
    (&["search_engine", "se"], Plain::SearchEngine),
    (&["keyword", "rt_keyword", "t202kw"], Plain::Keyword),
    (&["ad_campaign_id", "rt_campaign"], Plain::AdCampaignId),
    (&["creative_id", "rt_ad"], Plain::CreativeId),
    (&["site", "source", "rt_placement"], Plain::Site),
    (&["cost", "clickcost", "cpc", "cpc2"], Plain::Cost),
    (&["currency"], Plain::Currency),
    (&["unixtime", "timestamp"], Plain::UnixTime),
    (&["is_bot"], Plain::IsBot),
    (&["bot_reason"], Plain::BotReason),
    (&["is_proxy", "is_using_proxy"], Plain::IsProxy),
    (&["is_data_center"], Plain::IsDataCenter),
    (&["is_unique"], Plain::IsUnique),
    (&["visitor_code"], Plain::VisitorCode),
    (&["domain", "current_domain", "campaign_domain", "real_domain"], Plain::Domain),
];

/// Times with a format of their own.
const TIMES: &[(&str, &str)] = &[("time", "H:i:s"), ("htime", "Y-m-d H:i:s"), ("week", "W")];

/// Names that only make sense once a conversion came: in a click's target they are nothing.
const OF_CONVERSIONS: &[&str] = &[
    "payout",
    "revenue",
    "profit",
    "status",
    "original_status",
    "tid",
    "txid",
    "transaction.id",
    "transaction_id",
    "cnv_status",
    "cnv_status2",
    "cnv_currency",
    "et",
    "type",
    "unixconversiontime",
];

/// Names that other trackers fill and this one has nothing for, with what helps.
const WITHOUT_VALUE: &[(&str, &str)] = &[
    ("offer", "belongs into a landing page that is hosted here"),
    ("offer_link", "belongs into a landing page that is hosted here"),
    ("offer_value", "belongs into a landing page: write the value there"),
    ("destination", "would be the target within itself"),
    ("from_file", "would read a file at each click: use {sample:…}"),
    ("lp_key", "is not needed: landing clicks are recognised by the click id"),
    ("resolution", "is not known when a click comes"),
    ("region_code", "is not kept: use {region}"),
    ("state_code", "is not kept: use {region}"),
    ("campaign_group_id", "is not kept: campaigns have tags"),
    ("campaign_group_name", "is not kept: campaigns have tags"),
    ("owner_name", "is not kept: use {workspace_id}"),
];

/// What the lower-case `name` without an argument of its own means.
pub(super) fn find(name: &str) -> Option<Macro> {
    let plain = NAMES.iter().find(|(names, _)| names.contains(&name));
    if let Some((_, plain)) = plain {
        return Some(Macro::Plain(*plain));
    }
    if let Some(parameter) = name.strip_prefix("query.").filter(|parameter| !parameter.is_empty()) {
        return Some(Macro::Query(parameter.into()));
    }
    // What the link itself says of an event; what else is said of it is known elsewhere.
    let event = name.strip_prefix("event").and_then(|n| n.parse().ok());
    if event.is_some_and(|number: u8| (1..=EVENTS).contains(&number)) {
        return Some(Macro::Query(name.into()));
    }
    let number = name.strip_prefix("sub_id.").and_then(|n| n.parse().ok()).filter(|n| (1..=30).contains(n));
    number.or_else(|| sub_id_number(name)).map(Macro::SubId)
}

/// The format of a time that has a name.
pub(super) fn time_format(name: &str) -> Option<&'static str> {
    TIMES.iter().find(|(known, _)| *known == name).map(|(_, format)| *format)
}

/// Why the lower-case `name` is understood and yet always empty; `None`: it is not one of those.
pub(super) fn always_empty(name: &str) -> Option<String> {
    let number = |prefix: &str| name.strip_prefix(prefix).is_some_and(|n| n.parse::<u8>().is_ok());
    if OF_CONVERSIONS.contains(&name) || number("add_event") || number("p_sub") {
        return Some(format!("{{{name}}} is known only after a conversion: it is empty in a target"));
    }
    let without = WITHOUT_VALUE.iter().find(|(known, _)| *known == name);
    without.map(|(_, reason)| format!("{{{name}}} {reason}: it is empty in a target"))
}

/// What is wrong with a name that is no macro; `None` when it is a parameter everybody knows.
pub(super) fn complaint(name: &str) -> Option<String> {
    const KNOWN: &[&str] = &[
        "gclid",
        "fbclid",
        "ttclid",
        "msclkid",
        "yclid",
        "wbraid",
        "gbraid",
        "rt_source",
        "rt_medium",
        "rt_adgroup",
    ];
    let prefixes = ["utm_", "extra_param_"];
    let usual = KNOWN.contains(&name) || prefixes.iter().any(|prefix| name.starts_with(prefix));
    (!usual).then(|| {
        format!("{{{name}}} is no macro: it becomes the click's query parameter of that name, or nothing")
    })
}

/// Whether the argument of a plain macro is an option of another tracker (a language or a charset) that means nothing here, rather
/// than a text for when the value is empty.
pub(super) fn is_foreign_option(plain: Plain, argument: &str) -> bool {
    match plain {
        Plain::Country | Plain::ConnectionType | Plain::DeviceType => matches!(argument, "en" | "ru"),
        Plain::Keyword => {
            let argument = argument.to_ascii_lowercase();
            ["utf-8", "utf8", "koi8-r"].contains(&argument.as_str())
                || ["windows-125", "cp125", "iso-8859-"].iter().any(|charset| argument.starts_with(charset))
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_means_two_things() {
        let mut all: Vec<_> = NAMES.iter().flat_map(|(names, _)| names.iter().copied()).collect();
        all.extend(TIMES.iter().map(|(name, _)| *name));
        all.extend(WITHOUT_VALUE.iter().map(|(name, _)| *name));
        all.extend(OF_CONVERSIONS);
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| **name == *name.to_lowercase() && sub_id_number(name).is_none()));
        assert!(OF_CONVERSIONS.iter().all(|name| find(name).is_none()));
    }

    #[test]
    fn numbered_names_are_sub_ids() {
        for name in ["sub_id_7", "t7", "var7", "sub7", "s7", "subid7", "sub_id.7"] {
            assert_eq!(find(name), Some(Macro::SubId(7)), "{name}");
        }
        assert_eq!(find("c4"), Some(Macro::SubId(4)));
        for name in ["sub_id_0", "t31", "t07", "t", "x7", "c5"] {
            assert_eq!(find(name), None, "{name}");
        }
        assert_eq!(find("query.zone"), Some(Macro::Query("zone".into())));
    }

    #[test]
    fn names_of_conversions_are_empty_whatever_is_sent() {
        for name in ["payout", "add_event30", "p_sub1", "offer"] {
            assert!(always_empty(name).is_some(), "{name}");
        }
        assert_eq!((always_empty("event"), always_empty("event7")), (None, None));
        assert_eq!(find("event7"), Some(Macro::Query("event7".into())));
        assert_eq!(find("event31"), None);
        assert_eq!(always_empty("events7"), None);
    }
}
