//! The dimensions of a click that are stored as columns: in the ledger, in `clicks` and in `conversions`.

use crate::kind::Kind;

/// A stored dimension.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dimension {
    /// Key in requests.
    pub key: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it means.
    pub description: &'static str,
    /// Group in pickers.
    pub group: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// SQL expression over the columns.
    pub expression: &'static str,
}

/// Device types; the first is "not known".
pub(crate) const DEVICE_TYPES: &[&str] =
    &["unknown", "desktop", "mobile", "tablet", "tv", "console", "wearable", "bot", "other"];
/// Connection types; the first is "not known".
pub(crate) const CONNECTION_TYPES: &[&str] =
    &["unknown", "cable", "cellular", "corporate", "dialup", "satellite"];
/// Bot reasons; empty is a person.
pub(crate) const BOT_REASONS: &[&str] = &[
    "",
    "prefetch",
    "head_request",
    "known_bot",
    "client_library",
    "empty_user_agent",
    "data_center",
    "operator_list",
    "self_declared",
];

const fn id(
    key: &'static str,
    title: &'static str,
    description: &'static str,
    name: &'static str,
) -> Dimension {
    Dimension { key, title, description, group: "traffic", kind: Kind::Id(name), expression: key }
}

const fn text(
    key: &'static str,
    title: &'static str,
    group: &'static str,
    description: &'static str,
) -> Dimension {
    Dimension { key, title, description, group, kind: Kind::Text, expression: key }
}

const fn other(
    key: &'static str,
    title: &'static str,
    group: &'static str,
    kind: Kind,
    description: &'static str,
) -> Dimension {
    Dimension { key, title, description, group, kind, expression: key }
}

macro_rules! sub_ids {
    ($($number:literal)*) => {
        [$(Dimension {
            key: concat!("sub_id_", $number),
            title: concat!("Sub id ", $number),
            description: concat!("Sub id ", $number, ", as the traffic source sent it."),
            group: "parameters",
            kind: Kind::Text,
            expression: concat!("sub_id_", $number),
        }),*]
    };
}

const SUB_IDS: [Dimension; 30] =
    sub_ids!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30);

const NAMED: &[Dimension] = &[
    id("campaign", "Campaign", "The campaign whose link was clicked.", "campaign_id"),
    id("stream", "Stream", "The stream that took the click.", "stream_id"),
    id("landing", "Landing page", "The landing page that was shown first.", "destination_id"),
    id(
        "destination",
        "Destination",
        "Where the visitor was sent. Behind a landing page it is known when the visitor goes on, so clicks count under none and \
         landing clicks and conversions under the destination.",
        "destination_id",
    ),
    id("source", "Traffic source", "Where the traffic was bought.", "source_id"),
    id("network", "Affiliate network", "The network of the destination.", "network_id"),
    id("domain", "Domain", "The tracking domain that was clicked.", "domain_id"),
    text("country", "Country", "geo", "ISO 3166 code of the visitor's country."),
    text("region", "Region", "geo", "First-level subdivision."),
    text("city", "City", "geo", "City."),
    text("isp", "Provider", "geo", "Internet provider or organisation."),
    other("asn", "AS number", "geo", Kind::Number, "Number of the autonomous system."),
    other(
        "connection_type",
        "Connection type",
        "geo",
        Kind::Word(CONNECTION_TYPES),
        "How the visitor is connected, as far as the geo data says.",
    ),
    other("device_type", "Device type", "device", Kind::Word(DEVICE_TYPES), "Kind of device."),
    text("device_brand", "Device brand", "device", "Brand of the device."),
    text("device_model", "Device model", "device", "Model of the device."),
    text("os", "Operating system", "device", "Operating system."),
    text("os_version", "OS version", "device", "Version of the operating system."),
    text("browser", "Browser", "device", "Browser."),
    text("browser_version", "Browser version", "device", "Version of the browser."),
    text("language", "Language", "device", "Language the visitor prefers most."),
    text("referrer_domain", "Referrer domain", "parameters", "Host of the page that the click came from."),
    text("keyword", "Keyword", "parameters", "Keyword, as the traffic source sent it."),
    text("ad_campaign_id", "Ad campaign", "parameters", "Campaign id of the traffic source."),
    text("creative_id", "Creative", "parameters", "Creative id of the traffic source."),
    text("site", "Site", "parameters", "Site or zone of the traffic source."),
    Dimension {
        key: "is_bot",
        title: "Bot",
        description: "Whether the visit is held to be a machine.",
        group: "quality",
        kind: Kind::Boolean,
        expression: "bot_reason != ''",
    },
    other(
        "bot_reason",
        "Bot reason",
        "quality",
        Kind::Word(BOT_REASONS),
        "Why the visit is held to be a machine; none for a person.",
    ),
];

/// Every stored dimension.
pub(crate) fn all() -> impl Iterator<Item = &'static Dimension> {
    NAMED.iter().chain(&SUB_IDS)
}

/// The stored dimension with this key.
pub(crate) fn find(key: &str) -> Option<&'static Dimension> {
    all().find(|dimension| dimension.key == key)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;

    #[test]
    fn word_lists_are_those_of_the_domain() {
        assert!(rows::words::DEVICE_TYPES.iter().map(|word| word.as_str()).eq(DEVICE_TYPES.iter().copied()));
        assert!(
            rows::words::CONNECTION_TYPES
                .iter()
                .map(|word| word.as_str())
                .eq(CONNECTION_TYPES.iter().copied())
        );
        assert!(rows::words::BOT_REASONS.iter().map(|word| word.as_str()).eq(BOT_REASONS.iter().copied()));
    }
}
