//! The words that forms offer: criteria of rules, roles of parameters, statuses, macros, timezones.

use crate::types::{CriterionInfo, MacroInfo, Operator, Vocabulary, WordInfo};
use signalbox_domain::{ConnectionType, ConversionStatus, Criterion, DeviceType};

/// What kind of values a criterion has, and so how it can be compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sort {
    Code,
    Text,
    Number,
    Version,
    Word,
    Flag,
    Time,
    Weekday,
    Any,
}

impl Sort {
    fn operators(self) -> Vec<Operator> {
        use Operator as O;
        let text = [O::In, O::NotIn, O::Contains, O::NotContains, O::StartsWith, O::EndsWith];
        let presence = [O::Exists, O::Empty];
        match self {
            Self::Code | Self::Word => vec![O::In, O::NotIn, O::Exists, O::Empty],
            Self::Text => text.into_iter().chain(presence).collect(),
            Self::Number => {
                vec![O::In, O::NotIn, O::AtLeast, O::AtMost, O::Between, O::NotBetween, O::Exists, O::Empty]
            }
            Self::Version => [O::AtLeast, O::AtMost].into_iter().chain(text).chain(presence).collect(),
            Self::Flag => vec![O::In],
            Self::Weekday => vec![O::In, O::NotIn],
            Self::Time => vec![O::Between, O::NotBetween],
            Self::Any => {
                let ranges = [O::AtLeast, O::AtMost, O::Between, O::NotBetween];
                text.into_iter().chain(ranges).chain(presence).collect()
            }
        }
    }
}

