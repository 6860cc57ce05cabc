//! Names of macros: ours, and the aliases that users of other trackers know.

use super::date::DateFormat;
use crate::params::sub_id_number;

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
}

/// Macros without an argument of their own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Plain {
    ClickId,
    ExternalId,
    CampaignId,
    CampaignName,
    CampaignSlug,
    StreamId,
    StreamName,
    LandingId,
    LandingName,
    DestinationId,
    DestinationName,
    SourceId,
    SourceName,
    NetworkId,
    NetworkName,
    Country,
    Continent,
    Region,
    City,
    Isp,
    Asn,
    ConnectionType,
    Language,
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
    Keyword,
    AdCampaignId,
    CreativeId,
    Site,
    Cost,
    Currency,
    UnixTime,
    IsBot,
    IsUnique,
    Domain,
}

/// Every name in lower case; the first of each line is ours.
const NAMES: &[(&[&str], Plain)] = &[
    (&["click_id", "clickid", "subid", "sub_id", "cid", "uclick", "cf_click_id"], Plain::ClickId),
    (&["external_id", "externalid", "ref_id"], Plain::ExternalId),
    (&["campaign_id", "keitaro_campaign_id", "campaign.id"], Plain::CampaignId),
    (&["campaign_name", "campaign.name"], Plain::CampaignName),
    (&["campaign_slug", "campaign_key"], Plain::CampaignSlug),
    (&["stream_id", "path_id"], Plain::StreamId),
    (&["stream_name", "path_name"], Plain::StreamName),
    (&["landing_id", "lander.id"], Plain::LandingId),
    (&["landing_name", "lander.name"], Plain::LandingName),
    (&["destination_id", "offer_id", "offer.id"], Plain::DestinationId),
    (&["destination_name", "offer_name", "offer.name"], Plain::DestinationName),
    (&["source_id", "ts_id", "traffic_source_id", "trafficsource.id"], Plain::SourceId),
    (&["source_name", "traffic_source_name", "trafficsource", "trafficsource.name"], Plain::SourceName),
    (&["network_id", "affiliate_network_id"], Plain::NetworkId),
    (&["network_name", "affiliate_network_name"], Plain::NetworkName),
    (&["country", "country_code"], Plain::Country),
    (&["continent", "continent_code"], Plain::Continent),
    (&["region", "state"], Plain::Region),
    (&["city"], Plain::City),
    (&["isp", "operator", "carrier"], Plain::Isp),
    (&["asn"], Plain::Asn),
    (&["connection_type", "connection.type"], Plain::ConnectionType),
    (&["language"], Plain::Language),
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
    (&["keyword", "rt_keyword"], Plain::Keyword),
    (&["ad_campaign_id"], Plain::AdCampaignId),
    (&["creative_id"], Plain::CreativeId),
    (&["site", "source"], Plain::Site),
    (&["cost", "clickcost"], Plain::Cost),
    (&["currency"], Plain::Currency),
    (&["unixtime", "timestamp"], Plain::UnixTime),
    (&["is_bot"], Plain::IsBot),
    (&["is_unique"], Plain::IsUnique),
    (&["current_domain", "campaign_domain", "domain", "real_domain"], Plain::Domain),
];

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
    "cnv_status",
    "cnv_status2",
    "et",
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
    let number = name.strip_prefix("sub_id.").and_then(|n| n.parse().ok()).filter(|n| (1..=30).contains(n));
    number.or_else(|| sub_id_number(name)).map(Macro::SubId)
}

/// What is wrong with a name that is no macro; `None` when it is a parameter everybody knows.
pub(super) fn complaint(name: &str) -> Option<String> {
    if OF_CONVERSIONS.contains(&name) {
        return Some(format!("{{{name}}} is known only after a conversion: it is empty in a target"));
    }
    let known = ["gclid", "fbclid", "ttclid", "msclkid", "yclid", "wbraid", "gbraid"];
    let tracking = name.starts_with("utm_") || known.contains(&name);
    (!tracking).then(|| {
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
        let mut all: Vec<_> = NAMES.iter().flat_map(|(names, _)| names.iter()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
        assert!(all.iter().all(|name| **name == name.to_lowercase() && sub_id_number(name).is_none()));
        assert!(OF_CONVERSIONS.iter().all(|name| find(name).is_none()));
    }

    #[test]
    fn numbered_names_are_sub_ids() {
        for name in ["sub_id_7", "t7", "var7", "sub7", "s7", "subid7", "sub_id.7"] {
            assert_eq!(find(name), Some(Macro::SubId(7)), "{name}");
        }
        for name in ["sub_id_0", "t31", "t07", "t", "x7"] {
            assert_eq!(find(name), None, "{name}");
        }
        assert_eq!(find("query.zone"), Some(Macro::Query("zone".into())));
    }
}