/// Criterion, shown name, group, kind of values, example.
type Row = (Criterion, &'static str, &'static str, Sort, &'static str);

fn rows() -> Vec<Row> {
    use Criterion as C;
    vec![
        (C::Country, "Country", "geo", Sort::Code, "DE"),
        (C::Continent, "Continent", "geo", Sort::Code, "EU"),
        (C::Region, "Region", "geo", Sort::Text, "Bavaria"),
        (C::City, "City", "geo", Sort::Text, "Munich"),
        (C::Isp, "Provider", "geo", Sort::Text, "Deutsche Telekom"),
        (C::Asn, "Autonomous system", "geo", Sort::Number, "3320"),
        (C::ConnectionType, "Connection", "geo", Sort::Word, "cellular"),
        (C::Language, "Language", "visitor", Sort::Text, "de"),
        (C::DeviceType, "Device type", "device", Sort::Word, "mobile"),
        (C::DeviceBrand, "Device brand", "device", Sort::Text, "Samsung"),
        (C::DeviceModel, "Device model", "device", Sort::Text, "SM-G991B"),
        (C::Os, "Operating system", "device", Sort::Text, "Android"),
        (C::OsVersion, "OS version", "device", Sort::Version, "14"),
        (C::Browser, "Browser", "device", Sort::Text, "Chrome"),
        (C::BrowserVersion, "Browser version", "device", Sort::Version, "120"),
        (C::UserAgent, "User agent", "device", Sort::Text, "Instagram"),
        (C::Referrer, "Referrer", "source", Sort::Text, "https://news.example.com/"),
        (C::ReferrerDomain, "Referrer domain", "source", Sort::Text, "news.example.com"),
        (C::Bot, "Bot", "visitor", Sort::Flag, "true"),
        (C::Unique, "Unique visitor", "visitor", Sort::Flag, "true"),
        (C::TimeOfDay, "Time of day", "time", Sort::Time, "22:00-06:00"),
        (C::Weekday, "Weekday", "time", Sort::Weekday, "mon"),
        (C::Date, "Date", "time", Sort::Time, "2026-12-01..2026-12-24"),
    ]
}

fn values(criterion: &Criterion) -> Vec<String> {
    let words: &[&str] = match criterion {
        Criterion::Bot | Criterion::Unique => &["true", "false"],
        Criterion::Weekday => &["mon", "tue", "wed", "thu", "fri", "sat", "sun"],
        Criterion::Continent => &["AF", "AN", "AS", "EU", "NA", "OC", "SA"],
        Criterion::DeviceType => {
            use DeviceType as D;
            let all = [
                D::Desktop,
                D::Mobile,
                D::Tablet,
                D::Tv,
                D::Console,
                D::Wearable,
                D::Bot,
                D::Other,
                D::Unknown,
            ];
            return all.iter().map(|kind| kind.as_str().to_owned()).collect();
        }
        Criterion::ConnectionType => {
            use ConnectionType as C;
            let all = [C::Cable, C::Cellular, C::Corporate, C::Dialup, C::Satellite, C::Unknown];
            return all.iter().map(|kind| kind.as_str().to_owned()).collect();
        }
        _ => &[],
    };
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn criteria() -> Vec<CriterionInfo> {
    let plain = rows().into_iter().map(|(criterion, title, group, sort, example)| CriterionInfo {
        name: criterion.to_string(),
        title: title.to_owned(),
        group: group.to_owned(),
        operators: sort.operators(),
        values: values(&criterion),
        example: example.to_owned(),
    });
    let with_argument = [("query.", "Query parameter", "utm_source"), ("sub_id.", "Sub id", "zone-17")];
    let with_argument = with_argument.into_iter().map(|(name, title, example)| CriterionInfo {
        name: name.to_owned(),
        title: title.to_owned(),
        group: "source".to_owned(),
        operators: Sort::Any.operators(),
        values: Vec::new(),
        example: example.to_owned(),
    });
    plain.chain(with_argument).collect()
}

fn parameter_roles() -> Vec<WordInfo> {
    let named = [
        ("external_id", "External click id"),
        ("cost", "Cost"),
        ("keyword", "Keyword"),
        ("ad_campaign_id", "Ad campaign id"),
        ("creative_id", "Creative id"),
        ("site", "Site"),
    ];
    let named =
        named.into_iter().map(|(name, title)| WordInfo { name: name.to_owned(), title: title.to_owned() });
    let sub_ids = (1..=30).map(|n| WordInfo { name: format!("sub_id_{n}"), title: format!("Sub id {n}") });
    named.chain(sub_ids).collect()
}

/// Macros of target URLs.
pub(crate) const MACROS: &[(&str, &str)] = &[
    ("{click_id}", "The click: what networks send back as sub id"),
    ("{external_id}", "The source's own click id"),
    ("{sub_id_1}", "A sub id, 1 to 30"),
    ("{campaign_id}", "The campaign's id"),
    ("{campaign_name}", "The campaign's name"),
    ("{campaign_slug}", "The campaign's slug"),
    ("{stream_id}", "The stream's id"),
    ("{stream_name}", "The stream's name"),
    ("{landing_id}", "The landing's id"),
    ("{landing_name}", "The landing's name"),
    ("{destination_id}", "The destination's id"),
    ("{destination_name}", "The destination's name"),
    ("{source_id}", "The traffic source's id"),
    ("{source_name}", "The traffic source's name"),
    ("{network_id}", "The affiliate network's id"),
    ("{network_name}", "The affiliate network's name"),
    ("{keyword}", "Keyword of the source"),
    ("{ad_campaign_id}", "Campaign id of the source"),
    ("{creative_id}", "Creative id of the source"),
    ("{site}", "Site or zone of the source"),
    ("{cost}", "Cost of the click"),
    ("{currency}", "Currency of the cost"),
    ("{country}", "Country code"),
    ("{continent}", "Continent code"),
    ("{region}", "Region"),
    ("{city}", "City"),
    ("{isp}", "Provider"),
    ("{asn}", "Autonomous system number"),
    ("{connection_type}", "Kind of connection"),
    ("{language}", "Preferred language"),
    ("{ip}", "Client address"),
    ("{device_type}", "Kind of device"),
    ("{device_brand}", "Device brand"),
    ("{device_model}", "Device model"),
    ("{os}", "Operating system"),
    ("{os_version}", "Version of the operating system"),
    ("{browser}", "Browser"),
    ("{browser_version}", "Version of the browser"),
    ("{user_agent}", "User agent"),
    ("{referrer}", "Referrer"),
    ("{referrer_domain}", "Host of the referrer"),
    ("{domain}", "Host of the campaign link"),
    ("{date}", "Date; with a format as in {date:Y-m-d}"),
    ("{unixtime}", "Seconds since 1970"),
    ("{random:1,1000000}", "A random number between the two"),
    ("{sample:a,b,c}", "One of the words at random"),
    ("{is_bot}", "1 for a machine, 0 for a person"),
    ("{is_unique}", "1 for a visitor who is new to the campaign, else 0"),
];

/// All of it.
pub fn vocabulary() -> Vocabulary {
    let title = |status: ConversionStatus| {
        let word = status.as_str();
        let (first, rest) = word.split_at(1);
        WordInfo { name: word.to_owned(), title: format!("{}{rest}", first.to_ascii_uppercase()) }
    };
    let describe = |(name, description): &(&str, &str)| MacroInfo {
        name: (*name).to_owned(),
        description: (*description).to_owned(),
    };
    Vocabulary {
        criteria: criteria(),
        parameter_roles: parameter_roles(),
        conversion_statuses: ConversionStatus::ALL.into_iter().map(title).collect(),
        macros: MACROS.iter().map(describe).collect(),
        timezones: jiff::tz::db().available().map(|name| name.to_string()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use signalbox_domain::{Rule, Test, Validator};
    use signalbox_engine::CompiledUrl;

    #[test]
    fn every_criterion_is_offered_with_operators_that_fit() {
        let offered = criteria();
        for (name, _) in Criterion::plain() {
            assert!(offered.iter().any(|info| info.name == name), "{name} is not offered");
        }
        for info in offered {
            let name = match info.name.as_str() {
                "query." => "query.utm_source",
                "sub_id." => "sub_id.1",
                name => name,
            };
            for op in info.operators {
                let op = signalbox_domain::Operator::from(op);
                let value = match op {
                    signalbox_domain::Operator::Between | signalbox_domain::Operator::NotBetween
                        if info.group != "time" =>
                    {
                        "1..2".to_owned()
                    }
                    _ => info.example.clone(),
                };
                let values = if op.takes_values() { vec![value] } else { Vec::new() };
                let rule = Rule::Test(Test { criterion: name.parse().unwrap(), op, values, timezone: None });
                let mut v = Validator::new();
                rule.validate(&mut v);
                assert_eq!(v.finish(), Ok(()), "{name} {op:?}");
            }
        }
    }

    #[test]
    fn every_macro_is_understood() {
        for (name, _) in MACROS {
            let compiled =
                CompiledUrl::compile(&format!("https://a.example/?x={name}"), &jiff::tz::TimeZone::UTC);
            let (url, warnings) = compiled.unwrap();
            assert!(warnings.is_empty() && !url.is_literal(), "{name}: {warnings:?}");
        }
    }

    #[test]
    fn timezones_are_known() {
        let all = vocabulary().timezones;
        assert!(all.iter().any(|zone| zone == "Europe/Berlin") && all.iter().any(|zone| zone == "UTC"));
    }
}
